//! How far a CREATE INDEX CONCURRENTLY has come: asked on a second connection, and only while it runs.

use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::connect::{ConnectOptions, ConnectionSpec, connect};
use super::ledger::result_sets;
use super::message::OWN_NAMES;
use super::{Client, Notice, Observer};

/// Between two looks, and before the first: what takes less time needs no watching.
const PAUSE: Duration = Duration::from_secs(1);

/// Who looks after what an index is built by, on connections of its own.
#[derive(Clone)]
pub struct IndexWatch {
    spec: ConnectionSpec,
    observer: Observer,
}

/// A watch that is kept; it ends with the value.
pub struct Watching {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How far an index has come.
/// <https://www.postgresql.org/docs/current/progress-reporting.html#CREATE-INDEX-PROGRESS-REPORTING>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Building {
    /// PostgreSQL's name of what it does.
    pub phase: String,
    /// How much of that is done.
    pub done: u64,
    /// Of how much; 0 where that isn't known.
    pub total: u64,
    /// What is counted.
    pub unit: &'static str,
    /// The session whose end is waited for.
    pub waits_for: Option<String>,
}

impl fmt::Display for Building {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Building { phase, done, total, unit, waits_for } = self;
        f.write_str(phase)?;
        if *total > 0 {
            write!(f, ": {done} of {total} {unit} ({} %)", done.saturating_mul(100) / total)?;
        }
        waits_for.as_ref().map_or(Ok(()), |pid| write!(f, ", waits for pid {pid}"))
    }
}

impl IndexWatch {
    /// Watches over sessions of that server, and tells the observer.
    pub fn new(spec: ConnectionSpec, observer: Observer) -> IndexWatch {
        IndexWatch { spec, observer }
    }

    /// Watches over the index that a session of the server builds. Where there is no second connection to be had, nothing
    /// is told: the index is what counts.
    pub fn over(&self, client: &mut Client) -> Option<Watching> {
        let pid = first_row(client, "SELECT pg_catalog.pg_backend_pid()")?.into_iter().next()??;
        let (stop, stopped) = mpsc::channel();
        let watch = self.clone();
        let look = move || {
            let mut second: Option<Client> = None;
            while stopped.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                if second.is_none() {
                    second = connect(&watch.spec, &ConnectOptions::default()).ok();
                }
                let Some(client) = second.as_mut() else { break };
                match building(client, &pid) {
                    Some(found) => (watch.observer)(Notice::Building(found)),
                    None => second = None,
                }
            }
            (watch.observer)(Notice::Built);
        };
        let thread = thread::Builder::new().name("revgraph-watch".to_owned()).spawn(look).ok()?;
        Some(Watching { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Whatever became of it, the index is built by another session.
            let _ = thread.join();
        }
    }
}

fn building(client: &mut Client, pid: &str) -> Option<Building> {
    let row = first_row(
        client,
        &format!(
            "{OWN_NAMES}SELECT phase, lockers_done, lockers_total, tuples_done, tuples_total, blocks_done, blocks_total, \
             nullif(current_locker_pid, 0) FROM pg_catalog.pg_stat_progress_create_index WHERE pid = {pid}"
        ),
    )?;
    let number = |column: usize| row.get(column)?.as_deref()?.parse::<u64>().ok();
    let phase = row.first()?.clone()?;
    let counted = [(1, "sessions"), (5, "blocks"), (3, "rows")];
    let found = counted.into_iter().find(|(column, _)| number(column + 1).is_some_and(|total| total > 0));
    let (column, unit) = found.unwrap_or((5, "blocks"));
    let waits_for = row.get(7).cloned().flatten();
    Some(Building { phase, done: number(column).unwrap_or(0), total: number(column + 1).unwrap_or(0), unit, waits_for })
}

/// The first row of a query, with its columns as text.
fn first_row(client: &mut Client, query: &str) -> Option<Vec<Option<String>>> {
    let sets = result_sets(client.simple_query(query).ok()?);
    let row = sets.last()?.first()?;
    Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_it() {
        let building = |done, total, waits_for: Option<&str>| Building {
            phase: "building index: scanning table".to_owned(),
            done,
            total,
            unit: "blocks",
            waits_for: waits_for.map(str::to_owned),
        };
        assert_eq!(building(0, 0, None).to_string(), "building index: scanning table");
        assert_eq!(building(999, 1000, None).to_string(), "building index: scanning table: 999 of 1000 blocks (99 %)");
        assert!(building(0, 2, Some("77")).to_string().ends_with("0 of 2 blocks (0 %), waits for pid 77"));
    }
}
