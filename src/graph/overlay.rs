//! Baselines in every state of a database: which of them must be expanded, and the steps that record them.

use std::collections::{BTreeMap, HashSet};

use fixedbitset::FixedBitSet;
use petgraph::graph::NodeIndex;
use petgraph::visit::VisitMap;

use super::names::NameKind;
use super::plan::{Action, Step};
use super::reach::members;
use super::rows::Rows;
use super::state::State;
use super::target::{Point, Target};
use super::{Graph, NodeRef, RevisionId};

/// How much of what a baseline stands for is in effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Nothing.
    Nothing,
    /// A part, or all of it but something within has begun and not ended.
    Part,
    /// All, and the ledger has no row of the baseline.
    All,
    /// All, and the baseline is recorded.
    Adopted,
}

impl Graph {
    /// The collapsed baselines, in plan order.
    pub fn baselines(&self) -> impl Iterator<Item = NodeRef<'_>> {
        self.revisions().filter(|node| node.node().is_baseline())
    }

    /// How much of a baseline is in effect.
    pub fn extent(&self, baseline: NodeRef<'_>, rows: &Rows) -> Extent {
        let replaces = &baseline.node().replaces;
        let held = replaces.iter().filter(|id| rows.has(id)).count();
        let begun = replaces.iter().any(|id| rows.has_begun(id));
        match held {
            _ if rows.has(baseline.id()) => Extent::Adopted,
            0 if !begun => Extent::Nothing,
            all if all == replaces.len() && !begun => Extent::All,
            _ => Extent::Part,
        }
    }

    /// The collapsed baselines that the way to the targets leads into: a part of what they stand for is in effect, or
    /// a target is a revision within. The sink of a baseline isn't within: it means all of it. Once these are
    /// expanded, ask again: what comes in their place may be baselines too.
    pub fn to_expand(&self, rows: &Rows, targets: &[Target]) -> Vec<RevisionId> {
        let targeted: HashSet<NodeIndex> = targets.iter().filter_map(|target| self.led_into(target)).collect();
        let leads_into =
            |baseline: &NodeRef<'_>| targeted.contains(&baseline.index) || self.extent(*baseline, rows) == Extent::Part;
        self.baselines().filter(leads_into).map(|baseline| baseline.id().clone()).collect()
    }

    /// The collapsed baseline that a target leads into.
    pub fn entered_by(&self, target: &Target) -> Option<NodeRef<'_>> {
        Some(NodeRef { graph: self, index: self.led_into(target)? })
    }

    fn led_into(&self, target: &Target) -> Option<NodeIndex> {
        let (Target::Point { point: Point::Name(name), .. } | Target::Beside { point: Point::Name(name), .. }) = target
        else {
            return None;
        };
        // What can't be found is told when the target is resolved.
        let found = self.names.find(name.as_str(), |_| true).ok()?;
        (found.kind == NameKind::Member).then_some(found.node)
    }

    /// The rows of a ledger that is at `heads`: a row for each revision that they need, and all those of a baseline.
    pub fn rows_at(&self, heads: &[RevisionId]) -> Rows {
        let applied = self.all_below(self.known(heads), super::reach::Follow::All);
        let expanded = self.expanded.iter().filter(|one| applied.is_visited(&one.sink));
        let expanded = expanded.map(|one| (one.id.clone(), one.replaces.clone()));
        let rows = members(&applied).flat_map(|node| {
            let node = &self.dag[node];
            let within = node.replaces.iter().map(|id| (id.clone(), Vec::new()));
            std::iter::once((node.id.clone(), node.replaces.clone())).chain(within)
        });
        Rows::new(rows.chain(expanded), [])
    }
}

/// The baselines to record when `after` is in effect, each with the node after whose step it is due: those of which
/// all is in effect then, and that the ledger has no row of. Inner ones come first.
pub(super) fn adoptions<'g>(
    state: &State<'g>,
    after: &FixedBitSet,
    coming: &FixedBitSet,
) -> Vec<(NodeIndex, &'g RevisionId)> {
    let graph = state.graph();
    let collapsed = members(after).filter(|node| graph.dag[*node].is_baseline() && !coming.is_visited(node));
    let collapsed = collapsed.map(|node| (node, graph.id(node)));
    let expanded = graph.expanded.iter().rev().filter(|one| after.is_visited(&one.sink));
    let expanded = expanded.map(|one| (one.sink, &one.id));
    collapsed.chain(expanded).filter(|(_, id)| !state.baselines().contains_key(*id)).collect()
}

/// Puts each adoption behind the step that makes it true, or at the beginning if it is true already.
pub(super) fn with_adoptions(graph: &Graph, steps: Vec<Step>, adoptions: &[(NodeIndex, &RevisionId)]) -> Vec<Step> {
    let adopt = |(_, id): &(NodeIndex, &RevisionId)| Step { action: Action::Adopt, revision: (*id).clone() };
    let comes = |node: NodeIndex| steps.iter().any(|step| step.revision == *graph.id(node));
    let mut all: Vec<Step> = adoptions.iter().filter(|(node, _)| !comes(*node)).map(adopt).collect();
    for step in steps {
        let node = graph.index(&step.revision);
        all.push(step);
        all.extend(adoptions.iter().filter(|(due, _)| Some(*due) == node).map(adopt));
    }
    all
}

/// The rows of baselines that must go before `leaving` does, because something of what they stand for leaves and
/// they don't: outer ones first. Also of baselines that this checkout doesn't have.
pub(super) fn expansions(state: &State<'_>, leaving: &FixedBitSet) -> Vec<Step> {
    let graph = state.graph();
    let nodes = members(leaving).map(|node| &graph.dag[node]);
    let gone: HashSet<&RevisionId> = nodes.flat_map(|node| std::iter::once(&node.id).chain(&node.replaces)).collect();
    let is_broken = |(id, replaces): &(&RevisionId, &Vec<RevisionId>)| {
        !gone.contains(id) && replaces.iter().any(|replaced| gone.contains(replaced))
    };
    let mut broken: Vec<_> = state.baselines().iter().filter(is_broken).collect();
    broken.sort_by_key(|(_, replaces)| std::cmp::Reverse(replaces.len()));
    broken.into_iter().map(|(id, _)| Step { action: Action::Expand, revision: id.clone() }).collect()
}

/// What heads are called: an expanded baseline that is recorded stands for its sink, the outermost one first.
pub(super) fn called(graph: &Graph, heads: Vec<NodeIndex>, recorded: impl Fn(&RevisionId) -> bool) -> Vec<RevisionId> {
    let names: BTreeMap<NodeIndex, &RevisionId> =
        graph.expanded.iter().rev().filter(|one| recorded(&one.id)).map(|one| (one.sink, &one.id)).collect();
    let mut ids: Vec<RevisionId> =
        heads.into_iter().map(|head| names.get(&head).copied().unwrap_or_else(|| graph.id(head)).clone()).collect();
    ids.sort_unstable();
    ids
}
