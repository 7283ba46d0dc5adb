//! A section outside of transactions: statement by statement, each recorded before it runs and after.

use super::{Cause, Failure, Part, Resume, Runner, StatementFailure};
use crate::database::index_watch::Watching;
use crate::database::interrupt;
use crate::database::ledger::{Outcome, result_sets, watch_client_of_session};
use crate::database::leftover;
use crate::database::message::{
    BEGIN, DEALLOCATE_ALL, Frame, IMPATIENT, RESETS, WRITABLE, run_options, settings_before,
};
use crate::database::task::Run;
use crate::database::{ClientError, DatabaseError};
use crate::revision::Section;
use crate::revision::sql::{Statement, StatementKind};

impl Runner<'_, '_> {
    /// Each statement by itself. Before it runs, the ledger says that it does; what comes after a crash finds it there.
    pub(super) fn run_statements(
        &mut self,
        task: &Run<'_>,
        section: &Section,
        index: usize,
        first: usize,
    ) -> Result<(), Cause> {
        let Frame { ledger, timeouts, .. } = self.frame;
        let reached = |place, outcome| task.reached(self.frame, place, outcome);
        for (number, statement) in section.statements.iter().enumerate().skip(first) {
            interrupt::check().map_err(Cause::Database)?;
            let before = format!(
                "{}{}{}COMMIT;
{WRITABLE}{}{}{}",
                ledger.begin(),
                ledger.compare_and_swap(self.generation),
                reached((index, number), Outcome::Running),
                watch_client_of_session(),
                timeouts.set("SESSION", run_options(section)),
                settings_before(task.revision, section, number)
            );
            self.execute(&before, task, None)?;
            self.generation += 1;
            let sql = task.revision.source.slice(statement.span.clone());
            let part = Part { span: statement.span.clone(), before: 0 };
            let watching = self.watch(statement);
            let outcome = self.execute(sql, task, Some(part));
            drop(watching);
            if let Err(failure) = outcome {
                let Failure::Statement(failure) = failure else { return Err(failure.into()) };
                self.keep(&reached((index, number), Outcome::Failed));
                let place = failure.offset.or(Some(statement.span.start));
                return Err(StatementFailure { offset: place, ..*failure }.stopped_at((index, number)));
            }
            let next = if number + 1 < section.statements.len() { (index, number + 1) } else { (index + 1, 0) };
            let after = format!(
                "{BEGIN}{RESETS}{}{DEALLOCATE_ALL}{}{IMPATIENT}COMMIT",
                ledger.patience(),
                reached(next, Outcome::Next)
            );
            self.client.batch_execute(&after).map_err(|error| self.lost(error))?;
        }
        Ok(())
    }

    /// Looks how far an index has come while it is built, where somebody wants to know.
    fn watch(&mut self, statement: &Statement) -> Option<Watching> {
        let builds = matches!(
            statement.kind,
            StatementKind::NotInTransaction("CREATE INDEX CONCURRENTLY" | "REINDEX CONCURRENTLY")
        );
        self.frame.watch.filter(|_| builds)?.over(self.client)
    }

    /// Writes how far a revision has come after a failure. If it can't be written, the ledger still says that
    /// the statement runs, and the next upgrade asks.
    fn keep(&mut self, reached: &str) {
        let patience = self.frame.ledger.patience();
        let _ = self.client.batch_execute(&format!("ROLLBACK;\n{BEGIN}{RESETS}{patience}{reached}{IMPATIENT}COMMIT"));
    }

    /// Drops the invalid index that the statement left which is to run again.
    pub(super) fn clear_away(&mut self, task: &Run<'_>, sections: &[&Section], resume: &Resume) -> Result<(), Cause> {
        let Some(section) = sections.get(resume.section) else { return Ok(()) };
        let Some(statement) = section.statements.get(resume.statement) else { return Ok(()) };
        let Some(query) = leftover::drops(task.revision.source.slice(statement.span.clone())) else { return Ok(()) };
        let failed = |error| Cause::Database(DatabaseError::of(error, "an invalid index can't be dropped"));
        let settings = self.frame.timeouts.set("SESSION", run_options(section))
            + WRITABLE
            + &settings_before(task.revision, section, resume.statement);
        self.client.batch_execute(&settings).map_err(failed)?;
        let found = result_sets(self.client.simple_query(&query).map_err(failed)?);
        for drop in found.iter().flatten().filter_map(|row| row.get(0)) {
            self.client.batch_execute(drop).map_err(failed)?;
        }
        self.client.batch_execute(RESETS).map_err(failed)
    }

    fn lost(&self, error: ClientError) -> Cause {
        Cause::Database(DatabaseError::of(error, "session settings could not be reset"))
    }
}
