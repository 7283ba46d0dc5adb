//! What is said when a connection can't be made, and that no password is in it.

use std::time::Duration;

use revgraph::database::connect::{ConnectOptions, ConnectionSpec, Failure, connect};

use super::{dead_port, environment, failure, listener, password, secure, spec};
use crate::harness::{Database, PASSWORD, Secure, Server};

/// The message and the help, with this run's ports and directories made equal for every run.
fn told(text: &str) -> String {
    let error = failure(&spec(text));
    let shown = format!("{error}\n{}", error.help().unwrap_or_default());
    for form in [&shown, &format!("{error:?}"), &format!("{:?}", spec(text))] {
        assert!(!form.contains("s3kr1t"), "{form}");
        assert!(!form.contains(PASSWORD), "{form}");
    }
    shown
}

#[test]
fn nothing_listens() {
    let port = dead_port();
    assert_eq!(
        told(&format!("postgres://app:s3kr1t@127.0.0.1:{port}/db")),
        format!(
            "cannot connect to postgres://app@127.0.0.1:{port}/db: the connection was refused\n\
             is the server running, and does it listen on this address and port (listen_addresses, port)?"
        )
    );
}

#[test]
fn no_such_host() {
    let error = failure(&spec("postgres://app:s3kr1t@no-such-host.invalid/db"));
    assert!(
        matches!(error.failure(), Failure::HostUnknown { host, .. } if host == "no-such-host.invalid"),
        "{error:?}"
    );
}

#[test]
fn no_such_socket() {
    assert_eq!(
        told("postgres://app:s3kr1t@/db?host=/nonexistent"),
        "cannot connect to postgres://app@/db?host=/nonexistent&port=5432: \
         there is no usable socket /nonexistent/.s.PGSQL.5432 (No such file or directory (os error 2))\n\
         is the server running here? If its socket is elsewhere, or it is reached by TCP, give the host"
    );
}

#[test]
fn every_host_that_was_tried_is_named() {
    let port = dead_port();
    let error = failure(&spec(&format!("postgres://app@127.0.0.1:{port},[::1]:{port}/db")));
    let shown = error.to_string();
    assert!(shown.starts_with(&format!("cannot connect to postgres://app@127.0.0.1:{port}/db: ")), "{shown}");
    assert!(shown.contains(&format!("; cannot connect to postgres://app@[::1]:{port}/db: ")), "{shown}");
}

#[test]
fn no_such_database() {
    let port = Server::shared().port();
    assert_eq!(
        told(&format!("postgres://postgres@127.0.0.1:{port}/it's%20not%20there")),
        format!(
            "cannot connect to postgres://postgres@127.0.0.1:{port}/it%27s%20not%20there: \
             there is no database \"it's not there\"\n\
             create it: createdb 'it'\\''s not there'"
        )
    );
}

#[test]
fn a_wrong_password_is_traced_to_its_place() {
    let port = Secure::shared().server.port();
    let target = format!("cannot connect to postgres://app@127.0.0.1:{port}/postgres: ");
    assert_eq!(
        told(&secure("user=app password=s3kr1t-wrong")),
        format!(
            "{target}the server rejects the password of \"app\", which is from the connection string\n\
             correct the password in that place; the server says the same when the role does not exist"
        )
    );
    let variables = environment(&[("PGPASSWORD", "s3kr1t-wrong")]);
    let spec = ConnectionSpec::resolve(Some(&secure("user=app")), &variables).expect("a target");
    assert_eq!(
        failure(&spec).to_string(),
        format!("{target}the server rejects the password of \"app\", which is from the variable PGPASSWORD")
    );
}

#[test]
fn a_missing_password_comes_with_the_places_for_it() {
    let home = tempfile::TempDir::new().expect("a directory");
    let spec =
        ConnectionSpec::resolve(Some(&secure("user=app")), &environment(&[]).home(home.path())).expect("a target");
    let error = failure(&spec);
    assert!(error.to_string().ends_with("the server asks for the password of \"app\", and none is given"), "{error}");
    assert_eq!(
        error.help(),
        Some(format!(
            "set PGPASSWORD, or add a line host:port:database:user:password to {}/.pgpass",
            home.path().display()
        ))
    );
}

#[test]
fn a_host_that_says_no_ends_the_search() {
    let port = Secure::shared().server.port();
    let text = format!("host=127.0.0.1,127.0.0.1 port={port} dbname=postgres user=app password=s3kr1t-wrong");
    assert_eq!(told(&text).matches("cannot connect").count(), 1);
}

#[test]
fn the_servers_rules_are_pointed_at() {
    let shown = told(&secure(&format!("user=tls_only sslmode=disable {}", password())));
    assert!(shown.contains("pg_hba.conf rejects connection"), "{shown}");
    assert!(shown.contains("with TLS or without"), "{shown}");
}

#[test]
fn a_full_server_is_told_apart() {
    let database = Database::new();
    database.execute("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0");
    let text = database.url().replace("postgres@", "crowded@");
    let error = failure(&spec(&text));
    assert!(matches!(error.failure(), Failure::TooManyConnections { .. }), "{error}");
    database.execute("DROP ROLE crowded");
}

#[test]
fn a_silent_server_is_given_up() {
    let silent = listener();
    let port = silent.local_addr().expect("a bound port").port();
    let limit = Duration::from_millis(50);
    let options = ConnectOptions { connect_timeout: limit, ..ConnectOptions::default() };
    let Err(error) = connect(&spec(&format!("postgres://app@127.0.0.1:{port}/db")), &options) else {
        panic!("nobody was there");
    };
    assert!(matches!(error.failure(), Failure::TimedOut(after) if *after == limit), "{error}");
}

#[test]
fn something_else_listens() {
    let other = listener();
    let port = other.local_addr().expect("a bound port").port();
    let closing = std::thread::spawn(move || drop(other.accept()));
    let error = failure(&spec(&format!("postgres://app@127.0.0.1:{port}/db?sslmode=disable")));
    assert_eq!(
        error.to_string(),
        format!("cannot connect to postgres://app@127.0.0.1:{port}/db: the server closed the connection")
    );
    closing.join().expect("the other listener ends");
}
