//! What is said, and what the files are afterwards.

use super::{chain, files, project, shown, text_of};
use crate::harness::Database;

fn shop() -> crate::harness::Project {
    project(&[
        "-- [up]\nCREATE TYPE state AS ENUM ('new', 'paid');\nCREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
         email text NOT NULL UNIQUE);\n\n-- [down]\nDROP TABLE users;\nDROP TYPE state;\n",
        "-- [up]\nCREATE TABLE orders (id serial PRIMARY KEY, by bigint NOT NULL REFERENCES users, state state DEFAULT 'new', at timestamptz DEFAULT now());\n\
         CREATE INDEX ON orders (by);\nCOMMENT ON TABLE orders IS 'what was bought';\n\n-- [verify]\nSELECT FROM orders WHERE state IS NULL;\n\n-- [down]\nDROP TABLE orders;\n",
        "-- [up]\nINSERT INTO users (email) VALUES ('a@example.org');\nINSERT INTO orders (by) VALUES (1);\n",
    ])
}

#[test]
fn a_squash() {
    let (project, database) = (shop(), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "-m", "version 1"]);
    insta::assert_snapshot!(shown(&said), @"");
    assert_eq!(files(&project, "archive/b"), ["manifest.toml", "r1.sql", "r2.sql", "r3.sql"]);
    assert_eq!(files(&project, "revisions").len(), 1);
    let text = text_of(&project);
    let stable: String = text
        .lines()
        .filter(|line| !line.contains("created:") && !line.contains("'20"))
        .map(|line| format!("{line}\n"))
        .collect();
    insta::assert_snapshot!(stable, @"");
}

#[test]
fn a_dry_run_touches_nothing() {
    let (project, database) = (shop(), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--dry-run", "-o", "draft.sql"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.out.ends_with("dry run: no file of the project was touched\n"), "{said}");
    assert_eq!(files(&project, "revisions"), ["r1.sql", "r2.sql", "r3.sql"]);
    assert_eq!(files(&project, "archive"), [""; 0]);
    let draft = std::fs::read_to_string(project.path().join("draft.sql")).unwrap();
    let printed = project.run_on(&database.url(), &["squash", "--id", "b", "--dry-run"]).out;
    let without_times = |text: &str| {
        text.lines()
            .filter(|line| !line.contains("'20") && !line.contains("created:"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(without_times(&printed).starts_with(&without_times(&draft)), "{printed}");
}

#[test]
fn for_tools() {
    let (project, database) = (shop(), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--format", "json"]).json();
    assert_eq!(said["baseline"], "b");
    assert_eq!(said["mode"], "snapshot");
    assert_eq!(said["replaces"], serde_json::json!(["r1", "r2", "r3"]));
    assert_eq!(said["proof"]["down"], "exact");
    assert_eq!(said["proof"]["objects"]["table"], 2);
    assert_eq!(said["proof"]["volatile"], serde_json::json!(["public.orders (at): 1 row differs between two replays"]));
    assert_eq!(said["rows"], 2);
    assert_eq!(said["sequences"], 2);
}

#[test]
fn what_is_in_the_way_is_named() {
    let (project, database) = (chain(&["", "", ""]), Database::new());
    project.revision("side", "parents: r2", "-- [up]\n");
    let said = project.run_on(&database.url(), &["squash", "--to", "r3"]);
    insta::assert_snapshot!(said, @"");
}

#[test]
fn a_chain_that_does_not_run() {
    let (project, database) =
        (chain(&["CREATE TABLE t (id int);", "CREATE TABLE u (id int REFERENCES nobody);"]), Database::new());
    let said = project.run_on(&database.url(), &["squash"]);
    insta::assert_snapshot!(said.complaint(), @"");
}

#[test]
fn a_baseline_that_is_something_else_is_refused() {
    // The revision looks where it runs: in the second revision's own transaction, but not in the baseline's.
    let (project, database) = (
        chain(&[
            "CREATE TABLE t (id int);",
            "DO $$ BEGIN IF (SELECT count(*) FROM revgraph.applied) > 0 THEN ALTER TABLE t ADD a int; ELSE ALTER TABLE t ADD b int; END IF; END $$;",
        ]),
        Database::new(),
    );
    let said = project.run_on(&database.url(), &["squash", "--mode", "concat"]);
    insta::assert_snapshot!(shown(&said), @"");
    assert_eq!(files(&project, "revisions"), ["r1.sql", "r2.sql"]);
    assert_eq!(files(&project, "archive"), [""; 0]);
}

#[test]
fn a_baseline_in_a_baseline() {
    let (project, database) = (shop(), Database::new());
    project.ok(&database.url(), &["squash", "--to", "r2", "--id", "a"]);
    let said = project.run_on(&database.url(), &["squash", "--id", "b"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(text_of(&project).contains("-- replaces:   r1, r2, a, r3\n"), "{}", text_of(&project));
}
