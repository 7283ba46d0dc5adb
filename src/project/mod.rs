//! A project: its settings and the history in its files.

use std::path::{Path, PathBuf};

pub mod archive;
mod config;
mod glance;
mod history;
mod kept;
mod outline;
mod overlay;

pub use config::{BackupSettings, Config, FILE_NAME, Scratch, ScratchSource};
pub use history::{History, LoadError};
pub use kept::{Kept, KeptError, KeptRevision};
pub use overlay::{BaselineError, OverlayError, View};

use crate::revision::Problem;
use archive::{Archive, Recovered, Swap};

/// A folder with a `revgraph.toml`, and what that says.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder.
    pub root: PathBuf,
    /// The settings.
    pub config: Config,
}

/// Why there is no project.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// Neither here nor above is there a `revgraph.toml`.
    #[error("there is no {FILE_NAME} in {} or any folder above it", .0.display())]
    NotFound(PathBuf),
    /// The folder to look in isn't there.
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    /// The settings are wrong.
    #[error("{0}")]
    Config(Problem),
}

impl Project {
    /// Finds the project that a folder belongs to: the nearest one with a `revgraph.toml`, at or above it.
    pub fn find(start: &Path) -> Result<Project, ProjectError> {
        let root = Project::root_of(start)?;
        let config = Config::read(&root.join(FILE_NAME)).map_err(ProjectError::Config)?;
        Ok(Project { root, config })
    }

    /// The nearest folder with a `revgraph.toml`, at or above one.
    fn root_of(start: &Path) -> Result<PathBuf, ProjectError> {
        // No folder at all is this one.
        let start = std::path::absolute(Path::new(".").join(start)).unwrap_or_else(|_| start.to_owned());
        if !start.is_dir() {
            // A misspelt folder inside of a project must not mean that project.
            return Err(ProjectError::NoFolder(start));
        }
        let root = start.ancestors().find(|folder| folder.join(FILE_NAME).is_file());
        let root = root.ok_or_else(|| ProjectError::NotFound(start.clone()))?;
        // Relative to where the user is, messages name files as he would.
        let here = std::env::current_dir().unwrap_or_default();
        Ok(root.strip_prefix(&here).unwrap_or(root).to_owned())
    }

    /// The folder of the revisions.
    pub fn revisions(&self) -> PathBuf {
        self.root.join(&self.config.revisions)
    }

    /// The archive.
    pub fn archive(&self) -> Archive {
        Archive::open(self.root.join(&self.config.archive))
    }

    /// The folder of backups.
    pub fn backups(&self) -> PathBuf {
        self.root.join(&self.config.backup.directory)
    }

    /// What puts baselines in the place of revisions, and back.
    pub fn swap(&self) -> Swap {
        Swap { root: self.root.clone(), revisions: self.revisions(), archive: self.archive() }
    }

    /// Finishes or undoes a squash or restore that was interrupted, and says so. [`Project::history`] does it too, in
    /// silence.
    pub fn recover(&self) -> Result<Option<Recovered>, LoadError> {
        self.swap().recover().map_err(LoadError::Interrupted)
    }

    /// The folder of the embedded database.
    pub fn embedded(&self) -> PathBuf {
        self.root.join(".revgraph").join("embedded")
    }

    /// Reads all revisions. The folder that is meant where nothing else is configured need not be there yet: git
    /// keeps no empty one.
    pub fn history(&self) -> Result<History, LoadError> {
        let _no_swap_meanwhile = self.swap().reading().map_err(LoadError::Interrupted)?;
        let folder = self.revisions();
        if self.config.revisions == Config::default().revisions && !folder.exists() {
            return History::from_revisions(Vec::new()).map_err(LoadError::Graph);
        }
        History::load_with(&folder, self.archive())
    }

    /// The same for whoever may complete it from a database: files whose parents are missing are a history to complete,
    /// see [`History::completed`].
    pub fn history_to_complete(&self) -> Result<History, LoadError> {
        match self.history() {
            Err(LoadError::Graph(errors)) if errors.iter().all(|error| error.kind() == "missing_parent") => {
                let _no_swap_meanwhile = self.swap().reading().map_err(LoadError::Interrupted)?;
                History::load_incomplete(&self.revisions(), self.archive(), errors)
            }
            history => history,
        }
    }
}
