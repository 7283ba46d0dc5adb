//! Which baselines of a graph are collapsed, one node each, and which are expanded into their members.

use super::error::GraphError;
use super::node::Node;
use super::{Graph, RevisionId, build};

/// What a graph is built from. At first every baseline is one node, and each revision that it replaces is another
/// name of it. An expanded one gives way to its members.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    pub(super) nodes: Vec<Node>,
    /// Outer ones before those within them.
    pub(super) expanded: Vec<Expanded>,
}

/// A baseline whose members stand in its place.
#[derive(Debug, Clone)]
pub(super) struct Expanded {
    /// It, as it was: its id goes on as another name of its sink.
    pub baseline: Node,
    /// The direct member that everything above it stands on.
    pub sink: RevisionId,
}

impl Layout {
    /// Everything collapsed.
    pub fn new(nodes: Vec<Node>) -> Layout {
        Layout { nodes, expanded: Vec::new() }
    }

    /// Puts the direct members of a baseline in its place; the last of them is its sink. A baseline among them is
    /// collapsed. Does nothing where there is no such baseline, or no member.
    ///
    /// Of labels, those that the live files give count and no others: the baseline's go over to its sink, so that a
    /// label means the same whether or not the baseline is expanded.
    pub fn expand(&mut self, baseline: &RevisionId, members: Vec<Node>) {
        let is_it = |node: &Node| node.id == *baseline && node.is_baseline();
        let (Some(at), Some(last)) = (self.nodes.iter().position(is_it), members.last()) else { return };
        let sink = last.id.clone();
        let mut outer = self.nodes.swap_remove(at);
        let labels = std::mem::take(&mut outer.labels);
        self.nodes.extend(members.into_iter().map(|member| Node {
            labels: if member.id == sink { labels.clone() } else { Vec::new() },
            within: Some(baseline.clone()),
            ..member
        }));
        self.expanded.push(Expanded { baseline: outer, sink });
    }

    /// Leaves revisions out.
    pub fn leave_out(&mut self, ids: &[RevisionId]) {
        self.nodes.retain(|node| !ids.contains(&node.id));
    }

    /// The graph, or everything that is wrong: see [`Graph::build`].
    pub fn build(self) -> Result<Graph, Vec<GraphError>> {
        build::build(self)
    }
}
