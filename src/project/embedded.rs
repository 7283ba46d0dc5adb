//! Files of a project that are a part of the program which uses it: what [`embed!`](crate::embed) makes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rust_embed::RustEmbed;

use super::archive::Archive;
use super::config::Config;
use super::history::{History, LoadError};
use super::{Files, Project};
use crate::revision::{Problem, Revision, Source};

/// A file's bytes, which are the program's own.
pub(super) type Bytes = Cow<'static, [u8]>;

/// The files of a folder by their paths, as the program wrote the folder's and with the folder's before them.
pub(super) type Folder = BTreeMap<PathBuf, Bytes>;

/// A folder that is a part of the program.
#[derive(Debug)]
pub struct EmbeddedFolder {
    path: &'static str,
    files: Folder,
}

/// What a program holds of a project.
#[derive(Debug)]
pub(super) struct Embedded {
    revisions: EmbeddedFolder,
    archive: Option<Arc<Folder>>,
    /// What is wrong with the settings. They are read when the project is made, and used when its history is.
    problem: Option<Problem>,
}

impl EmbeddedFolder {
    /// The folder that a derived type holds. `path` is what the program calls it.
    pub fn of<F: RustEmbed>(path: &'static str) -> EmbeddedFolder {
        let file = |name: Cow<'static, str>| Some((Path::new(path).join(&*name), F::get(&name)?.data));
        EmbeddedFolder { path, files: F::iter().filter_map(file).collect() }
    }

    /// The files that are revisions by their names, as on a disk: not those of folders within, nor those that begin with a
    /// dot.
    fn revisions(&self) -> impl Iterator<Item = (&PathBuf, &Bytes)> {
        let is_revision = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            path.parent() == Some(Path::new(self.path)) && name.ends_with(".sql") && !name.starts_with('.')
        };
        self.files.iter().filter(move |(path, _)| is_revision(path))
    }
}

impl Project {
    /// A project whose files are a part of the program. `config` is the path and the text of its `revgraph.toml`. What is
    /// wrong with any of them is told when its history is read.
    #[doc(hidden)]
    pub fn from_embedded(
        revisions: EmbeddedFolder,
        archive: Option<EmbeddedFolder>,
        config: Option<(&str, &str)>,
    ) -> Project {
        let read = |(path, text): (&str, &str)| Config::parse(&Source::from_text(Path::new(path), text.to_owned()));
        let (mut config, problem) = match config.map(read).transpose() {
            Ok(config) => (config.unwrap_or_default(), None),
            Err(problem) => (Config::default(), Some(problem)),
        };
        config.revisions = revisions.path.into();
        if let Some(archive) = &archive {
            config.archive = archive.path.into();
        }
        let archive = archive.map(|archive| Arc::new(archive.files));
        let embedded = Embedded { revisions, archive, problem };
        Project { root: PathBuf::new(), config, files: Files::Embedded(Arc::new(embedded)) }
    }
}

impl Embedded {
    /// The archive, in which nothing is if none was embedded.
    pub(super) fn archive(&self, folder: PathBuf) -> Archive {
        Archive::embedded(folder, self.archive.clone().unwrap_or_default())
    }

    /// Reads all revisions.
    pub(super) fn history(&self, archive: Archive) -> Result<History, LoadError> {
        if let Some(problem) = &self.problem {
            return Err(LoadError::Folder(problem.clone()));
        }
        let (mut revisions, mut problems) = (Vec::new(), Vec::new());
        for (path, bytes) in self.revisions.revisions() {
            let source = Source::from_bytes(path, bytes.to_vec()).map_err(|problem| vec![problem]);
            match source.and_then(Revision::parse) {
                Ok(revision) => revisions.push(revision),
                Err(found) => problems.extend(found),
            }
        }
        match problems.is_empty() {
            true => History::with_archive(revisions, Some(archive)),
            false => Err(LoadError::Problems(problems)),
        }
    }
}
