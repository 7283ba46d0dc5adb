//! `upgrade --dry-run`: the plan in one transaction that is rolled back, statement by statement.

mod batch;
mod load;

pub use batch::DryBatch;
pub use load::DryLoad;

use std::collections::{BTreeMap, HashMap};

use postgres::SimpleQueryMessage;

use crate::database::Client;
use serde::Serialize;

use crate::database::ledger::{Ledger, Progress, result_sets, retire_script};
use crate::database::message::{
    AS_DEPLOYER, BEGIN, DEALLOCATE_ALL, Frame, RESETS, byte_offset, run_options, verify_queries,
};
use crate::database::quote::{identifier, literal};
use crate::database::run::Load;
use crate::database::task::{Run, Task};
use crate::database::{ClientError, DatabaseError, ServerError};
use crate::error::{Error, StepFailure, list};
use crate::graph::{Direction, Plan, Target};
use crate::operation::deploy::{Deployment, Messages, messages_of, place, tasks};
use crate::operation::losses::{Losses, losses, steps_of_tasks};
use crate::revision::{Revision, RevisionId, Section, SectionKind};

/// What a dry run saw. Nothing of it is kept by the database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DryRun {
    /// The steps that went through.
    pub steps: Vec<DryStep>,
    /// The steps that can't be tried in one transaction, and why.
    pub not_tried: Vec<NotTried>,
    /// The strongest lock on each relation that was there before.
    pub locks: Vec<Lock>,
    /// What would be lost.
    #[serde(flatten)]
    pub losses: Losses,
}

/// A step that went through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DryStep {
    /// `up` or `down`; `adopt` or `expand` where the ledger alone changes.
    pub direction: String,
    /// The revision.
    pub revision: RevisionId,
    /// Its statements.
    pub statements: Vec<DryStatement>,
    /// How many verifications held.
    pub verified: usize,
}

/// A statement that went through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DryStatement {
    /// Its line in the file.
    pub line: usize,
    /// Its first line.
    pub sql: String,
    /// The rows that it touched, for a statement that touches rows.
    pub rows: Option<u64>,
    /// How it went if it is a batch, and is run more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<DryBatch>,
    /// What it would move if it is a load, whose rows are only counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<DryLoad>,
}

/// A step that can't be tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotTried {
    /// The revision.
    pub revision: RevisionId,
    /// Why.
    pub reason: String,
}

/// A lock that the plan takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lock {
    /// The relation.
    pub relation: String,
    /// PostgreSQL's name of the mode.
    pub mode: String,
}

impl Deployment<'_> {
    /// Tries the way to the targets. An error is the failure that the real run would have, with its place.
    pub fn dry_run(&mut self, direction: Direction, targets: &[Target]) -> Result<(Plan, Messages, DryRun), Error> {
        let state = self.options.ledger().read(self.session.client(), false)?;
        let (view, plan) = self.plan(&state, direction, targets)?;
        let lineages = view.lineages();
        let tasks = tasks(&view, &plan, &lineages)?;
        self.allow_ledger(&view, &plan)?;
        let timeouts = self.options.timeouts();
        let ledger = self.options.ledger();
        let (fsync, read_only) = (state.fsync, state.read_only);
        let frame = Frame {
            ledger: &ledger,
            actor: self.actor,
            timeouts,
            recorded: 0,
            fsync,
            read_only,
            sources: &self.options.sources,
            paced: false,
            watch: None,
            teller: None,
        };
        let client = self.session.client();
        let losses = losses(client, &steps_of_tasks(&tasks, (0, 0)), self.options.look())?;
        let before = relations(client, &ledger)?;
        // A revision that has begun goes on with its next section; one that stopped inside of one can't be tried.
        let begun = state.unfinished.first().map_or(0, |unfinished| unfinished.section);
        let first_load = state.unfinished.first().map(|unfinished| unfinished.progress.clone()).unwrap_or_default();
        let mut trial = Trial { client, frame: &frame, first_load, report: DryRun { losses, ..DryRun::default() } };
        trial.command(BEGIN)?;
        let retires = |run: &Run<'_>| run.revision.retires().next().is_some();
        if !Ledger::knows_retired(&state) && tasks.iter().filter_map(Task::run).any(retires) {
            trial.command(&retire_script(ledger.schema()))?;
        }
        let outcome = tasks.iter().enumerate().try_for_each(|(index, task)| match task {
            Task::Run(run) => {
                let skipped = if index == 0 { begun } else { 0 };
                trial
                    .step(run, skipped)
                    .map_err(|failure| failure.into_error(run, tasks.get(index + 1..).unwrap_or_default()))
            }
            Task::Adopt(_) | Task::Expand(_) => {
                trial.nothing_runs(task);
                Ok(())
            }
        });
        if outcome.is_ok() {
            trial.locks(&before)?;
        }
        let report = std::mem::take(&mut trial.report);
        trial.command(&format!("ROLLBACK;\n{RESETS}"))?;
        outcome?;
        let messages = messages_of(&view, &plan);
        Ok((plan, messages, report))
    }
}

struct Trial<'a> {
    client: &'a mut Client,
    frame: &'a Frame<'a>,
    /// What the load has done that the first task goes on with, if that is a load.
    first_load: Progress,
    report: DryRun,
}

/// A statement that failed: what the server said, and the byte offset in the file.
enum Failure {
    Statement(Box<ServerError>, Option<usize>),
    Database(DatabaseError),
}

impl Failure {
    fn into_error(self, task: &Run<'_>, left: &[Task<'_>]) -> Error {
        match self {
            Failure::Database(error) => error.into(),
            Failure::Statement(error, offset) => Error::Step(Box::new(StepFailure {
                revision: task.entry.id.clone(),
                direction: task.direction,
                problem: place(&task.revision.source, offset, &error.message),
                error: *error,
                done: Vec::new(),
                left: left.iter().map(|task| task.id().clone()).collect(),
                before_anything_ran: false,
                partly_done: false,
            })),
        }
    }
}

/// Using a value that the same transaction has added to an enum.
/// <https://www.postgresql.org/docs/current/sql-altertype.html>
const UNSAFE_NEW_ENUM_VALUE: &str = "55P04";

impl Trial<'_> {
    fn step(&mut self, task: &Run<'_>, skipped: usize) -> Result<(), Failure> {
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
    fn nothing_runs(&mut self, task: &Task<'_>) {
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
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace GROUP BY n.nspname, c.conname \
                 HAVING bool_or(c.condeferred) AND bool_and(c.condeferrable)",
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

    /// Evaluates the `[verify]` sections here as the ledger's own function would, which may not be there yet: they
    /// only read, and whatever a function in them does is undone.
    fn verify(&mut self, revision: &Revision) -> Result<usize, Failure> {
        let mut held = 0;
        for span in verify_queries(revision) {
            self.command("SAVEPOINT revgraph_verify; SET LOCAL transaction_read_only = on")
                .map_err(Failure::Database)?;
            let sql = revision.source.slice(span.clone());
            let before = "SELECT * FROM (\n";
            let wrapped = format!("{before}{sql}\n) AS verified LIMIT 2");
            let messages = self
                .client
                .simple_query(&wrapped)
                .map_err(|error| statement_failure(error, sql, before.len(), span.start))?;
            self.command("ROLLBACK TO revgraph_verify; RELEASE revgraph_verify").map_err(Failure::Database)?;
            let rows: Vec<_> = result_sets(messages).into_iter().next().unwrap_or_default();
            let is_true = |row: &postgres::SimpleQueryRow| {
                row.columns().iter().rposition(|column| column.name() == "ok").and_then(|at| row.get(at)) == Some("t")
            };
            match rows.as_slice() {
                [] => {}
                [row] if is_true(row) => {}
                _ => return Err(did_not_hold(span.start)),
            }
            held += 1;
        }
        Ok(held)
    }

    /// The strongest lock on each relation that was there before.
    fn locks(&mut self, before: &HashMap<String, String>) -> Result<(), DatabaseError> {
        let rows = query(
            self.client,
            "SELECT relation, mode FROM pg_catalog.pg_locks \
             WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND granted",
        )?;
        let mut strongest: BTreeMap<String, String> = BTreeMap::new();
        for row in &rows {
            let (Some(relation), Some(mode)) = (row.get(0).and_then(|oid| before.get(oid)), row.get(1)) else {
                continue;
            };
            let known = strongest.entry(relation.clone()).or_insert_with(|| mode.to_owned());
            if strength(mode) > strength(known) {
                mode.clone_into(known);
            }
        }
        self.report.locks = strongest.into_iter().map(|(relation, mode)| Lock { relation, mode }).collect();
        Ok(())
    }

    fn command(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.client.batch_execute(sql).map_err(|error| DatabaseError::of(error, "the dry run failed"))
    }
}

impl Failure {
    fn without_place(self) -> Failure {
        match self {
            Failure::Statement(error, _) => Failure::Statement(error, None),
            other @ Failure::Database(_) => other,
        }
    }
}

/// What a statement failed with, which has `before` characters before it and begins at the byte `offset` of its file.
fn statement_failure(error: ClientError, sql: &str, before: usize, offset: usize) -> Failure {
    match DatabaseError::of(error, "the dry run failed") {
        DatabaseError::Server { error, .. } => {
            let within = error.position.and_then(|position| position.checked_sub(1 + before));
            let at = offset + within.map_or(0, |characters| byte_offset(sql, characters));
            Failure::Statement(error, Some(at))
        }
        other => Failure::Database(other),
    }
}

fn did_not_hold(offset: usize) -> Failure {
    let error = ServerError {
        code: "RG001".to_owned(),
        message: "the verification does not hold".to_owned(),
        detail: None,
        hint: None,
        context: None,
        position: None,
        internal: None,
        constraint: Some("verify 0".to_owned()),
        is_from_parser: false,
    };
    Failure::Statement(Box::new(error), Some(offset))
}

fn first_line(sql: &str) -> String {
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

/// The users' relations that are there, by oid. One that the plan drops can't be looked up afterwards.
fn relations(client: &mut Client, ledger: &Ledger) -> Result<HashMap<String, String>, DatabaseError> {
    let text = format!(
        "SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm', 'v', 'S', 'f') \
         AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', {})",
        literal(ledger.schema())
    );
    let rows = query(client, &text)?;
    Ok(rows.iter().filter_map(|row| Some((row.get(0)?.to_owned(), row.get(1)?.to_owned()))).collect())
}

fn query(client: &mut Client, sql: &str) -> Result<Vec<postgres::SimpleQueryRow>, DatabaseError> {
    let messages = client.simple_query(sql).map_err(|error| DatabaseError::of(error, "the dry run failed"))?;
    Ok(result_sets(messages).into_iter().next().unwrap_or_default())
}

/// Lock modes from weak to strong.
/// <https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES>
fn strength(mode: &str) -> usize {
    const MODES: [&str; 8] = [
        "AccessShareLock",
        "RowShareLock",
        "RowExclusiveLock",
        "ShareUpdateExclusiveLock",
        "ShareLock",
        "ShareRowExclusiveLock",
        "ExclusiveLock",
        "AccessExclusiveLock",
    ];
    MODES.iter().position(|known| *known == mode).unwrap_or(0)
}
