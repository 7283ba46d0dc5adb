//! `[batch]`: one statement, run again and again until it touches no row. Each run is a transaction of its own.

use super::headway::Meter;
use super::{Cause, Failure, Runner, StatementFailure};
use crate::database::DatabaseError;
use crate::database::interrupt;
use crate::database::ledger::{Outcome, Progress, result_sets};
use crate::database::message::{BEGIN, DEALLOCATE_ALL, DEFERRED, Frame, RESETS, byte_offset};
use crate::database::task::Run;
use crate::revision::{BatchOptions, Section};

impl Runner<'_, '_> {
    /// Runs a section's statement until it touches no row, from where an earlier run of revgraph has stopped. A
    /// transaction holds one run of it together with the rows and runs so far: whatever stops it, nothing is lost and
    /// nothing counts twice.
    pub(super) fn run_batch(
        &mut self,
        task: &Run<'_>,
        (section, options): (&Section, &BatchOptions),
        index: usize,
        mut progress: Progress,
    ) -> Result<(), Cause> {
        let paced = self.frame.paced;
        let mut meter = Meter::begin(task.revision, section, &progress);
        let mut runs_left = options.limit.filter(|_| paced);
        loop {
            if runs_left == Some(0) {
                let revision = task.entry.id.clone();
                return Err(Cause::BatchLimit { revision, limit: options.limit.unwrap_or_default(), progress });
            }
            interrupt::check().map_err(Cause::Database)?;
            let Some(rows) = self.run_once(task, section, index, &progress)? else { break };
            progress = Progress { rows, runs: progress.runs.saturating_add(1), ..progress };
            runs_left = runs_left.map(|left| left - 1);
            meter.tell(self.watch, &progress, false);
            if let Some(pause) = options.pause.filter(|_| paced) {
                interrupt::pause(pause).map_err(Cause::Database)?;
            }
        }
        meter.tell(self.watch, &progress, true);
        Ok(())
    }

    /// One run, which is one message. Gives the rows so far; none when it has touched no more.
    fn run_once(
        &mut self,
        task: &Run<'_>,
        section: &Section,
        index: usize,
        progress: &Progress,
    ) -> Result<Option<u64>, Cause> {
        let Frame { ledger, timeouts, .. } = self.frame;
        let Some(statement) = section.statements.first() else { return Ok(None) };
        let sql = task.revision.source.slice(statement.span.clone());
        let goes_on = task.reached(self.frame, (index, 0), Outcome::Next);
        let ends = task.reached(self.frame, (index + 1, 0), Outcome::Next);
        let text = format!(
            "{BEGIN}{}{}{}{DEFERRED}{RESETS}{DEALLOCATE_ALL}COMMIT",
            timeouts.set("LOCAL", None),
            ledger.compare_and_swap(self.generation),
            ledger.counted_run(&task.entry.id, sql, progress, &goes_on, &ends),
        );
        let results = self.execute(&text, task, None).map_err(|failure| match failure {
            Failure::Statement(failure) => {
                let failure = placed(*failure, sql, statement.span.start);
                // Before it nothing was done, and nothing says that the revision has begun.
                match index > 0 || progress.runs > 0 {
                    true => failure.stopped_at((index, 0)),
                    false => Cause::Statement(Box::new(failure)),
                }
            }
            failure => failure.into(),
        })?;
        self.generation += 1;
        let damaged = || Cause::Database(DatabaseError::damaged_ledger(ledger.schema()));
        let row = result_sets(results).into_iter().flatten().next().ok_or_else(damaged)?;
        match row.get(0) {
            Some("t") => row.get(1).and_then(|rows| rows.parse().ok()).map(Some).ok_or_else(damaged),
            _ => Ok(None),
        }
    }
}

/// The failure of a statement that ran inside of a block of revgraph's: at its place in the file, and without what speaks
/// of that block. The server says of it where it is in the text of the statement alone.
fn placed(failure: StatementFailure, sql: &str, start: usize) -> StatementFailure {
    let mut error = failure.error;
    let within = error.internal.as_ref().filter(|(_, query)| query == sql);
    let characters = within.map_or(0, |(position, _)| position.saturating_sub(1));
    error.forget_caller(sql);
    StatementFailure { offset: Some(start + byte_offset(sql, characters)), error, ..failure }
}
