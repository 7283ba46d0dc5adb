//! The steps of a plan, one after the other in one transaction.

use postgres::SimpleQueryMessage;

use super::failure::{Failure, did_not_hold, statement_failure};
use super::{DryRun, DryStatement, DryStep, NotTried};
use crate::database::ledger::{Progress, result_sets};
use crate::database::message::{AS_DEPLOYER, DEALLOCATE_ALL, Frame, RESETS, run_options, verify_queries};
use crate::database::quote::identifier;
use crate::database::run::Load;
use crate::database::task::{Run, Task};
use crate::database::{Client, DatabaseError};
use crate::error::list;
use crate::graph::Direction;
use crate::operation::verdict::{BEFORE_QUERY, Verdict, ask};
use crate::revision::{Revision, RevisionId, Section, SectionKind};

/// A plan that is tried.
pub(super) struct Trial<'a> {
    /// The session, in the transaction.
    pub client: &'a mut Client,
    /// What all steps share.
    pub frame: &'a Frame<'a>,
    /// What the load has done that the first task goes on with, if that is a load.
    pub first_load: Progress,
    /// What was seen so far.
    pub report: DryRun,
}

/// Using a value that the same transaction has added to an enum.
/// <https://www.postgresql.org/docs/current/sql-altertype.html>
const UNSAFE_NEW_ENUM_VALUE: &str = "55P04";

impl Trial<'_> {
    pub(super) fn step(&mut self, task: &Run<'_>, skipped: usize) -> Result<(), Failure> {
        let may_be_tried = |section: &Section| {
            section.kind.is_transactional() || matches!(section.kind, SectionKind::Batch(_) | SectionKind::Load(_))
        };
        if !task.sections().skip(skipped).all(may_be_tried) {
            self.not_tried(task, "it does not run in a transaction".to_owned());
            return Ok(());
        }
        self.command("SAVEPOINT revgraph_step").map_err(Failure::Database)?;
        match self.statements(task, skipped) {
            Ok(step) => {
                self.command("RELEASE revgraph_step").map_err(Failure::Database)?;
                self.report.steps.push(step);
                Ok(())
            }
            Err(Failure::Statement(error, offset)) => {
                let reason = if error.code == UNSAFE_NEW_ENUM_VALUE {
                    format!("it uses an enum's value that this transaction adds ({})", error.message)
                } else if self.report.not_tried.is_empty() {
                    return Err(Failure::Statement(error, offset));
                } else {
                    let without: Vec<RevisionId> =
                        self.report.not_tried.iter().map(|not_tried| not_tried.revision.clone()).collect();
                    format!("it fails without {}: {}", list(&without), error.message)
                };
                self.command("ROLLBACK TO revgraph_step").map_err(Failure::Database)?;
                self.not_tried(task, reason);
                Ok(())
            }
            Err(failure) => Err(failure),
        }
    }

    /// The ledger alone changes, which a dry run leaves alone.
    pub(super) fn nothing_runs(&mut self, task: &Task<'_>) {
        self.report.steps.push(DryStep {
            direction: task.action().to_string(),
            revision: task.id().clone(),
            statements: Vec::new(),
            verified: 0,
        });
    }

    fn not_tried(&mut self, task: &Run<'_>, reason: String) {
        self.report.not_tried.push(NotTried { revision: task.entry.id.clone(), reason });
    }

    fn statements(&mut self, task: &Run<'_>, skipped: usize) -> Result<DryStep, Failure> {
        let source = &task.revision.source;
        let mut statements = Vec::new();
        let mut cut_short = None;
        for section in task.sections().skip(skipped) {
            let done = std::mem::take(&mut self.first_load);
            if let SectionKind::Load(options) = &section.kind {
                statements.push(self.count_load(&Load::new(task.revision, section, options), &done)?);
                cut_short = Some("the rows of its [load] are only counted, and what comes behind that was left out");
            }
            // Other loads may still be counted.
            if cut_short.is_some() {
                continue;
            }
            self.command(&self.frame.timeouts.set("LOCAL", run_options(section))).map_err(Failure::Database)?;
            if section.kind == SectionKind::Retire {
                statements.append(&mut self.retire(task, section)?);
                continue;
            }
            if let SectionKind::Batch(options) = &section.kind {
                statements.extend(self.batch(task, section, options)?);
                if statements.last().and_then(|tried| tried.batch.as_ref()).is_some_and(|batch| batch.at_least) {
                    cut_short = Some("its [batch] would go on, and what comes behind that was left out");
                }
                continue;
            }
            for statement in &section.statements {
                let sql = source.slice(statement.span.clone());
                let messages = self
                    .client
                    .simple_query(sql)
                    .map_err(|error| statement_failure(error, sql, 0, statement.span.start))?;
                statements.push(DryStatement {
                    line: source.position(statement.span.start).line,
                    sql: first_line(sql),
                    rows: touched(sql, &messages),
                    batch: None,
                    load: None,
                });
            }
        }
        self.check_deferred()?;
        self.command(&format!("{RESETS}{DEALLOCATE_ALL}")).map_err(Failure::Database)?;
        let verified = match task.direction {
            Direction::Up if cut_short.is_none() => self.verify(task.revision)?,
            _ => 0,
        };
        if let Some(reason) = cut_short {
            self.not_tried(task, reason.to_owned());
        }
        Ok(DryStep { direction: task.direction.to_string(), revision: task.entry.id.clone(), statements, verified })
    }

    /// Puts the objects of a `[retire]` section away, or brings them back.
    fn retire(&mut self, task: &Run<'_>, section: &Section) -> Result<Vec<DryStatement>, Failure> {
        self.command(AS_DEPLOYER).map_err(Failure::Database)?;
        let mut statements = Vec::new();
        for ((sql, offset), retiree) in task.retire(self.frame, section).iter().zip(task.retirees(section)) {
            self.client.simple_query(sql).map_err(|error| statement_failure(error, "", 0, *offset))?;
            let line = task.revision.source.position(*offset).line;
            statements.push(DryStatement { line, sql: retiree.to_string(), rows: None, batch: None, load: None });
        }
        Ok(statements)
    }

    /// Checks what the real run would check at the revision's commit, and puts the constraints back to how
    /// a transaction begins. A name that another constraint has too, which can't be deferred, is left alone.
    fn check_deferred(&mut self) -> Result<(), Failure> {
        let messages = self
            .client
            .simple_query(
                "SET CONSTRAINTS ALL IMMEDIATE; SELECT n.nspname, c.conname FROM pg_catalog.pg_constraint c \
                 JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.connamespace \
                 GROUP BY n.nspname, c.conname \
                 HAVING pg_catalog.bool_or(c.condeferred) AND pg_catalog.bool_and(c.condeferrable)",
            )
            .map_err(|error| statement_failure(error, "", 0, 0).without_place())?;
        let deferred: Vec<String> = result_sets(messages)
            .into_iter()
            .nth(1)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| Some(format!("{}.{}", identifier(row.get(0)?), identifier(row.get(1)?))))
            .collect();
        if !deferred.is_empty() {
            self.command(&format!("SET CONSTRAINTS {} DEFERRED", deferred.join(", "))).map_err(Failure::Database)?;
        }
        Ok(())
    }

    /// Evaluates the `[verify]` sections here as the ledger's own function would, which may not be there yet.
    fn verify(&mut self, revision: &Revision) -> Result<usize, Failure> {
        let mut held = 0;
        for span in verify_queries(revision) {
            let sql = revision.source.slice(span.clone());
            let verdict = ask(self.client, sql)
                .map_err(|error| statement_failure(error, sql, BEFORE_QUERY.chars().count(), span.start))?;
            if !matches!(verdict, Verdict::Held { .. }) {
                return Err(did_not_hold(span.start));
            }
            held += 1;
        }
        Ok(held)
    }

    pub(super) fn command(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.client.batch_execute(sql).map_err(|error| DatabaseError::of(error, "the dry run failed"))
    }
}

pub(super) fn first_line(sql: &str) -> String {
    sql.lines().next().unwrap_or_default().to_owned()
}

/// How many rows a statement touched, if it is one that touches rows.
fn touched(sql: &str, messages: &[SimpleQueryMessage]) -> Option<u64> {
    const TOUCHING: [&str; 7] = ["INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "SELECT", "COPY"];
    let word = sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    if !TOUCHING.iter().any(|touching| word.eq_ignore_ascii_case(touching)) {
        return None;
    }
    messages.iter().find_map(|message| match message {
        SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
        _ => None,
    })
}
