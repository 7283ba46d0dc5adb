//! One deployer at a time: a session's advisory lock, taken by trying and never by waiting in the server,
//! so that a CREATE INDEX CONCURRENTLY of the holder, which waits for every older transaction, can end.
//!
//! The lock only orders deployers. What protects the ledger is the compare-and-swap on its generation. Behind a proxy
//! that hands server connections on, a session's lock would go to whoever comes next, and stay with the server for as
//! long as it lives. There, a deployer only looks whether somebody has the lock: it takes it for the length of one
//! message, and shares it with others who look.

use std::time::{Duration, Instant};

use crate::database::Client;

use super::holder::{COLUMNS, Holder};
use super::interrupt::pause;
use super::ledger::{Ledger, LedgerState, result_sets};
use super::message::OWN_NAMES;
use super::{Backend, DatabaseError};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// The statement that tries to take the lock, as far as the session can hold one. Its only column says whether it was
/// had. A message in which it stands must be one transaction.
pub fn try_statement(ledger: &Ledger, backend: Backend) -> String {
    let key = ledger.lock_key();
    format!(
        "SELECT CASE WHEN {} THEN pg_catalog.pg_try_advisory_lock({key}) \
         ELSE pg_catalog.pg_try_advisory_xact_lock_shared({key}) END",
        backend.is_own()
    )
}

/// Tries to take the lock. One round trip.
pub fn try_lock(client: &mut Client, ledger: &Ledger) -> Result<bool, DatabaseError> {
    let query = try_statement(ledger, client.backend());
    let messages = client.simple_query(&query).map_err(|error| DatabaseError::of(error, "the lock can't be taken"))?;
    let taken = result_sets(messages).first().and_then(|rows| rows.first()?.get(0).map(|value| value == "t"));
    Ok(taken.unwrap_or(false))
}

/// How often the lock is tried before it counts as somebody's: the server may take a moment to end the session of
/// a command that is over.
const FIRST_TRIES: usize = 4;

/// Reads the ledger under the lock, if it is to be had at once.
pub fn read_locked(client: &mut Client, ledger: &Ledger) -> Result<LedgerState, DatabaseError> {
    let mut state = ledger.read(client, true)?;
    for _ in 1..FIRST_TRIES {
        if state.locked {
            break;
        }
        pause(PAUSE / 2)?;
        state = ledger.read(client, true)?;
    }
    Ok(state)
}

/// Reads the ledger under the lock, which is waited for like [`wait_for_lock`] does.
pub fn lock_and_read(
    client: &mut Client,
    ledger: &Ledger,
    patience: Duration,
    on_wait: &mut dyn FnMut(&Holder),
) -> Result<LedgerState, DatabaseError> {
    let state = read_locked(client, ledger)?;
    if state.locked {
        return Ok(state);
    }
    wait_for_lock(client, ledger, patience, on_wait)?;
    ledger.read(client, false)
}

/// Tries until the lock is had or the time is over. `on_wait` is told once who holds it.
pub fn wait_for_lock(
    client: &mut Client,
    ledger: &Ledger,
    patience: Duration,
    on_wait: &mut dyn FnMut(&Holder),
) -> Result<(), DatabaseError> {
    // None: for ever, as far as clocks go.
    let until = Instant::now().checked_add(patience);
    let mut told = false;
    while !try_lock(client, ledger)? {
        if !told {
            on_wait(&holder(client, ledger)?);
            told = true;
        }
        if until.is_some_and(|until| Instant::now() >= until) {
            return Err(DatabaseError::Locked { holder: holder(client, ledger)? });
        }
        pause(PAUSE)?;
    }
    Ok(())
}

/// Who holds the lock; without a pid, nobody does.
pub fn holder(client: &mut Client, ledger: &Ledger) -> Result<Holder, DatabaseError> {
    let query = format!(
        "{OWN_NAMES}SELECT l.pid, {COLUMNS} \
         FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid) WHERE {}",
        is_lock(ledger)
    );
    let messages =
        client.simple_query(&query).map_err(|error| DatabaseError::of(error, "the lock can't be looked up"))?;
    Ok(result_sets(messages).iter().flatten().next().map(Holder::of).unwrap_or_default())
}

/// An SQL condition on a row of `pg_locks`: it is the deployers' lock, and had.
pub(super) fn is_lock(ledger: &Ledger) -> String {
    // A bigint key stands in pg_locks as its upper and lower half.
    // https://www.postgresql.org/docs/current/view-pg-locks.html
    let key = ledger.lock_key().cast_unsigned();
    format!(
        "locktype OPERATOR(pg_catalog.=) 'advisory' AND granted AND objsubid OPERATOR(pg_catalog.=) 1 \
         AND classid OPERATOR(pg_catalog.=) {} AND objid OPERATOR(pg_catalog.=) {} AND database OPERATOR(pg_catalog.=) \
         (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())",
        key >> 32,
        key & 0xffff_ffff
    )
}
