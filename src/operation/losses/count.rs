//! Counting what would be lost.

use std::time::Duration;

use super::loss::{Loss, There};
use crate::database::ledger::result_sets;
use crate::database::{Client, DatabaseError, quote};

const DOING: &str = "what the plan would lose can't be counted";

/// A table whose rows are in no more bytes is counted without being asked for: that takes as long as to estimate it, and
/// an estimate is by the page, which one row or a hundred may be on.
const SMALL: u64 = 128 * 1024;

/// How long to wait for somebody who has locked a table that would be counted without being asked for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts the rows or values of each loss: one round trip, which reads all of them. A role that row level security hides
/// rows from is told so, for what it doesn't see would be lost as well.
pub(super) fn count_all(client: &mut Client, losses: &mut [Loss], lock_timeout: Duration) -> Result<(), DatabaseError> {
    count(client, losses, lock_timeout, |_| true)
}

/// The same of small tables alone. If they can't be counted, what is known of them by statistics stays.
pub(super) fn count_small(client: &mut Client, losses: &mut [Loss]) -> Result<(), DatabaseError> {
    match count(client, losses, PATIENCE, |there| there.heap <= SMALL) {
        Err(DatabaseError::Server { .. }) => Ok(()),
        result => result,
    }
}

fn count(
    client: &mut Client,
    losses: &mut [Loss],
    lock_timeout: Duration,
    is_meant: impl Fn(&There) -> bool,
) -> Result<(), DatabaseError> {
    let is_open = |loss: &&mut Loss| !loss.exact && loss.there.as_ref().is_some_and(&is_meant);
    let mut counted: Vec<&mut Loss> = losses.iter_mut().filter(is_open).collect();
    if counted.is_empty() {
        return Ok(());
    }
    let queries: Vec<String> = counted.iter().filter_map(|loss| loss.there.as_ref()).map(query).collect();
    let text = format!(
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;\nSET LOCAL lock_timeout = {};\n\
         SET LOCAL search_path = pg_catalog;\nSET LOCAL row_security = off;\n{};\nCOMMIT",
        lock_timeout.as_millis(),
        queries.join(";\n")
    );
    let answer = client.simple_query(&text).map_err(|error| {
        let error = DatabaseError::of(error, DOING);
        // The session goes on; a connection that is lost says so itself.
        let _ = client.batch_execute("ROLLBACK");
        error
    })?;
    let rows = result_sets(answer).into_iter().filter_map(|rows| rows.into_iter().next());
    for (loss, row) in counted.iter_mut().zip(rows) {
        let number = |column| row.get(column).and_then(|text| text.parse().ok());
        let is_column = loss.there.as_ref().is_some_and(|there| there.column.is_some());
        loss.rows = number(0);
        loss.exact = loss.rows.is_some();
        if is_column {
            loss.bytes = number(1);
        }
    }
    Ok(())
}

fn query(there: &There) -> String {
    let only = if there.is_partitioned { "" } else { "ONLY " };
    let table = quote::object(&there.table);
    match &there.column {
        None => format!("SELECT count(*) FROM {only}{table}"),
        Some(column) => {
            // As a column of the table, what it is called can't be taken for anything else.
            let column = format!("t.{}", quote::identifier(column));
            format!("SELECT count({column}), coalesce(sum(pg_column_size({column})), 0) FROM {only}{table} AS t")
        }
    }
}
