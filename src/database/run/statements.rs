//! A section outside of transactions: statement by statement, each recorded before it runs and after.

use super::{Cause, Failure, NotRecorded, Part, Resume, Runner, SettingFailure, StatementFailure};
use crate::database::DatabaseError;
use crate::database::index_watch::Watching;
use crate::database::interrupt;
use crate::database::ledger::{Outcome, result_sets, watch_client_of_session};
use crate::database::leftover;
use crate::database::message::{
    BEGIN, DEALLOCATE_ALL, Frame, IMPATIENT, RESETS, WRITABLE, run_options, settings_made_before,
};
use crate::database::task::Run;
use crate::revision::Section;
use crate::revision::sql::{Statement, StatementKind};

impl Runner<'_, '_> {
    /// Each statement by itself, from the `first` one, of which what is left runs if it stopped in its middle. Before it
    /// runs, the ledger says that it does; what comes after a crash finds it there.
    pub(super) fn run_statements(
        &mut self,
        task: &Run<'_>,
        section: &Section,
        index: usize,
        (first, mut rest): (usize, Option<String>),
    ) -> Result<(), Cause> {
        let Frame { ledger, .. } = self.frame;
        let reached = |place, outcome| task.reached(self.frame, place, outcome);
        for (number, statement) in section.statements.iter().enumerate().skip(first) {
            interrupt::check().map_err(Cause::Database)?;
            let runs = format!(
                "{}{}{}",
                ledger.begin(),
                ledger.compare_and_swap(self.generation),
                reached((index, number), Outcome::Running)
            );
            self.begin_statement(task, section, (index, number), runs)?;
            self.generation += 1;
            let watching = self.watch(statement);
            let outcome = match rest.take() {
                Some(rest) => self.execute(&rest, task, None),
                None => {
                    let sql = task.revision.source.slice(statement.span.clone());
                    self.execute(sql, task, Some(Part { span: statement.span.clone(), before: 0 }))
                }
            };
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
            self.client.batch_execute(&after).map_err(|error| {
                let error = DatabaseError::of(error, "that could not be recorded");
                let (task, offset) = (self.done, statement.span.start);
                Cause::NotRecorded(Box::new(NotRecorded { task, offset, error }))
            })?;
        }
        Ok(())
    }

    /// Makes the settings that a statement runs under: in one transaction with what the ledger says of it (`begin`, which
    /// begins that transaction), so that without them it doesn't say that the statement runs.
    fn begin_statement(
        &mut self,
        task: &Run<'_>,
        section: &Section,
        place @ (index, number): (usize, usize),
        begin: String,
    ) -> Result<(), Cause> {
        let settings = self.frame.timeouts.set("SESSION", run_options(section));
        let ledger = begin.chars().count();
        let mut text = begin + &watch_client_of_session() + WRITABLE + &settings;
        let mut own = Vec::new();
        for setting in settings_made_before(section, number) {
            own.push((text.chars().count(), setting.span.start));
            text += task.revision.source.slice(setting.span.clone());
            text += ";\n";
        }
        text += "COMMIT";
        let mut failed_at = None;
        let outcome = self.execute_at(&text, task, |position| {
            failed_at = Some(position);
            own.iter().rfind(|(start, _)| *start < position).map(|(_, offset)| *offset)
        });
        let failure = match outcome {
            Ok(_) => return Ok(()),
            Err(Failure::Statement(failure)) => *failure,
            Err(failure) => return Err(failure.into()),
        };
        // Where nobody has counted statements, it can only have been one of the revision's own.
        if failed_at.map_or(own.is_empty(), |position| position <= ledger) {
            let doing = "the ledger could not be told that a statement begins".to_owned();
            return Err(Cause::Database(DatabaseError::Server { doing, error: Box::new(failure.error) }));
        }
        let before = section.statements.get(number).map_or(section.body.start, |statement| statement.span.start);
        Err(Cause::Setting(Box::new(SettingFailure {
            task: failure.task,
            offset: failure.offset.unwrap_or(before),
            before,
            error: failure.error,
            stopped_at: (index > 0 || number > 0).then_some(place),
        })))
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
        self.begin_statement(task, section, (resume.section, resume.statement), BEGIN.to_owned())?;
        let found = result_sets(self.client.simple_query(&query).map_err(failed)?);
        for drop in found.iter().flatten().filter_map(|row| row.get(0)) {
            self.client.batch_execute(drop).map_err(failed)?;
        }
        self.client.batch_execute(RESETS).map_err(failed)
    }
}
