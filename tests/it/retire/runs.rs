//! How `[retire]` runs: scripts, dry runs, outside of transactions, failures, and the names that are free.

use std::process::Command;

use super::{fix_day, relations, said, start, undated};
use crate::harness::{Database, Project, Proxy, program};

#[test]
fn a_script_for_psql() {
    let (project, database, url) = start();
    let psql = |script: &str| {
        let file = project.write("script.sql", script);
        let run = Command::new(program("psql")).args(["-X", "-q", "-f"]).arg(file).arg(&url).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    };
    psql(&project.ok(&url, &["upgrade", "--sql"]));
    assert_eq!(relations(&database, "app").len(), 4);
    assert_eq!(database.value("SELECT count(*) FROM revgraph.retired"), "4");
    psql(&project.ok(&url, &["downgrade", "r1", "--sql"]));
    assert_eq!(relations(&database, "app"), ["users", "users_email_key", "users_id_seq", "users_pkey"]);
}

#[test]
fn a_dry_run() {
    let (project, database, _url) = start();
    insta::assert_snapshot!(said(&project, &database, &["upgrade", "--dry-run"]), @"
    up r1  users
        5 CREATE SCHEMA app
        6 CREATE TABLE app.users (
       10 INSERT INTO app.users (email) VALUES ('a@x'), ('b@x')  2 rows
    up r2  no users any more
        6 table app.users
    tried 2 steps of 2 and rolled back; it would be at r2
    --- standard error
    --- exit code 0
    ");
    assert_eq!(database.value("SELECT count(*) FROM pg_namespace WHERE nspname IN ('app', 'revgraph')"), "0");
    project.ok(&database.url(), &["upgrade"]);
    insta::assert_snapshot!(undated(&said(&project, &database, &["downgrade", "-1", "--dry-run"])), @"
    down r2  no users any more
        6 table app.users
    lock AccessExclusiveLock on app.users_backup_YYYYMMDD
    lock AccessExclusiveLock on app.users_id_seq_backup_YYYYMMDD
    tried 1 step of 1 and rolled back; it would be at r1
    --- standard error
    --- exit code 0
    ");
}

#[test]
fn beside_what_runs_outside_of_transactions() {
    let (project, database, url) = start();
    project.revision(
        "r2",
        "parents: r1",
        "-- [up]\nCREATE TABLE app.people (id int);\n-- [retire]\ntable app.users\ntable app.nobody\n\
         -- [up transaction=off]\nCREATE INDEX CONCURRENTLY people_id_idx ON app.people (id);\n\
         -- [down transaction=off]\nDROP INDEX CONCURRENTLY app.people_id_idx;\n-- [down]\nDROP TABLE app.people;\n",
    );
    insta::assert_snapshot!(said(&project, &database, &["upgrade"]), @"
      up   r1  users
    --- standard error
    r2 retires table app.users, which is not there yet
    r2 retires table app.nobody, which is not there yet
    error: there is no table app.nobody
     --> revisions/r2.sql:8:1
      |
    8 | table app.nobody
      | ^^^^^
    error: upgrade of r2 failed: there is no table app.nobody
    done and recorded before it: r1; r2 stopped there, and the ledger knows where: what it had done outside of transactions stays
    help: mend the file or the data, and run the command again: it goes on at that statement
    --- exit code 1
    ");
    assert_eq!(database.value("SELECT count(*) FROM app.users"), "2");
    // It goes on where it stopped.
    database.execute("CREATE TABLE app.nobody ()");
    project.ok(&url, &["upgrade"]);
    let names: Vec<String> = relations(&database, "app").iter().map(|name| undated(name)).collect();
    insta::assert_snapshot!(names.join("\n"), @"
    nobody_backup_YYYYMMDD
    people
    people_id_idx
    users_backup_YYYYMMDD
    users_email_key_backup_YYYYMMDD
    users_id_seq_backup_YYYYMMDD
    users_pkey_backup_YYYYMMDD
    ");
    project.ok(&url, &["downgrade", "r1"]);
    assert_eq!(relations(&database, "app"), ["nobody", "users", "users_email_key", "users_id_seq", "users_pkey"]);
}

#[test]
fn what_is_not_there_is_told_at_its_line() {
    let (project, database, _url) = start();
    project.revision(
        "r2",
        "parents: r1",
        "-- [up]\nCREATE TABLE app.t ();\n\n-- [retire]\ntable app.users\n\nview app.users_\n",
    );
    insta::assert_snapshot!(said(&project, &database, &["upgrade"]), @"
      up   r1  users
    --- standard error
    r2 retires table app.users, which is not there yet
    r2 retires view app.users_, which is not there yet
    error: there is no view app.users_
      --> revisions/r2.sql:10:1
       |
    10 | view app.users_
       | ^^^^
    error: upgrade of r2 failed: there is no view app.users_
    done and recorded before it: r1; r2 was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    --- exit code 1
    ");
    assert_eq!(database.applied(), ["r1"]);
    assert_eq!(relations(&database, "app").len(), 4, "nothing of the revision stays");
    project.revision("r2", "parents: r1", "-- [retire]\nview app.users\n");
    insta::assert_snapshot!(said(&project, &database, &["upgrade"]), @"
    --- standard error
    r2 retires view app.users
    error: app.users is no view: it is of the kind table
     --> revisions/r2.sql:5:1
      |
    5 | view app.users
      | ^^^^
    error: upgrade of r2 failed: app.users is no view: it is of the kind table
    no revision was completed; r2 was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    --- exit code 1
    ");
    project.revision("r2", "parents: r1", "-- [retire]\n-- nothing\n");
    insta::assert_snapshot!(said(&project, &database, &["check", "--files"]), @"
    --- standard error
    error: [retire] names nothing
     --> revisions/r2.sql:4:1
      |
    4 | -- [retire]
      | ^^^^^^^^^^^
      |
      = help: write one object a line: `table app.users`, `column app.users.name`, `view …`, `materialized view …`, `sequence …`, `type …`, `function app.f(integer)`, `procedure …`
    error: 1 revision file can't be used
    help: mend the files; nothing was done
    --- exit code 1
    ");
    project.revision("r2", "parents: r1", "-- [retire]\ntable app.users\nTABLE App.\"users\"\ntable a b\n");
    insta::assert_snapshot!(said(&project, &database, &["check", "--files"]), @r#"
    --- standard error
    error: table app.users is retired already
     --> revisions/r2.sql:6:1
      |
    6 | TABLE App."users"
      | ^^^^^^^^^^^^^^^^^
      |
      = help: take out one of the two lines
    error: "b" stands behind the name of a table
     --> revisions/r2.sql:7:9
      |
    7 | table a b
      |         ^
      |
      = help: write one object a line: `table app.users`, `column app.users.name`, `view …`, `materialized view …`, `sequence …`, `type …`, `function app.f(integer)`, `procedure …`
    error: 1 revision file can't be used
    help: mend the files; nothing was done
    --- exit code 1
    "#);
}

#[test]
fn names_that_are_long_or_taken() {
    let (project, database) = (Project::new(), Database::new());
    let url = database.url();
    let long = "a".repeat(60);
    project.revision(
        "r1",
        "",
        &format!(
            "-- [up]\nCREATE SCHEMA app;\nCREATE TABLE app.{long}b ();\nCREATE TABLE app.{long}c ();\nCREATE TABLE app.\"{}\" ();\n\
             CREATE TABLE app.t ();\nCREATE TABLE app.t_backup_20261121 ();\nCREATE TYPE app.t_backup_20261121_2 AS ENUM ();\n\
             -- [down]\nDROP SCHEMA app CASCADE;\n",
            "é\"\"".repeat(21)
        ),
    );
    project.revision(
        "r2",
        "parents: r1",
        &format!(
            "-- [retire]\ntable app.{long}b\ntable app.{long}c\ntable app.\"{}\"\ntable app.t\n",
            "é\"\"".repeat(21)
        ),
    );
    project.ok(&url, &["upgrade", "r1"]);
    let before = relations(&database, "app");
    fix_day(&database, "20261121");
    project.ok(&url, &["upgrade"]);
    insta::assert_snapshot!(relations(&database, "app").join("\n"), @r#"
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_backup_20261121_2
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_backup_20261121
    t_backup_20261121
    t_backup_20261121_3
    é"é"é"é"é"é"é"é"é"é"é"é"é"é"é"é_backup_20261121
    "#);
    project.ok(&url, &["downgrade", "r1"]);
    assert_eq!(relations(&database, "app"), before);
}

#[test]
fn the_search_path_of_the_revision_finds_them_and_its_role_need_not_write_the_ledger() {
    let (project, database, url) = start();
    project.revision(
        "r2",
        "parents: r1",
        "-- [up]\nCREATE ROLE retire_owner;\nALTER TABLE app.users OWNER TO retire_owner;\nGRANT USAGE, CREATE ON SCHEMA app TO retire_owner;\n\
         SET ROLE retire_owner;\nSET search_path = app;\n-- [retire]\ntable users\n\
         -- [down]\nALTER TABLE app.users OWNER TO CURRENT_USER;\nDROP OWNED BY retire_owner;\nDROP ROLE retire_owner;\n",
    );
    project.ok(&url, &["upgrade"]);
    assert_eq!(undated(&relations(&database, "app")[0]), "users_backup_YYYYMMDD");
    project.ok(&url, &["downgrade", "r1", "--yes"]);
    assert_eq!(relations(&database, "app")[0], "users");
}

#[test]
fn a_ledger_from_before_is_brought_up_to_date() {
    let (project, database, url) = start();
    project.ok(&url, &["upgrade", "r1"]);
    database.make_ledger_older();
    assert_eq!(project.ok(&url, &["retired", "list"]), "nothing is retired\n");
    project.ok(&url, &["upgrade", "--dry-run"]);
    project.ok(&url, &["upgrade"]);
    assert_eq!(undated(&relations(&database, "app")[0]), "users_backup_YYYYMMDD");
}

#[test]
fn round_trips_do_not_grow_with_the_objects() {
    let cost = |tables: usize| {
        let (project, database) = (Project::new(), Database::new());
        let names = || (0..tables).map(|table| format!("t{table}"));
        let up: String = names().map(|name| format!("CREATE TABLE {name} (id int PRIMARY KEY);\n")).collect();
        let retire: String = names().map(|name| format!("table {name}\n")).collect();
        project.revision(
            "r1",
            "",
            &format!("-- [up]\n{up}-- [down]\nDROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"),
        );
        project.revision("r2", "parents: r1", &format!("-- [retire]\n{retire}"));
        project.ok(&database.url(), &["upgrade", "r1"]);
        let proxy = Proxy::start(database.server().address());
        let url = proxy.url(&database);
        let counted = |arguments: &[&str]| {
            let before = proxy.round_trips();
            project.ok(&url, arguments);
            proxy.round_trips() - before
        };
        [
            counted(&["plan", "upgrade", "heads"]),
            counted(&["upgrade"]),
            counted(&["retired", "list"]),
            counted(&["downgrade", "r1"]),
        ]
    };
    let one = cost(1);
    assert_eq!(cost(30), one);
    assert_eq!(one, [3, 5, 4, 4], "plan, upgrade, list, downgrade");
}
