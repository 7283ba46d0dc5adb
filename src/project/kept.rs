//! Revisions that a database keeps: what stands in for files that a checkout lacks.

use std::collections::{HashMap, HashSet};

use super::history::node;
use crate::graph::{Node, Reference};
use crate::revision::{Checksum, Revision, RevisionId, Source};

/// Revisions as a database keeps them, by id. Whoever made it has read them from somewhere that others may write: a text
/// is parsed and held against its checksums before it is handed out.
#[derive(Debug, Default)]
pub struct Kept(HashMap<RevisionId, KeptRevision>);

/// One revision as a database keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRevision {
    /// Its id.
    pub id: RevisionId,
    /// Its parents' ids, in full.
    pub parents: Vec<RevisionId>,
    /// The ids that it depends on, in full.
    pub depends_on: Vec<RevisionId>,
    /// What it stands for, if it is a baseline.
    pub replaces: Vec<RevisionId>,
    /// The file as it ran; empty where nobody had it by then.
    pub source: Source,
    /// The checksum of its way up, where it is known.
    pub up: Option<Checksum>,
    /// The checksum of its way down, likewise.
    pub down: Option<Checksum>,
}

/// Why what a database keeps of a revision can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeptError {
    /// There is no text: a baseline brought it after its archive was gone.
    #[error("the ledger keeps no text of {0}: a baseline brought it, whose archive was gone by then")]
    NoText(RevisionId),
    /// The text isn't what the rest of the row says of it.
    #[error("the ledger's text of {id} is not what revgraph recorded: {what}")]
    Foreign {
        /// The revision.
        id: RevisionId,
        /// What doesn't fit.
        what: String,
    },
}

impl KeptRevision {
    /// The revision, if its text is what the row says of it: its id, both checksums, and what it replaces.
    pub fn verified(&self) -> Result<Revision, KeptError> {
        if self.source.text().trim().is_empty() {
            return Err(KeptError::NoText(self.id.clone()));
        }
        let foreign = |what: String| KeptError::Foreign { id: self.id.clone(), what };
        let revision = Revision::parse(self.source.clone()).map_err(|problems| {
            let first = problems.first().map_or(String::new(), ToString::to_string);
            foreign(format!("it can't be read ({first})"))
        })?;
        if revision.id != self.id {
            return Err(foreign(format!("it is the text of {}", revision.id)));
        }
        if self.up != Some(revision.up_checksum) {
            return Err(foreign("its way up has another checksum".to_owned()));
        }
        if self.down != Some(revision.down_checksum) {
            return Err(foreign("its way down has another checksum".to_owned()));
        }
        if revision.replaces != self.replaces {
            return Err(foreign("it replaces other revisions".to_owned()));
        }
        Ok(revision)
    }

    /// As a node of a graph: with whole ids, for what its file calls another revision may mean something else by now, and
    /// without labels, which are the live files' alone.
    fn node(&self, revision: &Revision) -> Node {
        let references = |ids: &[RevisionId]| ids.iter().map(Reference::from).collect();
        let (parents, depends_on) = (references(&self.parents), references(&self.depends_on));
        Node { parents, depends_on, labels: Vec::new(), ..node(revision) }
    }
}

impl Kept {
    /// Keeps these.
    pub fn new(revisions: impl IntoIterator<Item = KeptRevision>) -> Kept {
        Kept(revisions.into_iter().map(|kept| (kept.id.clone(), kept)).collect())
    }

    /// One of them.
    pub fn get(&self, id: &RevisionId) -> Option<&KeptRevision> {
        self.0.get(id)
    }

    /// All of them, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &KeptRevision> {
        let mut all: Vec<&KeptRevision> = self.0.values().collect();
        all.sort_unstable_by_key(|kept| &kept.id);
        all.into_iter()
    }

    /// Whether this very revision came from here, and not from a file.
    pub fn gave(&self, revision: &Revision) -> bool {
        self.get(&revision.id).is_some_and(|kept| kept.source == revision.source)
    }

    /// What must join files that know the revisions `known`, so that everything that is kept has its place: a baseline
    /// as long as the files know nothing of what it replaces, and otherwise what it replaces itself.
    pub fn lacking(&self, known: &HashSet<&RevisionId>) -> Vec<&KeptRevision> {
        let mut outer_first: Vec<&KeptRevision> = self.iter().filter(|kept| !known.contains(&kept.id)).collect();
        outer_first.sort_by_key(|kept| std::cmp::Reverse(kept.replaces.len()));
        let mut covered: HashSet<&RevisionId> = HashSet::new();
        outer_first.retain(|kept| {
            let joins = !covered.contains(&kept.id) && !kept.replaces.iter().any(|id| known.contains(id));
            covered.extend(kept.replaces.iter().filter(|_| joins));
            joins
        });
        outer_first
    }

    /// Revisions that join a graph as nodes of their own.
    pub fn verified<'k>(
        &self,
        revisions: impl IntoIterator<Item = &'k KeptRevision>,
    ) -> Result<Vec<(Node, Revision)>, KeptError> {
        let verified = |kept: &KeptRevision| {
            let revision = kept.verified()?;
            Ok((kept.node(&revision), revision))
        };
        revisions.into_iter().map(verified).collect()
    }

    /// The direct members of a baseline as far as they are kept, the one that the others lead to last. None where nothing
    /// of it is kept.
    pub fn members_of(&self, baseline: &Revision) -> Option<Result<Vec<(Node, Revision)>, KeptError>> {
        let here: Vec<&KeptRevision> = baseline.replaces.iter().filter_map(|id| self.get(id)).collect();
        let inner: HashSet<&RevisionId> = here.iter().flat_map(|kept| &kept.replaces).collect();
        let direct: Vec<&KeptRevision> = here.into_iter().filter(|kept| !inner.contains(&kept.id)).collect();
        (!direct.is_empty()).then(|| self.verified(direct))
    }
}
