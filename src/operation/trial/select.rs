//! Which revisions are tested.

use std::collections::HashSet;

use crate::error::Error;
use crate::graph::{GraphError, Range, State, Target};
use crate::project::History;
use crate::revision::RevisionId;

/// Revisions to test, and what must be built for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Everything that runs, in plan order.
    pub plan: Vec<RevisionId>,
    /// Those of it that are tested.
    pub tested: HashSet<RevisionId>,
}

impl Selection {
    /// What `range` and `since` mean. `range` is a range, or a target for that revision alone; none is everything.
    /// Revisions in `since` or below it are not tested.
    pub fn new(
        history: &History,
        range: Option<&str>,
        since: Option<&Target>,
        state: Option<&State<'_>>,
    ) -> Result<Selection, Error> {
        let mut tested: HashSet<RevisionId> = match range {
            None => history.revisions().map(|revision| revision.id.clone()).collect(),
            Some(text) => chosen(history, text, state)?.into_iter().collect(),
        };
        if let Some(since) = since {
            for id in history.graph.ancestors(&history.graph.resolve(since, state)?) {
                tested.remove(&id);
            }
        }
        let tops: Vec<RevisionId> = tested.iter().cloned().collect();
        Ok(Selection { plan: history.graph.ancestors(&tops), tested })
    }
}

fn chosen(history: &History, text: &str, state: Option<&State<'_>>) -> Result<Vec<RevisionId>, GraphError> {
    match text.contains(':') {
        true => history.graph.history(&text.parse::<Range>()?, state),
        false => history.graph.resolve(&text.parse::<Target>()?, state),
    }
}
