//! A whole upgrade costs a constant number of round trips.

use postgres::Client;

use crate::harness::{Database, PASSWORD, Project, Proxy, Secure, until};

/// A chain of that many revisions that change next to nothing, so that the server has little to do.
fn chain(length: usize) -> Project {
    let project = Project::new();
    // Nobody looks on for locks, however long the server takes.
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    for number in 1..=length {
        let parent = if number == 1 { String::new() } else { format!("parents: r{:04}", number - 1) };
        project.revision(&format!("r{number:04}"), &parent, &format!("-- [up]\nSELECT {number};\n-- [down]\n"));
    }
    project
}

/// A database whose round trips are counted.
struct Counted {
    proxy: Proxy,
    url: String,
    /// A session beside, which isn't counted.
    beside: Client,
}

impl Counted {
    fn new(database: &Database) -> Counted {
        let proxy = Proxy::start(database.server().address());
        Counted { url: proxy.url(database), proxy, beside: database.client() }
    }

    /// Runs a command once the sessions of those before have ended: while they hold the lock, it is tried again.
    fn run(&mut self, project: &Project, arguments: &[&str]) {
        let others = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        until("no other session", || self.beside.query(others, &[]).unwrap().is_empty().then_some(()));
        project.ok(&self.url, arguments);
    }

    /// What a command costs in all, connecting included.
    fn cost(&mut self, project: &Project, arguments: &[&str]) -> usize {
        let before = self.proxy.round_trips();
        self.run(project, arguments);
        self.proxy.round_trips() - before
    }
}

/// What SCRAM takes beyond what trust does.
const SCRAM: usize = 2;

/// The costs on one database: `extra` is what connecting takes beyond a single round trip.
fn costs(mut counted: Counted, extra: usize) {
    let project = chain(1_011);
    let mut cost = |arguments: &[&str]| counted.cost(&project, arguments) - extra;
    assert!(cost(&["upgrade", "r0001"]) <= 20 - SCRAM, "the ledger is made first");
    let ten = cost(&["upgrade", "r0011"]);
    assert!(ten <= 8 - SCRAM, "{ten}");
    assert_eq!(cost(&["upgrade"]), ten, "a thousand more cost no more than ten");
    let nothing = cost(&["upgrade"]);
    assert!(nothing <= 4 - SCRAM, "{nothing}");
    assert_eq!(cost(&["downgrade", "base"]), ten);
    assert_eq!(counted.proxy.connections(), 5, "one for each command");
}

#[test]
fn a_server_that_trusts() {
    let database = Database::new();
    costs(Counted::new(&database), 0);
}

#[test]
fn a_server_that_asks_for_a_password() {
    let server = &Secure::shared().server;
    server.client("postgres").batch_execute("CREATE DATABASE counted OWNER app").unwrap();
    let proxy = Proxy::start(server.address());
    let password: String = PASSWORD.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let url = format!("postgres://app:{password}@127.0.0.1:{}/counted?sslmode=disable", proxy.port());
    costs(Counted { proxy, url, beside: server.client("counted") }, SCRAM);
}

#[test]
fn a_mebibyte_is_a_message() {
    let (project, database) = (chain(1), Database::new());
    let mut counted = Counted::new(&database);
    counted.run(&project, &["upgrade"]);
    let parts = 60;
    for number in 2..2 + parts {
        let sections = format!("-- [up]\nSELECT length('{}');\n-- [down]\n", "x".repeat(3 * 1024 * 1024 / parts));
        project.revision(&format!("r{number:04}"), &format!("parents: r{:04}", number - 1), &sections);
    }
    let small = chain(2);
    let beside = Database::new();
    let mut other = Counted::new(&beside);
    other.run(&small, &["upgrade", "+1"]);
    let one_message = other.cost(&small, &["upgrade"]);
    // What runs counts; that the ledger keeps each text too makes the messages longer, not more.
    let messages = 1 + counted.cost(&project, &["upgrade"]) - one_message;
    assert!((3..=4).contains(&messages), "{messages}");
    assert_eq!(database.applied().len(), 1 + parts);
}

#[test]
fn what_only_reads_is_cheap() {
    let (project, database) = (chain(50), Database::new());
    let mut counted = Counted::new(&database);
    counted.run(&project, &["upgrade"]);
    // What is retired, and who may write the ledger, `check` asks for as well.
    for (arguments, most) in [("current", 2), ("check", 4), ("log", 3), ("history", 3)] {
        let cost = counted.cost(&project, &[arguments]);
        assert!(cost <= most, "{arguments}: {cost}");
    }
}

#[test]
fn a_run_of_a_batch_is_one() {
    let (project, database) = (chain(0), Database::new());
    let mut counted = Counted::new(&database);
    let table = "-- [up]\nCREATE TABLE d AS SELECT id, false AS done FROM generate_series(1, 100) id;\n";
    project.revision("data", "", table);
    let sections = |rows: u32| {
        format!("-- [batch]\nUPDATE d SET done = true WHERE id IN (SELECT id FROM d WHERE NOT done LIMIT {rows});\n")
    };
    project.revision("fast", "parents: data", &sections(100));
    counted.run(&project, &["upgrade", "data"]);
    let one = counted.cost(&project, &["upgrade"]);
    database.execute("UPDATE d SET done = false");
    project.revision("slow", "parents: fast", &sections(2));
    let fifty = counted.cost(&project, &["upgrade"]);
    assert!(fifty <= one + 49, "{fifty} for fifty runs, {one} for one");
}
