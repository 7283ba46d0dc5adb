//! What a graph is built from.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::revision::RevisionId;

/// One revision, as far as the graph is concerned. Made from a revision file or from a row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: RevisionId,
    /// The revisions that it follows: ids, or unique prefixes of ids.
    pub parents: Vec<Reference>,
    /// The revisions that must be in effect first without being parents: ids, unique prefixes, or labels.
    /// A label means the revision that carries it, as in Alembic.
    pub depends_on: Vec<Reference>,
    /// The labels that it carries.
    pub labels: Vec<String>,
    /// The revisions that it stands for, if it is a baseline, the sink last.
    pub replaces: Vec<RevisionId>,
    /// How many of the last of `replaces` mean all of it. More than one where the sink is itself a baseline: it and
    /// its own sink are two names of one thing.
    pub sinks: usize,
    /// The baseline that it is a direct member of, if it comes from the archive.
    pub within: Option<RevisionId>,
    /// When it was made. It decides between revisions that could come in either order.
    pub created: Option<DateTime<Utc>>,
    /// Where it is written down, for messages.
    pub origin: Option<Origin>,
}

impl Node {
    /// A revision that has nothing but its id: a base.
    pub fn new(id: RevisionId) -> Node {
        Node {
            id,
            parents: Vec::new(),
            depends_on: Vec::new(),
            labels: Vec::new(),
            replaces: Vec::new(),
            sinks: 1,
            within: None,
            created: None,
            origin: None,
        }
    }

    /// Whether it stands for others.
    pub fn is_baseline(&self) -> bool {
        !self.replaces.is_empty()
    }

    /// Where a reference of this node stands: the node's file with the reference's own line.
    pub(super) fn place_of(&self, reference: &Reference) -> Option<Origin> {
        let origin = self.origin.as_ref()?;
        Some(Origin { file: origin.file.clone(), line: reference.line.or(origin.line) })
    }
}

/// How one revision names another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The text, as it is written.
    pub text: String,
    /// The line that it stands on, from 1.
    pub line: Option<u32>,
}

impl From<&str> for Reference {
    fn from(text: &str) -> Reference {
        Reference { text: text.to_owned(), line: None }
    }
}

impl From<&RevisionId> for Reference {
    fn from(id: &RevisionId) -> Reference {
        id.as_str().into()
    }
}

/// What one revision is to another that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// The other is named under `parents`.
    Parent,
    /// The other is named under `depends_on`.
    Dependency,
}

/// A place in a file. Shown as `file:line`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The file.
    pub file: Arc<Path>,
    /// The line, from 1.
    pub line: Option<u32>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file.display()),
            None => write!(f, "{}", self.file.display()),
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Relation::Parent => "follows",
            Relation::Dependency => "depends on",
        })
    }
}
