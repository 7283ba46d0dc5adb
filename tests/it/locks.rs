//! Locks that a step does not get at once: who is in the way is told, the way is left free for others, and it is tried
//! again.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use postgres::Client;

use crate::harness::{Database, Gate, Project, Said, WAIT, until};

/// A table and a revision that alters it, the first of them in effect.
fn project() -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.chain(1);
    project.ok(&database.url(), &["upgrade"]);
    project.revision("r0002", "parents: r0001", "-- [up]\nALTER TABLE t1 ADD note text;\n");
    (project, database)
}

/// A session in whose transaction this was done; its backend.
fn holding(database: &Database, sql: &str) -> (Client, i32) {
    let mut client = database.client();
    client.batch_execute(&format!("SET application_name = 'report 3'; BEGIN; {sql}")).unwrap();
    let pid = client.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    (client, pid)
}

fn start(project: &Project, database: &Database, arguments: &[&str]) -> Child {
    let mut command = project.command(&[&["--database", &database.url(), "upgrade"], arguments].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs")
}

/// Sessions of a database that wait for a lock on a table of it.
const WAITING: &str = "SELECT pid FROM pg_locks WHERE NOT granted AND locktype = 'relation' \
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// What was there before, and then came in the way.
fn end(child: Child, mut lines: impl Iterator<Item = String>) -> (Said, Vec<String>) {
    let rest = lines.by_ref().collect();
    (Said::from(child.wait_with_output().unwrap()), rest)
}

fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap)
}

#[test]
fn the_blocker_is_named_readers_get_through_and_the_retry_succeeds() {
    let (project, database) = project();
    let (mut holder, pid) = holding(&database, "SELECT 'secret' FROM t1;");
    let mut upgrade = start(&project, &database, &["--lock-timeout", "500ms", "--retries", "50"]);
    until("somebody waits", || database.rows(WAITING).pop());
    // It stands in the queue behind the ALTER TABLE, and gets through although the holder stays.
    database.execute("SET lock_timeout = '60s'; SELECT * FROM t1");
    let mut said = lines(&mut upgrade);
    let note = said.find(|line| line.starts_with("note: ")).unwrap();
    assert!(note.starts_with("note: up r0002: canceling statement due to lock timeout; retry 1 of 50 in "), "{note}");
    let blocked = said.find(|line| line.starts_with("  blocked by ")).unwrap();
    assert!(
        blocked.starts_with(&format!("  blocked by pid {pid}, application report 3, role postgres, ")),
        "{blocked}"
    );
    assert!(blocked.contains(", in a transaction for "), "{blocked}");
    assert!(blocked.ends_with(" after: SELECT pg_backend_pid()"), "{blocked}");
    holder.batch_execute("COMMIT").unwrap();
    let (said, rest) = end(upgrade, said);
    assert_eq!(said.code, 0, "{rest:?}");
    assert!(said.out.contains("upgraded 1 revision"), "{}", said.out);
    assert_eq!(database.applied(), ["r0001", "r0002"]);
    assert_eq!(database.events().last().unwrap(), "upgrade r0002 done");
}

#[test]
fn tried_often_enough_the_error_names_the_blocker() {
    let (project, database) = project();
    let (_holder, pid) = holding(&database, "LOCK TABLE t1;");
    project.write("revgraph.toml", "retries = 2\nlock_timeout = \"200ms\"\n");
    let said = project.run_on(&database.url(), &["upgrade", "--format", "json"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert_eq!(said.err.matches("; retry ").count(), 2, "{}", said.err);
    let error = said.error();
    assert_eq!(error["kind"], "statement_failed");
    assert_eq!(error["details"]["sqlstate"], "55P03");
    let detail = error["details"]["detail"].as_str().unwrap();
    assert!(detail.starts_with(&format!("blocked by pid {pid}, application report 3")), "{detail}");
    assert_eq!(database.events()[1..], ["upgrade r0002 failed"; 3]);
    let said = project.run_on(&database.url(), &["upgrade", "--retries", "0"]);
    assert!(said.code == 1 && !said.err.contains("retry 1"), "{}", said.err);
}

#[test]
fn what_was_done_before_stays_and_is_not_run_again() {
    let (project, database) = project();
    project.revision("r0002", "parents: r0001", "-- [up]\nCREATE TABLE between AS SELECT 1;\n");
    project.revision("r0003", "parents: r0002", "-- [up]\nALTER TABLE t1 ADD note text;\n");
    project.revision("r0004", "parents: r0003", "-- [up]\nCREATE TABLE behind ();\n");
    let (mut holder, _) = holding(&database, "LOCK TABLE t1;");
    let mut upgrade = start(&project, &database, &["--lock-timeout", "100ms", "--retries", "50"]);
    let mut said = lines(&mut upgrade);
    said.find(|line| line.contains("retry 2 of 50")).unwrap();
    holder.batch_execute("COMMIT").unwrap();
    let (said, rest) = end(upgrade, said);
    assert_eq!(said.code, 0, "{rest:?}");
    assert!(said.out.contains("upgraded 3 revisions"), "all of them count: {}", said.out);
    let mut events = database.events();
    events.retain(|event| event.ends_with("done"));
    assert_eq!(events, ["upgrade r0001 done", "upgrade r0002 done", "upgrade r0003 done", "upgrade r0004 done"]);
}

#[test]
fn outside_of_transactions_nothing_is_tried_again() {
    let (project, database) = project();
    project.revision("r0002", "parents: r0001", "-- [up transaction=off]\nALTER TABLE t1 ADD note text;\n");
    let (_holder, _) = holding(&database, "LOCK TABLE t1;");
    let said = project.run_on(&database.url(), &["upgrade", "--lock-timeout", "10ms"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("due to lock timeout") && !said.err.contains("retry"), "{}", said.err);
}

#[test]
fn a_deadlock_is_tried_again() {
    let (project, database) = project();
    database.execute("CREATE TABLE other ()");
    project.revision("r0002", "parents: r0001", "-- [up]\nLOCK TABLE t1;\nLOCK TABLE other;\nCREATE TABLE t2 ();\n");
    // The other one never looks for deadlocks: it is the upgrade that gives way.
    let (mut holder, _) = holding(&database, "SET deadlock_timeout = '1h'; LOCK TABLE other;");
    let upgrade = start(&project, &database, &["--lock-timeout", "0"]);
    until("somebody waits", || database.rows(WAITING).pop());
    holder.batch_execute("LOCK TABLE t1; COMMIT").unwrap();
    let said = Said::from(upgrade.wait_with_output().unwrap());
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("note: up r0002: deadlock detected; retry 1 of 3 in "), "{}", said.err);
    assert_eq!(database.applied(), ["r0001", "r0002"]);
}

#[test]
fn another_deployers_step_is_waited_for_as_another_deployer_is() {
    // Somebody has the ledger's row and no lock, as behind a proxy.
    let (project, database) = project();
    let (mut holder, pid) = holding(&database, "UPDATE revgraph.state SET started_at = now();");
    let arguments = ["--lock-timeout", "2s", "--retries", "0"];
    let mut upgrade = start(&project, &database, &arguments);
    let mut said = lines(&mut upgrade);
    let waiting = said.find(|line| line.starts_with("waiting for another deployer: ")).unwrap();
    assert!(waiting.contains(&format!("pid {pid}, application report 3")), "{waiting}");
    let given_up = project.run_on(&database.url(), &[&["upgrade", "--lock-wait", "0"][..], &arguments].concat());
    assert_eq!(given_up.code, 1);
    let error = "error: another deployer holds the lock of this database: pid";
    assert!(given_up.err.contains(error), "{}", given_up.err);
    holder.batch_execute("COMMIT").unwrap();
    let (said, rest) = end(upgrade, said);
    assert_eq!(said.code, 0, "{rest:?}");
    assert_eq!(database.events(), ["upgrade r0001 done", "upgrade r0002 done"], "nothing failed");
}

#[test]
fn a_holders_query_is_shown_without_what_it_may_hide() {
    let (project, database) = project();
    let mut holder = database.client();
    holder.batch_execute("SET application_name = 'job 7'").unwrap();
    let key = revgraph::database::ledger::Ledger::new("revgraph").lock_key();
    let query = format!("SELECT pg_advisory_lock({key}),\n\t'hunter2', $x$hunter2\x1b[31m$x$ -- \x1b[2Jhunter2");
    holder.batch_execute(&query).unwrap();
    let said = project.run_on(&database.url(), &["upgrade", "--lock-wait", "0"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains(&format!(" after: SELECT pg_advisory_lock({key}), '…', '…'\n")), "{}", said.err);
    assert!(!said.err.contains("hunter2") && !said.err.contains('\x1b'), "{}", said.err);
}

#[test]
fn timeouts_are_of_the_section_else_of_the_run_else_of_the_project() {
    let (project, database) = (Project::new(), Database::new());
    let note = "INSERT INTO seen SELECT current_setting('lock_timeout'), current_setting('statement_timeout');";
    let sections = format!(
        "-- [up]\nCREATE TABLE seen (lock text, statement text);\n{note}\n\
         -- [up lock_timeout=3s statement_timeout=30s]\n{note}\n-- [up]\n{note}\n"
    );
    project.revision("r1", "", &sections);
    let off = format!("-- [up transaction=off lock_timeout=4s]\n{note}\n-- [up transaction=off]\n{note}\n");
    project.revision("r2", "parents: r1", &off);
    let seen = |arguments: &[&str]| {
        project.ok(&database.url(), &[&["upgrade"], arguments].concat());
        let seen = database.rows("SELECT * FROM seen");
        database.execute("DROP TABLE seen; DROP SCHEMA revgraph CASCADE");
        seen
    };
    assert_eq!(seen(&[]), ["5s 0", "3s 30s", "5s 0", "4s 0", "5s 0"]);
    project.write("revgraph.toml", "lock_timeout = \"7s\"\nstatement_timeout = \"70s\"\n");
    assert_eq!(seen(&[]), ["7s 70s", "3s 30s", "7s 70s", "4s 70s", "7s 70s"]);
    let run = ["--lock-timeout", "8s", "--statement-timeout", "0"];
    assert_eq!(seen(&run), ["8s 0", "3s 30s", "8s 0", "4s 0", "8s 0"]);
}

/// Somebody has the ledger's own tables for himself, as with VACUUM FULL: nobody waits for that for ever.
#[test]
fn the_ledgers_tables_are_waited_for_as_long_as_any_other() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(1);
    project.ok(&database.url(), &["upgrade"]);
    let mut holder = database.client();
    let hold = |holder: &mut postgres::Client, table: &str| {
        holder.batch_execute(&format!("BEGIN; LOCK TABLE revgraph.{table} IN ACCESS EXCLUSIVE MODE")).unwrap();
    };
    let arguments = ["upgrade", "--lock-timeout", "50ms", "--lock-wait", "0", "--retries", "0"];
    hold(&mut holder, "applied");
    let said = project.run_on(&database.url(), &arguments);
    insta::assert_snapshot!(said.complaint(), @"
    error: the ledger can't be read: canceling statement due to lock timeout
    help: something else holds a lock on it: try again later, or give it more --retries or a longer --lock-timeout
    ");
    holder.batch_execute("ROLLBACK").unwrap();

    // Behind the revision's own SQL, where its locks are held, as well.
    project.revision("r2", "parents: r0001", &format!("-- [up]\n{WAIT}\n-- [down]\n"));
    let mut gate = Gate::shut(&database);
    let url = database.url();
    let mut command = project.command(&["--database", &url, "upgrade", "--lock-timeout", "3s", "--retries", "0"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    gate.until_waiting(1);
    drop(holder);
    let mut holder = database.client();
    holder.batch_execute("BEGIN; LOCK TABLE revgraph.event IN SHARE MODE").unwrap();
    gate.open();
    let said = Said::from(child.wait_with_output().unwrap());
    assert!(said.code == 1 && said.err.contains("canceling statement due to lock timeout"), "{said}");
    assert_eq!(database.applied(), ["r0001"]);
    holder.batch_execute("ROLLBACK").unwrap();
    project.ok(&database.url(), &["upgrade"]);
}
