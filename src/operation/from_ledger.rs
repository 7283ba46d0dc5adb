//! Revisions that a database has and the files lack: what the ledger keeps of them stands in, on the way down.

use crate::database::ledger::{Ledger, LedgerState, StoredRevision};
use crate::database::{Client, DatabaseError};
use crate::error::Error;
use crate::graph::Target;
use crate::operation::baseline::overlay_down;
use crate::project::{BaselineError, History, Kept, KeptRevision, LoadError, OverlayError, View};
use crate::revision::RevisionId;

/// The history as the way down needs it. Where the files lack something that is in effect, or an archive lacks what a
/// baseline replaces, the ledger is asked for it; otherwise it isn't, and costs nothing.
///
/// # Errors
/// What [`overlay_down`] fails with; and a text of the ledger that isn't what was recorded.
pub fn overlay_from_ledger<'h>(
    history: &'h History,
    client: &mut Client,
    ledger: &Ledger,
    state: &LedgerState,
    targets: &[Target],
) -> Result<View<'h>, Error> {
    let rows = state.rows();
    let by_files = history.check_complete().map_err(OverlayError::Load);
    match by_files.and_then(|()| overlay_down(history, state, &rows, targets)) {
        Ok(view) if view.graph.state_of(&rows).unknown().is_empty() => return Ok(view),
        // A file is missing, or an archive.
        Ok(_) | Err(OverlayError::Load(LoadError::Graph(_)) | OverlayError::Baseline(BaselineError::Gone { .. })) => {}
        Err(error) => return Err(error.into()),
    }
    let completed = history.completed(kept(history, client, ledger, state)?)?;
    let expanded = match overlay_down(&completed, state, &rows, targets)? {
        View::Expanded(expanded) => Some(expanded),
        View::Collapsed(_) => None,
    };
    Ok(View::Expanded(expanded.unwrap_or_else(|| Box::new(completed))))
}

/// What the ledger keeps of the revisions in effect that have no file among the live ones.
pub fn kept(
    history: &History,
    client: &mut Client,
    ledger: &Ledger,
    state: &LedgerState,
) -> Result<Kept, DatabaseError> {
    let files = history.ids_of_files();
    let lacking: Vec<RevisionId> = state.applied.keys().filter(|id| !files.contains(id)).cloned().collect();
    let stored = ledger.stored(client, &lacking)?;
    Ok(Kept::new(stored.into_iter().map(|stored| kept_revision(stored, state))))
}

/// A row of the ledger, with its checksums.
pub fn kept_revision(stored: StoredRevision, state: &LedgerState) -> KeptRevision {
    let row = state.applied.get(&stored.id);
    KeptRevision {
        up: row.and_then(|row| row.up),
        down: row.and_then(|row| row.down),
        id: stored.id,
        parents: stored.parents,
        depends_on: stored.depends_on,
        replaces: stored.replaces,
        source: stored.source,
    }
}
