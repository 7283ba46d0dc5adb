//! Removing originals that no longer serve.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::{Swap, disk, refused};
use crate::project::archive::{MANIFEST, Manifest};
use crate::revision::{Problem, RevisionId};

impl Swap {
    /// Removes the files of a baseline's members. First the manifest, which stays, says that they are gone on purpose:
    /// when this is interrupted, some are still there, and it can be done again.
    pub fn prune(&self, manifest: &Manifest, at: DateTime<Utc>) -> Result<(), Problem> {
        let _lock = self.lock_settled()?;
        let folder = self.archive.folder_of(&manifest.baseline);
        let path = folder.join(MANIFEST);
        let pruned = Manifest { pruned: Some(manifest.pruned.unwrap_or(at)), ..manifest.clone() };
        let text = pruned.to_text().map_err(|error| refused(&path, format!("can't be written: {error}")))?;
        let aside = self.new_manifest(&manifest.baseline);
        disk::write(&aside, &text)?;
        disk::rename(&aside, &path)?;
        disk::sync(&folder)?;
        manifest.revisions.iter().try_for_each(|member| disk::remove(&folder.join(member.file.as_str())))?;
        disk::sync(&folder)
    }

    /// Where a manifest is written before it takes the place of the old one.
    pub(super) fn new_manifest(&self, baseline: &RevisionId) -> PathBuf {
        self.archive.folder().join(format!(".revgraph-{baseline}.toml"))
    }
}
