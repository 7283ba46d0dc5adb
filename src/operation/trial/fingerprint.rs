//! What has changed in a database, at a small part of what a snapshot costs.

use std::collections::BTreeMap;

use postgres::SimpleQueryRow;

use crate::database::ledger::{Ledger, result_sets};
use crate::database::message::BEGIN;
use crate::database::quote;
use crate::database::{Client, DatabaseError};
use crate::schema::{Rows, Snapshot, TableRows};

const FUNCTION: &str = include_str!("fingerprint.sql");
const DOING: &str = "the scratch's fingerprint can't be taken";

/// A database at one moment. Equal ones of the same scratch mean that nothing has changed in between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// Of the system catalogs, by what they are and not by what they mean: objects that were dropped and made again give
    /// another one.
    catalogs: String,
    /// What the tables hold, those that hold nothing left out, and where the sequences stand.
    rows: Rows,
}

/// Makes the function that takes fingerprints, beside the ledger of a scratch in which no revision has run yet.
pub fn prepare(client: &mut Client, ledger: &Ledger) -> Result<(), DatabaseError> {
    let schema = quote::literal(&quote::identifier(ledger.schema()));
    let text = format!("{BEGIN}SET LOCAL search_path = pg_catalog;\n{}\nCOMMIT", FUNCTION.replace("{schema}", &schema));
    client.batch_execute(&text).map_err(|error| DatabaseError::of(error, DOING))
}

/// Takes one. None where the server can't say, because a revision has broken what it takes.
pub fn take(client: &mut Client, ledger: &Ledger) -> Option<Fingerprint> {
    let query = format!("SELECT kind, name, number, word FROM {}()", ledger.name("fingerprint"));
    let mut fingerprint = Fingerprint::default();
    for row in result_sets(client.simple_query(&query).ok()?).first()? {
        fingerprint.add(row)?;
    }
    Some(fingerprint)
}

impl Fingerprint {
    fn add(&mut self, row: &SimpleQueryRow) -> Option<()> {
        let name = || row.get(1).map(str::to_owned);
        match row.get(0)? {
            "catalogs" => self.catalogs = row.get(3)?.to_owned(),
            "sequence" => {
                self.rows.sequences.insert(name()?, (row.get(2)?.parse().ok()?, row.get(3)? == "true"));
            }
            _ => {
                let count = row.get(2)?.parse().ok()?;
                if count > 0 {
                    self.rows.tables.insert(name()?, TableRows { count, digest: row.get(3).map(str::to_owned) });
                }
            }
        }
        Some(())
    }

    /// Whether both have the same objects, whatever is in them.
    pub fn has_the_objects_of(&self, other: &Fingerprint) -> bool {
        self.catalogs == other.catalogs
    }

    /// Two that have the same objects, as snapshots that tell of their rows alone.
    pub fn rows_of(before: &Fingerprint, after: &Fingerprint) -> (Snapshot, Snapshot) {
        (before.beside(after), after.beside(before))
    }

    /// A table that only the other one has rows of is empty here.
    fn beside(&self, other: &Fingerprint) -> Snapshot {
        let mut rows = self.rows.clone();
        for name in other.rows.tables.keys() {
            rows.tables.entry(name.clone()).or_insert(TableRows { count: 0, digest: None });
        }
        Snapshot { server_version: 0, objects: BTreeMap::new(), not_compared: Vec::new(), rows: Some(rows) }
    }

    /// Puts the sequences where they stood.
    pub fn restore_sequences(&self, client: &mut Client) -> Result<(), DatabaseError> {
        let one = |(name, (value, is_called)): (&String, &(i64, bool))| {
            format!("SELECT pg_catalog.setval({}::pg_catalog.regclass, {value}, {is_called});", quote::literal(name))
        };
        let text: String = self.rows.sequences.iter().map(one).collect();
        client
            .batch_execute(&text)
            .map_err(|error| DatabaseError::of(error, "the scratch's sequences can't be put back"))
    }
}
