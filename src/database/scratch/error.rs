//! Why there is no scratch database.

use std::path::PathBuf;

use crate::database::DatabaseError;

/// A source of scratch databases that was not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declined {
    /// `server`, `programs` or `embedded`.
    pub source: String,
    /// Why.
    pub reason: String,
}

/// Why there is no scratch database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScratchError {
    /// None of the sources works.
    #[error("there is no place for a scratch database{}", each(declined))]
    None {
        /// What became of each.
        declined: Vec<Declined>,
    },
    /// A database can't be made, where there is a place for it.
    #[error("a scratch database can't be made ({place}): {error}")]
    Making {
        /// The place.
        place: String,
        /// What went wrong.
        error: Box<DatabaseError>,
    },
    /// A file or folder of a private server can't be used.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// One of PostgreSQL's programs failed.
    #[error("{program} failed: {said}")]
    Program {
        /// Its name.
        program: String,
        /// What it said.
        said: String,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    NoRandomness(String),
}

fn each(declined: &[Declined]) -> String {
    declined.iter().map(|Declined { source, reason }| format!("\n  {source}: {reason}")).collect()
}

impl ScratchError {
    pub(super) fn making(place: &str, error: DatabaseError) -> ScratchError {
        ScratchError::Making { place: place.to_owned(), error: Box::new(error) }
    }

    pub(super) fn file(path: &std::path::Path, reason: impl ToString) -> ScratchError {
        ScratchError::File { path: path.to_owned(), reason: reason.to_string() }
    }

    /// What to do next.
    pub fn help(&self) -> Option<String> {
        match self {
            ScratchError::None { declined } if declined.iter().any(|one| one.source == "programs") => Some(
                "install PostgreSQL's server programs; on Debian and Ubuntu: apt-get install postgresql".to_owned(),
            ),
            ScratchError::None { .. } => Some(
                "without --scratch, and without `from` under [scratch] in revgraph.toml, the first place that works is \
                 taken"
                    .to_owned(),
            ),
            ScratchError::Making { error, .. } => match &**error {
                DatabaseError::Server { error, .. } if error.code == "42501" => {
                    Some("give the role the right to create databases (ALTER ROLE … CREATEDB), or choose another place, such as \
                          --scratch programs"
                        .to_owned())
                }
                error => error.help(),
            },
            ScratchError::File { .. } => Some("set TMPDIR to a folder of your own that has room".to_owned()),
            ScratchError::Program { .. } | ScratchError::NoRandomness(_) => None,
        }
    }
}
