//! What is wrong in a ledger.

use serde::Serialize;

use crate::database::ledger::{Ledger, LedgerState, Unfinished, result_sets};
use crate::database::lock::holder;
use crate::database::message::OWN_NAMES;
use crate::database::{Client, DatabaseError, Session};
use crate::error::Error;
use crate::graph::Direction;
use crate::operation::check::{ChangedRevision, Findings, check_database};
use crate::operation::from_ledger::{kept, kept_revision};
use crate::project::{History, KeptError};
use crate::revision::RevisionId;

/// What was found. Empty lists: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Revisions that have begun and not ended.
    pub unfinished: Vec<StoppedAt>,
    /// Revisions in effect whose way up was edited, or that were moved in the graph.
    pub changed: Vec<ChangedRevision>,
    /// Revisions in effect whose way down is another one now: allowed, and told.
    pub down_changed: Vec<RevisionId>,
    /// Revisions in effect that have no file.
    pub missing: Vec<RevisionId>,
    /// Revisions that others in effect need, and that are not in effect.
    pub gaps: Vec<RevisionId>,
    /// Rows whose text isn't what was recorded.
    pub foreign: Vec<ForeignRow>,
    /// Who holds the deployers' lock and does nothing.
    pub idle_holder: Option<IdleHolder>,
    /// Why the files could not be compared with the ledger.
    pub not_compared: Option<String>,
}

/// Where a revision stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoppedAt {
    /// The revision.
    pub revision: RevisionId,
    /// Its way.
    pub direction: Direction,
    /// The section, counted from 1 among those of its direction.
    pub section: usize,
    /// The statement within it, counted from 1.
    pub statement: usize,
    /// Whether nobody was told how that statement ended.
    pub unknown_outcome: bool,
    /// Whether the ledger says that its way is done: then nothing goes on with it any more.
    pub stale: bool,
}

/// A row whose text isn't what was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForeignRow {
    /// The revision.
    pub revision: RevisionId,
    /// What doesn't fit.
    pub what: String,
    /// Whether it has a file to replace the text with.
    pub has_file: bool,
}

/// A session that holds the deployers' lock and does nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdleHolder {
    /// Its process on the server.
    pub pid: String,
    /// Who it is.
    pub who: String,
    /// What it is: `idle`, `idle in transaction`, …
    pub state: String,
    /// Since when, in UTC.
    pub since: String,
}

impl Diagnosis {
    /// Whether nothing is wrong. A changed way down is allowed.
    pub fn is_clean(&self) -> bool {
        let Diagnosis { unfinished, changed, missing, gaps, foreign, idle_holder, not_compared, .. } = self;
        unfinished.is_empty()
            && changed.is_empty()
            && missing.is_empty()
            && gaps.is_empty()
            && foreign.is_empty()
            && idle_holder.is_none()
            && not_compared.is_none()
    }
}

/// Looks at the ledger, and holds it against the files. Touches nothing.
pub fn diagnose(history: &History, session: &mut Session, ledger: &Ledger) -> Result<Diagnosis, Error> {
    let state = ledger.read(session.client(), false)?;
    let foreign = foreign(history, session.client(), ledger, &state)?;
    let (findings, not_compared) = match compared(history, session, ledger, &state) {
        Ok(findings) => (findings, None),
        Err(Error::Database(error)) => return Err(error.into()),
        Err(error) => (Findings::default(), Some(error.to_string())),
    };
    Ok(Diagnosis {
        unfinished: state.unfinished.iter().map(|unfinished| stopped_at(unfinished, &state)).collect(),
        changed: findings.changed,
        down_changed: findings.down_changed,
        missing: missing(history, &state),
        gaps: findings.gaps,
        foreign,
        idle_holder: idle_holder(session.client(), ledger)?,
        not_compared,
    })
}

fn compared(history: &History, session: &mut Session, ledger: &Ledger, state: &LedgerState) -> Result<Findings, Error> {
    match history.check_complete() {
        Ok(()) => check_database(history, session, ledger),
        Err(_) => {
            let kept = kept(history, session.client(), ledger, state)?;
            check_database(&history.completed(kept)?, session, ledger)
        }
    }
}

/// The revisions in effect that no file speaks of.
fn missing(history: &History, state: &LedgerState) -> Vec<RevisionId> {
    let known = history.names_in_files();
    let all_known = |ids: &[RevisionId]| !ids.is_empty() && ids.iter().all(|id| known.contains(id));
    let rows = state.applied.iter().filter(|(id, row)| !known.contains(id) && !all_known(&row.replaces));
    let mut missing: Vec<RevisionId> = rows.map(|(id, _)| id.clone()).collect();
    missing.sort_unstable();
    missing
}

fn stopped_at(unfinished: &Unfinished, state: &LedgerState) -> StoppedAt {
    let in_effect = state.applied.contains_key(&unfinished.revision);
    StoppedAt {
        revision: unfinished.revision.clone(),
        direction: unfinished.direction,
        section: unfinished.section + 1,
        statement: unfinished.statement + 1,
        unknown_outcome: unfinished.running,
        stale: in_effect == (unfinished.direction == Direction::Up),
    }
}

/// Rows whose text isn't what was recorded. Those that a baseline brought without a text are as they should be.
fn foreign(
    history: &History,
    client: &mut Client,
    ledger: &Ledger,
    state: &LedgerState,
) -> Result<Vec<ForeignRow>, DatabaseError> {
    let files = history.ids_of_files();
    let mut ids: Vec<RevisionId> = state.applied.keys().cloned().collect();
    ids.sort_unstable();
    let mut foreign = Vec::new();
    for stored in ledger.stored(client, &ids)? {
        let kept = kept_revision(stored, state);
        let has_file = files.contains(&kept.id);
        match kept.verified() {
            Err(KeptError::Foreign { id, what }) => foreign.push(ForeignRow { revision: id, what, has_file }),
            Err(KeptError::NoText(id)) if kept.up.is_some() && has_file => {
                foreign.push(ForeignRow { revision: id, what: "it is empty".to_owned(), has_file });
            }
            Ok(_) | Err(KeptError::NoText(_)) => {}
        }
    }
    foreign.sort_unstable_by(|one, other| one.revision.cmp(&other.revision));
    Ok(foreign)
}

/// A lock of a session goes with the session, and so with its client, as soon as the server sees that it is gone. What
/// keeps it is a pool that keeps the session, or a client that waits for a person.
fn idle_holder(client: &mut Client, ledger: &Ledger) -> Result<Option<IdleHolder>, DatabaseError> {
    let holder = holder(client, ledger)?;
    let Some(pid) = holder.pid.clone() else { return Ok(None) };
    let query = format!(
        "{OWN_NAMES}SELECT state, to_char(state_change AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') \
         FROM pg_catalog.pg_stat_activity WHERE pid = {pid} AND state LIKE 'idle%'"
    );
    let found = client
        .simple_query(&query)
        .map_err(|error| DatabaseError::of(error, "who holds the lock can't be looked up"))?;
    let found = result_sets(found);
    let text = |column: usize| found.get(1)?.first()?.get(column).map(str::to_owned);
    Ok(text(0).zip(text(1)).map(|(state, since)| IdleHolder { pid, who: holder.to_string(), state, since }))
}
