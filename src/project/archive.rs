//! The archive: where replaced revisions live, each baseline's in a folder of its own with a manifest.
//!
//! Reading is lazy: nothing is opened but what is asked for. Nothing in a manifest can name a path outside of its own
//! folder, and links are not followed.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod file_name;
mod manifest;
mod member;
mod swap;
#[cfg(test)]
mod tests;

pub use file_name::{FileName, IllegalFileName};
pub use manifest::{BAD_MANIFEST, Format, MANIFEST, Manifest, Member, Mode, Proof};
pub use swap::{AGAIN, CHANGED_MEANWHILE, Kind, Lock, NewBaseline, Recovered, Swap, UNFINISHED_SWAP};

use super::embedded::Folder;
use crate::revision::{Problem, Revision, RevisionId, Source};

/// What is wrong with an archived file, for tools.
pub const BAD_ARCHIVE: &str = "bad_archive";

/// The folder of all baselines' archives. It need not be there.
#[derive(Debug, Clone)]
pub struct Archive {
    folder: PathBuf,
    /// Its files, where they are a part of the program and not on a disk.
    embedded: Option<Arc<Folder>>,
}

/// What a baseline replaced: its manifest and the revisions whose files are still there.
#[derive(Debug, Clone)]
pub struct Archived {
    /// The manifest.
    pub manifest: Manifest,
    /// The revisions, in the manifest's order; those that were pruned are left out.
    pub revisions: Vec<Revision>,
}

impl Archive {
    /// The archive in that folder. Nothing is read.
    pub fn open(folder: impl Into<PathBuf>) -> Archive {
        Archive { folder: folder.into(), embedded: None }
    }

    /// An archive whose files are a part of the program; their paths begin with the folder's.
    pub(super) fn embedded(folder: PathBuf, files: Arc<Folder>) -> Archive {
        Archive { folder, embedded: Some(files) }
    }

    /// Whether its files are a part of the program.
    pub fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// The folder of all of it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of one baseline.
    pub fn folder_of(&self, baseline: &RevisionId) -> PathBuf {
        self.folder.join(baseline.as_str())
    }

    /// The file of one of a baseline's members, whether it is there or not.
    pub fn path_of(&self, baseline: &RevisionId, member: &Member) -> PathBuf {
        self.folder_of(baseline).join(member.file.as_str())
    }

    /// The baselines that have a folder, in the order of ids. What isn't called like a revision is passed over.
    pub fn list(&self) -> Result<Vec<RevisionId>, Problem> {
        if let Some(files) = &self.embedded {
            let folders = files.keys().filter_map(|path| path.strip_prefix(&self.folder).ok()?.iter().next()?.to_str());
            let ids: BTreeSet<RevisionId> = folders.filter_map(|name| RevisionId::new(name).ok()).collect();
            return Ok(ids.into_iter().collect());
        }
        let unreadable = |error: io::Error| problem(&self.folder, format!("the archive can't be read: {error}"));
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(unreadable)?,
        };
        let mut baselines = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            let id = entry.file_name().to_str().and_then(|name| RevisionId::new(name).ok());
            if let Some(id) = id.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
                baselines.push(id);
            }
        }
        baselines.sort_unstable();
        Ok(baselines)
    }

    /// A baseline's manifest; none if it has no folder here.
    pub fn manifest(&self, baseline: &RevisionId) -> Result<Option<Manifest>, Problem> {
        let folder = self.folder_of(baseline);
        if !self.has_folder(&folder)? {
            return Ok(None);
        }
        let path = folder.join(MANIFEST);
        let missing = || problem(&path, "there is no manifest").help("take it from version control");
        let manifest = Manifest::parse(&self.read(&path)?.ok_or_else(missing)?)?;
        if manifest.baseline != *baseline {
            let message = format!("is the manifest of `{}`, in the folder of `{baseline}`", manifest.baseline);
            return Err(problem(&path, message).kind_of(BAD_MANIFEST).help("a baseline's folder has its id as a name"));
        }
        Ok(Some(manifest))
    }

    /// What a baseline replaced; none if it has no folder here. Fails if a file is not what the manifest says of it:
    /// another revision, or with other checksums.
    pub fn get(&self, baseline: &RevisionId) -> Result<Option<Archived>, Problem> {
        let Some(manifest) = self.manifest(baseline)? else { return Ok(None) };
        let mut revisions = Vec::new();
        for member in &manifest.revisions {
            revisions.extend(self.revision(baseline, member)?);
        }
        Ok(Some(Archived { manifest, revisions }))
    }

    /// One member of a baseline; none if its file was pruned. Fails as [`Archive::get`] does.
    pub fn revision(&self, baseline: &RevisionId, member: &Member) -> Result<Option<Revision>, Problem> {
        let path = self.path_of(baseline, member);
        let Some(source) = self.read(&path)? else { return Ok(None) };
        let unreadable = |problems: Vec<Problem>| {
            problems.into_iter().next().unwrap_or_else(|| problem(&path, "is no revision")).kind_of(BAD_ARCHIVE)
        };
        let revision = Revision::parse(source).map_err(unreadable)?;
        match tampered(&revision, member) {
            None => Ok(Some(revision)),
            Some(what) => Err(problem(&path, what).help(RESTORE)),
        }
    }
}

impl Archive {
    fn has_folder(&self, folder: &Path) -> Result<bool, Problem> {
        if let Some(files) = &self.embedded {
            return Ok(files.keys().any(|path| path.starts_with(folder)));
        }
        match fs::symlink_metadata(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(problem(folder, format!("can't be read: {error}"))),
            Ok(found) if !found.is_dir() => Err(problem(folder, "is not a folder").help(LINKS)),
            Ok(_) => Ok(true),
        }
    }

    /// A file's text; none if there is none. Nothing but a file is opened: a link could lead out, a pipe would be waited
    /// for.
    fn read(&self, path: &Path) -> Result<Option<Source>, Problem> {
        if let Some(files) = &self.embedded {
            let source = files.get(path).map(|bytes| Source::from_bytes(path, bytes.to_vec()));
            return source.transpose().map_err(|problem| problem.kind_of(BAD_ARCHIVE));
        }
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(problem(path, format!("can't be read: {error}"))),
            Ok(found) if !found.is_file() => Err(problem(path, "is not a file").help(LINKS)),
            Ok(_) => Source::read(path).map(Some).map_err(|problem| problem.kind_of(BAD_ARCHIVE)),
        }
    }
}

impl Archived {
    /// A revision by its id, if its file is there.
    pub fn get(&self, id: &RevisionId) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.id == *id)
    }

    /// The members whose files were pruned.
    pub fn missing(&self) -> impl Iterator<Item = &Member> {
        let there: HashSet<&RevisionId> = self.revisions.iter().map(|revision| &revision.id).collect();
        self.manifest.revisions.iter().filter(move |member| !there.contains(&member.id))
    }
}

const LINKS: &str = "the archive holds folders and files, and links are not followed";

const RESTORE: &str = "archived files are not edited: take it from version control";

/// What a file says that the manifest doesn't.
fn tampered(revision: &Revision, member: &Member) -> Option<String> {
    if revision.id != member.id {
        return Some(format!("is revision `{}`, where the manifest has `{}`", revision.id, member.id));
    }
    let changed = |what| format!("{what} of `{}` is not what the manifest has: it was edited", member.id);
    if revision.up_checksum != member.up {
        return Some(changed("the way up"));
    }
    (revision.down_checksum != member.down).then(|| changed("the way down"))
}

fn problem(path: &Path, message: impl Into<String>) -> Problem {
    Problem::without_place(path, message).kind_of(BAD_ARCHIVE)
}
