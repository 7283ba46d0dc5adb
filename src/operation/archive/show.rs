//! `archive show`: a baseline with what it replaced, or one of those with its text.

use serde::Serialize;

use super::list::{self, BaselineView};
use super::{Found, Manifests};
use crate::error::Error;
use crate::project::History;
use crate::project::archive::{Archive, Manifest, Member};
use crate::revision::{Checksum, RevisionId};

/// What a name means in an archive, for showing it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// A baseline.
    Baseline {
        /// The baseline itself.
        #[serde(flatten)]
        baseline: Box<BaselineView>,
        /// Its direct members, in plan order.
        revisions: Vec<MemberView>,
    },
    /// One that was replaced.
    Revision {
        /// What the manifest says of it.
        #[serde(flatten)]
        member: Box<MemberView>,
        /// The text of its file, if that is there.
        text: Option<String>,
    },
}

/// A revision that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemberView {
    /// Its id.
    pub id: RevisionId,
    /// The baseline that replaced it.
    pub baseline: RevisionId,
    /// What it is for.
    pub message: String,
    /// The revisions that it follows.
    pub parents: Vec<RevisionId>,
    /// The revisions that it depends on.
    pub depends_on: Vec<RevisionId>,
    /// The labels that its own file gives.
    pub labels: Vec<String>,
    /// Whether it is itself a baseline with a folder of its own.
    pub is_baseline: bool,
    /// Its file.
    pub path: String,
    /// Whether the file is there.
    pub has_file: bool,
    /// The checksum of its way up.
    pub up_checksum: Checksum,
    /// The checksum of its way down.
    pub down_checksum: Checksum,
    /// Its lineage.
    pub lineage: Checksum,
}

/// Finds what is called so. Fails if there is nothing, or if the file of a single revision is not what was archived.
pub fn show(archive: &Archive, history: &History, name: &str) -> Result<Shown, Error> {
    let manifests = Manifests::read(archive)?;
    match manifests.find(name)? {
        Found::Baseline(manifest) => Ok(Shown::Baseline {
            baseline: Box::new(list::baseline(archive, history, &manifests, manifest)),
            revisions: manifest.revisions.iter().map(|one| member(archive, &manifests, manifest, one)).collect(),
        }),
        Found::Member(manifest, found) => {
            let revision = archive.revision(&manifest.baseline, found)?;
            Ok(Shown::Revision {
                member: Box::new(member(archive, &manifests, manifest, found)),
                text: revision.map(|revision| revision.source.text().to_owned()),
            })
        }
    }
}

fn member(archive: &Archive, manifests: &Manifests, manifest: &Manifest, member: &Member) -> MemberView {
    MemberView {
        id: member.id.clone(),
        baseline: manifest.baseline.clone(),
        message: member.message.clone(),
        parents: member.parents.clone(),
        depends_on: member.depends_on.clone(),
        labels: member.labels.clone(),
        is_baseline: manifests.get(&member.id).is_some(),
        path: archive.path_of(&manifest.baseline, member).display().to_string(),
        has_file: list::size(archive, &manifest.baseline, member).is_some(),
        up_checksum: member.up,
        down_checksum: member.down,
        lineage: member.lineage,
    }
}
