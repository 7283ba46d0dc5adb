//! `.revgraph/lock`: one swap at a time, and none while revisions are read.

use std::fs::{File, OpenOptions};

use super::{Swap, disk};
use crate::revision::Problem;

impl Swap {
    /// The exclusive lock, which is waited for. It belongs to the open file: it goes with it, also when the process is
    /// killed.
    pub(super) fn lock(&self) -> Result<File, Problem> {
        disk::make_folder(&self.private())?;
        let path = self.private().join(LOCK);
        let failed = |error: std::io::Error| disk::refused(&path, format!("can't be locked: {error}"));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(file)
    }

    /// The shared lock, which is waited for; none where there was never a swap, or where none can be made.
    pub(super) fn lock_shared(&self) -> Option<File> {
        let file = File::open(self.private().join(LOCK)).ok()?;
        file.lock_shared().ok()?;
        Some(file)
    }
}

const LOCK: &str = "lock";
