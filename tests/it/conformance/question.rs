//! Recorded Alembic answers: what they hold, and what it means to agree with them.

use std::collections::{BTreeSet, HashMap};

use revgraph::graph::{Graph, Node, Reference};
use revgraph::revision::RevisionId;
use serde::Deserialize;

/// One question, and what Alembic answered.
#[derive(Deserialize)]
pub struct Recorded {
    pub name: String,
    pub revisions: Vec<RecordedRevision>,
    pub op: Operation,
    from: Option<OneOrMany>,
    target: Option<OneOrMany>,
    expect: Expected,
    order: Option<Order>,
    quirk: Option<String>,
}

#[derive(Deserialize)]
pub struct RecordedRevision {
    pub id: String,
    pub down: Vec<String>,
    pub depends_on: Vec<String>,
    pub labels: Vec<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
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

/// What we answer.
#[derive(Debug)]
pub enum Answer {
    Plan {
        /// `up` or `down`, and the revision.
        steps: Vec<(String, String)>,
        heads_after: Vec<String>,
    },
    Revisions(Vec<String>),
    /// Heads, bases, real heads, real bases.
    Ends([Vec<String>; 4]),
}

/// How we fail.
#[derive(Debug)]
pub struct Failure {
    pub kind: String,
    pub message: String,
}

impl Recorded {
    /// What is wrong with our answer.
    pub fn disagreement(&self, answer: Result<Answer, Failure>) -> Option<String> {
        let graph = self.graph();
        let wrong = match (&answer, &self.quirk) {
            (Err(_), Some(_)) => None,
            (Ok(answer), _) => self.compare(&graph, answer),
            (Err(failure), None) if Some(&failure.kind) == self.expect.error.as_ref() => None,
            (Err(failure), None) => Some(format!("we fail: {}: {}", failure.kind, failure.message)),
        };
        wrong.map(|wrong| format!("{}: {wrong}\n  expected {:?}", self.name, self.expect))
    }

    pub fn graph(&self) -> Graph {
        let node = |revision: &RecordedRevision| Node {
            parents: revision.down.iter().map(|id| Reference::from(id.as_str())).collect(),
            depends_on: revision.depends_on.iter().map(|name| Reference::from(name.as_str())).collect(),
            labels: revision.labels.clone(),
            ..Node::new(id(&revision.id))
        };
        Graph::build(self.revisions.iter().map(node).collect()).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    /// Where the plan or the history starts; none: at the beginning.
    pub fn from(&self) -> Vec<&str> {
        texts(&self.from)
    }

    pub fn targets(&self) -> Vec<&str> {
        texts(&self.target)
    }

    /// The range of a history.
    pub fn range(&self) -> String {
        let end = |texts: Vec<&str>| texts.first().copied().unwrap_or_default().to_owned();
        format!("{}:{}", end(self.from()), end(self.targets()))
    }

    fn compare(&self, graph: &Graph, answer: &Answer) -> Option<String> {
        match answer {
            Answer::Plan { steps, heads_after } => self.compare_plan(graph, steps, heads_after),
            Answer::Revisions(revisions) => {
                let ours: Vec<&str> = revisions.iter().map(String::as_str).collect();
                let newest_first = matches!(self.op, Operation::History);
                self.compare_lists(graph, &ours, self.expect.revisions.as_ref(), newest_first)
            }
            Answer::Ends(ours) => {
                let expect = &self.expect;
                let theirs = [&expect.heads, &expect.bases, &expect.real_heads, &expect.real_bases];
                let same = ours
                    .iter()
                    .zip(theirs)
                    .all(|(ours, theirs)| set_of(ours) == theirs.as_deref().map(set_of).unwrap_or_default());
                (!same).then(|| format!("{ours:?}"))
            }
        }
    }

    fn compare_plan(&self, graph: &Graph, ours: &[(String, String)], heads_after: &[String]) -> Option<String> {
        let heads = &self.expect.heads_after;
        if heads.is_none() && self.quirk.is_none() {
            return Some(format!("we plan {ours:?}"));
        }
        if heads.as_ref().is_some_and(|heads| set_of(heads) != set_of(heads_after)) {
            return Some(format!("heads after: {heads_after:?}"));
        }
        // A stamp's recorded steps are rows of Alembic's version table; only where it leads can be compared.
        let (Some(steps), false) = (&self.expect.steps, matches!(self.op, Operation::Stamp)) else {
            return None;
        };
        let steps: Vec<(String, String)> = serde_json::from_value(steps.clone()).unwrap();
        let down = matches!(self.op, Operation::Downgrade);
        let expected = if down { "down" } else { "up" };
        assert!(ours.iter().all(|(direction, _)| direction == expected), "{}: {ours:?}", self.name);
        let ours: Vec<&str> = ours.iter().map(|(_, revision)| revision.as_str()).collect();
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

/// An id that is known to be one.
pub fn id(text: impl AsRef<str>) -> RevisionId {
    RevisionId::new(text.as_ref()).unwrap()
}

fn texts(texts: &Option<OneOrMany>) -> Vec<&str> {
    match texts {
        None => Vec::new(),
        Some(OneOrMany::One(text)) => vec![text],
        Some(OneOrMany::Many(texts)) => texts.iter().map(String::as_str).collect(),
    }
}

fn set_of(texts: &[impl AsRef<str>]) -> BTreeSet<&str> {
    texts.iter().map(AsRef::as_ref).collect()
}
