//! What a database is, as far as an operation changes it.

use std::collections::BTreeMap;

use revgraph::schema::Snapshot;

use crate::catalog::snapshot;
use crate::harness::Database;

/// All that must be as it is when nothing goes wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct State {
    /// The ledger's rows.
    applied: Vec<String>,
    /// What statements have left behind, each time that they ran.
    ran: Vec<String>,
    /// A digest of each table.
    tables: BTreeMap<String, String>,
    schema: Vec<String>,
}

impl State {
    pub fn of(database: &Database) -> State {
        let Snapshot { objects, not_compared, .. } = snapshot(database);
        assert!(not_compared.is_empty(), "{not_compared:?}");
        State {
            applied: database.rows("SELECT id || coalesce(' by ' || through, '') FROM revgraph.applied ORDER BY 1"),
            ran: ran(database),
            tables: tables(database),
            schema: objects.iter().map(|object| format!("{object:?}")).collect(),
        }
    }
}

/// The traces that statements have left, the same one as often as it is there.
pub fn ran(database: &Database) -> Vec<String> {
    match database.value("SELECT to_regclass('public.ran') IS NOT NULL").as_str() {
        "t" => database.rows("SELECT what FROM ran ORDER BY what COLLATE \"C\""),
        _ => Vec::new(),
    }
}

fn tables(database: &Database) -> BTreeMap<String, String> {
    let digest = |table: String| {
        let digest = database.value(&format!("SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t"));
        (table, digest)
    };
    database.tables().into_iter().map(digest).collect()
}

/// What must hold at any time when nobody is at work: a revision that is one transaction has run as often as the ledger
/// says, and so has its way down. The names of these begin with an `a`.
pub fn assert_in_step(database: &Database, before: &[String]) {
    let applied = match database.value("SELECT to_regclass('revgraph.applied') IS NOT NULL").as_str() {
        "t" => database.applied(),
        _ => Vec::new(),
    };
    let begun = |id: &&String| id.starts_with('a');
    let newer = applied.iter().filter(|id| !before.contains(id)).filter(begun).map(|id| format!("{id} up"));
    let older = before.iter().filter(|id| !applied.contains(id)).filter(begun).map(|id| format!("{id} down"));
    let was = before.iter().filter(begun).map(|id| format!("{id} up"));
    let mut expected: Vec<String> = newer.chain(older).chain(was).collect();
    expected.sort_unstable();
    let mut found = ran(database);
    found.retain(|what| what.starts_with('a'));
    assert_eq!(found, expected, "what ran is what the ledger has: {applied:?}");
}
