//! Running a plan: transactional revisions many to a message, others section by section.

use crate::database::Client;

use super::ledger::{Ledger, LedgerState, record_failure};
use super::message::{self, Frame, Message, RESETS, Task, byte_offset, run_options};
use super::{DatabaseError, ServerError};
use crate::graph::Direction;
use crate::revision::{Revision, Section};

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
    /// A statement failed. Its revision is the one after those that are done, unless `place` says otherwise.
    Statement(Box<StatementFailure>),
    /// Somebody else changed the ledger in between: read again, plan again.
    LedgerMoved,
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

/// Where to begin again in a revision outside of transactions: the section and the statement, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resume {
    /// The section.
    pub section: usize,
    /// The statement.
    pub statement: usize,
}

/// Runs `tasks` in order. `state` is what the ledger said under the lock. `resume` is for the first task.
pub fn run(
    client: &mut Client,
    frame: &Frame<'_>,
    state: &LedgerState,
    tasks: &[Task<'_>],
    resume: Resume,
) -> Result<(), Stop> {
    let mut runner = Runner { client, frame, generation: state.generation, done: 0, messages: 0 };
    while let Some(task) = tasks.get(runner.done) {
        let outcome = if task.is_atomic() {
            runner.run_message(tasks)
        } else {
            let resume = if runner.done == 0 { resume } else { Resume::default() };
            runner.run_sections(task, resume)
        };
        if let Err(cause) = outcome {
            return Err(Stop { done: runner.done, cause });
        }
    }
    Ok(())
}

struct Runner<'a, 'b> {
    client: &'a mut Client,
    frame: &'b Frame<'b>,
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
        for task in coming {
            if !task.is_atomic() || message.is_full_for(task) {
                break;
            }
            let at = message.tasks();
            let generation = self.generation.saturating_add_unsigned(at as u64);
            message.add(self.frame, task, Some(generation), self.done + at + 1 == tasks.len());
        }
        match self.client.batch_execute(message.finish()) {
            Ok(()) => {
                self.generation = self.generation.saturating_add_unsigned(message.tasks() as u64);
                self.done += message.tasks();
                Ok(())
            }
            Err(error) => Err(self.message_failed(error, &message, coming)),
        }
    }

    /// Finds out from the ledger what of a failed message is done, and records the failure.
    fn message_failed(&mut self, error: postgres::Error, message: &Message, coming: &[Task<'_>]) -> Cause {
        let server = match DatabaseError::of(error, "the plan was running") {
            DatabaseError::Server { error, .. } => *error,
            other => return Cause::Database(other),
        };
        let done = match self.steps_of_message_done() {
            Ok(done) => done.min(message.tasks()),
            Err(error) => return Cause::Database(error),
        };
        self.done += done;
        if server.ledger_has_moved() {
            return Cause::LedgerMoved;
        }
        let place = server.position.and_then(|position| message.locate(position, coming));
        let task = place.map_or(done, |place| place.task);
        let Some(failed) = coming.get(task) else {
            return Cause::Database(DatabaseError::Server {
                doing: "the plan was running".to_owned(),
                error: Box::new(server),
            });
        };
        let offset = place.map(|place| place.offset).or_else(|| place_in_verification(failed.revision, &server));
        // Only the parser reads ahead of what has run, and it gives a position.
        let before_anything_ran = done == 0 && place.is_some() && is_syntax_error(&server);
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
        self.client.batch_execute("ROLLBACK").map_err(reading)?;
        let all = self.frame.ledger.count_steps(self.client, &self.frame.actor.run)?;
        Ok(all.saturating_sub(self.done))
    }

    fn record(&mut self, task: &Task<'_>, error: &ServerError) {
        let action = match task.direction {
            Direction::Up => "upgrade",
            Direction::Down => "downgrade",
        };
        let id = &task.entry.id;
        // The failure itself is what the user must hear; that its event could not be written adds nothing.
        let _ = record_failure(self.client, self.frame.ledger, self.frame.actor, action, Some(id), &error.message);
    }

    /// Runs a revision that is not one transaction, from the place where it is to begin.
    fn run_sections(&mut self, task: &Task<'_>, resume: Resume) -> Result<(), Cause> {
        let sections: Vec<&Section> = task.sections().collect();
        for (index, section) in sections.iter().enumerate().skip(resume.section) {
            let first = if index == resume.section { resume.statement } else { 0 };
            if section.kind.is_transactional() {
                self.run_section_in_transaction(task, section, index)?;
            } else {
                self.run_statements(task, section, index, first)?;
            }
        }
        self.finish_sections(task, sections.len())
    }

    /// A transactional section of such a revision: the section and how far it has come, in one transaction.
    fn run_section_in_transaction(&mut self, task: &Task<'_>, section: &Section, index: usize) -> Result<(), Cause> {
        let Frame { ledger, actor, timeouts } = self.frame;
        let before = format!(
            "BEGIN;\n{}{}",
            timeouts.set("LOCAL", run_options(section)),
            ledger.compare_and_swap(self.generation)
        );
        let body = task.revision.source.slice(section.body.clone());
        let reached = ledger.reached(actor, &task.entry, task.direction, (index + 1, 0), "failed");
        let text = format!("{before}{body}\n;\n{RESETS}{reached}COMMIT");
        let skipped = before.chars().count();
        self.execute(&text, task, section.body.start, skipped, (index, 0))?;
        self.generation += 1;
        Ok(())
    }

    /// Each statement by itself. Before it runs, the ledger says that it does; what comes after a crash finds it there.
    fn run_statements(&mut self, task: &Task<'_>, section: &Section, index: usize, first: usize) -> Result<(), Cause> {
        let Frame { ledger, actor, timeouts } = self.frame;
        for (number, statement) in section.statements.iter().enumerate().skip(first) {
            let place = (index, number);
            let running = ledger.reached(actor, &task.entry, task.direction, place, "running");
            let before = format!(
                "BEGIN;\n{}{running}COMMIT;\n{}",
                ledger.compare_and_swap(self.generation),
                timeouts.set("SESSION", run_options(section))
            );
            self.execute(&before, task, 0, usize::MAX, place)?;
            self.generation += 1;
            let sql = task.revision.source.slice(statement.span.clone());
            if let Err(cause) = self.execute(sql, task, statement.span.start, 0, place) {
                let failed = ledger.reached(actor, &task.entry, task.direction, place, "failed");
                // If this can't be written, the row still says `running`, and the next upgrade asks.
                let _ = self.client.batch_execute(&format!("ROLLBACK;\n{RESETS}{failed}"));
                return Err(cause);
            }
            self.client.batch_execute(RESETS).map_err(|error| self.lost(error))?;
        }
        Ok(())
    }

    /// The last transaction of such a revision: its verification and its ledger row.
    fn finish_sections(&mut self, task: &Task<'_>, sections: usize) -> Result<(), Cause> {
        let Frame { ledger, .. } = self.frame;
        let verification = match task.direction {
            Direction::Up => message::verifications(ledger, task.revision),
            Direction::Down => String::new(),
        };
        let names = super::ledger::Names::new(&self.frame.actor.run, self.messages);
        self.messages += 1;
        let text = format!(
            "{}BEGIN;\n{}{verification}{}{}{}COMMIT;\n{}",
            ledger.prepare(&names, self.frame.actor),
            Ledger::begin_step(&names, Some(self.generation)),
            ledger.finished(&task.entry.id),
            Ledger::end_step(&names, task.direction, &task.entry),
            ledger.progress(self.frame.actor, task.direction, &task.entry.id),
            Ledger::deallocate(&names)
        );
        self.execute(&text, task, 0, usize::MAX, (sections, 0))?;
        self.generation += 1;
        self.done += 1;
        Ok(())
    }

    /// Runs a text of which everything after `skipped` characters is the file's, from the byte `offset` on.
    fn execute(
        &mut self,
        text: &str,
        task: &Task<'_>,
        offset: usize,
        skipped: usize,
        place: (usize, usize),
    ) -> Result<(), Cause> {
        let Err(error) = self.client.batch_execute(text) else { return Ok(()) };
        let server = match DatabaseError::of(error, "the plan was running") {
            DatabaseError::Server { error, .. } => *error,
            other => return Err(Cause::Database(other)),
        };
        if server.ledger_has_moved() {
            return Err(Cause::LedgerMoved);
        }
        let rest = task.revision.source.text().get(offset..).unwrap_or_default();
        let in_file = server.position.and_then(|position| (position - 1).checked_sub(skipped));
        let offset = in_file
            .map(|characters| offset + byte_offset(rest, characters))
            .or_else(|| place_in_verification(task.revision, &server));
        self.record(task, &server);
        Err(Cause::Statement(Box::new(StatementFailure {
            task: self.done,
            offset,
            error: server,
            before_anything_ran: false,
            stopped_at: Some(place),
        })))
    }

    fn lost(&self, error: postgres::Error) -> Cause {
        Cause::Database(DatabaseError::of(error, "session settings could not be reset"))
    }
}

fn is_syntax_error(error: &ServerError) -> bool {
    error.code == "42601"
}

/// The place of a verification that failed: the query that did not hold, or the character in it that the
/// server stumbled over.
fn place_in_verification(revision: &Revision, error: &ServerError) -> Option<usize> {
    if let Some(number) = error.failed_verification() {
        return message::verify_queries(revision).nth(number).map(|span| span.start);
    }
    let (position, query) = error.internal.as_ref()?;
    for span in message::verify_queries(revision) {
        let text = revision.source.slice(span.clone());
        if let Some(before) = query.find(text).map(|at| query[..at].chars().count()) {
            let within = position.checked_sub(1 + before)?;
            return Some(span.start + byte_offset(text, within));
        }
    }
    None
}
