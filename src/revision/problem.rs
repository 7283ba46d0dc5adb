//! What is wrong with a file, and where.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::source::{Position, Source};

/// One thing wrong with a revision file. It carries the text it speaks of, so that the line can be
/// shown with a mark under the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    path: Arc<Path>,
    place: Option<(Source, Range<usize>)>,
    kind: &'static str,
    message: Box<str>,
    help: Option<Box<str>>,
}

/// What [`Problem::kind`] says of most problems.
const BAD_FILE: &str = "bad_revision_file";

impl Problem {
    /// A problem with a part of a file, given in byte offsets.
    pub fn at(source: &Source, span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem {
            path: Arc::clone(source.shared_path()),
            place: Some((source.clone(), span)),
            kind: BAD_FILE,
            message: message.into().into(),
            help: None,
        }
    }

    /// A problem with a file as a whole.
    pub fn without_place(path: &Path, message: impl Into<String>) -> Problem {
        Problem { path: path.into(), place: None, kind: BAD_FILE, message: message.into().into(), help: None }
    }

    /// Gives it another kind than `bad_revision_file`.
    #[must_use]
    pub fn kind_of(mut self, kind: &'static str) -> Problem {
        self.kind = kind;
        self
    }

    /// A word for tools. Never changes.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into().into());
        self
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's text and the byte offsets within it, where the problem has a place.
    pub fn place(&self) -> Option<(&Source, Range<usize>)> {
        self.place.as_ref().map(|(source, span)| (source, span.clone()))
    }

    /// Line and column, where the problem has a place.
    pub fn position(&self) -> Option<Position> {
        self.place.as_ref().map(|(source, span)| source.position(span.start))
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do next, if there is something to say.
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(Position { line, column }) = self.position() {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for Problem {}
