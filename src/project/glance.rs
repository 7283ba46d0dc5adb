//! What can be read of a project whatever is wrong with the rest of it: for a shell that completes a word, where an error
//! would be in the way. Nothing is locked, finished or asked.

use std::cmp::Reverse;
use std::path::Path;

use super::archive::Manifest;
use super::history::legible;
use super::{Config, FILE_NAME, Project};
use crate::revision::Revision;

impl Project {
    /// The project that a folder belongs to, with the default settings where its own can't be read. None if it belongs to
    /// none.
    pub(crate) fn glance(start: &Path) -> Option<Project> {
        let root = Project::root_of(start).ok()?;
        let config = Config::read(&root.join(FILE_NAME)).unwrap_or_default();
        Some(Project::new(root, config))
    }

    /// The revisions whose files can be read, the newest first.
    pub(crate) fn legible_revisions(&self) -> Vec<Revision> {
        let mut revisions = legible(&self.revisions());
        // Those without a time come last: none is less than any.
        revisions.sort_by(|one, other| (Reverse(one.created), &one.id).cmp(&(Reverse(other.created), &other.id)));
        revisions
    }

    /// The manifests of the archive that can be read, the newest baseline first.
    pub(crate) fn legible_manifests(&self) -> Vec<Manifest> {
        let archive = self.archive();
        let baselines = archive.list().unwrap_or_default();
        let mut manifests: Vec<Manifest> =
            baselines.iter().filter_map(|baseline| archive.manifest(baseline).ok().flatten()).collect();
        manifests.sort_by_key(|manifest| Reverse(manifest.created));
        manifests
    }
}
