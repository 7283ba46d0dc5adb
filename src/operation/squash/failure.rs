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
    /// Members want different phrases typed before they run.
    #[error("their `confirm:` is not the same: {}, and a baseline has one phrase", .0.join(", "))]
    Phrases(Vec<String>),
    /// The snapshot that was asked for is not proved.
    #[error("{0}")]
    Snapshot(Box<SquashFailure>),
    /// The baseline does not run.
    #[error("the baseline does not run: {}", .0.error.message)]
    Baseline(Box<StepFailure>),
    /// There is other beside it that can't be compared.
    #[error("what can't be compared is not the same beside the revisions and the baseline: {}", .0.join(", "))]
    Uncompared(Vec<String>),
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
            SquashFailure::Phrases(_) => "phrases_differ",
            SquashFailure::Snapshot(failure) => failure.kind(),
            SquashFailure::Baseline(_)
            | SquashFailure::Uncompared(_)
            | SquashFailure::Different(_)
            | SquashFailure::Down(_)
            | SquashFailure::DownFails(_) => "not_proved",
        }
    }

    /// What to do next.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            SquashFailure::Phrases(_) => {
                "squash those that agree, or take one phrase for all of them first: a header is in no checksum".to_owned()
            }
            SquashFailure::NoSnapshot { .. } | SquashFailure::Snapshot(_) => {
                "--mode concat puts the revisions' own SQL together".to_owned()
            }
            SquashFailure::Dump(_) => "--mode concat does without pg_dump".to_owned(),
            SquashFailure::Replay(_) => {
                "a history that does not run can't be proved; roles that must be there first: `[scratch] roles = [\"…\"]` \
                 in revgraph.toml"
                    .to_owned()
            }
            SquashFailure::Baseline(_)
            | SquashFailure::Uncompared(_)
            | SquashFailure::Different(_)
            | SquashFailure::Down(_)
            | SquashFailure::DownFails(_) => {
                "no file was touched; what fails is the baseline and not the revisions: squash fewer of them, with --from \
                 and --to, so that what it is about stays outside"
                    .to_owned()
            }
        })
    }

    /// What differs, where that is the reason, with what the two sides are.
    pub fn difference(&self) -> Option<([&'static str; 2], &Diff)> {
        match self {
            SquashFailure::Different(diff) => Some((["what the revisions build", "what the baseline builds"], diff)),
            SquashFailure::Snapshot(failure) => failure.difference(),
            SquashFailure::Down(diff) => Some((["before the baseline", "after its way down"], diff)),
            _ => None,
        }
    }

    /// The statement that failed, where that is the reason.
    pub fn step(&self) -> Option<&StepFailure> {
        match self {
            SquashFailure::Replay(step) | SquashFailure::Baseline(step) | SquashFailure::DownFails(step) => Some(step),
            SquashFailure::Snapshot(failure) => failure.step(),
            _ => None,
        }
    }
}
