//! What upgrade and downgrade share: read the ledger, compare, plan, ask, run.

mod attendant;
mod consent;
mod failure;
mod options;
mod resume;
mod retire;
mod retry;
mod tasks;

pub use attendant::{Attendant, PlannedStep, Saving, Unattended};
pub use failure::place;
pub(super) use failure::{failed, stopped};
pub use options::{DeployOptions, OnInterrupted};
pub use retry::Retry;
pub use tasks::tasks;

use consent::Ready;
use retry::Trials;

use std::collections::HashMap;
use std::iter::successors;
use std::time::{Duration, Instant};

use postgres::error::{DbError, SqlState};

use crate::database::ledger::{Actor, Ledger, LedgerState, Unfinished, install};
use crate::database::lock::{read_locked, wait_for_lock};
use crate::database::message::{Frame, run_options};
use crate::database::run::{self, Cause, Stop};
use crate::database::task::{Run, Task};
use crate::database::{DatabaseError, Session, interrupt};
use crate::error::Error;
use crate::graph::{Action, Direction, Plan, Step, Target};
use crate::operation::baseline::{check_adoptions, other_history, overlay_up};
use crate::operation::compare::changed;
use crate::operation::from_ledger::overlay_from_ledger;
use crate::operation::losses::Losses;
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
    /// What was lost on the way, as it was told before.
    pub losses: Losses,
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
        let mut state = read_locked(self.session.client(), &ledger)?;
        let mut locked = state.locked;
        let mut ran = Vec::new();
        let mut messages = Messages::new();
        let mut duration = Duration::ZERO;
        let mut trials = Trials::default();
        let mut asked = Vec::new();
        let mut told = None;
        loop {
            let (view, mut plan) = self.plan(&state, direction, targets)?;
            if plan.steps.is_empty() {
                plan.steps = ran;
                return Ok(Deployed { plan, messages, duration, losses: told.unwrap_or_default() });
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
            let unproved = tasks::unproved(&view, &plan)?;
            if !unproved.is_empty() {
                self.attendant.unproved(&unproved);
            }
            let resume = self.resume(&state, &tasks)?;
            check_sources(&self.options.sources, &self.actor.run, &tasks, resume.as_ref())?;
            messages.extend(messages_of(&view, &plan));
            check_session(&state, &tasks)?;
            // What comes again after a retry was told and asked for before.
            if plan.steps.iter().any(|step| !asked.contains(step)) {
                let ready = Ready { direction, state: &state, view: &view, tasks: &tasks, messages: &messages };
                self.allow_ledger(&view, &plan)?;
                self.tell_retirings(&ledger, &tasks, resume.as_ref().map_or(0, |resume| resume.section))?;
                self.ask(&ready, resume.as_ref(), &mut told)?;
                asked.clone_from(&plan.steps);
            }
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
            self.watch(&mut trials, &tasks);
            let begun = Instant::now();
            let attendant = &mut *self.attendant;
            let timeouts = self.options.timeouts();
            let (recorded, fsync, read_only) = (ran.len(), state.fsync, state.read_only);
            let watch = self.session.watch().filter(|_| attendant.watches()).cloned();
            let frame = Frame {
                ledger: &ledger,
                actor: self.actor,
                timeouts,
                recorded,
                fsync,
                read_only,
                sources: &self.options.sources,
                paced: true,
                watch: watch.as_ref(),
            };
            let outcome = run::run(self.session.client(), &frame, &state, &tasks, resume, &mut |headway| {
                attendant.makes_headway(headway)
            });
            duration += begun.elapsed();
            match outcome {
                Ok(()) => {
                    self.tell_retired(&ledger, &tasks)?;
                    ran.append(&mut plan.steps);
                    plan.steps = ran;
                    return Ok(Deployed { plan, messages, duration, losses: told.unwrap_or_default() });
                }
                Err(Stop { cause: Cause::LedgerMoved, done }) => {
                    ran.extend(plan.steps.into_iter().take(done));
                    self.after_loss(&mut trials, &mut state)?;
                }
                Err(Stop { cause: Cause::Database(DatabaseError::LedgerBusy), done }) => {
                    ran.extend(plan.steps.into_iter().take(done));
                    self.while_busy(&mut trials, &mut state)?;
                }
                Err(Stop { cause: Cause::Database(DatabaseError::Stopped), done }) => {
                    return Err(stopped(&ran, &tasks, done));
                }
                Err(Stop { cause: Cause::BatchLimit { revision, limit, progress }, .. }) => {
                    return Err(Error::BatchLimit { revision, limit, rows: progress.rows });
                }
                Err(Stop { cause: Cause::Database(error), .. }) => return Err(error.into()),
                Err(Stop { cause: Cause::Statement(failure), done }) => {
                    if let Err(failure) = self.retry(&mut trials, &tasks, failure) {
                        return Err(failed(&ran, &tasks, *failure, done));
                    }
                    ran.extend(plan.steps.into_iter().take(done));
                    state = ledger.read(self.session.client(), false)?;
                }
            }
        }
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

    /// Makes the ledger. Behind a proxy, where no lock is held, others may be making it at the same time: then one of
    /// them comes through.
    fn install(&mut self, ledger: &Ledger) -> Result<(), Error> {
        for _ in 0..INSTALLING {
            let client = self.session.client();
            let Err(error) = install(client, ledger) else { return Ok(()) };
            if !is_race(&error) {
                return Err(DatabaseError::of_install(&error).into());
            }
            let rollback = client.batch_execute("ROLLBACK");
            rollback.map_err(|error| DatabaseError::of(error, "the ledger is made by somebody else"))?;
            interrupt::pause(INSTALL_AGAIN)?;
            if !Ledger::needs_install(&ledger.read(client, false)?) {
                return Ok(());
            }
        }
        install(self.session.client(), ledger).map_err(|error| DatabaseError::of_install(&error).into())
    }
}

/// How often the ledger is made anew while others do the same.
const INSTALLING: usize = 10;
const INSTALL_AGAIN: Duration = Duration::from_millis(20);

/// Whether the ledger could not be made because somebody else made the same thing at the same moment: what IF NOT EXISTS
/// did not see yet, a unique index of the catalog refuses.
fn is_race(error: &refinery::Error) -> bool {
    let causes = successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source());
    let mut codes = causes.filter_map(|cause| cause.downcast_ref::<DbError>()).map(DbError::code);
    codes.any(|code| {
        [
            SqlState::UNIQUE_VIOLATION,
            SqlState::DUPLICATE_SCHEMA,
            SqlState::DUPLICATE_TABLE,
            SqlState::DUPLICATE_FUNCTION,
            SqlState::DUPLICATE_OBJECT,
            // "tuple concurrently updated"
            SqlState::INTERNAL_ERROR,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::LOCK_NOT_AVAILABLE,
        ]
        .contains(code)
    })
}

/// Refuses statements outside of transactions where a session can't keep the settings that they wait and run by.
fn check_session(state: &LedgerState, tasks: &[Task<'_>]) -> Result<(), Error> {
    let needs_session = |run: &&Run<'_>| {
        run.sections().any(|section| run_options(section).is_some() && !section.kind.is_transactional())
    };
    match tasks.iter().filter_map(Task::run).find(needs_session) {
        Some(run) if state.pooled => Err(Error::NeedsSession { revision: run.entry.id.clone() }),
        _ => Ok(()),
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
