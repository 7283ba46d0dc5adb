//! What connecting costs, and what a broken line looks like.

use revgraph::database::Client;
use revgraph::database::connect::Failure;

use super::{failure, open, password, spec};
use crate::harness::{Database, Proxy, Secure};

/// The round trips from nothing to an open session.
fn cost(proxy: &Proxy, text: &str) -> usize {
    let before = proxy.round_trips();
    let _client: Client = open(&spec(text)).expect("a session");
    proxy.round_trips() - before
}

#[test]
fn connecting_costs_what_the_protocol_needs() {
    let database = Database::new();
    let proxy = Proxy::start(database.server().address());
    let url = proxy.url(&database);
    assert_eq!(cost(&proxy, &url), 1, "trust: one message, one answer");
    assert_eq!(cost(&proxy, &url.replace("disable", "prefer")), 2, "TLS was asked for and refused");
    assert_eq!(cost(&proxy, &format!("{url}&target_session_attrs=primary")), 2, "the query that answers it");
    assert_eq!(proxy.connections(), 3);

    let server = Secure::shared();
    let proxy = Proxy::start(server.server.address());
    let text =
        |mode| format!("host=localhost port={} dbname=postgres user=app sslmode={mode} {}", proxy.port(), password());
    assert_eq!(cost(&proxy, &text("disable")), 3, "SCRAM takes two more");
    assert_eq!(cost(&proxy, &text("require")), 5, "TLS takes two more");
    assert_eq!(proxy.connections(), 2, "no connection is made twice");
}

#[test]
fn a_batch_of_statements_is_one_round_trip() {
    let database = Database::new();
    let proxy = Proxy::start(database.server().address());
    let mut client = open(&spec(&proxy.url(&database))).expect("a session");
    let before = proxy.round_trips();
    client.batch_execute("SELECT 1; SELECT 2; SELECT 3").expect("three answers");
    assert_eq!(proxy.round_trips() - before, 1);
    for _ in 0..3 {
        client.batch_execute("SELECT 1").expect("an answer");
    }
    assert_eq!(proxy.round_trips() - before, 4);
}

#[test]
fn a_connection_that_breaks_while_it_is_made() {
    let database = Database::new();
    let proxy = Proxy::start(database.server().address());
    let spec = spec(&proxy.url(&database));
    proxy.cut_after_received(1);
    let error = failure(&spec);
    assert!(matches!(error.failure(), Failure::Protocol(_)), "{error}");
    assert!(open(&spec).is_ok(), "only the one connection was to break");
    proxy.cut_after_sent(4);
    let error = failure(&spec);
    assert!(matches!(error.failure(), Failure::Protocol(_)), "{error}");
}

#[test]
fn a_session_that_breaks_later() {
    let database = Database::new();
    let proxy = Proxy::start(database.server().address());
    let mut client = open(&spec(&proxy.url(&database))).expect("a session");
    client.batch_execute("CREATE TABLE t ()").expect("a table");
    proxy.cut();
    let error = client.batch_execute("CREATE TABLE u ()").expect_err("the line is cut");
    assert!(error.as_db_error().is_none(), "{error}");
    let tables: i64 = database
        .client()
        .query_one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", &[])
        .expect("a count")
        .get(0);
    assert_eq!(tables, 1);
}
