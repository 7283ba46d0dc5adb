//! Recorded Alembic answers: what they hold, how the library is asked the same, and what it means to agree.

use std::collections::{BTreeSet, HashMap};

use revgraph::graph::{
    Direction, Graph, GraphError, Node, Plan, Range, Reference, State, Target, plan_downgrade, plan_stamp, plan_upgrade,
};
use revgraph::revision::RevisionId;
use serde::Deserialize;

/// One question, and what Alembic answered.
#[derive(Deserialize)]
pub struct Recorded {
    pub name: String,
    revisions: Vec<RecordedRevision>,
    op: Operation,
    from: Option<OneOrMany>,
    target: Option<OneOrMany>,
    expect: Expected,
    order: Option<Order>,
    pub quirk: Option<String>,
}

#[derive(Deserialize)]
struct RecordedRevision {
    id: String,
    down: Vec<String>,
    depends_on: Vec<String>,
    labels: Vec<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Operation {
    Upgrade,
    Downgrade,
    Stamp,
    Resolve,
    Heads,
    History,
    Current,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Order {
    Unique,
    AnyTopological,
    Set,
}

/// What of Alembic's answer is there depends on the operation.
#[derive(Deserialize, Debug)]
struct Expected {
    error: Option<String>,
    steps: Option<serde_json::Value>,
    heads_after: Option<Vec<String>>,
    revisions: Option<Vec<String>>,
    heads: Option<Vec<String>>,
    bases: Option<Vec<String>>,
    real_heads: Option<Vec<String>>,
    real_bases: Option<Vec<String>>,
}

enum Answer {
    Plan(Plan),
    Revisions(Vec<RevisionId>),
    Ends([Vec<RevisionId>; 4]),
}

impl Recorded {
    /// Asks the library the same. Gives what is wrong with its answer.
    pub fn disagreement(&self) -> Option<String> {
        let graph = self.graph();
        let answer = self.ask(&graph);
        let wrong = match (&answer, &self.quirk) {
            (Err(_), Some(_)) => None,
            (Ok(answer), _) => self.compare(&graph, answer),
            (Err(error), None) if Some(error.kind()) == self.expect.error.as_deref() => None,
            (Err(error), None) => Some(format!("we fail: {}: {error}", error.kind())),
        };
        wrong.map(|wrong| format!("{}: {wrong}\n  expected {:?}", self.name, self.expect))
    }

    fn graph(&self) -> Graph {
        let node = |revision: &RecordedRevision| Node {
            parents: revision.down.iter().map(|id| Reference::from(id.as_str())).collect(),
            depends_on: revision.depends_on.iter().map(|name| Reference::from(name.as_str())).collect(),
            labels: revision.labels.clone(),
            ..Node::new(id(&revision.id))
        };
        Graph::build(self.revisions.iter().map(node).collect()).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    fn ask(&self, graph: &Graph) -> Result<Answer, GraphError> {
        match self.op {
            Operation::Upgrade => plan_upgrade(&self.state(graph), &self.targets()?).map(Answer::Plan),
            Operation::Downgrade => plan_downgrade(&self.state(graph), &self.targets()?[0]).map(Answer::Plan),
            Operation::Stamp => plan_stamp(&self.state(graph), &self.targets()?).map(Answer::Plan),
            Operation::Resolve => self.resolve(graph).map(Answer::Revisions),
            Operation::Heads => {
                Ok(Answer::Ends([graph.heads(), graph.bases(), graph.real_heads(), graph.real_bases()]))
            }
            Operation::History => graph.history(&self.range()?, None).map(Answer::Revisions),
            Operation::Current => Ok(Answer::Revisions(self.state(graph).current())),
        }
    }

    fn resolve(&self, graph: &Graph) -> Result<Vec<RevisionId>, GraphError> {
        let mut found = Vec::new();
        for target in self.targets()? {
            found.extend(graph.resolve(&target, None)?);
        }
        Ok(found)
    }

    fn state<'g>(&self, graph: &'g Graph) -> State<'g> {
        graph.state_at(texts(&self.from).into_iter().map(id))
    }

    fn targets(&self) -> Result<Vec<Target>, GraphError> {
        texts(&self.target).into_iter().map(str::parse).collect()
    }

    fn range(&self) -> Result<Range, GraphError> {
        let end = |end: &Option<OneOrMany>| texts(end).first().copied().unwrap_or_default().to_owned();
        format!("{}:{}", end(&self.from), end(&self.target)).parse()
    }

    fn compare(&self, graph: &Graph, answer: &Answer) -> Option<String> {
        match answer {
            Answer::Plan(plan) => self.compare_plan(graph, plan),
            Answer::Revisions(revisions) => {
                let ours: Vec<&str> = revisions.iter().map(RevisionId::as_str).collect();
                let newest_first = matches!(self.op, Operation::History);
                self.compare_lists(graph, &ours, self.expect.revisions.as_ref(), newest_first)
            }
            Answer::Ends(ours) => {
                let expect = &self.expect;
                let theirs = [&expect.heads, &expect.bases, &expect.real_heads, &expect.real_bases];
                let same = ours
                    .iter()
                    .zip(theirs)
                    .all(|(ours, theirs)| set(ours) == theirs.as_deref().map(set_of).unwrap_or_default());
                (!same).then(|| format!("{ours:?}"))
            }
        }
    }

    fn compare_plan(&self, graph: &Graph, plan: &Plan) -> Option<String> {
        let heads = &self.expect.heads_after;
        if heads.is_none() && self.quirk.is_none() {
            return Some(format!("we plan {plan:?}"));
        }
        if heads.as_ref().is_some_and(|heads| set_of(heads) != set(&plan.heads_after)) {
            return Some(format!("heads after: {:?}", plan.heads_after));
        }
        // A stamp's recorded steps are rows of Alembic's version table; only where it leads can be compared.
        let (Some(steps), false) = (&self.expect.steps, matches!(self.op, Operation::Stamp)) else {
            return None;
        };
        let steps: Vec<(String, String)> = serde_json::from_value(steps.clone()).unwrap();
        let down = matches!(self.op, Operation::Downgrade);
        let expected = if down { Direction::Down } else { Direction::Up };
        assert!(plan.steps.iter().all(|step| step.direction == expected), "{}: {plan:?}", self.name);
        let ours: Vec<&str> = plan.steps.iter().map(|step| step.revision.as_str()).collect();
        let theirs = steps.into_iter().map(|(_, revision)| revision).collect();
        self.compare_lists(graph, &ours, Some(&theirs), down)
    }

    fn compare_lists(
        &self,
        graph: &Graph,
        ours: &[&str],
        theirs: Option<&Vec<String>>,
        newest_first: bool,
    ) -> Option<String> {
        let Some(theirs) = theirs else {
            return self.quirk.is_none().then(|| format!("we answer {ours:?}"));
        };
        let agree = match self.order {
            Some(Order::Unique) => ours == theirs,
            order => {
                let same =
                    ours.len() == theirs.len() && ours.iter().copied().collect::<BTreeSet<_>>() == set_of(theirs);
                same && (order != Some(Order::AnyTopological) || is_ordered(graph, ours, newest_first))
            }
        };
        (!agree).then(|| format!("we answer {ours:?}"))
    }
}

/// Whether every revision comes after all of the list that it needs, or, newest first, before.
fn is_ordered(graph: &Graph, list: &[&str], newest_first: bool) -> bool {
    let place: HashMap<&str, usize> = list.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    list.iter().all(|revision| {
        let below = graph.ancestors(&[id(revision)]);
        below.iter().filter(|below| below.as_str() != *revision).all(|below| match place.get(below.as_str()) {
            Some(place_below) => (*place_below < place[revision]) != newest_first,
            None => true,
        })
    })
}

fn id(text: impl AsRef<str>) -> RevisionId {
    RevisionId::new(text.as_ref()).unwrap()
}

fn texts(texts: &Option<OneOrMany>) -> Vec<&str> {
    match texts {
        None => Vec::new(),
        Some(OneOrMany::One(text)) => vec![text],
        Some(OneOrMany::Many(texts)) => texts.iter().map(String::as_str).collect(),
    }
}

fn set(ids: &[RevisionId]) -> BTreeSet<&str> {
    ids.iter().map(RevisionId::as_str).collect()
}

fn set_of(texts: &[impl AsRef<str>]) -> BTreeSet<&str> {
    texts.iter().map(AsRef::as_ref).collect()
}
