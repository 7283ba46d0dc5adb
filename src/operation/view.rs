//! Revisions as tools read them: the JSON shapes that do not change.

use serde::Serialize;

use crate::graph::{Graph, Plan};
use crate::project::History;
use crate::revision::{Checksum, Revision, RevisionId};

/// A revision as `history`, `show` and the like give it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevisionView {
    /// Its id.
    pub id: RevisionId,
    /// What it is for.
    pub message: String,
    /// The ids of its parents.
    pub parents: Vec<RevisionId>,
    /// The ids that it depends on.
    pub depends_on: Vec<RevisionId>,
    /// The ids of those that follow it.
    pub children: Vec<RevisionId>,
    /// Every label that names it.
    pub labels: Vec<String>,
    /// The labels that its own file gives.
    pub own_labels: Vec<String>,
    /// When it was made.
    pub created: Option<String>,
    /// Whether none follows it.
    pub head: bool,
    /// Whether it follows none.
    pub base: bool,
    /// Whether it follows several.
    pub merge: bool,
    /// Whether several follow it.
    pub branch_point: bool,
    /// Why it can't be undone, where its file says so.
    pub irreversible: Option<String>,
    /// Its file.
    pub path: String,
    /// The checksum of its way up.
    pub up_checksum: Checksum,
    /// The checksum of its way down.
    pub down_checksum: Checksum,
    /// Whether it is in effect, where a database was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<bool>,
}

/// A plan as tools read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanView {
    /// What is run, in order.
    pub steps: Vec<StepView>,
    /// The heads when it is done.
    pub heads_after: Vec<RevisionId>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepView {
    /// `up` or `down`.
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
    pub fn of(history: &History, plan: &Plan) -> PlanView {
        let message = |id: &RevisionId| history.get(id).map(|revision| revision.message.clone()).unwrap_or_default();
        let step = |step: &crate::graph::Step| StepView {
            direction: step.direction.to_string(),
            revision: step.revision.clone(),
            message: message(&step.revision),
        };
        PlanView { steps: plan.steps.iter().map(step).collect(), heads_after: plan.heads_after.clone() }
    }
}

/// A revision with its place in the graph; None for an id that the history doesn't have.
pub fn view(history: &History, id: &RevisionId) -> Option<RevisionView> {
    let revision: &Revision = history.get(id)?;
    let node = history.graph.get(id)?;
    let owned = |ids: Vec<&RevisionId>| ids.into_iter().cloned().collect::<Vec<_>>();
    Some(RevisionView {
        id: id.clone(),
        message: revision.message.clone(),
        parents: owned(node.parents()),
        depends_on: owned(node.depends_on()),
        children: owned(node.children()),
        labels: node.labels().into_iter().map(str::to_owned).collect(),
        own_labels: revision.labels.clone(),
        created: revision.created.map(|time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
        head: node.is_head(),
        base: node.is_base(),
        merge: node.is_merge(),
        branch_point: node.is_branch_point(),
        irreversible: revision.irreversible.clone(),
        path: revision.source.path().display().to_string(),
        up_checksum: revision.up_checksum,
        down_checksum: revision.down_checksum,
        applied: None,
    })
}
