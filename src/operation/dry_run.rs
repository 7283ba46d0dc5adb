//! `upgrade --dry-run`: the plan in one transaction that is rolled back, statement by statement.

mod batch;
mod failure;
mod load;
mod locks;
mod trial;

pub use batch::DryBatch;
pub use load::DryLoad;

use serde::Serialize;

use crate::database::ledger::{Ledger, LedgerState, retire_script};
use crate::database::message::{BEGIN, Frame, RESETS};
use crate::database::task::{Run, Task};
use crate::error::Error;
use crate::graph::{Direction, Plan, Target};
use crate::operation::deploy::{Deployment, Messages, messages_of, tasks};
use crate::operation::losses::{Losses, losses, steps_of_tasks};
use crate::operation::retired::{Passage, returning};
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
        let losses = self.foresee(&state, &tasks)?;
        let report = DryRun { losses, ..self.try_out(&state, &tasks)? };
        let messages = messages_of(&view, &plan);
        Ok((plan, messages, report))
    }

    /// What the tasks would lose: of a revision that has begun, what is left of it.
    fn foresee(&mut self, state: &LedgerState, tasks: &[Task<'_>]) -> Result<Losses, Error> {
        let begins = state.unfinished.first().map_or((0, 0), |unfinished| (unfinished.section, unfinished.statement));
        let client = self.session.client();
        let retirings = returning(client, &self.options.ledger(), &Passage::of_tasks(tasks, begins.0))?;
        Ok(losses(client, &steps_of_tasks(tasks, begins), &retirings, self.options.look())?)
    }

    /// Runs the tasks in a transaction that is rolled back.
    fn try_out(&mut self, state: &LedgerState, tasks: &[Task<'_>]) -> Result<DryRun, Error> {
        let ledger = self.options.ledger();
        let frame = Frame {
            ledger: &ledger,
            actor: self.actor,
            timeouts: self.options.timeouts(),
            recorded: 0,
            fsync: state.fsync,
            read_only: state.read_only,
            sources: &self.options.sources,
            paced: false,
            watch: None,
            teller: None,
        };
        let client = self.session.client();
        let before = locks::relations(client, &ledger)?;
        // A revision that has begun goes on with its next section; one that stopped inside of one can't be tried.
        let begun = state.unfinished.first().map_or(0, |unfinished| unfinished.section);
        let first_load = state.unfinished.first().map(|unfinished| unfinished.progress.clone()).unwrap_or_default();
        let mut trial = Trial { client, frame: &frame, first_load, report: DryRun::default() };
        trial.command(BEGIN)?;
        let outcome = trial.all(state, tasks, begun);
        let held = if outcome.is_ok() { locks::held(trial.client, &before) } else { Ok(Default::default()) };
        // What failed first is what is to be told: a session that is lost can't be rolled back either.
        let rolled_back = trial.command(&format!("ROLLBACK;\n{RESETS}"));
        outcome?;
        let (locks, sequences) = held?;
        rolled_back?;
        Ok(DryRun { locks, sequences, ..trial.report })
    }
}

impl Trial<'_> {
    /// Tries all tasks, the first of which has begun with so many of its sections.
    fn all(&mut self, state: &LedgerState, tasks: &[Task<'_>], begun: usize) -> Result<(), Error> {
        let retires = |run: &Run<'_>| run.revision.retires().next().is_some();
        if Ledger::needs_install(state) && tasks.iter().filter_map(Task::run).any(retires) {
            self.command(&retire_script(self.frame.ledger.schema(), state.version))?;
        }
        for (index, task) in tasks.iter().enumerate() {
            let skipped = if index == 0 { begun } else { 0 };
            let left = tasks.get(index + 1..).unwrap_or_default();
            match task {
                Task::Run(run) => self.step(run, skipped).map_err(|failure| failure.into_error(run, left))?,
                Task::Adopt(_) | Task::Expand(_) => self.nothing_runs(task),
            }
        }
        Ok(())
    }
}
