//! Where a database is.

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;
use petgraph::graph::NodeIndex;
use petgraph::visit::VisitMap;

use super::reach::{Follow, members};
use super::{Graph, GraphError};
use crate::revision::RevisionId;

/// The revisions in effect in a database, as far as a graph knows them. The set is always closed: with a revision,
/// everything that it needs is in it.
#[derive(Debug, Clone)]
pub struct State<'g> {
    graph: &'g Graph,
    applied: FixedBitSet,
    unknown: Vec<RevisionId>,
    gaps: Vec<RevisionId>,
}

impl Graph {
    /// The state of a database that is at `heads`: they and everything that they need. No heads: an empty database.
    pub fn state_at(&self, heads: impl IntoIterator<Item = RevisionId>) -> State<'_> {
        State { gaps: Vec::new(), ..self.state_of(heads) }
    }

    /// The state of a database whose ledger holds exactly `applied`. What is needed by one of them and is not among
    /// them, such as a revision that was inserted below later, counts as applied and is told by [`State::gaps`].
    pub fn state_of(&self, applied: impl IntoIterator<Item = RevisionId>) -> State<'_> {
        let mut unknown = BTreeSet::new();
        let mut given = self.no_revisions();
        for id in applied {
            match self.index(&id) {
                Some(node) => given.insert(node.index()),
                None => drop(unknown.insert(id)),
            }
        }
        let applied = self.all_below(members(&given), Follow::All);
        let gaps = self.ids(applied.difference(&given).map(NodeIndex::new));
        State { graph: self, applied, unknown: unknown.into_iter().collect(), gaps }
    }
}

impl<'g> State<'g> {
    /// The graph that knows the revisions.
    pub fn graph(&self) -> &'g Graph {
        self.graph
    }

    /// The revisions in effect, in plan order.
    pub fn applied(&self) -> Vec<RevisionId> {
        self.graph.in_plan_order(&self.applied)
    }

    /// Whether a revision is in effect.
    pub fn contains(&self, id: &RevisionId) -> bool {
        self.graph.index(id).is_some_and(|node| self.applied.is_visited(&node))
    }

    /// The revisions in effect that no other one in effect needs.
    pub fn heads(&self) -> Vec<RevisionId> {
        self.graph.ids(self.head_indices())
    }

    /// What `current` shows: the revisions in effect that no other one in effect has as a parent. So a branch that
    /// is only there because another depends on it is shown too.
    pub fn current(&self) -> Vec<RevisionId> {
        self.graph.ids(self.current_indices())
    }

    /// The ids that the graph doesn't have. While there are any, no plan can be made.
    pub fn unknown(&self) -> &[RevisionId] {
        &self.unknown
    }

    /// What [`Graph::state_of`] added because an applied revision needs it.
    pub fn gaps(&self) -> &[RevisionId] {
        &self.gaps
    }

    /// Fails if the database holds revisions that the graph doesn't have.
    pub(super) fn all_known(&self) -> Result<(), GraphError> {
        match self.unknown[..] {
            [] => Ok(()),
            _ => Err(GraphError::UnknownApplied { ids: self.unknown.clone() }),
        }
    }

    pub(super) fn applied_set(&self) -> &FixedBitSet {
        &self.applied
    }

    pub(super) fn head_indices(&self) -> Vec<NodeIndex> {
        self.graph.maximal(&self.applied, Follow::All)
    }

    pub(super) fn current_indices(&self) -> Vec<NodeIndex> {
        self.graph.maximal(&self.applied, Follow::Parents)
    }
}
