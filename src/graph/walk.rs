//! Counting revisions up and down.

use fixedbitset::FixedBitSet;
use petgraph::graph::NodeIndex;

use super::error::{Fork, GraphError};
use super::reach::Follow;
use super::target::Target;
use super::{Graph, RevisionId};

/// A revision, or the place below all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    Base,
    At(NodeIndex),
}

/// Where counting ended: after all its steps, or where the graph ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Walk {
    pub spot: Spot,
    /// How many steps could be made.
    reached: u32,
    /// How many were asked for.
    steps: u32,
}

impl Spot {
    /// The revision, if it is one.
    pub fn revision(self) -> Option<NodeIndex> {
        match self {
            Spot::Base => None,
            Spot::At(node) => Some(node),
        }
    }
}

impl Walk {
    /// Where the walk ended, if it made all its steps; else `relative_out_of_range`.
    pub fn complete(self, target: &Target) -> Result<Spot, GraphError> {
        if self.reached == self.steps {
            return Ok(self.spot);
        }
        Err(GraphError::RelativeOutOfRange { target: target.to_string(), reached: self.reached })
    }
}

impl Graph {
    /// Goes up by children, as far as they are in `branch`. Fails where there is more than one.
    pub(super) fn walk_up(
        &self,
        target: &Target,
        start: Spot,
        steps: u32,
        branch: Option<&FixedBitSet>,
    ) -> Result<Walk, GraphError> {
        let in_branch = |node: &NodeIndex| branch.is_none_or(|branch| branch.contains(node.index()));
        let mut walk = Walk { spot: start, reached: 0, steps };
        while walk.reached < steps {
            let above: Vec<NodeIndex> = match walk.spot {
                Spot::Base => self.base_indices(Follow::Parents).filter(in_branch).collect(),
                Spot::At(node) => self.above(node, Follow::Parents).filter(in_branch).collect(),
            };
            match above[..] {
                [] => break,
                [next] => {
                    self.no_crossing(target, next)?;
                    walk.spot = Spot::At(next);
                }
                _ => return Err(self.ambiguous(target, self.fork(walk.spot, Fork::Above), &above)),
            }
            walk.reached += 1;
        }
        Ok(walk)
    }

    /// Goes down by parents; below a base is [`Spot::Base`]. Fails at a merge.
    pub(super) fn walk_down(&self, target: &Target, start: Spot, steps: u32) -> Result<Walk, GraphError> {
        let mut walk = Walk { spot: start, reached: 0, steps };
        while walk.reached < steps {
            let Spot::At(node) = walk.spot else {
                break;
            };
            self.no_crossing(target, node)?;
            let below: Vec<NodeIndex> = self.below(node, Follow::Parents).collect();
            match below[..] {
                [] => walk.spot = Spot::Base,
                [next] => walk.spot = Spot::At(next),
                _ => return Err(self.ambiguous(target, self.fork(walk.spot, Fork::Below), &below)),
            }
            walk.reached += 1;
        }
        Ok(walk)
    }

    /// Fails at a baseline: onto it from below, and from it to below, counting would go over what it stands for.
    fn no_crossing(&self, target: &Target, node: NodeIndex) -> Result<(), GraphError> {
        if self.dag[node].is_baseline() {
            let baseline = self.id(node).clone();
            return Err(GraphError::RelativeCrossesBaseline { target: target.to_string(), baseline });
        }
        Ok(())
    }

    pub(super) fn ambiguous(&self, target: &Target, fork: Fork, choices: &[NodeIndex]) -> GraphError {
        let choices = self.ids(choices.iter().copied());
        GraphError::AmbiguousRelative { target: target.to_string(), fork, choices }
    }

    fn fork(&self, spot: Spot, at: fn(RevisionId) -> Fork) -> Fork {
        spot.revision().map_or(Fork::Base, |node| at(self.id(node).clone()))
    }
}
