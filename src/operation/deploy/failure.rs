//! What is told of a deployment that failed.

use crate::database::DatabaseError;
use crate::database::run;
use crate::database::task::Task;
use crate::error::{Error, StepFailure};
use crate::graph::Step;
use crate::revision::{Problem, RevisionId, Source};

/// What is told of a statement that failed: `ran` is done by an earlier plan of this run, `done` tasks by this one.
pub(in crate::operation) fn failed(
    ran: &[Step],
    tasks: &[Task<'_>],
    failure: run::StatementFailure,
    done: usize,
) -> Error {
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

/// What is told of a deployment that was stopped between two steps.
pub(in crate::operation) fn stopped(ran: &[Step], tasks: &[Task<'_>], done: usize) -> Error {
    let (did, left) = tasks.split_at_checked(done).unwrap_or((tasks, &[]));
    let ids = |tasks: &[Task<'_>]| tasks.iter().map(|task| task.id().clone()).collect::<Vec<_>>();
    let done = ran.iter().map(|step| step.revision.clone()).chain(ids(did)).collect();
    Error::Stopped { done, left: ids(left) }
}

/// The server's message at its place in the file: the word that stands there is marked.
pub fn place(source: &Source, offset: Option<usize>, message: &str) -> Problem {
    let Some(offset) = offset else { return Problem::without_place(source.path(), message) };
    let rest = source.slice(offset..source.text().len());
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let length = if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
    Problem::at(source, offset..offset + length, message)
}
