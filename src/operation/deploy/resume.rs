//! Where a revision goes on that stopped on its way.

use super::failure::line_of;
use super::{Deployment, OnInterrupted};
use crate::database::DatabaseError;
use crate::database::ledger::LedgerState;
use crate::database::message::settings_before;
use crate::database::outcome::{self, Verdict};
use crate::database::run::Resume;
use crate::database::task::{Run, Task};
use crate::error::Error;
use crate::revision::Section;

impl Deployment<'_> {
    /// Where the first task begins: a revision that stopped goes on. `command` is the one that this is.
    pub(super) fn resume(
        &mut self,
        state: &LedgerState,
        tasks: &[Task<'_>],
        command: &str,
    ) -> Result<Option<Resume>, Error> {
        let (Some(unfinished), Some(task)) = (state.unfinished.first(), tasks.first().and_then(Task::run)) else {
            return Ok(None);
        };
        let at = Resume {
            section: unfinished.section,
            statement: unfinished.statement,
            rest: None,
            progress: unfinished.progress.clone(),
        };
        let edited = || Error::Invalid {
            message: format!("what {} has done already was edited", unfinished.revision),
            help:
                "put its first statements back as they ran; what comes next may change. Or undo or finish by hand what \
                   it has begun, and `revgraph stamp` what the database is at then"
                    .to_owned(),
        };
        if unfinished.done != task.done_before((at.section, at.statement)) {
            return Err(edited());
        }
        let resume = match (unfinished.running, self.options.on_interrupted) {
            (false, _) | (true, OnInterrupted::RunAgain) => Resume { rest: self.left_of(task, &at)?, ..at },
            (true, OnInterrupted::TakeAsDone) => Resume { statement: at.statement + 1, ..at },
            (true, OnInterrupted::Stop) => self.find_out(task, at, command)?,
        };
        self.attendant.resuming(&unfinished.revision, resume.rest.as_deref().or(next_statement(task, &resume)));
        Ok(Some(resume))
    }

    /// What is left of a statement that is to run again: what it has half done may be in its way. Where that can't be asked,
    /// the statement says so itself.
    fn left_of(&mut self, task: &Run<'_>, at: &Resume) -> Result<Option<String>, Error> {
        let Some((settings, sql)) = statement_at(task, at) else { return Ok(None) };
        let verdict = match outcome::find_out(self.session.client(), &settings, sql) {
            Err(DatabaseError::Server { .. }) => None,
            found => found?,
        };
        let Some(Verdict::Finish(rest)) = &verdict else { return Ok(None) };
        self.attendant.found_out(&task.entry.id, sql, &Verdict::Finish(rest.clone()));
        Ok(Some(rest.clone()))
    }

    /// Where to go on behind a statement of which nobody was told how it ended: the catalog is asked, and if that can't
    /// tell, whoever attends. Nothing of it runs: what is left of one is the first thing of the plan.
    fn find_out(&mut self, task: &Run<'_>, at: Resume, command: &str) -> Result<Resume, Error> {
        let behind = Resume { statement: at.statement + 1, ..at.clone() };
        let id = &task.entry.id;
        let Some((settings, sql)) = statement_at(task, &at) else { return Err(interrupted(task, &at, command)) };
        let verdict = outcome::find_out(self.session.client(), &settings, sql)?;
        if let Some(verdict) = &verdict {
            self.attendant.found_out(id, sql, verdict);
        }
        match verdict {
            Some(Verdict::Done) => Ok(behind),
            Some(Verdict::NotDone | Verdict::Repeatable) => Ok(at),
            Some(Verdict::Finish(rest)) => Ok(Resume { rest: Some(rest), ..at }),
            None => match self.attendant.knows_outcome(id, sql) {
                OnInterrupted::TakeAsDone => Ok(behind),
                OnInterrupted::RunAgain => Ok(at),
                OnInterrupted::Stop => Err(interrupted(task, &at, command)),
            },
        }
    }
}

/// The statement that a revision stopped at, behind the settings that it runs under. None: the file has no such one any more.
fn statement_at<'t>(task: &Run<'t>, at: &Resume) -> Option<(String, &'t str)> {
    let section = task.sections().nth(at.section)?;
    let statement = section.statements.get(at.statement)?;
    let settings = settings_before(task.revision, section, at.statement);
    Some((settings, task.revision.source.slice(statement.span.clone())))
}

/// The statement that comes next, in this section or a later one.
fn next_statement<'t>(task: &Run<'t>, resume: &Resume) -> Option<&'t str> {
    let statements = |(index, section): (usize, &Section)| {
        let first = if index == resume.section { resume.statement } else { 0 };
        section.statements.get(first).map(|statement| statement.span.clone())
    };
    let span = task.sections().enumerate().skip(resume.section).find_map(statements)?;
    Some(task.revision.source.slice(span))
}

fn interrupted(task: &Run<'_>, at: &Resume, command: &str) -> Error {
    let source = &task.revision.source;
    let section = task.sections().nth(at.section);
    let statement = section.and_then(|section| section.statements.get(at.statement));
    Error::Interrupted {
        revision: task.entry.id.clone(),
        place: statement.map_or(source.path().display().to_string(), |found| line_of(source, found.span.start)),
        sql: statement.map(|found| source.slice(found.span.clone()).to_owned()),
        command: command.to_owned(),
    }
}
