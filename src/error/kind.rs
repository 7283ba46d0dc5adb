//! The words for tools.

use super::{Error, FailedPart};
use crate::graph::GraphError;
use crate::project::{BaselineError, KeptError, LoadError, ProjectError};
use crate::revision::Problem;

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
            Error::Step(failure) if matches!(failure.part, FailedPart::Setting { .. }) => "setting_failed",
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
            Error::OnlyInLedger { .. } => "only_in_ledger",
            Error::NotKept { .. } => "not_kept",
            Error::NotAgreed(_) => "not_agreed",
            Error::NeedsSession { .. } => "needs_session",
            Error::NeedsOwnConnection { .. } => "needs_own_connection",
            Error::Stopped(stopped) => stopped.cause.kind(),
            Error::NotRecorded { .. } => "not_recorded",
            Error::Hook { .. } => "hook_failed",
            Error::Source { error, .. } => error.kind(),
            Error::LoadInScript { .. } => "load_in_script",
            Error::Invalid { .. } => "invalid",
        }
    }
}
