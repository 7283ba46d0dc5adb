//! Revisions outside of transactions whose client went away: what the catalog tells of the statement that ran then.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use revgraph::database::connect::{ConnectionSpec, Environment};
use revgraph::database::ledger::Actor;
use revgraph::database::{Location, Notice, Session};
use revgraph::operation::deploy::{Attendant, DeployOptions, Deployment};
use revgraph::project::{Config, History};

use crate::harness::{Database, Gate, Project, Said};

/// Tables, a type and partitions for statements to work on.
const DATA: &str = "-- [up]\nCREATE TABLE d AS VALUES (1), (2);\nCREATE INDEX there ON d (column1);\n\
                    CREATE TYPE mood AS ENUM ('ok');\nCREATE TABLE parts (id int) PARTITION BY LIST (id);\n\
                    CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);\n-- [down]\n";

/// A database where a revision stopped at this statement, in the middle of three, and nobody was told how it ended.
fn stopped_at(statement: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.revision("data", "", DATA);
    let sections = format!("-- [up transaction=off]\nCREATE TABLE before ();\n{statement};\nCREATE TABLE after ();\n");
    project.revision("off", "parents: data", &sections);
    // What stops it is a statement that fails; that nobody was told is written by hand.
    project.revision("off", "parents: data", &sections.replace(statement, "SELECT 1 / 0"));
    assert_eq!(project.run_on(&database.url(), &["upgrade"]).code, 1);
    project.revision("off", "parents: data", &sections);
    database.execute("UPDATE revgraph.unfinished SET outcome = 'running'");
    (project, database)
}

fn upgrade(project: &Project, database: &Database, code: i32) -> Said {
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, code, "{said}");
    let told = said.complaint();
    let told = told.lines().filter(|line| !line.starts_with("waiting ")).map(|line| format!("{line}\n"));
    Said { err: told.collect(), ..said }
}

fn assert_complete(database: &Database) {
    assert_eq!(database.applied(), ["data", "off"]);
    assert!(database.rows("SELECT * FROM revgraph.unfinished").is_empty());
    assert_eq!(database.value("SELECT to_regclass('before') || ' ' || to_regclass('after')"), "before after");
}

/// Statements, what shows that they are done, and how often they ran in the end: `by hand` once before the upgrade.
#[test]
fn what_the_catalog_can_tell() {
    for (statement, holds) in [
        (
            "CREATE INDEX CONCURRENTLY i ON d (column1)",
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass",
        ),
        ("DROP INDEX CONCURRENTLY there", "SELECT to_regclass('there') IS NULL"),
        ("ALTER TYPE mood ADD VALUE 'bad'", "SELECT enum_last(NULL::mood) = 'bad'"),
        (
            "ALTER TABLE parts DETACH PARTITION part CONCURRENTLY",
            "SELECT NOT relispartition FROM pg_class WHERE relname = 'part'",
        ),
    ] {
        for by_hand in [false, true] {
            let (project, database) = stopped_at(statement);
            if by_hand {
                database.execute(statement);
            }
            let told = upgrade(&project, &database, 0).err;
            let expected = if by_hand { "it is done" } else { "it is not done: it runs again" };
            assert!(
                told.starts_with(&format!("off stopped while this ran; the catalog shows that {expected}:\n")),
                "{told}"
            );
            assert_complete(&database);
            assert_eq!(database.value(holds), "t", "{statement}");
        }
    }
}

#[test]
fn how_it_is_told() {
    let (project, database) = stopped_at("CREATE INDEX CONCURRENTLY i\n  ON d (column1)");
    database.execute("CREATE INDEX i ON d (column1)");
    insta::assert_snapshot!(upgrade(&project, &database, 0).err, @"
    off stopped while this ran; the catalog shows that it is done:
      CREATE INDEX CONCURRENTLY i
        ON d (column1)
    off goes on where it stopped:
      CREATE TABLE after ()
    ");
    let (project, database) = stopped_at("VACUUM d");
    insta::assert_snapshot!(upgrade(&project, &database, 0).err, @"
    off stopped while this ran; it runs again, which comes to the same:
      VACUUM d
    off goes on where it stopped:
      VACUUM d
    ");
    assert_complete(&database);
    let (project, database) = stopped_at("INSERT INTO d VALUES (3)");
    insta::assert_snapshot!(upgrade(&project, &database, 1).err, @"
    error: off stopped while the statement at revisions/off.sql:6 ran, and it is not known how that ended
      INSERT INTO d VALUES (3)
    help: look in the database whether it took effect: `revgraph upgrade --resume-after` goes on behind it, `revgraph upgrade --resume-at` runs it again
    ");
    let said = project.run_on(&database.url(), &["current"]);
    insta::assert_snapshot!(said.out, @"
    data
    unfinished: off has begun on its way up and not ended; `revgraph upgrade` goes on where it stopped
    not in effect: off
    ");
    assert_eq!(project.run_on(&database.url(), &["upgrade", "--resume-at"]).code, 0);
    assert_complete(&database);
}

#[test]
fn databases_are_looked_up_too() {
    for (statement, done) in [("CREATE DATABASE", true), ("CREATE DATABASE", false), ("DROP DATABASE", true)] {
        let (project, database) = stopped_at("SELECT 1");
        let name = format!("{}_other", database.name());
        let sections =
            format!("-- [up transaction=off]\nCREATE TABLE before ();\n{statement} {name};\nCREATE TABLE after ();\n");
        project.revision("off", "parents: data", &sections);
        let make = statement.starts_with("CREATE");
        if done && make {
            database.execute(&format!("CREATE DATABASE {name}"));
        }
        upgrade(&project, &database, 0);
        assert_complete(&database);
        let there = database.value(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'"));
        assert_eq!(there == "1", make);
        database.execute(&format!("DROP DATABASE IF EXISTS {name}"));
    }
}

#[test]
fn names_are_read_under_the_sections_own_settings() {
    let sections = "-- [up transaction=off]\nSET search_path = app;\nCREATE TABLE before ();\n\
                    CREATE INDEX CONCURRENTLY i ON d (a);\nCREATE TABLE after ();\n";
    let (project, database) = (Project::new(), Database::new());
    database.execute("CREATE SCHEMA app; CREATE TABLE app.d (a int)");
    project.revision("off", "", &sections.replace("(a)", "(gone)"));
    upgrade(&project, &database, 1);
    database.execute("UPDATE revgraph.unfinished SET outcome = 'running'; CREATE INDEX i ON app.d (a)");
    project.revision("off", "", sections);
    assert!(upgrade(&project, &database, 0).err.contains("it is done"));
    assert_eq!(database.applied(), ["off"]);
}

/// An upgrade whose client is killed while its CREATE INDEX CONCURRENTLY waits for somebody's transaction.
#[test]
fn a_killed_client_of_create_index_concurrently() {
    let (project, database) = (Project::new(), Database::new());
    project.revision("data", "", DATA);
    let sections = "-- [up transaction=off]\nCREATE TABLE before ();\nCREATE INDEX CONCURRENTLY i ON d (column1);\n\
                    CREATE TABLE after ();\n";
    project.revision("off", "parents: data", sections);
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    project.ok(&database.url(), &["upgrade", "data"]);
    let mut holder = database.client();
    let mut transaction = holder.transaction().unwrap();
    transaction.batch_execute("INSERT INTO d VALUES (3)").unwrap();
    let mut killed = project.command(&["--database", &database.url(), "upgrade"]);
    let mut killed = killed.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    Gate::shut(&database).until_waiting(1);
    killed.kill().unwrap();
    killed.wait().unwrap();
    // The server's session goes on until it sees that nobody is there; then what it leaves is invalid, or it is done.
    transaction.commit().unwrap();
    let told = upgrade(&project, &database, 0).err;
    assert!(told.starts_with("off stopped while this ran; the catalog shows that it is "), "{told}");
    assert_complete(&database);
    assert_eq!(
        database.value("SELECT count(*) || ' ' || bool_and(indisvalid) FROM pg_index WHERE indrelid = 'd'::regclass"),
        "2 true"
    );
}

/// A session that is ended by the server in the middle of the statement, as by an operator or a restart.
#[test]
fn a_session_that_the_server_ends() {
    let (project, database) = (Project::new(), Database::new());
    project.revision("data", "", DATA);
    project.revision("off", "parents: data", "-- [up transaction=off]\nCREATE TABLE before ();\nCREATE INDEX CONCURRENTLY i ON d (column1);\nCREATE TABLE after ();\n");
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    project.ok(&database.url(), &["upgrade", "data"]);
    let mut holder = database.client();
    let mut transaction = holder.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE d IN ROW EXCLUSIVE MODE").unwrap();
    let mut command = project.command(&["--database", &database.url(), "upgrade"]);
    let ended = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    Gate::shut(&database).until_waiting(1);
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    let said = Said::from(ended.wait_with_output().unwrap());
    assert_eq!(said.code, 1, "{said}");
    // Whether the server's last word comes before the end of the connection is chance.
    let complaint =
        said.complaint().replace("connection closed", "terminating connection due to administrator command");
    insta::assert_snapshot!(complaint, @"
    error: the plan was running: the connection to the database was lost (terminating connection due to administrator command); no revision is known to be completed; left: off
    help: run the command again: it goes on from what the ledger has
    ");
    assert_eq!(database.rows("SELECT section, statement, outcome FROM revgraph.unfinished"), ["0 1 running"]);
    transaction.commit().unwrap();
    insta::assert_snapshot!(upgrade(&project, &database, 0).err, @"
    off stopped while this ran; the catalog shows that it is not done: it runs again:
      CREATE INDEX CONCURRENTLY i ON d (column1)
    off goes on where it stopped:
      CREATE INDEX CONCURRENTLY i ON d (column1)
    ");
    assert_complete(&database);
}

const DETACH: &str = "ALTER TABLE parts DETACH PARTITION part CONCURRENTLY";
const IS_HALF_DETACHED: &str = "SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = 'part'::regclass";

/// A database where a revision stopped at a DETACH PARTITION that is half done.
fn half_detached() -> (Project, Database) {
    let (project, database) = stopped_at(DETACH);
    // A reader of the table keeps it in its second half; cancelled there, it stays pending.
    let mut reader = database.client();
    let mut transaction = reader.transaction().unwrap();
    transaction.batch_execute("SELECT FROM parts").unwrap();
    let url = database.socket_url();
    let half = std::thread::spawn(move || {
        postgres::Client::connect(&url, postgres::NoTls).unwrap().batch_execute(DETACH).unwrap_err()
    });
    Gate::shut(&database).until_waiting(1);
    database.execute(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    half.join().unwrap();
    transaction.commit().unwrap();
    assert_eq!(database.value(IS_HALF_DETACHED), "t");
    (project, database)
}

fn assert_detached(database: &Database) {
    assert_complete(database);
    assert_eq!(database.value("SELECT relispartition FROM pg_class WHERE relname = 'part'"), "f");
}

#[test]
fn a_partition_that_is_half_detached_is_finished() {
    let (project, database) = half_detached();
    insta::assert_snapshot!(upgrade(&project, &database, 0).err, @r#"
    off stopped while this ran; the catalog shows that it stopped half-way: `ALTER TABLE "parts" DETACH PARTITION "part" FINALIZE` ends it:
      ALTER TABLE parts DETACH PARTITION part CONCURRENTLY
    off goes on where it stopped:
      ALTER TABLE "parts" DETACH PARTITION "part" FINALIZE
    "#);
    assert_detached(&database);
    // Also where it is known that it failed, or is said to run again.
    for outcome in ["failed", "running"] {
        let (project, database) = half_detached();
        database.execute(&format!("UPDATE revgraph.unfinished SET outcome = '{outcome}'"));
        project.ok(&database.url(), &["upgrade", "--resume-at"]);
        assert_detached(&database);
    }
}

#[test]
fn nothing_of_it_is_done_before_everything_is_agreed_to() {
    let (project, database) = half_detached();
    project.revision("top", "parents: off\nconfirm: GO", "-- [up]\n-- [down]\n");
    let said = project.run_on(&database.url(), &["upgrade", "--format", "json"]);
    assert_eq!((said.code, said.error()["kind"].as_str()), (1, Some("not_confirmed")), "{said}");
    assert_eq!(database.value(IS_HALF_DETACHED), "t", "it is only looked at");
    project.ok(&database.url(), &["upgrade", "off"]);
    assert_detached(&database);
}

#[test]
fn the_rest_of_it_may_fail_and_is_gone_on_with() {
    let (project, database) = half_detached();
    let mut reader = database.client();
    let mut transaction = reader.transaction().unwrap();
    transaction.batch_execute("SELECT FROM part").unwrap();
    let said = project.run_on(&database.url(), &["upgrade", "--lock-timeout", "100ms"]);
    assert!(said.err.contains("--> revisions/off.sql:6:1\n"), "{said}");
    assert_eq!(database.rows("SELECT section, statement, outcome FROM revgraph.unfinished"), ["0 1 failed"]);
    transaction.commit().unwrap();
    upgrade(&project, &database, 0);
    assert_detached(&database);
}

/// A CREATE INDEX CONCURRENTLY waits for every transaction that is older: one that waited for the deployers' lock inside
/// the server would be one of these.
#[test]
fn waiting_deployers_are_not_in_the_way_of_an_index() {
    let (project, database) = (Project::new(), Database::new());
    project.revision("data", "", DATA);
    project.revision("off", "parents: data", "-- [up transaction=off]\nCREATE TABLE before ();\nSELECT pg_advisory_lock(42);\nSELECT pg_advisory_unlock(42);\nCREATE INDEX CONCURRENTLY i ON d (column1);\nCREATE TABLE after ();\n");
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    let mut gate = Gate::shut(&database);
    let spawn = || {
        let mut command = project.command(&["--database", &database.url(), "upgrade"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let first = spawn();
    gate.until_waiting(1);
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let mut child = spawn();
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
            assert!(lines.any(|line| line.starts_with("waiting for another deployer")));
            (child, lines)
        })
        .collect();
    gate.open();
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(0));
    for (mut child, lines) in waiting {
        let rest: Vec<String> = lines.collect();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{rest:?}");
    }
    assert_complete(&database);
}

/// Each statement that PostgreSQL refuses in a transaction is refused when the file is read, with the remedy.
#[test]
fn what_refuses_a_transaction_is_refused_before_anything_runs() {
    for statement in [
        "CREATE DATABASE x",
        "DROP DATABASE x",
        "VACUUM",
        "CLUSTER",
        "ALTER SYSTEM SET work_mem = '4MB'",
        "CREATE TABLESPACE x LOCATION '/x'",
        "DROP TABLESPACE x",
        "ALTER DATABASE x SET TABLESPACE pg_default",
        "REINDEX DATABASE x",
        "REINDEX SYSTEM x",
        "REINDEX (VERBOSE) SCHEMA public",
        "REINDEX INDEX CONCURRENTLY there",
        "REINDEX (CONCURRENTLY) TABLE d",
        "CREATE UNIQUE INDEX CONCURRENTLY ON d (column1)",
        "DROP INDEX CONCURRENTLY there",
        "ALTER TABLE parts DETACH PARTITION part CONCURRENTLY",
        "DISCARD ALL",
    ] {
        // The server agrees that it refuses it there.
        let (project, database) = (Project::new(), Database::new());
        project.revision("data", "", DATA);
        project.ok(&database.url(), &["upgrade"]);
        let refused = database.client().batch_execute(&format!("BEGIN; {statement}")).unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "25001", "{statement}: {refused}");
        for (section, direction) in [("up", "-- [down]\n"), ("down", "")] {
            let first = if section == "down" { "-- [up]\n" } else { "" };
            project.revision(
                "next",
                "parents: data",
                &format!("{first}-- [{section}]\nCREATE TABLE x ();\n{statement};\n{direction}"),
            );
            let said = project.run_on(&database.url(), &["upgrade"]);
            assert_eq!(said.code, 1, "{statement}");
            assert!(
                said.err.contains(&format!("put it into a section of its own: `-- [{section} transaction=off]`")),
                "{said}"
            );
        }
        assert_eq!(database.applied(), ["data"]);
    }
}

/// Wants to know how far an index has come.
struct Curious;

impl Attendant for Curious {
    fn watches(&self) -> bool {
        true
    }
}

#[test]
fn how_far_an_index_has_come_is_told() {
    let (project, database) = (Project::new(), Database::new());
    project.revision("data", "", DATA);
    project.revision("off", "parents: data", "-- [up transaction=off]\nCREATE TABLE before ();\nCREATE INDEX CONCURRENTLY i ON d (column1);\nCREATE TABLE after ();\n");
    project.ok(&database.url(), &["upgrade", "data"]);
    // A writer, for whose end it waits.
    let mut writer = database.client();
    let mut transaction = writer.transaction().unwrap();
    transaction.batch_execute("INSERT INTO d VALUES (3)").unwrap();
    let pid: i32 = transaction.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);

    let (tell, told) = std::sync::mpsc::channel();
    let url = database.url();
    let history = History::load(&project.path().join("revisions")).unwrap();
    let deployment = std::thread::spawn(move || {
        let spec = ConnectionSpec::resolve(Some(&url), &Environment::new(|_| None)).unwrap();
        let observer = Arc::new(move |notice| _ = tell.send(notice));
        let mut session = Session::open(&Location::Server(Box::new(spec)), "run", observer).unwrap();
        let actor = Actor { run: "run".to_owned(), host: String::new(), client: String::new() };
        let options = DeployOptions { lock_timeout: Duration::ZERO, ..DeployOptions::from(&Config::default()) };
        let (history, attendant, session) = (&history, &mut Curious, &mut session);
        let heads = ["heads".parse().unwrap()];
        Deployment { history, session, actor: &actor, options: &options, attendant }.upgrade(&heads).unwrap();
    });
    let waiting = loop {
        match told.recv_timeout(Duration::from_secs(60)).expect("it is told") {
            Notice::Building(building) if building.waits_for.is_some() => break building.to_string(),
            _ => {}
        }
    };
    let expected = format!("waiting for writers before build: 0 of 1 sessions (0 %), waits for pid {pid}");
    assert_eq!(waiting, expected);
    transaction.commit().unwrap();
    deployment.join().unwrap();
    assert!(told.iter().any(|notice| notice == Notice::Built));
    assert_complete(&database);
}

#[test]
fn what_an_interrupted_reindex_left_goes() {
    for statement in ["REINDEX TABLE CONCURRENTLY d", "REINDEX (CONCURRENTLY) INDEX there"] {
        let (project, database) = stopped_at(statement);
        // Cancelled while it waits for a writer, it leaves a second index that nobody can use.
        let mut writer = database.client();
        let mut transaction = writer.transaction().unwrap();
        transaction.batch_execute("INSERT INTO d VALUES (3)").unwrap();
        let url = database.socket_url();
        let half = std::thread::spawn(move || {
            postgres::Client::connect(&url, postgres::NoTls).unwrap().batch_execute(statement).unwrap_err()
        });
        Gate::shut(&database).until_waiting(1);
        database.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        half.join().unwrap();
        transaction.commit().unwrap();
        let indexes = "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid \
                       WHERE indrelid = 'd'::regclass ORDER BY 1";
        assert_eq!(database.rows(indexes), ["there t", "there_ccnew f"]);
        upgrade(&project, &database, 0);
        assert_complete(&database);
        assert_eq!(database.rows(indexes), ["there t"], "{statement}");
    }
}
