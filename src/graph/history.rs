//! A part of the history.

use petgraph::graph::NodeIndex;
use petgraph::visit::VisitMap;

use super::error::GraphError;
use super::reach::{Follow, members};
use super::state::State;
use super::target::{Name, Offset, Range, Target};
use super::walk::Spot;
use super::{Graph, RevisionId};

impl Graph {
    /// The revisions of a range, newest first: what the upper end needs and the lower one doesn't, and the lower end
    /// itself. With a lower end other than `base`, only what follows it by parents.
    ///
    /// `LABEL@…` as the lower end keeps of the upper end's revisions those that the label names. `+N` as the upper end
    /// counts from the lower one, `-N` as the lower end from the upper one (Alembic counts it from the heads, and
    /// fails where those aren't the upper end); counting stops where the history ends. `state` is needed for `current`.
    ///
    /// # Errors
    ///
    /// What [`Graph::resolve`] can fail with; `not_on_path` where the lower end isn't below the upper one;
    /// `overlapping_targets` where one of several ends needs another; `bad_target` where each end is counted from the
    /// other, or the lower one is `+N`; `relative_out_of_range` where the upper one is `-N`.
    pub fn history(&self, range: &Range, state: Option<&State>) -> Result<Vec<RevisionId>, GraphError> {
        let (uppers, lowers) = self.ends(range, state)?;
        self.no_overlap(&uppers, Follow::All)?;
        self.no_overlap(&lowers, Follow::All)?;
        let mut shown = self.all_below(uppers, Follow::All);
        if let Some(outside) = lowers.iter().find(|node| !shown.is_visited(*node)) {
            let reason = format!("`{}` is not below the upper end", self.id(*outside));
            return Err(GraphError::NotOnPath { target: range.to_string(), reason });
        }
        if !lowers.is_empty() {
            shown.difference_with(&self.all_below(lowers.iter().copied(), Follow::All));
            shown.extend(lowers.iter().map(|node| node.index()));
            shown.intersect_with(&self.all_above(lowers, Follow::Parents));
        }
        Ok(members(&shown).rev().map(|node| self.id(node).clone()).collect())
    }

    /// The upper and the lower end of a range. No lower end: it is `base`.
    fn ends(&self, range: &Range, state: Option<&State>) -> Result<(Vec<NodeIndex>, Vec<NodeIndex>), GraphError> {
        match (&range.from, &range.to) {
            (Some(from @ Target::Relative { offset: Offset::Up(_), .. }), _) => Err(not_an_end(range, from)),
            (Some(from @ Target::Relative { .. }), Some(Target::Relative { .. })) => Err(not_an_end(range, from)),
            (_, Some(to @ Target::Relative { offset: Offset::Down(_), .. })) => {
                Err(GraphError::WrongWay { target: to.to_string(), direction: super::Direction::Up })
            }
            (from, Some(to @ Target::Relative { branch, offset: Offset::Up(steps) })) => {
                let lowers = from.as_ref().map_or(Ok(Vec::new()), |from| self.end(from, state))?;
                let below = self.all_below(lowers.iter().copied(), Follow::All);
                let walk = self.walk_up_from(to, lowers.clone(), &below, branch.as_ref(), *steps)?;
                Ok((self.in_named_branch(from.as_ref(), walk.spot.revision().into_iter().collect())?, lowers))
            }
            (from, to) => {
                let uppers = match to {
                    Some(to) => self.end(to, state)?,
                    None => self.head_indices(Follow::All).collect(),
                };
                let uppers = self.in_named_branch(from.as_ref(), uppers)?;
                let lowers = match from {
                    None => Vec::new(),
                    Some(from @ Target::Relative { offset: Offset::Down(steps), .. }) => {
                        self.walk_down_all(from, &uppers, *steps)?
                    }
                    Some(from) => self.end(from, state)?,
                };
                Ok((uppers, lowers))
            }
        }
    }

    /// An end that doesn't count from the other one. Counting stops where the history ends.
    fn end(&self, target: &Target, state: Option<&State>) -> Result<Vec<NodeIndex>, GraphError> {
        match target {
            Target::Beside { branch, point, offset } => {
                let walk = self.beside_point(target, branch.as_ref(), point, *offset, state)?;
                Ok(walk.spot.revision().into_iter().collect())
            }
            _ => self.fixed(target, state),
        }
    }

    /// So many revisions below each; nothing, which is `base`, as soon as one of them has no more below it.
    fn walk_down_all(&self, target: &Target, uppers: &[NodeIndex], steps: u32) -> Result<Vec<NodeIndex>, GraphError> {
        let walk = |upper: &NodeIndex| Ok(self.walk_down(target, Spot::At(*upper), steps)?.spot.revision());
        let lowers = uppers.iter().map(walk).collect::<Result<Vec<_>, GraphError>>()?;
        let mut lowers: Vec<NodeIndex> = lowers.into_iter().collect::<Option<_>>().unwrap_or_default();
        lowers.sort_unstable();
        lowers.dedup();
        Ok(lowers)
    }

    /// Of `uppers`, those that belong to the branch which the lower end names.
    fn in_named_branch(&self, from: Option<&Target>, mut uppers: Vec<NodeIndex>) -> Result<Vec<NodeIndex>, GraphError> {
        let Some(branch) = from.and_then(Target::branch) else {
            return Ok(uppers);
        };
        match self.label_of_branch(branch)? {
            Some(label) => uppers.retain(|node| self.labels_of(*node).contains(label)),
            None => {
                let members = self.branch_around(branch)?;
                uppers.retain(|node| members.is_visited(node));
            }
        }
        Ok(uppers)
    }

    /// The label that a branch's name stands for: itself, or the only one that names the revision.
    fn label_of_branch<'a>(&'a self, branch: &'a Name) -> Result<Option<&'a str>, GraphError> {
        let labels = self.labels_of(self.find(branch)?);
        if labels.contains(branch.as_str()) {
            return Ok(Some(branch.as_str()));
        }
        let mut labels = labels.iter();
        Ok(labels.next().filter(|_| labels.next().is_none()).map(AsRef::as_ref))
    }
}

fn not_an_end(range: &Range, end: &Target) -> GraphError {
    let reason = format!("there is nothing that `{end}` could count from: name a revision at one end");
    GraphError::BadTarget { text: range.to_string(), reason }
}
