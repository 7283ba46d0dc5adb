//! `upgrade --dry-run`: the plan in one transaction that is rolled back, statement by statement.

mod batch;
mod failure;
mod load;
mod locks;
mod trial;

pub use batch::DryBatch;
pub use load::DryLoad;

use serde::Serialize;

use crate::database::ledger::{Ledger, retire_script};
use crate::database::message::{BEGIN, Frame, RESETS};
use crate::database::task::{Run, Task};
use crate::error::Error;
use crate::graph::{Direction, Plan, Target};
use crate::operation::deploy::{Deployment, Messages, messages_of, tasks};
use crate::operation::losses::{Losses, losses, steps_of_tasks};
use crate::revision::RevisionId;
use trial::Trial;

/// What a dry run saw. Nothing of it is kept by the database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DryRun {
    /// The steps that went through.
    pub steps: Vec<DryStep>,
    /// The steps that can't be tried in one transaction, and why.
    pub not_tried: Vec<NotTried>,
    /// The strongest lock on each relation that was there before.
    pub locks: Vec<Lock>,
    /// The sequences that gave it numbers, which no rollback takes back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sequences: Vec<String>,
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
        let before = locks::relations(client, &ledger)?;
        // A revision that has begun goes on with its next section; one that stopped inside of one can't be tried.
        let begun = state.unfinished.first().map_or(0, |unfinished| unfinished.section);
        let first_load = state.unfinished.first().map(|unfinished| unfinished.progress.clone()).unwrap_or_default();
        let mut trial = Trial { client, frame: &frame, first_load, report: DryRun { losses, ..DryRun::default() } };
        trial.command(BEGIN)?;
        let retires = |run: &Run<'_>| run.revision.retires().next().is_some();
        if Ledger::needs_install(&state) && tasks.iter().filter_map(Task::run).any(retires) {
            trial.command(&retire_script(ledger.schema(), state.version))?;
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
            (trial.report.locks, trial.report.sequences) = locks::held(trial.client, &before)?;
        }
        let report = std::mem::take(&mut trial.report);
        trial.command(&format!("ROLLBACK;\n{RESETS}"))?;
        outcome?;
        let messages = messages_of(&view, &plan);
        Ok((plan, messages, report))
    }
}
