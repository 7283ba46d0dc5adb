//! Reading the snapshot of a database.

use std::collections::{BTreeMap, HashMap, HashSet};

use postgres::SimpleQueryRow;
use serde_json::Value;

use super::row::{Row, understand};
use super::{Attributes, Identity, Snapshot, catalog};
use crate::database::ledger::result_sets;
use crate::database::{Client, DatabaseError};

/// What is read, and what not.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The schema that the ledger lives in: it is no part of a snapshot.
    pub ledger_schema: String,
    /// The schemas to read; all that are in the database and what is in no schema, if there is no list.
    pub schemas: Option<Vec<String>>,
}

/// One moment for all of it, and nothing that what is printed depends on: names are qualified where they are not
/// PostgreSQL's own, values look the same for each role. JIT and workers would only cost time here.
const BEGIN: &[&str] = &[
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL search_path = pg_catalog, pg_temp",
    "SET LOCAL DateStyle = ISO",
    "SET LOCAL IntervalStyle = postgres",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL extra_float_digits = 3",
    "SET LOCAL bytea_output = hex",
    "SET LOCAL quote_all_identifiers = off",
    "SET LOCAL jit = off",
    "SET LOCAL max_parallel_workers_per_gather = 0",
];

const VERSION: &str = "SELECT current_setting('server_version_num')";

const DOING: &str = "the schema can't be read";

/// Reads what the database is, in one message and one transaction that changes nothing.
///
/// # Errors
/// The connection is lost, or the server refuses to read a catalog.
pub fn read(client: &mut Client, options: &ReadOptions) -> Result<Snapshot, DatabaseError> {
    let messages =
        client.simple_query(&message(client.server_version())).map_err(|error| DatabaseError::of(error, DOING))?;
    let sets = result_sets(messages);
    Reading::understand(&sets).map(|reading| reading.snapshot(options)).ok_or_else(unexpected)
}

fn message(major: u32) -> String {
    let queries = [VERSION, catalog::MEMBERS].into_iter().chain(catalog::KINDS.iter().copied());
    let queries: Vec<String> = queries.map(|query| catalog::for_version(query, major)).collect();
    format!("{};\n{};\nCOMMIT", BEGIN.join(";\n"), queries.join(";\n"))
}

/// A server that answers what no PostgreSQL answers.
fn unexpected() -> DatabaseError {
    DatabaseError::ConnectionLost { doing: DOING.to_owned(), reason: "unexpected answer to a query".to_owned() }
}

/// What the server answered.
struct Reading {
    server_version: u32,
    members: HashSet<(u32, u32)>,
    rows: Vec<Row>,
}

impl Reading {
    fn understand(sets: &[Vec<SimpleQueryRow>]) -> Option<Reading> {
        let [version, members, kinds @ .., _commit] = sets.get(BEGIN.len()..)? else { return None };
        Some(Reading {
            server_version: version.first()?.get(0)?.parse().ok()?,
            members: members.iter().map(member).collect::<Option<_>>()?,
            rows: kinds.iter().flatten().map(understand).collect::<Option<_>>()?,
        })
    }

    fn snapshot(self, options: &ReadOptions) -> Snapshot {
        let mut rows = self.rows;
        forget_what_is_inherited(&mut rows);
        let is_wanted = |row: &Row| {
            let (class, oid, _) = row.place;
            let is_member = |place: (u32, u32)| self.members.contains(&place);
            !is_member((class, oid)) && !row.of.is_some_and(is_member) && options.want(&row.identity)
        };
        let objects: BTreeMap<_, _> =
            rows.into_iter().filter(is_wanted).map(|row| (row.identity, row.attributes)).collect();
        Snapshot { server_version: self.server_version, objects, not_compared: Vec::new(), rows: None }
    }
}

fn member(row: &SimpleQueryRow) -> Option<(u32, u32)> {
    Some((row.get(0)?.parse().ok()?, row.get(1)?.parse().ok()?))
}

/// Takes from the columns of child tables what they have from their parent, and the columns that have nothing else.
fn forget_what_is_inherited(rows: &mut Vec<Row>) {
    let columns: HashMap<(u32, &str), &Row> = rows.iter().filter_map(|row| Some((column(row)?, row))).collect();
    let own: Vec<Option<Attributes>> = rows
        .iter()
        .map(|row| {
            let (_, name) = column(row)?;
            let parent = columns.get(&(row.like?, name))?;
            Some(own_attributes(&row.attributes, &parent.attributes))
        })
        .collect();
    let mut own = own.into_iter();
    rows.retain_mut(|row| match own.next().flatten() {
        None => true,
        Some(own) => {
            let has_own = !own.is_empty();
            row.attributes = own;
            row.attributes.insert(INHERITED.to_owned(), true.into());
            has_own
        }
    });
}

/// The attribute of a column that is its parent's.
const INHERITED: &str = "inherited";

/// A column, by the table that it is in and its name.
fn column(row: &Row) -> Option<(u32, &str)> {
    let (_, table) = row.of.filter(|_| row.identity.kind == "column")?;
    Some((table, row.identity.part.as_deref()?))
}

/// What differs from the parent; null where the parent has something and this has not.
fn own_attributes(attributes: &Attributes, parent: &Attributes) -> Attributes {
    let gone = parent.keys().filter(|name| !attributes.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let own = attributes.iter().filter(|(name, value)| parent.get(*name) != Some(value));
    let own = own.map(|(name, value)| (name.clone(), value.clone()));
    gone.chain(own).filter(|(name, _)| name != INHERITED).collect()
}

impl ReadOptions {
    /// Whether an object is among what is read.
    pub fn want(&self, identity: &Identity) -> bool {
        let schema = match identity.kind.as_str() {
            "schema" => Some(&identity.name),
            _ => identity.schema.as_ref(),
        };
        let is_asked_for = match (&self.schemas, schema) {
            (Some(schemas), Some(schema)) => schemas.contains(schema),
            (Some(_), None) => false,
            (None, _) => true,
        };
        is_asked_for && !schema.is_some_and(|schema| *schema == self.ledger_schema || is_of_the_system(schema))
    }
}

/// Schemas of sessions' temporary objects, and one that PostgreSQL's own scripts may make anew.
fn is_of_the_system(schema: &str) -> bool {
    schema.starts_with("pg_temp_") || schema.starts_with("pg_toast") || schema == "information_schema"
}
