//! Running a plan: transactional revisions many to a message, others section by section.

mod batch;
mod headway;
mod load;
mod sections;
mod statements;

pub use headway::{Headway, OnHeadway};
pub use load::{Load, Refused};

use std::ops::Range;

use postgres::SimpleQueryMessage;

use super::interrupt::Duty;
use super::ledger::{LedgerState, Progress, record_failure};
use super::message::{DEALLOCATE_ALL, Frame, Message, byte_offset, statement_start, verify_queries};
use super::task::{Run, Task};
use super::{Client, DatabaseError, MessageError, Notice, ServerError, interrupt};
use crate::graph::Direction;
use crate::revision::{Revision, RevisionId};

/// Why a plan stopped, and what is certain then.
#[derive(Debug)]
pub struct Stop {
    /// How many tasks of the plan are done and recorded.
    pub done: usize,
    /// Why.
    pub cause: Cause,
}

/// Why a plan stopped.
#[derive(Debug)]
pub enum Cause {
    /// A statement of a revision failed, or something at its end: a constraint, a verification.
    Statement(Box<StatementFailure>),
    /// A setting could not be made that a statement outside of transactions runs under. Nothing of that statement ran.
    Setting(Box<SettingFailure>),
    /// A load was refused, by one of its databases or by what came of its rows.
    Load(Box<LoadFailure>),
    /// A statement outside of transactions is done, and the ledger could not be told.
    NotRecorded(Box<NotRecorded>),
    /// Somebody else changed the ledger in between: read again, plan again.
    LedgerMoved,
    /// A batch has made as many runs as it may, and its rows have not come to an end. What is done stays.
    BatchLimit {
        /// The revision.
        revision: RevisionId,
        /// How many runs there may be.
        limit: u64,
        /// What is done so far.
        progress: Progress,
    },
    /// The database side failed in another way.
    Database(DatabaseError),
}

/// A statement that the server refused.
#[derive(Debug)]
pub struct StatementFailure {
    /// The task, counted within the plan.
    pub task: usize,
    /// The byte offset in the revision's file, if the server told a position.
    pub offset: Option<usize>,
    /// What the server said.
    pub error: ServerError,
    /// Whether the server found it before it ran anything of the message.
    pub before_anything_ran: bool,
    /// For a revision outside of transactions: the section and the statement it stopped at.
    pub stopped_at: Option<(usize, usize)>,
}

/// A setting that could not be made before a statement outside of transactions.
#[derive(Debug)]
pub struct SettingFailure {
    /// The task, counted within the plan.
    pub task: usize,
    /// Where in the revision's file the setting stands, in bytes; where revgraph makes it by itself, that is `before`.
    pub offset: usize,
    /// Where the statement stands that it was made for.
    pub before: usize,
    /// What the server said.
    pub error: ServerError,
    /// The section and the statement it stopped at, if the revision has begun.
    pub stopped_at: Option<(usize, usize)>,
}

/// A load that was refused.
#[derive(Debug)]
pub struct LoadFailure {
    /// The task, counted within the plan.
    pub task: usize,
    /// The byte offset in the revision's file.
    pub offset: usize,
    /// What the server said, or revgraph found.
    pub error: ServerError,
    /// The section it stopped at, if the revision has begun.
    pub stopped_at: Option<(usize, usize)>,
}

/// A statement that is done, while the ledger says that it runs.
#[derive(Debug)]
pub struct NotRecorded {
    /// The task, counted within the plan.
    pub task: usize,
    /// Where the statement stands in the revision's file, in bytes.
    pub offset: usize,
    /// Why the ledger could not be told.
    pub error: DatabaseError,
}

/// Where to begin again in a revision outside of transactions: the section and the statement, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resume {
    /// The section.
    pub section: usize,
    /// The statement.
    pub statement: usize,
    /// What does what is left of that statement, in its place: it stopped in the middle.
    pub rest: Option<String>,
    /// How much the section has done, if it is many transactions.
    pub progress: Progress,
}

/// Runs `tasks` in order. `state` is what the ledger said under the lock. `resume` is where the first task goes on,
/// if it has begun. `watch` is told how far a section has come that is many transactions.
pub fn run(
    client: &mut Client,
    frame: &Frame<'_>,
    state: &LedgerState,
    tasks: &[Task<'_>],
    mut resume: Option<Resume>,
    watch: &mut OnHeadway<'_>,
) -> Result<(), Stop> {
    let _duty = Duty::begin().map_err(|error| Stop { done: 0, cause: Cause::Database(error) })?;
    let mut runner = Runner { client, frame, watch, generation: state.generation, done: 0, messages: 0 };
    while let Some(task) = tasks.get(runner.done) {
        let outcome = match task {
            Task::Run(run) if !run.is_atomic() => runner.run_sections(run, resume.take()),
            _ => runner.run_message(tasks),
        };
        if let Err(cause) = outcome {
            return Err(Stop { done: runner.done, cause });
        }
    }
    Ok(())
}

/// What the server said, in the words of whoever caused it.
fn understood(error: ServerError) -> ServerError {
    match error.is_cancelled() && interrupt::is_raised() {
        true => {
            let ServerError { message, hint, .. } = ServerError::stopped();
            ServerError { message, hint, ..error }
        }
        false => error,
    }
}

struct Runner<'a, 'b> {
    client: &'a mut Client,
    frame: &'b Frame<'b>,
    watch: &'a mut OnHeadway<'b>,
    generation: i64,
    done: usize,
    messages: usize,
}

impl Runner<'_, '_> {
    /// Runs as many of the transactional tasks that come next as go into one message.
    fn run_message(&mut self, tasks: &[Task<'_>]) -> Result<(), Cause> {
        let coming = tasks.get(self.done..).unwrap_or_default();
        let mut message = Message::new(self.frame, self.messages);
        self.messages += 1;
        for (at, task) in coming.iter().enumerate() {
            if !task.is_atomic() || message.is_full_for(task) {
                break;
            }
            let generation = self.generation.saturating_add_unsigned(at as u64);
            message.add(self.frame, task, Some(generation), coming.get(at + 1));
        }
        let text = message.finish(self.frame);
        match self.client.run_unless_stopped(text) {
            Ok(()) => {
                self.generation = self.generation.saturating_add_unsigned(message.tasks() as u64);
                self.tell(coming.iter().take(message.tasks()));
                self.done += message.tasks();
                Ok(())
            }
            Err(error) => Err(self.message_failed(error, &message, coming)),
        }
    }

    /// Finds out from the ledger what of a failed message is done, and records the failure.
    fn message_failed(&mut self, failed: MessageError, message: &Message, coming: &[Task<'_>]) -> Cause {
        let mut server = match DatabaseError::of(failed.error, "the plan was running") {
            DatabaseError::Server { error, .. } => understood(*error),
            other => {
                // The ledger is out of reach; what the server has told of commits is certain, unless it crashed.
                self.done += failed.done.map_or(0, |statements| message.tasks_within(statements));
                return Cause::Database(other);
            }
        };
        let done = match self.steps_of_message_done() {
            Ok(done) => done.min(message.tasks()),
            Err(error) => return Cause::Database(error),
        };
        self.tell(coming.iter().take(done));
        self.done += done;
        if server.ledger_has_moved() {
            return Cause::LedgerMoved;
        }
        if server.is_lock_timeout() && failed.done.is_some_and(|done| message.is_beginning(done)) {
            return Cause::Database(DatabaseError::LedgerBusy);
        }
        let place = match server.position {
            Some(position) => message.locate(position, coming),
            None => failed.done.and_then(|done| message.locate_statement(done, coming)),
        };
        let place = place.filter(|place| place.task >= done);
        let task = place.map_or(done, |place| place.task);
        let is_counted = failed.done.is_some();
        let Some(failed) = coming.get(task).and_then(Task::run) else {
            return Cause::Database(DatabaseError::Server {
                doing: "the plan was running".to_owned(),
                error: Box::new(server),
            });
        };
        let offset = place.map(|place| place.offset).or_else(|| place_in_verification(failed.revision, &mut server));
        // Where nobody has counted them, it can only be told of one that is alone.
        let offset = offset.or_else(|| if is_counted { None } else { only_statement(failed) });
        let before_anything_ran = done == 0 && server.position.is_some() && server.is_from_parser;
        let failure = StatementFailure {
            task: self.done - done + task,
            offset,
            before_anything_ran,
            error: server,
            stopped_at: None,
        };
        self.record(failed, &failure.error);
        Cause::Statement(Box::new(failure))
    }

    /// Ends the failed transaction, and counts those of the message that are committed.
    fn steps_of_message_done(&mut self) -> Result<usize, DatabaseError> {
        let reading = |error| DatabaseError::of(error, "after a failure, the ledger can't be read");
        // Behind a proxy, what this message has prepared must go before its transaction ends: then another one has the
        // server. In a transaction that failed it can't; but in the same message it can.
        self.client.batch_execute(&format!("ROLLBACK; {DEALLOCATE_ALL}")).map_err(reading)?;
        let all = self.frame.ledger.count_steps(self.client, &self.frame.actor.run)?;
        Ok(all.saturating_sub(self.frame.recorded + self.done))
    }

    /// Tells of tasks that are done, where the connection brings no notices that would.
    fn tell<'t>(&self, tasks: impl Iterator<Item = &'t Task<'t>>) {
        let Some(teller) = self.frame.teller else { return };
        for task in tasks {
            teller(Notice::Steps { action: task.action(), revisions: vec![task.id().to_string()] });
        }
    }

    fn record(&mut self, task: &Run<'_>, error: &ServerError) {
        let action = match task.direction {
            Direction::Up => "upgrade",
            Direction::Down => "downgrade",
        };
        let id = &task.entry.id;
        // The failure itself is what the user must hear; that its event could not be written adds nothing.
        let _ = record_failure(self.client, self.frame.ledger, self.frame.actor, action, id, &error.message);
    }

    /// Runs a text of which a part is the file's, and gives the results of its statements. A failure is recorded.
    fn execute(&mut self, text: &str, task: &Run<'_>, part: Option<Part>) -> Result<Vec<SimpleQueryMessage>, Failure> {
        self.execute_at(text, task, |position| part?.offset(task.revision, position))
    }

    /// The same for a text of which `place` says where in the file a position of it is, in characters from 1.
    fn execute_at(
        &mut self,
        text: &str,
        task: &Run<'_>,
        place: impl FnOnce(usize) -> Option<usize>,
    ) -> Result<Vec<SimpleQueryMessage>, Failure> {
        let failed = match self.client.query_unless_stopped(text) {
            Ok(results) => return Ok(results),
            Err(failed) => failed,
        };
        let mut server = match DatabaseError::of(failed.error, "the plan was running") {
            DatabaseError::Server { error, .. } => understood(*error),
            DatabaseError::Stopped => ServerError::stopped(),
            other => return Err(Failure::Other(Cause::Database(other))),
        };
        if server.ledger_has_moved() {
            return Err(Failure::Other(Cause::LedgerMoved));
        }
        let statement = failed.done.and_then(|done| statement_start(text, done));
        let failed_at = statement.and_then(|at| text.get(byte_offset(text, at)..));
        if server.is_lock_timeout() && failed_at.is_some_and(|rest| self.frame.ledger.is_compare_and_swap(rest)) {
            return Err(Failure::Other(Cause::Database(DatabaseError::LedgerBusy)));
        }
        let position = server.position.or_else(|| Some(1 + statement?));
        let in_part = position.and_then(place);
        self.record(task, &server);
        Err(Failure::Statement(Box::new(StatementFailure {
            task: self.done,
            offset: in_part.or_else(|| place_in_verification(task.revision, &mut server)),
            error: server,
            before_anything_ran: false,
            stopped_at: None,
        })))
    }
}

/// Where the statement of a revision begins that runs one alone.
fn only_statement(run: &Run<'_>) -> Option<usize> {
    let mut statements = run.sections().flat_map(|section| &section.statements);
    let only = statements.next()?;
    statements.next().is_none().then_some(only.span.start)
}

/// A part of a file that was sent in a longer text.
struct Part {
    /// Its bytes in the file.
    span: Range<usize>,
    /// The characters that stand before it in the text.
    before: usize,
}

impl Part {
    /// The byte offset in the file of a position in the text: in characters, from 1. None if it is before the part;
    /// behind it, it is the part's end.
    fn offset(&self, revision: &Revision, position: usize) -> Option<usize> {
        let characters = position.checked_sub(1 + self.before)?;
        let text = revision.source.slice(self.span.clone()).trim_end();
        Some(self.span.start + byte_offset(text, characters))
    }
}

/// Why a text of a revision outside of transactions did not go through.
enum Failure {
    Statement(Box<StatementFailure>),
    Other(Cause),
}

impl From<Failure> for Cause {
    fn from(failure: Failure) -> Cause {
        match failure {
            Failure::Statement(failure) => Cause::Statement(failure),
            Failure::Other(cause) => cause,
        }
    }
}

impl StatementFailure {
    fn stopped_at(self, place: (usize, usize)) -> Cause {
        Cause::Statement(Box::new(StatementFailure { stopped_at: Some(place), ..self }))
    }
}

/// The place of a verification that failed: the query that did not hold, or the character in it that the
/// server stumbled over.
fn place_in_verification(revision: &Revision, error: &mut ServerError) -> Option<usize> {
    let place = match (error.failed_verification(), &error.internal) {
        (Some(number), _) => verify_queries(revision).nth(number).map(|span| span.start),
        (None, Some((position, query))) => verify_queries(revision).find_map(|span| {
            let text = revision.source.slice(span.clone());
            let before = query[..query.find(text)?].chars().count();
            Some(span.start + byte_offset(text, position.checked_sub(1 + before)?))
        }),
        (None, None) => None,
    };
    if place.is_some() {
        error.forget_own_function();
    }
    place
}
