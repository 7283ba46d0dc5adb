//! `check`: are the files sound, do they agree with the ledger, is anything pending?

use serde::Serialize;

use super::compare::changed;
use super::current::missing;
use crate::database::Session;
use crate::database::ledger::Ledger;
use crate::error::Error;
use crate::graph::{Target, plan_upgrade};
use crate::project::History;
use crate::revision::{RevisionId, Undo};

/// What a check found. Empty lists: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// Revisions that have neither a way down nor a reason for that.
    pub without_down: Vec<RevisionId>,
    /// Revisions in effect whose way up was edited, or that were moved in the graph.
    pub changed: Vec<ChangedRevision>,
    /// Revisions in effect whose way down is another one now.
    pub down_changed: Vec<RevisionId>,
    /// Revisions in effect that have no file.
    pub missing: Vec<RevisionId>,
    /// Revisions that others in effect need, and that are not in effect.
    pub gaps: Vec<RevisionId>,
    /// Revisions that have begun and not ended.
    pub unfinished: Vec<RevisionId>,
    /// Revisions that `upgrade heads` would run.
    pub pending: Vec<RevisionId>,
}

/// A revision in effect whose file is another one now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedRevision {
    /// The revision.
    pub id: RevisionId,
    /// Its file.
    pub path: String,
    /// Whether comments and white space alone differ.
    pub only_comments: bool,
    /// Whether its place in the graph alone differs.
    pub only_lineage: bool,
    /// The lines that differ.
    pub diff: String,
}

impl Findings {
    /// Whether nothing was found that stands against a deployment. A changed down is allowed, and told.
    pub fn is_clean(&self) -> bool {
        self.without_down.is_empty()
            && self.changed.is_empty()
            && self.missing.is_empty()
            && self.gaps.is_empty()
            && self.unfinished.is_empty()
            && self.pending.is_empty()
    }
}

/// Checks the files alone. That they are sound is known from their having been read.
pub fn check_files(history: &History) -> Findings {
    let without_down = history.graph.revisions().filter_map(|node| history.get(node.id()));
    let without_down = without_down.filter(|revision| revision.undo() == Undo::Missing);
    Findings { without_down: without_down.map(|revision| revision.id.clone()).collect(), ..Findings::default() }
}

/// Checks the files against a database.
pub fn check_database(history: &History, session: &mut Session, ledger: &Ledger) -> Result<Findings, Error> {
    let state = ledger.read(session.client(), false)?;
    let changes = changed(history, session.client(), ledger, &state)?;
    let missing = missing(history, &state);
    let known = state.applied.keys().filter(|id| history.get(id).is_some()).cloned();
    let applied = history.graph.state_of(known);
    let heads: Target = "heads".parse()?;
    let plan = plan_upgrade(&applied, &[heads])?;
    let changed = changes.up.into_iter().map(|change| ChangedRevision {
        id: change.revision,
        path: change.path,
        only_comments: change.only_comments,
        only_lineage: change.only_lineage,
        diff: change.diff,
    });
    Ok(Findings {
        changed: changed.collect(),
        down_changed: changes.down,
        gaps: applied.gaps().iter().filter(|id| !missing.contains(id)).cloned().collect(),
        missing,
        unfinished: state.unfinished.into_iter().map(|unfinished| unfinished.revision).collect(),
        pending: plan.steps.into_iter().map(|step| step.revision).collect(),
        ..check_files(history)
    })
}
