//! What lies within expanded baselines, and how it looks from outside.

use std::collections::HashMap;

use petgraph::graph::NodeIndex;

use super::RevisionId;
use super::layout::Expanded;
use super::node::Node;

/// The expanded baselines of a graph that is being built.
#[derive(Debug, Default)]
pub(super) struct Within {
    expanded: Vec<Expanded>,
    /// Where in `expanded` each baseline is.
    places: HashMap<RevisionId, usize>,
    /// The node that stands for each of `expanded`.
    sinks: Vec<NodeIndex>,
}

/// An expanded baseline of a graph.
#[derive(Debug, Clone)]
pub(super) struct Expansion {
    /// Its id.
    pub id: RevisionId,
    /// What it stands for, through all levels.
    pub replaces: Vec<RevisionId>,
    /// The node that everything above it stands on: in effect exactly when all of its members are.
    pub sink: NodeIndex,
}

impl Within {
    /// Finds the sinks among the nodes, whose indices are their places in the list.
    pub fn new(nodes: &[Node], expanded: Vec<Expanded>) -> Within {
        if expanded.is_empty() {
            return Within::default();
        }
        let nodes: HashMap<&RevisionId, NodeIndex> =
            nodes.iter().enumerate().map(|(index, node)| (&node.id, NodeIndex::new(index))).collect();
        let places: HashMap<RevisionId, usize> =
            expanded.iter().enumerate().map(|(place, one)| (one.baseline.id.clone(), place)).collect();
        let mut sinks = vec![NodeIndex::default(); expanded.len()];
        // The sink of an outer one may be an inner one's, which stands behind it.
        for (place, one) in expanded.iter().enumerate().rev() {
            let inner = places.get(&one.sink).and_then(|inner| sinks.get(*inner));
            // Layout::expand has put the sink in, as a node or as what was expanded after it.
            sinks[place] = nodes.get(&one.sink).or(inner).copied().unwrap_or_default();
        }
        Within { expanded, places, sinks }
    }

    /// Each expanded baseline and the node that stands for it.
    pub fn sinks(&self) -> impl Iterator<Item = (&RevisionId, NodeIndex)> {
        self.expanded.iter().map(|one| &one.baseline.id).zip(self.sinks.iter().copied())
    }

    /// What a node is to another one: itself, or, where it is within baselines that the other is not in, the sink of
    /// the outermost of these.
    pub fn seen_by(&self, other: &Node, nodes: &[Node], node: NodeIndex) -> NodeIndex {
        let around: Vec<usize> = self.around(other).collect();
        let apart = self.around(&nodes[node.index()]).take_while(|place| !around.contains(place));
        apart.last().map_or(node, |place| self.sinks[place])
    }

    /// The outermost baseline that a node is in, or is.
    pub fn outermost<'a>(&'a self, nodes: &'a [Node], node: NodeIndex) -> &'a RevisionId {
        let node = &nodes[node.index()];
        self.around(node).last().map_or(&node.id, |place| &self.expanded[place].baseline.id)
    }

    /// The expanded baselines that a node is in, the innermost first.
    fn around(&self, node: &Node) -> impl Iterator<Item = usize> {
        let place = |id: &Option<RevisionId>| id.as_ref().and_then(|id| self.places.get(id)).copied();
        std::iter::successors(place(&node.within), move |inner| place(&self.expanded[*inner].baseline.within))
    }

    /// What the graph keeps of them, with the nodes' final indices.
    pub fn into_expansions(self, index: impl Fn(NodeIndex) -> NodeIndex) -> Vec<Expansion> {
        let kept = |(one, sink): (Expanded, NodeIndex)| Expansion {
            id: one.baseline.id,
            replaces: one.baseline.replaces,
            sink: index(sink),
        };
        self.expanded.into_iter().zip(self.sinks).map(kept).collect()
    }
}
