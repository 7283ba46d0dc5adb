//! Baselines and the ledger: the rows of what they replace, and whether a database may be said to be at one.

use std::collections::HashMap;

use crate::database::ledger::{Entry, Ledger, LedgerState};
use crate::database::{Client, DatabaseError};
use crate::error::{Change, Error};
use crate::graph::{Action, Extent, Lineages, NodeRef, Plan, Rows, Target};
use crate::operation::compare::changed;
use crate::project::archive::{Archive, Member};
use crate::project::{History, OverlayError, View};
use crate::revision::{Checksum, Revision, RevisionId, Source};

/// Whether what a ledger has of a baseline's revisions is another history than the one that the baseline stands for:
/// the lineages of its sink tell.
fn is_other(state: &LedgerState, baseline: &Revision) -> bool {
    let sink = baseline.replaces.last().and_then(|sink| state.applied.get(sink));
    baseline.lineage.is_none() || sink.and_then(|sink| sink.lineage) != baseline.lineage
}

/// The history as it is needed for the way down: see [`History::overlay_down`]. A baseline that the database hasn't adopted is
/// undone as a whole only where it could be adopted; otherwise its members are, one by one, as they came.
pub fn overlay_down<'h>(
    history: &'h History,
    state: &LedgerState,
    rows: &Rows,
    targets: &[Target],
) -> Result<View<'h>, OverlayError> {
    history.overlay_down(rows, targets, &|baseline| is_other(state, baseline))
}

/// The same for the way up, and for a stamp.
pub fn overlay_up<'h>(history: &'h History, rows: &Rows, targets: &[Target]) -> Result<View<'h>, OverlayError> {
    history.overlay_up(rows, targets)
}

/// Fails unless every baseline that the plan adopts stands for the history that the database has.
pub fn check_adoptions(
    history: &History,
    client: &mut Client,
    ledger: &Ledger,
    state: &LedgerState,
    plan: &Plan,
) -> Result<(), Error> {
    let lineages = history.lineages();
    for step in plan.steps.iter().filter(|step| step.action == Action::Adopt) {
        let Some(baseline) = history.get(&step.revision) else { continue };
        let sink = baseline.replaces.last().and_then(|sink| history.graph.bearer(sink));
        let lineage = sink.and_then(|sink| lineage_at(state, sink).or_else(|| lineages.of(sink.id())));
        if baseline.lineage.is_none() || lineage != baseline.lineage {
            let differ = differing(history, client, ledger, state, baseline)?;
            let differ = differ.unwrap_or_default();
            return Err(Error::OtherHistory { baseline: baseline.id.clone(), differ });
        }
    }
    Ok(())
}

/// Why a database has another history above baselines that it hasn't adopted, if it is something inside these: the error
/// that says so.
pub fn other_history(
    history: &History,
    client: &mut Client,
    ledger: &Ledger,
    state: &LedgerState,
) -> Result<Option<Error>, Error> {
    let rows = state.rows();
    let all = history.graph.baselines().filter(|node| history.graph.extent(*node, &rows) == Extent::All);
    for baseline in all.filter_map(|node| history.revision_of(node)).filter(|baseline| is_other(state, baseline)) {
        let differ = differing(history, client, ledger, state, baseline)?;
        // Without an archive nobody can tell which of them differ; that one does is certain.
        if differ.as_ref().is_none_or(|differ| !differ.is_empty()) {
            let differ = differ.unwrap_or_default();
            return Ok(Some(Error::OtherHistory { baseline: baseline.id.clone(), differ }));
        }
    }
    Ok(None)
}

/// The lineage that a database has at a revision, if it has the revision.
fn lineage_at(state: &LedgerState, node: NodeRef<'_>) -> Option<Checksum> {
    let row = state.applied.get(node.id()).or_else(|| state.applied.get(node.node().replaces.last()?));
    row.and_then(|row| row.lineage)
}

/// The revisions of a baseline that the database has otherwise than the archive. None where the archive is gone.
fn differing(
    history: &History,
    client: &mut Client,
    ledger: &Ledger,
    state: &LedgerState,
    baseline: &Revision,
) -> Result<Option<Vec<Change>>, DatabaseError> {
    let Ok(view) = history.expanded(std::slice::from_ref(&baseline.id)) else { return Ok(None) };
    let mut changes = changed(&view, client, ledger, state)?.up;
    changes.retain(|change| baseline.replaces.contains(&change.revision));
    Ok(Some(changes))
}

/// All that the ledger keeps of a revision that stands in the history, or of an expanded baseline. None if it is neither.
pub fn entry(history: &History, lineages: &Lineages, revision: &Revision) -> Option<Entry> {
    let lasting = |ids: Vec<&RevisionId>| ids.into_iter().map(|id| lasting(history, id)).collect();
    let (parents, depends_on) = match history.graph.get(&revision.id) {
        Some(node) => (lasting(node.parents()), lasting(node.depends_on())),
        None => (named(history, &revision.parents)?, named(history, &revision.depends_on)?),
    };
    Some(Entry {
        id: revision.id.clone(),
        parents,
        depends_on,
        labels: revision.labels.clone(),
        message: revision.message.clone(),
        source: revision.source.clone(),
        up: Some(revision.up_checksum),
        down: Some(revision.down_checksum),
        lineage: Some(lineages.of(&revision.id).or(revision.lineage)?),
        replaces: revision.replaces.clone(),
        through: None,
    })
}

/// The id by which other rows call a revision: a baseline's row may go, but not its sink's.
fn lasting(history: &History, id: &RevisionId) -> RevisionId {
    let sink = history.graph.bearer(id).and_then(|node| node.node().replaces.last());
    sink.unwrap_or(id).clone()
}

/// The revisions that references mean.
fn named(history: &History, references: &[crate::revision::Reference]) -> Option<Vec<RevisionId>> {
    let mut ids = Vec::new();
    for reference in references {
        let found = history.graph.resolve(&reference.text.parse().ok()?, None).ok()?;
        ids.extend(found.iter().map(|id| lasting(history, id)));
    }
    ids.sort_unstable();
    ids.dedup();
    Some(ids)
}

/// The rows of all that a baseline replaces, through all levels. What the archive doesn't have any more is a row with
/// what the header knows: its id.
pub fn members(history: &History, baseline: &Revision) -> Result<Vec<Entry>, OverlayError> {
    let mut found = Found::default();
    if let Some(archive) = history.archive() {
        found.read(archive, &baseline.id)?;
    }
    let entry = |id: &RevisionId| match found.entries.remove(id) {
        Some(entry) => entry,
        None => unknown(id, baseline),
    };
    let mut entries: Vec<Entry> = baseline.replaces.iter().map(entry).collect();
    for entry in &mut entries {
        entry.through = Some(baseline.id.clone());
        for id in entry.parents.iter_mut().chain(&mut entry.depends_on) {
            if let Some(sink) = found.sink_of(id) {
                *id = sink.clone();
            } else if !baseline.replaces.contains(id) {
                *id = lasting(history, id);
            }
        }
    }
    Ok(entries)
}

/// What archives have of revisions.
#[derive(Default)]
struct Found {
    entries: HashMap<RevisionId, Entry>,
    /// The last direct member of each baseline.
    sinks: HashMap<RevisionId, RevisionId>,
}

impl Found {
    /// Reads a baseline's archive, and those of the baselines in it.
    fn read(&mut self, archive: &Archive, baseline: &RevisionId) -> Result<(), OverlayError> {
        let Some(archived) = archive.get(baseline)? else { return Ok(()) };
        let members = &archived.manifest.revisions;
        self.sinks.extend(members.last().map(|sink| (baseline.clone(), sink.id.clone())));
        for member in members {
            let file = archived.get(&member.id);
            let is_new = self.entries.insert(member.id.clone(), member_entry(member, file)).is_none();
            // One whose file was pruned may be a baseline too.
            if is_new && file.is_none_or(|file| !file.replaces.is_empty()) {
                self.read(archive, &member.id)?;
            }
        }
        Ok(())
    }

    /// The revision that a baseline stands on, through all levels.
    fn sink_of(&self, id: &RevisionId) -> Option<&RevisionId> {
        std::iter::successors(self.sinks.get(id), |sink| self.sinks.get(*sink)).take(self.sinks.len()).last()
    }
}

fn member_entry(member: &Member, file: Option<&Revision>) -> Entry {
    Entry {
        id: member.id.clone(),
        parents: member.parents.clone(),
        depends_on: member.depends_on.clone(),
        labels: member.labels.clone(),
        message: member.message.clone(),
        source: file.map_or_else(no_source, |file| file.source.clone()),
        up: Some(member.up),
        down: Some(member.down),
        lineage: Some(member.lineage),
        replaces: file.map(|file| file.replaces.clone()).unwrap_or_default(),
        through: None,
    }
}

fn unknown(id: &RevisionId, baseline: &Revision) -> Entry {
    let is_sink = baseline.replaces.last() == Some(id);
    Entry {
        id: id.clone(),
        parents: Vec::new(),
        depends_on: Vec::new(),
        labels: Vec::new(),
        message: String::new(),
        source: no_source(),
        up: None,
        down: None,
        lineage: baseline.lineage.filter(|_| is_sink),
        replaces: Vec::new(),
        through: None,
    }
}

fn no_source() -> Source {
    Source::from_text(std::path::Path::new(""), String::new())
}
