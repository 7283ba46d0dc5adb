//! What can stand against taking something out of an archive.

use crate::error::{count, list};
use crate::revision::RevisionId;

/// Why something can't be done with an archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// Nothing in the archive is called so.
    #[error("nothing in the archive is called `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// A baseline is wanted, and this is one of those that it replaced.
    #[error("`{revision}` is no baseline: it is one of the revisions that `{baseline}` replaced")]
    NoBaseline {
        /// What was named.
        revision: RevisionId,
        /// Its baseline.
        baseline: RevisionId,
    },
    /// A baseline is itself replaced by another one.
    #[error("`{baseline}` is itself replaced by `{by}`")]
    Replaced {
        /// The baseline.
        baseline: RevisionId,
        /// The other one.
        by: RevisionId,
    },
    /// The baseline has no file, neither among the revisions nor in the archive.
    #[error("`{0}` has no file, neither among the revisions nor in the archive")]
    BaselineMissing(RevisionId),
    /// Originals that are wanted are gone.
    #[error("of `{baseline}`, {} no file any more: {}", has(.gone), list(.gone))]
    OriginalsGone {
        /// The baseline.
        baseline: RevisionId,
        /// Those whose files are gone.
        gone: Vec<RevisionId>,
    },
    /// With the originals in the baseline's place the revisions would make no graph.
    #[error("with `{baseline}` restored the revisions would not fit together: {reason}")]
    WouldNotFit {
        /// The baseline.
        baseline: RevisionId,
        /// Why.
        reason: String,
        /// What to do.
        help: String,
    },
    /// Nobody has looked into a database.
    #[error("no database is named, so nobody knows whether one would be left without a way")]
    NoDatabase,
    /// A database of the project could not be asked.
    #[error("the database {database} can't be asked whether it would be left without a way: {reason}")]
    NotAsked {
        /// What the project calls it.
        database: String,
        /// Why.
        reason: String,
    },
    /// Something stands against it in a database of the project.
    #[error("{database}: {error}")]
    In {
        /// What the project calls it.
        database: String,
        /// What.
        error: Box<ArchiveError>,
    },
    /// The database has rows of the members that the originals don't agree with.
    #[error("what the database has of {} is not what was archived: {}", these(.0), list(.0))]
    LedgerDiffers(Vec<RevisionId>),
    /// The database has run something else than what was archived, which the originals show.
    #[error("the database has run another history up to `{0}` than the one that was archived")]
    OtherHistory(RevisionId),
    /// The database has the baseline, and not all that it replaced.
    #[error("the database has `{baseline}`, and not {} that it replaced: {}", count(.missing.len(), "revision"), list(.missing))]
    LedgerLacks {
        /// The baseline.
        baseline: RevisionId,
        /// Those that the ledger lacks.
        missing: Vec<RevisionId>,
    },
    /// The database has begun a revision that it needs the file of.
    #[error("the database has `{0}` unfinished")]
    Unfinished(RevisionId),
    /// The database has a part of what was replaced, and needs the originals to go on or back.
    #[error(
        "the database has {present} of the {} that `{baseline}` replaced, and needs the originals to go on or back",
        count(*all, "revision")
    )]
    InsideBaseline {
        /// The baseline.
        baseline: RevisionId,
        /// How many it has.
        present: usize,
        /// Of how many.
        all: usize,
    },
    /// Files are removed only if that is said to be wanted.
    #[error("{} would be removed, and nothing was", count(*files, "original"))]
    NotConfirmed {
        /// How many files.
        files: usize,
    },
}

impl ArchiveError {
    /// A word for tools.
    pub fn kind(&self) -> &'static str {
        match self {
            ArchiveError::Unknown { .. } => "unknown_revision",
            ArchiveError::NoBaseline { .. } => "not_a_baseline",
            ArchiveError::Replaced { .. } => "baseline_replaced",
            ArchiveError::BaselineMissing(_) => "baseline_missing",
            ArchiveError::OriginalsGone { .. } => "originals_gone",
            ArchiveError::WouldNotFit { .. } => "would_not_fit",
            ArchiveError::NoDatabase => "no_database",
            ArchiveError::NotAsked { .. } => "database_not_asked",
            ArchiveError::In { error, .. } => error.kind(),
            ArchiveError::LedgerDiffers(_) => "ledger_differs",
            ArchiveError::OtherHistory(_) => "other_history",
            ArchiveError::LedgerLacks { .. } => "ledger_gaps",
            ArchiveError::Unfinished(_) => "unfinished",
            ArchiveError::InsideBaseline { .. } => "database_inside_baseline",
            ArchiveError::NotConfirmed { .. } => "not_confirmed",
        }
    }

    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            ArchiveError::Unknown { .. } => "`revgraph archive list` shows the baselines".to_owned(),
            ArchiveError::NoBaseline { baseline, .. } => format!("name the baseline: `{baseline}`"),
            ArchiveError::Replaced { by, .. } => format!("restore that one first: `revgraph archive restore {by}`"),
            ArchiveError::BaselineMissing(_) => "take the file from version control".to_owned(),
            ArchiveError::OriginalsGone { .. } => {
                "they were pruned or are not committed: take them from version control".to_owned()
            }
            ArchiveError::WouldNotFit { help, .. } => help.clone(),
            ArchiveError::NoDatabase => "give --database; or --no-database, if none has these revisions".to_owned(),
            ArchiveError::NotAsked { database, .. } => {
                format!("see to it that it can be reached; `--without {database}` if it has none of these revisions")
            }
            ArchiveError::In { error, .. } => error.help(),
            ArchiveError::LedgerDiffers(_) => {
                "the baseline was run where the archive was not, or originals were edited: keep the baseline".to_owned()
            }
            ArchiveError::OtherHistory(_) => {
                "as long as that is so, the originals show what differs: `revgraph upgrade` tells".to_owned()
            }
            ArchiveError::LedgerLacks { .. } => "`revgraph stamp` writes where the database really is".to_owned(),
            ArchiveError::Unfinished(_) => "end it first, by `revgraph upgrade` or `revgraph downgrade`".to_owned(),
            ArchiveError::InsideBaseline { .. } => {
                "`revgraph upgrade` finishes them along the originals; then ask again".to_owned()
            }
            ArchiveError::NotConfirmed { .. } => "if that is what you want: --confirm".to_owned(),
        }
    }
}

fn has(gone: &[RevisionId]) -> String {
    format!("{} {}", count(gone.len(), "original"), if gone.len() == 1 { "has" } else { "have" })
}

fn these(ids: &[RevisionId]) -> &'static str {
    if ids.len() == 1 { "this revision" } else { "these revisions" }
}
