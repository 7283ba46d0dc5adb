//! What there is of retired objects, and what they hold.

use postgres::SimpleQueryRow;
use serde::Serialize;

use crate::database::ledger::{Ledger, Retired, result_sets};
use crate::database::quote::{identifier, literal};
use crate::database::{Client, DatabaseError};

/// A retired object with what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// The object.
    #[serde(flatten)]
    pub retired: Retired,
    /// Whether it is still there.
    pub is_there: bool,
    /// For a table, materialized view or column: how many rows it has, or how many have a value; an estimate where
    /// [`Holding::estimated`]. None where nobody knows.
    pub rows: Option<u64>,
    /// Whether the rows are as PostgreSQL's statistics have them: to count them would take its time, or this role may not
    /// read them.
    pub estimated: bool,
    /// For a table or materialized view: its bytes on the disk, with its indexes.
    pub bytes: Option<u64>,
}

/// What has more bytes than this, or is a column of what has, is not read to count its rows.
const COUNTED: u64 = 64 << 20;

/// How long to wait for somebody who has locked an object, in milliseconds.
const PATIENCE: u32 = 1_000;

/// How long counting one of them may take, in milliseconds.
const LONGEST: u32 = 5_000;

const DOING: &str = "what the retired objects hold can't be read";

/// What is retired now, the oldest first, with what it holds: three round trips at most. What can't be measured or counted,
/// or not in time, is not, and stops nothing else.
///
/// # Errors
/// The ledger can't be read.
pub fn list(client: &mut Client, ledger: &Ledger) -> Result<Vec<Holding>, DatabaseError> {
    let retired = ledger.retired(client)?.into_iter().filter(Retired::is_away).collect();
    let found = find(client, retired)?;
    measure(client, found)
}

/// Those of them that are there. Nothing is counted, and nobody waited for.
///
/// # Errors
/// The catalogs can't be read.
pub fn still_there(client: &mut Client, retired: Vec<Retired>) -> Result<Vec<Retired>, DatabaseError> {
    let found = find(client, retired)?.into_iter().map(|found| found.holding);
    Ok(found.filter(|holding| holding.is_there).map(|holding| holding.retired).collect())
}

/// An object as it was found.
struct Found {
    holding: Holding,
    /// What it has its bytes in, as an array of SQL: itself and its partitions; of a column, its table's. None where there
    /// are none, or some are on another server.
    parts: Option<String>,
    is_partitioned: bool,
}

/// Whether the objects are there, and what statistics say of them.
fn find(client: &mut Client, retired: Vec<Retired>) -> Result<Vec<Found>, DatabaseError> {
    if retired.is_empty() {
        return Ok(Vec::new());
    }
    let row = |retired: &Retired| {
        let relation = retired.relation.as_deref().map_or("NULL".to_owned(), literal);
        let [kind, schema, backup] = [&retired.kind, &retired.schema, &retired.backup].map(|text| literal(text));
        format!("({}, {kind}, {schema}, {relation}, {backup})", retired.number)
    };
    let rows: Vec<String> = retired.iter().map(row).collect();
    let query = include_str!("holdings.sql").replace("{objects}", &rows.join(", "));
    let answer = ask(client, &query)?.into_iter().find(|rows| !rows.is_empty()).unwrap_or_default();
    Ok(retired.into_iter().zip(&answer).map(|(retired, row)| found(retired, row)).collect())
}

fn found(retired: Retired, row: &SimpleQueryRow) -> Found {
    let is = |column: usize| row.get(column) == Some("t");
    let rows = row.get(1).and_then(|text| text.parse().ok());
    Found {
        holding: Holding { retired, is_there: is(0), rows, estimated: true, bytes: None },
        parts: row.get(2).filter(|_| is(0)).map(str::to_owned),
        is_partitioned: is(3),
    }
}

/// Measures what has bytes, and counts the rows of what is small and the values of its columns.
fn measure(client: &mut Client, mut found: Vec<Found>) -> Result<Vec<Holding>, DatabaseError> {
    let measured: Vec<&mut Found> = found.iter_mut().filter(|found| found.parts.is_some()).collect();
    if !measured.is_empty() {
        let measures: String = measured.iter().enumerate().map(|(number, found)| found.measures(number)).collect();
        let setting = |name: &str| format!("current_setting('revgraph.{name}', true)");
        let settings: Vec<String> =
            (0..measured.len()).flat_map(|number| [setting(&bytes_of(number)), setting(&rows_of(number))]).collect();
        let list = settings.join(", ");
        let answer = ask(client, &format!("{measures}SELECT pg_catalog.unnest(ARRAY[{list}])"))?;
        let values: Vec<Option<u64>> =
            answer.iter().flatten().map(|row| row.get(0).and_then(|text| text.parse().ok())).collect();
        for (found, values) in measured.into_iter().zip(values.chunks_exact(2)) {
            found.holding.take(values);
        }
    }
    Ok(found.into_iter().map(|found| found.holding).collect())
}

impl Holding {
    /// Its bytes and its rows.
    fn take(&mut self, values: &[Option<u64>]) {
        let &[bytes, rows] = values else { return };
        if self.retired.kind != "column" {
            self.bytes = bytes;
        }
        if rows.is_some() {
            (self.rows, self.estimated) = (rows, false);
        }
    }
}

/// The setting in which the number of an object's bytes is handed on, within one transaction.
fn bytes_of(number: usize) -> String {
    format!("bytes_{number}")
}

/// The same for its rows.
fn rows_of(number: usize) -> String {
    format!("rows_{number}")
}

impl Found {
    /// What measures and counts it. Each is a block of its own, so that what fails is left out alone.
    fn measures(&self, number: usize) -> String {
        let parts = literal(self.parts.as_deref().unwrap_or_default());
        let bytes = bytes_of(number);
        let size = format!("SELECT sum(pg_total_relation_size(part)) INTO found FROM unnest({parts}::oid[]) AS part;");
        let count =
            format!("IF current_setting('revgraph.{bytes}', true)::bigint <= {COUNTED} THEN {} END IF;", self.count());
        attempt(&size, &bytes) + &attempt(&count, &rows_of(number))
    }

    fn count(&self) -> String {
        let retired = &self.holding.retired;
        let what = if retired.kind == "column" { identifier(&retired.backup) } else { "*".to_owned() };
        let relation = identifier(retired.relation.as_ref().unwrap_or(&retired.backup));
        // What inherits from a table is another one.
        let only = if self.is_partitioned { "" } else { "ONLY " };
        format!("SELECT count({what}) INTO found FROM {only}{}.{relation};", identifier(&retired.schema))
    }
}

/// A block that sets a setting to the number that a statement finds; to nothing if it fails or takes too long. Somebody
/// who cancels it ends all of it.
fn attempt(statement: &str, setting: &str) -> String {
    let body = format!(
        "\nDECLARE\n    found bigint;\n    began constant timestamptz := clock_timestamp();\nBEGIN\n    {statement}\n    \
         PERFORM set_config('revgraph.{setting}', found::text, true);\nEXCEPTION\n    WHEN query_canceled THEN\n        \
         IF clock_timestamp() - began < interval '{LONGEST} milliseconds' THEN RAISE; END IF;\n    \
         WHEN OTHERS THEN NULL;\nEND\n"
    );
    format!("DO {};\n", literal(&body))
}

/// Reads in a transaction of its own, by the catalog's own operators and functions. Rows that row level security would hide
/// are not counted without them.
fn ask(client: &mut Client, query: &str) -> Result<Vec<Vec<SimpleQueryRow>>, DatabaseError> {
    let text = format!(
        "BEGIN TRANSACTION READ ONLY;\nSET LOCAL search_path = pg_catalog;\nSET LOCAL row_security = off;\n\
         SET LOCAL lock_timeout = {PATIENCE};\nSET LOCAL statement_timeout = {LONGEST};\n{query};\nCOMMIT"
    );
    client.simple_query(&text).map(result_sets).map_err(|error| {
        let error = DatabaseError::of(error, DOING);
        // The session goes on; a connection that is lost says so itself.
        let _ = client.batch_execute("ROLLBACK");
        error
    })
}
