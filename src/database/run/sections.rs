//! Revisions that are not one transaction: section by section, each recorded when it is done.

use super::{Cause, Failure, Load, Part, Resume, Runner};
use crate::database::interrupt;
use crate::database::ledger::{Ledger, Names, Outcome};
use crate::database::message::{AS_DEPLOYER, BEGIN, DEALLOCATE_ALL, DEFERRED, Frame, IMPATIENT, RESETS, run_options};
use crate::database::task::{Run, Task};
use crate::graph::Action;
use crate::revision::{Section, SectionKind};

impl Runner<'_, '_> {
    /// Runs a revision that is not one transaction, from the place where it is to begin.
    pub(super) fn run_sections(&mut self, task: &Run<'_>, resume: Option<Resume>) -> Result<(), Cause> {
        let sections: Vec<&Section> = task.sections().collect();
        if let Some(resume) = &resume {
            self.clear_away(task, &sections, resume)?;
        }
        let mut resume = resume.unwrap_or_default();
        for (index, section) in sections.iter().enumerate().skip(resume.section) {
            interrupt::check().map_err(Cause::Database)?;
            // What was done of the section where it stopped; the ones behind that begin at their beginning.
            let first = (std::mem::take(&mut resume.statement), resume.rest.take());
            let progress = std::mem::take(&mut resume.progress);
            match &section.kind {
                SectionKind::Batch(options) => self.run_batch(task, (section, options), index, progress)?,
                kind if kind.is_transactional() => self.run_section_in_transaction(task, section, index)?,
                SectionKind::Load(options) => {
                    self.run_load(task, &Load::new(task.revision, section, options), index, progress)?;
                }
                _ => self.run_statements(task, section, index, first)?,
            }
        }
        self.finish_sections(task, sections.len())
    }

    /// A transactional section of such a revision: the section and how far it has come, in one transaction.
    fn run_section_in_transaction(&mut self, task: &Run<'_>, section: &Section, index: usize) -> Result<(), Cause> {
        let Frame { ledger, timeouts, .. } = self.frame;
        let before = format!(
            "{BEGIN}{}{}",
            timeouts.set("LOCAL", run_options(section)),
            ledger.compare_and_swap(self.generation)
        );
        let reached = task.reached(self.frame, (index + 1, 0), Outcome::Next);
        let after = format!("{DEFERRED}{RESETS}{}{DEALLOCATE_ALL}{reached}{IMPATIENT}COMMIT", ledger.patience());
        let ran = if section.kind == SectionKind::Retire {
            self.retire(task, section, before + AS_DEPLOYER, &after)
        } else {
            let body = task.revision.source.slice(section.body.clone());
            let part = Part { span: section.body.clone(), before: before.chars().count() };
            self.execute(&format!("{before}{body}\n;\n{after}"), task, Some(part)).map(drop)
        };
        ran.map_err(|failure| match failure {
            // Before it nothing was done, and nothing says that the revision has begun.
            Failure::Statement(failure) if index > 0 => failure.stopped_at((index, 0)),
            failure => failure.into(),
        })?;
        self.generation += 1;
        Ok(())
    }

    /// A `[retire]` section: a statement for each object, and each object's place in the file.
    fn retire(&mut self, task: &Run<'_>, section: &Section, before: String, after: &str) -> Result<(), Failure> {
        let (mut text, mut places) = (before, Vec::new());
        for (statement, offset) in task.retire(self.frame, section) {
            places.push((text.chars().count(), offset));
            text += &statement;
        }
        text += after;
        let place = |position: usize| {
            let last = places.iter().rfind(|(start, _)| *start < position);
            last.map(|(_, offset)| *offset)
        };
        self.execute_at(&text, task, place).map(drop)
    }

    /// The last transaction of such a revision: its verification and its ledger row.
    fn finish_sections(&mut self, task: &Run<'_>, sections: usize) -> Result<(), Cause> {
        let Frame { ledger, actor, .. } = self.frame;
        let names = Names::new(&actor.run, self.messages);
        self.messages += 1;
        let begin = ledger.begin();
        let progress = match self.frame.teller {
            None => ledger.progress(actor, Action::Run(task.direction), &[task.entry.id.as_str()]),
            Some(_) => String::new(),
        };
        let text = format!(
            "{begin}{}COMMIT;\n{begin}{}{}{}{}{}{progress}COMMIT;\n{}",
            ledger.prepare(&names, actor),
            Ledger::begin_step(&names, Some(self.generation)),
            task.verifications(ledger),
            ledger.finished(&task.entry.id),
            Ledger::end_step(&names, task.direction, &task.entry),
            task.members(self.frame),
            Ledger::deallocate(&names)
        );
        self.execute(&text, task, None).map_err(|failure| match failure {
            Failure::Statement(failure) => failure.stopped_at((sections, 0)),
            failure => failure.into(),
        })?;
        self.generation += 1;
        self.done += 1;
        self.tell(std::iter::once(&Task::Run(task.clone())));
        Ok(())
    }
}
