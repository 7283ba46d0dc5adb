//! Reading the snapshot of a database.

mod members;

use std::collections::{BTreeMap, HashMap, HashSet};

use members::Members;
use postgres::SimpleQueryRow;
use serde_json::Value;

use super::census::{self, Census};
use super::inherit::forget_what_is_inherited;
use super::row::{Place, Row, understand};
use super::{Identity, Snapshot, Unclaimed, catalog};
use crate::database::ledger::result_sets;
use crate::database::{Client, DatabaseError};

/// What is read, and what not.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The schema that the ledger lives in: what the ledger has there is no part of a snapshot.
    pub ledger_schema: String,
    /// The schemas to read. If there is no list: all that are in the database, and what is in no schema.
    pub schemas: Option<Vec<String>>,
}

/// One moment for all of it, and nothing that what is printed depends on: names are qualified where they are not
/// PostgreSQL's own, values look the same for each role. JIT and workers would only cost time here, and catalogs that
/// were never analyzed make the planner join thousands of rows in nested loops.
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
    "SET LOCAL enable_nestloop = off",
    "SET LOCAL max_parallel_workers_per_gather = 0",
];

const VERSION: &str = "SELECT current_setting('server_version_num')";

const DOING: &str = "the schema can't be read";

/// Reads what the database is: in one message, and a second one if there is something that no kind of object describes.
/// Nothing is changed.
///
/// # Errors
/// The connection is lost, or the server refuses to read a catalog.
pub fn read(client: &mut Client, options: &ReadOptions) -> Result<Snapshot, DatabaseError> {
    let message = message(client.server_version());
    let messages = client.simple_query(&message).map_err(|error| DatabaseError::of(error, DOING))?;
    let reading = Reading::understand(&result_sets(messages)).ok_or_else(unexpected)?;
    reading.finish(client, options)
}

fn message(major: u32) -> String {
    let single = [VERSION, catalog::MEMBERS, census::OBJECTS, census::CATALOGS];
    let queries = single.iter().chain(catalog::REMARKS).chain(catalog::KINDS);
    let queries: Vec<String> = queries.map(|query| catalog::for_version(query, major)).collect();
    format!("{};\n{}\n;\nCOMMIT", BEGIN.join(";\n"), queries.join("\n;\n"))
}

/// A server that answers what no PostgreSQL answers.
fn unexpected() -> DatabaseError {
    DatabaseError::unexpected_answer(DOING, "it has another form")
}

/// What the server answered.
struct Reading {
    server_version: u32,
    members: Members,
    census: Census,
    remarks: Vec<Row>,
    rows: Vec<Row>,
}

impl Reading {
    fn understand(sets: &[Vec<SimpleQueryRow>]) -> Option<Reading> {
        let [version, members, objects, catalogs, rest @ .., _commit] = sets.get(BEGIN.len()..)? else { return None };
        let (remarks, kinds) = rest.split_at_checked(catalog::REMARKS.len())?;
        let rows = |sets: &[Vec<SimpleQueryRow>]| sets.iter().flatten().map(understand).collect::<Option<_>>();
        Some(Reading {
            server_version: version.first()?.get(0)?.parse().ok()?,
            members: Members::understand(members)?,
            census: Census::understand(objects, catalogs)?,
            remarks: rows(remarks)?,
            rows: rows(kinds)?,
        })
    }

    /// Puts it together.
    fn finish(mut self, client: &mut Client, options: &ReadOptions) -> Result<Snapshot, DatabaseError> {
        let claimed: HashSet<Place> = self.rows.iter().map(|row| row.place).collect();
        self.census.take(|place| claimed.contains(&place) || self.members.contains(place.0, place.1));
        let mut stray = self.add_remarks();
        let mut not_compared = self.census.describe(client, &mut stray)?;
        not_compared.extend(secrets(&self.rows));
        forget_what_is_inherited(&mut self.rows);
        let rows = self.members.fold(self.rows).into_iter().chain(stray);
        let objects: BTreeMap<_, _> =
            rows.filter(|row| options.want(&row.identity)).map(|row| (row.identity, row.attributes)).collect();
        Ok(Snapshot { server_version: self.server_version, objects, not_compared, rows: None })
    }

    /// Adds the remarks to the attributes of their objects. Gives those about something that is no object here, such as
    /// the index of a constraint.
    fn add_remarks(&mut self) -> Vec<Row> {
        let places: HashMap<Place, usize> =
            self.rows.iter().enumerate().map(|(index, row)| (row.place, index)).collect();
        let mut stray = Vec::new();
        for remark in std::mem::take(&mut self.remarks) {
            match places.get(&remark.place).and_then(|index| self.rows.get_mut(*index)) {
                Some(row) => row.attributes.extend(remark.attributes),
                None if self.members.extension_of(&remark).is_some() => {}
                None => stray.push(remark),
            }
        }
        stray
    }
}

/// What is there and not shown, because it is a secret: by the catalog that has it.
fn secrets(rows: &[Row]) -> Vec<Unclaimed> {
    let mut catalogs: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in rows {
        let catalog = match row.identity.kind.as_str() {
            "user mapping" => "pg_user_mapping",
            "server" => "pg_foreign_server",
            "foreign data wrapper" => "pg_foreign_data_wrapper",
            "subscription" => {
                let how = format!("connection of {}", row.identity);
                catalogs.entry("pg_subscription").or_default().push(how);
                continue;
            }
            _ => continue,
        };
        let options = row.attributes.get("options").and_then(Value::as_array).into_iter().flatten();
        let hidden = options.filter_map(|option| option.as_str()?.strip_suffix("=(not shown)"));
        catalogs.entry(catalog).or_default().extend(hidden.map(|name| format!("{name} of {}", row.identity)));
    }
    let found = catalogs.into_iter().filter(|(_, objects)| !objects.is_empty());
    found.map(|(catalog, objects)| Unclaimed { catalog: catalog.to_owned(), objects }).collect()
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
        let is_ledgers = schema == Some(&self.ledger_schema) && is_of_the_ledger(identity);
        is_asked_for && !is_ledgers && !schema.is_some_and(|schema| is_of_the_system(schema))
    }
}

/// What the ledger's migrations make, with the parts of it, their own history, and what `test` puts beside them in a
/// scratch. Whatever else is in the ledger's schema is somebody's own.
fn is_of_the_ledger(identity: &Identity) -> bool {
    const RELATIONS: &[&str] = &[
        "applied",
        "event",
        "event_number_seq",
        "retired",
        "retired_number_seq",
        "schema_history",
        "state",
        "unfinished",
    ];
    const FUNCTIONS: &[&str] = &[
        "backup_day()",
        "backup_name(text, text, text, text)",
        "bring_back(bigint)",
        "fingerprint(xid, bigint[], numeric[])",
        "is_there(bigint)",
        "progress(text, text, text)",
        "purge(bigint[])",
        "put_away(bigint, text, text, text, text, text, text, text, text)",
        "refuse(text)",
        "relation_now(bigint)",
        "rename_object(text, text, text, text, text, text)",
        "retire(text, text, text, text, oid, text)",
        "undo_retire(text)",
        "undo_retire(text, text)",
        "verify(text, integer, text)",
    ];
    let name = identity.name.as_str();
    identity.kind == "schema" || RELATIONS.contains(&name) || FUNCTIONS.contains(&name)
}

/// Schemas of sessions' temporary objects, and one that PostgreSQL's own scripts may make anew.
fn is_of_the_system(schema: &str) -> bool {
    schema.starts_with("pg_temp_") || schema.starts_with("pg_toast") || schema == "information_schema"
}
