//! Who watches a deployment and answers its questions.

use super::OnInterrupted;
use crate::database::lock::Holder;
use crate::database::outcome::Verdict;
use crate::graph::Action;
use crate::revision::{Revision, RevisionId};

/// Who watches a deployment and answers its questions.
pub trait Attendant {
    /// Another deployer has the lock; revgraph waits.
    fn waiting(&mut self, _holder: &Holder) {}
    /// Whether anybody wants to know how far an index has come: that takes a second connection while it is built.
    fn watches(&self) -> bool {
        false
    }
    /// This is what will be run. Told before each attempt.
    fn planned(&mut self, _plan: &[PlannedStep<'_>]) {}
    /// The files of applied revisions have other ways down than those that the ledger has.
    fn down_changed(&mut self, _revisions: &[RevisionId]) {}
    /// An applied revision was edited, which does not stop the way down.
    fn up_changed(&mut self, _revisions: &[RevisionId]) {}
    /// A revision outside of transactions goes on with this statement; with none, all of its statements have run.
    fn resuming(&mut self, _revision: &RevisionId, _sql: Option<&str>) {}
    /// How a statement ended is known from the catalog, after nobody was told when it did.
    fn found_out(&mut self, _revision: &RevisionId, _sql: &str, _verdict: &Verdict) {}
    /// Nobody was told how a statement ended, and the catalog can't tell: whether it took effect.
    fn knows_outcome(&mut self, _revision: &RevisionId, _sql: &str) -> OnInterrupted {
        OnInterrupted::Stop
    }
    /// Whether the phrase that a revision asks for is given.
    fn confirms(&mut self, _revision: &Revision, _phrase: &str) -> bool {
        false
    }
    /// Whether something may be done that takes somebody's word.
    fn agrees(&mut self, _question: &str) -> bool {
        false
    }
    /// Whether revisions may be undone by what the ledger keeps of them, for the files lack them.
    fn allows_ledger(&mut self, _revisions: &[RevisionId]) -> bool {
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
