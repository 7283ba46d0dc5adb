//! What has changed in a database, at a small part of what a snapshot costs.

use postgres::SimpleQueryRow;

use crate::database::ledger::{Ledger, result_sets};
use crate::database::message::BEGIN;
use crate::database::quote;
use crate::database::{Client, DatabaseError};
use crate::schema::{Rows, TableRows};

const FUNCTION: &str = include_str!("fingerprint.sql");
const DOING: &str = "the scratch's fingerprint can't be taken";

/// A database at one moment. Equal ones of the same scratch mean that nothing has changed in between.
#[derive(Debug, Clone, Default)]
pub struct Fingerprint {
    /// The first transaction that it knows nothing of.
    since: String,
    /// Of the system catalogs, by what they are and not by what they mean: objects that were dropped and made again give
    /// another one. Of each how many rows it has, and the sum of their hashes.
    catalogs: Vec<(String, String)>,
    /// What else is of the database: the roles, its settings.
    others: String,
    /// What the tables hold, and where the sequences stand.
    rows: Rows,
}

impl PartialEq for Fingerprint {
    /// When it was taken is no matter of what was there.
    fn eq(&self, other: &Fingerprint) -> bool {
        self.has_the_objects_of(other) && self.rows == other.rows
    }
}

/// Makes the function that takes fingerprints, beside the ledger of a scratch in which no revision has run yet.
pub fn prepare(client: &mut Client, ledger: &Ledger) -> Result<(), DatabaseError> {
    let schema = quote::literal(&quote::identifier(ledger.schema()));
    let text = format!("{BEGIN}SET LOCAL search_path = pg_catalog;\n{}\nCOMMIT", FUNCTION.replace("{schema}", &schema));
    client.batch_execute(&text).map_err(|error| DatabaseError::of(error, DOING))
}

/// Takes one; `earlier` is one of the same database, which spares most of the work. None where the server can't say, because
/// a revision has broken what it takes.
pub fn take(client: &mut Client, ledger: &Ledger, earlier: Option<&Fingerprint>) -> Option<Fingerprint> {
    let known = earlier.map(Fingerprint::known).unwrap_or_default();
    let query = format!("SELECT kind, name, number, word FROM {}({known})", ledger.name("fingerprint"));
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
            "since" => self.since = row.get(3)?.to_owned(),
            "catalog" => self.catalogs.push((row.get(2)?.to_owned(), row.get(3)?.to_owned())),
            "others" => self.others = row.get(3)?.to_owned(),
            "sequence" => {
                self.rows.sequences.insert(name()?, (row.get(2)?.parse().ok()?, row.get(3)? == "true"));
            }
            _ => {
                let rows = TableRows { count: row.get(2)?.parse().ok()?, digest: row.get(3).map(str::to_owned) };
                self.rows.tables.insert(name()?, rows);
            }
        }
        Some(())
    }

    /// What the function wants to know of an earlier one: its arguments. All of it is numbers.
    fn known(&self) -> String {
        let list = |part: fn(&(String, String)) -> &str| self.catalogs.iter().map(part).collect::<Vec<_>>().join(",");
        format!("'{}', '{{{}}}', '{{{}}}'", self.since, list(|(count, _)| count), list(|(_, hash)| hash))
    }

    /// Whether both have the same objects, whatever is in them.
    pub fn has_the_objects_of(&self, other: &Fingerprint) -> bool {
        self.catalogs == other.catalogs && self.others == other.others
    }

    /// What the tables hold, and where the sequences stand.
    pub fn rows(&self) -> &Rows {
        &self.rows
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
