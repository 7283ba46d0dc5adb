//! `current`: where a database is.

use std::collections::HashSet;

use serde::Serialize;

use crate::database::Session;
use crate::database::ledger::{Ledger, StoredRevision, Unfinished};
use crate::error::Error;
use crate::graph::{Direction, Extent, Graph, GraphError, Node, NodeRef, Reference};
use crate::project::History;
use crate::revision::{Checksum, RevisionId};

/// Where a database is, as far as its ledger and the files tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Current {
    /// What it is at: the revisions in effect that no other one in effect has as a parent, those that another
    /// depends on among them, as in Alembic.
    pub current: Vec<CurrentRevision>,
    /// The revisions in effect that no other one in effect needs.
    pub heads: Vec<RevisionId>,
    /// How many revisions are in effect.
    pub applied: usize,
    /// Revisions in effect that have no file.
    pub missing: Vec<RevisionId>,
    /// The files' heads that are not in effect.
    pub pending_heads: Vec<RevisionId>,
    /// Revisions that have begun and not ended.
    pub unfinished: Vec<Begun>,
    /// The lineage of the database: two with the same one ran the same history.
    pub lineage: Checksum,
}

/// A revision that has begun and not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Begun {
    /// The revision.
    pub revision: RevisionId,
    /// Its way: what goes that way goes on where it stopped.
    pub direction: Direction,
}

impl From<Unfinished> for Begun {
    fn from(unfinished: Unfinished) -> Begun {
        Begun { revision: unfinished.revision, direction: unfinished.direction }
    }
}

/// One revision that a database is at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CurrentRevision {
    /// Its id.
    pub id: RevisionId,
    /// What it is for.
    pub message: String,
    /// Whether it is a head of the files.
    pub head: bool,
    /// Whether the files have it.
    pub has_file: bool,
    /// The baseline of the files that it is inside of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<RevisionId>,
}

/// Reads where a database is. Where it is inside a baseline, the ledger knows the way, and no archive is opened.
pub fn current(history: &History, session: &mut Session, ledger: &Ledger) -> Result<Current, Error> {
    let state = ledger.read(session.client(), false)?;
    let rows = state.rows();
    let missing = history.graph.state_of(&rows).unknown().to_vec();
    let entered: Vec<NodeRef<'_>> =
        history.graph.baselines().filter(|one| history.graph.extent(*one, &rows) == Extent::Part).collect();
    let replaced = entered.iter().flat_map(|baseline| &baseline.node().replaces).filter(|id| rows.has(id));
    let lacking: Vec<RevisionId> = missing.iter().chain(replaced).cloned().collect();
    let stored = ledger.stored(session.client(), &lacking)?;
    // What the files call otherwise by now may not fit: then the files' graph has to do, and the rest is missing.
    let with_stored = graph_with(history, &entered, &stored).unwrap_or(None);
    let graph = with_stored.as_ref().unwrap_or(&history.graph);
    let applied = graph.state_of(&rows);
    let heads = applied.heads();
    let revision = |id: RevisionId| CurrentRevision {
        message: match (history.get(&id), stored.iter().find(|stored| stored.id == id)) {
            (Some(revision), _) => revision.message.clone(),
            (None, stored) => stored.map(|stored| stored.message.clone()).unwrap_or_default(),
        },
        head: history.graph.get(&id).is_some_and(|node| node.is_head()),
        has_file: history.get(&id).is_some(),
        within: history.graph.bearer(&id).map(|node| node.id().clone()).filter(|baseline| *baseline != id),
        id,
    };
    let lineage = |id: &RevisionId| {
        let sink = graph.get(id).and_then(|node| node.node().replaces.last());
        state.applied.get(id).or_else(|| state.applied.get(sink?))?.lineage
    };
    Ok(Current {
        lineage: crate::graph::database_lineage(heads.iter().filter_map(lineage)),
        current: applied.current().into_iter().map(revision).collect(),
        pending_heads: history.graph.heads().into_iter().filter(|id| !applied.contains(id)).collect(),
        heads,
        applied: state.applied.len(),
        missing,
        unfinished: state.unfinished.into_iter().map(Begun::from).collect(),
    })
}

/// The files' graph with revisions of the ledger added; none if there is nothing to add. Baselines that the database is
/// inside of go, with all above them, for what the ledger has of them comes in their place.
fn graph_with(
    history: &History,
    entered: &[NodeRef<'_>],
    stored: &[StoredRevision],
) -> Result<Option<Graph>, Vec<GraphError>> {
    if stored.is_empty() {
        return Ok(None);
    }
    let entered: Vec<RevisionId> = entered.iter().map(|baseline| baseline.id().clone()).collect();
    let gone: HashSet<RevisionId> = history.graph.descendants(&entered).into_iter().collect();
    // A label may be a file's by now; the ledger's copy is there for its place in the graph alone.
    let reference = |id: &RevisionId| Reference::from(id);
    let nodes = outermost(stored).into_iter().map(|stored| Node {
        parents: stored.parents.iter().map(reference).collect(),
        depends_on: stored.depends_on.iter().map(reference).collect(),
        replaces: stored.replaces.clone(),
        ..Node::new(stored.id.clone())
    });
    let live = history.nodes().filter(|node| !gone.contains(&node.id));
    Graph::build(live.chain(nodes).collect()).map(Some)
}

/// Of the ledger's revisions, those that no other one of them replaces. A baseline that replaces something that is not
/// among them says nothing here: what it replaces is known otherwise.
pub(super) fn outermost(stored: &[StoredRevision]) -> Vec<&StoredRevision> {
    let ids: HashSet<&RevisionId> = stored.iter().map(|stored| &stored.id).collect();
    let (mut baselines, plain): (Vec<&StoredRevision>, Vec<&StoredRevision>) =
        stored.iter().partition(|stored| !stored.replaces.is_empty());
    baselines.retain(|baseline| baseline.replaces.iter().all(|id| ids.contains(id)));
    baselines.sort_by_key(|baseline| std::cmp::Reverse(baseline.replaces.len()));
    let mut replaced: HashSet<&RevisionId> = HashSet::new();
    baselines.retain(|baseline| {
        let is_outer = !replaced.contains(&baseline.id);
        replaced.extend(baseline.replaces.iter().filter(|_| is_outer));
        is_outer
    });
    baselines.into_iter().chain(plain).filter(|stored| !replaced.contains(&stored.id)).collect()
}
