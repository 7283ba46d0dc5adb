//! Writing the ledger without running SQL.

use petgraph::graph::NodeIndex;

use super::error::GraphError;
use super::plan::{Adopting, Plan, plan};
use super::reach::Follow;
use super::state::State;
use super::target::{Point, Target};

/// Plans what a ledger must lose and gain for the database to count as being at the targets: every head that is
/// above or below a target goes (depends_on counts), the target comes, other heads stay. `base` takes away every
/// head, `LABEL@base` those above or below that branch's revision. A step is a row of the ledger.
///
/// Where Alembic, for `LABEL@ID`, also takes heads away that are related to the label alone, they stay here.
///
/// # Errors
///
/// What [`super::Graph::resolve`] can fail with; `bad_target` for `+N` and `-N`; `overlapping_targets` where one
/// target needs another, which would leave Alembic with a head below a head; `unknown_revision` where the database
/// holds a revision that the graph doesn't have: stamp an empty state to be rid of those.
pub fn plan_stamp(state: &State, targets: &[Target]) -> Result<Plan, GraphError> {
    state.all_known()?;
    let graph = state.graph();
    let mut heads = state.head_indices();
    let mut coming: Vec<NodeIndex> = Vec::new();
    for target in targets {
        let nodes = graph.fixed(target, Some(state))?;
        match target {
            Target::Point { branch: None, point: Point::Base } => heads.clear(),
            Target::Point { branch: Some(branch), point: Point::Base } => {
                let gone = graph.relatives(graph.find_branch(branch)?, Follow::All);
                heads.retain(|head| !gone.contains(head.index()));
            }
            _ => coming.extend(nodes),
        }
    }
    graph.no_overlap(&coming, Follow::All)?;
    let mut related = graph.all_below(coming.iter().copied(), Follow::All);
    related.union_with(&graph.all_above(coming.iter().copied(), Follow::All));
    heads.retain(|head| !related.contains(head.index()));
    let after = graph.all_below(heads.into_iter().chain(coming), Follow::All);
    let mut leaving = state.applied_set().clone();
    leaving.difference_with(&after);
    let mut coming = after;
    coming.difference_with(state.applied_set());
    Ok(plan(state, &leaving, &coming, Adopting::Yes))
}
