//! A `[batch]` in a dry run: all of its runs in the one transaction, as far as there is time for them.

use std::time::{Duration, Instant};

use postgres::SimpleQueryMessage;
use serde::Serialize;

use super::DryStatement;
use super::failure::{Failure, statement_failure};
use super::trial::{Trial, first_line};
use crate::database::message::DEFERRED;
use crate::database::task::Run;
use crate::revision::sql::Statement;
use crate::revision::{BatchOptions, Section};

/// How a batch went in a dry run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DryBatch {
    /// How many runs touched a row.
    pub runs: u64,
    /// Whether it was stopped before its rows had come to an end: there would be at least so many.
    pub at_least: bool,
}

/// So many runs are tried at most, for all that they lock stays locked until the dry run ends.
const MOST_RUNS: u64 = 1_000;

/// So long.
const LONGEST: Duration = Duration::from_secs(10);

impl Trial<'_> {
    /// Runs a batch until it touches no row, or long enough. Its pauses are left out.
    pub(super) fn batch(
        &mut self,
        task: &Run<'_>,
        section: &Section,
        options: &BatchOptions,
    ) -> Result<Option<DryStatement>, Failure> {
        let Some(statement) = section.statements.first() else { return Ok(None) };
        let source = &task.revision.source;
        let most = options.limit.unwrap_or(MOST_RUNS).min(MOST_RUNS);
        let begun = Instant::now();
        let (mut rows, mut batch) = (0, DryBatch { runs: 0, at_least: true });
        while batch.runs < most && begun.elapsed() < LONGEST {
            let touched = self.run_once(source.slice(statement.span.clone()), statement)?;
            if touched == 0 {
                batch.at_least = false;
                break;
            }
            rows += touched;
            batch.runs += 1;
        }
        Ok(Some(DryStatement {
            line: source.position(statement.span.start).line,
            sql: first_line(source.slice(statement.span.clone())),
            rows: Some(rows),
            batch: Some(batch),
            load: None,
        }))
    }

    /// One run, with what would be checked at its commit. Gives the rows that it touched.
    fn run_once(&mut self, sql: &str, statement: &Statement) -> Result<u64, Failure> {
        let failed = |error| statement_failure(error, sql, 0, statement.span.start);
        let results = self.client.simple_query(sql).map_err(failed)?;
        self.client.batch_execute(DEFERRED).map_err(failed)?;
        let touched = results.iter().find_map(|result| match result {
            SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
            _ => None,
        });
        Ok(touched.unwrap_or_default())
    }
}
