//! What upgrade and downgrade share: read the ledger, compare, plan, ask, run.

mod attendant;
mod consent;
mod course;
mod failure;
mod install;
mod options;
mod resume;
mod retire;
mod retry;
mod tasks;

pub use attendant::{Attendant, PlannedStep, Saving, Unattended};
pub use failure::place;
pub(super) use failure::{failed, ids};
pub use install::Moved;
pub use options::{DeployOptions, OnInterrupted, Wishes};
pub use retry::Retry;
pub use tasks::tasks;

use course::Course;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::database::ledger::{Actor, Ledger, LedgerState, Unfinished};
use crate::database::lock::{lock_and_read, read_locked};
use crate::database::{Holder, Session};
use crate::error::{Error, count};
use crate::graph::{Action, Direction, Plan, Step, Target};
use crate::operation::baseline::{check_adoptions, other_history, overlay_up};
use crate::operation::compare::changed;
use crate::operation::from_ledger::overlay_from_ledger;
use crate::operation::losses::Losses;
use crate::operation::plan::plan;
use crate::project::{History, View};
use crate::revision::RevisionId;

/// What a deployment did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deployed {
    /// What was done, in order. Empty: there was nothing to do.
    pub plan: Plan,
    /// What the revisions are for.
    pub messages: Messages,
    /// How long the run took, the planning left out.
    pub duration: Duration,
    /// What was lost on the way, as it was told before.
    pub losses: Losses,
    /// The files that keep what the ledger alone had of revisions that were undone.
    pub kept: Vec<PathBuf>,
}

impl Deployed {
    /// Whether there was nothing to do.
    pub fn is_empty(&self) -> bool {
        self.plan.steps.is_empty()
    }
}

/// A line for a log: `2 revisions in 31 ms; now at 3f9a1c0b7d2e`.
impl fmt::Display for Deployed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = match self.plan.heads_after.as_slice() {
            [] => "base".to_owned(),
            heads => heads.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(", "),
        };
        if self.is_empty() {
            return write!(f, "nothing to do; the database is at {at}");
        }
        let runs = self.plan.steps.iter().filter(|step| matches!(step.action, Action::Run(_))).count();
        write!(f, "{} in {} ms; now at {at}", count(runs, "revision"), self.duration.as_millis())
    }
}

/// What the revisions of a plan are for: some of them may be archived.
pub type Messages = HashMap<RevisionId, String>;

/// A deployment under way.
pub struct Deployment<'a> {
    /// The files.
    pub history: &'a History,
    /// The connection.
    pub session: &'a mut Session,
    /// Who runs.
    pub actor: &'a Actor,
    /// How.
    pub options: &'a DeployOptions,
    /// Who watches.
    pub attendant: &'a mut dyn Attendant,
}

impl<'a> Deployment<'a> {
    /// Reads, plans the way to the targets, and runs, until it is done or something stops it.
    pub fn deploy(&mut self, direction: Direction, targets: &[Target]) -> Result<Deployed, Error> {
        let ledger = self.options.ledger();
        // To look at a session that was lent changes nothing in it, and leaves nothing to be put back.
        let state = match self.session.is_lent() {
            true => ledger.read(self.session.client(), false)?,
            false => read_locked(self.session.client(), &ledger)?,
        };
        let mut course = Course::begin(state, direction, targets);
        match self.keep_to(&mut course, &ledger, direction, targets) {
            Ok(plan) => Ok(course.end(plan)),
            Err(cause) => Err(course.stopped(cause)),
        }
    }

    /// Plans and runs until nothing is left to do. Gives the last plan.
    fn keep_to(
        &mut self,
        course: &mut Course,
        ledger: &Ledger,
        direction: Direction,
        targets: &[Target],
    ) -> Result<Plan, Error> {
        loop {
            let (view, plan) = self.plan(&course.state, direction, targets)?;
            if plan.steps.is_empty() {
                return Ok(plan);
            }
            if !course.locked {
                course.state = self.lock_and_read(ledger)?;
                course.locked = true;
                continue;
            }
            let lineages = view.lineages();
            let tasks = tasks(&view, &plan, &lineages)?;
            let resume = self.make_ready(course, direction, (&view, &plan), &tasks)?;
            if self.install(ledger, &mut course.state)? == Moved::Meanwhile {
                continue;
            }
            match self.run(ledger, course, &tasks, resume) {
                Ok(()) => {
                    self.tell_retired(ledger, &tasks);
                    course.ran.extend_from_slice(&plan.steps);
                    return Ok(plan);
                }
                Err(stop) => self.after_stop(course, &plan, &tasks, stop)?,
            }
        }
    }

    /// What an upgrade would do, with nothing locked and nothing touched.
    pub fn pending(&mut self, targets: &[Target]) -> Result<Plan, Error> {
        let state = self.options.ledger().read(self.session.client(), false)?;
        self.plan(&state, Direction::Up, targets).map(|(_, plan)| plan)
    }

    /// Reads the ledger under the deployers' lock, which is waited for as long as the options say.
    pub(in crate::operation) fn lock_and_read(&mut self, ledger: &Ledger) -> Result<LedgerState, Error> {
        self.session.begin_work(ledger)?;
        let attendant = &mut *self.attendant;
        let mut waiting = |holder: &Holder| attendant.waiting(holder);
        Ok(lock_and_read(self.session.client(), ledger, self.options.lock_wait, &mut waiting)?)
    }

    /// Compares the ledger with the files and plans. An unfinished revision comes first on its way. What comes with
    /// the plan is the history that it speaks of, in which some baselines may be expanded.
    pub(super) fn plan(
        &mut self,
        state: &LedgerState,
        direction: Direction,
        targets: &[Target],
    ) -> Result<(View<'a>, Plan), Error> {
        let rows = state.rows();
        let view = match direction {
            Direction::Up => overlay_up(self.history, &rows, targets)?,
            Direction::Down => {
                overlay_from_ledger(self.history, self.session.client(), &self.options.ledger(), state, targets)?
            }
        };
        let applied = view.graph.state_of(&rows);
        if !applied.unknown().is_empty() {
            return Err(Error::Missing(applied.unknown().to_vec()));
        }
        if !applied.gaps().is_empty() {
            return Err(Error::Gaps(applied.gaps().to_vec()));
        }
        self.compare(&view, state, direction)?;
        let plan = plan(direction.into(), &applied, targets)?;
        check_adoptions(&view, self.session.client(), &self.options.ledger(), state, &plan)?;
        let plan = match state.unfinished.first() {
            Some(unfinished) if plan.steps.first().is_none_or(|step| !is_next(unfinished, step)) => {
                move_to_front(plan, unfinished)?
            }
            _ => plan,
        };
        Ok((view, plan))
    }

    /// Holds what is in effect against the files: what was edited stops the way up.
    fn compare(&mut self, view: &History, state: &LedgerState, direction: Direction) -> Result<(), Error> {
        let changes = changed(view, self.session.client(), &self.options.ledger(), state)?;
        if !changes.down.is_empty() {
            self.attendant.down_changed(&changes.down);
        }
        match direction {
            Direction::Up if !changes.up.is_empty() => {
                let ledger = self.options.ledger();
                let inside = match changes.is_of_lineage_alone() {
                    true => other_history(view, self.session.client(), &ledger, state)?,
                    false => None,
                };
                return Err(inside.unwrap_or(Error::Changed(changes.up)));
            }
            Direction::Down if !changes.up.is_empty() => {
                let ids: Vec<RevisionId> = changes.up.into_iter().map(|change| change.revision).collect();
                self.attendant.up_changed(&ids);
            }
            _ => {}
        }
        Ok(())
    }
}

/// What the revisions of a plan are for, as far as they are known here.
pub fn messages_of(history: &History, plan: &Plan) -> Messages {
    let known = plan.steps.iter().filter_map(|step| history.get(&step.revision));
    known.map(|revision| (revision.id.clone(), revision.message.clone())).collect()
}

fn is_next(unfinished: &Unfinished, step: &Step) -> bool {
    step.revision == unfinished.revision && step.action == Action::Run(unfinished.direction)
}

/// A plan in which the unfinished revision comes first. It can: everything that it needs was in effect when
/// it began, and stays so while it is unfinished.
fn move_to_front(mut plan: Plan, unfinished: &Unfinished) -> Result<Plan, Error> {
    match plan.steps.iter().position(|step| is_next(unfinished, step)) {
        Some(at) => {
            let step = plan.steps.remove(at);
            plan.steps.insert(0, step);
            Ok(plan)
        }
        None => Err(Error::Unfinished { revision: unfinished.revision.clone(), direction: unfinished.direction }),
    }
}
