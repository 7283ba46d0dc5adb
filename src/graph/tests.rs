//! Small graphs, one shape a module, and what every question about them answers.

use super::*;

mod baselines;
mod branches;
mod dependencies;
mod labels;
mod line;
mod lineage;
mod merges;
mod prefixes;
mod regions;
mod stamps;
mod structure;

/// Nodes from lines of `id: parents | depends_on | labels`, all but the id optional.
fn nodes(text: &str) -> Vec<Node> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(node).collect()
}

fn node(line: &str) -> Node {
    let (name, rest) = line.split_once(':').unwrap_or((line, ""));
    let mut lists = rest.split('|').map(|list| list.split_whitespace());
    let mut next = || lists.next().into_iter().flatten();
    Node {
        parents: next().map(Reference::from).collect(),
        depends_on: next().map(Reference::from).collect(),
        labels: next().map(str::to_owned).collect(),
        ..Node::new(id(name))
    }
}

fn graph(text: &str) -> Graph {
    Graph::build(nodes(text)).unwrap()
}

fn id(text: &str) -> RevisionId {
    RevisionId::new(text).unwrap()
}

fn words(ids: &[RevisionId]) -> String {
    ids.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(" ")
}

fn at<'g>(graph: &'g Graph, heads: &str) -> State<'g> {
    graph.state_at(heads.split_whitespace().map(id))
}

/// A plan as `a b -> b`: its steps and the heads after it. An error as its kind.
fn shown(plan: Result<Plan, GraphError>) -> String {
    match plan {
        Err(error) => error.kind().to_owned(),
        Ok(plan) => {
            let steps: Vec<RevisionId> = plan.steps.into_iter().map(|step| step.revision).collect();
            format!("{} -> {}", words(&steps), words(&plan.heads_after)).trim().to_owned()
        }
    }
}

fn targets(text: &str) -> Vec<Target> {
    text.split_whitespace().map(|target| target.parse().unwrap()).collect()
}

fn up(graph: &Graph, from: &str, to: &str) -> String {
    shown(plan_upgrade(&at(graph, from), &targets(to)))
}

fn down(graph: &Graph, from: &str, to: &str) -> String {
    shown(plan_downgrade(&at(graph, from), &to.parse().unwrap()))
}

fn stamp(graph: &Graph, from: &str, to: &str) -> String {
    shown(plan_stamp(&at(graph, from), &targets(to)))
}

fn listed(ids: Result<Vec<RevisionId>, GraphError>) -> String {
    ids.map_or_else(|error| error.kind().to_owned(), |ids| words(&ids))
}

fn resolve(graph: &Graph, target: &str) -> String {
    listed(graph.resolve(&target.parse().unwrap(), None))
}

fn history(graph: &Graph, range: &str) -> String {
    listed(graph.history(&range.parse().unwrap(), None))
}
