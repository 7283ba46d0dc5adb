//! What is told of a deployment that failed.

use crate::database::run::{Cause, LoadFailure, NotRecorded, SettingFailure, StatementFailure};
use crate::database::task::Task;
use crate::database::{DatabaseError, ServerError};
use crate::error::{Error, FailedPart, StepFailure};
use crate::revision::{Problem, RevisionId, Source};

/// What is told of what stopped a run. `ran` is all that the deployment has done, of which `done` are of these tasks.
pub(in crate::operation) fn failed(ran: Vec<RevisionId>, tasks: &[Task<'_>], done: usize, cause: Cause) -> Error {
    let failing = match cause {
        Cause::Statement(failure) => Failing::from(*failure),
        Cause::Setting(failure) => Failing::of_setting(*failure, tasks),
        Cause::Load(failure) => Failing::from(*failure),
        Cause::NotRecorded(failure) => return not_recorded(tasks, *failure),
        Cause::BatchLimit { revision, limit, progress } => {
            return Error::BatchLimit { revision, limit, rows: progress.rows };
        }
        Cause::LedgerMoved => return Error::LedgerKeepsMoving,
        Cause::Database(error) => return error.into(),
    };
    let Some(task) = tasks.get(failing.task).and_then(Task::run) else {
        return DatabaseError::Server { doing: RUNNING.to_owned(), error: Box::new(failing.error) }.into();
    };
    let left = ids(tasks.get(done..).unwrap_or_default()).filter(|id| *id != task.entry.id);
    Error::Step(Box::new(StepFailure {
        revision: task.entry.id.clone(),
        direction: task.direction,
        part: failing.part,
        problem: place(&task.revision.source, failing.offset, &failing.error.message),
        done: ran,
        left: left.collect(),
        before_anything_ran: failing.before_anything_ran,
        partly_done: failing.is_partly_done,
        error: failing.error,
    }))
}

const RUNNING: &str = "the plan was running";

/// The revisions of tasks.
pub(in crate::operation) fn ids(tasks: &[Task<'_>]) -> impl Iterator<Item = RevisionId> {
    tasks.iter().map(|task| task.id().clone())
}

/// A failure of a revision, whatever part of it failed.
struct Failing {
    task: usize,
    part: FailedPart,
    offset: Option<usize>,
    error: ServerError,
    before_anything_ran: bool,
    is_partly_done: bool,
}

impl From<StatementFailure> for Failing {
    fn from(failure: StatementFailure) -> Failing {
        Failing {
            task: failure.task,
            part: FailedPart::Statement,
            offset: failure.offset,
            error: failure.error,
            before_anything_ran: failure.before_anything_ran,
            is_partly_done: failure.stopped_at.is_some(),
        }
    }
}

impl From<LoadFailure> for Failing {
    fn from(failure: LoadFailure) -> Failing {
        Failing {
            task: failure.task,
            part: FailedPart::Load,
            offset: Some(failure.offset),
            error: failure.error,
            before_anything_ran: false,
            is_partly_done: failure.stopped_at.is_some(),
        }
    }
}

impl Failing {
    fn of_setting(failure: SettingFailure, tasks: &[Task<'_>]) -> Failing {
        let run = tasks.get(failure.task).and_then(Task::run);
        let before_line = run.map_or(0, |run| run.revision.source.position(failure.before).line);
        Failing {
            task: failure.task,
            part: FailedPart::Setting { before_line },
            offset: Some(failure.offset),
            error: failure.error,
            before_anything_ran: false,
            is_partly_done: failure.stopped_at.is_some(),
        }
    }
}

fn not_recorded(tasks: &[Task<'_>], failure: NotRecorded) -> Error {
    let Some(run) = tasks.get(failure.task).and_then(Task::run) else { return failure.error.into() };
    Error::NotRecorded {
        revision: run.entry.id.clone(),
        direction: run.direction,
        place: line_of(&run.revision.source, failure.offset),
        error: failure.error,
    }
}

/// The file and the line of a place in it.
pub(super) fn line_of(source: &Source, offset: usize) -> String {
    format!("{}:{}", source.path().display(), source.position(offset).line)
}

/// The server's message at its place in the file: the word that stands there is marked.
pub fn place(source: &Source, offset: Option<usize>, message: &str) -> Problem {
    let Some(offset) = offset else { return Problem::without_place(source.path(), message) };
    let rest = source.slice(offset..source.text().len());
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let length = if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
    Problem::at(source, offset..offset + length, message)
}
