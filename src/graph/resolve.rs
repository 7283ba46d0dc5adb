//! From targets to revisions.

use fixedbitset::FixedBitSet;
use petgraph::graph::NodeIndex;
use petgraph::visit::VisitMap;

use super::error::{Fork, GraphError};
use super::reach::Follow;
use super::state::State;
use super::target::{Name, Offset, Point, Target};
use super::walk::{Spot, Walk};
use super::{Graph, RevisionId};

impl Graph {
    /// The revisions that a target names, for showing them. `base` names none.
    ///
    /// As for Alembic's `show`, `-N` counts from the heads, not from a database. `state` is needed for `current`.
    ///
    /// # Errors
    ///
    /// `unknown_revision`, `unknown_branch`, `ambiguous_prefix`, `not_in_branch`, `multiple_heads`,
    /// `ambiguous_relative`, `relative_out_of_range`, and `bad_target` for `+N`, and for `current` without a state.
    pub fn resolve(&self, target: &Target, state: Option<&State>) -> Result<Vec<RevisionId>, GraphError> {
        let nodes = match target {
            Target::Relative { branch, offset: Offset::Down(steps) } => {
                let heads = self.point(target, branch.as_ref(), &Point::Heads, state)?;
                let walks =
                    heads.into_iter().map(|head| self.walk_down(target, Spot::At(head), *steps)?.complete(target));
                walks.filter_map(|spot| spot.map(Spot::revision).transpose()).collect::<Result<_, _>>()?
            }
            _ => self.fixed(target, state)?,
        };
        Ok(self.ids(nodes))
    }

    /// The revisions of a target that doesn't count from where a database is.
    pub(super) fn fixed(&self, target: &Target, state: Option<&State>) -> Result<Vec<NodeIndex>, GraphError> {
        match target {
            Target::Point { branch, point } => self.point(target, branch.as_ref(), point, state),
            Target::Beside { branch, point, offset } => {
                let walk = self.beside_point(target, branch.as_ref(), point, *offset, state)?;
                Ok(walk.complete(target)?.revision().into_iter().collect())
            }
            Target::Relative { .. } => Err(GraphError::BadTarget {
                text: target.to_string(),
                reason: "only `upgrade` and `downgrade` count from where a database is: count from a revision or `base`, as in `base+2`".to_owned(),
            }),
        }
    }

    /// The revisions that a point stands for. `heads` alone leaves out heads that others depend on, as in Alembic;
    /// `LABEL@heads` doesn't.
    pub(super) fn point(
        &self,
        target: &Target,
        branch: Option<&Name>,
        point: &Point,
        state: Option<&State>,
    ) -> Result<Vec<NodeIndex>, GraphError> {
        match (point, branch) {
            (Point::Heads, None) => Ok(self.head_indices(Follow::All).collect()),
            (Point::Heads, Some(branch)) => self.branch_heads(branch),
            (Point::Head, branch) => {
                let heads = match branch {
                    None => self.head_indices(Follow::Parents).collect(),
                    Some(branch) => self.branch_heads(branch)?,
                };
                self.at_most_one(target, &heads)?;
                Ok(heads)
            }
            (Point::Base, branch) => {
                // Alembic lets an unknown branch pass here.
                branch.map(|branch| self.find_branch(branch)).transpose()?;
                Ok(Vec::new())
            }
            (Point::Current, _) => {
                let reason = || "there is no database here that could be at a revision".to_owned();
                let state =
                    state.ok_or_else(|| GraphError::BadTarget { text: target.to_string(), reason: reason() })?;
                state.all_known()?;
                Ok(state.head_indices())
            }
            (Point::Name(name), None) => Ok(vec![self.find(name)?]),
            (Point::Name(name), Some(branch)) => Ok(vec![self.find_in_branch(name, branch)?]),
        }
    }

    /// The one revision of a point, or base.
    pub(super) fn single_point(
        &self,
        target: &Target,
        branch: Option<&Name>,
        point: &Point,
        state: Option<&State>,
    ) -> Result<Spot, GraphError> {
        let nodes = self.point(target, branch, point, state)?;
        Ok(self.at_most_one(target, &nodes)?.map_or(Spot::Base, Spot::At))
    }

    fn at_most_one(&self, target: &Target, nodes: &[NodeIndex]) -> Result<Option<NodeIndex>, GraphError> {
        match nodes {
            [] => Ok(None),
            [node] => Ok(Some(*node)),
            _ => Err(GraphError::MultipleHeads { target: target.to_string(), heads: self.ids(nodes.iter().copied()) }),
        }
    }

    /// Counts from a point. Upwards, a branch says which of several children to take; downwards, that the point
    /// must be in it.
    pub(super) fn beside_point(
        &self,
        target: &Target,
        branch: Option<&Name>,
        point: &Point,
        offset: Offset,
        state: Option<&State>,
    ) -> Result<Walk, GraphError> {
        match offset {
            Offset::Up(steps) => {
                let start = self.single_point(target, None, point, state)?;
                let branch = branch.map(|branch| self.branch_around(branch)).transpose()?;
                self.walk_up(target, start, steps, branch.as_ref())
            }
            Offset::Down(steps) => self.walk_down(target, self.single_point(target, branch, point, state)?, steps),
        }
    }

    /// Counts up from where a database, or the lower end of a range, is: from `heads`, whose closed set is `active`.
    pub(super) fn walk_up_from(
        &self,
        target: &Target,
        heads: Vec<NodeIndex>,
        active: &FixedBitSet,
        branch: Option<&Name>,
        steps: u32,
    ) -> Result<Walk, GraphError> {
        let branch = branch.map(|branch| self.branch_around(branch)).transpose()?;
        let starts = match &branch {
            None => heads,
            Some(branch) => self.tips_within(branch, heads, active),
        };
        match starts[..] {
            [] => self.walk_up(target, Spot::Base, steps, branch.as_ref()),
            [start] => self.walk_up(target, Spot::At(start), steps, branch.as_ref()),
            _ => Err(self.ambiguous(target, Fork::Start, &starts)),
        }
    }

    /// Where a branch starts to be counted up: the heads that are in it, or, where it is only there below or beside
    /// them, the revisions of it that no other active one of it needs directly.
    fn tips_within(&self, branch: &FixedBitSet, heads: Vec<NodeIndex>, active: &FixedBitSet) -> Vec<NodeIndex> {
        let heads: Vec<NodeIndex> = heads.into_iter().filter(|head| branch.is_visited(head)).collect();
        if heads.is_empty() { self.maximal(&(branch & active), Follow::All) } else { heads }
    }

    /// The revision of an id, a unique prefix, or a label.
    pub(super) fn find(&self, name: &Name) -> Result<NodeIndex, GraphError> {
        let found = self.names.find(name.as_str(), |_| true);
        found.map(|name| name.node).map_err(|reason| self.names.not_found(name.as_str(), reason))
    }

    /// The same for what stands before an `@`.
    pub(super) fn find_branch(&self, name: &Name) -> Result<NodeIndex, GraphError> {
        self.find(name).map_err(|error| match error {
            GraphError::UnknownRevision { name, close } => GraphError::UnknownBranch { name, close },
            other => other,
        })
    }

    /// The revision of a name that must be in a branch. A prefix need only be unique within it.
    fn find_in_branch(&self, name: &Name, branch: &Name) -> Result<NodeIndex, GraphError> {
        let members = self.relatives(self.find_branch(branch)?, Follow::Parents);
        let found =
            self.names.find(name.as_str(), |other| members.is_visited(&other.node) || *other.text == *name.as_str());
        let node = found.map_err(|reason| self.names.not_found(name.as_str(), reason))?.node;
        if members.is_visited(&node) {
            return Ok(node);
        }
        Err(GraphError::NotInBranch { revision: self.id(node).clone(), branch: branch.to_string() })
    }

    /// Everything above and below the revision that a branch is named by.
    pub(super) fn branch_around(&self, branch: &Name) -> Result<FixedBitSet, GraphError> {
        Ok(self.relatives(self.find(branch)?, Follow::Parents))
    }

    fn branch_heads(&self, branch: &Name) -> Result<Vec<NodeIndex>, GraphError> {
        let members = self.branch_around(branch)?;
        Ok(self.head_indices(Follow::Parents).filter(|head| members.is_visited(head)).collect())
    }

    /// Fails with `overlapping_targets` where one of several targets needs another. Alembic refuses these as well:
    /// whoever names both means something else than what he would get.
    pub(super) fn no_overlap(&self, targets: &[NodeIndex], follow: Follow) -> Result<(), GraphError> {
        let needed = self.all_below(targets.iter().copied(), follow);
        let is_needed = |node: &NodeIndex| self.above(*node, follow).any(|above| needed.is_visited(&above));
        let Some(lower) = targets.iter().copied().filter(is_needed).min() else {
            return Ok(());
        };
        let above = self.all_above([lower], follow);
        match targets.iter().copied().filter(|node| *node != lower && above.is_visited(node)).min() {
            Some(upper) => {
                Err(GraphError::OverlappingTargets { lower: self.id(lower).clone(), upper: self.id(upper).clone() })
            }
            None => Ok(()),
        }
    }
}
