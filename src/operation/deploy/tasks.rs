//! The steps of a plan with all that it takes to do them.

use crate::database::task::{Run, Task};
use crate::error::Error;
use crate::graph::{Action, Direction, Lineages, Plan, Step};
use crate::operation::baseline::{entry, members};
use crate::project::History;
use crate::revision::{Revision, SectionKind, Undo};

/// The plan's steps with all that it takes to do them, or why one of them can't be done.
pub fn tasks<'h>(history: &'h History, plan: &Plan, lineages: &Lineages) -> Result<Vec<Task<'h>>, Error> {
    plan.steps.iter().map(|step| task(history, step, lineages)).collect()
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
    if direction == Direction::Down {
        let reason = match revision.undo() {
            Undo::Sections => return Ok(()),
            Undo::Irreversible(reason) => Some(reason.to_owned()),
            Undo::Missing => None,
        };
        return Err(Error::NoWayDown { revision: revision.id.clone(), reason });
    }
    let unsupported = revision.up().find(|section| section.kind == SectionKind::Retire);
    match unsupported {
        Some(section) => Err(Error::UnsupportedSection { revision: revision.id.clone(), section: section.kind.name() }),
        None => Ok(()),
    }
}
