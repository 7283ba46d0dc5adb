//! Ways down that would tear a baseline: a part of what it stands for goes, and another part stays.

use std::collections::HashSet;

use super::plan::{Action, Direction, plan_downgrade};
use super::rows::Rows;
use super::target::{Point, Target};
use super::{Graph, RevisionId};

impl Graph {
    /// The collapsed baselines that the way down to a target undoes, each as a whole; none where there is no such way,
    /// which is told when it is planned.
    pub fn undone(&self, rows: &Rows, target: &Target) -> Vec<RevisionId> {
        let leaving = self.leaving(rows, target).unwrap_or_default();
        self.baselines().map(|baseline| baseline.id()).filter(|id| leaving.contains(*id)).cloned().collect()
    }

    /// Whether the way down to a target leaves something in effect of what a baseline replaces. To be asked of a graph in
    /// which the baseline is expanded, and whatever baselines it has within too.
    pub fn tears(&self, replaces: &[RevisionId], rows: &Rows, target: &Target) -> bool {
        let leaving = self.leaving(rows, target).unwrap_or_default();
        replaces.iter().any(|id| self.get(id).is_some() && !leaving.contains(id))
    }

    /// Whether a collapsed baseline that is [`Graph::undone`] goes as a whole, as far as its header tells: all of it stands
    /// on one revision, or each one that it stands on goes too or is the target, whose children go.
    pub fn goes_as_a_whole(&self, baseline: &RevisionId, rows: &Rows, target: &Target) -> bool {
        let Some(node) = self.get(baseline) else { return true };
        let leaving = self.leaving(rows, target).unwrap_or_default();
        let targeted = self.fixed(target, None).map(|nodes| self.ids(nodes)).unwrap_or_default();
        let goes = |id: &&RevisionId| leaving.contains(*id) || targeted.contains(id);
        let needed: HashSet<&RevisionId> = node.parents().into_iter().chain(node.depends_on()).collect();
        needed.len() < 2 || needed.iter().all(goes)
    }

    /// The revisions that the way down to a target undoes; none if there is no such way.
    fn leaving(&self, rows: &Rows, target: &Target) -> Option<HashSet<RevisionId>> {
        let plan = plan_downgrade(&self.state_of(rows), target).ok()?;
        let down = plan.steps.into_iter().filter(|step| step.action == Action::Run(Direction::Down));
        Some(down.map(|step| step.revision).collect())
    }
}

impl Target {
    /// Whether it is `base`, of everything.
    pub fn is_base(&self) -> bool {
        matches!(self, Target::Point { branch: None, point: Point::Base })
    }
}
