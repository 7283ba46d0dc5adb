//! How it is told what `--dry-run` saw.

use super::deploying::at;
use super::losses::{Told, remarks};
use super::render::{DIM, ID, WARN, line, styled};
use crate::error::count;
use crate::graph::Plan;
use crate::operation::deploy::Messages;
use crate::operation::dry_run::{DryRun, DryStatement};

/// Tells all of it.
pub fn show_dry_run(messages: &Messages, plan: &Plan, report: &DryRun) {
    let told = Told::of(&report.losses);
    for step in &report.steps {
        let message = messages.get(&step.revision).map_or("", String::as_str);
        line(format!("{} {}  {message}", step.direction, styled(ID, &step.revision)).trim_end());
        told.lines(&step.revision).for_each(line);
        for statement in &step.statements {
            let rows = rows_of(statement);
            let place = styled(DIM, format_args!("{:>5}", statement.line));
            line(format_args!("{place} {}{}", statement.sql, styled(WARN, rows)));
        }
        if step.verified > 0 {
            line(format_args!("      {} held", count(step.verified, "verification")));
        }
    }
    for not_tried in &report.not_tried {
        line(format_args!("{} {}: {}", styled(WARN, "not tried"), styled(ID, &not_tried.revision), not_tried.reason));
        told.lines(&not_tried.revision).for_each(line);
    }
    remarks(&report.losses).for_each(line);
    for lock in &report.locks {
        line(format_args!("lock {} on {}", lock.mode, lock.relation));
    }
    for sequence in &report.sequences {
        line(format_args!("sequence {sequence} gave numbers, and no rollback takes them back"));
    }
    let steps = count(report.steps.len(), "step");
    line(format_args!(
        "tried {steps} of {} and rolled back; it would be at {}",
        plan.steps.len(),
        at(&plan.heads_after)
    ));
}

/// What a statement touched, behind its text.
fn rows_of(statement: &DryStatement) -> String {
    let number = |number: u64, noun| count(usize::try_from(number).unwrap_or(usize::MAX), noun);
    if let (Some(rows), Some(load)) = (statement.rows, &statement.load) {
        return format!("  {} from {} into {}", number(rows, "row"), load.from, load.into);
    }
    match (statement.rows, &statement.batch) {
        (None, _) => String::new(),
        (Some(rows), None) => format!("  {}", number(rows, "row")),
        (Some(rows), Some(batch)) => {
            let at_least = if batch.at_least { "at least " } else { "" };
            format!("  {at_least}{} in {}", number(rows, "row"), number(batch.runs, "run"))
        }
    }
}
