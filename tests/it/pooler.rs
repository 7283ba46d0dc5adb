//! Behind a proxy that hands server connections on from transaction to transaction: pgbouncer.

use std::process::{Child, Stdio};

use revgraph::database::ledger::Ledger;

use crate::harness::{Database, Gate, Pooler, Project, Said, WAIT, until};

fn upgrade(project: &Project, url: &str, arguments: &[&str]) -> Child {
    let mut command = project.command(&[&["--database", url], arguments].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs")
}

fn end(child: Child) -> Said {
    Said::from(child.wait_with_output().unwrap())
}

/// What sessions have and might leave to whoever comes next: locks, settings, prepared statements.
fn assert_nothing_is_left(database: &Database, pooler: &Pooler, pool_size: usize) {
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = \
                 (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(database.value(locks), "0", "somebody has a lock");
    // Held at the same time, so that each is another one.
    let mut sessions: Vec<postgres::Client> = (0..pool_size)
        .map(|_| postgres::Client::connect(&pooler.url(database), postgres::NoTls).expect("a session"))
        .collect();
    let left = "SELECT name || '=' || setting FROM pg_settings WHERE source = 'session' AND name NOT IN \
                ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings') \
                UNION ALL SELECT name FROM pg_prepared_statements WHERE from_sql";
    for session in &mut sessions {
        session.batch_execute("BEGIN").unwrap();
        let messages = session.simple_query(left).unwrap();
        let rows = messages.iter().filter_map(|message| match message {
            postgres::SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        assert_eq!(rows.collect::<Vec<&str>>(), [""; 0]);
    }
}

/// A chain of which nothing can run twice, and of which each revision takes its time.
fn chain(length: usize) -> Project {
    let project = Project::new();
    project.chain(length);
    project
}

fn assert_complete(database: &Database, length: usize, context: &str) {
    let done: Vec<String> = (1..=length).map(|number| format!("upgrade r{number:04} done")).collect();
    let mut events = database.events();
    events.retain(|event| event.ends_with("done"));
    assert_eq!(events, done, "{context}: each once");
    assert_eq!(database.events().len(), length, "{context}: nothing failed");
    assert_eq!(database.tables().len(), length, "{context}");
}

/// How many rounds: as many as `REVGRAPH_TEST_ROUNDS` says, or two.
fn rounds() -> usize {
    std::env::var("REVGRAPH_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(2)
}

#[test]
fn sixteen_at_once_mixed_do_it_once() {
    let length = 12;
    let project = chain(length);
    for round in 0..rounds() {
        let database = Database::new();
        // In every other round there are fewer connections than deployers.
        let pool_size = if round % 2 == 0 { 20 } else { 3 };
        let pooler = Pooler::start(pool_size, "");
        let urls = [pooler.url(&database), database.url()];
        let all: Vec<Child> = (0..16).map(|number| upgrade(&project, &urls[number % 2], &["upgrade"])).collect();
        let all: Vec<Said> = all.into_iter().map(end).collect();
        for said in &all {
            assert_eq!(said.code, 0, "round {round}: {said}");
        }
        assert_complete(&database, length, &format!("round {round}"));
        let ups: usize = all.iter().map(|said| said.out.matches("  up   ").count()).sum();
        assert_eq!(ups, length, "round {round}: each is told of once");
        if pool_size < 10 {
            assert_nothing_is_left(&database, &pooler, pool_size);
        }
    }
}

#[test]
fn no_lock_setting_or_statement_is_left_to_others() {
    let (database, project) = (Database::new(), chain(2));
    let pooler = Pooler::start(1, "");
    let url = pooler.url(&database);
    project.revision(
        "r0003",
        "parents: r0002",
        "-- [up lock_timeout=9s statement_timeout=90s]\nSET search_path = pg_catalog;\nSET work_mem = '1MB';\nPREPARE p AS SELECT 1;\n\
         -- [down]\n",
    );
    project.ok(&url, &["upgrade"]);
    assert_nothing_is_left(&database, &pooler, 1);
    project.revision("r0004", "parents: r0003", "-- [up]\nSET search_path = pg_catalog;\nSELECT 1 / 0;\n");
    assert_eq!(project.run_on(&url, &["upgrade"]).code, 1);
    assert_nothing_is_left(&database, &pooler, 1);
    project.ok(&url, &["downgrade", "base"]);
    project.ok(&url, &["stamp", "r0002"]);
    assert_nothing_is_left(&database, &pooler, 1);
}

#[test]
fn what_drivers_have_prepared_stays() {
    let (database, project) = (Database::new(), chain(1));
    let pooler = Pooler::start(1, "");
    let url = pooler.url(&database);
    // Of one server connection: what the driver prepares there is there for whoever comes next.
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    let statement = client.prepare("SELECT 'still here'").unwrap();
    project.revision("r0001", "", "-- [up]\nPREPARE p AS SELECT 1;\n");
    project.revision("r0002", "parents: r0001", "-- [up]\nSELECT 1 / 0;\n");
    assert_eq!(project.run_on(&url, &["upgrade"]).code, 1);
    assert_eq!(client.query_one(&statement, &[]).unwrap().get::<_, &str>(0), "still here");
}

#[test]
fn whoever_has_the_lock_is_waited_for_and_named() {
    let (database, project) = (Database::new(), chain(1));
    let pooler = Pooler::start(2, "");
    let mut holder = database.client();
    holder.batch_execute("SET application_name = 'job 7'").unwrap();
    holder.execute("SELECT pg_advisory_lock($1)", &[&Ledger::new("revgraph").lock_key()]).unwrap();
    let said = project.run_on(&pooler.url(&database), &["upgrade", "--lock-wait", "0"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("another deployer holds the lock") && said.err.contains("application job 7"), "{said}");
    drop(holder);
    project.ok(&pooler.url(&database), &["upgrade"]);
}

#[test]
fn outside_of_transactions_it_takes_the_server_itself() {
    let (database, project) = (Database::new(), chain(1));
    project.revision("r0002", "parents: r0001", "-- [up transaction=off]\nVACUUM t1;\n-- [down]\n");
    let pooler = Pooler::start(2, "");
    let said = project.run_on(&pooler.url(&database), &["upgrade"]);
    insta::assert_snapshot!(said.complaint(), @"
    error: r0002 runs outside of transactions, which takes a session of its own; this connection goes through a pooling proxy
    help: connect to the server itself, not to the proxy: its settings, such as lock_timeout, would get lost there, or hold for others
    ");
    assert_eq!(database.value("SELECT to_regnamespace('revgraph')"), "-", "nothing was touched");
    project.ok(&database.url(), &["upgrade"]);
    let out = project.ok(&pooler.url(&database), &["upgrade"]);
    assert!(out.starts_with("nothing to do"), "{out}");
    project.ok(&pooler.url(&database), &["downgrade", "base"]);
}

#[test]
fn scratch_databases_take_the_server_itself() {
    let (database, project) = (Database::new(), chain(1));
    project.write("revgraph.toml", "[scratch]\nserver = true\nfrom = \"server\"\n");
    let pooler = Pooler::start(2, "");
    let said = project.run_on(&pooler.url(&database), &["test"]);
    assert!(said.code == 1 && said.err.contains("goes through a pooling proxy"), "{said}");
    assert_nothing_is_left(&database, &pooler, 2);
}

#[test]
fn a_stale_upgrade_that_meets_a_downgrade_loses() {
    // Each waits at the gate, so that the other one's plan is made on what is no more.
    let (database, project) = (Database::new(), Project::new());
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    let pooler = Pooler::start(4, "");
    let url = pooler.url(&database);
    project.chain(1);
    project.revision(
        "r0002",
        "parents: r0001",
        &format!("-- [up]\nCREATE TABLE t2 ();\n-- [down]\nDROP TABLE t2;\n{WAIT}\n"),
    );
    project.ok(&url, &["upgrade"]);
    project.revision("r0003", "parents: r0002", "-- [up]\nINSERT INTO t2 DEFAULT VALUES;\n-- [down]\n");
    let mut gate = Gate::shut(&database);
    let down = upgrade(&project, &url, &["downgrade", "r0001"]);
    gate.until_waiting(1);
    // It reads the ledger as it still is, and waits for the ledger's row.
    let up = upgrade(&project, &url, &["upgrade"]);
    gate.until_waiting(2);
    gate.open();
    let (down, up) = (end(down), end(up));
    assert_eq!(down.code, 0, "{down}");
    // It plans again: from where the downgrade led.
    assert_eq!(up.code, 0, "{up}");
    assert_eq!(database.applied(), ["r0001", "r0002", "r0003"]);
    let events = database.events();
    assert_eq!(events[2..], ["downgrade r0002 done", "upgrade r0002 done", "upgrade r0003 done"]);
}

#[test]
fn the_blocker_of_a_step_is_named() {
    let (database, project) = (Database::new(), chain(1));
    let pooler = Pooler::start(3, "");
    let url = pooler.url(&database);
    project.ok(&url, &["upgrade"]);
    project.revision("r0002", "parents: r0001", "-- [up]\nALTER TABLE t1 ADD note text;\n");
    let mut holder = database.client();
    holder.batch_execute("SET application_name = 'report 3'; BEGIN; LOCK TABLE t1").unwrap();
    let said = project.run_on(&url, &["upgrade", "--lock-timeout", "300ms", "--retries", "1"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("blocked by pid ") && said.err.contains("application report 3"), "{said}");
    holder.batch_execute("COMMIT").unwrap();
    project.ok(&url, &["upgrade"]);
}

#[test]
fn a_signal_reaches_the_server_through_it() {
    let (database, project) = (Database::new(), Project::new());
    project.revision("r1", "", "-- [up]\nSELECT pg_sleep(600);\n");
    let pooler = Pooler::start(2, "");
    let child = upgrade(&project, &pooler.url(&database), &["upgrade"]);
    let sleeping = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    until("it sleeps", || database.rows(sleeping).pop());
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
    let said = end(child);
    assert_eq!(said.code, 143, "{said}");
    assert_eq!(database.events(), ["upgrade r1 failed"]);
}
