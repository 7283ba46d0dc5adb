//! The session that a program lends is what it was when it comes back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use postgres::{Client, SimpleQueryMessage};
use revgraph::Deploy;
use revgraph::database::ledger::Ledger;

use super::{chain, connect, executor, kind, open};
use crate::harness::{Database, Gate, Pooler, Project, Proxy, WAIT, until};

/// What a program sets in its session before it lends it.
fn settings(role: &str) -> String {
    format!(
        "SET search_path = \"my own\", public; SET application_name = 'it''s mine'; SET work_mem = '77kB'; \
         SET statement_timeout = '1h'; SET DateStyle = 'German'; SET ROLE {role}"
    )
}

/// All that a session is, as far as a program can set it.
const STATE: &str = "SELECT current_user, session_user, current_setting('search_path'), current_setting('application_name'), \
    current_setting('work_mem'), current_setting('statement_timeout'), current_setting('DateStyle'), \
    current_setting('lock_timeout'), current_setting('default_transaction_read_only'), \
    (SELECT count(*) FROM pg_prepared_statements WHERE from_sql), \
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), \
    now() = statement_timestamp()";

fn columns(messages: &[SimpleQueryMessage]) -> Vec<String> {
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let row = row.expect("a row");
    (0..row.len()).map(|at| row.get(at).unwrap_or("-").to_owned()).collect()
}

fn state(client: &mut Client) -> Vec<String> {
    columns(&client.simple_query(STATE).unwrap())
}

/// A role for one test.
fn role(database: &Database) -> String {
    let role = format!("{}_lender", database.name());
    database.execute(&format!("CREATE ROLE {role}"));
    role
}

/// Takes it away again, whose database is about to go.
fn forget(database: &Database, role: &str) {
    database.execute(&format!("DROP ROLE {role}"));
}

/// A chain whose last revision changes all there is in a session, and whose other branch fails in the middle.
fn unruly() -> (Project, Database) {
    let (project, database) = chain();
    let leaks = "-- [up]\nSET search_path = nowhere; SET work_mem = '99kB'; SET ROLE pg_monitor; \
                 PREPARE mine AS SELECT 1;\n-- [down]\n";
    project.revision("leaks", "parents: r0003", leaks);
    let fails = "-- [up transaction=off]\nSET work_mem = '88kB';\nCREATE TABLE half ();\nSELECT 1 / 0;\n-- [down]\n";
    project.revision("fails", "parents: r0001", fails);
    (project, database)
}

#[test]
fn it_comes_back_as_it_was() {
    let (project, database) = unruly();
    let (project, role) = (open(&project), role(&database));
    let mut client = database.client();
    client.batch_execute(&settings(&role)).unwrap();
    let before = state(&mut client);
    assert_eq!(before[..2], [role.clone(), "postgres".to_owned()]);
    assert_eq!(project.pending(&mut client, "leaks").unwrap().steps.len(), 4);
    assert_eq!(state(&mut client), before, "after a look");
    project.upgrade(&mut client, "leaks").unwrap();
    assert_eq!(state(&mut client), before, "after an upgrade");
    assert!(project.upgrade(&mut client, "leaks").unwrap().is_empty());
    assert_eq!(state(&mut client), before, "after nothing");
    assert_eq!(kind(project.upgrade(&mut client, "fails")), "statement_failed");
    assert_eq!(state(&mut client), before, "after a failure");
    assert_eq!(kind(project.upgrade(&mut client, "nothing@head")), "unknown_revision");
    assert_eq!(state(&mut client), before, "after a target that there isn't");
    // The user who logged in has run them, and no setting of the program's was in force.
    assert_eq!(database.value("SELECT tableowner FROM pg_tables WHERE tablename = 't1'"), "postgres");
    forget(&database, &role);
}

#[test]
fn the_same_with_futures() {
    let (project, database) = unruly();
    let (project, role) = (open(&project), role(&database));
    executor().block_on(async {
        let mut client = connect(&database.url()).await;
        client.batch_execute(&settings(&role)).await.unwrap();
        let before = columns(&client.simple_query(STATE).await.unwrap());
        project.upgrade_async(&mut client, "leaks").await.unwrap();
        assert_eq!(columns(&client.simple_query(STATE).await.unwrap()), before, "after an upgrade");
        assert_eq!(kind(project.upgrade_async(&mut client, "fails").await), "statement_failed");
        assert_eq!(columns(&client.simple_query(STATE).await.unwrap()), before, "after a failure");
    });
    forget(&database, &role);
}

/// Statements that the driver has prepared are the program's own.
#[test]
fn prepared_statements_of_the_driver_stay() {
    let (project, database) = unruly();
    let (project, mut client) = (open(&project), database.client());
    let statement = client.prepare("SELECT 1 + $1::int4").unwrap();
    project.upgrade(&mut client, "leaks").unwrap();
    assert_eq!(kind(project.upgrade(&mut client, "fails")), "statement_failed");
    assert_eq!(client.query_one(&statement, &[&2]).unwrap().get::<_, i32>(0), 3);
}

#[test]
fn a_session_authorization_comes_back() {
    let (project, database) = chain();
    let (project, role) = (open(&project), role(&database));
    let mut client = database.client();
    client.batch_execute(&format!("SET SESSION AUTHORIZATION {role}")).unwrap();
    let before = state(&mut client);
    assert_eq!(before[1], role);
    project.upgrade(&mut client, "heads").unwrap();
    assert_eq!(state(&mut client), before);
    assert_eq!(database.value("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"), "postgres");
    forget(&database, &role);
}

#[test]
fn not_within_a_transaction() {
    let (project, database) = chain();
    let (project, mut client) = (open(&project), database.client());
    client.batch_execute("BEGIN; CREATE TABLE mine ()").unwrap();
    let refused = project.upgrade(&mut client, "heads").unwrap_err();
    assert_eq!(refused.kind(), "in_transaction");
    assert_eq!(refused.to_string(), "the connection that was lent is within a transaction");
    assert!(refused.help().unwrap().starts_with("end the transaction first"));
    // It goes on as if nothing had been.
    client.batch_execute("COMMIT").unwrap();
    assert_eq!(database.tables(), ["mine"]);
    client.batch_execute("BEGIN").unwrap();
    client.batch_execute("SELECT 1 / 0").unwrap_err();
    assert_eq!(kind(project.upgrade(&mut client, "heads")), "in_transaction");
    client.batch_execute("ROLLBACK").unwrap();
    project.upgrade(&mut client, "heads").unwrap();
}

/// Two round trips: a look at the session, and one at the ledger. Nothing is locked, so nothing is to be let go.
#[test]
fn nothing_to_do_costs_two_round_trips() {
    let (project, database) = chain();
    let project = open(&project);
    let proxy = Proxy::start(database.server().address());
    let mut client = Client::connect(&proxy.url(&database), postgres::NoTls).unwrap();
    project.upgrade(&mut client, "heads").unwrap();
    let before = proxy.round_trips();
    project.upgrade(&mut client, "heads").unwrap();
    assert_eq!(proxy.round_trips() - before, 2);
    executor().block_on(async {
        let mut client = connect(&proxy.url(&database)).await;
        let before = proxy.round_trips();
        project.upgrade_async(&mut client, "heads").await.unwrap();
        assert_eq!(proxy.round_trips() - before, 2);
    });
}

/// The role that a program has given itself is dropped by what it runs, which then fails: all but the role comes back, and
/// the program is told of both.
#[test]
fn a_role_that_is_gone() {
    let (project, database) = chain();
    let role = role(&database);
    project.revision("drops", "parents: r0003", &format!("-- [up]\nDROP ROLE {role};\n-- [down]\n"));
    project.revision("fails", "parents: drops", "-- [up]\nSELECT 1 / 0;\n-- [down]\n");
    let mut client = database.client();
    client.batch_execute(&settings(&role)).unwrap();
    let before = state(&mut client);
    let error = open(&project).upgrade(&mut client, "heads").unwrap_err();
    assert_eq!(error.kind(), "not_put_back");
    let told = error.to_string();
    assert!(told.contains("division by zero") && told.contains(&format!("role \"{role}\" does not exist")), "{told}");
    let after = state(&mut client);
    assert_eq!(after[2..], before[2..], "all but the user");
    assert_eq!(after[0], after[1]);
}

/// A thousand revisions take as many as ten.
#[test]
fn what_there_is_to_do_costs_a_constant_number() {
    let cost = |length| {
        let (project, database) = (Project::new(), Database::new());
        project.chain(length);
        let proxy = Proxy::start(database.server().address());
        let mut client = Client::connect(&proxy.url(&database), postgres::NoTls).unwrap();
        open(&project).upgrade(&mut client, "r0001").unwrap();
        let before = proxy.round_trips();
        open(&project).upgrade(&mut client, "heads").unwrap();
        proxy.round_trips() - before
    };
    let ten = cost(10);
    assert_eq!(cost(200), ten);
    assert!(ten <= 8, "{ten}");
}

/// A program that waits no longer: what runs at that moment ends on the server, and the session is what it was.
#[test]
fn a_future_that_is_dropped() {
    let (project, database) = chain();
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    project.revision("gated", "parents: r0003", &format!("-- [up]\n{WAIT}\nCREATE TABLE gated ();\n-- [down]\n"));
    project.revision("off", "parents: gated", "-- [up transaction=off]\nCREATE TABLE off ();\n-- [down]\n");
    let project = open(&project);
    let mut gate = Gate::shut(&database);
    let role = role(&database);
    // What is done between two pieces of it must not be done within an executor.
    let executor = executor();
    let mut client = executor.block_on(connect(&database.url()));
    let ask =
        |client: &tokio_postgres::Client, sql: &str| columns(&executor.block_on(client.simple_query(sql)).unwrap());
    executor.block_on(client.batch_execute(&settings(&role))).unwrap();
    let before = ask(&client, STATE);
    let gate = executor.block_on(async {
        let waiting = tokio::task::spawn_blocking(move || {
            gate.until_waiting(1);
            gate
        });
        tokio::select! {
            done = project.upgrade_async(&mut client, "heads") => panic!("it can't be done: {done:?}"),
            gate = waiting => gate.unwrap(),
        }
    });
    gate.open();
    // The message that was under way came to its end, the one behind it never began, and the lock is free.
    assert_eq!(ask(&client, "SELECT pg_advisory_unlock(42)"), ["t"], "what the revision took");
    assert_eq!(ask(&client, STATE), before);
    assert_eq!(database.applied(), ["gated", "r0001", "r0002", "r0003"]);
    let key = Ledger::new("revgraph").lock_key();
    assert_eq!(database.value(&format!("SELECT pg_try_advisory_lock({key})")), "t");
    executor.block_on(project.upgrade_async(&mut client, "heads")).unwrap();
    assert_eq!(database.tables(), ["gated", "off", "t1", "t2", "t3"]);
    forget(&database, &role);
}

/// A callback that panics goes on panicking in the program, which has its session back.
#[test]
fn a_panic_gives_it_back() {
    let (project, database) = chain();
    let (project, mut client) = (open(&project), database.client());
    client.batch_execute("SET application_name = 'mine'").unwrap();
    let before = state(&mut client);
    let deploy = Deploy::to("heads").on_event(|event| {
        if event.to_string() == "3 steps to do" {
            std::panic::resume_unwind(Box::new("enough"));
        }
    });
    let panic = catch_unwind(AssertUnwindSafe(|| project.upgrade(&mut client, deploy))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"enough"));
    assert_eq!(state(&mut client), before);
    project.upgrade(&mut client, "heads").unwrap();
    assert_eq!(database.tables().len(), 3);
}

/// The synchronous driver can't be waited for within an executor, and says so by a panic, which must not leave anybody
/// waiting.
#[test]
fn the_wrong_driver_within_an_executor() {
    let (project, database) = chain();
    let (project, mut client) = (open(&project), database.client());
    let panic = executor()
        .block_on(async { catch_unwind(AssertUnwindSafe(|| project.upgrade(&mut client, "heads"))).unwrap_err() });
    let said = panic.downcast_ref::<String>().cloned().or(panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    assert!(said.unwrap().contains("within a runtime"));
    assert_eq!(database.tables(), [""; 0]);
}

/// A connection that is lost is an error like any other.
#[test]
fn a_connection_that_is_lost() {
    let (project, database) = chain();
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    project.revision("gated", "parents: r0003", &format!("-- [up]\n{WAIT}\n-- [down]\n"));
    let project = open(&project);
    let proxy = Proxy::start(database.server().address());
    let mut gate = Gate::shut(&database);
    let mut client = Client::connect(&proxy.url(&database), postgres::NoTls).unwrap();
    std::thread::scope(|scope| {
        let upgrade = scope.spawn(|| project.upgrade(&mut client, "heads"));
        gate.until_waiting(1);
        proxy.cut();
        assert_eq!(kind(upgrade.join().unwrap()), "connection_lost");
    });
    gate.open();
    let server = project.connect(&database.url()).unwrap();
    until("the session has gone", || server.upgrade("heads").is_ok().then_some(()));
    assert_eq!(database.applied().len(), 4);
}

/// Connections to the server that a proxy has for a database: as many as transactions that were open at once.
fn warm(pooler: &Pooler, database: &Database, connections: usize) {
    let mut clients: Vec<Client> =
        (0..connections).map(|_| Client::connect(&pooler.url(database), postgres::NoTls).unwrap()).collect();
    clients.iter_mut().for_each(|client| client.batch_execute("BEGIN").unwrap());
    clients.iter_mut().for_each(|client| client.batch_execute("COMMIT").unwrap());
}

/// `postgres` doesn't tell, but it is seen that other processes of the server answer.
#[test]
fn behind_a_pooling_proxy_with_the_other_driver() {
    for connections in [2, 3, 4] {
        let (project, database) = chain();
        let project = open(&project);
        let pooler = Pooler::start(connections, "");
        warm(&pooler, &database, connections);
        let mut client = Client::connect(&pooler.url(&database), postgres::NoTls).unwrap();
        project.upgrade(&mut client, "r0001").unwrap();
        project.upgrade(&mut client, "heads").unwrap();
        assert_eq!(project.upgrade(&mut client, "heads").unwrap().plan.steps.len(), 0);
        assert_eq!(database.value(ADVISORY_LOCKS), "0", "{connections} connections");
        assert_eq!(database.events(), ["upgrade r0001 done", "upgrade r0002 done", "upgrade r0003 done"]);
    }
}

/// Those that sessions of this database have.
const ADVISORY_LOCKS: &str = "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database \
    WHERE locktype = 'advisory' AND datname = current_database()";

/// To wait for ever is no overflow.
#[test]
fn the_longest_wait_there_is() {
    let (project, database) = chain();
    let (project, mut client) = (open(&project), database.client());
    let ever = std::time::Duration::MAX;
    let deploy = Deploy::to("heads").lock_wait(ever).lock_timeout(ever).statement_timeout(ever);
    assert_eq!(project.upgrade(&mut client, deploy.clone()).unwrap().plan.steps.len(), 3);
    project.connect(&database.url()).unwrap().downgrade(Deploy::to("base").lock_wait(ever).lock_timeout(ever)).unwrap();
}

/// A service whose role may only look can still say whether it is behind, and start where it isn't.
#[test]
fn a_role_that_may_only_look() {
    let (project, database) = chain();
    let (project, role) = (open(&project), format!("{}_reader", database.name()));
    project.upgrade(&mut database.client(), "r0002").unwrap();
    database.execute(&format!("CREATE ROLE {role} LOGIN"));
    let mut client =
        Client::connect(&database.url().replace("postgres@", &format!("{role}@")), postgres::NoTls).unwrap();
    assert_eq!(kind(project.pending(&mut client, "heads")), "server");
    database.execute(&format!(
        "GRANT USAGE ON SCHEMA revgraph TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA revgraph TO {role}"
    ));
    assert_eq!(project.pending(&mut client, "heads").unwrap().steps.len(), 1);
    assert!(project.upgrade(&mut client, "r0002").unwrap().is_empty());
    assert_eq!(project.current(&mut client).unwrap().applied, 2);
    assert_eq!(project.check(&mut client).unwrap().pending.len(), 1);
    database.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

/// `tokio-postgres` tells whether a proxy is in between, and nothing is set or locked there that would be somebody else's.
#[test]
fn behind_a_pooling_proxy() {
    let (project, database) = chain();
    project.revision("off", "parents: r0003", "-- [up transaction=off]\nVACUUM t1;\n-- [down]\n");
    let project = open(&project);
    let pooler = Pooler::start(3, "");
    executor().block_on(async {
        let mut client = connect(&pooler.url(&database)).await;
        project.upgrade_async(&mut client, "r0003").await.unwrap();
        assert!(project.upgrade_async(&mut client, "r0003").await.unwrap().is_empty());
        assert_eq!(kind(project.upgrade_async(&mut client, "heads").await), "needs_session");
    });
    assert_eq!(database.value(ADVISORY_LOCKS), "0");
    assert_eq!(database.applied(), ["r0001", "r0002", "r0003"]);
}
