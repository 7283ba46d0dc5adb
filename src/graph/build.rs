//! From nodes to a graph, or to everything that is wrong with them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::OnceLock;

use petgraph::Direction::{Incoming, Outgoing};
use petgraph::graph::{DiGraph, NodeIndex};

use super::cycle;
use super::error::{Cited, GraphError};
use super::layout::Layout;
use super::names::{Name, NameKind, Names, NotFound};
use super::node::{Node, Reference, Relation};
use super::within::Within;
use super::{Dag, Graph, RevisionId};

/// The edges between nodes that have no order yet: from the needed one to the one that needs it.
pub(super) type Skeleton = DiGraph<(), Relation>;

/// Builds the graph. Its indices are the plan order: parents and dependencies first, ties by `created`, then by id.
/// So a set of indices in ascending order is a plan, and nothing depends on the order that the nodes came in.
pub(super) fn build(layout: Layout) -> Result<Graph, Vec<GraphError>> {
    let Layout { mut nodes, expanded } = layout;
    nodes.sort_by(|one, other| (one.created, &one.id, &one.origin).cmp(&(other.created, &other.id, &other.origin)));
    let within = Within::new(&nodes, expanded);
    let mut errors = Vec::new();
    let mut names = names(&nodes, &within, &mut errors);
    let skeleton = Resolver { nodes: &nodes, names: &names, within: &within }.skeleton(&mut errors);
    let order = plan_order(&skeleton);
    if order.len() < nodes.len() {
        cycle::report(&nodes, &skeleton, &mut errors);
    }
    if !errors.is_empty() {
        errors.sort_by_cached_key(|error| (error.kind(), error.to_string()));
        errors.dedup();
        return Err(errors);
    }
    let rank = ranks(&order);
    names.renumber(|node| rank[node.index()]);
    let expanded = within.into_expansions(|node| rank[node.index()]);
    Ok(Graph { dag: assemble(nodes, &order, &rank, &skeleton), names, expanded, labels: OnceLock::new() })
}

/// Every id and label, where each text that is there more than once is an error and keeps its first owner.
fn names(nodes: &[Node], within: &Within, errors: &mut Vec<GraphError>) -> Names {
    let mut names = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        let index = NodeIndex::new(index);
        let mut name = |text: &str, kind| names.push(Name { text: text.into(), kind, node: index });
        name(node.id.as_str(), NameKind::Id);
        node.labels.iter().for_each(|label| name(label, NameKind::Label));
        let inner = node.replaces.len().saturating_sub(node.sinks);
        for (place, id) in node.replaces.iter().enumerate() {
            name(id.as_str(), if place < inner { NameKind::Member } else { NameKind::Sink });
        }
    }
    let sink = |(id, node): (&RevisionId, NodeIndex)| Name { text: id.as_str().into(), kind: NameKind::Sink, node };
    names.extend(within.sinks().map(sink));
    names.sort_unstable();
    // A baseline may name a revision twice.
    let is_replaced = |name: &Name| matches!(name.kind, NameKind::Sink | NameKind::Member);
    names.dedup_by(|one, other| {
        one.text == other.text && one.node == other.node && is_replaced(one) && is_replaced(other)
    });
    for same in names.chunk_by(|one, other| one.text == other.text).filter(|same| same.len() > 1) {
        report_duplicate(nodes, same, errors);
    }
    names.dedup_by(|one, other| one.text == other.text);
    Names::from_sorted(names)
}

/// `same`: the names of one text, in the order of their kinds.
fn report_duplicate(nodes: &[Node], same: &[Name], errors: &mut Vec<GraphError>) {
    let owner = |name: &Name| &nodes[name.node.index()];
    let cited = |names: &[Name]| names.iter().map(|name| Cited::node(owner(name))).collect();
    let ids = same.partition_point(|name| name.kind == NameKind::Id);
    let revisions = same.partition_point(|name| name.kind < NameKind::Label);
    if ids > 1 {
        let origins = same[..ids].iter().map(|name| owner(name).origin.clone()).collect();
        errors.push(GraphError::DuplicateRevision { id: owner(&same[0]).id.clone(), origins });
    }
    if revisions > ids && revisions > 1 {
        let live = same[..ids].first().map(|name| Cited::node(owner(name)));
        let baselines = cited(&same[ids..revisions]);
        errors.push(GraphError::ReplacedTwice { id: same[0].text.to_string(), live, baselines });
    }
    if revisions < same.len() {
        errors.push(GraphError::DuplicateBranchLabel { label: same[0].text.to_string(), revisions: cited(same) });
    }
}

/// What a reference names is decided here and nowhere else.
struct Resolver<'a> {
    nodes: &'a [Node],
    names: &'a Names,
    within: &'a Within,
}

impl Resolver<'_> {
    /// The edges that the nodes' references make.
    fn skeleton(&self, errors: &mut Vec<GraphError>) -> Skeleton {
        let mut skeleton = Skeleton::with_capacity(self.nodes.len(), self.nodes.len());
        for _ in self.nodes {
            skeleton.add_node(());
        }
        for (index, node) in self.nodes.iter().enumerate() {
            let above = NodeIndex::new(index);
            let parents = node.parents.iter().map(|reference| (reference, Relation::Parent));
            let dependencies = node.depends_on.iter().map(|reference| (reference, Relation::Dependency));
            let mut edges = Vec::new();
            for (reference, relation) in parents.chain(dependencies) {
                match self.needed(node, reference, relation, errors.len()) {
                    Ok(below) if below == above => errors.push(self_loop(node, reference, relation)),
                    Ok(below) => edges.push((below, relation)),
                    Err(error) => errors.push(error),
                }
            }
            // Naming a revision twice, say by its id and by a prefix, is the same as naming it once.
            edges.sort_unstable();
            edges.dedup();
            for (below, relation) in edges {
                skeleton.add_edge(below, above, relation);
            }
        }
        skeleton
    }

    /// The node that a reference means. A parent is named by its id or a prefix; only a dependency can be named by a
    /// label. What is within a baseline means all of it, to whoever is not within it as well: but no live revision
    /// may follow it, for that would have it run on what comes after it too.
    fn needed(
        &self,
        node: &Node,
        reference: &Reference,
        relation: Relation,
        earlier: usize,
    ) -> Result<NodeIndex, GraphError> {
        let eligible = |name: &Name| name.kind != NameKind::Label || relation == Relation::Dependency;
        let found = self.names.find(&reference.text, eligible);
        let found = found.map_err(|reason| self.unresolved(node, reference, relation, reason, earlier))?;
        let meant = self.within.seen_by(node, self.nodes, found.node);
        let inside = found.kind == NameKind::Member || meant != found.node;
        if inside && relation == Relation::Parent && node.within.is_none() {
            let baseline = self.within.outermost(self.nodes, found.node);
            return Err(GraphError::ParentInsideBaseline {
                by: Some(cite(node, reference)),
                parent: found.text.to_string(),
                baseline: baseline.clone(),
            });
        }
        Ok(meant)
    }

    fn unresolved(
        &self,
        node: &Node,
        reference: &Reference,
        relation: Relation,
        reason: NotFound,
        earlier: usize,
    ) -> GraphError {
        let by = cite(node, reference);
        match reason {
            NotFound::Unknown => {
                let close = match self.names.exact(&reference.text) {
                    // A label can't name a parent: what carries it is meant.
                    Some(label) => vec![self.nodes[label.node.index()].id.to_string()],
                    None if earlier < COMPARED => self.names.close_to(&reference.text),
                    None => Vec::new(),
                };
                GraphError::MissingParent { by, relation, reference: reference.text.clone(), close }
            }
            NotFound::Ambiguous(matches) => {
                GraphError::AmbiguousPrefix { prefix: reference.text.clone(), matches, by: Some(by) }
            }
        }
    }
}

/// So many names that don't exist are compared with all those that do. Where there are more, files are missing, and
/// nobody has misspelt them.
const COMPARED: usize = 20;

fn self_loop(node: &Node, reference: &Reference, relation: Relation) -> GraphError {
    let by = cite(node, reference);
    match relation {
        Relation::Parent => GraphError::SelfLoop { by },
        Relation::Dependency => GraphError::DependencySelfLoop { by },
    }
}

fn cite(node: &Node, reference: &Reference) -> Cited {
    Cited { id: node.id.clone(), origin: node.place_of(reference) }
}

/// Every node after all that it needs, and of those that could come next always the smallest index.
/// What is part of a cycle, or above one, is left out.
fn plan_order(skeleton: &Skeleton) -> Vec<NodeIndex> {
    let mut missing: Vec<usize> =
        skeleton.node_indices().map(|node| skeleton.neighbors_directed(node, Incoming).count()).collect();
    let mut ready: BinaryHeap<Reverse<NodeIndex>> = skeleton.externals(Incoming).map(Reverse).collect();
    let mut order = Vec::with_capacity(skeleton.node_count());
    while let Some(Reverse(node)) = ready.pop() {
        order.push(node);
        for above in skeleton.neighbors_directed(node, Outgoing) {
            missing[above.index()] -= 1;
            if missing[above.index()] == 0 {
                ready.push(Reverse(above));
            }
        }
    }
    order
}

/// Where in `order` each node stands.
fn ranks(order: &[NodeIndex]) -> Vec<NodeIndex> {
    let mut ranks = vec![NodeIndex::default(); order.len()];
    for (rank, node) in order.iter().enumerate() {
        ranks[node.index()] = NodeIndex::new(rank);
    }
    ranks
}

fn assemble(nodes: Vec<Node>, order: &[NodeIndex], rank: &[NodeIndex], skeleton: &Skeleton) -> Dag {
    let mut dag = Dag::with_capacity(nodes.len(), skeleton.edge_count());
    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    // `order` holds each index once, so every node is moved exactly once.
    for node in order.iter().filter_map(|node| nodes[node.index()].take()) {
        dag.add_node(node);
    }
    for edge in skeleton.raw_edges() {
        dag.add_edge(rank[edge.source().index()], rank[edge.target().index()], edge.weight);
    }
    dag
}
