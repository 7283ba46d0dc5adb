//! Naming the cycles of what should be a graph without any.

use std::collections::VecDeque;

use fixedbitset::FixedBitSet;
use petgraph::Direction::Incoming;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::NodeIndex;
use petgraph::visit::{EdgeFiltered, EdgeRef};

use super::build::Skeleton;
use super::error::{Cited, GraphError};
use super::node::{Node, Relation};

/// Reports a shortest cycle of each knot of revisions: first those that parents make alone, then those that
/// depends_on closes.
pub(super) fn report(nodes: &[Node], skeleton: &Skeleton, errors: &mut Vec<GraphError>) {
    let of_parents = EdgeFiltered::from_fn(skeleton, |edge| *edge.weight() == Relation::Parent);
    let mut reported = FixedBitSet::with_capacity(nodes.len());
    for knot in kosaraju_scc(&of_parents).into_iter().filter(|knot| knot.len() > 1) {
        reported.extend(knot.iter().map(|node| node.index()));
        let revisions = shortest(nodes, skeleton, &knot, |relation| relation == Relation::Parent);
        errors.push(GraphError::Cycle { revisions });
    }
    for knot in kosaraju_scc(skeleton).into_iter().filter(|knot| knot.len() > 1) {
        if !knot.iter().any(|node| reported.contains(node.index())) {
            let revisions = shortest(nodes, skeleton, &knot, |_| true);
            errors.push(GraphError::DependencyCycle { revisions });
        }
    }
}

/// A shortest cycle of a knot (a set of nodes that all reach each other) through its smallest id.
fn shortest(nodes: &[Node], skeleton: &Skeleton, knot: &[NodeIndex], follow: fn(Relation) -> bool) -> Vec<Cited> {
    let id = |node: &NodeIndex| &nodes[node.index()].id;
    let Some(&start) = knot.iter().min_by_key(|node| id(node)) else {
        return Vec::new();
    };
    let mut reached_from = vec![None; nodes.len()];
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let edges = skeleton.edges_directed(node, Incoming).filter(|edge| follow(*edge.weight()));
        let mut needed: Vec<NodeIndex> = edges.map(|edge| edge.source()).collect();
        needed.sort_unstable_by_key(&id);
        for below in needed {
            if reached_from[below.index()].is_none() {
                reached_from[below.index()] = Some(node);
                queue.push_back(below);
            }
        }
        if reached_from[start.index()].is_some() {
            break;
        }
    }
    let mut cycle = Vec::new();
    let mut next = reached_from[start.index()];
    while let Some(node) = next {
        cycle.push(Cited::node(&nodes[node.index()]));
        next = reached_from[node.index()].filter(|_| node != start);
    }
    cycle.reverse();
    cycle
}
