//! A whole upgrade costs a constant number of round trips.

use crate::harness::{Database, PASSWORD, Project, Proxy, Secure};

/// A chain of that many revisions that change next to nothing, so that the server has little to do.
fn chain(length: usize) -> Project {
    let project = Project::new();
    for number in 1..=length {
        let parent = if number == 1 { String::new() } else { format!("parents: r{:04}", number - 1) };
        project.revision(&format!("r{number:04}"), &parent, &format!("-- [up]\nSELECT {number};\n-- [down]\n"));
    }
    project
}

/// What a command costs in all, connecting included.
fn cost(project: &Project, proxy: &Proxy, url: &str, arguments: &[&str]) -> usize {
    let before = proxy.round_trips();
    project.ok(url, arguments);
    proxy.round_trips() - before
}

/// What SCRAM takes beyond what trust does.
const SCRAM: usize = 2;

/// The costs on one database: `extra` is what connecting takes beyond a single round trip.
fn costs(proxy: &Proxy, url: &str, extra: usize) {
    let project = chain(1_011);
    let cost = |arguments: &[&str]| cost(&project, proxy, url, arguments) - extra;
    assert!(cost(&["upgrade", "r0001"]) <= 20 - SCRAM, "the ledger is made first");
    let ten = cost(&["upgrade", "r0011"]);
    assert!(ten <= 8 - SCRAM, "{ten}");
    assert_eq!(cost(&["upgrade"]), ten, "a thousand more cost no more than ten");
    let nothing = cost(&["upgrade"]);
    assert!(nothing <= 4 - SCRAM, "{nothing}");
    assert_eq!(cost(&["downgrade", "base"]), ten);
}

#[test]
fn a_server_that_trusts() {
    let database = Database::new();
    let proxy = Proxy::start(database.server().address());
    costs(&proxy, &proxy.url(&database), 0);
    assert_eq!(proxy.connections(), 5, "one for each command");
}

#[test]
fn a_server_that_asks_for_a_password() {
    let server = &Secure::shared().server;
    server.client("postgres").batch_execute("CREATE DATABASE counted OWNER app").unwrap();
    let proxy = Proxy::start(server.address());
    let password: String = PASSWORD.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let url = format!("postgres://app:{password}@127.0.0.1:{}/counted?sslmode=disable", proxy.port());
    costs(&proxy, &url, SCRAM);
}

#[test]
fn a_mebibyte_is_a_message() {
    let (project, database) = (chain(1), Database::new());
    let proxy = Proxy::start(database.server().address());
    let url = proxy.url(&database);
    project.ok(&url, &["upgrade"]);
    let parts = 60;
    for number in 2..2 + parts {
        let sections = format!("-- [up]\nSELECT length('{}');\n-- [down]\n", "x".repeat(3 * 1024 * 1024 / parts));
        project.revision(&format!("r{number:04}"), &format!("parents: r{:04}", number - 1), &sections);
    }
    let small = chain(2);
    let other = Database::new();
    small.ok(&other.url(), &["upgrade", "+1"]);
    let proxy_to_other = Proxy::start(other.server().address());
    let one_message = cost(&small, &proxy_to_other, &proxy_to_other.url(&other), &["upgrade"]);
    // What runs counts; that the ledger keeps each text too makes the messages longer, not more.
    let messages = 1 + cost(&project, &proxy, &url, &["upgrade"]) - one_message;
    assert!((3..=4).contains(&messages), "{messages}");
    assert_eq!(database.applied().len(), 1 + parts);
}

#[test]
fn what_only_reads_is_cheap() {
    let (project, database) = (chain(50), Database::new());
    let proxy = Proxy::start(database.server().address());
    let url = proxy.url(&database);
    project.ok(&url, &["upgrade"]);
    // What is retired, and who may write the ledger, `check` asks for as well.
    for (arguments, most) in [("current", 2), ("check", 4), ("log", 3), ("history", 3)] {
        let cost = cost(&project, &proxy, &url, &[arguments]);
        assert!(cost <= most, "{arguments}: {cost}");
    }
}

#[test]
fn a_run_of_a_batch_is_one() {
    let (project, database) = (Project::new(), Database::new());
    let proxy = Proxy::start(database.server().address());
    let url = proxy.url(&database);
    let table = "-- [up]\nCREATE TABLE d AS SELECT id, false AS done FROM generate_series(1, 100) id;\n";
    project.revision("data", "", table);
    let sections = |rows: u32| {
        format!("-- [batch]\nUPDATE d SET done = true WHERE id IN (SELECT id FROM d WHERE NOT done LIMIT {rows});\n")
    };
    project.revision("fast", "parents: data", &sections(100));
    project.ok(&url, &["upgrade", "data"]);
    let one = cost(&project, &proxy, &url, &["upgrade"]);
    database.execute("UPDATE d SET done = false");
    project.revision("slow", "parents: fast", &sections(2));
    let fifty = cost(&project, &proxy, &url, &["upgrade"]);
    assert!(fifty <= one + 49, "{fifty} for fifty runs, {one} for one");
}
