//! What a plan destroys, and how much of it there is: told before anything runs.
//!
//! 1. `script` reads the plan's statements: what they destroy, make and rename, and where they look for names; `away` what
//!    `[retire]` renames away and back.
//! 2. If they destroy anything, `facts` asks the database once for what there is of these names.
//! 3. `world` goes through the plan with that: what a plan makes itself, or what isn't there, is no loss.
//! 4. `count` counts the rows of small tables, and of all where that is asked for. Otherwise numbers are those of the
//!    statistics.
//!
//! Without a database the names are those that the text says, and nothing is known of how much there is.

mod away;
mod count;
mod facts;
mod loss;
mod names;
mod script;
mod types;
mod unseen;
mod wanted;
mod world;

use std::time::Duration;

pub use loss::{How, Loss, LossKind, Losses, Unseen};
pub use script::Step;

use crate::database::ledger::Unfinished;
use crate::database::task::Task;
use crate::database::{Client, DatabaseError};
use crate::graph::{Action, Plan};
use crate::operation::retired::Retiring;
use crate::project::History;
use wanted::wanted;
use world::World;

/// How to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether to count, which reads all that would be lost.
    pub exact: bool,
    /// How long to wait for somebody who has locked what is to be counted; zero is for ever.
    pub lock_timeout: Duration,
}

/// What these steps lose of what the database has now; what their `[retire]` sections bring back is among `retirings`. One
/// round trip, and one more to count what is small or all of it; none where their text destroys nothing.
pub fn losses(
    client: &mut Client,
    steps: &[Step<'_>],
    retirings: &[Retiring],
    look: Look,
) -> Result<Losses, DatabaseError> {
    let happenings = script::read(steps, retirings);
    let mut losses =
        Losses { losses: Vec::new(), unseen: unseen::find(steps), drop_definitions: script::drop_definitions(steps) };
    if happenings.is_empty() {
        return Ok(losses);
    }
    let facts = facts::read(client, &wanted(&happenings))?;
    losses.losses = World::with(&facts).live(steps, happenings);
    if look.exact {
        count::count_all(client, &mut losses.losses, look.lock_timeout)?;
    } else {
        count::count_small(client, &mut losses.losses)?;
    }
    Ok(losses)
}

/// What these steps would lose wherever they run, as far as their text tells.
pub fn by_text(steps: &[Step<'_>]) -> Losses {
    let losses = World::unknown().live(steps, script::read(steps, &[]));
    Losses { losses, unseen: unseen::find(steps), drop_definitions: script::drop_definitions(steps) }
}

/// The revisions of a plan, as far as they run anything; of those that have begun, what is left.
pub fn steps_of<'h>(history: &'h History, plan: &Plan, unfinished: &[Unfinished]) -> Vec<Step<'h>> {
    let step = |step: &crate::graph::Step| match step.action {
        Action::Run(direction) => Some(Step {
            direction,
            revision: history.get(&step.revision)?,
            begins: Unfinished::begins(unfinished, &step.revision, direction),
        }),
        Action::Adopt | Action::Expand => None,
    };
    plan.steps.iter().filter_map(step).collect()
}

/// The same of tasks, the first of which may begin in its middle: at that section and statement.
pub fn steps_of_tasks<'t>(tasks: &'t [Task<'_>], begins: (usize, usize)) -> Vec<Step<'t>> {
    let step = |(number, task): (usize, &'t Task<'_>)| {
        let run = task.run()?;
        let begins = if number == 0 { begins } else { (0, 0) };
        Some(Step { direction: run.direction, revision: run.revision, begins })
    };
    tasks.iter().enumerate().filter_map(step).collect()
}
