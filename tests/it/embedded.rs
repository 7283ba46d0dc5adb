//! What the embedded server promises to the ordinary `postgres` client.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use postgres::error::SqlState;
use postgres::{Client, NoTls, SimpleQueryMessage};
use revgraph::database::embedded::{Embedded, EmbeddedError};

type Outcome = Result<(), Box<dyn Error>>;

/// Set for the process that a test starts from this binary, to hold or lose a directory: what it does.
const ROLE: &str = "EMBEDDED_TEST_ROLE";
const DIRECTORY: &str = "EMBEDDED_TEST_DIRECTORY";

/// The ordinary client of the `postgres` crate.
fn connect(server: &Embedded) -> Result<Client, postgres::Error> {
    config(server).connect(NoTls)
}

fn config(server: &Embedded) -> postgres::Config {
    postgres::Config::from(server.config())
}

fn number(client: &mut Client, sql: &str) -> Result<i64, postgres::Error> {
    client.query_one(sql, &[])?.try_get(0)
}

fn text(client: &mut Client, sql: &str) -> Result<Option<String>, postgres::Error> {
    client.query_one(sql, &[])?.try_get(0)
}

/// One server for all that needs no directory: starting one takes longest.
#[test]
fn in_memory() -> Outcome {
    let server = Embedded::in_memory()?;
    both_query_protocols(&server)?;
    an_error_drops_the_rest_of_its_message(&server)?;
    copy_goes_in_and_out(&server)?;
    a_new_connection_is_a_new_session(&server)?;
    a_second_connection_is_refused(&server)?;
    a_dropped_client_lets_the_next_one_in(&server)?;
    #[cfg(unix)]
    half_a_message_is_not_run(&server)?;
    other_databases_are_reached_by_name(&server)?;
    only_postgres_may_log_in(&server)?;
    extensions_are_there(&server)?;
    deep_nesting_is_an_error(&server)?;
    Ok(())
}

fn both_query_protocols(server: &Embedded) -> Outcome {
    let mut client = connect(server)?;
    client.batch_execute("CREATE TABLE item (id bigint, name text); INSERT INTO item VALUES (1, 'one'), (2, NULL)")?;
    let insert = client.prepare("INSERT INTO item VALUES ($1, $2)")?;
    assert_eq!(client.execute(&insert, &[&3_i64, &"three"])?, 1);
    let rows = client.query("SELECT name FROM item WHERE id >= $1 ORDER BY id", &[&2_i64])?;
    let names: Vec<Option<String>> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(names, [None, Some("three".to_owned())]);

    // An error in a prepared statement leaves the session usable.
    let error = client.execute(&insert, &[&4_i64, &"x\0y"]).expect_err("text holds no NUL");
    assert_eq!(error.code(), Some(&SqlState::CHARACTER_NOT_IN_REPERTOIRE));
    assert_eq!(number(&mut client, "SELECT count(*) FROM item")?, 3);

    let version = text(&mut client, "SHOW server_version")?.unwrap_or_default();
    assert!(version.starts_with("18."), "{version}");
    for (setting, value) in
        [("search_path", "\"$user\", public"), ("TimeZone", "UTC"), ("allow_system_table_mods", "off")]
    {
        assert_eq!(text(&mut client, &format!("SHOW {setting}"))?.as_deref(), Some(value));
    }
    Ok(())
}

fn an_error_drops_the_rest_of_its_message(server: &Embedded) -> Outcome {
    let mut client = connect(server)?;
    let message = "BEGIN; CREATE TABLE a (); COMMIT; \
                   BEGIN; CREATE TABLE b (); SELECT 1/0; COMMIT; \
                   BEGIN; CREATE TABLE c (); COMMIT";
    let error = client.batch_execute(message).expect_err("a division by zero");
    assert_eq!(error.code(), Some(&SqlState::DIVISION_BY_ZERO));
    client.batch_execute("ROLLBACK")?;
    let made = text(&mut client, "SELECT string_agg(relname, ' ') FROM pg_class WHERE relname IN ('a', 'b', 'c')")?;
    assert_eq!(made.as_deref(), Some("a"));

    let results = client.simple_query("SELECT 1; SELECT 2 UNION ALL SELECT 3")?;
    let rows = results.iter().filter(|result| matches!(result, SimpleQueryMessage::Row(_))).count();
    assert_eq!(rows, 3);
    Ok(())
}

fn copy_goes_in_and_out(server: &Embedded) -> Outcome {
    let mut client = connect(server)?;
    client.batch_execute("CREATE TABLE copied (id bigint, note text)")?;
    let lines: String = (0..20_000).map(|id| format!("{id}\tnote {id}\n")).collect();
    let mut writer = client.copy_in("COPY copied FROM STDIN")?;
    writer.write_all(lines.as_bytes())?;
    assert_eq!(writer.finish()?, 20_000);
    let mut back = String::new();
    client.copy_out("COPY (SELECT * FROM copied ORDER BY id) TO STDOUT")?.read_to_string(&mut back)?;
    assert_eq!(back, lines);

    // A COPY that its client gives up leaves nothing, and the session goes on.
    let mut writer = client.copy_in("COPY copied FROM STDIN")?;
    writer.write_all(b"1\tabandoned\n")?;
    drop(writer);
    assert_eq!(number(&mut client, "SELECT count(*) FROM copied")?, 20_000);
    Ok(())
}

/// A statement gives a notice and then waits for a file, which only who heard the notice makes.
fn notices_come_while_the_statement_still_runs(server: &Embedded, directory: &Path) -> Outcome {
    let file = directory.join("cluster/pgdata/heard");
    let mut config = config(server);
    config.notice_callback(move |_| std::fs::write(&file, "").expect("the data directory is writable"));
    let wait = "DO $$ BEGIN RAISE NOTICE 'go'; \
                FOR n IN 1..1000000 LOOP IF (pg_stat_file('heard', true)).size IS NOT NULL THEN RETURN; END IF; END LOOP; \
                RAISE EXCEPTION 'nobody heard'; END $$";
    config.connect(NoTls)?.batch_execute(wait)?;
    Ok(())
}

fn a_new_connection_is_a_new_session(server: &Embedded) -> Outcome {
    let mut first = config(server).application_name("first").connect(NoTls)?;
    first.batch_execute(
        "CREATE TABLE kept (); SET search_path = nowhere; SET my.own = 'leak'; CREATE TEMP TABLE gone (); \
         PREPARE p AS SELECT 1; SELECT pg_advisory_lock(1); LISTEN channel; \
         CREATE ROLE somebody",
    )?;
    first.batch_execute("BEGIN; CREATE TABLE public.lost (); SET SESSION AUTHORIZATION somebody")?;
    assert_eq!(text(&mut first, "SHOW application_name")?.as_deref(), Some("first"));
    drop(first);

    let mut config = config(server);
    let mut second = config.options("-c work_mem=5MB").connect(NoTls)?;
    assert_eq!(text(&mut second, "SHOW search_path")?.as_deref(), Some("\"$user\", public"));
    assert_eq!(text(&mut second, "SELECT current_setting('my.own', true)")?, None);
    assert_eq!(text(&mut second, "SELECT session_user::text")?.as_deref(), Some("postgres"));
    assert_eq!(text(&mut second, "SHOW work_mem")?.as_deref(), Some("5MB"));
    let left = "SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') \
                     + (SELECT count(*) FROM pg_prepared_statements WHERE from_sql) \
                     + (SELECT count(*) FROM pg_listening_channels()) \
                     + (SELECT count(*) FROM pg_class WHERE relname IN ('gone', 'lost'))";
    assert_eq!(number(&mut second, left)?, 0);
    assert_eq!(number(&mut second, "SELECT count(*) FROM kept")?, 0);
    Ok(())
}

fn a_second_connection_is_refused(server: &Embedded) -> Outcome {
    let mut first = connect(server)?;
    let error = connect(server).err().expect("one session at a time");
    assert_eq!(error.code(), Some(&SqlState::TOO_MANY_CONNECTIONS), "{error}");
    // The first one is not disturbed, and neither does a cancel request hurt it.
    first.cancel_token().cancel_query(NoTls)?;
    assert_eq!(number(&mut first, "SELECT 1::bigint")?, 1);
    Ok(())
}

/// A client that goes away in the middle of a COPY, of a transaction, or of nothing.
fn a_dropped_client_lets_the_next_one_in(server: &Embedded) -> Outcome {
    let mut client = connect(server)?;
    client.batch_execute("BEGIN; CREATE TABLE uncommitted ()")?;
    let mut copy = client.copy_in("COPY copied FROM STDIN")?;
    copy.write_all(b"2\tunfinished")?;
    copy.flush()?;
    drop(copy);
    drop(client);
    let mut client = connect(server)?;
    assert_eq!(number(&mut client, "SELECT count(*) FROM pg_class WHERE relname = 'uncommitted'")?, 0);
    // What was committed without waiting for the disk is there in the next session.
    client.batch_execute("SET synchronous_commit = off; CREATE TABLE asynchronous ()")?;
    drop(client);
    let mut client = connect(server)?;
    assert_eq!(number(&mut client, "SELECT count(*) FROM asynchronous")?, 0);
    Ok(())
}

/// A client that speaks the protocol by hand, asks for TLS first, and dies in the middle of a statement.
#[cfg(unix)]
fn half_a_message_is_not_run(server: &Embedded) -> Outcome {
    let config = config(server);
    let [postgres::config::Host::Unix(directory)] = config.get_hosts() else { return Err("no Unix socket".into()) };
    let mut socket = std::os::unix::net::UnixStream::connect(directory.join(".s.PGSQL.5432"))?;
    socket.write_all(&[0, 0, 0, 8, 4, 210, 22, 47])?;
    let mut answer = [0];
    socket.read_exact(&mut answer)?;
    assert_eq!(&answer, b"N");
    socket.write_all(b"\0\0\0\x17\0\x03\0\0user\0postgres\0\0")?;
    socket.read_exact(&mut answer)?;
    assert_eq!(&answer, b"R");
    // Two bytes short: whatever came after it would complete the statement.
    socket.write_all(b"Q\0\0\0\x1bDROP TABLE copied; --")?;
    drop(socket);

    let mut client = connect(server)?;
    assert!(number(&mut client, "SELECT count(*) FROM copied")? > 0);
    Ok(())
}

fn other_databases_are_reached_by_name(server: &Embedded) -> Outcome {
    let mut client = connect(server)?;
    client.batch_execute("CREATE DATABASE other STRATEGY file_copy")?;
    drop(client);
    let mut client = config(server).dbname("other").connect(NoTls)?;
    assert_eq!(text(&mut client, "SELECT current_database()::text")?.as_deref(), Some("other"));
    drop(client);
    let error = config(server).dbname("missing").connect(NoTls).err().expect("no such database");
    assert_eq!(error.code(), Some(&SqlState::UNDEFINED_DATABASE), "{error}");
    let mut client = connect(server)?;
    client.batch_execute("DROP DATABASE other")?;
    Ok(())
}

fn only_postgres_may_log_in(server: &Embedded) -> Outcome {
    let error = config(server).user("somebody").connect(NoTls).err().expect("no such login");
    assert_eq!(error.code(), Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION), "{error}");
    Ok(())
}

fn extensions_are_there(server: &Embedded) -> Outcome {
    let mut client = connect(server)?;
    for extension in ["plpgsql", "pgcrypto", "citext", "hstore", "pg_trgm", "btree_gist", "ltree", "uuid-ossp"] {
        client.batch_execute(&format!("CREATE EXTENSION IF NOT EXISTS \"{extension}\""))?;
    }
    let digest = text(&mut client, "SELECT encode(digest('a', 'sha256'), 'hex')")?;
    assert_eq!(digest.as_deref(), Some("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"));
    Ok(())
}

/// The engine's stack is its own: running out of it must be an SQL error, not the end of the session or the process.
fn deep_nesting_is_an_error(server: &Embedded) -> Outcome {
    let mut client = connect(server)?;
    client.batch_execute(&format!("SELECT {}1", "1+".repeat(3_000)))?;
    let error = client.batch_execute(&format!("SELECT {}1", "1+".repeat(30_000))).expect_err("far too deep");
    assert_eq!(error.code(), Some(&SqlState::STATEMENT_TOO_COMPLEX), "{error}");
    Ok(())
}

#[test]
fn a_directory_keeps_what_was_committed() -> Outcome {
    let place = tempfile::tempdir()?;
    // A path with a symbolic link in it.
    let directory = place.path().join("link");
    std::fs::create_dir(place.path().join("real"))?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(place.path().join("real"), &directory)?;
    {
        let server = Embedded::in_directory(&directory, Duration::ZERO)?;
        let mut client = connect(&server)?;
        client.batch_execute("CREATE TABLE t (n int); INSERT INTO t VALUES (42)")?;
        // The server goes first: its client is hung up on.
        drop(server);
        assert!(client.batch_execute("SELECT 1").is_err());
    }
    let server = Embedded::in_directory(&directory, Duration::ZERO)?;
    let mut client = connect(&server)?;
    assert_eq!(number(&mut client, "SELECT n::bigint FROM t")?, 42);
    drop(client);
    notices_come_while_the_statement_still_runs(&server, &directory)?;

    // In use, also by this very process.
    match Embedded::in_directory(&directory, Duration::from_millis(50)) {
        Err(EmbeddedError::Busy { holder, waited, .. }) => {
            assert_eq!(holder, Some(std::process::id()));
            assert!(waited >= Duration::from_millis(50));
        }
        other => panic!("expected that the directory is busy, got {other:?}"),
    }
    drop(server);

    std::fs::write(directory.join("cluster/pgdata/PG_VERSION"), "17\n")?;
    match Embedded::in_directory(&directory, Duration::ZERO) {
        Err(EmbeddedError::OtherVersion { found, .. }) => assert_eq!(found, "17"),
        other => panic!("expected another version, got {other:?}"),
    }
    // Nothing was left outside of the directory that was named.
    let mut around: Vec<_> =
        std::fs::read_dir(place.path())?.map(|entry| entry.map(|e| e.file_name())).collect::<Result<_, _>>()?;
    around.sort();
    assert_eq!(around, ["link", "real"]);
    Ok(())
}

#[test]
fn a_directory_that_cannot_be_made_is_named() -> Outcome {
    let file = tempfile::NamedTempFile::new()?;
    let directory = file.path().join("below");
    match Embedded::in_directory(&directory, Duration::ZERO) {
        Err(EmbeddedError::Directory { path, .. }) => assert_eq!(path, directory),
        other => panic!("expected an error about the directory, got {other:?}"),
    }
    Ok(())
}

/// Another process holds the directory and is killed while it writes.
#[test]
fn a_killed_process_loses_nothing_committed() -> Outcome {
    let place = tempfile::tempdir()?;
    let mut other = start("writer", place.path())?;
    let mut said = BufReader::new(other.stdout.take().ok_or("no stdout")?).lines().map_while(Result::ok);
    let first = said.find_map(|line| line.parse().ok()).ok_or("the writer reported no commit")?;

    match Embedded::in_directory(place.path(), Duration::ZERO) {
        Err(EmbeddedError::Busy { holder, .. }) => assert_eq!(holder, Some(other.id())),
        busy => panic!("expected that the directory is busy, got {busy:?}"),
    }
    other.kill()?;
    let acknowledged: i64 = said.filter_map(|line| line.parse().ok()).last().unwrap_or(first);
    other.wait()?;

    let server = Embedded::in_directory(place.path(), Duration::from_secs(10))?;
    let mut client = connect(&server)?;
    let highest = number(&mut client, "SELECT max(n) FROM written")?;
    assert!(highest == acknowledged || highest == acknowledged + 1, "{highest} written, {acknowledged} acknowledged");
    assert_eq!(number(&mut client, "SELECT count(*) FROM written")?, highest, "no gap");
    client.batch_execute("INSERT INTO written VALUES (0)")?;
    Ok(())
}

fn start(role: &str, directory: &Path) -> std::io::Result<std::process::Child> {
    Command::new(std::env::current_exe()?)
        .args(["--exact", "embedded::other_process", "--nocapture", "--quiet"])
        .env(ROLE, role)
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
}

/// Not a test: what [`start`] runs in another process.
#[test]
fn other_process() -> Outcome {
    let (Ok(role), Ok(directory)) = (std::env::var(ROLE), std::env::var(DIRECTORY)) else {
        return Ok(());
    };
    assert_eq!(role, "writer");
    let server = Embedded::in_directory(Path::new(&directory), Duration::ZERO)?;
    let mut client = connect(&server)?;
    client.batch_execute("CREATE TABLE written (n bigint)")?;
    let mut out = std::io::stdout();
    for n in 1_i64.. {
        client.execute("INSERT INTO written VALUES ($1)", &[&n])?;
        writeln!(out, "{n}")?;
        out.flush()?;
    }
    Ok(())
}
