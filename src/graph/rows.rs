//! What a database's ledger holds, as far as the graph is concerned.

use std::collections::{HashMap, HashSet};

use super::RevisionId;

/// The rows of a ledger. A baseline in effect is a row of its own and one for each revision that it replaces, so that
/// whoever asks finds the ids that he knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    rows: HashMap<RevisionId, Vec<RevisionId>>,
    begun: HashSet<RevisionId>,
}

impl Rows {
    /// The revisions in effect, each with what it replaces if it is a baseline; and those that have begun and not
    /// ended, on whichever way.
    pub fn new(
        rows: impl IntoIterator<Item = (RevisionId, Vec<RevisionId>)>,
        begun: impl IntoIterator<Item = RevisionId>,
    ) -> Rows {
        Rows { rows: rows.into_iter().collect(), begun: begun.into_iter().collect() }
    }

    /// The same rows but for some.
    pub fn without(mut self, ids: &[RevisionId]) -> Rows {
        ids.iter().for_each(|id| drop(self.rows.remove(id)));
        self
    }

    /// Whether there is a row of that revision.
    pub fn has(&self, id: &RevisionId) -> bool {
        self.rows.contains_key(id)
    }

    /// Whether a revision has begun and not ended.
    pub fn has_begun(&self, id: &RevisionId) -> bool {
        self.begun.contains(id)
    }

    /// Every row's revision, and what it replaces, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&RevisionId, &[RevisionId])> {
        self.rows.iter().map(|(id, replaces)| (id, replaces.as_slice()))
    }

    /// Every row's revision, in the order of ids.
    pub fn ids(&self) -> Vec<RevisionId> {
        let mut ids: Vec<RevisionId> = self.rows.keys().cloned().collect();
        ids.sort_unstable();
        ids
    }
}

/// Rows of revisions that replace nothing.
impl FromIterator<RevisionId> for Rows {
    fn from_iter<T: IntoIterator<Item = RevisionId>>(ids: T) -> Rows {
        Rows::new(ids.into_iter().map(|id| (id, Vec::new())), [])
    }
}
