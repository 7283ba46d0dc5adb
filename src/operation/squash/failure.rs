//! Why a squash was not made.

use crate::error::StepFailure;
use crate::operation::diff::Diff;
use crate::schema::dump::DumpError;

/// Why a squash was not made. In each case no file was touched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SquashFailure {
    /// Snapshot mode was asked for and can't be had.
    #[error("no snapshot can be made: {reason}")]
    NoSnapshot {
        /// Why.
        reason: String,
    },
    /// pg_dump failed.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// The revisions don't run in a scratch database.
    #[error("the revisions don't run in an empty scratch database: {}", .0.error.message)]
    Replay(Box<StepFailure>),
    /// The baseline does not run.
    #[error("the baseline does not run: {}", .0.error.message)]
    Baseline(Box<StepFailure>),
    /// What the baseline builds is something else.
    #[error("the baseline does not build what the revisions build")]
    Different(Box<Diff>),
    /// The baseline's way down does not end where its way up began.
    #[error("the baseline's way down does not lead back to where its way up began")]
    Down(Box<Diff>),
    /// The baseline's way down fails.
    #[error("the baseline's way down does not run: {}", .0.error.message)]
    DownFails(Box<StepFailure>),
}

impl SquashFailure {
    /// A word for tools.
    pub fn kind(&self) -> &'static str {
        match self {
            SquashFailure::NoSnapshot { .. } => "no_snapshot_mode",
            SquashFailure::Dump(_) => "pg_dump_failed",
            SquashFailure::Replay(_) => "replay_failed",
            SquashFailure::Baseline(_)
            | SquashFailure::Different(_)
            | SquashFailure::Down(_)
            | SquashFailure::DownFails(_) => "not_proved",
        }
    }

    /// What to do next.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            SquashFailure::NoSnapshot { .. } => "--mode concat puts the revisions' own SQL together".to_owned(),
            SquashFailure::Dump(_) => "--mode concat does without pg_dump".to_owned(),
            SquashFailure::Replay(_) => {
                "a history that does not run can't be proved; roles that must be there first: `[scratch] roles = [\"…\"]` \
                 in revgraph.toml"
                    .to_owned()
            }
            SquashFailure::Baseline(_)
            | SquashFailure::Different(_)
            | SquashFailure::Down(_)
            | SquashFailure::DownFails(_) => {
                "no file was touched; --mode says how the baseline is made: concat puts the revisions' own SQL together"
                    .to_owned()
            }
        })
    }

    /// What differs, where that is the reason, with what the two sides are.
    pub fn difference(&self) -> Option<([&'static str; 2], &Diff)> {
        match self {
            SquashFailure::Different(diff) => Some((["what the revisions build", "what the baseline builds"], diff)),
            SquashFailure::Down(diff) => Some((["before the baseline", "after its way down"], diff)),
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
