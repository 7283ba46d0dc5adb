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
    insta::assert_snapshot!(said(&project, &database, &["upgrade", "--dry-run"]), @"");
    assert_eq!(database.value("SELECT count(*) FROM pg_namespace WHERE nspname IN ('app', 'revgraph')"), "0");
    project.ok(&database.url(), &["upgrade"]);
    insta::assert_snapshot!(undated(&said(&project, &database, &["downgrade", "-1", "--dry-run"])), @"");
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
    insta::assert_snapshot!(said(&project, &database, &["upgrade"]), @"");
    assert_eq!(database.value("SELECT count(*) FROM app.users"), "2");
    // It goes on where it stopped.
    database.execute("CREATE TABLE app.nobody ()");
    project.ok(&url, &["upgrade"]);
    let names: Vec<String> = relations(&database, "app").iter().map(|name| undated(name)).collect();
    insta::assert_snapshot!(names.join("\n"), @"");
    project.ok(&url, &["downgrade", "r1"]);
    assert_eq!(
        relations(&database, "app"),
        ["nobody", "users", "users_email_key", "users_id_seq", "users_pkey"]
    );
}

#[test]
fn what_is_not_there_is_told_at_its_line() {
    let (project, database, _url) = start();
    project.revision("r2", "parents: r1", "-- [up]\nCREATE TABLE app.t ();\n\n-- [retire]\ntable app.users\n\nview app.users_\n");
    insta::assert_snapshot!(said(&project, &database, &["upgrade"]), @"");
    assert_eq!(database.applied(), ["r1"]);
    assert_eq!(relations(&database, "app").len(), 4, "nothing of the revision stays");
    project.revision("r2", "parents: r1", "-- [retire]\nview app.users\n");
    insta::assert_snapshot!(said(&project, &database, &["upgrade"]), @"");
    project.revision("r2", "parents: r1", "-- [retire]\n-- nothing\n");
    insta::assert_snapshot!(said(&project, &database, &["check", "--files"]), @"");
    project.revision("r2", "parents: r1", "-- [retire]\ntable app.users\nTABLE App.\"users\"\ntable a b\n");
    insta::assert_snapshot!(said(&project, &database, &["check", "--files"]), @"");
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
            "é\"".repeat(21)
        ),
    );
    project.revision(
        "r2",
        "parents: r1",
        &format!("-- [retire]\ntable app.{long}b\ntable app.{long}c\ntable app.\"{}\"\ntable app.t\n", "é\"\"".repeat(21)),
    );
    project.ok(&url, &["upgrade", "r1"]);
    let before = relations(&database, "app");
    fix_day(&database, "20261121");
    project.ok(&url, &["upgrade"]);
    insta::assert_snapshot!(relations(&database, "app").join("\n"), @"");
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
    project.ok(&url, &["downgrade", "r1"]);
    assert_eq!(relations(&database, "app")[0], "users");
}

#[test]
fn a_ledger_from_before_is_brought_up_to_date() {
    let (project, database, url) = start();
    project.ok(&url, &["upgrade", "r1"]);
    database.execute(
        "DROP TABLE revgraph.retired CASCADE;
         DO $$ DECLARE one regprocedure; BEGIN
             FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'revgraph'::regnamespace
                 AND proname NOT IN ('refuse', 'progress', 'verify') LOOP
                 EXECUTE 'DROP FUNCTION ' || one;
             END LOOP;
         END $$;
         DELETE FROM revgraph.schema_history WHERE version = 3",
    );
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
        project.revision("r1", "", &format!("-- [up]\n{up}-- [down]\nDROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"));
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
    assert_eq!(one, [3, 8, 4, 6], "plan, upgrade, list, downgrade");
}
