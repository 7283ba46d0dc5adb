//! Revisions outside of transactions: recorded statement by statement, and continued.

use std::process::Stdio;

use crate::harness::{Database, Gate, Project, Said};

/// A table with a row that is there twice, and a revision that these sections make.
fn start(sections: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.revision("data", "", "-- [up]\nCREATE TABLE d AS VALUES (1), (1);\n-- [down]\nDROP TABLE d;\n");
    project.revision("off", "message: outside\nparents: data", sections);
    project.revision("top", "parents: off", "-- [up]\nCREATE TABLE top ();\n-- [down]\nDROP TABLE top;\n");
    (project, database)
}

fn upgrade(project: &Project, database: &Database, code: i32) -> Said {
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, code, "{}{}", said.out, said.err);
    said
}

const UNFINISHED: &str = "SELECT revision, direction, section, statement, outcome FROM revgraph.unfinished";

/// Nothing is unfinished, and all three are recorded once.
fn assert_complete(database: &Database) {
    assert!(database.rows(UNFINISHED).is_empty());
    assert_eq!(database.applied(), ["data", "off", "top"]);
    let mut done = database.events();
    done.retain(|event| event.ends_with("done"));
    assert_eq!(done, ["upgrade data done", "upgrade off done", "upgrade top done"]);
}

#[test]
fn what_refuses_to_run_in_a_transaction() {
    let sections = "-- [up transaction=off]\nCREATE INDEX CONCURRENTLY by_value ON d (column1);\nVACUUM d;\n\
                    REINDEX TABLE CONCURRENTLY d;\n-- [down transaction=off]\nDROP INDEX CONCURRENTLY by_value;\n\
                    -- [verify]\nSELECT indisvalid AS ok FROM pg_index WHERE indexrelid = 'by_value'::regclass;\n";
    let (project, database) = start(sections);
    let said = upgrade(&project, &database, 0);
    assert_eq!(said.out.lines().take(3).collect::<Vec<_>>(), ["  up   data", "  up   off  outside", "  up   top"]);
    assert_complete(&database);
    assert_eq!(database.value("SELECT duration >= '0' FROM revgraph.applied WHERE id = 'off'"), "t");
    project.ok(&database.url(), &["downgrade", "base", "--yes"]);
    assert_eq!(database.value("SELECT to_regclass('by_value')"), "-");
    assert!(database.applied().is_empty());
}

const IN_THE_MIDDLE: &str = "-- [up transaction=off]\nCREATE TABLE a ();\nCREATE UNIQUE INDEX CONCURRENTLY one ON d (column1);\n\
                             CREATE TABLE b ();\n-- [down]\nDROP TABLE a, b;\nDROP INDEX one;\n";

#[test]
fn a_failure_in_the_middle_is_continued() {
    let (project, database) = start(IN_THE_MIDDLE);
    let said = upgrade(&project, &database, 1);
    insta::assert_snapshot!(said.complaint(), @r#"
    error: could not create unique index "one"
     --> revisions/off.sql:7:1
      |
    7 | CREATE UNIQUE INDEX CONCURRENTLY one ON d (column1);
      | ^^^^^^
    detail: Key (column1)=(1) is duplicated.
    error: upgrade of off failed: could not create unique index "one"
    done and recorded before it: data; off stopped there, and the ledger knows where: what it had done outside of transactions stays; not begun: 1 revision of this upgrade
    help: mend the file or the data, and run the command again: it goes on at that statement
    "#);
    assert_eq!(database.rows(UNFINISHED), ["off up 0 1 failed"]);
    assert_eq!(database.tables(), ["a", "d"]);
    insta::assert_snapshot!(project.ok(&database.url(), &["current"]), @"
    data
    unfinished: off has begun on its way up and not ended; `revgraph upgrade` goes on where it stopped
    not in effect: top
    ");
    let said = project.run_on(&database.url(), &["check"]);
    assert_eq!(
        (said.code, said.out.as_str()),
        (3, "unfinished: off, on its way up: `revgraph upgrade` goes on where it stopped\npending: off, top\n")
    );
    assert_eq!(database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'one'::regclass"), "f");

    // As long as the data are not mended it fails there again, and not because of the index that is left.
    let said = upgrade(&project, &database, 1);
    assert!(said.err.contains("could not create unique index"), "{}", said.err);
    database.execute("DELETE FROM d WHERE ctid = '(0,1)'");
    let said = upgrade(&project, &database, 0);
    insta::assert_snapshot!(said.complaint(), @r"
        off goes on where it stopped:
          CREATE UNIQUE INDEX CONCURRENTLY one ON d (column1)
        ");
    assert_eq!(database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'one'::regclass"), "t");
    assert_eq!(database.tables(), ["a", "b", "d", "top"]);
    assert_complete(&database);
}

#[test]
fn an_index_that_is_left_does_not_count_as_there() {
    let sections =
        "-- [up transaction=off]\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"O n e\" ON public.d (column1);\n";
    let (project, database) = start(sections);
    upgrade(&project, &database, 1);
    database.execute("DELETE FROM d WHERE ctid = '(0,1)'");
    upgrade(&project, &database, 0);
    assert_eq!(database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = '\"O n e\"'::regclass"), "t");
}

#[test]
fn what_failed_may_be_mended_and_what_is_done_may_not() {
    let (project, database) = start(IN_THE_MIDDLE);
    upgrade(&project, &database, 1);
    project.revision("off", "parents: data", &IN_THE_MIDDLE.replace("CREATE TABLE a", "CREATE TABLE  a"));
    let said = upgrade(&project, &database, 1);
    insta::assert_snapshot!(said.complaint(), @"
    error: what off has done already was edited
    help: put its first statements back as they ran; what comes next may change. Or undo or finish by hand what it has begun, and `revgraph stamp` what the database is at then
    ");
    assert_eq!(database.tables(), ["a", "d"]);
    project.revision("off", "parents: data", &IN_THE_MIDDLE.replace("UNIQUE ", ""));
    upgrade(&project, &database, 0);
    assert_eq!(database.tables(), ["a", "b", "d", "top"]);
}

#[test]
fn other_targets_wait_for_its_end() {
    let (project, database) = start(IN_THE_MIDDLE);
    project.revision("other", "parents: data\nlabels: elsewhere", "-- [up]\n-- [down]\n");
    upgrade(&project, &database, 1);
    for arguments in [&["upgrade", "elsewhere@head"][..], &["downgrade", "base", "--yes"]] {
        let said = project.run_on(&database.url(), arguments);
        assert_eq!(said.code, 1, "{}", said.out);
        assert_eq!(
            said.complaint(),
            "error: off is unfinished on its way up\nhelp: end it first: `revgraph upgrade` goes on where it stopped\n"
        );
    }
}

/// A deployment whose client is killed while a statement of it runs, and the statement ends by itself after that.
fn interrupted() -> (Project, Database) {
    let statement = "INSERT INTO d SELECT 2 FROM pg_advisory_lock(42)";
    let (project, database) =
        start(&format!("-- [up transaction=off]\nCREATE TABLE a ();\n{statement};\nCREATE TABLE b ();\n"));
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    let mut gate = Gate::shut(&database);
    let mut command = project.command(&["--database", &database.url(), "upgrade"]);
    let mut killed = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    gate.until_waiting(1);
    killed.kill().unwrap();
    killed.wait().unwrap();
    gate.open();
    (project, database)
}

#[test]
fn a_statement_of_unknown_outcome_is_asked_about() {
    let (project, database) = interrupted();
    let said = upgrade(&project, &database, 1);
    let told: String =
        said.complaint().lines().filter(|line| !line.starts_with("waiting ")).map(|line| format!("{line}\n")).collect();
    insta::assert_snapshot!(told, @"
    error: off stopped while the statement at revisions/off.sql:7 ran, and it is not known how that ended
      INSERT INTO d SELECT 2 FROM pg_advisory_lock(42)
    help: look in the database whether it took effect: `revgraph upgrade --resume-after` goes on behind it, `revgraph upgrade --resume-at` runs it again
    ");
    assert_eq!(database.rows(UNFINISHED), ["off up 0 1 running"]);
    project.ok(&database.url(), &["upgrade", "--resume-after"]);
    assert_eq!(database.value("SELECT count(*) FROM d WHERE column1 = 2"), "1");
    assert_eq!(database.tables(), ["a", "b", "d", "top"]);
    assert_complete(&database);
}

#[test]
fn or_it_is_run_again() {
    let (project, database) = interrupted();
    project.ok(&database.url(), &["upgrade", "--resume-at"]);
    assert_eq!(database.value("SELECT count(*) FROM d WHERE column1 = 2"), "2");
    assert_complete(&database);
}

#[test]
fn sections_of_both_kinds() {
    let sections = "-- [up]\nCREATE TABLE a ();\nCREATE TABLE b ();\n\
                    -- [up transaction=off]\nCREATE INDEX CONCURRENTLY by_value ON d (column1);\nVACUUM d;\n\
                    -- [up]\nCREATE TABLE c ();\nCREATE UNIQUE INDEX ON d (column1);\n-- [up transaction=off]\nVACUUM d;\n";
    let (project, database) = start(sections);
    let said = upgrade(&project, &database, 1);
    insta::assert_snapshot!(said.complaint(), @r#"
    error: could not create unique index "d_column1_idx"
      --> revisions/off.sql:13:1
       |
    13 | CREATE UNIQUE INDEX ON d (column1);
       | ^^^^^^
    detail: Key (column1)=(1) is duplicated.
    error: upgrade of off failed: could not create unique index "d_column1_idx"
    done and recorded before it: data; off stopped there, and the ledger knows where: what it had done outside of transactions stays; not begun: 1 revision of this upgrade
    help: mend the file or the data, and run the command again: it goes on at that statement
    "#);
    assert_eq!(database.tables(), ["a", "b", "d"], "the third section is one transaction");
    assert_eq!(database.rows(UNFINISHED), ["off up 2 0 next"]);
    database.execute("DELETE FROM d WHERE ctid = '(0,1)'");
    upgrade(&project, &database, 0);
    assert_eq!(database.tables(), ["a", "b", "c", "d", "top"]);
    assert_complete(&database);
}

#[test]
fn a_first_section_in_a_transaction_that_fails_was_never_begun() {
    let (project, database) =
        start("-- [up]\nCREATE TABLE a ();\nSELECT 'ä', gone;\n-- [up transaction=off]\nVACUUM d;\n");
    let said = upgrade(&project, &database, 1);
    insta::assert_snapshot!(said.complaint(), @r#"
    error: column "gone" does not exist
     --> revisions/off.sql:7:13
      |
    7 | SELECT 'ä', gone;
      |             ^^^^
    error: upgrade of off failed: column "gone" does not exist
    done and recorded before it: data; off was rolled back; not begun: 1 revision of this upgrade
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
    assert_eq!(database.tables(), ["d"]);
    assert!(database.rows(UNFINISHED).is_empty());
    // So it may be edited.
    project.revision("off", "parents: data", "-- [up]\nCREATE TABLE a ();\n-- [up transaction=off]\nVACUUM d;\n");
    upgrade(&project, &database, 0);
    assert_complete(&database);
}

#[test]
fn a_statement_without_a_position_is_placed_too() {
    let (project, database) = start("-- [up transaction=off]\nSELECT 1;\n  SELECT 1 / 0;\n");
    let said = upgrade(&project, &database, 1);
    assert!(said.err.contains("--> revisions/off.sql:7:3\n"), "{}", said.err);
}

#[test]
fn settings_hold_to_the_end_of_their_section() {
    let sections = "-- [up transaction=off]\nCREATE SCHEMA app;\nSET search_path = app;\nCREATE TABLE one ();\n\
                    CREATE UNIQUE INDEX CONCURRENTLY ON public.d (column1);\nCREATE TABLE two ();\n\
                    -- [up transaction=off]\nCREATE TABLE three ();\n";
    let (project, database) = start(sections);
    upgrade(&project, &database, 1);
    database.execute("DELETE FROM d WHERE ctid = '(0,1)'");
    upgrade(&project, &database, 0);
    let schemas = "SELECT tablename, schemaname FROM pg_tables WHERE tablename IN ('one', 'two', 'three') ORDER BY 1";
    assert_eq!(database.rows(schemas), ["one app", "three public", "two app"], "also after it was continued");
}

#[test]
fn a_verification_that_fails_is_all_that_is_left() {
    let sections =
        "-- [up transaction=off]\nCREATE TABLE a ();\nVACUUM d;\n-- [verify]\nSELECT count(*) = 1 AS ok FROM d;\n";
    let (project, database) = start(sections);
    let said = upgrade(&project, &database, 1);
    insta::assert_snapshot!(said.complaint(), @r#"
        error: the assertion is not true
         --> revisions/off.sql:9:1
          |
        9 | SELECT count(*) = 1 AS ok FROM d;
          | ^^^^^^
        detail: first row: {"ok": false}
        error: upgrade of off failed: the assertion is not true
        done and recorded before it: data; off stopped there, and the ledger knows where: what it had done outside of transactions stays; not begun: 1 revision of this upgrade
        help: mend the data or the [verify] section; the next upgrade verifies again
        "#);
    database.execute("DELETE FROM d WHERE ctid = '(0,1)'");
    let said = upgrade(&project, &database, 0);
    assert_eq!(said.complaint(), "off has run, and is now verified and recorded\n");
    assert_complete(&database);
}

#[test]
fn the_way_down_is_continued_too() {
    let sections = "-- [up]\nCREATE TABLE a ();\nCREATE TABLE b ();\n\
                    -- [down transaction=off]\nDROP TABLE a;\nDROP TABLE b;\nDROP TABLE IF EXISTS c;\n";
    let (project, database) = start(sections);
    upgrade(&project, &database, 0);
    database.execute("CREATE VIEW v AS SELECT FROM b");
    let said = project.run_on(&database.url(), &["downgrade", "base", "--yes", "-q"]);
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.complaint(), @r"
        error: cannot drop table b because other objects depend on it
          --> revisions/off.sql:10:1
           |
        10 | DROP TABLE b;
           | ^^^^
        detail: view v depends on table b
        error: downgrade of off failed: cannot drop table b because other objects depend on it
        done and recorded before it: top; off stopped there, and the ledger knows where: what it had done outside of transactions stays; not begun: 1 revision of this downgrade
        help: Use DROP ... CASCADE to drop the dependent objects too.
        ");
    assert_eq!(database.rows(UNFINISHED), ["off down 0 1 failed"]);
    assert_eq!(database.applied(), ["data", "off"]);
    insta::assert_snapshot!(project.ok(&database.url(), &["current"]), @"
    off  outside
    unfinished: off has begun on its way down and not ended; `revgraph downgrade` goes on where it stopped
    not in effect: top
    ");
    insta::assert_snapshot!(project.run_on(&database.url(), &["check"]).out, @"
    unfinished: off, on its way down: `revgraph downgrade` goes on where it stopped
    pending: top
    ");
    let unfinished = serde_json::json!([{"revision": "off", "direction": "down"}]);
    assert_eq!(project.run_on(&database.url(), &["current", "--format", "json"]).json()["unfinished"], unfinished);
    let said = upgrade(&project, &database, 1);
    assert_eq!(
        said.complaint(),
        "error: off is unfinished on its way down\nhelp: end it first: `revgraph downgrade` goes on where it stopped\n"
    );
    database.execute("DROP VIEW v");
    project.ok(&database.url(), &["downgrade", "base", "--yes"]);
    assert!(database.tables().is_empty(), "{:?}", database.tables());
    assert!(database.rows(UNFINISHED).is_empty());
}
