//! Revisions as tools read them: the JSON shapes that do not change.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::graph::{Graph, Plan};
use crate::operation::deploy::Messages;
use crate::operation::losses::Losses;
use crate::operation::retired::Retiring;
use crate::project::History;
use crate::revision::{Checksum, Revision, RevisionId};

/// A revision as `history`, `show` and the like give it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevisionView<'h> {
    /// Its id.
    pub id: &'h RevisionId,
    /// What it is for.
    pub message: &'h str,
    /// The ids of its parents.
    pub parents: Vec<&'h RevisionId>,
    /// The ids that it depends on.
    pub depends_on: Vec<&'h RevisionId>,
    /// The ids of those that follow it.
    pub children: Vec<&'h RevisionId>,
    /// Every label that names it.
    pub labels: Vec<&'h str>,
    /// The labels that its own file gives.
    pub own_labels: &'h [String],
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// Whether none follows it.
    pub head: bool,
    /// Whether it follows none.
    pub base: bool,
    /// Whether it follows several.
    pub merge: bool,
    /// Whether several follow it.
    pub branch_point: bool,
    /// The revisions that it stands for, if it is a baseline.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub replaces: &'h [RevisionId],
    /// Why it can't be undone, where its file says so.
    pub irreversible: Option<&'h str>,
    /// Its file.
    pub path: Cow<'h, str>,
    /// The checksum of its way up.
    pub up_checksum: Checksum,
    /// The checksum of its way down.
    pub down_checksum: Checksum,
    /// Whether it is in effect, where a database was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<bool>,
}

/// Revisions as tools read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevisionsView<'h> {
    /// In the order that was asked for.
    pub revisions: Vec<RevisionView<'h>>,
}

/// A plan as tools read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanView {
    /// What is run, in order.
    pub steps: Vec<StepView>,
    /// The heads when it is done.
    pub heads_after: Vec<RevisionId>,
    /// What it loses, where that was looked for.
    #[serde(flatten)]
    pub losses: Option<Losses>,
    /// The revisions that are planned by what the ledger keeps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from_ledger: Vec<RevisionId>,
    /// What it renames away and brings back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<Retiring>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepView {
    /// `up` or `down`; `adopt` or `expand` where the ledger alone changes.
    pub direction: String,
    /// The revision.
    pub revision: RevisionId,
    /// What it is for.
    pub message: String,
}

/// The ends of the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeadsView {
    /// No other has them as a parent.
    pub heads: Vec<RevisionId>,
    /// They have no parent.
    pub bases: Vec<RevisionId>,
    /// Heads that no other depends on either.
    pub real_heads: Vec<RevisionId>,
    /// Bases that depend on nothing.
    pub real_bases: Vec<RevisionId>,
}

impl HeadsView {
    /// The ends of a graph.
    pub fn of(graph: &Graph) -> HeadsView {
        HeadsView {
            heads: graph.heads(),
            bases: graph.bases(),
            real_heads: graph.real_heads(),
            real_bases: graph.real_bases(),
        }
    }
}

impl PlanView {
    /// A plan with the messages of its revisions.
    pub fn of(messages: &Messages, plan: &Plan) -> PlanView {
        let step = |step: &crate::graph::Step| StepView {
            direction: step.action.to_string(),
            revision: step.revision.clone(),
            message: messages.get(&step.revision).cloned().unwrap_or_default(),
        };
        PlanView {
            steps: plan.steps.iter().map(step).collect(),
            heads_after: plan.heads_after.clone(),
            losses: None,
            from_ledger: Vec::new(),
            retired: Vec::new(),
        }
    }

    /// With what it loses.
    pub fn losing(self, losses: &Losses) -> PlanView {
        PlanView { losses: Some(losses.clone()), ..self }
    }
}

/// A revision with its place in the graph; None for an id that the history doesn't have.
pub fn view<'h>(history: &'h History, id: &RevisionId) -> Option<RevisionView<'h>> {
    let node = history.graph.get(id)?;
    let revision: &Revision = history.revision_of(node)?;
    let (parents, children) = (node.parents(), node.children());
    Some(RevisionView {
        id: &revision.id,
        message: &revision.message,
        head: children.is_empty(),
        base: parents.is_empty(),
        merge: parents.len() > 1,
        branch_point: children.len() > 1,
        parents,
        depends_on: node.depends_on(),
        children,
        labels: node.labels(),
        own_labels: &revision.labels,
        created: revision.created,
        replaces: &revision.replaces,
        irreversible: revision.irreversible.as_deref(),
        path: revision.source.path().to_string_lossy(),
        up_checksum: revision.up_checksum,
        down_checksum: revision.down_checksum,
        applied: None,
    })
}
