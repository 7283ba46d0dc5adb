//! `check`: are the files sound, do they agree with the ledger, is anything pending?

use serde::Serialize;

use super::baseline::{other_history, overlay_up};
use super::compare::changed;
use super::current::Begun;
use crate::database::Session;
use crate::database::ledger::Ledger;
use crate::error::Error;
use crate::graph::{Action, Direction, Target, plan_upgrade};
use crate::operation::retired::still_there;
use crate::project::{BaselineError, History, OverlayError};
use crate::revision::{RevisionId, Undo};

/// What a check found. Empty lists: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
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
    pub unfinished: Vec<Begun>,
    /// Revisions that `upgrade heads` would run.
    pub pending: Vec<RevisionId>,
    /// Baselines that `upgrade heads` would record, because all that they stand for is in effect: nothing is amiss.
    pub to_adopt: Vec<RevisionId>,
    /// Baselines that are not what was proved.
    pub edited_baselines: Vec<RevisionId>,
    /// Roles that can write the ledger and don't own it: told, for somebody may have meant it.
    pub ledger_writers: Vec<String>,
    /// Baselines without a manifest: nothing says whether they are what was proved.
    pub unproved_baselines: Vec<RevisionId>,
    /// Objects that were retired more than 30 days ago and are still there: somebody may want to purge them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retired_long_ago: Vec<String>,
}

/// 30 days, in seconds.
const LONG: i64 = 30 * 86_400;

/// A revision in effect whose file is another one now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
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
    /// Whether nothing was found that stands against a deployment. A changed down, and who may write the ledger, are told.
    pub fn is_clean(&self) -> bool {
        self.without_down.is_empty()
            && self.changed.is_empty()
            && self.missing.is_empty()
            && self.gaps.is_empty()
            && self.unfinished.is_empty()
            && self.pending.is_empty()
            && self.edited_baselines.is_empty()
            && self.unproved_baselines.is_empty()
    }
}

/// Checks the files alone. That they are sound is known from their having been read. Of the archive the manifests are
/// read.
pub fn check_files(history: &History) -> Result<Findings, Error> {
    let without_down = history.graph.revisions().filter_map(|node| history.get(node.id()));
    let without_down = without_down.filter(|revision| revision.undo() == Undo::Missing);
    let mut findings =
        Findings { without_down: without_down.map(|revision| revision.id.clone()).collect(), ..Findings::default() };
    for baseline in history.graph.baselines().filter_map(|node| history.revision_of(node)) {
        match history.proved(baseline) {
            Ok(Some(_)) => {}
            Ok(None) => findings.unproved_baselines.push(baseline.id.clone()),
            Err(OverlayError::Baseline(BaselineError::Edited { baseline, .. })) => {
                findings.edited_baselines.push(baseline)
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(findings)
}

/// Checks the files against a database.
pub fn check_database(history: &History, session: &mut Session, ledger: &Ledger) -> Result<Findings, Error> {
    let state = ledger.read(session.client(), false)?;
    let heads: [Target; 1] = ["heads".parse()?];
    let rows = state.rows();
    let view = overlay_up(history, &rows, &heads)?;
    let changes = changed(&view, session.client(), ledger, &state)?;
    let missing = view.graph.state_of(&rows).unknown().to_vec();
    let retired = if Ledger::knows_retired(&state) { ledger.retired(session.client())? } else { Vec::new() };
    let long_ago = retired.into_iter().filter(|retired| retired.is_away() && retired.seconds >= LONG).collect();
    let long_ago = still_there(session.client(), long_ago)?;
    let applied = view.graph.state_of(&rows.without(&missing));
    let plan = plan_upgrade(&applied, &heads)?;
    let other = match changes.is_of_lineage_alone() {
        true => other_history(&view, session.client(), ledger, &state)?,
        false => None,
    };
    // What stands above such a baseline has another lineage for that reason alone.
    let up = match other {
        Some(Error::OtherHistory { differ, .. }) => differ,
        _ => changes.up,
    };
    let changed = up.into_iter().map(|change| ChangedRevision {
        id: change.revision,
        path: change.path,
        only_comments: change.only_comments,
        only_lineage: change.only_lineage,
        diff: change.diff,
    });
    let steps = |action| plan.steps.iter().filter(move |step| step.action == action);
    let ids = |action| steps(action).map(|step| step.revision.clone()).collect();
    Ok(Findings {
        changed: changed.collect(),
        down_changed: changes.down,
        gaps: applied.gaps().iter().filter(|id| !missing.contains(id)).cloned().collect(),
        missing,
        unfinished: state.unfinished.into_iter().map(Begun::from).collect(),
        pending: ids(Action::Run(Direction::Up)),
        to_adopt: ids(Action::Adopt),
        ledger_writers: ledger.writers(session.client())?,
        retired_long_ago: long_ago.into_iter().map(|retired| retired.object).collect(),
        ..check_files(history)?
    })
}
