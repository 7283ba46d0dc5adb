//! What makes a dry run fail, as the real run would.

use crate::database::message::byte_offset;
use crate::database::task::{Run, Task};
use crate::database::{ClientError, DatabaseError, ServerError};
use crate::error::{Error, FailedPart, StepFailure};
use crate::operation::deploy::place;

/// A statement that failed: what the server said, and the byte offset in the file.
pub(super) enum Failure {
    Statement(Box<ServerError>, Option<usize>),
    Database(DatabaseError),
}

impl Failure {
    pub(super) fn into_error(self, task: &Run<'_>, left: &[Task<'_>]) -> Error {
        match self {
            Failure::Database(error) => error.into(),
            Failure::Statement(error, offset) => Error::Step(Box::new(StepFailure {
                revision: task.entry.id.clone(),
                direction: task.direction,
                part: FailedPart::Statement,
                problem: place(&task.revision.source, offset, &error.message),
                error: *error,
                done: Vec::new(),
                left: left.iter().map(|task| task.id().clone()).collect(),
                before_anything_ran: false,
                partly_done: false,
            })),
        }
    }

    /// The same, where what failed is none of the file's statements.
    pub(super) fn without_place(self) -> Failure {
        match self {
            Failure::Statement(error, _) => Failure::Statement(error, None),
            other @ Failure::Database(_) => other,
        }
    }
}

/// What a statement failed with, which has `before` characters before it and begins at the byte `offset` of its file.
pub(super) fn statement_failure(error: ClientError, sql: &str, before: usize, offset: usize) -> Failure {
    match DatabaseError::of(error, "the dry run failed") {
        DatabaseError::Server { error, .. } => {
            let within = error.position.and_then(|position| position.checked_sub(1 + before));
            let at = offset + within.map_or(0, |characters| byte_offset(sql, characters));
            Failure::Statement(error, Some(at))
        }
        other => Failure::Database(other),
    }
}

/// A `[verify]` whose query begins at the byte `offset`, and gave what it should not.
pub(super) fn did_not_hold(offset: usize) -> Failure {
    let error = ServerError {
        code: "RG001".to_owned(),
        message: "the verification does not hold".to_owned(),
        detail: None,
        hint: None,
        context: None,
        position: None,
        internal: None,
        constraint: Some("verify 0".to_owned()),
        is_from_parser: false,
    };
    Failure::Statement(Box::new(error), Some(offset))
}
