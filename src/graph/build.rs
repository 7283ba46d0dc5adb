//! From nodes to a graph, or to everything that is wrong with them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::OnceLock;

use petgraph::Direction::{Incoming, Outgoing};
use petgraph::graph::{DiGraph, NodeIndex};

use super::cycle;
use super::error::{Cited, GraphError};
use super::names::{Name, NameKind, Names, NotFound};
use super::node::{Node, Reference, Relation};
use super::{Dag, Graph};

/// The edges between nodes that have no order yet: from the needed one to the one that needs it.
pub(super) type Skeleton = DiGraph<(), Relation>;

/// Builds the graph. Its indices are the plan order: parents and dependencies first, ties by `created`, then by id.
/// So a set of indices in ascending order is a plan, and nothing depends on the order that the nodes came in.
pub(super) fn build(mut nodes: Vec<Node>) -> Result<Graph, Vec<GraphError>> {
    nodes.sort_by(|one, other| (one.created, &one.id, &one.origin).cmp(&(other.created, &other.id, &other.origin)));
    let mut errors = Vec::new();
    let mut names = names(&nodes, &mut errors);
    let skeleton = skeleton(&nodes, &names, &mut errors);
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
    Ok(Graph { dag: assemble(nodes, &order, &rank, &skeleton), names, labels: OnceLock::new() })
}

/// Every id and label, where each text that is there more than once is an error and keeps its first owner.
fn names(nodes: &[Node], errors: &mut Vec<GraphError>) -> Names {
    let mut names = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        let index = NodeIndex::new(index);
        names.push(Name { text: node.id.as_str().into(), kind: NameKind::Id, node: index });
        let labels = node.labels.iter();
        names.extend(labels.map(|label| Name { text: label.as_str().into(), kind: NameKind::Label, node: index }));
    }
    names.sort_unstable();
    for same in names.chunk_by(|one, other| one.text == other.text).filter(|same| same.len() > 1) {
        report_duplicate(nodes, same, errors);
    }
    names.dedup_by(|one, other| one.text == other.text);
    Names::from_sorted(names)
}

/// `same`: the names of one text, ids before labels.
fn report_duplicate(nodes: &[Node], same: &[Name], errors: &mut Vec<GraphError>) {
    let owner = |name: &Name| &nodes[name.node.index()];
    let ids = same.iter().filter(|name| name.kind == NameKind::Id).count();
    if ids > 1 {
        let origins = same[..ids].iter().map(|name| owner(name).origin.clone()).collect();
        errors.push(GraphError::DuplicateRevision { id: owner(&same[0]).id.clone(), origins });
    }
    if ids < same.len() {
        let revisions = same.iter().map(|name| Cited::node(owner(name))).collect();
        errors.push(GraphError::DuplicateBranchLabel { label: same[0].text.to_string(), revisions });
    }
}

/// The edges that the nodes' references make. What a reference names is decided here and nowhere else.
fn skeleton(nodes: &[Node], names: &Names, errors: &mut Vec<GraphError>) -> Skeleton {
    let mut skeleton = Skeleton::with_capacity(nodes.len(), nodes.len());
    for _ in nodes {
        skeleton.add_node(());
    }
    for (index, node) in nodes.iter().enumerate() {
        let above = NodeIndex::new(index);
        let parents = node.parents.iter().map(|reference| (reference, Relation::Parent));
        let dependencies = node.depends_on.iter().map(|reference| (reference, Relation::Dependency));
        let mut edges = Vec::new();
        for (reference, relation) in parents.chain(dependencies) {
            match find(names, reference, relation) {
                Ok(below) if below == above => errors.push(self_loop(node, reference, relation)),
                Ok(below) => edges.push((below, relation)),
                Err(reason) => errors.push(unresolved(nodes, names, node, reference, relation, reason, errors.len())),
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

/// A parent is named by its id or a prefix; only a dependency can be named by a label.
fn find(names: &Names, reference: &Reference, relation: Relation) -> Result<NodeIndex, NotFound> {
    names.find(&reference.text, |name| name.kind == NameKind::Id || relation == Relation::Dependency)
}

/// So many names that don't exist are compared with all those that do. Where there are more, files are missing, and
/// nobody has misspelt them.
const COMPARED: usize = 20;

fn unresolved(
    nodes: &[Node],
    names: &Names,
    node: &Node,
    reference: &Reference,
    relation: Relation,
    reason: NotFound,
    earlier: usize,
) -> GraphError {
    let by = cite(node, reference);
    match reason {
        NotFound::Unknown => {
            let close = match names.exact(&reference.text) {
                // A label can't name a parent: what carries it is meant.
                Some(label) => vec![nodes[label.node.index()].id.to_string()],
                None if earlier < COMPARED => names.close_to(&reference.text),
                None => Vec::new(),
            };
            GraphError::MissingParent { by, relation, reference: reference.text.clone(), close }
        }
        NotFound::Ambiguous(matches) => {
            GraphError::AmbiguousPrefix { prefix: reference.text.clone(), matches, by: Some(by) }
        }
    }
}

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
