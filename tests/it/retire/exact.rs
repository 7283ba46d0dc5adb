//! What comes back is what the revision itself put away, and what is purged was there.

use super::{fix_day, relations, said};
use crate::harness::{Database, Project};

/// `east` and `west` each retire a table `users`, by their own search paths: what they are known by is the same text.
fn two_branches() -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    for (branch, rows) in [("east", 1), ("west", 2)] {
        project.revision(
            &format!("{branch}_1"),
            &format!("labels: {branch}"),
            &format!(
                "-- [up]\nCREATE SCHEMA {branch};\nCREATE TABLE {branch}.users AS SELECT generate_series(1, {rows}) AS id;\n\
                 -- [down]\nDROP TABLE {branch}.users;\nDROP SCHEMA {branch};\n"
            ),
        );
        let retire = format!("-- [up]\nSET search_path = {branch};\n-- [retire]\ntable users\n-- [down]\n");
        project.revision(&format!("{branch}_2"), &format!("parents: {branch}_1"), &retire);
    }
    project.ok(&database.url(), &["upgrade", "east_1", "west_1"]);
    fix_day(&database, "20261121");
    (project, database)
}

/// Where what is called so now is, and where it was put away.
fn places(database: &Database) -> String {
    database
        .rows(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relname LIKE 'users%' ORDER BY 1",
        )
        .join(" ")
}

#[test]
fn of_two_branches_each_gets_its_own_back() {
    for (first, other) in [("east", "west"), ("west", "east")] {
        let (project, database) = two_branches();
        let url = database.url();
        project.ok(&url, &["upgrade", &format!("{first}_2")]);
        project.ok(&url, &["upgrade", &format!("{other}_2")]);
        let plan = project.run_on(&url, &["plan", "downgrade", &format!("{first}@-1")]);
        assert!(plan.out.contains(&format!("{first}_2 brings table users back")), "{plan}");
        project.ok(&url, &["downgrade", &format!("{first}@-1"), "--dry-run"]);
        project.ok(&url, &["downgrade", &format!("{first}@-1")]);
        let mut there = [format!("{first}.users"), format!("{other}.users_backup_20261121")];
        there.sort();
        assert_eq!(places(&database), there.join(" "));
        assert_eq!(
            database.value("SELECT revision FROM revgraph.retired WHERE undone_at IS NULL"),
            format!("{other}_2")
        );
        project.ok(&url, &["downgrade", "base", "--yes"]);
        assert_eq!(places(&database), "");
    }
}

/// What a plan says of purged objects is of its own, too.
#[test]
fn what_another_branch_has_lost_stops_nobody() {
    let (project, database) = two_branches();
    let url = database.url();
    project.ok(&url, &["upgrade", "east_2"]);
    project.ok(&url, &["upgrade", "west_2"]);
    project.ok(&url, &["retired", "purge", "west.users_backup_20261121", "--yes"]);
    project.ok(&url, &["downgrade", "east@-1"]);
    let lost = project.run_on(&url, &["downgrade", "west@-1"]);
    assert!(lost.err.contains("table users was purged at"), "{lost}");
    assert_eq!(places(&database), "east.users");
}

/// A revision that only the ledger believes to have run has put nothing away, and takes nothing from another one.
#[test]
fn who_put_nothing_away_takes_nothing() {
    let (project, database) = two_branches();
    let url = database.url();
    project.ok(&url, &["upgrade", "east_2"]);
    project.ok(&url, &["stamp", "west_2"]);
    insta::assert_snapshot!(said(&project, &database, &["downgrade", "west@-1"]), @"
    --- standard error
    error: the way down can't bring back what was retired: table users is not among what this ledger knows to be retired
    help: nothing was done; stay at or above west_2, or bring its rows back from a backup first
    --- exit code 1
    ");
    assert_eq!(places(&database), "east.users_backup_20261121 west.users");
    let undo = "SELECT revgraph.undo_retire('table users', 'west_2')";
    let error = database.client().batch_execute(undo).unwrap_err();
    assert!(error.as_db_error().unwrap().message().contains("this ledger doesn't know"), "{error}");
}

/// `base1` stands for the branch `east`; how it came to be in effect differs, and `west_2` came last.
fn with_baseline(ran: bool) -> (Project, Database) {
    let (project, database) = two_branches();
    let url = database.url();
    let squash = ["squash", "--to", "east_2", "--id", "base1", "--message", "all", "--scratch", "programs"];
    if ran {
        project.ok(&url, &["downgrade", "base", "--yes"]);
    }
    if !ran {
        project.ok(&url, &["upgrade", "east_2"]);
    }
    project.ok(&url, &squash);
    project.ok(&url, &["upgrade", "east_2"]);
    project.ok(&url, &["upgrade", "west_2"]);
    let by = if ran { "base1 west_2" } else { "east_2 west_2" };
    assert_eq!(
        database.rows("SELECT revision FROM revgraph.retired WHERE undone_at IS NULL ORDER BY number").join(" "),
        by
    );
    assert_eq!(database.value("SELECT count(*) FROM revgraph.applied WHERE id = 'base1'"), "1");
    (project, database)
}

#[test]
fn a_member_gets_back_what_its_baseline_put_away() {
    let (project, database) = with_baseline(true);
    let url = database.url();
    project.ok(&url, &["downgrade", "east_1", "--dry-run"]);
    project.ok(&url, &["downgrade", "east_1"]);
    let places = places(&database);
    assert!(places.starts_with("east.users west.users_backup_"), "{places}");
    // And what the member then puts away by itself, the baseline gets back when it goes as a whole.
    project.ok(&url, &["upgrade", "east_2"]);
    project.ok(&url, &["downgrade", "east@base", "--yes"]);
    assert_eq!(relations(&database, "west").len(), 1);
    assert_eq!(relations(&database, "east"), [""; 0]);
}

#[test]
fn an_adopted_baseline_gets_back_what_its_members_put_away() {
    let (project, database) = with_baseline(false);
    let url = database.url();
    project.ok(&url, &["downgrade", "east@base", "--yes"]);
    assert_eq!(places(&database), "west.users_backup_20261121");
    assert_eq!(database.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'east'"), "0");
}

/// A ledger of the fourth version took what was retired last under a name, and dropped what was not there.
#[test]
fn an_older_ledger_is_brought_up_to_date_first() {
    let version = "SELECT max(version) FROM revgraph.schema_history";
    let older = || {
        let (project, database) = two_branches();
        project.ok(&database.url(), &["upgrade", "east_2"]);
        project.ok(&database.url(), &["upgrade", "west_2"]);
        database.make_ledger_of_version_4();
        assert_eq!(database.value(version), "4");
        (project, database)
    };
    let (project, database) = older();
    project.ok(&database.url(), &["downgrade", "east@-1", "--dry-run"]);
    assert_eq!(database.value(version), "4");
    project.ok(&database.url(), &["downgrade", "east@-1"]);
    assert_eq!(places(&database), "east.users west.users_backup_20261121");
    assert_eq!(database.value(version), "5");

    let (project, database) = older();
    let script = project.ok(&database.url(), &["downgrade", "east@-1", "--sql"]);
    crate::script::run(&database, &script);
    assert_eq!(places(&database), "east.users west.users_backup_20261121");
    assert_eq!(database.value(version), "5");

    let (project, database) = older();
    database.execute("ALTER TABLE west.users_backup_20261121 RENAME TO kept");
    database.execute("UPDATE revgraph.retired SET retired_at = now() - interval '31 days'");
    project.ok(&database.url(), &["retired", "purge", "--older-than", "30d", "--yes"]);
    assert_eq!(database.value(version), "5");
    assert_eq!(database.rows("SELECT revision FROM revgraph.retired WHERE purged_at IS NULL"), ["west_2"]);
}

#[test]
fn what_is_not_there_is_not_purged() {
    let (project, database) = two_branches();
    let url = database.url();
    project.ok(&url, &["upgrade"]);
    database.execute("UPDATE revgraph.retired SET retired_at = now() - interval '31 days'");
    database.execute("ALTER SCHEMA west RENAME TO elsewhere");
    let purge = ["retired", "purge", "--older-than", "30d", "--yes"];
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "--older-than", "30d", "--dry-run"]), @"
    would drop 1 object:
      table users  east.users_backup_20261121  1 row, 8 kB  retired 31 days ago by east_2
    left out table users: there is no west.users_backup_20261121 any more
    --- standard error
    --- exit code 0
    ");
    let dropped =
        project.run_on(&url, &["retired", "purge", "--older-than", "30d", "--dry-run", "--format", "json"]).json();
    assert_eq!(dropped["purged"][0]["revision"], "east_2");
    assert_eq!(dropped["left_out"][0]["revision"], "west_2");
    insta::assert_snapshot!(said(&project, &database, &purge), @"
    dropped 1 object
    left out table users: there is no west.users_backup_20261121 any more
    --- standard error
    this drops for good:
      table users  east.users_backup_20261121  1 row, 8 kB  retired 31 days ago by east_2
    --- exit code 0
    ");
    assert_eq!(places(&database), "elsewhere.users_backup_20261121");
    assert_eq!(database.rows("SELECT revision FROM revgraph.retired WHERE purged_at IS NULL"), ["west_2"]);
    insta::assert_snapshot!(said(&project, &database, &purge), @"
    nothing to drop
    left out table users: there is no west.users_backup_20261121 any more
    --- standard error
    --- exit code 0
    ");
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "users", "--yes"]), @"
    --- standard error
    error: nothing was dropped: there is no west.users_backup_20261121 any more, which table users was renamed to
    help: if somebody has renamed it, give it that name again; if it was dropped, there is nothing to do
    --- exit code 1
    ");
    let checked = project.ok(&url, &["check"]);
    assert!(!checked.contains("retired for more than 30 days"), "nothing would drop it: {checked}");
    // The function doesn't believe it either.
    let number = database.value("SELECT number FROM revgraph.retired WHERE purged_at IS NULL");
    let error = database.client().batch_execute(&format!("SELECT revgraph.purge(ARRAY[{number}])")).unwrap_err();
    assert_eq!(
        error.as_db_error().unwrap().message(),
        "there is no users_backup_20261121 any more, which table users was renamed to"
    );
    // Where it was again, it is dropped.
    database.execute("ALTER SCHEMA elsewhere RENAME TO west");
    project.ok(&url, &purge);
    assert_eq!(places(&database), "");
    assert_eq!(database.value("SELECT count(*) FROM revgraph.retired WHERE purged_at IS NULL"), "0");
}

/// A column is not there where its table isn't, and what somebody has taken out of a table stays.
#[test]
fn columns_and_parts_that_are_elsewhere_stay() {
    let (project, database) = (Project::new(), Database::new());
    let url = database.url();
    project.revision(
        "r1",
        "",
        "-- [up]\nCREATE TABLE a (id serial, note text);\nCREATE TABLE b (id int, note text);\nCREATE FUNCTION f() RETURNS int \
         LANGUAGE sql AS 'SELECT 1';\nCREATE TYPE mood AS ENUM ('good');\nCREATE VIEW v AS SELECT 1;\n\
         CREATE MATERIALIZED VIEW m AS SELECT 1;\nCREATE SEQUENCE s;\nCREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';\n\
         -- [down]\nDROP TABLE a, b;\nDROP FUNCTION f;\nDROP TYPE mood;\n",
    );
    let retire = "-- [retire]\ntable a\ncolumn b.note\nfunction f()\ntype mood\nview v\nmaterialized view m\nsequence s\nprocedure p()\n";
    project.revision("r2", "parents: r1", retire);
    project.ok(&url, &["upgrade", "r1"]);
    fix_day(&database, "20261121");
    project.ok(&url, &["upgrade"]);
    database.execute("UPDATE revgraph.retired SET retired_at = now() - interval '31 days'");
    database.execute("ALTER TABLE b RENAME TO c");
    database.execute("ALTER SEQUENCE a_id_seq_backup_20261121 OWNED BY NONE");
    database.execute("ALTER TABLE a_backup_20261121 ALTER COLUMN id DROP DEFAULT");
    project.ok(&url, &["retired", "purge", "--older-than", "30d", "--yes"]);
    assert_eq!(relations(&database, "public"), ["a_id_seq_backup_20261121", "c"]);
    assert_eq!(
        database.rows("SELECT kind, backup FROM revgraph.retired WHERE purged_at IS NULL ORDER BY number"),
        ["sequence a_id_seq_backup_20261121", "column note_backup_20261121"]
    );
    assert_eq!(database.value("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"), "0");
}
