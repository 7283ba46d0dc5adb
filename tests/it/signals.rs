//! Ctrl-C and SIGTERM: what runs is stopped, undone, recorded and told of; and pipes that nobody reads.

mod programs;

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Database, Gate, PASSWORD, Project, Said, Secure, Server, Setup, WAIT, until};

/// Both signals with the exit codes that they end with.
pub const SIGNALS: [(Signal, i32); 2] = [(Signal::INT, 130), (Signal::TERM, 143)];

pub fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs")
}

pub fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("it is there");
}

pub fn end(child: Child) -> Said {
    Said::from(child.wait_with_output().unwrap())
}

/// Comes back once no session of a database runs such a query.
fn until_over(database: &Database, query: &str) {
    let look = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' \
         AND pid <> pg_backend_pid() AND query LIKE '%{query}%'"
    );
    until("it ends", || (database.value(&look) == "0").then_some(()));
}

/// A chain of three whose second revision waits for the gate.
fn gated(options: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    project.chain(3);
    let sections = format!("-- [up{options}]\nCREATE TABLE half ();\n{WAIT}\nCREATE TABLE t2 ();\n-- [down]\n");
    project.revision("r0002", "message: waits\nparents: r0001", &sections);
    (project, database)
}

fn upgrade(project: &Project, url: &str, arguments: &[&str]) -> Child {
    spawn(&mut project.command(&[&["--database", url, "upgrade"], arguments].concat()))
}

#[test]
fn a_running_statement_is_stopped_undone_recorded_and_told_of() {
    for (signal, code) in SIGNALS {
        let (project, database) = gated("");
        let mut gate = Gate::shut(&database);
        let stopped = upgrade(&project, &database.url(), &[]);
        gate.until_waiting(1);
        send(&stopped, signal);
        let said = end(stopped);
        assert_eq!(said.code, code, "{}", said.err);
        let told = said.complaint().replacen("SIGINT", "SIGNAL", 1).replacen("SIGTERM", "SIGNAL", 1);
        insta::allow_duplicates! {
            insta::assert_snapshot!(told, @"
            SIGNAL: stopping in order; once more leaves at once
            error: stopped by a signal
             --> revisions/r0002.sql:7:1
              |
            7 | SELECT pg_advisory_lock(42);
              | ^^^^^^
            error: upgrade of r0002 failed: stopped by a signal
            done and recorded before it: r0001; r0002 was rolled back; not begun: 1 revision of this upgrade
            help: run the command again: it goes on from what the ledger has
            ");
        }
        assert_eq!(database.tables(), ["t1"]);
        assert_eq!(database.events(), ["upgrade r0001 done", "upgrade r0002 failed"]);
        let error = database.value("SELECT error FROM revgraph.event WHERE outcome = 'failed'");
        assert_eq!(error, "stopped by a signal");
        gate.open();
        project.ok(&database.url(), &["upgrade"]);
        assert_eq!(database.applied(), ["r0001", "r0002", "r0003"]);
    }
}

#[test]
fn tools_are_told_the_same() {
    let (project, database) = gated("");
    let mut gate = Gate::shut(&database);
    let stopped = upgrade(&project, &database.url(), &["--format", "json"]);
    gate.until_waiting(1);
    send(&stopped, Signal::TERM);
    let said = end(stopped);
    assert_eq!((said.code, said.out.as_str()), (143, ""));
    let error = said.error();
    assert_eq!(error["details"]["done"], serde_json::json!(["r0001"]));
    assert_eq!(error["details"]["left"], serde_json::json!(["r0003"]));
    assert_eq!(error["details"]["sqlstate"], "57014");
}

#[test]
fn a_statement_outside_of_transactions_goes_on_from_there() {
    let (project, database) = gated(" transaction=off");
    let mut gate = Gate::shut(&database);
    let stopped = upgrade(&project, &database.url(), &[]);
    gate.until_waiting(1);
    send(&stopped, Signal::INT);
    let said = end(stopped);
    assert_eq!(said.code, 130, "{}", said.err);
    assert_eq!(database.rows("SELECT statement, outcome FROM revgraph.unfinished"), ["1 failed"]);
    gate.open();
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.tables(), ["half", "t1", "t2", "t3"]);
}

#[test]
fn whoever_waits_for_the_lock_leaves() {
    let (project, database) = gated("");
    let mut holder = database.client();
    let key = revgraph::database::ledger::Ledger::new("revgraph").lock_key();
    holder.execute("SELECT pg_advisory_lock($1)", &[&key]).unwrap();
    for (signal, code) in SIGNALS {
        let mut waiting = upgrade(&project, &database.url(), &[]);
        find(&mut lines(&mut waiting), "waiting for another deployer");
        send(&waiting, signal);
        assert_eq!(waiting.wait().unwrap().code(), Some(code));
    }
    assert_eq!(database.value("SELECT to_regnamespace('revgraph')"), "-", "nothing was touched");
}

#[test]
fn between_two_tries_it_says_what_is_done() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(3);
    project.ok(&database.url(), &["upgrade", "r0001"]);
    project.revision("r0003", "parents: r0002", "-- [up]\nALTER TABLE t1 ADD note text;\n");
    let mut holder = database.client();
    holder.batch_execute("BEGIN; LOCK TABLE t1").unwrap();
    // The pause is as long as pauses get; the statement's own wait for the lock counts nothing beside it.
    project.revision("r0003", "parents: r0002", "-- [up lock_timeout=1ms]\nALTER TABLE t1 ADD note text;\n");
    let mut stopped = upgrade(&project, &database.url(), &["--lock-timeout", "1h", "--retries", "1000"]);
    let mut said = lines(&mut stopped);
    find(&mut said, "retry 4 of 1000");
    send(&stopped, Signal::INT);
    let rest: Vec<String> = said.map(Result::unwrap).collect();
    assert_eq!(stopped.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(
        rest.iter().any(|line| line.starts_with("done and recorded before it: r0002; r0003 was rolled back")),
        "{rest:?}"
    );
}

#[test]
fn a_second_signal_leaves_at_once() {
    let (project, database) = (Project::new(), Database::new());
    // It doesn't let itself be cancelled.
    let stubborn =
        "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$";
    project.revision("r1", "", &format!("-- [up]\nSELECT 'stubborn';\n{stubborn};\n"));
    let mut leaving = upgrade(&project, &database.url(), &[]);
    let sleeping = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    until("it sleeps", || database.rows(sleeping).pop());
    send(&leaving, Signal::TERM);
    find(&mut lines(&mut leaving), "SIGTERM: stopping in order");
    send(&leaving, Signal::INT);
    assert_eq!(leaving.wait().unwrap().code(), Some(130));
    database.execute(&format!("SELECT pg_terminate_backend(pid) FROM ({sleeping}) AS s"));
    until_over(&database, "stubborn");
    assert!(database.applied().is_empty());
}

#[test]
fn the_request_to_cancel_goes_the_same_way() {
    // The server takes nothing without TLS from this role, and its certificate is checked.
    let secure = Secure::shared();
    secure.server.client("postgres").batch_execute("CREATE DATABASE cancelled OWNER tls_only").unwrap();
    let project = Project::new();
    project.revision("r1", "", "-- [up]\nSELECT pg_sleep(600);\n");
    let root = secure.root_file();
    let password: String = PASSWORD.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let (port, root) = (secure.server.port(), root.display());
    let url =
        format!("postgres://tls_only:{password}@localhost:{port}/cancelled?sslmode=verify-full&sslrootcert={root}");
    let stopped = upgrade(&project, &url, &[]);
    let mut watcher = secure.server.client("cancelled");
    until("it sleeps", || {
        let sleeping = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = 'cancelled'";
        (!watcher.query(sleeping, &[]).unwrap().is_empty()).then_some(())
    });
    send(&stopped, Signal::INT);
    let said = end(stopped);
    assert_eq!(said.code, 130);
    assert!(said.err.contains("r1 was rolled back"), "{}", said.err);
    let failed = watcher.query_one("SELECT count(*) FROM revgraph.event WHERE outcome = 'failed'", &[]).unwrap();
    assert_eq!(failed.get::<_, i64>(0), 1);
}

/// The folders of private servers that there are below a folder for temporary files.
fn homes(temporary: &Path) -> Vec<PathBuf> {
    let folders = |path: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        entries.filter(|path| path.is_dir()).collect()
    };
    folders(temporary).iter().flat_map(|yard| folders(yard)).collect()
}

#[test]
fn a_private_server_goes_with_the_command() {
    let project = Project::new();
    project.chain(1);
    project.revision("r0002", "parents: r0001", "-- [up]\nSELECT pg_sleep(600);\n-- [down]\n");
    for commands in [&["test"][..], &["squash"]] {
        let temporary = tempfile::Builder::new().prefix("rg").tempdir_in("/tmp").unwrap();
        fs::set_permissions(temporary.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let arguments = [commands, &["--scratch", "programs"]].concat();
        let stopped = spawn(project.command(&arguments).env("TMPDIR", temporary.path()));
        let socket = |home: &PathBuf| home.join("server/.s.PGSQL.5432").exists().then(|| home.clone());
        let home = until("its server is up", || homes(temporary.path()).iter().find_map(socket));
        let spec = format!("host='{}' user=postgres dbname=postgres", home.join("server").display());
        until("it sleeps", || {
            let mut client = spec.parse::<postgres::Config>().unwrap().connect(postgres::NoTls).ok()?;
            let sleeping = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
            (!client.query(sleeping, &[]).ok()?.is_empty()).then_some(())
        });
        send(&stopped, Signal::TERM);
        let said = end(stopped);
        assert_eq!(said.code, 143, "{commands:?} {said}");
        assert_eq!(homes(temporary.path()), [""; 0].map(PathBuf::from), "{commands:?} {said}");
    }
}

#[test]
fn scratch_databases_on_the_targets_server_go_with_the_command() {
    // One of its own: others look for scratches on the shared one.
    let server = Server::start(&Setup::default());
    let project = Project::new();
    project.write("revgraph.toml", "[scratch]\nserver = true\nfrom = \"server\"\n");
    project.revision("r1", "", "-- [up]\nSELECT pg_sleep(600);\n-- [down]\n");
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", server.port());
    let stopped = spawn(&mut project.command(&["--database", &url, "test"]));
    let mut watcher = server.client("postgres");
    let sleeping = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    until("it sleeps", || (!watcher.query(sleeping, &[]).unwrap().is_empty()).then_some(()));
    send(&stopped, Signal::INT);
    let said = end(stopped);
    assert_eq!(said.code, 130, "{said}");
    let databases = "SELECT FROM pg_database WHERE datname LIKE 'revgraph%'";
    assert!(watcher.query(databases, &[]).unwrap().is_empty());
}

#[test]
fn a_pipe_that_nobody_reads_is_no_failure() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(2);
    project.ok(&database.url(), &["upgrade"]);
    for arguments in [&["log"][..], &["history"], &["log", "--format", "json"], &["current"], &["downgrade", "base"]] {
        let mut command = project.command(&[&["--database", &database.url()], arguments].concat());
        let mut child = spawn(&mut command);
        drop(child.stdout.take());
        let said = end(child);
        assert_eq!((said.code, said.complaint().as_str()), (0, ""), "{arguments:?}");
    }
    assert!(database.applied().is_empty(), "it went on all the same");
    // Whoever doesn't read what is complained of sees from the exit code that something failed.
    let mut child = spawn(&mut project.command(&["--database", &database.url(), "upgrade", "nowhere"]));
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

pub fn lines(child: &mut Child) -> Lines<BufReader<ChildStderr>> {
    BufReader::new(child.stderr.take().unwrap()).lines()
}

/// Reads up to a line with these words.
pub fn find(lines: &mut Lines<BufReader<ChildStderr>>, words: &str) -> String {
    lines.map(Result::unwrap).find(|line| line.contains(words)).unwrap_or_else(|| panic!("never said: {words}"))
}
