//! Joining heads.

use petgraph::graph::NodeIndex;

use super::error::GraphError;
use super::reach::Follow;
use super::target::Target;
use super::{Graph, RevisionId};

impl Graph {
    /// The parents that a merge of `targets` has; without targets, a merge of every head. A head that another merely
    /// depends on is still a head here: to join them is what makes `head` a single revision again.
    ///
    /// # Errors
    ///
    /// What [`Graph::resolve`] can fail with; `overlapping_targets` where one target is an ancestor of another by
    /// parents; `bad_target` where there are fewer than two revisions to merge.
    pub fn merge_parents(&self, targets: &[Target]) -> Result<Vec<RevisionId>, GraphError> {
        let mut nodes: Vec<NodeIndex> = Vec::new();
        for target in targets {
            nodes.extend(self.fixed(target, None)?);
        }
        if targets.is_empty() {
            nodes.extend(self.head_indices(Follow::Parents));
        }
        nodes.sort_unstable();
        nodes.dedup();
        self.no_overlap(&nodes, Follow::Parents)?;
        match nodes.len() {
            0 | 1 => Err(GraphError::BadTarget {
                text: match targets {
                    [] => "heads".to_owned(),
                    _ => targets.iter().map(Target::to_string).collect::<Vec<_>>().join(" "),
                },
                reason: format!("a merge joins two revisions or more, and this is {}", nodes.len()),
            }),
            _ => Ok(self.ids(nodes)),
        }
    }
}
