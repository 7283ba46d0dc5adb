//! A revision that failed.

use std::fmt;

use crate::database::ServerError;
use crate::graph::Direction;
use crate::revision::{Problem, RevisionId};

/// A revision that failed, and what is certain then.
#[derive(Debug, thiserror::Error)]
#[error("{} of {revision} {part}: {}", match direction { Direction::Up => "upgrade", Direction::Down => "downgrade" }, .error.message)]
#[non_exhaustive]
pub struct StepFailure {
    /// The revision.
    pub revision: RevisionId,
    /// Which way it went.
    pub direction: Direction,
    /// What of it failed.
    pub part: FailedPart,
    /// The place in its file, with the server's message.
    pub problem: Problem,
    /// All that the server said.
    pub error: ServerError,
    /// The revisions of the plan that are done and recorded.
    pub done: Vec<RevisionId>,
    /// The revisions of the plan that were not begun, the failed one not among them.
    pub left: Vec<RevisionId>,
    /// Whether the server found it before it ran anything of the message.
    pub before_anything_ran: bool,
    /// Whether what it did before stays, because it isn't one transaction.
    pub partly_done: bool,
}

/// What of a revision failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailedPart {
    /// A statement, or something at its end: a constraint, a verification.
    Statement,
    /// A setting that a statement outside of transactions runs under. Nothing of that statement ran.
    Setting {
        /// The line that the statement begins in.
        before_line: usize,
    },
    /// A `[load]`, on either side.
    Load,
}

impl fmt::Display for FailedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FailedPart::Statement | FailedPart::Load => f.write_str("failed"),
            FailedPart::Setting { before_line } => {
                write!(f, "stopped before line {before_line}, whose settings can't be made")
            }
        }
    }
}

impl StepFailure {
    pub(super) fn help(&self) -> Option<String> {
        if self.error.ended_its_transaction() {
            return Some("take out what commits or rolls back: revgraph ends the transaction itself".to_owned());
        }
        if self.error.failed_verification().is_some() {
            let then =
                if self.partly_done { "the next upgrade verifies again" } else { "the revision was rolled back" };
            return Some(format!("mend the data or the [verify] section; {then}"));
        }
        if self.is_there_already() {
            let id = &self.revision;
            return Some(format!(
                "if it was made by other means: `revgraph diff {id} DATABASE` tells whether it is what {id} makes, and \
                 `revgraph stamp {id}` then records it"
            ));
        }
        Some(self.error.help().unwrap_or_else(|| self.next_step()))
    }

    /// What is left to do where nothing better is known: the file is wrong, or the rows are not what it takes them for.
    fn next_step(&self) -> String {
        let onwards = if self.partly_done { "it goes on at that statement" } else { "it goes on from there" };
        format!("mend the file or the data, and run the command again: {onwards}")
    }

    /// Whether the first revision of a plan found its schema or table there: 42P06 and 42P07 of PostgreSQL's error codes.
    fn is_there_already(&self) -> bool {
        let begins = self.direction == Direction::Up && self.done.is_empty() && !self.partly_done;
        begins && matches!(self.error.code.as_str(), "42P06" | "42P07")
    }
}
