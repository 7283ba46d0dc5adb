//! What an operation can fail with, for whoever called it: a kind for tools, a message, and what to do next.

mod help;
mod kind;
mod step;
mod stopped;

pub use step::{FailedPart, StepFailure};
pub use stopped::Stopped;

use crate::database::DatabaseError;
use crate::database::scratch::ScratchError;
use crate::database::sources::SourceError;
use crate::graph::{Direction, GraphError, RegionError};
use crate::operation::archive::ArchiveError;
use crate::operation::backup::BackupError;
use crate::operation::losses::Losses;
use crate::operation::squash::SquashFailure;
use crate::project::{BaselineError, KeptError, LoadError, OverlayError, ProjectError};
pub use crate::revision::list;
use crate::revision::{Problem, RevisionId};

/// An error of an operation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no usable project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The revision files don't make a history.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A target means nothing, or nothing that can be done.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The database side failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Nothing says which database is meant.
    #[error("no database is named")]
    NoDatabase,
    /// A configured database has no such name.
    #[error("{}", match .0 {
        Some(name) => format!("no database is called {name:?} in revgraph.toml"),
        None => "what names the database is neither a URL nor a name in revgraph.toml".to_owned(),
    })]
    UnknownDatabase(Option<String>),
    /// Revisions in effect were edited.
    #[error("{}", edited(.0.len()))]
    Changed(Vec<Change>),
    /// The database has revisions that the files lack.
    #[error("the database has {} that the files lack: {}", count(.0.len(), "revision"), list(.0))]
    Missing(Vec<RevisionId>),
    /// The ledger lacks what others in effect need.
    #[error("the ledger lacks {}, which others in effect need: {}", count(.0.len(), "revision"), list(.0))]
    Gaps(Vec<RevisionId>),
    /// A baseline can't be expanded, run or recorded.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// A database has all that a baseline replaces, but not as the baseline stands for it.
    #[error("the database has all that the baseline {baseline} replaces, but by another history{}", match differ.as_slice() {
        [] => String::new(),
        differ => format!(": {} changed", list(&differ.iter().map(|change| change.revision.clone()).collect::<Vec<_>>())),
    })]
    OtherHistory {
        /// The baseline.
        baseline: RevisionId,
        /// The revisions inside it that ran otherwise than the archive has them; none where the archive is gone.
        differ: Vec<Change>,
    },
    /// A revision has no way down.
    #[error("{revision} has no way down{}", reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default())]
    NoWayDown {
        /// The revision.
        revision: RevisionId,
        /// What its header says of it.
        reason: Option<String>,
    },
    /// A statement of a revision failed.
    #[error(transparent)]
    Step(Box<StepFailure>),
    /// A revision outside of transactions has begun and not ended, and it isn't known how its last statement went.
    #[error("{revision} stopped while the statement at {place} ran, and it is not known how that ended")]
    Interrupted {
        /// The revision.
        revision: RevisionId,
        /// The statement's place, where the file still has it; otherwise the file.
        place: String,
        /// The statement's text, where the file still has it.
        sql: Option<String>,
        /// The command that goes on, which only lacks how.
        command: String,
    },
    /// A revision outside of transactions has begun and must be ended first.
    #[error("{revision} is unfinished on its way {direction}")]
    Unfinished {
        /// The revision.
        revision: RevisionId,
        /// Its way.
        direction: Direction,
    },
    /// Somebody else kept changing the ledger.
    #[error("the ledger was changed by somebody else again and again")]
    LedgerKeepsMoving,
    /// A revision wants a phrase, and it was not given.
    #[error("{revision} runs only after the phrase {phrase:?} is given")]
    NotConfirmed {
        /// The revision.
        revision: RevisionId,
        /// The phrase.
        phrase: String,
    },
    /// A way down would lose something, and nobody has said that it may.
    #[error("this downgrade would lose {}", losses.summary())]
    WouldLose {
        /// What.
        losses: Box<Losses>,
    },
    /// What a way down would bring back is not there any more, or not known.
    #[error("the way down can't bring back what was retired: {}", .0.iter().map(|(_, what)| what.as_str()).collect::<Vec<_>>().join("; "))]
    RetiredLost(Vec<(RevisionId, String)>),
    /// A file or folder can't be written or read.
    #[error("{path}: {reason}")]
    File {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// An archive is not what it should be, or can't be changed.
    #[error(transparent)]
    Archive(#[from] Problem),
    /// A squash was not made.
    #[error(transparent)]
    Squash(Box<SquashFailure>),
    /// Something can't be done with an archive.
    #[error(transparent)]
    Archiving(#[from] ArchiveError),
    /// A baseline can't stand for what was asked for.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// A revision that is to be replaced reads another database, which a scratch doesn't have.
    #[error("{revision} has a [load] section: a scratch database has nothing to load from")]
    LoadInRegion {
        /// The revision.
        revision: RevisionId,
        /// The name of what it reads.
        source_name: String,
    },
    /// A batch has made as many runs as it may, and there may be rows left.
    #[error(
        "the [batch] of {revision} stopped at its limit of {}, with {} done so far",
        count(usize::try_from(*limit).unwrap_or(usize::MAX), "run"),
        count(usize::try_from(*rows).unwrap_or(usize::MAX), "row")
    )]
    BatchLimit {
        /// The revision.
        revision: RevisionId,
        /// How many runs there may be in one upgrade.
        limit: u64,
        /// The rows that it has touched, in earlier upgrades too.
        rows: u64,
    },
    /// What the ledger keeps of a revision can't stand in for its file.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// SQL of revisions is in the ledger alone, and nobody has agreed to running it.
    #[error("{}", only_in_ledger(revisions, *wanted))]
    OnlyInLedger {
        /// The revisions.
        revisions: Vec<RevisionId>,
        /// What of them was to run.
        wanted: FromLedger,
    },
    /// What the ledger would let go of can't be written as files.
    #[error("what the ledger lets go of can't be kept: {reason}")]
    NotKept {
        /// Why not.
        reason: String,
    },
    /// Something takes somebody's word, and nobody gave it.
    #[error("not done, for nobody has agreed to it: {0}")]
    NotAgreed(String),
    /// A revision outside of transactions is to run where a session can't keep its settings.
    #[error(
        "{revision} runs outside of transactions, which takes a session of its own; this connection goes through a pooling proxy"
    )]
    NeedsSession {
        /// The revision.
        revision: RevisionId,
    },
    /// A revision loads rows, and the connection is one that a program has lent.
    #[error("{revision} has a [load] section, and a connection that was lent can't load")]
    NeedsOwnConnection {
        /// The revision.
        revision: RevisionId,
    },
    /// A deployment stopped on its way: by a signal, a lost connection, a limit, or something else than a revision's failure.
    #[error(transparent)]
    Stopped(Box<Stopped>),
    /// A statement outside of transactions is done, and the ledger, which says that it runs, could not be told.
    #[error("the statement of {revision} at {place} is done, but {error}")]
    NotRecorded {
        /// The revision.
        revision: RevisionId,
        /// Its way.
        direction: Direction,
        /// The statement's place in its file.
        place: String,
        /// Why not.
        error: DatabaseError,
    },
    /// A backup was not made.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A command of `[hooks]` failed, after the deployment had reached its target.
    #[error("the hook `{command}` failed: {reason}")]
    Hook {
        /// The command.
        command: String,
        /// How it ended.
        reason: String,
        /// The last that it said on standard error.
        said: String,
    },
    /// A database that a revision loads from is not there.
    #[error("{revision} can't load: {error}")]
    Source {
        /// The revision.
        revision: RevisionId,
        /// Why not.
        error: SourceError,
    },
    /// A revision that a script can't have loads from another database.
    #[error("{revision} has a [load] section: a script for psql can't read another database")]
    LoadInScript {
        /// The revision.
        revision: RevisionId,
    },
    /// What was asked for makes no sense together.
    #[error("{message}")]
    Invalid {
        /// Why.
        message: String,
        /// What to do.
        help: String,
    },
}

impl From<SquashFailure> for Error {
    fn from(failure: SquashFailure) -> Error {
        Error::Squash(Box::new(failure))
    }
}

impl From<OverlayError> for Error {
    fn from(error: OverlayError) -> Error {
        match error {
            OverlayError::Archive(problem) => problem.into(),
            OverlayError::Baseline(error) => error.into(),
            OverlayError::Load(error) => error.into(),
            OverlayError::Kept(error) => error.into(),
        }
    }
}

impl From<ScratchError> for Error {
    fn from(error: ScratchError) -> Error {
        DatabaseError::from(Box::new(error)).into()
    }
}

fn edited(number: usize) -> String {
    let (was, it) = if number == 1 { ("was", "it") } else { ("were", "they") };
    format!("{} in effect {was} edited after {it} ran", count(number, "revision"))
}

/// What of a revision is to run that the ledger alone has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FromLedger {
    /// Its way down, for there is no file.
    WayDown,
    /// What has run, for there is no file, or one that says something else.
    AsTheyRan,
}

/// Which revisions are in the ledger alone.
pub fn only_in_ledger(revisions: &[RevisionId], wanted: FromLedger) -> String {
    let (number, ids) = (count(revisions.len(), "revision"), list(revisions));
    match (wanted, revisions) {
        (FromLedger::WayDown, _) => format!("the files lack {number}, whose way down is in the ledger alone: {ids}"),
        (FromLedger::AsTheyRan, [id]) => format!("{id} is in the ledger alone as it ran"),
        (FromLedger::AsTheyRan, _) => format!("{number} are in the ledger alone as they ran: {ids}"),
    }
}

/// A revision whose file is not what ran.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The revision.
    pub revision: RevisionId,
    /// Its file.
    pub path: String,
    /// Whether comments and white space alone differ.
    pub only_comments: bool,
    /// Whether it is its place in the graph that differs, not its text.
    pub only_lineage: bool,
    /// The difference, line by line: what ran before, what the file says now.
    pub diff: String,
}

/// The command that goes on with what has begun on that way.
pub fn going_on(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "revgraph upgrade",
        Direction::Down => "revgraph downgrade",
    }
}

/// `1 revision`, `2 revisions`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
