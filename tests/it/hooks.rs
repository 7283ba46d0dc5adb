//! `[hooks]`: commands that run after a deployment.

use serde_json::json;

use crate::harness::{Database, Project, Said};

/// Two revisions, and hooks as the settings' lines say.
fn start(hooks: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.chain(2);
    project.write("revgraph.toml", format!("[hooks]\n{hooks}"));
    (project, database)
}

fn run(project: &Project, database: &Database, arguments: &[&str]) -> Said {
    project.run_on(&database.url(), arguments)
}

fn file(project: &Project, name: &str) -> Option<String> {
    std::fs::read_to_string(project.path().join(name)).ok()
}

/// What was said, without how long it took.
fn shown(said: Said) -> String {
    let timeless = |line: &str| match (line.split_once(" in "), line.split_once("; now at ")) {
        (Some((before, _)), Some((_, place))) => format!("{before}; now at {place}\n"),
        _ => format!("{line}\n"),
    };
    Said { err: said.complaint(), ..said }.to_string().lines().map(timeless).collect()
}

#[test]
fn they_have_the_plan_and_run_in_the_root() {
    let hooks = "after_upgrade = [\"cat > plan.json\", 'echo \"$REVGRAPH_DIRECTION $REVGRAPH_DATABASE\" > up.txt']\n\
                 after_downgrade = ['echo \"$REVGRAPH_DIRECTION\" > down.txt; cat > plan.json']\n";
    let (project, database) = start(hooks);
    let said = Said::from(
        project
            .command(&["--database", &database.url(), "-C", "revisions", "upgrade", "--format", "json"])
            .output()
            .unwrap(),
    );
    let told = said.json();
    assert_eq!(told["steps"][1], json!({ "direction": "up", "revision": "r0002", "message": "" }));
    let read = |name| file(&project, name).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&read("plan.json")).unwrap(), told);
    let up = read("up.txt");
    assert!(up.starts_with("up ") && up.contains(database.name()), "{up}");
    assert_eq!(file(&project, "down.txt"), None);
    insta::assert_snapshot!(shown(run(&project, &database, &["downgrade", "-1"])), @r#"
          down r0002
        downgraded 1 revision; now at r0001
        --- standard error
        hook: echo "$REVGRAPH_DIRECTION" > down.txt; cat > plan.json
        --- exit code 0
        "#);
    assert_eq!(read("down.txt"), "down\n");
    assert!(read("plan.json").contains(r#"{"direction":"down","message":"","revision":"r0002"}"#));
}

#[test]
fn only_when_something_was_done() {
    let (project, database) = start("after_upgrade = [\"echo once >> ran.txt\"]\n");
    for arguments in [&["upgrade", "--dry-run"][..], &["upgrade", "--sql"], &["upgrade", "--no-hooks", "r0001"]] {
        assert_eq!(run(&project, &database, arguments).code, 0);
    }
    assert_eq!(file(&project, "ran.txt"), None);
    for _ in 0..2 {
        assert_eq!(run(&project, &database, &["upgrade"]).code, 0);
    }
    assert_eq!(file(&project, "ran.txt").as_deref(), Some("once\n"));
    project.revision("r0003", "parents: r0002", "-- [up]\nSELECT 1 / 0;\n-- [down]\n");
    assert_eq!(run(&project, &database, &["upgrade"]).code, 1);
    assert_eq!(file(&project, "ran.txt").as_deref(), Some("once\n"), "its target was not reached");
}

#[test]
fn one_that_fails_is_told_and_the_database_stays() {
    let hooks = "after_upgrade = [\"echo to stdout; echo no such API >&2; exit 7\", \"echo > after.txt\"]\n";
    let (project, database) = start(hooks);
    insta::assert_snapshot!(shown(run(&project, &database, &["upgrade", "+1"])), @r"
          up   r0001
        upgraded 1 revision; now at r0001
        --- standard error
        hook: echo to stdout; echo no such API >&2; exit 7
        to stdout
        no such API
        error: the hook `echo to stdout; echo no such API >&2; exit 7` failed: exit status 7
        help: the database is at its target and stays there; run what is left of the hooks by hand
        --- exit code 1
        ");
    assert_eq!(database.applied(), ["r0001"]);
    assert_eq!(file(&project, "after.txt"), None, "the one behind it");
    let said = run(&project, &database, &["upgrade", "--format", "json"]);
    assert_eq!(said.code, 1);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&said.out).unwrap()["heads_after"], json!(["r0002"]));
    assert_eq!(
        said.error(),
        json!({
            "kind": "hook_failed",
            "message": "the hook `echo to stdout; echo no such API >&2; exit 7` failed: exit status 7",
            "help": "the database is at its target and stays there; run what is left of the hooks by hand",
            "details": { "command": "echo to stdout; echo no such API >&2; exit 7", "said": "no such API" },
        })
    );
    project.write("revgraph.toml", "[hooks]\nafter_downgrade = [\"kill -9 $$\"]\n");
    let said = run(&project, &database, &["downgrade", "base"]);
    assert!(said.code == 1 && said.err.contains("failed: it was ended from outside (signal: 9"), "{said}");
}

#[test]
fn one_that_does_not_read_or_talks_much_is_fine() {
    // What it leaves running holds its standard error open until the test lets it go.
    let stays = "(until [ -e go ] || [ ! -e revgraph.toml ]; do sleep 0.1; done) >/dev/null &";
    let talk = format!("head -c 1000000 /dev/zero | tr '\\\\0' x >&2; {stays} true");
    let (project, database) = start(&format!("after_upgrade = [\"true\", \"{talk}\"]\n"));
    project.chain(3_000);
    assert_eq!(run(&project, &database, &["upgrade", "r0900"]).code, 0);
    assert_eq!(database.applied().len(), 900);
    project.write("go", "");
}

#[test]
fn no_password_is_handed_on() {
    let (project, database) = start("after_upgrade = [\"env > env.txt\"]\n");
    let url = database.url().replace("postgres@", "postgres:s3cr3t@");
    assert_eq!(project.run_on(&url, &["upgrade"]).code, 0);
    let env = file(&project, "env.txt").unwrap();
    assert!(env.contains("REVGRAPH_DATABASE=") && !env.contains("s3cr3t"), "{env}");
}

#[test]
fn an_unknown_hook_is_a_mistake() {
    let (project, database) = start("after_upgrad = []\n");
    let said = run(&project, &database, &["upgrade"]);
    assert!(said.code == 1 && said.err.contains("unknown field `after_upgrad`"), "{said}");
}
