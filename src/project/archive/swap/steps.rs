//! What a swap does, step by step. Each step may be done again.

use std::fs;
use std::path::{Path, PathBuf};

use super::journal::{Journal, Kind};
use super::{MANIFEST, Swap, UNFINISHED_SWAP, disk};
use crate::revision::Problem;

/// One step of carrying out a swap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Gives a file or a folder its new name.
    Move { from: PathBuf, to: PathBuf },
    /// Removes a file.
    Remove(PathBuf),
    /// Removes an empty folder.
    RemoveFolder(PathBuf),
    /// Sees on disk which names a folder holds, if it is still there.
    Sync(PathBuf),
}

impl Step {
    pub fn run(&self) -> Result<(), Problem> {
        match self {
            Step::Move { from, to } => move_once(from, to),
            Step::Remove(path) => disk::remove(path),
            Step::RemoveFolder(path) => disk::remove_folder(path),
            Step::Sync(folder) if disk::exists(folder)? => disk::sync(folder),
            Step::Sync(_) => Ok(()),
        }
    }
}

/// Moves what isn't moved yet. Whatever would be lost by it stays, and is told.
fn move_once(from: &Path, to: &Path) -> Result<(), Problem> {
    let stuck = |message: String| {
        Problem::without_place(from, message).kind_of(UNFINISHED_SWAP).help(
            "a squash or restore was interrupted, and files were changed since: put them back from version control",
        )
    };
    match (disk::exists(from)?, disk::exists(to)?) {
        (true, false) => disk::rename(from, to),
        (false, true) => Ok(()),
        (true, true) if same_file(from, to) => disk::rename(from, to),
        (true, true) => Err(stuck(format!("is to be moved to {}, where there is another one", to.display()))),
        (false, false) => Err(stuck(format!("is to be moved to {}, and is in neither place", to.display()))),
    }
}

/// Whether two are files with equal bytes.
fn same_file(one: &Path, other: &Path) -> bool {
    let bytes = |path: &Path| fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file).and(fs::read(path).ok());
    matches!((bytes(one), bytes(other)), (Some(one), Some(other)) if one == other)
}

impl Swap {
    /// What is new, under hidden names. The folder comes whole, so that no baseline is ever without its manifest.
    pub(super) fn stage(&self, journal: &Journal, baseline: &str, manifest: &str) -> Result<(), Problem> {
        let folder = self.staged_folder(journal);
        disk::make_folder(self.archive.folder())?;
        disk::make_folder(&folder)?;
        disk::write(&folder.join(MANIFEST), manifest)?;
        disk::sync(&folder)?;
        disk::sync(self.archive.folder())?;
        disk::write(&self.staged_file(journal), baseline)?;
        disk::sync(&self.revisions)
    }

    /// Removes what was staged, and the journal.
    pub(super) fn undo(&self, journal: &Journal) -> Result<(), Problem> {
        let folder = self.staged_folder(journal);
        disk::remove(&self.staged_file(journal))?;
        disk::remove(&folder.join(MANIFEST))?;
        disk::remove_folder(&folder)?;
        self.remove_probes(journal)?;
        self.remove_journal()
    }

    /// Carries out what was decided, from wherever it was interrupted, and removes the journal.
    pub(super) fn carry_out(&self, journal: &Journal) -> Result<(), Problem> {
        self.steps(journal).iter().try_for_each(Step::run)?;
        self.remove_journal()
    }

    /// The steps of a decided swap, all of them, whether done or not.
    pub(super) fn steps(&self, journal: &Journal) -> Vec<Step> {
        let folder = self.archive.folder_of(&journal.baseline);
        let baseline = self.revisions.join(journal.file.as_str());
        let live = |name: &super::FileName| self.revisions.join(name.as_str());
        let archived = |name: &super::FileName| folder.join(name.as_str());
        match journal.kind {
            Kind::Squash => {
                let mut steps = vec![
                    Step::Move { from: self.staged_folder(journal), to: folder.clone() },
                    Step::Sync(self.archive.folder().to_owned()),
                ];
                steps.extend(journal.members.iter().map(|name| Step::Move { from: live(name), to: archived(name) }));
                steps.extend([
                    Step::Sync(folder.clone()),
                    Step::Move { from: self.staged_file(journal), to: baseline },
                    Step::Sync(self.revisions.clone()),
                ]);
                steps
            }
            Kind::Restore => {
                let back = |name| Step::Move { from: archived(name), to: live(name) };
                let mut steps: Vec<Step> = journal.members.iter().map(back).collect();
                steps.extend([
                    Step::Sync(self.revisions.clone()),
                    Step::Sync(folder.clone()),
                    Step::Remove(baseline),
                    Step::Sync(self.revisions.clone()),
                    Step::Remove(folder.join(MANIFEST)),
                    Step::RemoveFolder(folder),
                    Step::Sync(self.archive.folder().to_owned()),
                ]);
                steps
            }
        }
    }

    /// Whether somebody has put back what was there before a squash that was decided, say with `git checkout` and
    /// `git clean`: nothing of the new is there, and all of the old.
    pub(super) fn was_taken_back(&self, journal: &Journal) -> bool {
        let folder = self.archive.folder_of(&journal.baseline);
        journal.kind == Kind::Squash
            && !self.staged_folder(journal).exists()
            && !folder.exists()
            && !self.revisions.join(journal.file.as_str()).exists()
            && journal.members.iter().all(|name| self.revisions.join(name.as_str()).exists())
    }

    /// Files that a restore makes and removes, to see beforehand that it may write where it must.
    pub(super) fn probes(&self, journal: &Journal) -> [PathBuf; 2] {
        [self.revisions.clone(), self.archive.folder_of(&journal.baseline)].map(|folder| folder.join(".revgraph-probe"))
    }

    pub(super) fn remove_probes(&self, journal: &Journal) -> Result<(), Problem> {
        self.probes(journal).iter().try_for_each(|path| disk::remove(path))
    }

    fn staged_folder(&self, journal: &Journal) -> PathBuf {
        self.archive.folder().join(format!(".revgraph-{}", journal.baseline))
    }

    fn staged_file(&self, journal: &Journal) -> PathBuf {
        self.revisions.join(format!(".revgraph-{}.sql", journal.baseline))
    }
}
