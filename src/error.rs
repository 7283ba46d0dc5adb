//! What an operation can fail with, for whoever called it: a kind for tools, a message, and what to do next.

use crate::database::scratch::ScratchError;
use crate::database::sources::SourceError;
use crate::database::{DatabaseError, ServerError};
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
    #[error("{} in effect {} changed since", count(.0.len(), "revision"), if .0.len() == 1 { "was" } else { "were" })]
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
    #[error("{revision} stopped in section {} at statement {}, and it is not known how that ended", section + 1, statement + 1)]
    Interrupted {
        /// The revision.
        revision: RevisionId,
        /// The section, from 0.
        section: usize,
        /// The statement, from 0.
        statement: usize,
        /// The statement's text, where the file still has it.
        sql: Option<String>,
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
    /// The way down of revisions is in the ledger alone, and nobody has agreed to running it.
    #[error("the files lack {}, whose way down is in the ledger alone: {}", count(.0.len(), "revision"), list(.0))]
    OnlyInLedger(Vec<RevisionId>),
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
    /// The deployment was told to stop, and did so between two steps.
    #[error("stopped by a signal; {}, not begun: {}", match done.as_slice() {
        [] => "no revision was completed".to_owned(),
        done => format!("done and recorded: {}", list(done)),
    }, list(left))]
    Stopped {
        /// The revisions that are done and recorded.
        done: Vec<RevisionId>,
        /// The revisions that are not begun.
        left: Vec<RevisionId>,
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

/// A statement of a revision that failed, and what is certain then.
#[derive(Debug, thiserror::Error)]
#[error("{} of {revision} failed: {}", match direction { Direction::Up => "upgrade", Direction::Down => "downgrade" }, .error.message)]
#[non_exhaustive]
pub struct StepFailure {
    /// The revision.
    pub revision: RevisionId,
    /// Which way it went.
    pub direction: Direction,
    /// The place in its file, with the server's message.
    pub problem: Problem,
    /// All that the server said.
    pub error: ServerError,
    /// The revisions of the plan that are done and recorded.
    pub done: Vec<RevisionId>,
    /// The revisions of the plan that were not begun, the failed one not among them.
    pub left: Vec<RevisionId>,
    /// Whether the server found it before it ran anything of the message.
    pub before_anything_ran: bool,
    /// Whether what it did before stays, because it isn't one transaction.
    pub partly_done: bool,
}

impl Error {
    /// A word for tools. For a graph's error, the kinds that the manual lists.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Project(ProjectError::NotFound(_) | ProjectError::NoFolder(_)) => "no_project",
            Error::Project(ProjectError::Config(_)) => "bad_configuration",
            Error::Load(LoadError::Folder(_)) => "file",
            Error::Load(LoadError::Interrupted(problem)) | Error::Archive(problem) => problem.kind(),
            Error::Load(LoadError::Problems(problems)) => problems.first().map_or("bad_revision_file", Problem::kind),
            Error::Load(LoadError::Graph(errors)) => errors.first().map_or("bad_graph", GraphError::kind),
            Error::Graph(error) => error.kind(),
            Error::Database(error) => error.kind(),
            Error::NoDatabase => "no_database",
            Error::UnknownDatabase(_) => "unknown_database",
            Error::Changed(_) => "changed_revision",
            Error::Missing(_) => "missing_files",
            Error::Gaps(_) => "ledger_gaps",
            Error::Baseline(BaselineError::Gone { .. }) => "archive_gone",
            Error::Baseline(BaselineError::Edited { .. }) => "edited_baseline",
            Error::OtherHistory { .. } => "other_history",
            Error::NoWayDown { .. } => "no_way_down",
            Error::Step(failure) if failure.error.failed_verification().is_some() => "verification_failed",
            Error::Step(_) => "statement_failed",
            Error::Interrupted { .. } => "interrupted",
            Error::Unfinished { .. } => "unfinished",
            Error::LedgerKeepsMoving => "ledger_moved",
            Error::NotConfirmed { .. } => "not_confirmed",
            Error::WouldLose { .. } => "would_lose",
            Error::Backup(error) => error.kind(),
            Error::RetiredLost(_) => "retired_lost",
            Error::Archiving(error) => error.kind(),
            Error::Region(error) => error.kind(),
            Error::LoadInRegion { .. } => "load_in_region",
            Error::File { .. } => "file",
            Error::Squash(failure) => failure.kind(),
            Error::BatchLimit { .. } => "batch_limit",
            Error::Kept(KeptError::NoText(_)) => "archive_gone",
            Error::Kept(KeptError::Foreign { .. }) => "foreign_source",
            Error::OnlyInLedger(_) => "only_in_ledger",
            Error::NotAgreed(_) => "not_agreed",
            Error::NeedsSession { .. } => "needs_session",
            Error::NeedsOwnConnection { .. } => "needs_own_connection",
            Error::Stopped { .. } => "stopped",
            Error::Hook { .. } => "hook_failed",
            Error::Source { error, .. } => error.kind(),
            Error::LoadInScript { .. } => "load_in_script",
            Error::Invalid { .. } => "invalid",
        }
    }

    /// What to do next, if there is something to say: in the words of the command line. [`Error::report`] has those of a
    /// program.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Error::Project(ProjectError::NotFound(_)) => {
                "`revgraph init` makes a project here; --project DIR names another folder".to_owned()
            }
            Error::Project(ProjectError::NoFolder(_)) => "give --project a folder of the project".to_owned(),
            Error::Project(ProjectError::Config(problem))
            | Error::Load(LoadError::Folder(problem) | LoadError::Interrupted(problem))
            | Error::Archive(problem) => {
                return problem.help_text().map(str::to_owned);
            }
            Error::Load(LoadError::Problems(_)) => "mend the files; nothing was done".to_owned(),
            Error::Load(LoadError::Graph(errors)) => return errors.first().and_then(GraphError::help),
            Error::Graph(error) => return error.help(),
            Error::Database(error) => return error.help(),
            Error::NoDatabase => {
                "give --database, set DATABASE_URL or PGHOST and its kind, or write `url = \"…\"` into \
                                  revgraph.toml (\"embedded\" runs PostgreSQL inside revgraph)"
                    .to_owned()
            }
            Error::UnknownDatabase(_) => {
                "give a postgres:// URL, key=value pairs, `embedded`, or a name of [databases] in revgraph.toml"
                    .to_owned()
            }
            Error::Changed(_) => "put the file back as it was, and make the change in a new revision: what has run is \
                                  not undone by editing it. If the edit is agreed and changes nothing that is in effect: \
                                  `revgraph repair --accept ID`"
                .to_owned(),
            Error::Missing(_) => {
                "this checkout is older than the database, on another branch, or the database is another project's. \
                 `revgraph recover` writes their files from the ledger, `revgraph downgrade TARGET --from-ledger` undoes \
                 them by it"
                    .to_owned()
            }
            Error::Gaps(_) => "`revgraph stamp` writes where the database really is".to_owned(),
            Error::Baseline(BaselineError::Gone { missing, is_embedded: true, .. }) if missing.is_empty() => {
                "nothing was done; have the program hold the archive too: embed!(\"revisions\", archive: \"archive\")".to_owned()
            }
            Error::Baseline(BaselineError::Gone { baseline, .. }) => {
                format!("nothing was done; take archive/{baseline}/ from version control: it is part of the project")
            }
            Error::Baseline(BaselineError::Edited { baseline, .. }) => {
                format!("put {baseline} back as `squash` wrote it, and make the change in a new revision above it")
            }
            Error::OtherHistory { baseline, differ } => {
                let accepts: Vec<String> = match differ.as_slice() {
                    [] => vec![format!("--accept {baseline}")],
                    differ => differ.iter().map(|change| format!("--accept {}", change.revision)).collect(),
                };
                format!("see whether the difference matters; `revgraph repair {}` takes it as it is", accepts.join(" "))
            }
            Error::NoWayDown { .. } => "name a target above it, or write its [down] section".to_owned(),
            Error::Step(failure) => return failure.help(),
            Error::Squash(failure) => return failure.help(),
            Error::Interrupted { .. } => {
                "look whether it took effect: `--resume-after` goes on behind it, `--resume-at` \
                                          runs it again"
                    .to_owned()
            }
            Error::Unfinished { direction, .. } => {
                format!("end it first: `{}` goes on where it stopped", going_on(*direction))
            }
            Error::LedgerKeepsMoving => "find out who else deploys to this database, and run it again".to_owned(),
            Error::NotConfirmed { phrase, .. } => format!("if that is what you want: --confirm {phrase:?}"),
            Error::Backup(error) => error.help(),
            Error::WouldLose { .. } => {
                "nothing was touched; if that is what you want: --yes, with --backup to save it first".to_owned()
            }
            Error::RetiredLost(lost) => {
                let revision = lost.first().map_or("it", |(revision, _)| revision.as_str());
                format!("nothing was done; stay at or above {revision}, or bring its rows back from a backup first")
            }
            Error::Archiving(error) => error.help(),
            Error::Region(error) => return error.help(),
            Error::LoadInRegion { revision, source_name } => format!(
                "squash what is below it or above it: `--to` or `--from` a neighbour of `{revision}`; or let a file of SQL \
                 stand for {source_name:?}, in revgraph.toml under [scratch]: sources = {{ {source_name} = \"….sql\" }}"
            ),
            Error::File { .. } => "check that the path exists and that you may write there".to_owned(),
            Error::BatchLimit { .. } => {
                "what it did stays; the next `revgraph upgrade` goes on with as many runs again".to_owned()
            }
            Error::Kept(KeptError::NoText(_)) => {
                "nothing was done; take the archive, or that file, from version control".to_owned()
            }
            Error::Kept(KeptError::Foreign { .. }) => "nothing was done; somebody has written into the ledger: `revgraph \
                                                       repair` shows what, `revgraph check` who may. Take the file \
                                                       from version control"
                .to_owned(),
            Error::OnlyInLedger(_) => "its checksums match; `revgraph recover -o DIR` writes it there for reading, \
                                       --from-ledger runs it"
                .to_owned(),
            Error::NotAgreed(_) => "if that is what you want: --yes".to_owned(),
            Error::NeedsSession { .. } => {
                "connect to the server itself, not to the proxy: its settings, such as lock_timeout, would get lost \
                 there, or hold for others"
                    .to_owned()
            }
            Error::NeedsOwnConnection { .. } => {
                "have revgraph connect by itself, with `Project::connect`, or run `revgraph upgrade`".to_owned()
            }
            Error::Stopped { .. } => "run the command again: it goes on from there".to_owned(),
            Error::Hook { .. } => {
                "the database is at its target and stays there; run what is left of the hooks by hand".to_owned()
            }
            Error::Source { error, .. } => return error.help(),
            Error::LoadInScript { revision } => {
                format!("let `revgraph upgrade` run it; scripts can be of what is below and above `{revision}`")
            }
            Error::Invalid { help, .. } => help.clone(),
        };
        Some(text)
    }
}

impl StepFailure {
    fn help(&self) -> Option<String> {
        if self.error.ended_its_transaction() {
            return Some("take out what commits or rolls back: revgraph ends the transaction itself".to_owned());
        }
        if self.error.failed_verification().is_some() {
            let then =
                if self.partly_done { "the next upgrade verifies again" } else { "the revision was rolled back" };
            return Some(format!("mend the data or the [verify] section; {then}"));
        }
        if self.is_there_already() {
            let id = &self.revision;
            return Some(format!(
                "if it was made by other means: `revgraph diff {id} DATABASE` tells whether it is what {id} makes, and \
                 `revgraph stamp {id}` then records it"
            ));
        }
        Some(self.error.help().unwrap_or_else(|| self.next_step()))
    }

    /// What is left to do where nothing better is known: the file is wrong, or the rows are not what it takes them for.
    fn next_step(&self) -> String {
        let onwards = if self.partly_done { "it goes on at that statement" } else { "it goes on from there" };
        format!("mend the file or the data, and run the command again: {onwards}")
    }

    /// Whether the first revision of a plan found its schema or table there: 42P06 and 42P07 of PostgreSQL's error codes.
    fn is_there_already(&self) -> bool {
        let begins = self.direction == Direction::Up && self.done.is_empty() && !self.partly_done;
        begins && matches!(self.error.code.as_str(), "42P06" | "42P07")
    }
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
