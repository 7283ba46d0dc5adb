//! Asking the library.

use revgraph::graph::{Graph, GraphError, Plan, Range, Target, plan_downgrade, plan_stamp, plan_upgrade};
use revgraph::revision::RevisionId;

use super::question::{Answer, Failure, Operation, Recorded, id};

/// Asks the library a recorded question.
pub fn ask(recorded: &Recorded) -> Result<Answer, Failure> {
    answer(recorded, &recorded.graph())
        .map_err(|error| Failure { kind: error.kind().to_owned(), message: error.to_string() })
}

fn answer(recorded: &Recorded, graph: &Graph) -> Result<Answer, GraphError> {
    let state = || graph.state_at(recorded.from().into_iter().map(id));
    match recorded.op {
        Operation::Upgrade => plan_upgrade(&state(), &targets(recorded)?).map(planned),
        Operation::Downgrade => plan_downgrade(&state(), &targets(recorded)?[0]).map(planned),
        Operation::Stamp => plan_stamp(&state(), &targets(recorded)?).map(planned),
        Operation::Resolve => resolve(recorded, graph).map(|found| Answer::Revisions(texts(&found))),
        Operation::Heads => {
            let ends = [graph.heads(), graph.bases(), graph.real_heads(), graph.real_bases()];
            Ok(Answer::Ends(ends.map(|ids| texts(&ids))))
        }
        Operation::History => {
            let range: Range = recorded.range().parse()?;
            graph.history(&range, None).map(|found| Answer::Revisions(texts(&found)))
        }
        Operation::Current => Ok(Answer::Revisions(texts(&state().current()))),
    }
}

fn targets(recorded: &Recorded) -> Result<Vec<Target>, GraphError> {
    recorded.targets().into_iter().map(str::parse).collect()
}

fn resolve(recorded: &Recorded, graph: &Graph) -> Result<Vec<RevisionId>, GraphError> {
    let mut found = Vec::new();
    for target in targets(recorded)? {
        found.extend(graph.resolve(&target, None)?);
    }
    Ok(found)
}

fn planned(plan: Plan) -> Answer {
    let steps = plan.steps.iter().map(|step| (step.action.to_string(), step.revision.to_string()));
    Answer::Plan { steps: steps.collect(), heads_after: texts(&plan.heads_after) }
}

fn texts(ids: &[RevisionId]) -> Vec<String> {
    ids.iter().map(RevisionId::to_string).collect()
}
