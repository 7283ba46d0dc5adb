//! Where a database is.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use petgraph::graph::NodeIndex;
use petgraph::visit::VisitMap;

use super::names::NameKind;
use super::overlay::Extent;
use super::reach::{Follow, members};
use super::rows::Rows;
use super::{Graph, GraphError};
use crate::revision::RevisionId;

/// The revisions in effect in a database, as far as a graph knows them. The set is always closed: with a revision,
/// everything that it needs is in it. A collapsed baseline is in effect when all of what it stands for is.
#[derive(Debug, Clone)]
pub struct State<'g> {
    graph: &'g Graph,
    applied: FixedBitSet,
    unknown: Vec<RevisionId>,
    gaps: Vec<RevisionId>,
    baselines: BTreeMap<RevisionId, Vec<RevisionId>>,
}

impl Graph {
    /// The state of a database that is at `heads`: they and everything that they need. No heads: an empty database.
    pub fn state_at(&self, heads: impl IntoIterator<Item = RevisionId>) -> State<'_> {
        let (heads, unknown): (Vec<RevisionId>, Vec<RevisionId>) =
            heads.into_iter().partition(|id| self.index(id).is_some());
        let unknown: BTreeSet<RevisionId> = unknown.into_iter().collect();
        State { unknown: unknown.into_iter().collect(), ..self.state_of(&self.rows_at(&heads)) }
    }

    /// The state of a database whose ledger holds exactly these rows. What is needed by one of them and is not among
    /// them, such as a revision that was inserted below later, counts as applied and is told by [`State::gaps`].
    ///
    /// A baseline that the graph doesn't have is no unknown revision if the graph knows all that it stands for: an
    /// older checkout needs no more.
    pub fn state_of(&self, rows: &Rows) -> State<'_> {
        let mut unknown = BTreeSet::new();
        let mut baselines = BTreeMap::new();
        let mut given = self.no_revisions();
        let mut implied = self.no_revisions();
        for (id, replaces) in rows.iter() {
            let stands_for = match self.names.exact(id.as_str()).map(|name| (name.kind, name.node)) {
                Some((NameKind::Id, node)) => {
                    given.insert(node.index());
                    self.dag[node].replaces.as_slice()
                }
                Some((NameKind::Sink | NameKind::Member, _)) => match self.expanded.iter().find(|one| one.id == *id) {
                    Some(expanded) => {
                        implied.insert(expanded.sink.index());
                        expanded.replaces.as_slice()
                    }
                    None => &[],
                },
                None | Some((NameKind::Label, _))
                    if replaces.is_empty() || replaces.iter().any(|id| self.bearer(id).is_none()) =>
                {
                    unknown.insert(id.clone());
                    &[]
                }
                None | Some((NameKind::Label, _)) => replaces,
            };
            if !stands_for.is_empty() {
                baselines.insert(id.clone(), stands_for.to_vec());
            }
        }
        given
            .extend(self.baselines().filter(|one| self.extent(*one, rows) == Extent::All).map(|one| one.index.index()));
        implied.union_with(&given);
        let applied = self.all_below(members(&implied), Follow::All);
        let gaps = self.ids(applied.difference(&given).map(NodeIndex::new));
        State { graph: self, applied, unknown: unknown.into_iter().collect(), gaps, baselines }
    }
}

impl<'g> State<'g> {
    /// The graph that knows the revisions.
    pub fn graph(&self) -> &'g Graph {
        self.graph
    }

    /// The revisions in effect, in plan order.
    pub fn applied(&self) -> Vec<RevisionId> {
        self.graph.in_plan_order(&self.applied)
    }

    /// Whether a revision is in effect.
    pub fn contains(&self, id: &RevisionId) -> bool {
        self.graph.index(id).is_some_and(|node| self.applied.is_visited(&node))
    }

    /// The revisions in effect that no other one in effect needs.
    pub fn heads(&self) -> Vec<RevisionId> {
        self.graph.ids(self.head_indices())
    }

    /// What `current` shows: the revisions in effect that no other one in effect has as a parent. So a branch that
    /// is only there because another depends on it is shown too.
    pub fn current(&self) -> Vec<RevisionId> {
        self.graph.ids(self.current_indices())
    }

    /// The ids that the graph doesn't have. While there are any, no plan can be made.
    pub fn unknown(&self) -> &[RevisionId] {
        &self.unknown
    }

    /// What [`Graph::state_of`] added because an applied revision needs it.
    pub fn gaps(&self) -> &[RevisionId] {
        &self.gaps
    }

    /// The baselines that the ledger has rows of, and what each stands for. Nested ones, and ones that the graph
    /// doesn't have, are among them.
    pub fn baselines(&self) -> &BTreeMap<RevisionId, Vec<RevisionId>> {
        &self.baselines
    }

    /// Fails if the database holds revisions that the graph doesn't have.
    pub(super) fn all_known(&self) -> Result<(), GraphError> {
        match self.unknown[..] {
            [] => Ok(()),
            _ => Err(GraphError::UnknownApplied { ids: self.unknown.clone() }),
        }
    }

    pub(super) fn applied_set(&self) -> &FixedBitSet {
        &self.applied
    }

    pub(super) fn head_indices(&self) -> Vec<NodeIndex> {
        self.graph.maximal(&self.applied, Follow::All)
    }

    pub(super) fn current_indices(&self) -> Vec<NodeIndex> {
        self.graph.maximal(&self.applied, Follow::Parents)
    }
}
