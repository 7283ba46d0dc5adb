//! What is certain, and what is said, when a statement fails.

mod places;

use crate::harness::{Database, Project, Said};

/// Three revisions that make a table each, the second one of them with this text before it.
fn three(second: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.chain(3);
    let sections = format!("-- [up]\n{second}\nCREATE TABLE t2 (id int);\n\n-- [down]\nDROP TABLE t2;\n");
    project.revision("r0002", "message: the second\nparents: r0001", &sections);
    (project, database)
}

/// The upgrade, which must fail.
fn fail(project: &Project, database: &Database) -> Said {
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    said
}

#[test]
fn what_came_before_stays_and_what_comes_after_is_not_begun() {
    let (project, database) = three("CREATE TABLE half (id int);\nINSERT INTO nowhere VALUES (1);");
    let said = fail(&project, &database);
    insta::assert_snapshot!(said.complaint(), @r#"
    error: relation "nowhere" does not exist
     --> revisions/r0002.sql:7:13
      |
    7 | INSERT INTO nowhere VALUES (1);
      |             ^^^^^^^
    error: upgrade of r0002 failed: relation "nowhere" does not exist
    done and recorded before it: r0001; r0002 was rolled back; not begun: 1 revision of this upgrade
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
    assert_eq!(said.out, "  up   r0001\n");
    assert_eq!(database.tables(), ["t1"]);
    assert_eq!(database.applied(), ["r0001"]);
    assert_eq!(database.events(), ["upgrade r0001 done", "upgrade r0002 failed"]);
}

#[test]
fn the_mended_revision_goes_on_from_there() {
    let (project, database) = three("SELECT 1 / 0;");
    fail(&project, &database);
    project.chain(3);
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.tables(), ["t1", "t2", "t3"]);
    assert_eq!(database.applied(), ["r0001", "r0002", "r0003"]);
}

#[test]
fn an_error_without_a_position() {
    let (project, database) = three("INSERT INTO t1 VALUES (1);\nSELECT id / 0 FROM t1;");
    insta::assert_snapshot!(fail(&project, &database).complaint(), @"
    error: division by zero
     --> revisions/r0002.sql:7:1
      |
    7 | SELECT id / 0 FROM t1;
      | ^^^^^^
    error: upgrade of r0002 failed: division by zero
    done and recorded before it: r0001; r0002 was rolled back; not begun: 1 revision of this upgrade
    help: mend the file or the data, and run the command again: it goes on from there
    ");
}

#[test]
fn an_error_inside_a_function_shows_where() {
    let function =
        "CREATE FUNCTION deep() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n    PERFORM gone FROM t1;\nEND\n$$;\n";
    let (project, database) = three(&format!("{function}DO 'BEGIN PERFORM deep(); END';"));
    insta::assert_snapshot!(fail(&project, &database).complaint(), @r#"
    not looked into: what is done by a DO block (r0002, line 11)
    error: column "gone" does not exist
      --> revisions/r0002.sql:11:1
       |
    11 | DO 'BEGIN PERFORM deep(); END';
       | ^^
    where: PL/pgSQL function deep() line 3 at PERFORM
           SQL statement "SELECT deep()"
           PL/pgSQL function inline_code_block line 1 at PERFORM
    error: upgrade of r0002 failed: column "gone" does not exist
    done and recorded before it: r0001; r0002 was rolled back; not begun: 1 revision of this upgrade
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
}

#[test]
fn what_the_server_adds_is_shown() {
    let (project, database) = three("INSERT INTO t1 VALUES (1), (1);\nCREATE UNIQUE INDEX ON t1 (id);");
    insta::assert_snapshot!(fail(&project, &database).complaint(), @r#"
    error: could not create unique index "t1_id_idx"
     --> revisions/r0002.sql:7:1
      |
    7 | CREATE UNIQUE INDEX ON t1 (id);
      | ^^^^^^
    detail: Key (id)=(1) is duplicated.
    error: upgrade of r0002 failed: could not create unique index "t1_id_idx"
    done and recorded before it: r0001; r0002 was rolled back; not begun: 1 revision of this upgrade
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
}

#[test]
fn a_syntax_error_stops_everything_and_says_so() {
    let (project, database) = three("");
    project.revision("r0003", "parents: r0002", "-- [up]\nCREATE TABLE t3 (id int);\nCREATE TABEL t4 ();\n");
    let said = fail(&project, &database);
    insta::assert_snapshot!(said.complaint(), @r#"
    error: syntax error at or near "TABEL"
     --> revisions/r0003.sql:6:8
      |
    6 | CREATE TABEL t4 ();
      |        ^^^^^
    error: upgrade of r0003 failed: syntax error at or near "TABEL"
    PostgreSQL found this before it ran anything: the database is as it was; not begun: 2 revisions of this upgrade
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
    assert_eq!(said.out, "");
    assert!(database.tables().is_empty());
    assert_eq!(database.events(), ["upgrade r0003 failed"]);
}

#[test]
fn a_mistake_found_while_running_is_not_called_a_syntax_error() {
    // PostgreSQL gives both the same SQLSTATE.
    let (project, database) = (Project::new(), Database::new());
    project.revision("r1", "", "-- [up]\nCREATE TABLE t (id int);\nINSERT INTO t VALUES (1, 2);\n");
    insta::assert_snapshot!(fail(&project, &database).complaint(), @"
    error: INSERT has more expressions than target columns
     --> revisions/r1.sql:5:26
      |
    5 | INSERT INTO t VALUES (1, 2);
      |                          ^
    error: upgrade of r1 failed: INSERT has more expressions than target columns
    no revision was completed; r1 was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    ");
}

#[test]
fn a_constraint_that_waits_for_the_commit() {
    // In the last one, which is told before its commit.
    let deferred = "-- [up]\nCREATE TABLE p (id int PRIMARY KEY);\n\
                    CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (7);\n";
    let (project, database) = three("");
    project.revision("r0003", "parents: r0002", deferred);
    let said = fail(&project, &database);
    insta::assert_snapshot!(said.complaint(), @r#"
    error: revisions/r0003.sql: insert or update on table "c" violates foreign key constraint "c_p_fkey"
    detail: Key (p)=(7) is not present in table "p".
    error: upgrade of r0003 failed: insert or update on table "c" violates foreign key constraint "c_p_fkey"
    done and recorded before it: r0001, r0002; r0003 was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
    assert_eq!(said.out, "  up   r0001\n  up   r0002  the second\n", "the third one is not shown as done");
    assert_eq!((database.tables().len(), database.applied().len()), (2, 2));
}

#[test]
fn a_failed_downgrade_says_which() {
    let (project, database) = three("");
    project.ok(&database.url(), &["upgrade"]);
    database.execute("CREATE VIEW v AS SELECT * FROM t2");
    let said = project.run_on(&database.url(), &["downgrade", "base"]);
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.complaint(), @"
    error: cannot drop table t2 because other objects depend on it
      --> revisions/r0002.sql:10:1
       |
    10 | DROP TABLE t2;
       | ^^^^
    detail: view v depends on table t2
    error: downgrade of r0002 failed: cannot drop table t2 because other objects depend on it
    done and recorded before it: r0003; r0002 was rolled back; not begun: 1 revision of this downgrade
    help: Use DROP ... CASCADE to drop the dependent objects too.
    ");
    assert_eq!(database.tables(), ["t1", "t2"]);
    assert_eq!(database.applied(), ["r0001", "r0002"]);
    assert_eq!(database.events()[3..], ["downgrade r0003 done", "downgrade r0002 failed"]);
}

#[test]
fn failures_are_in_the_log() {
    let (project, database) = three("SELECT 1 / 0;");
    fail(&project, &database);
    let log = project.ok(&database.url(), &["log"]);
    let shown: Vec<&str> = log.lines().map(|line| line.split("  ").next().unwrap()).collect();
    assert!(shown[0].ends_with("Z failed upgrade"), "the newest first:\n{log}");
    assert_eq!(shown[1], "");
    assert!(log.contains("    division by zero\n"), "{log}");
    let log: serde_json::Value =
        serde_json::from_str(&project.ok(&database.url(), &["log", "-n", "1", "--format", "json"])).unwrap();
    let [event] = log["events"].as_array().unwrap().as_slice() else { panic!("{log}") };
    assert_eq!(
        (event["revision"].as_str(), event["outcome"].as_str(), event["error"].as_str(), event["actor"].as_str()),
        (Some("r0002"), Some("failed"), Some("division by zero"), Some("postgres"))
    );
}

#[test]
fn tools_get_an_object_on_the_last_line() {
    let (project, database) = three("SELECT 1 / 0;\nDO 'BEGIN RAISE WARNING $$\n{\"error\":1}\n$$; END';");
    let said = project.run_on(&database.url(), &["upgrade", "--format", "json"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    let told: serde_json::Value = serde_json::from_str(said.err.lines().last().unwrap()).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).unwrap(), @r#"
    {
      "error": {
        "details": {
          "before_anything_ran": false,
          "detail": null,
          "direction": "up",
          "done": [
            "r0001"
          ],
          "left": [
            "r0003"
          ],
          "place": {
            "column": 1,
            "file": "revisions/r0002.sql",
            "help": null,
            "line": 6,
            "message": "division by zero"
          },
          "revision": "r0002",
          "sqlstate": "22012"
        },
        "help": "mend the file or the data, and run the command again: it goes on from there",
        "kind": "statement_failed",
        "message": "upgrade of r0002 failed: division by zero"
      }
    }
    "#);
}

#[test]
fn a_lock_that_is_not_had_in_time() {
    let (project, database) = three("ALTER TABLE t1 ADD note text;");
    project.ok(&database.url(), &["upgrade", "+1"]);
    let mut holder = database.client();
    let mut transaction = holder.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE t1").unwrap();
    let said = project.run_on(&database.url(), &["upgrade", "--lock-timeout", "1ms", "--retries", "0"]);
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.complaint(), @"
    error: canceling statement due to lock timeout
     --> revisions/r0002.sql:6:1
      |
    6 | ALTER TABLE t1 ADD note text;
      | ^^^^^
    error: upgrade of r0002 failed: canceling statement due to lock timeout
    no revision was completed; r0002 was rolled back; not begun: 1 revision of this upgrade
    help: something else holds a lock on it: try again later, or give it more --retries or a longer --lock-timeout
    ");
}

#[test]
fn a_statement_that_takes_too_long() {
    let (project, database) = (Project::new(), Database::new());
    // The first section's option is the first section's alone.
    let sections = "-- [up statement_timeout=1ms]\nCREATE TABLE a ();\n-- [up]\nSELECT pg_sleep(0.02);\n";
    project.revision("r1", "", sections);
    project.ok(&database.url(), &["upgrade"]);
    project.revision("r2", "parents: r1", "-- [up statement_timeout=10ms]\nSELECT pg_sleep(600);\n");
    let said = fail(&project, &database);
    assert!(said.err.contains("canceling statement due to statement timeout"), "{}", said.err);
    assert_eq!(database.applied(), ["r1"]);
}

#[test]
fn a_revision_that_commits_is_caught() {
    let (project, database) = three("CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN COMMIT; END';\nCALL p();");
    insta::assert_snapshot!(fail(&project, &database).complaint(), @"
    not looked into: what is done by the procedure p (r0002, line 7)
    error: invalid transaction termination
     --> revisions/r0002.sql:7:1
      |
    7 | CALL p();
      | ^^^^
    where: PL/pgSQL function p() line 1 at COMMIT
    error: upgrade of r0002 failed: invalid transaction termination
    done and recorded before it: r0001; r0002 was rolled back; not begun: 1 revision of this upgrade
    help: mend the file or the data, and run the command again: it goes on from there
    ");
    assert_eq!(database.applied(), ["r0001"]);
}

#[test]
fn a_commit_that_nobody_saw_is_caught() {
    // Here a backslash escapes, and what looks like a literal is none.
    let (project, database) = three("CREATE TABLE half ();\nSELECT '\\', '; COMMIT; SELECT ';\n-- '\n;");
    database.execute(&format!("ALTER DATABASE {} SET standard_conforming_strings = off", database.name()));
    insta::assert_snapshot!(fail(&project, &database).complaint(), @r"
        warning: nonstandard use of \' in a string literal
        error: revisions/r0002.sql: the revision ended the transaction that it ran in
        error: upgrade of r0002 failed: the revision ended the transaction that it ran in
        done and recorded before it: r0001; r0002 is not recorded, but what it committed stays; not begun: 1 revision of this upgrade
        help: take out what commits or rolls back: revgraph ends the transaction itself
        ");
    assert_eq!(database.applied(), ["r0001"]);
    assert_eq!(database.events(), ["upgrade r0001 done", "upgrade r0002 failed"]);
}

#[test]
fn the_password_is_never_shown() {
    use crate::harness::{PASSWORD, Secure};
    let project = Project::new();
    project.revision("r1", "", "-- [up]\nSELECT 1 / 0;\n");
    let server = Secure::shared();
    let mut admin = server.server.client("postgres");
    admin.batch_execute("CREATE DATABASE secret OWNER app").unwrap();
    let encoded: String = PASSWORD.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let url = |port: u16| format!("postgres://app:{encoded}@127.0.0.1:{port}/secret?sslmode=disable");
    let mut said = vec![project.run_on(&url(server.server.port()), &["upgrade", "-v"])];
    said.push(project.run_on(&url(server.server.port()), &["upgrade", "--format", "json"]));
    said.push(project.run_on(&url(1), &["upgrade"]));
    said.push(project.run_on(&format!("{}&nonsense=1", url(1)), &["upgrade"]));
    assert!(said[0].err.contains("division by zero"), "{}", said[0].err);
    for said in said {
        assert_eq!(said.code, 1);
        let all = said.out + &said.err;
        assert!(!all.contains(PASSWORD) && !all.contains(&encoded) && !all.contains("s3kr1t"), "{all}");
    }
}

#[test]
fn a_password_in_the_wrong_place_is_not_repeated() {
    let project = Project::new();
    project.chain(2);
    let url = "postgres://u:hunter2@127.0.0.1:1/db";
    let pairs = "host=127.0.0.1 port=1 password=hunter2";
    for text in [url, pairs, "password='hun ter2' x=hunter2 password=hunter2"] {
        for before in [
            &["upgrade"][..],
            &["downgrade"],
            &["plan", "upgrade"],
            &["show"],
            &["stamp"],
            &["history", "-r"],
            &["lint"],
            &["edit"],
            &["merge"],
            &["archive", "show"],
            &["squash", "--to"],
            &["revision", "-m", "x", "--parents"],
            &["upgrade", "--retries"],
            &["-C"],
            &["--format"],
            &[],
        ] {
            for json in [&[][..], &["--format", "json"]] {
                let said = project.run(&[before, &[text], json].concat());
                assert_ne!(said.code, 0, "{before:?} {text}");
                let all = (said.out + &said.err).replace("x=hunter2", "");
                assert!(!all.contains("hunter2") && !all.contains("hun ter2"), "{before:?}: {all}");
            }
        }
    }
}
