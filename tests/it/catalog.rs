//! What a snapshot has of a database: every kind of object, every attribute, and a count of what it has not.

mod census;
mod mutations;
mod restored;

use std::sync::{Arc, OnceLock};

use revgraph::database::connect::{ConnectionSpec, Environment};
use revgraph::database::{Location, Session};
use revgraph::schema::{self, ReadOptions, Snapshot};

use crate::harness::{Database, Server};

/// The files of objects, by the first version that understands them.
const OBJECTS: &[(u32, &str)] = &[
    (13, include_str!("../data/kinds/base.sql")),
    (14, include_str!("../data/kinds/14.sql")),
    (15, include_str!("../data/kinds/15.sql")),
    (18, include_str!("../data/kinds/18.sql")),
];

/// The server's major version.
fn version() -> u32 {
    let row = Server::shared().client("postgres").query_one("SHOW server_version_num", &[]).unwrap();
    row.get::<_, &str>(0).parse::<u32>().unwrap() / 10_000
}

/// A database with objects of every kind that this server has.
fn database_of_all_kinds() -> Database {
    static ROLES: OnceLock<()> = OnceLock::new();
    let roles = "CREATE ROLE kinds_owner; CREATE ROLE kinds_reader; CREATE ROLE \"Kinds Writer\"";
    ROLES.get_or_init(|| Server::shared().client("postgres").batch_execute(roles).unwrap());
    let database = Database::new();
    let version = version();
    for (_, sql) in OBJECTS.iter().filter(|(since, _)| *since <= version) {
        database.execute(sql);
    }
    database
}

/// A session of revgraph's own, as the superuser.
fn session(database: &Database) -> Session {
    session_at(&database.url())
}

fn session_at(url: &str) -> Session {
    let spec = ConnectionSpec::resolve(Some(url), &Environment::empty()).unwrap();
    Session::open(&Location::Server(Box::new(spec)), "test", Arc::new(|_| {})).unwrap()
}

/// What a database is.
pub fn snapshot(database: &Database) -> Snapshot {
    read(&mut session(database))
}

fn read(session: &mut Session) -> Snapshot {
    schema::read(session.client(), &options()).unwrap()
}

fn options() -> ReadOptions {
    ReadOptions { ledger_schema: "revgraph".to_owned(), schemas: None }
}

/// How two snapshots differ, a line an object: `+ table a.b`, `- view c.d`, `~ column a.b.c: default, type`.
fn differences(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (identity, attributes) in &before.objects {
        let Some(now) = after.objects.get(identity) else {
            lines.push(format!("- {identity}"));
            continue;
        };
        let names = attributes.keys().chain(now.keys().filter(|name| !attributes.contains_key(*name)));
        let mut changed: Vec<&str> =
            names.filter(|name| attributes.get(*name) != now.get(*name)).map(String::as_str).collect();
        changed.sort_unstable();
        if !changed.is_empty() {
            lines.push(format!("~ {identity}: {}", changed.join(", ")));
        }
    }
    let new = after.objects.keys().filter(|identity| !before.objects.contains_key(*identity));
    lines.extend(new.map(|identity| format!("+ {identity}")));
    lines
}
