//! A `[load]` in a dry run: its rows are counted on the source, and stay there.

use serde::Serialize;

use super::DryStatement;
use super::failure::Failure;
use super::trial::{Trial, first_line};
use crate::database::ledger::Progress;
use crate::database::run::{Load, Refused};

/// What a load would move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DryLoad {
    /// The name of the source.
    pub from: String,
    /// The table.
    pub into: String,
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        Failure::Statement(Box::new(refused.error), Some(refused.offset))
    }
}

impl Trial<'_> {
    /// Counts what a load would still move, `done` being what it has moved before.
    pub(super) fn count_load(&mut self, load: &Load<'_>, done: &Progress) -> Result<DryStatement, Failure> {
        let mut source =
            self.frame.sources.open(load.source(), &self.frame.actor.run).map_err(|error| load.unreadable(error))?;
        let rows = load.count(source.client(), self.client, done, self.frame.timeouts)?;
        Ok(DryStatement {
            line: load.revision().source.position(load.query_start()).line,
            sql: first_line(load.query()),
            rows: Some(rows),
            batch: None,
            load: Some(DryLoad { from: load.source().to_owned(), into: load.table().to_owned() }),
        })
    }
}
