//! `.revgraph/lock`, and the folder of revisions itself: one swap at a time, and none while revisions are read or written.
//!
//! A swap makes the file, which can be locked everywhere, and locks both. Whoever reads or writes revisions locks what is
//! there: before the first swap of a checkout that is the folder alone, and a checkout that can only be read needs nothing
//! to be made. The locks belong to open files: they go with these, also when the process is killed.

use std::fs::{File, OpenOptions};

use super::{Swap, disk};
use crate::revision::Problem;

/// What keeps others away for as long as the value lives.
#[derive(Debug)]
pub struct Lock {
    _file: Option<File>,
    _folder: Option<File>,
}

impl Swap {
    /// The exclusive lock of a swap, which is waited for.
    pub(super) fn lock(&self) -> Result<Lock, Problem> {
        disk::make_folder(&self.private())?;
        let path = self.private().join(LOCK);
        let failed = |error: std::io::Error| disk::refused(&path, format!("can't be locked: {error}"));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Lock { _file: Some(file), _folder: self.locked_folder() })
    }

    /// The exclusive lock of whoever writes a revision, which is waited for: as much of it as there is.
    pub(super) fn lock_to_write(&self) -> Lock {
        let file = self.lock_file().filter(|file| file.lock().is_ok());
        Lock { _file: file, _folder: self.locked_folder() }
    }

    /// The shared lock, which is waited for; nothing where none can be had.
    pub(super) fn lock_shared(&self) -> Lock {
        let is_locked = |file: &File| file.lock_shared().is_ok();
        let file = self.lock_file().filter(is_locked);
        // Who has the file keeps every swap away.
        let folder = if file.is_none() { self.folder().filter(is_locked) } else { None };
        Lock { _file: file, _folder: folder }
    }

    fn lock_file(&self) -> Option<File> {
        File::open(self.private().join(LOCK)).ok()
    }

    /// Not every system opens folders, and not every file system locks them.
    fn folder(&self) -> Option<File> {
        File::open(&self.revisions).ok()
    }

    fn locked_folder(&self) -> Option<File> {
        self.folder().filter(|folder| folder.lock().is_ok())
    }
}

const LOCK: &str = "lock";
