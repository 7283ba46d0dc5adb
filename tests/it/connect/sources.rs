//! Where a target comes from: URL, key=value, variables, service, password file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use revgraph::database::connect::{ConnectOptions, ConnectionSpec, Failure, Warning, connect};
use tempfile::TempDir;

use super::{dead_port, environment, failure, open, password, secure, spec, value};
use crate::harness::{Database, PASSWORD, Secure, program};

/// Which database and role, and whether by a socket.
const WHERE: &str = "SELECT current_database() || ' ' || current_user || ' '
    || CASE WHEN inet_server_addr() IS NULL THEN 'socket' ELSE 'tcp' END";

#[test]
fn each_form_reaches_the_database() {
    let database = Database::new();
    let name = database.name();
    let directory = database.server().directory().display().to_string();
    let port = database.server().port().to_string();
    let tcp = format!("{name} postgres tcp");
    let socket = format!("{name} postgres socket");

    let key_value = format!("host = 127.0.0.1 port={port} user='postgres' dbname={name}");
    let by_address = format!("hostaddr=127.0.0.1 port={port} user=postgres dbname={name}");
    for (text, expected) in
        [(database.url(), &tcp), (database.socket_url(), &socket), (key_value, &tcp), (by_address, &tcp)]
    {
        let mut client = open(&spec(&text)).expect(&text);
        assert_eq!(value(&mut client, WHERE), *expected, "{text}");
    }

    let variables = [("PGHOST", directory.as_str()), ("PGPORT", &port), ("PGUSER", "postgres"), ("PGDATABASE", name)];
    let from_variables = ConnectionSpec::resolve(None, &environment(&variables)).expect("a target");
    let mut client = open(&from_variables).expect("a session");
    assert_eq!(value(&mut client, WHERE), socket);
}

#[test]
fn user_and_database_default_to_the_system_user() {
    let database = Database::new();
    let text = format!("host=127.0.0.1 port={}", database.server().port());
    let spec = ConnectionSpec::resolve(Some(&text), &environment(&[]).user("postgres")).expect("a target");
    let mut client = open(&spec).expect("a session");
    assert_eq!(value(&mut client, WHERE), "postgres postgres tcp");
    let mut client = open(&spec.with_database(database.name())).expect("a session");
    assert_eq!(value(&mut client, "SELECT current_database()::text"), database.name());
}

#[test]
fn the_session_is_named_by_text_then_variable_then_caller() {
    let database = Database::new();
    let named = format!("{}&application_name=text", database.url());
    for (text, variables, expected) in [
        (&named, vec![("PGAPPNAME", "variable")], "text"),
        (&database.url(), vec![("PGAPPNAME", "variable")], "variable"),
        (&database.url(), vec![], "revgraph"),
    ] {
        let spec = ConnectionSpec::resolve(Some(text), &environment(&variables)).expect("a target");
        let mut client = open(&spec).expect("a session");
        assert_eq!(value(&mut client, "SHOW application_name"), expected);
    }
}

#[test]
fn options_reach_the_server_and_notices_the_caller() {
    let database = Database::new();
    let text = format!("{}&options=-c%20work_mem%3D7MB", database.url());
    let notices = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&notices);
    let options = ConnectOptions {
        on_notice: Arc::new(move |notice| {
            seen.lock().expect("no panic while held").push(notice.message().to_owned());
        }),
        ..ConnectOptions::default()
    };
    let mut client = connect(&spec(&text), &options).expect("a session");
    assert_eq!(value(&mut client, "SHOW work_mem"), "7MB");
    client.batch_execute("DO $$ BEGIN RAISE NOTICE 'hello'; END $$").expect("a notice");
    assert_eq!(*notices.lock().expect("no panic while held"), ["hello"]);
}

#[test]
fn a_service_is_weaker_than_the_text_and_stronger_than_variables() {
    let database = Database::new();
    let home = TempDir::new().expect("a directory");
    let service = format!(
        "# comment\n[other]\nhost=nowhere.invalid\n[mine]\nhost=127.0.0.1\nport={}\nuser=postgres\ndbname=absent\n\
         [later]\nuser=nobody\n",
        database.server().port()
    );
    fs::write(home.path().join(".pg_service.conf"), service).expect("a file");
    let environment = environment(&[("PGSERVICE", "mine"), ("PGUSER", "stranger")]).home(home.path());
    let text = format!("dbname={}", database.name());
    let spec = ConnectionSpec::resolve(Some(&text), &environment).expect("a target");
    let mut client = open(&spec).expect("a session");
    assert_eq!(value(&mut client, WHERE), format!("{} postgres tcp", database.name()));
}

#[test]
fn a_password_is_taken_from_text_variable_or_file() {
    let home = home_with_password_file(0o600);
    let without = secure("user=app");
    let with = format!("{without} {}", password());
    let port = Secure::shared().server.port();
    let encoded = "s3kr1t%3A%40%2F%5C%20%C3%BC";
    let url = format!("postgres://app:{encoded}@127.0.0.1:{port}/postgres");
    for (text, variables, home) in [
        (&with, vec![], None),
        (&url, vec![], None),
        (&without, vec![("PGPASSWORD", PASSWORD)], None),
        (&without, vec![], Some(home.path())),
        // A wrong one in the file is not looked at when another place has one.
        (&with, vec![("PGPASSWORD", "wrong")], Some(Path::new("/nonexistent"))),
    ] {
        let mut environment = environment(&variables);
        if let Some(home) = home {
            environment = environment.home(home);
        }
        let spec = ConnectionSpec::resolve(Some(text), &environment).expect("a target");
        let mut client = open(&spec).expect("a session");
        assert_eq!(value(&mut client, "SELECT current_user::text"), "app");
    }
}

#[test]
fn a_password_file_that_others_can_read_is_ignored_with_a_warning() {
    let home = home_with_password_file(0o640);
    let environment = environment(&[]).home(home.path());
    let spec = ConnectionSpec::resolve(Some(&secure("user=app")), &environment).expect("a target");
    let file = home.path().join(".pgpass");
    assert_eq!(spec.warnings(), [Warning::PasswordFileOpenToOthers(file.clone())]);
    assert!(spec.warnings()[0].to_string().contains("chmod 600"));
    let error = failure(&spec);
    assert!(matches!(error.failure(), Failure::PasswordMissing { searched: Some(searched), .. } if *searched == file));
}

/// A home whose password file has the right line behind a wrong and a similar one.
fn home_with_password_file(mode: u32) -> TempDir {
    let home = TempDir::new().expect("a directory");
    let file = home.path().join(".pgpass");
    let escaped = PASSWORD.replace('\\', r"\\").replace(':', r"\:");
    let lines = format!("*:1:*:*:wrong\n127.0.0.1:*:other:app:wrong\n127.0.0.1:*:*:app:{escaped}\n");
    fs::write(&file, lines).expect("a file");
    fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("our own file");
    home
}

#[test]
fn postgres_own_programs_are_led_to_the_same_target() {
    let secure_server = Secure::shared();
    let text = format!(
        "host=localhost port={} dbname=postgres user=tls_only {} sslmode=verify-full sslrootcert={} options='-c work_mem=7MB'",
        secure_server.server.port(),
        password(),
        secure_server.root_file().display()
    );
    let mut psql = Command::new(program("psql"));
    psql.args(["-X", "-A", "-t", "-w", "-c"])
        .arg("SELECT current_user, ssl, current_setting('work_mem') FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        // What must not be inherited.
        .env("PGSERVICE", "nonsense")
        .env("PGHOSTADDR", "192.0.2.1");
    spec(&text).set_libpq_environment(&mut psql);
    let output = psql.output().expect("psql can be run");
    assert_eq!(String::from_utf8_lossy(&output.stderr).as_ref(), "", "nothing on stderr");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "tls_only|t|7MB\n");
}

#[test]
fn the_next_host_is_tried_where_one_does_not_answer() {
    let database = Database::new();
    let text = format!(
        "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/{}",
        dead_port(),
        database.server().port(),
        database.name()
    );
    let mut client = open(&spec(&text)).expect("a session");
    assert_eq!(value(&mut client, "SELECT current_database()::text"), database.name());
}

#[test]
fn the_session_must_be_of_the_kind_asked_for() {
    let database = Database::new();
    database.execute(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name()));
    let with = |attribute: &str| spec(&format!("{}&target_session_attrs={attribute}", database.url()));
    for accepted in ["any", "read-only", "primary", "prefer-standby"] {
        assert!(open(&with(accepted)).is_ok(), "{accepted}");
    }
    for refused in ["read-write", "standby"] {
        let error = failure(&with(refused));
        assert!(matches!(error.failure(), Failure::WrongSession { wanted } if *wanted == refused), "{error}");
    }
}
