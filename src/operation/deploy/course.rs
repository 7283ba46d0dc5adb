//! What a deployment remembers from its first look at the ledger to its end: after a retry, or after somebody else has moved
//! the ledger, it reads and plans again.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::consent::Ready;
use super::retry::Trials;
use super::{Deployed, Deployment, Messages, failed, ids, messages_of, tasks};
use crate::database::DatabaseError;
use crate::database::ledger::{Ledger, LedgerState};
use crate::database::message::{Frame, run_options};
use crate::database::run::{self, Cause, Resume, Stop};
use crate::database::task::Task;
use crate::error::{Error, Stopped, going_on};
use crate::graph::{Direction, Plan, Step, Target};
use crate::operation::losses::Losses;
use crate::operation::sources::check_sources;
use crate::project::View;
use crate::revision::{RevisionId, Section, SectionKind};

/// A deployment between its first look at the ledger and its end.
pub(super) struct Course {
    /// What the ledger says.
    pub state: LedgerState,
    /// The command that this is.
    command: String,
    /// Whether the deployers' lock is had, as far as the session can hold one.
    pub locked: bool,
    /// The steps of earlier plans that are done.
    pub ran: Vec<Step>,
    /// What was left of the last plan that stopped on its way; none as long as nothing has run.
    left: Option<Vec<RevisionId>>,
    messages: Messages,
    duration: Duration,
    trials: Trials,
    asked: Vec<Step>,
    told: Option<Losses>,
    kept: Vec<PathBuf>,
}

impl Course {
    /// A deployment to these targets, at its beginning.
    pub fn begin(state: LedgerState, direction: Direction, targets: &[Target]) -> Course {
        Course {
            command: command(direction, targets),
            locked: state.locked,
            state,
            ran: Vec::new(),
            left: None,
            messages: Messages::new(),
            duration: Duration::ZERO,
            trials: Trials::default(),
            asked: Vec::new(),
            told: None,
            kept: Vec::new(),
        }
    }

    /// What was done in all, with the last plan's end.
    pub fn end(self, mut plan: Plan) -> Deployed {
        plan.steps = self.ran;
        let losses = self.told.unwrap_or_default();
        Deployed { plan, messages: self.messages, duration: self.duration, losses, kept: self.kept }
    }

    /// What is told of what stopped it: with what is done, if something has run.
    pub fn stopped(self, cause: Error) -> Error {
        match (cause, self.left) {
            // A revision's failure tells that itself.
            (cause @ Error::Step(_), _) | (cause, None) => cause,
            (cause, Some(left)) => {
                let done = self.ran.into_iter().map(|step| step.revision).collect();
                Error::Stopped(Box::new(Stopped { cause, done, left }))
            }
        }
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
        // What comes again after a retry was told and asked for before.
        let is_news = plan.steps.iter().any(|step| !course.asked.contains(step));
        if is_news {
            self.allow_ledger(view, plan)?;
        }
        let resume = self.resume(&course.state, tasks, &course.command)?;
        check_session(&course.state, tasks, self.session.is_lent())?;
        check_sources(&self.options.sources, &self.actor.run, tasks, resume.as_ref())?;
        course.messages.extend(messages_of(view, plan));
        if is_news {
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
        course.ran.extend_from_slice(plan.steps.get(..done).unwrap_or(&plan.steps));
        let is_others = matches!(cause, Cause::LedgerMoved | Cause::Database(DatabaseError::LedgerBusy));
        if done > 0 || !is_others {
            course.left = Some(ids(tasks.get(done..).unwrap_or_default()).collect());
        }
        let Course { state, ran, trials, .. } = course;
        let cause = match cause {
            Cause::LedgerMoved => return self.after_loss(trials, state),
            Cause::Database(DatabaseError::LedgerBusy) => return self.while_busy(trials, state),
            Cause::Statement(failure) => match self.retry(trials, tasks, failure) {
                Ok(()) => {
                    *state = self.options.ledger().read(self.session.client(), false)?;
                    return Ok(());
                }
                Err(failure) => Cause::Statement(failure),
            },
            Cause::Setting(mut failure) => {
                trials.name_blockers(&mut failure.error);
                Cause::Setting(failure)
            }
            Cause::Load(mut failure) => {
                trials.name_blockers(&mut failure.error);
                Cause::Load(failure)
            }
            cause => cause,
        };
        Err(failed(ran.iter().map(|step| step.revision.clone()).collect(), tasks, done, cause))
    }
}

/// The command that leads to these targets.
fn command(direction: Direction, targets: &[Target]) -> String {
    let targets: Vec<String> = targets.iter().map(Target::to_string).collect();
    match (direction, targets.join(" ").as_str()) {
        (Direction::Up, "heads") => going_on(direction).to_owned(),
        (_, targets) => format!("{} {targets}", going_on(direction)),
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
