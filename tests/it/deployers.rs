//! Several deployers, and deployers that go away.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;

use postgres::Client;
use revgraph::database::ledger::Ledger;

use crate::harness::{Database, Gate, Project, Proxy, Said, WAIT, until};

/// A chain of three whose second revision waits for the gate, however long that takes.
fn gated(extra: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    project.chain(3);
    let sections = format!("-- [up]\n{extra}\n{WAIT}\nCREATE TABLE t2 (id int);\n-- [down]\nDROP TABLE t2;\n");
    project.revision("r0002", "parents: r0001", &sections);
    (project, database)
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs")
}

fn upgrade(project: &Project, url: &str) -> Child {
    spawn(&mut project.command(&["--database", url, "upgrade"]))
}

fn end(child: Child) -> Said {
    Said::from(child.wait_with_output().unwrap())
}

/// Everything is there once, and recorded once.
fn assert_complete(database: &Database) {
    assert_eq!(database.tables(), ["t1", "t2", "t3"]);
    assert_eq!(database.applied(), ["r0001", "r0002", "r0003"]);
    let mut done = database.events();
    done.retain(|event| event.ends_with("done"));
    assert_eq!(done, ["upgrade r0001 done", "upgrade r0002 done", "upgrade r0003 done"]);
}

#[test]
fn of_two_at_once_one_does_it_all() {
    let project = Project::new();
    project.chain(3);
    let race = || {
        for _ in 0..10 {
            let database = Database::new();
            let two = [upgrade(&project, &database.url()), upgrade(&project, &database.url())].map(end);
            let mut told: Vec<&str> = two.iter().map(|said| said.out.lines().last().unwrap_or(&said.err)).collect();
            told.sort_unstable();
            assert_eq!(two.each_ref().map(|said| said.code), [0, 0], "{told:?}\n{}{}", two[0].err, two[1].err);
            assert_eq!(told[0], "nothing to do: the database is at r0003");
            assert!(told[1].starts_with("upgraded 3 revisions"), "{told:?}");
            assert_complete(&database);
        }
    };
    thread::scope(|scope| (0..5).for_each(|_| _ = scope.spawn(race)));
}

/// Holds the deployers' lock of a database.
fn hold(database: &Database) -> (Client, i32) {
    let mut holder = database.client();
    holder.batch_execute("SET application_name = 'job 7'").unwrap();
    let pid = holder.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let key = Ledger::new("revgraph").lock_key();
    holder.execute("SELECT pg_advisory_lock($1)", &[&key]).unwrap();
    (holder, pid)
}

/// A line with a word in the place of the time that stands behind a phrase.
fn masked(line: &str, phrase: &str, word: &str) -> String {
    const TIME: &str = "2026-11-21T00:00:00Z";
    match line.find(phrase).map(|at| at + phrase.len()) {
        Some(at) if line.get(at..).is_some_and(|rest| rest.starts_with('2')) => {
            format!("{}{word}{}", &line[..at], &line[at + TIME.len()..])
        }
        _ => line.to_owned(),
    }
}

#[test]
fn who_holds_the_lock_is_shown() {
    let (project, database, other) = (Project::new(), Database::new(), Database::new());
    project.chain(1);
    let (_other_holder, _) = hold(&other);
    let (mut holder, pid) = hold(&database);
    let said = project.run_on(&database.url(), &["upgrade", "--lock-wait", "0"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    let since: String = holder
        .query_one(
            "SELECT to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM pg_stat_activity \
             WHERE pid = pg_backend_pid()",
            &[],
        )
        .unwrap()
        .get(0);
    let told = said.complaint().replace(&pid.to_string(), "PID").replacen(&since, "THEN", 1);
    let told: Vec<String> = told.lines().map(|line| masked(line, "connected since ", "THEN")).collect();
    let told: String = told.iter().map(|line| masked(line, "idle since ", "LATER") + "\n").collect();
    insta::assert_snapshot!(told, @r"
        waiting for another deployer: pid PID, application job 7, role postgres, connected since THEN, idle since LATER after: SELECT pg_advisory_lock($1)
        error: another deployer holds the lock of this database: pid PID, application job 7, role postgres, connected since THEN, idle since LATER after: SELECT pg_advisory_lock($1)
        help: wait for it, give it longer with --lock-wait, or end that session if its client is gone
        ");
    let said = project.run_on(&database.url(), &["stamp", "heads", "--lock-wait", "0", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(said.err.lines().last().unwrap()).unwrap();
    assert_eq!(told["error"]["kind"], "locked");
    assert_eq!(database.value("SELECT to_regnamespace('revgraph')"), "-", "nothing was touched");
}

#[test]
fn a_deployer_waits_until_the_lock_is_free() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(3);
    let (holder, pid) = hold(&database);
    let mut waiting = upgrade(&project, &database.url());
    let mut lines = BufReader::new(waiting.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().starts_with("database: "));
    assert!(lines.next().unwrap().starts_with(&format!("waiting for another deployer: pid {pid}, application job 7")));
    drop(holder);
    assert_eq!(end(waiting).code, 0);
    assert_complete(&database);
}

#[test]
fn nothing_to_do_needs_no_lock() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(3);
    project.ok(&database.url(), &["upgrade"]);
    let _holder = hold(&database);
    let out = project.ok(&database.url(), &["upgrade", "--lock-wait", "0"]);
    assert!(out.starts_with("nothing to do"), "{out}");
}

#[test]
fn the_ledger_itself_keeps_two_apart() {
    // The first deployer loses its lock, as it would behind a pooling proxy: the second one plans the same.
    let (project, database) = gated("SELECT pg_advisory_unlock_all();");
    let mut gate = Gate::shut(&database);
    let first = upgrade(&project, &database.url());
    gate.until_waiting(1);
    let second = upgrade(&project, &database.url());
    gate.until_waiting(2);
    gate.open();
    let (first, second) = (end(first), end(second));
    assert_eq!((first.code, second.code), (0, 0), "{}\n{}", first.err, second.err);
    // Which of them came to the third revision first is a matter of chance.
    let upgraded = |said: &Said| match said.out.lines().last().unwrap().split_once(" revision") {
        Some((upgraded, _)) => upgraded.trim_start_matches("upgraded ").parse::<usize>().unwrap(),
        None => 0,
    };
    assert_eq!(upgraded(&first) + upgraded(&second), 3, "{}\n{}", first.out, second.out);
    assert!(upgraded(&first) >= 2, "it had begun the second revision: {}", first.out);
    assert_complete(&database);
}

#[test]
fn a_plan_that_somebody_else_has_overtaken_is_made_anew() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(5);
    // As if somebody else had changed the ledger right then.
    let bump = "-- [up]\nUPDATE revgraph.state SET generation = generation + 1;\n";
    project.revision("r0002", "parents: r0001", bump);
    project.revision("r0005", "parents: r0004", "-- [up]\nSELECT 1 / 0;\n");
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.complaint(), @"
    error: division by zero
     --> revisions/r0005.sql:5:1
      |
    5 | SELECT 1 / 0;
      | ^^^^^^
    error: upgrade of r0005 failed: division by zero
    done and recorded before it: r0001, r0002, r0003, r0004; r0005 was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    ");
    assert_eq!(database.applied(), ["r0001", "r0002", "r0003", "r0004"]);
    project.revision("r0005", "parents: r0004", bump);
    project.revision("r0006", "parents: r0005", "-- [up]\n");
    let out = project.ok(&database.url(), &["upgrade"]);
    assert!(out.contains("upgraded 2 revisions"), "both plans count: {out}");
}

#[test]
fn somebody_who_never_stops_is_given_up() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(1);
    project.ok(&database.url(), &["upgrade"]);
    database.execute(
        "CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN PERFORM revgraph.refuse(''ledger_has_moved''); RETURN NEW; END';
         CREATE TRIGGER busy BEFORE UPDATE ON revgraph.state FOR EACH ROW EXECUTE FUNCTION busy()",
    );
    project.chain(2);
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!((said.code, database.tables()), (1, vec!["t1".to_owned()]));
    insta::assert_snapshot!(said.complaint(), @r"
        error: the ledger was changed by somebody else again and again
        help: find out who else deploys to this database, and run it again
        ");
}

#[test]
fn a_client_that_is_killed_leaves_nothing_half_done() {
    let (project, database) = gated("");
    let mut gate = Gate::shut(&database);
    let mut killed = upgrade(&project, &database.url());
    gate.until_waiting(1);
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(database.applied(), ["r0001"]);
    // The server notices, and lets go of what it held.
    gate.until_waiting(0);
    gate.open();
    project.ok(&database.url(), &["upgrade"]);
    assert_complete(&database);
}

#[test]
fn the_server_ends_what_a_killed_client_ran_outside_of_transactions() {
    let (project, database) = gated("");
    let sections = format!("-- [up transaction=off]\n{WAIT}\n-- [down]\n");
    project.revision("r0002", "parents: r0001", &sections);
    let mut gate = Gate::shut(&database);
    let mut killed = upgrade(&project, &database.url());
    gate.until_waiting(1);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND database = \
                   (SELECT oid FROM pg_database WHERE datname = current_database())";
    until("the gate's lock alone", || (database.value(locks) == "1").then_some(()));
}

#[test]
fn a_line_that_breaks_in_the_middle() {
    let (project, database) = gated("");
    let proxy = Proxy::start(database.server().address());
    let mut gate = Gate::shut(&database);
    let broken = upgrade(&project, &proxy.url(&database));
    gate.until_waiting(1);
    proxy.cut();
    let said = end(broken);
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.complaint(), @"
    error: the plan was running: the connection to the database was lost (connection closed); no revision is known to be completed; left: r0001, r0002, r0003
    help: run the command again: it goes on from what the ledger has
    ");
    gate.open();
    project.ok(&database.url(), &["upgrade"]);
    assert_complete(&database);
}

#[test]
fn a_line_that_breaks_anywhere() {
    let project = Project::new();
    project.chain(3);
    let database = Database::new();
    let proxy = Proxy::start(database.server().address());
    let url = proxy.url(&database);
    // The ledger is made, the plan run, a part of it answered: the line breaks in each.
    let mut complete = 0;
    for sent in (100..).step_by(3500).take(20) {
        proxy.cut_after_sent(sent);
        let said = project.run_on(&url, &["upgrade"]);
        complete += usize::from(said.code == 0);
        assert!(!said.err.contains("the role needs"), "no right is missing, not even where the ledger is made: {said}");
        project.ok(&database.url(), &["upgrade"]);
        assert_complete(&database);
        database.execute("DROP SCHEMA revgraph CASCADE; DROP TABLE t1, t2, t3");
    }
    assert!((1..20).contains(&complete), "the first break early, the last one never: {complete}");
    for received in (1..).step_by(150).take(20) {
        proxy.cut_after_received(received);
        project.run_on(&url, &["upgrade"]);
        project.ok(&database.url(), &["upgrade"]);
        assert_complete(&database);
        database.execute("DROP SCHEMA revgraph CASCADE; DROP TABLE t1, t2, t3");
    }
}
