//! A deployment that stopped on its way.

use super::Error;
use crate::database::DatabaseError;
use crate::revision::{RevisionId, list};

/// A deployment that stopped on its way, by something else than a revision's failure ([`Error::Step`]), and what is certain
/// then.
#[derive(Debug, thiserror::Error)]
#[error("{cause}; {}", self.what_is_certain())]
#[non_exhaustive]
pub struct Stopped {
    /// What stopped it: its kind and its help are the whole error's.
    pub cause: Error,
    /// The revisions of the plan that are done and recorded; after a lost connection, those of which that is known.
    pub done: Vec<RevisionId>,
    /// The others, in the plan's order. The first one may have begun, if it isn't one transaction.
    pub left: Vec<RevisionId>,
}

impl Stopped {
    fn what_is_certain(&self) -> String {
        let is_lost = matches!(self.cause, Error::Database(DatabaseError::ConnectionLost { .. }));
        let done = match (self.done.as_slice(), is_lost) {
            ([], false) => "no revision was completed".to_owned(),
            ([], true) => "no revision is known to be completed".to_owned(),
            (done, false) => format!("done and recorded: {}", list(done)),
            (done, true) => format!("known to be done and recorded: {}", list(done)),
        };
        match self.left.as_slice() {
            [] => done,
            left => format!("{done}; left: {}", list(left)),
        }
    }
}
