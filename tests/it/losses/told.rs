//! What is told, by `plan`, by the run and by its trial.

use insta::assert_snapshot;
use serde_json::json;

use super::{at, said};
use crate::harness::Project;

const ACCOUNTS: &str = "CREATE TABLE accounts (id int PRIMARY KEY, note text, mood text);
INSERT INTO accounts SELECT i, CASE WHEN i % 4 = 0 THEN 'eight by' END, 'x' FROM generate_series(1, 4000) i;";

#[test]
fn rows_and_bytes_by_statistics() {
    let (project, database) = at(&[
        (ACCOUNTS, "DROP TABLE accounts;"),
        ("CREATE TABLE log (id int);\nINSERT INTO log VALUES (1);", "TRUNCATE log;\nDROP TABLE log;"),
        ("ALTER TABLE accounts ADD size varchar(30);", "ALTER TABLE accounts DROP COLUMN note;"),
        ("", "ALTER TABLE accounts ALTER COLUMN mood TYPE varchar(8);"),
        ("CREATE TABLE nothing (id int);", "DROP TABLE nothing;"),
    ]);
    assert_snapshot!(said(&project.run_on(&database.url(), &["plan", "downgrade", "base"])), @"");
    let plan = project.run_on(&database.url(), &["plan", "downgrade", "r3", "--format", "json"]).json();
    assert_eq!(plan["losses"], json!([]), "{plan}");
}
