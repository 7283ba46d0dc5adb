//! `archive list`: the baselines, and what is kept of each.

use std::fs;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Manifests;
use crate::error::Error;
use crate::project::History;
use crate::project::archive::{Archive, Manifest, Member, Mode, Proof};
use crate::revision::RevisionId;

/// What is in an archive.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ArchiveView {
    /// The baselines, the newest first.
    pub baselines: Vec<BaselineView>,
}

/// A baseline and what is kept of those that it replaced.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineView {
    /// Its id.
    pub id: RevisionId,
    /// What it is for.
    pub message: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// How its text was made.
    pub mode: Mode,
    /// Where the baseline's own file is.
    #[serde(flatten)]
    pub standing: Standing,
    /// How many ids it stands for, through all levels.
    pub replaces: usize,
    /// How many direct members it has.
    pub members: usize,
    /// How many of their files are there.
    pub files: usize,
    /// The size of these files, in bytes.
    pub bytes: u64,
    /// When the files were removed, if they were.
    pub pruned: Option<DateTime<Utc>>,
    /// What was proved.
    pub proof: Proof,
}

/// Where a baseline's own file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", content = "replaced_by", rename_all = "snake_case")]
pub enum Standing {
    /// Among the revisions.
    Live,
    /// In the archive: that baseline has replaced it.
    #[serde(rename = "replaced")]
    ReplacedBy(RevisionId),
    /// Nowhere.
    Missing,
}

/// Looks at every manifest. No archived revision is read.
pub fn list(archive: &Archive, history: &History) -> Result<ArchiveView, Error> {
    let manifests = Manifests::read(archive)?;
    let mut baselines: Vec<BaselineView> =
        manifests.iter().map(|manifest| baseline(archive, history, &manifests, manifest)).collect();
    baselines.sort_by(|one, other| (other.created, &other.id).cmp(&(one.created, &one.id)));
    Ok(ArchiveView { baselines })
}

pub(super) fn baseline(
    archive: &Archive,
    history: &History,
    manifests: &Manifests,
    manifest: &Manifest,
) -> BaselineView {
    let id = manifest.baseline.clone();
    let sizes: Vec<u64> = manifest.revisions.iter().filter_map(|member| size(archive, &id, member)).collect();
    BaselineView {
        message: manifest.message.clone(),
        created: manifest.created,
        mode: manifest.mode,
        standing: standing(history, manifests, &id),
        replaces: manifests.replaced_by(&id).len(),
        members: manifest.revisions.len(),
        files: sizes.len(),
        bytes: sizes.iter().sum(),
        pruned: manifest.pruned,
        proof: manifest.proof.clone(),
        id,
    }
}

/// The size of a member's file; none if it isn't there.
pub(super) fn size(archive: &Archive, baseline: &RevisionId, member: &Member) -> Option<u64> {
    let found = fs::symlink_metadata(archive.path_of(baseline, member)).ok()?;
    found.is_file().then_some(found.len())
}

pub(super) fn standing(history: &History, manifests: &Manifests, baseline: &RevisionId) -> Standing {
    match (history.get(baseline), manifests.member(baseline)) {
        (Some(_), _) => Standing::Live,
        (None, Some((by, _))) => Standing::ReplacedBy(by.baseline.clone()),
        (None, None) => Standing::Missing,
    }
}
