//! What compares databases, and what is retired in them.

use super::{fix_day, said, start};
use crate::harness::{Database, Project};

/// `r3` retires a table that is still used and makes a new one of its name, on that day.
fn retired_on(day: &str) -> (Project, Database) {
    let (project, database, url) = start();
    project.revision(
        "r2",
        "parents: r1",
        "-- [up]\nCREATE TABLE app.orders (id int, user_id bigint REFERENCES app.users);\n\
         CREATE VIEW app.emails AS SELECT email FROM app.users WHERE id > 0;\n\
         -- [down]\nDROP VIEW app.emails;\nDROP TABLE app.orders;\n",
    );
    project.revision(
        "r3",
        "parents: r2",
        "-- [retire]\ntable app.users\n\n-- [up]\nCREATE TABLE app.users (id uuid PRIMARY KEY);\n\n-- [down]\nDROP TABLE app.users;\n",
    );
    project.revision("r4", "parents: r3", "-- [retire]\ntable app.users\ncolumn app.orders.user_id\n");
    project.ok(&url, &["upgrade", "r2"]);
    fix_day(&database, day);
    project.ok(&url, &["upgrade"]);
    (project, database)
}

/// What it says but for where scratch databases are.
fn outcome(project: &Project, database: &Database, arguments: &[&str]) -> String {
    let text = said(project, database, arguments);
    text.lines().map(|line| line.split_once(" in a private server").map_or(line, |(before, _)| before)).collect::<Vec<_>>().join("\n")
}

#[test]
fn another_day_is_no_drift() {
    let (project, database) = retired_on("20260101");
    let drift = ["drift", "--scratch", "programs"];
    insta::assert_snapshot!(outcome(&project, &database, &drift), @"");
    // What somebody does to it is.
    database.execute("ALTER TABLE app.users_backup_20260101 ADD COLUMN name text");
    insta::assert_snapshot!(outcome(&project, &database, &drift), @"");
    database.execute("ALTER TABLE app.users_backup_20260101 DROP COLUMN name");
    // What is dropped and brought back by revgraph is known.
    project.ok(&database.url(), &["retired", "restore", "column app.orders.user_id"]);
    insta::assert_snapshot!(outcome(&project, &database, &drift), @"");
    project.ok(&database.url(), &["retired", "purge", "users_backup_20260101_2", "--yes"]);
    insta::assert_snapshot!(outcome(&project, &database, &drift), @"");
    assert_eq!(database.value("SELECT count(*) FROM app.users_backup_20260101"), "2");
}

#[test]
fn two_days_are_no_difference() {
    let (project, database) = retired_on("20260101");
    let (_, other) = retired_on("20260202");
    assert_eq!(outcome(&project, &database, &["diff", &other.url(), "--data"]), "");
    project.ok(&database.url(), &["snapshot", "-o", "saved.json", "--data"]);
    assert_eq!(outcome(&project, &other, &["diff", "saved.json", "--data"]), "");
}

#[test]
fn a_baseline_does_it_as_its_members_did() {
    let (project, database) = retired_on("20260101");
    let url = database.url();
    let squash = ["squash", "--to", "r4", "--id", "base1", "--message", "all", "--scratch", "programs"];
    insta::assert_snapshot!(outcome(&project, &database, &squash), @"");
    let file = std::fs::read_dir(project.path().join("revisions")).unwrap().next().unwrap().unwrap().path();
    insta::assert_snapshot!(std::fs::read_to_string(file).unwrap(), @"");
    // Adopted, it is undone as a whole; and it runs.
    project.ok(&url, &["upgrade"]);
    project.ok(&url, &["downgrade", "base", "--yes"]);
    assert_eq!(database.tables(), [""; 0]);
    project.ok(&url, &["upgrade"]);
    assert_eq!(outcome(&project, &database, &["drift", "--scratch", "programs"]), "");
    // Into the middle of it, along the members.
    project.ok(&url, &["downgrade", "r2", "--yes"]);
    assert_eq!(database.value("SELECT count(*) FROM app.users"), "2");
}

#[test]
fn tested_up_down_and_up_again() {
    let (project, database) = retired_on("20260101");
    insta::assert_snapshot!(outcome(&project, &database, &["test", "--scratch", "programs"]), @"");
}
