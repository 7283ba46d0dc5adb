//! What upgrade and downgrade share: read the ledger, compare, plan, ask, run.

use std::collections::HashMap;
use std::iter::successors;
use std::time::{Duration, Instant};

use postgres::error::DbError;

use crate::database::ledger::{Actor, Ledger, LedgerState, Unfinished, install};
use crate::database::lock::{Holder, read_locked, wait_for_lock};
use crate::database::message::{Frame, Run, Task, Timeouts};
use crate::database::run::{self, Cause, Resume, Stop};
use crate::database::{DatabaseError, Session};
use crate::error::{Error, StepFailure};
use crate::graph::{Action, Direction, Lineages, Plan, Step, Target};
use crate::operation::baseline::{check_adoptions, entry, members, other_history, overlay_down, overlay_up};
use crate::operation::compare::changed;
use crate::operation::plan::plan;
use crate::project::{Config, History, View};
use crate::revision::{Problem, Revision, RevisionId, Section, SectionKind, Source, Undo};

/// Who watches a deployment and answers its questions.
pub trait Attendant {
    /// Another deployer has the lock; revgraph waits.
    fn waiting(&mut self, _holder: &Holder) {}
    /// This is what will be run. Told before each attempt.
    fn planned(&mut self, _plan: &[PlannedStep<'_>]) {}
    /// The files of applied revisions have other ways down than those that the ledger has.
    fn down_changed(&mut self, _revisions: &[RevisionId]) {}
    /// An applied revision was edited, which does not stop the way down.
    fn up_changed(&mut self, _revisions: &[RevisionId]) {}
    /// A revision outside of transactions goes on with this statement; with none, all of its statements have run.
    fn resuming(&mut self, _revision: &RevisionId, _sql: Option<&str>) {}
    /// Whether the phrase that a revision asks for is given.
    fn confirms(&mut self, _revision: &Revision, _phrase: &str) -> bool {
        false
    }
}

/// Attends to nothing and confirms nothing.
#[derive(Debug, Default)]
pub struct Unattended;

impl Attendant for Unattended {}

/// One step as the user is told of it.
#[derive(Debug, Clone, Copy)]
pub struct PlannedStep<'a> {
    /// What it does.
    pub action: Action,
    /// The revision's id.
    pub id: &'a RevisionId,
    /// What the revision is for.
    pub message: &'a str,
}

/// How a deployment behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployOptions {
    /// The schema of the ledger.
    pub ledger_schema: String,
    /// How long to wait for another deployer.
    pub lock_wait: Duration,
    /// How long a statement waits for a lock.
    pub lock_timeout: Duration,
    /// How long a statement may run.
    pub statement_timeout: Option<Duration>,
    /// What to do with a revision that stopped at a statement whose outcome isn't known.
    pub on_interrupted: OnInterrupted,
}

/// What to do with a revision that stopped at a statement whose outcome isn't known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnInterrupted {
    /// Stop and say so.
    #[default]
    Stop,
    /// Run the statement again.
    RunAgain,
    /// Take it as done.
    TakeAsDone,
}

impl From<&Config> for DeployOptions {
    fn from(config: &Config) -> DeployOptions {
        DeployOptions {
            ledger_schema: config.ledger_schema.clone(),
            lock_wait: config.lock_wait,
            lock_timeout: config.lock_timeout,
            statement_timeout: config.statement_timeout,
            on_interrupted: OnInterrupted::default(),
        }
    }
}

impl DeployOptions {
    /// The ledger that is meant.
    pub fn ledger(&self) -> Ledger {
        Ledger::new(&self.ledger_schema)
    }

    /// How statements wait.
    pub fn timeouts(&self) -> Timeouts {
        Timeouts { lock: self.lock_timeout.as_millis(), statement: self.statement_timeout.map(|time| time.as_millis()) }
    }
}

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
            let timeouts = self.options.timeouts();
            let (recorded, fsync, read_only) = (ran.len(), state.fsync, state.read_only);
            let frame = Frame { ledger: &ledger, actor: self.actor, timeouts, recorded, fsync, read_only };
            let outcome = run::run(self.session.client(), &frame, &state, &tasks, resume);
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
        let view = match direction {
            Direction::Up => overlay_up(self.history, state, targets)?,
            Direction::Down => overlay_down(self.history, state, targets)?,
        };
        let applied = view.graph.state_of(&state.rows());
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

    /// Where the first task begins: a revision that stopped goes on.
    fn resume(&mut self, state: &LedgerState, tasks: &[Task<'_>]) -> Result<Option<Resume>, Error> {
        let (Some(unfinished), Some(task)) = (state.unfinished.first(), tasks.first().and_then(Task::run)) else {
            return Ok(None);
        };
        let at = Resume { section: unfinished.section, statement: unfinished.statement };
        let edited = || Error::Invalid {
            message: format!("what {} has done already was edited", unfinished.revision),
            help:
                "put its first statements back as they ran; what comes next may change. Or undo or finish by hand what \
                   it has begun, and `revgraph stamp` what the database is at then"
                    .to_owned(),
        };
        if unfinished.done != task.done_before((at.section, at.statement)) {
            return Err(edited());
        }
        let resume = match (unfinished.running, self.options.on_interrupted) {
            (false, _) | (true, OnInterrupted::RunAgain) => at,
            (true, OnInterrupted::TakeAsDone) => Resume { statement: at.statement + 1, ..at },
            (true, OnInterrupted::Stop) => return Err(interrupted(unfinished, task)),
        };
        self.attendant.resuming(&unfinished.revision, next_statement(task, resume));
        Ok(Some(resume))
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

/// An error with its causes; what the server said of it, if it is an error of the server.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut causes: Vec<&(dyn std::error::Error + 'static)> = successors(Some(error), |error| error.source()).collect();
    if let Some(said) = causes.iter().find_map(|cause| cause.downcast_ref::<DbError>()) {
        return said.message().to_owned();
    }
    causes.dedup_by_key(|cause| cause.to_string());
    causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What the revisions of a plan are for, as far as they are known here.
pub fn messages_of(history: &History, plan: &Plan) -> Messages {
    let known = plan.steps.iter().filter_map(|step| history.get(&step.revision));
    known.map(|revision| (revision.id.clone(), revision.message.clone())).collect()
}

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
    let unsupported = revision
        .up()
        .find(|section| matches!(section.kind, SectionKind::Batch(_) | SectionKind::Load(_) | SectionKind::Retire));
    match unsupported {
        Some(section) => Err(Error::UnsupportedSection { revision: revision.id.clone(), section: section.kind.name() }),
        None => Ok(()),
    }
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

/// The statement that comes next, in this section or a later one.
fn next_statement<'t>(task: &Run<'t>, resume: Resume) -> Option<&'t str> {
    let statements = |(index, section): (usize, &Section)| {
        let first = if index == resume.section { resume.statement } else { 0 };
        section.statements.get(first).map(|statement| statement.span.clone())
    };
    let span = task.sections().enumerate().skip(resume.section).find_map(statements)?;
    Some(task.revision.source.slice(span))
}

fn interrupted(unfinished: &Unfinished, task: &Run<'_>) -> Error {
    let section = task.sections().nth(unfinished.section);
    let statement = section.and_then(|section| section.statements.get(unfinished.statement));
    Error::Interrupted {
        revision: unfinished.revision.clone(),
        section: unfinished.section,
        statement: unfinished.statement,
        sql: statement.map(|statement| task.revision.source.slice(statement.span.clone()).to_owned()),
    }
}

/// What is told of a statement that failed: `ran` is done by an earlier plan of this run, `done` tasks by this one.
pub(super) fn failed(ran: &[Step], tasks: &[Task<'_>], failure: run::StatementFailure, done: usize) -> Error {
    let ids = |tasks: &[Task<'_>]| tasks.iter().map(|task| task.id().clone()).collect::<Vec<_>>();
    let Some(task) = tasks.get(failure.task).and_then(Task::run) else {
        let doing = "the plan was running".to_owned();
        return DatabaseError::Server { doing, error: Box::new(failure.error) }.into();
    };
    let left: Vec<RevisionId> =
        tasks.iter().skip(done).map(|task| task.id().clone()).filter(|id| *id != task.entry.id).collect();
    Error::Step(Box::new(StepFailure {
        revision: task.entry.id.clone(),
        direction: task.direction,
        problem: place(&task.revision.source, failure.offset, &failure.error.message),
        done: ran.iter().map(|step| step.revision.clone()).chain(ids(tasks.get(..done).unwrap_or_default())).collect(),
        left,
        before_anything_ran: failure.before_anything_ran,
        partly_done: failure.stopped_at.is_some(),
        error: failure.error,
    }))
}

/// The server's message at its place in the file: the word that stands there is marked.
pub fn place(source: &Source, offset: Option<usize>, message: &str) -> Problem {
    let Some(offset) = offset else { return Problem::without_place(source.path(), message) };
    let rest = source.slice(offset..source.text().len());
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let length = if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
    Problem::at(source, offset..offset + length, message)
}
