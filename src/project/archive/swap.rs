//! The swap: a baseline takes the place of its members' files, or gives it back, as one recoverable step.
//!
//! All of it happens under an exclusive lock (`lock.rs`), and is told beforehand by the journal
//! `.revgraph/swap.toml`:
//!
//! 1. The journal says *staging*. What is new is written under hidden names in the folders that it is for.
//! 2. The journal says *decided*. The hidden files get their names, the others move.
//! 3. The journal goes.
//!
//! Whoever finds a journal after a kill or a power failure undoes what was staged, or carries out what was decided.
//! Each step may be done again, and is on disk (`fsync`) before one that builds on it begins. The journal holds no
//! path, only names of files in known folders, so that not even a forged one can reach anything else.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

mod disk;
mod journal;
mod lock;
mod prune;
mod steps;
#[cfg(test)]
mod tests;

use disk::refused;
pub use journal::Kind;
use journal::{Journal, Phase};
pub use lock::Lock;

use super::{Archive, FileName, MANIFEST, Manifest};
use crate::revision::{Checksum, Problem, Revision, RevisionId, Source};

/// What is wrong where the files are no longer what a command began with, for tools.
pub const CHANGED_MEANWHILE: &str = "changed_meanwhile";

/// What to do then.
pub const AGAIN: &str = "nothing was done: run the command again";

/// What is wrong where an interrupted swap can be neither finished nor undone, for tools.
pub const UNFINISHED_SWAP: &str = "unfinished_swap";

/// The folders that a swap works in.
#[derive(Debug, Clone)]
pub struct Swap {
    /// The project's folder.
    pub root: PathBuf,
    /// The folder of the live revisions.
    pub revisions: PathBuf,
    /// The archive.
    pub archive: Archive,
}

/// A baseline that is ready to take the place of what it replaces.
#[derive(Debug, Clone, PartialEq)]
pub struct NewBaseline {
    /// What it replaces, and its proof.
    pub manifest: Manifest,
    /// The name of the baseline's file.
    pub file: FileName,
    /// The text of the baseline's file.
    pub text: String,
}

/// A swap that was found interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// What was being done.
    pub kind: Kind,
    /// The baseline.
    pub baseline: RevisionId,
    /// Whether it was carried out; else it was undone.
    pub finished: bool,
}

impl Swap {
    /// Puts a baseline in the place of its members: writes its file, writes the manifest into a folder of the archive,
    /// and moves the members' files there.
    ///
    /// Fails, and leaves all as it was, if a member's file is not what the manifest says byte for byte, if the baseline's
    /// text is not what was proved, if something is in the way, or if `still_right` fails: it may look at the files as
    /// they are, while no other swap can change them.
    pub fn squash<E: From<Problem>>(
        &self,
        new: &NewBaseline,
        still_right: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let manifest = text_of(new)?;
        let journal = Journal::squash(new);
        let _lock = self.lock_settled()?;
        for member in &new.manifest.revisions {
            let path = self.revisions.join(member.file.as_str());
            let changed = match disk::exists(&path)? {
                false => "moved or removed",
                true if Checksum::of_bytes(&disk::read(&path)?) != member.sha256 => "changed",
                true => continue,
            };
            let message = format!("`{}` was {changed} since the baseline was proved", member.id);
            return Err(Problem::without_place(&path, message).kind_of(CHANGED_MEANWHILE).help(AGAIN).into());
        }
        still_right()?;
        self.room_for_folders()?;
        self.nothing_at(&self.archive.folder_of(&journal.baseline))?;
        self.nothing_at(&self.revisions.join(journal.file.as_str()))?;
        self.write_journal(&journal)?;
        let staged = self.stage(&journal, &new.text, &manifest);
        Ok(self.decide(journal, staged)?)
    }

    /// Undoes a squash: moves the originals back, and removes the baseline's file and its folder in the archive.
    /// `file` is the baseline's file.
    ///
    /// Fails, and leaves all as it was, if an original is missing or not what the manifest says byte for byte, if the
    /// folder holds anything else, or if something is in the way.
    pub fn restore(&self, manifest: &Manifest, file: &FileName) -> Result<(), Problem> {
        let journal = Journal::restore(manifest, file);
        let _lock = self.lock_settled()?;
        let folder = self.archive.folder_of(&manifest.baseline);
        for member in &manifest.revisions {
            let path = folder.join(member.file.as_str());
            if Checksum::of_bytes(&disk::read(&path)?) != member.sha256 {
                let message = format!("the file of `{}` is not, byte for byte, what was archived", member.id);
                return Err(refused(&path, message).help("take it from version control"));
            }
            self.nothing_at(&self.revisions.join(member.file.as_str()))?;
        }
        let files = manifest.revisions.iter().map(|member| member.file.as_str());
        let known: HashSet<&str> = files.chain([MANIFEST]).collect();
        if let Some(stranger) = disk::names(&folder)?.into_iter().find(|name| !known.contains(name.as_str())) {
            return Err(refused(&folder.join(stranger), "is no part of the archive").help("move it to another place"));
        }
        self.is_baseline(manifest, file)?;
        self.write_journal(&journal)?;
        let writable = self.probes(&journal).iter().try_for_each(|path| disk::write(path, ""));
        let writable = writable.and_then(|()| self.remove_probes(&journal));
        self.decide(journal, writable)
    }

    /// Fails if the file is not the baseline as it was proved: what was written into it since would be lost.
    fn is_baseline(&self, manifest: &Manifest, file: &FileName) -> Result<(), Problem> {
        let path = self.revisions.join(file.as_str());
        let source = Source::from_bytes(&path, disk::read(&path)?)?;
        let revision = Revision::parse(source).map_err(|problems| first_of(&path, problems))?;
        match says_the_same(&revision, manifest) {
            true => Ok(()),
            false => Err(refused(&path, "is not the baseline as it was proved: it was edited")
                .help("take the file from version control, or keep your changes in a new revision")),
        }
    }

    /// Finishes or undoes a swap that was interrupted. Where there was none, that costs one failed look at the disk.
    /// While another process is at it, it is waited for.
    pub fn recover(&self) -> Result<Option<Recovered>, Problem> {
        if !self.journal_path().exists() {
            return Ok(None);
        }
        let _lock = self.lock()?;
        self.recover_locked()
    }

    /// Keeps swaps and writers away as long as what it returns is held; what was interrupted before is finished or undone.
    /// Where no lock can be had, nobody is kept away.
    pub fn reading(&self) -> Result<Lock, Problem> {
        self.settled(Swap::lock_shared)
    }

    /// The same for whoever writes revisions: keeps readers away too.
    pub fn writing(&self) -> Result<Lock, Problem> {
        self.settled(Swap::lock_to_write)
    }

    fn settled(&self, lock: impl Fn(&Swap) -> Lock) -> Result<Lock, Problem> {
        loop {
            let locked = lock(self);
            if !self.journal_path().exists() {
                return Ok(locked);
            }
            drop(locked);
            self.recover()?;
        }
    }

    fn lock_settled(&self) -> Result<Lock, Problem> {
        let lock = self.lock()?;
        self.recover_locked()?;
        self.sweep()?;
        Ok(lock)
    }

    /// Removes what was written aside by somebody who was killed before it got its name.
    fn sweep(&self) -> Result<(), Problem> {
        disk::remove(&self.revisions.join(disk::COPY))?;
        if !self.archive.folder().is_dir() {
            return Ok(());
        }
        for baseline in self.archive.list()? {
            disk::remove(&self.archive.folder_of(&baseline).join(disk::COPY))?;
            disk::remove(&self.new_manifest(&baseline))?;
        }
        Ok(())
    }

    fn recover_locked(&self) -> Result<Option<Recovered>, Problem> {
        let Some(journal) = self.read_journal()? else { return Ok(None) };
        let finished = journal.phase == Phase::Decided && !self.was_taken_back(&journal);
        if finished {
            self.carry_out(&journal)?;
        } else {
            self.undo(&journal)?;
        }
        Ok(Some(Recovered { kind: journal.kind, baseline: journal.baseline, finished }))
    }

    /// Goes on if staging went well; else undoes it.
    fn decide(&self, mut journal: Journal, staged: Result<(), Problem>) -> Result<(), Problem> {
        journal.phase = Phase::Decided;
        match staged.and_then(|()| self.write_journal(&journal)) {
            Ok(()) => self.carry_out(&journal),
            Err(problem) => {
                // First the journal, which may say *decided* by now: an undoing that is interrupted must be gone on with.
                journal.phase = Phase::Staging;
                // The first problem is the one to tell; what can't be undone now is left to the next command.
                let _ = self.write_journal(&journal).and_then(|()| self.undo(&journal));
                Err(problem)
            }
        }
    }

    /// Fails if the archive's place is taken by something that isn't a folder, before a swap has begun that could be
    /// neither finished nor undone.
    fn room_for_folders(&self) -> Result<(), Problem> {
        let folder = self.archive.folder();
        match disk::exists(folder)? && !folder.is_dir() {
            false => Ok(()),
            true => Err(refused(folder, "is not a folder").help("nothing was done: move it to another place")),
        }
    }

    fn nothing_at(&self, path: &Path) -> Result<(), Problem> {
        match path.symlink_metadata() {
            Ok(_) => Err(refused(path, "is in the way").help("nothing was done: move it to another place")),
            Err(_) => Ok(()),
        }
    }
}

/// The manifest's text, if it says of the baseline what the baseline's file says of itself.
fn text_of(new: &NewBaseline) -> Result<String, Problem> {
    let path = Path::new(new.file.as_str());
    let revision = Revision::parse(Source::from_text(path, new.text.clone()));
    let revision = revision.map_err(|problems| first_of(path, problems))?;
    let manifest = &new.manifest;
    if !says_the_same(&revision, manifest) {
        return Err(refused(path, "is not the baseline that its manifest speaks of"));
    }
    let text = manifest.to_text().map_err(|error| refused(path, format!("its manifest can't be written: {error}")))?;
    // What could not be read again must not be written.
    Manifest::parse(&Source::from_text(Path::new(MANIFEST), text.clone()))?;
    Ok(text)
}

/// Whether a file is the baseline that was proved.
fn says_the_same(revision: &Revision, manifest: &Manifest) -> bool {
    let said = (&revision.id, revision.up_checksum, revision.down_checksum, revision.lineage);
    said == (&manifest.baseline, manifest.up, manifest.down, Some(manifest.lineage))
}

fn first_of(path: &Path, problems: Vec<Problem>) -> Problem {
    problems.into_iter().next().unwrap_or_else(|| refused(path, "is no revision"))
}
