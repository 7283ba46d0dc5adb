//! What lies below and above revisions.

use fixedbitset::FixedBitSet;
use petgraph::graph::NodeIndex;
use petgraph::visit::{Dfs, EdgeFiltered, EdgeRef, IntoNeighbors, Reversed, VisitMap};
use petgraph::{Direction, Incoming, Outgoing};

use super::Graph;
use super::node::Relation;
use crate::revision::RevisionId;

/// Which edges a question follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    /// Only parents.
    Parents,
    /// Parents and depends_on.
    All,
}

impl Follow {
    fn takes(self, relation: Relation) -> bool {
        self == Follow::All || relation == Relation::Parent
    }
}

impl Graph {
    /// `nodes` and everything that they need.
    pub(super) fn all_below(&self, nodes: impl IntoIterator<Item = NodeIndex>, follow: Follow) -> FixedBitSet {
        let edges = EdgeFiltered::from_fn(&self.dag, |edge| follow.takes(*edge.weight()));
        self.reach(Reversed(&edges), nodes)
    }

    /// `nodes` and everything that needs them.
    pub(super) fn all_above(&self, nodes: impl IntoIterator<Item = NodeIndex>, follow: Follow) -> FixedBitSet {
        let edges = EdgeFiltered::from_fn(&self.dag, |edge| follow.takes(*edge.weight()));
        self.reach(&edges, nodes)
    }

    /// A revision, all that it needs, and all that needs it.
    pub(super) fn relatives(&self, node: NodeIndex, follow: Follow) -> FixedBitSet {
        &self.all_below([node], follow) | &self.all_above([node], follow)
    }

    fn reach<G>(&self, edges: G, nodes: impl IntoIterator<Item = NodeIndex>) -> FixedBitSet
    where
        G: IntoNeighbors<NodeId = NodeIndex>,
    {
        let mut search = Dfs::from_parts(nodes.into_iter().collect(), self.no_revisions());
        while search.next(edges).is_some() {}
        search.discovered
    }

    /// An empty set that has room for every revision.
    pub(super) fn no_revisions(&self) -> FixedBitSet {
        FixedBitSet::with_capacity(self.len())
    }

    /// The revisions directly below.
    pub(super) fn below(&self, node: NodeIndex, follow: Follow) -> impl Iterator<Item = NodeIndex> {
        self.beside(node, Incoming, move |relation| follow.takes(relation))
    }

    /// The revisions directly above.
    pub(super) fn above(&self, node: NodeIndex, follow: Follow) -> impl Iterator<Item = NodeIndex> {
        self.beside(node, Outgoing, move |relation| follow.takes(relation))
    }

    /// The revisions on the other side of one kind of edge.
    pub(super) fn related(
        &self,
        node: NodeIndex,
        direction: Direction,
        relation: Relation,
    ) -> impl Iterator<Item = NodeIndex> {
        self.beside(node, direction, move |other| other == relation)
    }

    fn beside(
        &self,
        node: NodeIndex,
        direction: Direction,
        takes: impl Fn(Relation) -> bool,
    ) -> impl Iterator<Item = NodeIndex> {
        let edges = self.dag.edges_directed(node, direction).filter(move |edge| takes(*edge.weight()));
        edges.map(move |edge| if direction == Incoming { edge.source() } else { edge.target() })
    }

    /// The revisions with nothing above them.
    pub(super) fn head_indices(&self, follow: Follow) -> impl Iterator<Item = NodeIndex> {
        self.dag.node_indices().filter(move |node| self.above(*node, follow).next().is_none())
    }

    /// The revisions with nothing below them.
    pub(super) fn base_indices(&self, follow: Follow) -> impl Iterator<Item = NodeIndex> {
        self.dag.node_indices().filter(move |node| self.below(*node, follow).next().is_none())
    }

    /// The members of a closed set that no other member needs.
    pub(super) fn maximal(&self, closed: &FixedBitSet, follow: Follow) -> Vec<NodeIndex> {
        let is_needed = |node| self.above(node, follow).any(|above| closed.is_visited(&above));
        members(closed).filter(|node| !is_needed(*node)).collect()
    }

    /// A set as ids, in plan order.
    pub(super) fn in_plan_order(&self, set: &FixedBitSet) -> Vec<RevisionId> {
        members(set).map(|node| self.id(node).clone()).collect()
    }
}

/// The members of a set, in plan order.
pub(super) fn members(set: &FixedBitSet) -> impl DoubleEndedIterator<Item = NodeIndex> {
    set.ones().map(NodeIndex::new)
}
