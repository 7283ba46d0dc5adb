//! The locks that a dry run took.

use std::collections::{BTreeMap, HashMap};

use postgres::SimpleQueryRow;

use super::Lock;
use crate::database::ledger::{Ledger, result_sets};
use crate::database::quote::text_array;
use crate::database::{Client, DatabaseError};

/// A relation of the users'.
pub(super) struct Relation {
    /// Its name with its schema's, both quoted where they must be.
    name: String,
    is_sequence: bool,
}

/// The users' relations that are there, by oid. One that the plan drops can't be looked up afterwards.
pub(super) fn relations(client: &mut Client, ledger: &Ledger) -> Result<HashMap<String, Relation>, DatabaseError> {
    let text = format!(
        "SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{{r,p,m,v,S,f}}'::pg_catalog.\"char\"[]) \
         AND n.nspname OPERATOR(pg_catalog.<>) ALL ({}::pg_catalog.name[])",
        text_array(&["pg_catalog", "information_schema", "pg_toast", ledger.schema()])
    );
    let relation = |row: &SimpleQueryRow| {
        let relation = Relation { name: row.get(1)?.to_owned(), is_sequence: row.get(2)? == "S" };
        Some((row.get(0)?.to_owned(), relation))
    };
    Ok(query(client, &text)?.iter().filter_map(relation).collect())
}

/// The strongest lock that the transaction holds on each relation that was there before, and the sequences of those that gave
/// it numbers: `nextval` takes a sequence's `RowExclusiveLock`. So does ALTER SEQUENCE, beside a stronger one, but what it
/// makes of the sequence is rolled back.
pub(super) fn held(
    client: &mut Client,
    before: &HashMap<String, Relation>,
) -> Result<(Vec<Lock>, Vec<String>), DatabaseError> {
    let rows = query(
        client,
        "SELECT relation, mode FROM pg_catalog.pg_locks \
         WHERE pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() \
         AND locktype OPERATOR(pg_catalog.=) 'relation' AND granted",
    )?;
    let mut strongest: BTreeMap<&str, (&str, bool)> = BTreeMap::new();
    for row in &rows {
        let (Some(relation), Some(mode)) = (row.get(0).and_then(|oid| before.get(oid)), row.get(1)) else {
            continue;
        };
        let (known, _) = strongest.entry(&relation.name).or_insert((mode, relation.is_sequence));
        if strength(mode) > strength(known) {
            *known = mode;
        }
    }
    let gave = |(relation, (mode, is_sequence)): (&&str, &(&str, bool))| {
        (*is_sequence && *mode == "RowExclusiveLock").then(|| (*relation).to_owned())
    };
    let sequences = strongest.iter().filter_map(gave).collect();
    let lock =
        |(relation, (mode, _)): (&str, (&str, bool))| Lock { relation: relation.to_owned(), mode: mode.to_owned() };
    Ok((strongest.into_iter().map(lock).collect(), sequences))
}

fn query(client: &mut Client, sql: &str) -> Result<Vec<SimpleQueryRow>, DatabaseError> {
    let messages = client.simple_query(sql).map_err(|error| DatabaseError::of(error, "the dry run failed"))?;
    Ok(result_sets(messages).into_iter().next().unwrap_or_default())
}

/// Lock modes from weak to strong.
/// <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>
fn strength(mode: &str) -> usize {
    const MODES: [&str; 8] = [
        "AccessShareLock",
        "RowShareLock",
        "RowExclusiveLock",
        "ShareUpdateExclusiveLock",
        "ShareLock",
        "ShareRowExclusiveLock",
        "ExclusiveLock",
        "AccessExclusiveLock",
    ];
    MODES.iter().position(|known| *known == mode).unwrap_or(0)
}
