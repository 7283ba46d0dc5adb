//! Why a squash was not made.

use crate::error::{StepFailure, list};
use crate::revision::RevisionId;
use crate::schema::Difference;
use crate::schema::dump::DumpError;

/// Why a squash was not made. In each case no file was touched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SquashFailure {
    /// The target is not one revision.
    #[error("a squash needs one revision to end at, and the target is {}", match .0.as_slice() {
        [] => "none".to_owned(),
        several => list(several),
    })]
    NoSink(Vec<RevisionId>),
    /// There is nothing to squash.
    #[error("there is nothing to squash: {}", match .0.as_slice() {
        [] => "no revision lies there".to_owned(),
        only => format!("{} is a single revision", list(only)),
    })]
    TooFew(Vec<RevisionId>),
    /// A revision outside hangs on one inside.
    #[error("{revision} is in the way: it needs {needs}, which would disappear inside the baseline")]
    InTheWay {
        /// The revision outside.
        revision: RevisionId,
        /// What it needs.
        needs: RevisionId,
        /// Where the squash was to end.
        sink: RevisionId,
    },
    /// Snapshot mode was asked for and can't be had.
    #[error("snapshot mode can't do this squash: {reason}")]
    NoSnapshot {
        /// Why.
        reason: String,
    },
    /// pg_dump failed.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// The revisions don't run in a scratch database.
    #[error("the revisions don't run in an empty scratch database: {0}")]
    Replay(Box<StepFailure>),
    /// The baseline does not run.
    #[error("the baseline does not run: {0}")]
    Baseline(Box<StepFailure>),
    /// What the baseline builds is something else.
    #[error("the baseline does not build what the revisions build")]
    Different(Box<Difference>),
    /// The rows that the baseline leaves are others.
    #[error("the baseline leaves other rows than the revisions: {}", .0.join("; "))]
    DifferentRows(Vec<String>),
    /// The baseline's way down does not end where its way up began.
    #[error("the baseline's way down does not lead back to where its way up began")]
    Down(Box<Difference>),
    /// The baseline's way down fails.
    #[error("the baseline's way down does not run: {0}")]
    DownFails(Box<StepFailure>),
}

impl SquashFailure {
    /// A word for tools.
    pub fn kind(&self) -> &'static str {
        match self {
            SquashFailure::NoSink(_) => "multiple_heads",
            SquashFailure::TooFew(_) => "nothing_to_squash",
            SquashFailure::InTheWay { .. } => "revision_in_the_way",
            SquashFailure::NoSnapshot { .. } => "no_snapshot_mode",
            SquashFailure::Dump(_) => "pg_dump_failed",
            SquashFailure::Replay(_) => "replay_failed",
            SquashFailure::Baseline(_)
            | SquashFailure::Different(_)
            | SquashFailure::DifferentRows(_)
            | SquashFailure::Down(_)
            | SquashFailure::DownFails(_) => "not_proved",
        }
    }

    /// What to do next.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            SquashFailure::NoSink(_) => "name it: --to REVISION; `revgraph merge` joins branches".to_owned(),
            SquashFailure::TooFew(_) => "name another --to, or leave --from out".to_owned(),
            SquashFailure::InTheWay { revision, needs, .. } => {
                format!("squash up to {needs}, or take {revision} along: --to a revision above it")
            }
            SquashFailure::NoSnapshot { .. } => "--mode concat puts the revisions' own SQL together".to_owned(),
            SquashFailure::Dump(_) => "--mode concat does without pg_dump".to_owned(),
            SquashFailure::Replay(_) => "nothing was touched: a history that does not run can't be proved".to_owned(),
            SquashFailure::Baseline(_)
            | SquashFailure::Different(_)
            | SquashFailure::DifferentRows(_)
            | SquashFailure::Down(_)
            | SquashFailure::DownFails(_) => {
                "no file was touched; --mode concat puts the revisions' own SQL together, --dry-run shows the baseline"
                    .to_owned()
            }
        })
    }

    /// What differs, where that is the reason.
    pub fn difference(&self) -> Option<&Difference> {
        match self {
            SquashFailure::Different(difference) | SquashFailure::Down(difference) => Some(difference),
            _ => None,
        }
    }

    /// The statement that failed, where that is the reason.
    pub fn step(&self) -> Option<&StepFailure> {
        match self {
            SquashFailure::Replay(step) | SquashFailure::Baseline(step) | SquashFailure::DownFails(step) => Some(step),
            _ => None,
        }
    }
}
