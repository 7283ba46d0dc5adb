//! What is wrong with a file, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::source::{Position, Source};

/// One thing wrong with a revision file. It carries the text it speaks of, so that the line can be
/// shown with a mark under the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    path: PathBuf,
    place: Option<(Source, Range<usize>)>,
    message: String,
    help: Option<String>,
}

impl Problem {
    /// A problem with a part of a file, given in byte offsets.
    pub fn at(source: &Source, span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem {
            path: source.path().to_owned(),
            place: Some((source.clone(), span)),
            message: message.into(),
            help: None,
        }
    }

    /// A problem with a file as a whole.
    pub fn without_place(path: &Path, message: impl Into<String>) -> Problem {
        Problem { path: path.to_owned(), place: None, message: message.into(), help: None }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
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
