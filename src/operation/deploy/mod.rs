//! What upgrade and downgrade share: read the ledger, compare, plan, ask, run.

mod attendant;
mod failure;
mod options;
mod resume;
mod tasks;

pub use attendant::{Attendant, PlannedStep, Unattended};
pub(super) use failure::failed;
pub use failure::{chain, place};
pub use options::{DeployOptions, OnInterrupted};
pub use tasks::tasks;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::database::ledger::{Actor, Ledger, LedgerState, Unfinished, install};
use crate::database::lock::{read_locked, wait_for_lock};
use crate::database::message::Frame;
use crate::database::run::{self, Cause, Stop};
use crate::database::task::Task;
use crate::database::{DatabaseError, Session};
use crate::error::Error;
use crate::graph::{Action, Direction, Plan, Step, Target};
use crate::operation::baseline::{check_adoptions, other_history, overlay_down, overlay_up};
use crate::operation::compare::changed;
use crate::operation::plan::plan;
use crate::operation::sources::check_sources;
use crate::project::{History, View};
use crate::revision::RevisionId;

/// What a deployment did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// What was done, in order. Empty: there was nothing to do.
    pub plan: Plan,
    /// What the revisions are for.
    pub messages: Messages,
    /// How long the run took, the planning left out.
    pub duration: Duration,
}

/// What the revisions of a plan are for: some of them may be archived.
pub type Messages = HashMap<RevisionId, String>;

/// How often a plan is made anew because somebody else has moved the ledger.
const ATTEMPTS: usize = 5;

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
        let mut state = read_locked(self.session.client(), &ledger)?;
        let mut locked = state.locked;
        let mut ran = Vec::new();
        let mut messages = Messages::new();
        let mut duration = Duration::ZERO;
        for _ in 0..ATTEMPTS {
            let (view, mut plan) = self.plan(&state, direction, targets)?;
            if plan.steps.is_empty() {
                plan.steps = ran;
                return Ok(Deployed { plan, messages, duration });
            }
            if !locked {
                let attendant = &mut *self.attendant;
                wait_for_lock(self.session.client(), &ledger, self.options.lock_wait, &mut |holder| {
                    attendant.waiting(holder)
                })?;
                locked = true;
                state = ledger.read(self.session.client(), false)?;
                continue;
            }
            let lineages = view.lineages();
            let tasks = tasks(&view, &plan, &lineages)?;
            let resume = self.resume(&state, &tasks)?;
            check_sources(&self.options.sources, &self.actor.run, &tasks, resume.as_ref())?;
            messages.extend(messages_of(&view, &plan));
            self.ask(&tasks, &messages)?;
            if Ledger::needs_install(&state) {
                self.install(&ledger)?;
                let made = ledger.read(self.session.client(), false)?;
                // Whoever had the lock while we looked for a ledger may have made it, and have used it.
                let moved = made.generation != state.generation;
                state = made;
                if moved {
                    continue;
                }
            }
            let begun = Instant::now();
            let attendant = &mut *self.attendant;
            let timeouts = self.options.timeouts();
            let (recorded, fsync, read_only) = (ran.len(), state.fsync, state.read_only);
            let sources = &self.options.sources;
            let frame = Frame {
                ledger: &ledger,
                actor: self.actor,
                timeouts,
                recorded,
                fsync,
                read_only,
                sources,
                paced: true,
            };
            let outcome = run::run(self.session.client(), &frame, &state, &tasks, resume, &mut |headway| {
                attendant.makes_headway(headway)
            });
            duration += begun.elapsed();
            match outcome {
                Ok(()) => {
                    ran.append(&mut plan.steps);
                    plan.steps = ran;
                    return Ok(Deployed { plan, messages, duration });
                }
                Err(Stop { cause: Cause::LedgerMoved, done }) => {
                    ran.extend(plan.steps.into_iter().take(done));
                    // The message's prepared statements are still there: they know no transaction.
                    self.session
                        .client()
                        .batch_execute("ROLLBACK; DEALLOCATE ALL")
                        .map_err(|error| DatabaseError::of(error, "the ledger was changed by somebody else"))?;
                    state = ledger.read(self.session.client(), false)?;
                }
                Err(Stop { cause: Cause::BatchLimit { revision, limit, progress }, .. }) => {
                    return Err(Error::BatchLimit { revision, limit, rows: progress.rows });
                }
                Err(Stop { cause: Cause::Database(error), .. }) => return Err(error.into()),
                Err(Stop { cause: Cause::Statement(failure), done }) => {
                    return Err(failed(&ran, &tasks, *failure, done));
                }
            }
        }
        Err(Error::LedgerKeepsMoving)
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
            Direction::Down => overlay_down(self.history, state, &rows, targets)?,
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

    fn ask(&mut self, tasks: &[Task<'_>], messages: &Messages) -> Result<(), Error> {
        let message = |id| messages.get(id).map_or("", String::as_str);
        let step = |task: &'_ Task<'_>| (task.action(), task.id().clone());
        let steps: Vec<(Action, RevisionId)> = tasks.iter().map(step).collect();
        let steps: Vec<PlannedStep<'_>> =
            steps.iter().map(|(action, id)| PlannedStep { action: *action, id, message: message(id) }).collect();
        self.attendant.planned(&steps);
        for revision in tasks.iter().filter_map(Task::run).map(|run| run.revision) {
            let Some(phrase) = &revision.confirm else { continue };
            if !self.attendant.confirms(revision, phrase) {
                return Err(Error::NotConfirmed { revision: revision.id.clone(), phrase: phrase.clone() });
            }
        }
        Ok(())
    }

    fn install(&mut self, ledger: &Ledger) -> Result<(), Error> {
        install(self.session.client(), ledger.schema()).map_err(|error| DatabaseError::Install(chain(&error)).into())
    }
}

/// What the revisions of a plan are for, as far as they are known here.
pub fn messages_of(history: &History, plan: &Plan) -> Messages {
    let known = plan.steps.iter().filter_map(|step| history.get(&step.revision));
    known.map(|revision| (revision.id.clone(), revision.message.clone())).collect()
}

fn is_next(unfinished: &Unfinished, step: &Step) -> bool {
    step.revision == unfinished.revision && step.action.to_string() == unfinished.direction
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
        None => {
            Err(Error::Unfinished { revision: unfinished.revision.clone(), direction: unfinished.direction.clone() })
        }
    }
}
