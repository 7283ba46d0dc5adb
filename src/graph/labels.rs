//! Which labels name a revision.

use std::collections::BTreeSet;
use std::sync::Arc;

use petgraph::graph::NodeIndex;

use super::Graph;
use super::reach::Follow;

/// The labels that name one revision. Revisions of one line share a set.
pub(super) type Labels = Arc<BTreeSet<Arc<str>>>;

impl Graph {
    /// The labels that name a revision, spread included.
    pub(super) fn labels_of(&self, node: NodeIndex) -> &Labels {
        &self.labels.get_or_init(|| self.spread_labels())[node.index()]
    }

    /// Spreads every label over the graph, by Alembic's rule: over all revisions above its carrier, and from the
    /// top of a line that has no branch and no merge down to the next branch point or merge.
    fn spread_labels(&self) -> Vec<Labels> {
        let mut labels: Vec<Labels> = Vec::with_capacity(self.len());
        for node in self.dag.node_indices() {
            let below: Vec<&Labels> = self.below(node, Follow::Parents).map(|node| &labels[node.index()]).collect();
            labels.push(union(&below, &self.dag[node].labels));
        }
        let mut in_open_line = self.no_revisions();
        for node in self.dag.node_indices().rev() {
            let child = self.above(node, Follow::Parents).next();
            let open_above = child.is_none_or(|child| in_open_line.contains(child.index()));
            if !open_above || !self.is_within_line(node) {
                continue;
            }
            in_open_line.insert(node.index());
            if let Some(child) = child {
                // The child has no other parent, so whatever names it and isn't from above comes from here.
                labels[node.index()] = labels[child.index()].clone();
            }
        }
        labels
    }

    /// Whether a revision is neither a merge nor a branch point; being depended upon counts as branching.
    fn is_within_line(&self, node: NodeIndex) -> bool {
        self.dependents_of(node) <= 1 && self.below(node, Follow::Parents).nth(1).is_none()
    }

    /// How many revisions need this one directly. One that does so as a child and through depends_on counts once.
    fn dependents_of(&self, node: NodeIndex) -> usize {
        self.above(node, Follow::All).collect::<BTreeSet<_>>().len()
    }
}

fn union(below: &[&Labels], own: &[String]) -> Labels {
    match below {
        [] if own.is_empty() => Labels::default(),
        [one] if own.is_empty() => Arc::clone(one),
        _ => {
            let inherited = below.iter().flat_map(|labels| labels.iter().cloned());
            Arc::new(inherited.chain(own.iter().map(|label| label.as_str().into())).collect())
        }
    }
}
