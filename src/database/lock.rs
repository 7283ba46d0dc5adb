//! One deployer at a time: a session's advisory lock, taken by trying and never by waiting in the server,
//! so that a CREATE INDEX CONCURRENTLY of the holder, which waits for every older transaction, can end.
//!
//! The lock only orders deployers. What protects the ledger is the compare-and-swap on its generation.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use crate::database::Client;

use super::DatabaseError;
use super::ledger::{Ledger, LedgerState, result_sets};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// Who holds the lock, as far as the server tells this role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    /// The backend.
    pub pid: Option<String>,
    /// Its application_name.
    pub application: Option<String>,
    /// The role.
    pub role: Option<String>,
    /// Since when its session is there, in UTC.
    pub since: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pid {
            Some(pid) => write!(f, "pid {pid}")?,
            None => write!(f, "a session that this role may not see")?,
        }
        for (name, value) in
            [("application", &self.application), ("role", &self.role), ("connected since", &self.since)]
        {
            if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                write!(f, ", {name} {value}")?;
            }
        }
        Ok(())
    }
}

/// Tries to take the lock. One round trip.
pub fn try_lock(client: &mut Client, ledger: &Ledger) -> Result<bool, DatabaseError> {
    let query = format!("SELECT pg_catalog.pg_try_advisory_lock({})", ledger.lock_key());
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
        thread::sleep(PAUSE / 2);
        state = ledger.read(client, true)?;
    }
    Ok(state)
}

/// Tries until the lock is had or the time is over. `on_wait` is told once who holds it.
pub fn wait_for_lock(
    client: &mut Client,
    ledger: &Ledger,
    patience: Duration,
    on_wait: &mut dyn FnMut(&Holder),
) -> Result<(), DatabaseError> {
    let until = Instant::now() + patience;
    let mut told = false;
    while !try_lock(client, ledger)? {
        if !told {
            on_wait(&holder(client, ledger)?);
            told = true;
        }
        if Instant::now() >= until {
            return Err(DatabaseError::Locked { holder: holder(client, ledger)? });
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// Who holds the lock; without a pid, nobody does.
pub fn holder(client: &mut Client, ledger: &Ledger) -> Result<Holder, DatabaseError> {
    // A bigint key stands in pg_locks as its upper and lower half.
    // https://www.postgresql.org/docs/current/view-pg-locks.html
    let key = ledger.lock_key().cast_unsigned();
    let query = format!(
        "SELECT l.pid, a.application_name, a.usename, \
         to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') \
         FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid) \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = {} AND l.objid = {} \
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())",
        key >> 32,
        key & 0xffff_ffff
    );
    let messages =
        client.simple_query(&query).map_err(|error| DatabaseError::of(error, "the lock can't be looked up"))?;
    let sets = result_sets(messages);
    let text = |column: usize| sets.first()?.first()?.get(column).map(str::to_owned);
    Ok(Holder { pid: text(0), application: text(1), role: text(2), since: text(3) })
}
