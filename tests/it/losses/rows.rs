//! Rows that go without anything being dropped: through a view, in a foreign table, by other statements than DELETE.

use insta::assert_snapshot;

use super::{at, said};
use crate::harness::{Database, Project};

const USERS: &str = "CREATE TABLE users (id int, active bool);\nINSERT INTO users SELECT i, i % 4 = 0 FROM generate_series(1, 400) i;\n\
                     CREATE VIEW active_users AS SELECT * FROM users WHERE active;\nCREATE VIEW latest AS SELECT id FROM active_users;";

fn plan(project: &Project, database: &Database, arguments: &[&str]) -> String {
    said(&project.run_on(&database.url(), &[&["plan"], arguments].concat()))
}

#[test]
fn through_a_view() {
    let (project, database) = at(&[(USERS, ""), ("", "DELETE FROM latest;")]);
    assert_snapshot!(plan(&project, &database, &["downgrade", "r1"]), @"
      down r2  step 2
        empties view latest: rows unknown
    unknown: there are no statistics of what it shows; `--exact` counts them
    1 step; then at r1
    --- exit code 0
    ");
    assert_snapshot!(plan(&project, &database, &["downgrade", "r1", "--exact"]), @"
      down r2  step 2
        empties view latest: 100 rows
    1 step; then at r1
    --- exit code 0
    ");
    let refused = project.run_on(&database.url(), &["downgrade", "r1", "--format", "json"]);
    assert_eq!((refused.code, refused.error()["kind"].as_str()), (1, Some("would_lose")), "{refused}");
    // The rows are in the table, so that is what a backup holds.
    let done = project.run_on(&database.url(), &["downgrade", "r1", "--yes", "--backup", "--format", "json"]);
    assert_eq!((done.code, &done.json()["backup"]["objects"]), (0, &serde_json::json!(["public.users"])), "{done}");
    assert_eq!(database.value("SELECT count(*) FROM users"), "300");
}

#[test]
fn a_view_that_is_dropped_holds_nothing() {
    let (project, database) = at(&[(USERS, ""), ("", "DROP VIEW latest CASCADE;")]);
    assert_eq!(project.run_on(&database.url(), &["downgrade", "r1"]).complaint(), "");
}

#[test]
fn in_a_foreign_table() {
    let (project, database) = (Project::new(), Database::new());
    database.execute(
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE remote (id int) SERVER far",
    );
    project.revision("r1", "", "-- [up]\n-- [down]\nDROP FOREIGN TABLE remote CASCADE;\n");
    project.revision("r2", "parents: r1", "-- [up]\n-- [down]\nTRUNCATE remote;\n");
    project.ok(&database.url(), &["upgrade"]);
    assert_snapshot!(plan(&project, &database, &["downgrade", "base"]), @"
      down r2
        empties foreign table remote: rows unknown
      down r1
    unknown: there are no statistics of what it shows; `--exact` counts them
    2 steps; then at base
    --- exit code 0
    ");
    let refused = project.run_on(&database.url(), &["downgrade", "r1", "--format", "json"]);
    assert_eq!((refused.code, refused.error()["kind"].as_str()), (1, Some("would_lose")), "{refused}");
    let tried = project.run_on(&database.url(), &["downgrade", "r1", "--yes", "--backup"]);
    assert!(
        tried.complaint().contains("no backup: nothing of what this downgrade loses is in a table here\n"),
        "{tried}"
    );
}

#[test]
fn by_other_statements() {
    let (project, database) = at(&[
        (
            "CREATE TABLE a AS SELECT generate_series(1, 10) AS id;\nCREATE TABLE b AS SELECT generate_series(1, 20) AS id;",
            "",
        ),
        ("", "EXPLAIN (ANALYZE, COSTS off) DELETE FROM a;"),
        ("", "MERGE INTO b USING a ON a.id = b.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING;"),
        (
            "",
            "EXPLAIN DELETE FROM a;\nEXPLAIN (ANALYZE false) DELETE FROM a;\nMERGE INTO b USING a ON a.id = b.id WHEN MATCHED THEN UPDATE SET id = 1;",
        ),
    ]);
    assert_snapshot!(plan(&project, &database, &["downgrade", "r1"]), @"
      down r4  step 4
      down r3  step 3
        deletes rows of table b: some of 20 rows, 8 kB
      down r2  step 2
        empties table a: 10 rows, 8 kB
    3 steps; then at r1
    --- exit code 0
    ");
    assert_eq!(project.run_on(&database.url(), &["downgrade", "r2"]).code, 1);
    // What some rows of are deleted may still be dropped as a whole.
    project.revision(
        "r5",
        "parents: r4",
        "-- [up]\nMERGE INTO b USING a ON true WHEN MATCHED THEN DELETE;\nDROP TABLE b;\n",
    );
    assert_snapshot!(plan(&project, &database, &["upgrade", "heads"]), @"
      up   r5
        deletes rows of table b: some of 20 rows, 8 kB
        loses table b: 20 rows, 8 kB
    1 step; then at r5
    --- exit code 0
    ");
}
