//! Who watches a deployment and answers its questions.

use crate::database::ledger::Retired;
use crate::database::lock::Holder;
use crate::database::run::Headway;
use crate::graph::Action;
use crate::operation::retired::Retiring;
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
    /// A section that is many transactions has come so far. Told between two of them, at most ten times a second.
    fn makes_headway(&mut self, _headway: &Headway<'_>) {}
    /// The plan puts these objects away and brings these back. Told before anything is asked.
    fn retiring(&mut self, _retirings: &[Retiring]) {}
    /// The plan has put these away.
    fn retired(&mut self, _retired: &[Retired]) {}
    /// Whether the phrase that a revision asks for is given.
    fn confirms(&mut self, _revision: &Revision, _phrase: &str) -> bool {
        false
    }
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
