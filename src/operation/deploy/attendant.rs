//! Who watches a deployment and answers its questions.

use crate::database::Session;
use crate::database::lock::Holder;
use crate::error::Error;
use crate::graph::Action;
use crate::operation::backup::Standing;
use crate::operation::losses::Losses;
use crate::revision::{Revision, RevisionId};

/// Who watches a deployment and answers its questions.
pub trait Attendant {
    /// Another deployer has the lock; revgraph waits.
    fn waiting(&mut self, _holder: &Holder) {}
    /// This is what will be run. Told before each attempt.
    fn planned(&mut self, _plan: &[PlannedStep<'_>]) {}
    /// The files of applied revisions have other ways down than those that the ledger has.
    fn down_changed(&mut self, _revisions: &[RevisionId]) {}
    /// An applied revision was edited, which does not stop the way down.
    fn up_changed(&mut self, _revisions: &[RevisionId]) {}
    /// A revision outside of transactions goes on with this statement; with none, all of its statements have run.
    fn resuming(&mut self, _revision: &RevisionId, _sql: Option<&str>) {}
    /// Whether the phrase that a revision asks for is given.
    fn confirms(&mut self, _revision: &Revision, _phrase: &str) -> bool {
        false
    }
    /// This is what the plan would lose. Told before anything is asked.
    fn losing(&mut self, _plan: &[PlannedStep<'_>], _losses: &Losses) {}
    /// Whether that may be lost. Asked on the way down alone.
    fn consents(&mut self, _losses: &Losses) -> bool {
        false
    }
    /// Saves what the plan would lose, if that was asked for. An error stops the deployment before anything has run.
    fn save(&mut self, _session: &mut Session, _saving: &Saving<'_>) -> Result<(), Error> {
        Ok(())
    }
}

/// A deployment that is about to run, for whoever makes a backup first.
#[derive(Debug, Clone, Copy)]
pub struct Saving<'a> {
    /// What will be run.
    pub plan: &'a [PlannedStep<'a>],
    /// What it would lose.
    pub losses: &'a Losses,
    /// Where the database is now.
    pub standing: &'a Standing,
}

/// Attends to nothing and confirms nothing.
#[derive(Debug, Default)]
pub struct Unattended;

impl Attendant for Unattended {}

/// One step as the user is told of it.
#[derive(Debug, Clone, Copy)]
pub struct PlannedStep<'a> {
    /// What it does.
    pub action: Action,
    /// The revision's id.
    pub id: &'a RevisionId,
    /// What the revision is for.
    pub message: &'a str,
}
