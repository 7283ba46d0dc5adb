//! A connection that a program has lent: its messages run where the program has it.

use postgres::SimpleQueryMessage;

use super::{ClientError, MessageError};
use crate::database::backend::Backend;

/// Who runs messages on a connection that was lent. None from either: nobody is there any more who would.
pub trait Lender: Send {
    /// Runs a message, and gives the results of its statements.
    fn message(&mut self, text: String) -> Option<Result<Vec<SimpleQueryMessage>, MessageError>>;

    /// Has this run on the connection if it is given back in any other way than by a message: because the program doesn't
    /// wait any longer, or because of a panic. None: nothing.
    fn leave_behind(&mut self, text: Option<String>) -> Option<()>;
}

/// A connection that a program has lent.
pub struct Lent {
    lender: Box<dyn Lender>,
    pub(in crate::database) backend: Backend,
    /// Known once it was asked.
    pub(in crate::database) server_version: u32,
}

impl Lent {
    /// A connection that somebody else has. Which process of the server it was promised is `backend`.
    pub fn new(lender: Box<dyn Lender>, backend: Backend) -> Lent {
        Lent { lender, backend, server_version: 0 }
    }

    /// Runs a message, and gives the results of its statements.
    pub fn message(&mut self, text: &str) -> Result<Vec<SimpleQueryMessage>, MessageError> {
        let gone = MessageError { done: None, error: ClientError::Gone };
        self.lender.message(text.to_owned()).unwrap_or(Err(gone))
    }

    /// Has this run in the place of whatever would have come, if the loan ends early.
    pub(in crate::database) fn leave_behind(&mut self, text: Option<String>) -> Result<(), ClientError> {
        self.lender.leave_behind(text).ok_or(ClientError::Gone)
    }
}
