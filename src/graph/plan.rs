//! The steps that take a database from where it is to a target.

use std::fmt;

use fixedbitset::FixedBitSet;
use petgraph::graph::NodeIndex;
use petgraph::visit::VisitMap;

use super::error::{Fork, GraphError};
use super::overlay::{adoptions, called, expansions, with_adoptions};
use super::reach::{Follow, members};
use super::state::State;
use super::target::{Name, Offset, Point, Target};
use super::walk::Spot;
use super::{Graph, RevisionId};

/// What takes a database from where it is to a target. Empty where it is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What to do, in this order.
    pub steps: Vec<Step>,
    /// The database's heads when all of it is done: the revisions in effect that no other one in effect needs.
    pub heads_after: Vec<RevisionId>,
}

/// One revision to run, or, for a stamp, one row of the ledger to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What to do.
    pub action: Action,
    /// The revision.
    pub revision: RevisionId,
}

/// What a step does with its revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It is run.
    Run(Direction),
    /// The database has all that the baseline stands for: the ledger says from now on that it is at the baseline.
    /// Nothing is run.
    Adopt,
    /// The ledger doesn't say that any more, because something that the baseline stands for is about to go. Nothing
    /// is run.
    Expand,
}

/// Which way a revision is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// It comes into effect.
    Up,
    /// It is undone.
    Down,
}

/// Plans the way up to one or several targets: all that they need and that is not in effect yet.
///
/// # Errors
///
/// What [`Graph::resolve`] can fail with; `overlapping_targets` where one target is an ancestor of another by parents,
/// or one of several revisions that a single target means needs another;
/// `relative_out_of_range` for `-N`; `unknown_revision` where the database holds a revision that the graph doesn't have.
pub fn plan_upgrade(state: &State, targets: &[Target]) -> Result<Plan, GraphError> {
    state.all_known()?;
    let graph = state.graph();
    let mut nodes = Vec::new();
    for target in targets {
        let named = upgrade_target(state, target)?;
        graph.no_overlap(&named, Follow::All)?;
        nodes.extend(named);
    }
    // Alembic takes no second target. Whoever names the heads of two labels of which one depends on the other means both.
    graph.no_overlap(&nodes, Follow::Parents)?;
    let mut coming = graph.all_below(nodes, Follow::All);
    coming.difference_with(state.applied_set());
    Ok(plan(state, &graph.no_revisions(), &coming, Adopting::Yes))
}

fn upgrade_target(state: &State, target: &Target) -> Result<Vec<NodeIndex>, GraphError> {
    match target {
        Target::Relative { branch, offset: Offset::Up(steps) }
        | Target::Beside { branch, point: Point::Current, offset: Offset::Up(steps) } => {
            let (graph, heads) = (state.graph(), state.head_indices());
            let walk = graph.walk_up_from(target, heads, state.applied_set(), branch.as_ref(), *steps)?;
            Ok(walk.complete(target)?.revision().into_iter().collect())
        }
        Target::Relative { offset: Offset::Down(_), .. }
        | Target::Beside { point: Point::Current, offset: Offset::Down(_), .. } => {
            Err(GraphError::WrongWay { target: target.to_string(), direction: Direction::Up })
        }
        _ => state.graph().fixed(target, Some(state)),
    }
}

/// Plans the way down to a target: everything in effect that needs a child of it. With `base`, everything; with
/// `LABEL@base`, everything that needs a base of that branch.
///
/// A branch before the `@` chooses among the target's children those on the way to the branch's own revision.
/// It doesn't choose among heads: `LABEL@head` is `head` here, as in Alembic.
///
/// # Errors
///
/// What [`Graph::resolve`] can fail with; `multiple_heads` where the target is more than one revision;
/// `ambiguous_relative` for `-N` from several heads, where Alembic takes the first that it finds;
/// `relative_out_of_range` for `+N`; `not_on_path` where the target is neither in effect nor the database's
/// own head; `unknown_revision` where the database holds a revision that the graph doesn't have.
pub fn plan_downgrade(state: &State, target: &Target) -> Result<Plan, GraphError> {
    state.all_known()?;
    let graph = state.graph();
    let (goal, branch) = downgrade_target(state, target)?;
    let roots = match goal {
        Spot::Base => graph.base_indices(Follow::Parents).collect(),
        Spot::At(node) => graph.above(node, Follow::Parents).collect(),
    };
    let roots = choose_roots(graph, target, roots, branch)?;
    let leaving = &graph.all_above(roots, Follow::All) & state.applied_set();
    match goal {
        Spot::At(node) if leaving.is_clear() && !state.head_indices().contains(&node) => {
            Err(nothing_above(state, target, node))
        }
        _ => Ok(plan(state, &leaving, &graph.no_revisions(), Adopting::No)),
    }
}

/// Where to go down to, and the revision whose line is meant, where the target says which.
fn downgrade_target(state: &State, target: &Target) -> Result<(Spot, Option<NodeIndex>), GraphError> {
    let graph = state.graph();
    match target {
        Target::Point { branch, point } => {
            let goal = graph.single_point(target, None, point, Some(state))?;
            Ok((goal, named_branch(graph, branch)?))
        }
        Target::Relative { branch, offset: Offset::Down(steps) }
        | Target::Beside { branch, point: Point::Current, offset: Offset::Down(steps) } => {
            let start = start_of_descent(state, target, branch.as_ref())?;
            let goal = graph.walk_down(target, start.map_or(Spot::Base, Spot::At), *steps)?.complete(target)?;
            Ok((goal, named_branch(graph, branch)?.or(start)))
        }
        Target::Relative { offset: Offset::Up(_), .. }
        | Target::Beside { point: Point::Current, offset: Offset::Up(_), .. } => {
            Err(GraphError::WrongWay { target: target.to_string(), direction: Direction::Down })
        }
        Target::Beside { branch, point, offset } => {
            let goal = graph.beside_point(target, branch.as_ref(), point, *offset, Some(state))?.complete(target)?;
            Ok((goal, named_branch(graph, branch)?))
        }
    }
}

fn named_branch(graph: &Graph, branch: &Option<Name>) -> Result<Option<NodeIndex>, GraphError> {
    branch.as_ref().map(|branch| graph.find_branch(branch)).transpose()
}

/// Where `-N` starts: the database's only head, or its only one in the branch. A branch that is in effect only
/// because another depends on it counts too.
fn start_of_descent(state: &State, target: &Target, branch: Option<&Name>) -> Result<Option<NodeIndex>, GraphError> {
    let graph = state.graph();
    let mut starts = state.head_indices();
    if let Some(branch) = branch {
        let members = graph.branch_around(branch)?;
        starts.retain(|head| members.is_visited(head));
        if starts.is_empty() {
            starts = state.current_indices();
            starts.retain(|current| members.is_visited(current));
        }
    }
    match starts[..] {
        [] => Ok(None),
        [start] => Ok(Some(start)),
        _ => Err(graph.ambiguous(target, Fork::Start, &starts)),
    }
}

/// Of several revisions to undo, those on the way to the branch's own revision.
fn choose_roots(
    graph: &Graph,
    target: &Target,
    mut roots: Vec<NodeIndex>,
    branch: Option<NodeIndex>,
) -> Result<Vec<NodeIndex>, GraphError> {
    let Some(branch) = branch.filter(|_| roots.len() > 1) else {
        return Ok(roots);
    };
    let line = graph.all_below([branch], Follow::Parents);
    roots.retain(|root| line.is_visited(root));
    if roots.is_empty() {
        let reason = format!("none of the revisions that follow it leads to `{}`", graph.id(branch));
        return Err(GraphError::NotOnPath { target: target.to_string(), reason });
    }
    Ok(roots)
}

fn nothing_above(state: &State, target: &Target, node: NodeIndex) -> GraphError {
    let id = state.graph().id(node);
    let reason = if state.contains(id) {
        format!("nothing that follows `{id}` is in effect; it is there because another revision needs it")
    } else {
        format!("`{id}` is not in effect in the database, so there is no way down to it")
    };
    GraphError::NotOnPath { target: target.to_string(), reason }
}

/// Whether a plan also records the baselines of which all is in effect in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adopting {
    Yes,
    /// Who goes down has no use for it.
    No,
}

/// The plan by which `leaving` go, the last to come first, and `coming` come.
pub(super) fn plan(state: &State, leaving: &FixedBitSet, coming: &FixedBitSet, adopting: Adopting) -> Plan {
    let graph = state.graph();
    let mut after = state.applied_set().clone();
    after.difference_with(leaving);
    after.union_with(coming);
    let adoptions = match adopting {
        Adopting::Yes => adoptions(state, &after, coming),
        Adopting::No => Vec::new(),
    };
    let expansions = expansions(state, leaving);
    let is_recorded = |id: &RevisionId| {
        let had = state.baselines().contains_key(id) && !expansions.iter().any(|step| step.revision == *id);
        had || adoptions.iter().any(|(_, adopted)| *adopted == id)
    };
    let heads_after = called(graph, graph.maximal(&after, Follow::All), is_recorded);
    let step = |direction| move |node| Step { action: Action::Run(direction), revision: graph.id(node).clone() };
    let down = members(leaving).rev().map(step(Direction::Down));
    let up = members(coming).map(step(Direction::Up));
    let mut steps = expansions.clone();
    steps.extend(with_adoptions(graph, down.chain(up).collect(), &adoptions));
    Plan { steps, heads_after }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Run(direction) => direction.fmt(f),
            Action::Adopt => f.pad("adopt"),
            Action::Expand => f.pad("expand"),
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Direction::Up => "up",
            Direction::Down => "down",
        })
    }
}
