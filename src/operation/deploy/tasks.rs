//! The steps of a plan with all that it takes to do them.

use crate::database::task::{Run, Task};
use crate::error::Error;
use crate::graph::{Action, Direction, Lineages, Plan, Step};
use crate::operation::baseline::{entry, members};
use crate::project::History;
use crate::revision::{Revision, RevisionId, Undo};

/// The plan's steps with all that it takes to do them, or why one of them can't be done.
pub fn tasks<'h>(history: &'h History, plan: &Plan, lineages: &Lineages) -> Result<Vec<Task<'h>>, Error> {
    plan.steps.iter().map(|step| task(history, step, lineages)).collect()
}

/// The baselines among a plan's steps that the archive has no manifest of.
pub(super) fn unproved(history: &History, plan: &Plan) -> Result<Vec<RevisionId>, Error> {
    let mut unproved = Vec::new();
    for step in plan.steps.iter().filter(|step| step.action != Action::Expand) {
        let baseline = history.get(&step.revision).filter(|revision| !revision.replaces.is_empty());
        if let Some(baseline) = baseline
            && history.proved(baseline)?.is_none()
        {
            unproved.push(baseline.id.clone());
        }
    }
    Ok(unproved)
}

fn task<'h>(history: &'h History, step: &Step, lineages: &Lineages) -> Result<Task<'h>, Error> {
    let unknown = || Error::Missing(vec![step.revision.clone()]);
    if step.action == Action::Expand {
        return Ok(Task::Expand(step.revision.clone()));
    }
    let revision = history.get(&step.revision).ok_or_else(unknown)?;
    let entry = entry(history, lineages, revision).ok_or_else(unknown)?;
    if !revision.replaces.is_empty() {
        history.proved(revision)?;
    }
    let Action::Run(direction) = step.action else { return Ok(Task::Adopt(entry)) };
    runnable(revision, direction)?;
    let members = match direction {
        Direction::Up if !revision.replaces.is_empty() => members(history, revision)?,
        _ => Vec::new(),
    };
    Ok(Task::Run(Run { direction, revision, entry, members }))
}

/// Whether a revision can be run in a direction; refuses before anything is touched.
fn runnable(revision: &Revision, direction: Direction) -> Result<(), Error> {
    let reason = match (direction, revision.undo()) {
        (Direction::Up, _) | (Direction::Down, Undo::Sections) => return Ok(()),
        (Direction::Down, Undo::Irreversible(reason)) => Some(reason.to_owned()),
        (Direction::Down, Undo::Missing) => None,
    };
    Err(Error::NoWayDown { revision: revision.id.clone(), reason })
}
