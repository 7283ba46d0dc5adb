//! Which revisions a command is pointed at that takes files, ranges and targets.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::Error;
use crate::graph::{GraphError, Range, State, Target};
use crate::project::History;
use crate::revision::{Revision, RevisionId};

/// What a user names: a file, a range of revisions or a target. A text that ends in `.sql` is a file's path, as neither
/// of the others ends so.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A revision file, which need not be part of the project's history.
    File(PathBuf),
    /// The revisions of a range.
    Range(Range),
    /// The revisions that a target means.
    Target(Target),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::File(path) => write!(f, "{}", path.display()),
            Subject::Range(range) => write!(f, "{range}"),
            Subject::Target(target) => write!(f, "{target}"),
        }
    }
}

impl FromStr for Subject {
    type Err = GraphError;

    fn from_str(text: &str) -> Result<Subject, GraphError> {
        if text.ends_with(".sql") {
            return Ok(Subject::File(PathBuf::from(text)));
        }
        if text.contains(':') { text.parse().map(Subject::Range) } else { text.parse().map(Subject::Target) }
    }
}

impl Subject {
    /// Whether a database must be asked for what it means.
    pub fn is_about_the_database(&self) -> bool {
        match self {
            Subject::File(_) => false,
            Subject::Range(range) => [&range.from, &range.to].into_iter().flatten().any(Target::is_about_the_database),
            Subject::Target(target) => target.is_about_the_database(),
        }
    }
}

/// The revisions of a history that are meant, in plan order: all, unless `subjects` name some; without those that `since`
/// holds. Files are not among them.
///
/// # Errors
///
/// What the targets' resolving can fail with.
pub fn select<'h>(
    history: &'h History,
    subjects: &[Subject],
    since: Option<&Target>,
    state: Option<&State<'h>>,
) -> Result<Vec<&'h Revision>, Error> {
    let mut wanted: HashSet<RevisionId> = HashSet::new();
    for subject in subjects {
        match subject {
            Subject::File(_) => {}
            Subject::Range(range) => wanted.extend(history.graph.history(range, state)?),
            Subject::Target(target) => wanted.extend(history.graph.resolve(target, state)?),
        }
    }
    let known: HashSet<RevisionId> = match since {
        Some(since) => history.graph.ancestors(&history.graph.resolve(since, state)?).into_iter().collect(),
        None => HashSet::new(),
    };
    let is_meant =
        |revision: &&Revision| (subjects.is_empty() || wanted.contains(&revision.id)) && !known.contains(&revision.id);
    Ok(history.revisions().filter(is_meant).collect())
}
