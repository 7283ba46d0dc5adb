//! Finding a revision by what it is called.

use petgraph::graph::NodeIndex;

use super::GraphError;

/// The shortest name that can be abbreviated: of a shorter one every character must be given, as in Alembic.
const SHORTEST_ABBREVIATED: usize = 4;

/// How many look-alikes an error names.
const CLOSE: usize = 3;

/// From this similarity on (Jaro–Winkler; 1 is equal) a name is offered in place of one that doesn't exist.
const SIMILAR: f64 = 0.85;

/// Every id and label of a graph, those that a baseline replaces among them, in the order of their texts, each text once.
#[derive(Debug)]
pub(super) struct Names(Vec<Name>);

/// One way to call a revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub text: Box<str>,
    pub kind: NameKind,
    pub node: NodeIndex,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NameKind {
    /// The node's own id.
    Id,
    /// Another name of all of it: a collapsed baseline's sink, or, of an expanded one's sink, the baseline.
    Sink,
    /// A revision that the node, a collapsed baseline, has within.
    Member,
    /// A label that the node carries.
    Label,
}

/// Why a name isn't that of one revision.
#[derive(Debug)]
pub(super) enum NotFound {
    /// Nothing is called so, nor begins so.
    Unknown,
    /// Several names begin so.
    Ambiguous(Vec<String>),
}

impl Names {
    /// Takes names in order, each text once.
    pub fn from_sorted(names: Vec<Name>) -> Names {
        debug_assert!(names.is_sorted_by(|one, other| one.text < other.text));
        Names(names)
    }

    /// Gives every revision another index.
    pub fn renumber(&mut self, index: impl Fn(NodeIndex) -> NodeIndex) {
        for name in &mut self.0 {
            name.node = index(name.node);
        }
    }

    /// The name with exactly this text.
    pub fn exact(&self, text: &str) -> Option<&Name> {
        let at = self.0.binary_search_by(|name| name.text.as_ref().cmp(text)).ok()?;
        self.0.get(at)
    }

    /// The only name that is an id, a label, or begins with the text, among the `eligible` ones. Two members of one
    /// baseline are two names: as targets they mean two things.
    pub fn find(&self, text: &str, eligible: impl Fn(&Name) -> bool) -> Result<&Name, NotFound> {
        if let Some(name) = self.exact(text).filter(|name| eligible(name)) {
            return Ok(name);
        }
        if text.is_empty() {
            return Err(NotFound::Unknown);
        }
        let start = self.0.partition_point(|name| name.text.as_ref() < text);
        let matches: Vec<&Name> = self.0[start..]
            .iter()
            .take_while(|name| name.text.starts_with(text))
            .filter(|name| name.text.chars().count() >= SHORTEST_ABBREVIATED && eligible(name))
            .collect();
        match matches[..] {
            [] => Err(NotFound::Unknown),
            [name] => Ok(name),
            _ => Err(NotFound::Ambiguous(matches.iter().map(|name| name.text.to_string()).collect())),
        }
    }

    /// Names that look like one that doesn't exist, the most similar first.
    pub fn close_to(&self, text: &str) -> Vec<String> {
        let mut close: Vec<(f64, &str)> = self
            .0
            .iter()
            .map(|name| (strsim::jaro_winkler(text, &name.text), name.text.as_ref()))
            .filter(|(similarity, _)| *similarity >= SIMILAR)
            .collect();
        close.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
        close.into_iter().take(CLOSE).map(|(_, text)| text.to_owned()).collect()
    }

    /// The error for a name in a target.
    pub fn not_found(&self, text: &str, reason: NotFound) -> GraphError {
        match reason {
            NotFound::Unknown => GraphError::UnknownRevision { name: text.to_owned(), close: self.close_to(text) },
            NotFound::Ambiguous(matches) => GraphError::AmbiguousPrefix { prefix: text.to_owned(), matches, by: None },
        }
    }
}
