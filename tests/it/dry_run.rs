//! `--dry-run`: the plan is tried, what it would do is told, and nothing of it stays.

use serde_json::{Value, json};

use crate::harness::{Database, Project, Proxy, Said};

/// A table with two rows in effect, and a second revision that these sections make.
fn start(sections: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.revision(
        "r1",
        "",
        "-- [up]\nCREATE TABLE t (id int);\nINSERT INTO t VALUES (1), (2);\n-- [down]\nDROP TABLE t;\n",
    );
    project.ok(&database.url(), &["upgrade"]);
    project.revision("r2", "message: the second\nparents: r1", sections);
    (project, database)
}

fn dry_run(project: &Project, database: &Database, code: i32) -> Said {
    let said = project.run_on(&database.url(), &["upgrade", "--dry-run"]);
    assert_eq!(said.code, code, "{}{}", said.out, said.err);
    said
}

fn told(project: &Project, database: &Database) -> Value {
    serde_json::from_str(&project.ok(&database.url(), &["upgrade", "--dry-run", "--format", "json"])).unwrap()
}

#[test]
fn sequences_that_gave_numbers() {
    let sections = "-- [up]\nINSERT INTO numbered (note) VALUES ('one'), ('two');\nSELECT * FROM untouched;\n\
                    ALTER SEQUENCE kept RESTART WITH 40;\nCREATE TABLE fresh (id serial);\n\
                    INSERT INTO fresh DEFAULT VALUES;\n-- [down]\n";
    let (project, database) = start(sections);
    database.execute(
        "CREATE TABLE numbered (id int GENERATED ALWAYS AS IDENTITY, note text);
         CREATE TABLE untouched (id serial);
         CREATE SEQUENCE kept",
    );
    insta::assert_snapshot!(dry_run(&project, &database, 0).out, @"
    up r2  the second
        6 INSERT INTO numbered (note) VALUES ('one'), ('two')  2 rows
        7 SELECT * FROM untouched  0 rows
        8 ALTER SEQUENCE kept RESTART WITH 40
        9 CREATE TABLE fresh (id serial)
       10 INSERT INTO fresh DEFAULT VALUES  1 row
    lock ShareRowExclusiveLock on public.kept
    lock RowExclusiveLock on public.numbered
    lock RowExclusiveLock on public.numbered_id_seq
    lock AccessShareLock on public.untouched
    sequence public.numbered_id_seq gave numbers, and no rollback takes them back
    tried 1 step of 1 and rolled back; it would be at r2
    ");
    assert_eq!(told(&project, &database)["sequences"], json!(["public.numbered_id_seq"]));
    // What is told is so.
    let last = "SELECT nextval('numbered_id_seq')::text, nextval('kept')::text";
    assert_eq!(database.rows(last), ["5 1"]);
}

#[test]
fn the_rows_and_locks_of_each_statement() {
    let sections = "-- [up]\nCREATE TABLE u AS SELECT * FROM t;\nINSERT INTO t\n    SELECT generate_series(3, 7);\n\
                    UPDATE t SET id = id WHERE id > 4;\nDELETE FROM t WHERE id = 1;\nALTER TABLE t ADD note text;\n\
                    WITH gone AS (DELETE FROM u RETURNING id) SELECT * FROM gone;\nCREATE VIEW v AS SELECT id FROM t;\n\
                    -- [down]\n-- [verify]\nSELECT id FROM t WHERE id = 1;\nSELECT count(*) = 6 AS ok FROM t;\n";
    let (project, database) = start(sections);
    database.execute("CREATE TABLE apart (id int)");
    project.revision(
        "r3",
        "parents: r2",
        "-- [up]\nSELECT * FROM t;\nLOCK TABLE apart IN SHARE MODE;\nSELECT * FROM apart;\n",
    );
    let before = database.rows("SELECT * FROM t");
    insta::assert_snapshot!(dry_run(&project, &database, 0).out, @r"
        up r2  the second
            6 CREATE TABLE u AS SELECT * FROM t
            7 INSERT INTO t  5 rows
            9 UPDATE t SET id = id WHERE id > 4  3 rows
           10 DELETE FROM t WHERE id = 1  1 row
           11 ALTER TABLE t ADD note text
           12 WITH gone AS (DELETE FROM u RETURNING id) SELECT * FROM gone  2 rows
           13 CREATE VIEW v AS SELECT id FROM t
              2 verifications held
        up r3
            5 SELECT * FROM t  6 rows
            6 LOCK TABLE apart IN SHARE MODE
            7 SELECT * FROM apart  0 rows
        lock ShareLock on public.apart
        lock AccessExclusiveLock on public.t
        tried 2 steps of 2 and rolled back; it would be at r3
        ");
    let told = told(&project, &database);
    let rows: Vec<&Value> = told["steps"][0]["statements"].as_array().unwrap().iter().map(|it| &it["rows"]).collect();
    assert_eq!(json!(rows), json!([null, 5, 3, 1, null, 2, null]));
    assert_eq!(
        told["locks"],
        json!([
            {"relation": "public.apart", "mode": "ShareLock"},
            {"relation": "public.t", "mode": "AccessExclusiveLock"},
        ])
    );
    assert_eq!(told["plan"]["steps"][1]["revision"], "r3");
    assert_eq!(told["plan"]["heads_after"], json!(["r3"]));
    assert_eq!(database.rows("SELECT * FROM t"), before);
    assert_eq!((database.tables(), database.applied()), (vec!["apart".into(), "t".into()], vec!["r1".to_owned()]));
    assert_eq!(database.events(), ["upgrade r1 done"], "a trial is no event");
}

#[test]
fn a_database_without_a_ledger_stays_so() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(2);
    project.ok(&database.url(), &["upgrade", "--dry-run"]);
    assert_eq!(database.value("SELECT to_regnamespace('revgraph')"), "-");
    assert!(database.tables().is_empty());
}

#[test]
fn the_way_down() {
    let (project, database) = start("-- [up]\n-- [down]\nDELETE FROM t;\n-- [verify]\nSELECT 1 WHERE false;\n");
    project.ok(&database.url(), &["upgrade"]);
    insta::assert_snapshot!(project.ok(&database.url(), &["downgrade", "base", "--dry-run"]), @r"
        down r2  the second
            empties table t: 2 rows, 8 kB
            7 DELETE FROM t  2 rows
        down r1
            7 DROP TABLE t
        lock AccessExclusiveLock on public.t
        tried 2 steps of 2 and rolled back; it would be at base
        ");
    assert_eq!((database.rows("SELECT * FROM t").len(), database.applied().len()), (2, 2));
    database.execute("CREATE VIEW v AS SELECT * FROM t");
    let said = project.run_on(&database.url(), &["downgrade", "base", "--dry-run"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("--> revisions/r1.sql:7:1\n"), "{}", said.err);
}

#[test]
fn what_can_not_be_tried_is_named() {
    let sections = "-- [up]\nCREATE TYPE mood AS ENUM ('sad');\n-- [down]\n";
    let (project, database) = start(sections);
    project.ok(&database.url(), &["upgrade"]);
    let add = "-- [up]\nALTER TYPE mood ADD VALUE 'happy';\n";
    project.revision("r3", "parents: r2", add);
    project.revision("r4", "parents: r3", "-- [up]\nCREATE TABLE moods AS SELECT 'happy'::mood;\n");
    project.revision("r5", "parents: r4", "-- [up transaction=off]\nCREATE TABLE later ();\nVACUUM t;\n");
    project.revision("r6", "parents: r5", "-- [up]\nINSERT INTO later DEFAULT VALUES;\n");
    project.revision("r7", "parents: r6", "-- [up]\nINSERT INTO t VALUES (3);\n");
    insta::assert_snapshot!(dry_run(&project, &database, 0).out, @r#"
        up r3
            5 ALTER TYPE mood ADD VALUE 'happy'
        up r7
            5 INSERT INTO t VALUES (3)  1 row
        not tried r4: it uses an enum's value that this transaction adds (unsafe use of new value "happy" of enum type mood)
        not tried r5: it does not run in a transaction
        not tried r6: it fails without r4, r5: relation "later" does not exist
        lock RowExclusiveLock on public.t
        tried 2 steps of 5 and rolled back; it would be at r7
        "#);
    // All of which runs.
    project.ok(&database.url(), &["upgrade"]);
}

#[test]
fn a_failure_has_its_place() {
    let (project, database) = start("-- [up]\nSELECT 'ä';\nINSERT INTO t\n    SELECT 'ä', gone;\n");
    insta::assert_snapshot!(dry_run(&project, &database, 1).complaint(), @r#"
    error: column "gone" does not exist
     --> revisions/r2.sql:8:17
      |
    8 |     SELECT 'ä', gone;
      |                 ^^^^
    error: upgrade of r2 failed: column "gone" does not exist
    no revision was completed; r2 was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
    let (project, database) = start("-- [up]\nSELECT 1;\n  SELECT 1 / 0;\n");
    assert!(dry_run(&project, &database, 1).err.contains("--> revisions/r2.sql:7:3\n"));
    assert_eq!(database.events(), ["upgrade r1 done"]);
}

#[test]
fn deferred_constraints_are_checked_where_each_revision_ends() {
    let sections = "-- [up]\nCREATE TABLE p (id int PRIMARY KEY);\n\
                    CREATE TABLE c (p int CONSTRAINT twice REFERENCES p DEFERRABLE INITIALLY DEFERRED);\n\
                    CREATE TABLE other (id int CONSTRAINT twice CHECK (id > 0));\n";
    let (project, database) = start(sections);
    project.revision("r3", "parents: r2", "-- [up]\nINSERT INTO c VALUES (7);\nINSERT INTO p VALUES (7);\n");
    // A name that another constraint has as well, which can't be deferred: PostgreSQL would refuse to defer them.
    let said = dry_run(&project, &database, 1);
    assert!(said.err.contains("violates foreign key constraint \"twice\""), "{}", said.err);
    project.revision("r2", "parents: r1", &sections.replace("id int CONSTRAINT twice", "id int"));
    dry_run(&project, &database, 0);
    project.revision("r3", "parents: r2", "-- [up]\nINSERT INTO c VALUES (7);\n");
    project.revision("r4", "parents: r3", "-- [up]\nINSERT INTO p VALUES (7);\n");
    let said = dry_run(&project, &database, 1);
    assert!(said.err.contains("upgrade of r3 failed: insert or update on table \"c\" violates"), "{}", said.err);
}

#[test]
fn verifications_are_evaluated() {
    let verify = |query: &str| {
        format!("-- [up]\nINSERT INTO t VALUES (3);\nSET LOCAL search_path = nowhere;\n-- [verify]\n{query}\n")
    };
    let (project, database) = start(&verify("SELECT id FROM t WHERE id > 2;"));
    insta::assert_snapshot!(dry_run(&project, &database, 1).complaint(), @r"
        error: the verification does not hold
         --> revisions/r2.sql:9:1
          |
        9 | SELECT id FROM t WHERE id > 2;
          | ^^^^^^
        error: upgrade of r2 failed: the verification does not hold
        no revision was completed; r2 was rolled back
        help: mend the data or the [verify] section; the revision was rolled back
        ");
    project.revision("r2", "parents: r1", &verify("SELECT 'ä', gone FROM t;"));
    assert!(dry_run(&project, &database, 1).err.contains("--> revisions/r2.sql:8:13\n"));
    project.revision("r2", "parents: r1", &verify("SELECT count(*) = 3 AS ok FROM t;"));
    assert_eq!(told(&project, &database)["steps"][0]["verified"], 1);
    // What holds is the same for the trial, the run and whoever asks later: a boolean that is true.
    for query in ["SELECT 't' AS ok;", "SELECT true AS ok, false AS ok;", "SELECT true AS ok UNION ALL SELECT true;"] {
        project.revision("r2", "parents: r1", &verify(query));
        assert!(dry_run(&project, &database, 1).err.contains("the verification does not hold"), "{query}");
        assert_eq!(project.run_on(&database.url(), &["upgrade"]).code, 1, "{query}");
    }
    project.revision("r2", "parents: r1", &verify("SELECT false AS ok, true AS ok;"));
    assert_eq!(told(&project, &database)["steps"][0]["verified"], 1);
    // As in the real run, it only reads.
    database.execute("CREATE FUNCTION f() RETURNS SETOF int LANGUAGE sql AS 'DELETE FROM t RETURNING 1'");
    project.revision("r2", "parents: r1", &verify("SELECT f() OFFSET 9;"));
    let tried = dry_run(&project, &database, 1);
    assert!(tried.err.contains("in a read-only transaction"), "{}", tried.err);
    let real = project.run_on(&database.url(), &["upgrade"]);
    assert!(real.err.contains("in a read-only transaction"), "{}", real.err);
}

#[test]
fn each_revision_begins_in_a_session_that_is_as_new() {
    let (project, database) =
        start("-- [up]\nSET search_path = nowhere;\nCREATE TEMP TABLE x ();\nPREPARE p AS SELECT 1;\n");
    project.revision(
        "r3",
        "parents: r2",
        "-- [up]\nSELECT * FROM t;\nCREATE TEMP TABLE x ();\nPREPARE p AS SELECT 1;\n",
    );
    assert_eq!(told(&project, &database)["steps"].as_array().unwrap().len(), 2);
    // The first section's time is its alone.
    let sections = "-- [up statement_timeout=1ms]\nSELECT 1;\n-- [up statement_timeout=1min]\nSELECT pg_sleep(0.02);\n";
    project.revision("r3", "parents: r2", sections);
    dry_run(&project, &database, 0);
}

#[test]
fn it_asks_for_nothing_and_waits_for_nobody() {
    let (project, database) = start("-- [up]\nSELECT 1;\n");
    project.revision("r2", "parents: r1\nconfirm: really", "-- [up]\nSELECT 1;\n");
    let mut holder = database.client();
    let key = revgraph::database::ledger::Ledger::new("revgraph").lock_key();
    holder.execute("SELECT pg_advisory_lock($1)", &[&key]).unwrap();
    dry_run(&project, &database, 0);
}

#[test]
fn there_may_be_nothing_to_try() {
    let (project, database) = start("-- [up]\n");
    project.ok(&database.url(), &["upgrade"]);
    insta::assert_snapshot!(dry_run(&project, &database, 0).out, @"nothing to do: the database is at r2");
}

#[test]
fn a_revision_that_goes_on_loses_what_is_left_of_it() {
    let off =
        "-- [up transaction=off]\nDROP TABLE a;\n-- [up]\nSELECT 1 / (SELECT count(*) FROM fuel);\nDROP TABLE b;\n";
    let (project, database) = start(off);
    let tables = "CREATE TABLE fuel (id int); CREATE TABLE a AS SELECT 1; CREATE TABLE b AS SELECT 1";
    database.execute(tables);
    assert_eq!(project.run_on(&database.url(), &["upgrade"]).code, 1);
    database.execute("INSERT INTO fuel VALUES (1); CREATE TABLE a AS SELECT 1");
    let told = told(&project, &database);
    let lost: Vec<&Value> = told["losses"].as_array().unwrap().iter().map(|loss| &loss["object"]).collect();
    assert_eq!(lost, ["public.b"], "{told}");
}

#[test]
fn a_connection_that_is_lost_at_the_end_hides_nothing() {
    let (project, database) = start("-- [up]\nSELECT 1 / 0;\n");
    let proxy = Proxy::start(database.server().address());
    let tried = || project.run_on(&proxy.url(&database), &["upgrade", "--dry-run"]);
    let whole = tried();
    // The last that the server says are its answers to ROLLBACK and what comes with it.
    proxy.cut_after_received(proxy.passed().server - 20);
    let cut = tried();
    assert_eq!((cut.code, cut.complaint()), (1, whole.complaint()));
    assert!(cut.err.contains("upgrade of r2 failed: division by zero"), "{cut}");
}
