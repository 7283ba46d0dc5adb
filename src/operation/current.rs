//! `current`: where a database is.

use serde::Serialize;

use crate::database::Session;
use crate::database::ledger::{Ledger, LedgerState, StoredRevision};
use crate::error::Error;
use crate::graph::{Graph, Node, Reference};
use crate::project::History;
use crate::revision::{Checksum, RevisionId};

/// Where a database is, as far as its ledger and the files tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    pub unfinished: Vec<RevisionId>,
    /// The lineage of the database: two with the same one ran the same history.
    pub lineage: Checksum,
}

/// One revision that a database is at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurrentRevision {
    /// Its id.
    pub id: RevisionId,
    /// What it is for.
    pub message: String,
    /// Whether it is a head of the files.
    pub head: bool,
    /// Whether the files have it.
    pub has_file: bool,
}

/// Reads where a database is.
pub fn current(history: &History, session: &mut Session, ledger: &Ledger) -> Result<Current, Error> {
    let state = ledger.read(session.client(), false)?;
    let missing = missing(history, &state);
    let stored = ledger.stored(session.client(), &missing)?;
    // What the files call otherwise by now may not fit: then the files' graph has to do, and the rest is missing.
    let with_stored = graph_with(history, &stored).unwrap_or(None);
    let graph = with_stored.as_ref().unwrap_or(&history.graph);
    let applied = graph.state_of(state.applied.keys().cloned());
    let heads = applied.heads();
    let revision = |id: RevisionId| CurrentRevision {
        message: match (history.get(&id), stored.iter().find(|stored| stored.id == id)) {
            (Some(revision), _) => revision.message.clone(),
            (None, stored) => stored.map(|stored| stored.message.clone()).unwrap_or_default(),
        },
        head: history.graph.get(&id).is_some_and(|node| node.is_head()),
        has_file: history.get(&id).is_some(),
        id,
    };
    let lineages = heads.iter().filter_map(|id| state.applied.get(id)).map(|applied| applied.lineage);
    Ok(Current {
        lineage: crate::graph::database_lineage(lineages),
        current: applied.current().into_iter().map(revision).collect(),
        pending_heads: history.graph.heads().into_iter().filter(|id| !state.applied.contains_key(id)).collect(),
        heads,
        applied: state.applied.len(),
        missing,
        unfinished: state.unfinished.into_iter().map(|unfinished| unfinished.revision).collect(),
    })
}

/// The revisions in effect that have no file.
pub fn missing(history: &History, state: &LedgerState) -> Vec<RevisionId> {
    let mut missing: Vec<RevisionId> = state.applied.keys().filter(|id| history.get(id).is_none()).cloned().collect();
    missing.sort_unstable();
    missing
}

/// The files' graph with revisions of the ledger added; none if there is nothing to add.
pub fn graph_with(history: &History, stored: &[StoredRevision]) -> Result<Option<Graph>, Error> {
    if stored.is_empty() {
        return Ok(None);
    }
    // A label may be a file's by now; the ledger's copy is there for its place in the graph alone.
    let reference = |id: &RevisionId| Reference::from(id);
    let nodes = stored.iter().map(|stored| Node {
        parents: stored.parents.iter().map(reference).collect(),
        depends_on: stored.depends_on.iter().map(reference).collect(),
        ..Node::new(stored.id.clone())
    });
    let graph = Graph::build(history.nodes().chain(nodes).collect());
    graph.map(Some).map_err(|errors| crate::project::LoadError::Graph(errors).into())
}
