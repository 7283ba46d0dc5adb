//! Reaching a server: every way to say where it is, and what is said when it can't be reached.

mod failures;
mod round_trips;
mod sources;
mod tls;

use std::collections::HashMap;
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpListener};

use postgres::SimpleQueryMessage;
use revgraph::database::Client;
use revgraph::database::connect::{ConnectError, ConnectOptions, ConnectionSpec, Environment, connect};

use crate::harness::{PASSWORD, Project, Secure};

/// An environment of these variables and nothing else, so that nothing of the machine's gets into a test.
fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables: HashMap<String, OsString> =
        variables.iter().map(|(name, value)| (name.to_string(), value.into())).collect();
    Environment::new(move |name| variables.get(name).cloned())
}

fn spec(text: &str) -> ConnectionSpec {
    ConnectionSpec::resolve(Some(text), &environment(&[])).expect("a connection string")
}

/// A session with the defaults.
fn open(spec: &ConnectionSpec) -> Result<Client, ConnectError> {
    connect(spec, &ConnectOptions::default())
}

/// What goes wrong with a connection that can't be made.
fn failure(spec: &ConnectionSpec) -> ConnectError {
    match open(spec) {
        Ok(_) => panic!("{spec} was connected to"),
        Err(error) => error,
    }
}

/// A column of a query's only row, as text.
fn value(client: &mut Client, query: &str) -> String {
    let results = client.simple_query(query).expect("the query runs");
    let row = results.iter().find_map(|result| match result {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    row.expect("one row").to_owned()
}

/// A connection string for the server that asks for passwords, at an address that its certificate does not name.
fn secure(rest: &str) -> String {
    format!("host=127.0.0.1 port={} dbname=postgres {rest}", Secure::shared().server.port())
}

/// `password=…` for a connection string.
fn password() -> String {
    let escaped = PASSWORD.replace('\\', r"\\").replace('\'', r"\'");
    format!("password='{escaped}'")
}

/// A port at which nothing listens: it was ours a moment ago.
fn dead_port() -> u16 {
    listener().local_addr().expect("a bound port").port()
}

fn listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")
}

#[test]
fn bad_files_are_told_whatever_the_server_does() {
    let project = Project::new();
    project.revision("r1", "", "-- [up]\nCOMMIT;\n-- [down]\n");
    // It accepts, never says a word, and is waited for for ever.
    let silent = listener();
    let port = silent.local_addr().unwrap().port();
    let silent_url = format!("postgres://app@127.0.0.1:{port}/app?sslmode=disable&connect_timeout=0");
    let dead_url = format!("postgres://app@127.0.0.1:{}/app", dead_port());
    let expected = project.run(&["heads"]);
    assert_eq!(expected.code, 1);
    for url in [silent_url, dead_url, "postgres://app@/app?nonsense=1".to_owned()] {
        for arguments in [&["upgrade"][..], &["downgrade", "base"], &["current"], &["check"], &["stamp", "head"]] {
            let said = project.run_on(&url, arguments);
            assert_eq!((said.code, &said.err), (1, &expected.err), "{arguments:?} on {url}");
        }
    }
}
