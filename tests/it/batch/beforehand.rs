//! What a batch would do: `--dry-run` and `--sql`.

use serde_json::json;

use super::{STATEMENT, UNFINISHED, WRITTEN, start, upgrade};
use crate::harness::{Database, Project};

fn dry_run(project: &Project, database: &Database) -> String {
    project.ok(&database.url(), &["upgrade", "--dry-run"])
}

#[test]
fn a_dry_run_tells_how_many_rows() {
    let sections = format!(
        "-- [up]\nALTER TABLE d ADD note text;\n-- [batch pause=1h]\n{STATEMENT}\
         -- [up]\nALTER TABLE d ADD CHECK (done);\n-- [down]\n-- [verify]\nSELECT id FROM d WHERE NOT done;\n"
    );
    let (project, database) = start(&sections);
    insta::assert_snapshot!(dry_run(&project, &database), @r"
        up fill  fill them
            6 ALTER TABLE d ADD note text
            8 UPDATE d SET done = true, writes = writes + 1, run = txid_current()  23 rows in 5 runs
           11 ALTER TABLE d ADD CHECK (done)
              1 verification held
        lock AccessExclusiveLock on public.d
        tried 1 step of 1 and rolled back; it would be at fill
        ");
    assert_eq!(database.value(WRITTEN), "0 0 -");
    let told: serde_json::Value =
        serde_json::from_str(&project.ok(&database.url(), &["upgrade", "--dry-run", "--format", "json"])).unwrap();
    let batch = &told["steps"][0]["statements"][1];
    assert_eq!((&batch["rows"], &batch["batch"]), (&json!(23), &json!({ "runs": 5, "at_least": false })));
}

#[test]
fn one_that_has_no_end_is_stopped() {
    let sections = "-- [batch]\nUPDATE d SET writes = writes + 1 WHERE id < 3;\n-- [up]\nSELECT 1 / 0;\n-- [down]\n\
                    -- [verify]\nSELECT 1;\n";
    let (project, database) = start(sections);
    project.revision("then", "parents: fill", "-- [up]\nALTER TABLE d ADD CHECK (done);\n-- [down]\n");
    insta::assert_snapshot!(dry_run(&project, &database), @r#"
        up fill  fill them
            6 UPDATE d SET writes = writes + 1 WHERE id < 3  at least 2000 rows in 1000 runs
        not tried fill: its [batch] would go on, and what comes behind that was left out
        not tried then: it fails without fill: check constraint "d_done_check" of relation "d" is violated by some row
        lock RowExclusiveLock on public.d
        tried 1 step of 2 and rolled back; it would be at then
        "#);
}

#[test]
fn nor_does_it_go_beyond_its_limit() {
    let (project, database) = start(&format!("-- [batch limit=2]\n{STATEMENT}-- [down]\n"));
    insta::assert_snapshot!(dry_run(&project, &database), @r"
        up fill  fill them
            6 UPDATE d SET done = true, writes = writes + 1, run = txid_current()  at least 10 rows in 2 runs
        not tried fill: its [batch] would go on, and what comes behind that was left out
        lock RowExclusiveLock on public.d
        tried 1 step of 1 and rolled back; it would be at fill
        ");
}

#[test]
fn a_failure_is_placed() {
    let (project, database) = start("-- [batch]\nUPDATE d SET done = true\n  WHERE NOT dun;\n-- [down]\n");
    let said = project.run_on(&database.url(), &["upgrade", "--dry-run"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("--> revisions/fill.sql:7:13\n"), "{said}");
}

#[test]
fn one_that_has_begun_is_tried_from_there() {
    let sections = format!("-- [up]\nCREATE TABLE e ();\n-- [batch limit=2]\n{STATEMENT}-- [down]\n");
    let (project, database) = start(&sections);
    upgrade(&project, &database, 1);
    project.revision("fill", "parents: data", &sections.replace(" limit=2", ""));
    insta::assert_snapshot!(dry_run(&project, &database), @r"
        up fill
            7 UPDATE d SET done = true, writes = writes + 1, run = txid_current()  13 rows in 3 runs
        lock RowExclusiveLock on public.d
        tried 1 step of 1 and rolled back; it would be at fill
        ");
}

fn psql(database: &Database, project: &Project, script: &str) -> (bool, String) {
    let path = project.write("script.sql", script);
    let mut command = std::process::Command::new(crate::harness::program("psql"));
    let output = command.args(["-X", "-q", "-f"]).arg(path).arg(database.url()).output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_script_commits_each_run() {
    let sections = format!("-- [up]\nCREATE TABLE e ();\n-- [batch pause=1ms]\n{STATEMENT}-- [down]\nDROP TABLE e;\n");
    let (project, database) = start(&sections);
    project.write("revgraph.toml", "statement_timeout = \"1h\"\n");
    let (done, said) = psql(&database, &project, &project.ok(&database.url(), &["upgrade", "--sql"]));
    assert!(done && said.contains("23 rows in 5 runs"), "{said}");
    assert_eq!(database.value(WRITTEN), "23 5 1");
    assert_eq!(database.applied(), ["data", "fill"]);
    assert!(database.rows(UNFINISHED).is_empty());
    project.ok(&database.url(), &["check"]);
}

#[test]
fn a_script_that_stops_is_continued() {
    let sections = format!("-- [up]\nCREATE TABLE e ();\n-- [batch limit=3]\n{STATEMENT}-- [down]\n");
    let (project, database) = start(&sections);
    let (done, said) = psql(&database, &project, &project.ok(&database.url(), &["upgrade", "--sql"]));
    assert!(!done && said.contains("the [batch] stopped at its limit of 3 runs"), "{said}");
    assert_eq!((database.value(WRITTEN).as_str(), database.applied()), ("15 3 1", vec!["data".to_owned()]));
    upgrade(&project, &database, 0);
    assert_eq!(database.value(WRITTEN), "23 5 1");
}
