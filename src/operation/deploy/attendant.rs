//! Who watches a deployment and answers its questions.

use std::path::Path;

use super::OnInterrupted;
use super::retry::Retry;
use crate::database::ledger::Retired;
use crate::database::outcome::Verdict;
use crate::database::run::Headway;
use crate::database::{DatabaseError, Holder, Session};
use crate::error::Error;
use crate::graph::Action;
use crate::operation::backup::Standing;
use crate::operation::losses::Losses;
use crate::operation::retired::Retiring;
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
    /// A section that is many transactions has come so far. Told between two of them, at most ten times a second.
    fn makes_headway(&mut self, _headway: &Headway<'_>) {}
    /// How a statement ended is known from the catalog, after nobody was told when it did.
    fn found_out(&mut self, _revision: &RevisionId, _sql: &str, _verdict: &Verdict) {}
    /// Nobody was told how a statement ended, and the catalog can't tell: whether it took effect.
    fn knows_outcome(&mut self, _revision: &RevisionId, _sql: &str) -> OnInterrupted {
        OnInterrupted::Stop
    }
    /// Baselines are going to run, or to be recorded, of which the archive has no manifest: nothing says whether they are
    /// what was proved.
    fn unproved(&mut self, _baselines: &[RevisionId]) {}
    /// A step was in somebody's way, and is run again after a pause.
    fn retrying(&mut self, _retry: &Retry<'_>) {}
    /// The plan puts these objects away and brings these back. Told before anything is asked.
    fn retiring(&mut self, _retirings: &[Retiring]) {}
    /// The plan has put these away.
    fn retired(&mut self, _retired: &[Retired]) {}
    /// The plan has put objects away, and is done; but under which names could not be read.
    fn retired_unseen(&mut self, _error: &DatabaseError) {}
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
    /// What the ledger alone had of these revisions is in files of this folder now.
    fn kept(&mut self, _revisions: &[RevisionId], _folder: &Path) {}
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
#[non_exhaustive]
pub struct PlannedStep<'a> {
    /// What it does.
    pub action: Action,
    /// The revision's id.
    pub id: &'a RevisionId,
    /// What the revision is for.
    pub message: &'a str,
}
