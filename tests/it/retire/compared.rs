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
    text.lines()
        .map(|line| line.split_once(" in a private server").map_or(line, |(before, _)| before))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn another_day_is_no_drift() {
    let (project, database) = retired_on("20260101");
    let drift = ["drift", "--scratch", "programs"];
    insta::assert_snapshot!(outcome(&project, &database, &drift), @"
    no drift: the database is what its 4 applied revisions build
    --- standard error
    --- exit code 0
    ");
    // What somebody does to it is.
    database.execute("ALTER TABLE app.users_backup_20260101 ADD COLUMN name text");
    insta::assert_snapshot!(outcome(&project, &database, &drift), @"
    --- 4 applied revisions, built
    +++ postgres://postgres@…
    schema app
        table users (retired 2)
        + column name  text
    1 added
    --- standard error
    --- exit code 3
    ");
    database.execute("ALTER TABLE app.users_backup_20260101 DROP COLUMN name");
    // What is dropped and brought back by revgraph is known.
    project.ok(&database.url(), &["retired", "restore", "column app.orders.user_id"]);
    insta::assert_snapshot!(outcome(&project, &database, &drift), @"
    no drift: the database is what its 4 applied revisions build
    --- standard error
    --- exit code 0
    ");
    project.ok(&database.url(), &["retired", "purge", "users_backup_20260101_2", "--yes"]);
    insta::assert_snapshot!(outcome(&project, &database, &drift), @"
    no drift: the database is what its 4 applied revisions build
    --- standard error
    --- exit code 0
    ");
    assert_eq!(database.value("SELECT count(*) FROM app.users_backup_20260101"), "2");
}

/// What was renamed with a column is renamed again with its table.
#[test]
fn what_is_retired_twice_has_no_day_either() {
    let (project, database, url) = start();
    project.revision("r2", "parents: r1", "-- [retire]\ncolumn app.users.email\n");
    project.revision("r3", "parents: r2", "-- [retire]\ntable app.users\n");
    project.ok(&url, &["upgrade", "r1"]);
    fix_day(&database, "20260101");
    project.ok(&url, &["upgrade"]);
    insta::assert_snapshot!(outcome(&project, &database, &["drift", "--scratch", "programs"]), @"
    no drift: the database is what its 3 applied revisions build
    --- standard error
    --- exit code 0
    ");
}

#[test]
fn what_was_purged_together_is_no_drift() {
    let (project, database) = (Project::new(), Database::new());
    let url = database.url();
    project.revision(
        "r1",
        "",
        "-- [up]\nCREATE TABLE a (id int);\nCREATE VIEW v AS SELECT id FROM a;\nCREATE VIEW w AS SELECT id FROM v;\n\
         -- [down]\nDROP VIEW w;\nDROP VIEW v;\nDROP TABLE a;\n",
    );
    project.revision("r2", "parents: r1", "-- [retire]\nview w\nview v\ntable a\n");
    project.ok(&url, &["upgrade"]);
    project.ok(&url, &["retired", "purge", "a", "v", "w", "--yes"]);
    insta::assert_snapshot!(outcome(&project, &database, &["drift", "--scratch", "programs"]), @"
    no drift: the database is what its 2 applied revisions build
    --- standard error
    --- exit code 0
    ");
}

#[test]
fn two_days_are_no_difference() {
    let (project, database) = retired_on("20260101");
    let (_project, other) = retired_on("20260202");
    let equal = |one: &str, other: &str| {
        let said = project.run(&["diff", one, other, "--data"]);
        assert_eq!(said.code, 0, "{said}");
    };
    equal(&database.url(), &other.url());
    project.ok(&database.url(), &["snapshot", "--data", "-o", "saved.json"]);
    equal("saved.json", &other.url());
    other.execute("INSERT INTO app.users_backup_20260202 (email) VALUES ('c@x')");
    let said = project.run(&["diff", "saved.json", &other.url(), "--data"]);
    assert!(said.out.contains("app.users (retired 2): 2 rows → 3 rows"), "{said}");
}

#[test]
fn a_baseline_does_it_as_its_members_did() {
    let (project, database) = retired_on("20260101");
    let url = database.url();
    let squash = ["squash", "--to", "r4", "--id", "base1", "--message", "all", "--scratch", "programs"];
    let told = project.ok(&url, &squash);
    let proof =
        told.lines().filter(|line| ["made of", "contents", "way down"].iter().any(|of| line.trim().starts_with(of)));
    insta::assert_snapshot!(proof.collect::<Vec<_>>().join("\n"), @"
    made of      their own SQL, put together: r3 retires objects, and their names depend on the day on which it runs
    contents     2 rows, the positions of 1 sequence
    way down     exact
    ");
    let file = std::fs::read_dir(project.path().join("revisions")).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(file).unwrap();
    insta::assert_snapshot!(text.split_once("\n\n").unwrap().1, @"
    -- [up]
    -- r1: users
    CREATE SCHEMA app;
    CREATE TABLE app.users (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        email text NOT NULL UNIQUE
    );
    INSERT INTO app.users (email) VALUES ('a@x'), ('b@x');
    RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMP; DISCARD SEQUENCES; UNLISTEN *; CLOSE ALL;

    -- [up]
    -- r2
    CREATE TABLE app.orders (id int, user_id bigint REFERENCES app.users);
    CREATE VIEW app.emails AS SELECT email FROM app.users WHERE id > 0;

    -- [retire]
    -- r3
    table app.users

    -- [up]
    -- r3
    CREATE TABLE app.users (id uuid PRIMARY KEY);

    -- [retire]
    -- r4
    table app.users
    column app.orders.user_id

    -- [down]
    -- r3
    DROP TABLE app.users;

    -- [down]
    -- r2
    DROP VIEW app.emails;
    DROP TABLE app.orders;

    -- [down]
    -- r1: users
    DROP TABLE app.users;
    DROP SCHEMA app;
    ");
    // Adopted, it is undone as a whole; and it runs.
    project.ok(&url, &["upgrade"]);
    project.ok(&url, &["downgrade", "base", "--yes"]);
    assert_eq!(database.tables(), [""; 0]);
    project.ok(&url, &["upgrade"]);
    project.ok(&url, &["drift", "--scratch", "programs"]);
    // Into the middle of it, along the members.
    project.ok(&url, &["downgrade", "r2", "--yes"]);
    assert_eq!(database.value("SELECT count(*) FROM app.users"), "2");
}

#[test]
fn tested_up_down_and_up_again() {
    let (project, database) = retired_on("20260101");
    let told = project.ok(&database.url(), &["test", "--scratch", "programs"]);
    let exact = told.lines().filter(|line| line.starts_with("exact ")).count();
    assert_eq!(exact, 4, "{told}");
}
