//! Where a revision goes on that stopped on its way.

use super::{Deployment, OnInterrupted};
use crate::database::ledger::{LedgerState, Unfinished};
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
            (true, OnInterrupted::Stop) => return Err(interrupted(unfinished, task)),
        };
        self.attendant.resuming(&unfinished.revision, next_statement(task, &resume));
        Ok(Some(resume))
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
