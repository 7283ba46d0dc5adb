//! Which revisions one baseline can stand for.

use fixedbitset::FixedBitSet;
use petgraph::graph::NodeIndex;
use petgraph::visit::{EdgeRef, VisitMap};

use super::error::{Cited, GraphError};
use super::node::Relation;
use super::reach::{Follow, members};
use super::target::{Point, Target};
use super::{Graph, RevisionId};

/// A set of revisions that one baseline can stand for: no path leaves it and comes back, and of those outside none
/// follows or depends on another one of it than its sink. Made by [`Graph::region`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The revisions, two at least, in plan order: the last one is the sink, which needs all others.
    pub revisions: Vec<RevisionId>,
    /// The revisions outside that some of them follow, but for those that lie below others of these by parents.
    pub parents: Vec<RevisionId>,
    /// The revisions outside that some of them depend on, but for those that the parents or others of these need anyway.
    pub depends_on: Vec<RevisionId>,
}

/// Why a baseline can't stand for what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// A target means nothing, or several revisions.
    #[error(transparent)]
    Target(#[from] GraphError),
    /// A revision outside needs one inside that isn't the sink.
    #[error(
        "{outside} {relation} `{inside}`, which is below `{sink}`: a baseline up to `{sink}` would take it from under it"
    )]
    NotConvex {
        /// The revision in the way.
        outside: Cited,
        /// What the one inside is to it.
        relation: Relation,
        /// The one inside.
        inside: RevisionId,
        /// The last one of those to be replaced.
        sink: RevisionId,
    },
    /// There is at most one revision.
    #[error("there is nothing to squash: {}", match only {
        Some(only) => format!("`{only}` alone is one revision already"),
        None => "there is no revision".to_owned(),
    })]
    NothingToSquash {
        /// The only revision.
        only: Option<RevisionId>,
    },
}

impl Region {
    /// The revision that needs all others.
    pub fn sink(&self) -> Option<&RevisionId> {
        self.revisions.last()
    }

    /// Whether it holds everything below its sink: then an empty database is where it begins.
    pub fn is_closed(&self) -> bool {
        self.parents.is_empty() && self.depends_on.is_empty()
    }
}

impl RegionError {
    /// The error's name for tools.
    pub fn kind(&self) -> &'static str {
        match self {
            RegionError::Target(error) => error.kind(),
            RegionError::NotConvex { .. } => "not_convex",
            RegionError::NothingToSquash { .. } => "nothing_to_squash",
        }
    }

    /// What to do next.
    pub fn help(&self) -> Option<String> {
        match self {
            RegionError::Target(error) => error.help(),
            RegionError::NotConvex { outside, inside, .. } => {
                Some(format!("squash `--to {inside}`, or `--to` a revision that `{}` is merged into", outside.id))
            }
            RegionError::NothingToSquash { .. } => {
                Some("give `--to` a later revision, or `--from` an earlier one".to_owned())
            }
        }
    }
}

impl Graph {
    /// The revisions from `from` up to `to`, both included: `to`, and of what it needs (through parents and
    /// depends_on) that which needs `from`. Without `from`, or with one that means `base`: everything that `to` needs.
    /// Without `to`: up to the only head that nothing depends on either.
    ///
    /// # Errors
    ///
    /// `multiple_heads` where an end means several revisions, `not_on_path` where `from` is not below `to`, what else
    /// [`Graph::resolve`] can fail with, `not_convex` and `nothing_to_squash`.
    pub fn region(&self, from: Option<&Target>, to: Option<&Target>) -> Result<Region, RegionError> {
        let sink = self.only(to)?.ok_or(RegionError::NothingToSquash { only: None })?;
        let mut inside = self.all_below([sink], Follow::All);
        if let Some(from) = from
            && let Some(first) = self.only(Some(from))?
        {
            if !inside.is_visited(&first) {
                let reason = format!("`{}` is not below `{}`", self.id(first), self.id(sink));
                return Err(GraphError::NotOnPath { target: from.to_string(), reason }.into());
            }
            inside.intersect_with(&self.all_above([first], Follow::All));
        }
        if inside.count_ones(..) < 2 {
            return Err(RegionError::NothingToSquash { only: Some(self.id(sink).clone()) });
        }
        match self.in_the_way(&inside, sink) {
            Some(error) => Err(error),
            None => Ok(self.region_of(&inside)),
        }
    }

    /// The revision of an end; none for `base`.
    fn only(&self, target: Option<&Target>) -> Result<Option<NodeIndex>, GraphError> {
        let heads = || self.real_heads();
        let found = target.map_or_else(|| Ok(heads()), |target| self.resolve(target, None))?;
        match &found[..] {
            [] => Ok(None),
            [only] => Ok(self.index(only)),
            _ => {
                let head = Target::Point { branch: None, point: Point::Head };
                Err(GraphError::MultipleHeads { target: target.unwrap_or(&head).to_string(), heads: found })
            }
        }
    }

    /// The first revision outside, in plan order, that needs one inside other than the sink.
    fn in_the_way(&self, inside: &FixedBitSet, sink: NodeIndex) -> Option<RegionError> {
        let edges = members(inside).filter(|node| *node != sink).flat_map(|node| self.dag.edges(node));
        let outward = edges.filter(|edge| !inside.is_visited(&edge.target()));
        let edge = outward.min_by_key(|edge| (edge.target(), edge.source(), *edge.weight()))?;
        Some(RegionError::NotConvex {
            outside: Cited::node(&self.dag[edge.target()]),
            relation: *edge.weight(),
            inside: self.id(edge.source()).clone(),
            sink: self.id(sink).clone(),
        })
    }

    fn region_of(&self, inside: &FixedBitSet) -> Region {
        let outside = |relation| {
            let mut below = self.no_revisions();
            let direct = members(inside).flat_map(|node| self.related(node, petgraph::Incoming, relation));
            below.extend(direct.filter(|node| !inside.is_visited(node)).map(NodeIndex::index));
            below
        };
        let (parents, mut depends_on) = (outside(Relation::Parent), outside(Relation::Dependency));
        depends_on.difference_with(&self.all_below(members(&parents), Follow::All));
        Region {
            revisions: self.in_plan_order(inside),
            parents: self.unneeded(&parents, Follow::Parents),
            depends_on: self.unneeded(&depends_on, Follow::All),
        }
    }

    /// Those of a set that no other of it needs.
    fn unneeded(&self, set: &FixedBitSet, follow: Follow) -> Vec<RevisionId> {
        let needed = self.all_below(members(set).flat_map(|node| self.below(node, follow)), follow);
        self.ids(set.difference(&needed).map(NodeIndex::new))
    }
}
