//! A project: its settings and the history in its files.

use std::path::{Path, PathBuf};

mod config;
mod history;

pub use config::{Config, FILE_NAME, Scratch};
pub use history::{History, LoadError};

use crate::revision::Problem;

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
    /// The settings are wrong.
    #[error("{0}")]
    Config(Problem),
}

impl Project {
    /// Finds the project that a folder belongs to: the nearest one with a `revgraph.toml`, at or above it.
    pub fn find(start: &Path) -> Result<Project, ProjectError> {
        let start = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
        let root = start.ancestors().find(|folder| folder.join(FILE_NAME).is_file());
        let root = root.ok_or_else(|| ProjectError::NotFound(start.clone()))?;
        // Relative to where the user is, messages name files as he would.
        let here = std::env::current_dir().unwrap_or_default();
        let root = root.strip_prefix(&here).unwrap_or(root).to_owned();
        let config = Config::read(&root.join(FILE_NAME)).map_err(ProjectError::Config)?;
        Ok(Project { root, config })
    }

    /// The folder of the revisions.
    pub fn revisions(&self) -> PathBuf {
        self.root.join(&self.config.revisions)
    }

    /// The folder of the embedded database.
    pub fn embedded(&self) -> PathBuf {
        self.root.join(".revgraph").join("embedded")
    }

    /// Reads all revisions.
    pub fn history(&self) -> Result<History, LoadError> {
        History::load(&self.revisions())
    }
}
