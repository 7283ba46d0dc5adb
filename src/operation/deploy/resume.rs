//! Where a revision goes on that stopped on its way.

use super::{Deployment, OnInterrupted};
use crate::database::DatabaseError;
use crate::database::ledger::{LedgerState, Unfinished};
use crate::database::message::{RESETS, WRITABLE, run_options, settings_before};
use crate::database::outcome::{self, Verdict};
use crate::database::run::Resume;
use crate::database::task::{Run, Task};
use crate::error::Error;
use crate::revision::Section;

impl Deployment<'_> {
    /// Where the first task begins: a revision that stopped goes on.
    pub(super) fn resume(&mut self, state: &LedgerState, tasks: &[Task<'_>]) -> Result<Option<Resume>, Error> {
        let (Some(unfinished), Some(task)) = (state.unfinished.first(), tasks.first().and_then(Task::run)) else {
            return Ok(None);
        };
        let at = Resume {
            section: unfinished.section,
            statement: unfinished.statement,
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
            (false, _) | (true, OnInterrupted::RunAgain) => at,
            (true, OnInterrupted::TakeAsDone) => Resume { statement: at.statement + 1, ..at },
            (true, OnInterrupted::Stop) => self.find_out(unfinished, task, at)?,
        };
        self.attendant.resuming(&unfinished.revision, next_statement(task, &resume));
        Ok(Some(resume))
    }

    /// Where to go on behind a statement of which nobody was told how it ended: the catalog is asked, and if that can't
    /// tell, whoever attends.
    fn find_out(&mut self, unfinished: &Unfinished, task: &Run<'_>, at: Resume) -> Result<Resume, Error> {
        let behind = Resume { statement: at.statement + 1, ..at.clone() };
        let (revision, id) = (task.revision, &unfinished.revision);
        let section = task.sections().nth(at.section);
        let statement = section.and_then(|section| section.statements.get(at.statement));
        let (Some(section), Some(statement)) = (section, statement) else { return Err(interrupted(unfinished, task)) };
        let sql = revision.source.slice(statement.span.clone());
        let settings = settings_before(revision, section, at.statement);
        let client = self.session.client();
        let verdict = outcome::find_out(client, &settings, sql)?;
        if let Some(verdict) = &verdict {
            self.attendant.found_out(id, sql, verdict);
        }
        match verdict {
            Some(Verdict::Done) => Ok(behind),
            Some(Verdict::NotDone | Verdict::Repeatable) => Ok(at),
            Some(Verdict::Finish(rest)) => {
                let settings = self.options.timeouts().set("SESSION", run_options(section)) + WRITABLE + &settings;
                let run = self.session.client().batch_execute(&settings);
                let run = run.and_then(|()| self.session.client().batch_execute(&rest));
                let run = run.and_then(|()| self.session.client().batch_execute(RESETS));
                run.map_err(|error| DatabaseError::of(error, &format!("`{rest}` failed")))?;
                Ok(behind)
            }
            None => match self.attendant.knows_outcome(id, sql) {
                OnInterrupted::TakeAsDone => Ok(behind),
                OnInterrupted::RunAgain => Ok(at),
                OnInterrupted::Stop => Err(interrupted(unfinished, task)),
            },
        }
    }
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

fn interrupted(unfinished: &Unfinished, task: &Run<'_>) -> Error {
    let section = task.sections().nth(unfinished.section);
    let statement = section.and_then(|section| section.statements.get(unfinished.statement));
    Error::Interrupted {
        revision: unfinished.revision.clone(),
        section: unfinished.section,
        statement: unfinished.statement,
        sql: statement.map(|statement| task.revision.source.slice(statement.span.clone()).to_owned()),
    }
}
