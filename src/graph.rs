//! The graph of revisions: which needs which, what a target means, and the plan from one state to another.
//!
//! Pure: no I/O, no clock, no environment. [`Graph::build`] takes [`Node`]s in any order; a database's side is a
//! [`State`]. From there everything is a function of the two: [`plan_upgrade`], [`plan_downgrade`], [`plan_stamp`],
//! [`Graph::history`], [`Graph::resolve`].
//!
//! The meanings are Alembic's (1.20), except where it crashes or guesses; each place says so.

use std::sync::OnceLock;

use petgraph::graph::{DiGraph, NodeIndex};

use crate::revision::RevisionId;

mod build;
mod convex;
mod cycle;
pub mod draw;
mod error;
mod history;
mod labels;
mod layout;
mod lineage;
mod merge;
mod names;
mod node;
mod overlay;
mod plan;
mod reach;
mod resolve;
mod rows;
mod stamp;
mod state;
mod target;
#[cfg(test)]
mod tests;
mod torn;
mod walk;
mod within;

pub use convex::{Region, RegionError};
pub use error::{Cited, Fork, GraphError};
pub use layout::Layout;
pub use lineage::{Content, Lineages, database_lineage, lineage_of};
pub use node::{Node, Origin, Reference, Relation};
pub use overlay::Extent;
pub use plan::{Action, Direction, Plan, Step, plan_downgrade, plan_upgrade};
pub use rows::Rows;
pub use stamp::plan_stamp;
pub use state::State;
pub use target::{Name, Offset, Point, Range, Target};

use labels::Labels;
use names::{NameKind, Names};
use reach::Follow;
use within::Expansion;

/// An edge leads from a revision to one that needs it.
type Dag = DiGraph<Node, Relation>;

/// The revisions and what they need of each other. Never has a cycle, a missing revision or a name used twice.
///
/// Lists of revisions come in the order of ids where they are sets, and in plan order (what is needed comes first)
/// where a method says so.
#[derive(Debug)]
pub struct Graph {
    /// Its indices are in plan order.
    dag: Dag,
    names: Names,
    /// The baselines that are expanded, outer ones before those within them.
    expanded: Vec<Expansion>,
    /// The labels of each revision; made when the first question needs them.
    labels: OnceLock<Vec<Labels>>,
}

impl Graph {
    /// Builds a graph, or gives everything that is wrong with the nodes, in an order that depends only on what is
    /// wrong: `missing_parent`, `duplicate_revision`, `cycle`, `self_loop`, `dependency_cycle`,
    /// `dependency_self_loop`, `duplicate_branch_label`, `ambiguous_prefix`, `parent_inside_baseline`.
    ///
    /// Every baseline is one node. [`Layout`] builds a graph in which some are not.
    pub fn build(nodes: Vec<Node>) -> Result<Graph, Vec<GraphError>> {
        Layout::new(nodes).build()
    }

    /// How many revisions there are.
    pub fn len(&self) -> usize {
        self.dag.node_count()
    }

    /// Whether there is no revision.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The revision with exactly this id.
    pub fn get(&self, id: &RevisionId) -> Option<NodeRef<'_>> {
        Some(NodeRef { graph: self, index: self.index(id)? })
    }

    /// The revision with this id, or the baseline that stands for it: the sink of an expanded one.
    pub fn bearer(&self, id: &RevisionId) -> Option<NodeRef<'_>> {
        let name = self.names.exact(id.as_str()).filter(|name| name.kind != NameKind::Label)?;
        Some(NodeRef { graph: self, index: name.node })
    }

    /// All revisions, in plan order.
    pub fn revisions(&self) -> impl DoubleEndedIterator<Item = NodeRef<'_>> {
        self.dag.node_indices().map(|index| NodeRef { graph: self, index })
    }

    /// The revisions that no other has as a parent.
    pub fn heads(&self) -> Vec<RevisionId> {
        self.ids(self.head_indices(Follow::Parents))
    }

    /// The revisions that have no parent.
    pub fn bases(&self) -> Vec<RevisionId> {
        self.ids(self.base_indices(Follow::Parents))
    }

    /// The revisions that no other has as a parent or depends on. They are what `heads` means as a target.
    pub fn real_heads(&self) -> Vec<RevisionId> {
        self.ids(self.head_indices(Follow::All))
    }

    /// The revisions that have no parent and depend on nothing.
    pub fn real_bases(&self) -> Vec<RevisionId> {
        self.ids(self.base_indices(Follow::All))
    }

    /// The revisions that several others have as a parent.
    pub fn branch_points(&self) -> Vec<RevisionId> {
        self.ids(self.dag.node_indices().filter(|node| self.above(*node, Follow::Parents).nth(1).is_some()))
    }

    /// What is needed for all of `ids`, through parents and depends_on, themselves included, in plan order.
    /// Ids that the graph doesn't have count for nothing.
    pub fn ancestors(&self, ids: &[RevisionId]) -> Vec<RevisionId> {
        self.in_plan_order(&self.all_below(self.known(ids), Follow::All))
    }

    /// What needs any of `ids`, through parents and depends_on, themselves included, in plan order.
    /// Ids that the graph doesn't have count for nothing.
    pub fn descendants(&self, ids: &[RevisionId]) -> Vec<RevisionId> {
        self.in_plan_order(&self.all_above(self.known(ids), Follow::All))
    }

    fn known(&self, ids: &[RevisionId]) -> Vec<NodeIndex> {
        ids.iter().filter_map(|id| self.index(id)).collect()
    }

    fn index(&self, id: &RevisionId) -> Option<NodeIndex> {
        let name = self.names.exact(id.as_str())?;
        (self.id(name.node) == id).then_some(name.node)
    }

    fn id(&self, node: NodeIndex) -> &RevisionId {
        &self.dag[node].id
    }

    /// A set of revisions as the outside sees it: in the order of ids, each once.
    fn ids(&self, nodes: impl IntoIterator<Item = NodeIndex>) -> Vec<RevisionId> {
        let mut ids: Vec<RevisionId> = nodes.into_iter().map(|node| self.id(node).clone()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// One revision in its graph.
#[derive(Debug, Clone, Copy)]
pub struct NodeRef<'g> {
    graph: &'g Graph,
    index: NodeIndex,
}

impl<'g> NodeRef<'g> {
    /// Its id.
    pub fn id(self) -> &'g RevisionId {
        self.graph.id(self.index)
    }

    /// Its place in plan order, from 0.
    pub fn position(self) -> usize {
        self.index.index()
    }

    /// The node that it was built from.
    pub fn node(self) -> &'g Node {
        &self.graph.dag[self.index]
    }

    /// The revisions that it follows.
    pub fn parents(self) -> Vec<&'g RevisionId> {
        self.sorted(self.graph.related(self.index, petgraph::Incoming, Relation::Parent))
    }

    /// The revisions that it depends on, as the file says: also those that its parents need anyway.
    pub fn depends_on(self) -> Vec<&'g RevisionId> {
        self.sorted(self.graph.related(self.index, petgraph::Incoming, Relation::Dependency))
    }

    /// The revisions that follow it.
    pub fn children(self) -> Vec<&'g RevisionId> {
        self.sorted(self.graph.related(self.index, petgraph::Outgoing, Relation::Parent))
    }

    /// The revisions that depend on it.
    pub fn dependents(self) -> Vec<&'g RevisionId> {
        self.sorted(self.graph.related(self.index, petgraph::Outgoing, Relation::Dependency))
    }

    /// Whether no other revision has it as a parent.
    pub fn is_head(self) -> bool {
        self.children().is_empty()
    }

    /// Whether it has no parent.
    pub fn is_base(self) -> bool {
        self.parents().is_empty()
    }

    /// Whether it has several parents.
    pub fn is_merge(self) -> bool {
        self.parents().len() > 1
    }

    /// Whether it has several children.
    pub fn is_branch_point(self) -> bool {
        self.children().len() > 1
    }

    /// Every label that names it, in the order of texts: its own, those of its ancestors, and those from above
    /// that reach down to it. Alembic's rule: a label names all revisions above the one that carries it; if these
    /// are one line without a branch or a merge, it also names those below, down to the next branch point or merge.
    pub fn labels(self) -> Vec<&'g str> {
        self.graph.labels_of(self.index).iter().map(AsRef::as_ref).collect()
    }

    fn sorted(self, nodes: impl Iterator<Item = NodeIndex>) -> Vec<&'g RevisionId> {
        let mut ids: Vec<&RevisionId> = nodes.map(|node| self.graph.id(node)).collect();
        ids.sort_unstable();
        ids
    }
}
