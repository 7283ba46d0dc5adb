//! The files against the ledger: what was edited after it ran.

use crate::database::Client;
use similar::TextDiff;

use crate::database::DatabaseError;
use crate::database::ledger::{Ledger, LedgerState, StoredRevision};
use crate::error::Change;
use crate::project::History;
use crate::revision::{Checksum, Revision, RevisionId};

/// What differs between the files and the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Revisions whose way up, or whose place in the graph, isn't what ran.
    pub up: Vec<Change>,
    /// Revisions whose way down alone is another one now: allowed, and told.
    pub down: Vec<RevisionId>,
}

impl Changes {
    /// Whether no text changed on the way up: then it may be something that is not compared here, below what is.
    pub fn is_of_lineage_alone(&self) -> bool {
        self.up.iter().all(|change| change.only_lineage)
    }
}

/// Compares every revision in effect that has a file. Only if something differs does it ask the ledger for
/// the text that ran.
pub fn changed(
    history: &History,
    client: &mut Client,
    ledger: &Ledger,
    state: &LedgerState,
) -> Result<Changes, DatabaseError> {
    let lineages = history.lineages();
    let mut changes = Changes::default();
    let mut moved = Vec::new();
    for (id, applied) in &state.applied {
        let Some(revision) = history.get(id) else { continue };
        // What is not known, because a baseline ran it whose archive was gone, is not held against the file.
        let differs = |ran: Option<Checksum>, now: Option<Checksum>| ran.is_some() && now.is_some() && ran != now;
        let same_text = !differs(applied.up, Some(revision.up_checksum));
        if !same_text {
            moved.push((id.clone(), false));
        } else if differs(applied.down, Some(revision.down_checksum)) {
            changes.down.push(id.clone());
        }
        if same_text && differs(applied.lineage, lineages.of(id)) {
            moved.push((id.clone(), true));
        }
    }
    changes.down.sort_unstable();
    // Whatever stands above a changed revision has another lineage too: those say nothing new.
    if moved.iter().any(|(_, only_lineage)| !only_lineage) {
        moved.retain(|(_, only_lineage)| !only_lineage);
    }
    moved.sort_unstable();
    let ids: Vec<RevisionId> = moved.iter().map(|(id, _)| id.clone()).collect();
    let stored = ledger.stored(client, &ids)?;
    for (id, only_lineage) in moved {
        let Some(revision) = history.get(&id) else { continue };
        let ran = stored.iter().find(|stored| stored.id == id);
        changes.up.push(change(revision, ran, only_lineage));
    }
    if changes.up.iter().all(|change| change.only_lineage) {
        changes.up = first_moved(history, changes.up, &stored);
    }
    Ok(changes)
}

fn change(revision: &Revision, ran: Option<&StoredRevision>, only_lineage: bool) -> Change {
    let before = ran.map(|stored| stored.source.text()).unwrap_or_default();
    let parsed = ran.and_then(|stored| Revision::parse(stored.source.clone()).ok());
    Change {
        revision: revision.id.clone(),
        path: revision.source.path().display().to_string(),
        only_comments: !only_lineage && parsed.is_some_and(|ran| ran.differs_only_in_comments(revision)),
        only_lineage,
        diff: diff(before, revision.source.text()),
    }
}

/// Of revisions whose lineage alone differs, those that were themselves moved: their parents or
/// dependencies aren't what the ledger has. The others merely stand above them.
fn first_moved(history: &History, changes: Vec<Change>, stored: &[StoredRevision]) -> Vec<Change> {
    let was_moved = |change: &Change| {
        let (Some(now), Some(ran)) =
            (history.graph.get(&change.revision), stored.iter().find(|stored| stored.id == change.revision))
        else {
            return true;
        };
        // By another name, such as a baseline's in place of its sink's, it is still the same one.
        let same = |ran: &[RevisionId], now: Vec<&RevisionId>| {
            let bearer = |id| history.graph.bearer(id).map_or(id, |node| node.id());
            let mut ran: Vec<&RevisionId> = ran.iter().map(bearer).collect();
            ran.sort_unstable();
            ran == now
        };
        !same(&ran.parents, now.parents()) || !same(&ran.depends_on, now.depends_on())
    };
    let (moved, rest): (Vec<Change>, Vec<Change>) = changes.into_iter().partition(was_moved);
    if moved.is_empty() { rest } else { moved }
}

/// The lines that differ, with three around them.
fn diff(before: &str, now: &str) -> String {
    TextDiff::from_lines(before, now).unified_diff().context_radius(3).header("as it ran", "the file now").to_string()
}
