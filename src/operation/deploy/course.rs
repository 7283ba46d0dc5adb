//! What a deployment remembers from its first look at the ledger to its end: after a retry, or after somebody else has moved
//! the ledger, it reads and plans again.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::consent::Ready;
use super::retry::Trials;
use super::{Deployed, Deployment, Messages, failed, messages_of, stopped, tasks};
use crate::database::DatabaseError;
use crate::database::ledger::{Ledger, LedgerState};
use crate::database::message::{Frame, run_options};
use crate::database::run::{self, Cause, Resume, Stop};
use crate::database::task::Task;
use crate::error::Error;
use crate::graph::{Direction, Plan, Step};
use crate::operation::losses::Losses;
use crate::operation::sources::check_sources;
use crate::project::View;
use crate::revision::{Section, SectionKind};

/// A deployment between its first look at the ledger and its end.
pub(super) struct Course {
    /// What the ledger says.
    pub state: LedgerState,
    /// Whether the deployers' lock is had, as far as the session can hold one.
    pub locked: bool,
    /// The steps of earlier plans that are done.
    pub ran: Vec<Step>,
    messages: Messages,
    duration: Duration,
    trials: Trials,
    asked: Vec<Step>,
    told: Option<Losses>,
    kept: Vec<PathBuf>,
}

impl From<LedgerState> for Course {
    fn from(state: LedgerState) -> Course {
        Course {
            locked: state.locked,
            state,
            ran: Vec::new(),
            messages: Messages::new(),
            duration: Duration::ZERO,
            trials: Trials::default(),
            asked: Vec::new(),
            told: None,
            kept: Vec::new(),
        }
    }
}

impl Course {
    /// What was done in all, with the last plan's end.
    pub fn end(self, mut plan: Plan) -> Deployed {
        plan.steps = self.ran;
        let losses = self.told.unwrap_or_default();
        Deployed { plan, messages: self.messages, duration: self.duration, losses, kept: self.kept }
    }
}

impl Deployment<'_> {
    /// Looks whether a plan can run at all, tells it, and asks what is to be asked. Returns where its first task goes on,
    /// if that has begun.
    pub(super) fn make_ready(
        &mut self,
        course: &mut Course,
        direction: Direction,
        (view, plan): (&View<'_>, &Plan),
        tasks: &[Task<'_>],
    ) -> Result<Option<Resume>, Error> {
        let unproved = tasks::unproved(view, plan)?;
        if !unproved.is_empty() {
            self.attendant.unproved(&unproved);
        }
        let resume = self.resume(&course.state, tasks)?;
        check_session(&course.state, tasks, self.session.is_lent())?;
        check_sources(&self.options.sources, &self.actor.run, tasks, resume.as_ref())?;
        course.messages.extend(messages_of(view, plan));
        // What comes again after a retry was told and asked for before.
        if plan.steps.iter().any(|step| !course.asked.contains(step)) {
            self.allow_ledger(view, plan)?;
            let done = resume.as_ref().map_or(0, |resume| resume.section);
            let retirings = &self.tell_retirings(&self.options.ledger(), tasks, done)?;
            let ready = Ready { direction, state: &course.state, view, tasks, messages: &course.messages, retirings };
            self.ask(&ready, resume.as_ref(), &mut course.told)?;
            course.kept.append(&mut self.keep(view, plan)?);
            course.asked.clone_from(&plan.steps);
        }
        Ok(resume)
    }

    /// Runs the tasks.
    pub(super) fn run(
        &mut self,
        ledger: &Ledger,
        course: &mut Course,
        tasks: &[Task<'_>],
        resume: Option<Resume>,
    ) -> Result<(), Stop> {
        self.watch(&mut course.trials, tasks);
        let begun = Instant::now();
        let attendant = &mut *self.attendant;
        let watch = self.session.watch().filter(|_| attendant.watches()).cloned();
        let teller = self.session.teller();
        let frame = Frame {
            ledger,
            actor: self.actor,
            timeouts: self.options.timeouts(),
            recorded: course.ran.len(),
            fsync: course.state.fsync,
            read_only: course.state.read_only,
            sources: &self.options.sources,
            paced: true,
            watch: watch.as_ref(),
            teller: teller.as_ref(),
        };
        let outcome = run::run(self.session.client(), &frame, &course.state, tasks, resume, &mut |headway| {
            attendant.makes_headway(headway)
        });
        course.duration += begun.elapsed();
        outcome
    }

    /// What stopped a run is an error, unless it can be tried again: then the ledger is read anew.
    pub(super) fn after_stop(
        &mut self,
        course: &mut Course,
        plan: &Plan,
        tasks: &[Task<'_>],
        Stop { cause, done }: Stop,
    ) -> Result<(), Error> {
        let Course { state, ran, trials, .. } = course;
        let did = plan.steps.get(..done).unwrap_or(&plan.steps);
        match cause {
            Cause::LedgerMoved => {
                ran.extend_from_slice(did);
                self.after_loss(trials, state)
            }
            Cause::Database(DatabaseError::LedgerBusy) => {
                ran.extend_from_slice(did);
                self.while_busy(trials, state)
            }
            Cause::Database(DatabaseError::Stopped) => Err(stopped(ran, tasks, done)),
            Cause::BatchLimit { revision, limit, progress } => {
                Err(Error::BatchLimit { revision, limit, rows: progress.rows })
            }
            Cause::Database(error) => Err(error.into()),
            Cause::Statement(failure) => {
                self.retry(trials, tasks, failure).map_err(|failure| failed(ran, tasks, *failure, done))?;
                ran.extend_from_slice(did);
                *state = self.options.ledger().read(self.session.client(), false)?;
                Ok(())
            }
        }
    }
}

/// Refuses what this session can't do: where it can't keep the settings that statements outside of transactions wait and
/// run by, and where a program has lent it, which knows of no COPY.
fn check_session(state: &LedgerState, tasks: &[Task<'_>], is_lent: bool) -> Result<(), Error> {
    let needs_session = |section: &Section| run_options(section).is_some() && !section.kind.is_transactional();
    let loads = |section: &Section| matches!(section.kind, SectionKind::Load(_));
    for run in tasks.iter().filter_map(Task::run) {
        let revision = || run.entry.id.clone();
        if state.pooled && run.sections().any(needs_session) {
            return Err(Error::NeedsSession { revision: revision() });
        }
        if is_lent && run.sections().any(loads) {
            return Err(Error::NeedsOwnConnection { revision: revision() });
        }
    }
    Ok(())
}
