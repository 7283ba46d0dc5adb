//! A project: its settings and the history in its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub mod archive;
mod config;
mod embedded;
mod glance;
mod history;
mod kept;
mod outline;
mod overlay;

pub use config::{BackupSettings, Config, FILE_NAME, Scratch, ScratchSource};
pub use embedded::EmbeddedFolder;
pub use history::{History, LoadError};
pub use kept::{Kept, KeptError, KeptRevision};
pub use overlay::{BaselineError, OverlayError, View};

use crate::revision::Problem;
use archive::{Archive, Lock, Recovered, Swap};
use embedded::Embedded;

/// The history of a database's schema, in files, and the settings that go with it.
///
/// A folder with a `revgraph.toml` is one ([`Project::find`]), and so is what a program carries in itself
/// ([`embed!`](crate::embed)). Making one reads no revisions: each call reads them and checks all of them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Project {
    /// The folder; empty where the files are a part of the program.
    pub root: PathBuf,
    /// The settings.
    pub config: Config,
    files: Files,
}

/// Where a project's files are.
#[derive(Debug, Clone)]
enum Files {
    /// In its folder.
    Folder,
    /// In the program that uses it.
    Embedded(Arc<Embedded>),
}

/// Why there is no project.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
    ///
    /// # Errors
    /// There is none, or its settings are wrong.
    pub fn find(start: impl AsRef<Path>) -> Result<Project, ProjectError> {
        let root = Project::root_of(start.as_ref())?;
        let config = Config::read(&root.join(FILE_NAME)).map_err(ProjectError::Config)?;
        Ok(Project::new(root, config))
    }

    /// The project in a folder, with these settings.
    #[doc(hidden)]
    pub fn new(root: impl Into<PathBuf>, config: Config) -> Project {
        Project { root: root.into(), config, files: Files::Folder }
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
    #[doc(hidden)]
    pub fn revisions(&self) -> PathBuf {
        self.root.join(&self.config.revisions)
    }

    /// The archive.
    #[doc(hidden)]
    pub fn archive(&self) -> Archive {
        let folder = self.root.join(&self.config.archive);
        match &self.files {
            Files::Folder => Archive::open(folder),
            Files::Embedded(embedded) => embedded.archive(folder),
        }
    }

    /// The folder of backups.
    #[doc(hidden)]
    pub fn backups(&self) -> PathBuf {
        self.root.join(&self.config.backup.directory)
    }

    /// What puts baselines in the place of revisions, and back.
    #[doc(hidden)]
    pub fn swap(&self) -> Swap {
        Swap { root: self.root.clone(), revisions: self.revisions(), archive: self.archive() }
    }

    /// Finishes or undoes a squash or restore that was interrupted, and says so. [`Project::history`] does it too, in
    /// silence.
    #[doc(hidden)]
    pub fn recover(&self) -> Result<Option<Recovered>, LoadError> {
        self.swap().recover().map_err(LoadError::Interrupted)
    }

    /// The folder of the embedded database.
    #[doc(hidden)]
    pub fn embedded_database(&self) -> PathBuf {
        self.root.join(".revgraph").join("embedded")
    }

    /// Reads all revisions, and checks them and the graph that they make. The folder that is meant where nothing else is
    /// configured need not be there yet: git keeps no empty one.
    ///
    /// # Errors
    /// All that is wrong with the files, or with their graph.
    #[doc(hidden)]
    pub fn history(&self) -> Result<History, LoadError> {
        if let Files::Embedded(embedded) = &self.files {
            return embedded.history(self.archive());
        }
        let _no_swap_meanwhile = self.swap().reading().map_err(LoadError::Interrupted)?;
        self.history_in_folder()
    }

    /// The same for whoever is to write revisions by what it says: others neither read nor write any as long as the lock
    /// is held.
    #[doc(hidden)]
    pub fn history_to_write(&self) -> Result<(History, Lock), LoadError> {
        let lock = self.swap().writing().map_err(LoadError::Interrupted)?;
        Ok((self.history_in_folder()?, lock))
    }

    fn history_in_folder(&self) -> Result<History, LoadError> {
        let folder = self.revisions();
        if self.config.revisions == Config::default().revisions && !folder.exists() {
            return History::from_revisions(Vec::new()).map_err(LoadError::Graph);
        }
        History::load_with(&folder, self.archive())
    }

    /// The same for whoever may complete it from a database: files whose parents are missing are a history to complete,
    /// see [`History::completed`].
    #[doc(hidden)]
    pub fn history_to_complete(&self) -> Result<History, LoadError> {
        match self.history() {
            Err(LoadError::Graph(errors))
                if matches!(self.files, Files::Folder)
                    && errors.iter().all(|error| error.kind() == "missing_parent") =>
            {
                let _no_swap_meanwhile = self.swap().reading().map_err(LoadError::Interrupted)?;
                History::load_incomplete(&self.revisions(), self.archive(), errors)
            }
            history => history,
        }
    }
}
