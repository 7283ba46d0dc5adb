//! One archived file against what the manifest says of it.

use std::fs;

use super::{FindingKind, Verifier};
use crate::project::archive::{Manifest, Member};
use crate::revision::{Checksum, Problem, Reference, Revision, RevisionId};

impl Verifier<'_> {
    /// A member's revision, if its file is there and can be read; whatever is wrong with it is told.
    pub(super) fn file(&mut self, manifest: &Manifest, member: &Member) -> Option<Revision> {
        let path = self.archive.path_of(&manifest.baseline, member);
        let (kind, problem) = match self.archive.revision(&manifest.baseline, member) {
            Ok(Some(revision)) => match self.unlike_member(&revision, member) {
                None => {
                    self.verified.sound_files += 1;
                    return Some(revision);
                }
                Some((kind, message)) => {
                    self.found(
                        kind,
                        Some(&manifest.baseline),
                        Some(&member.id),
                        &Problem::without_place(&path, message),
                    );
                    return Some(revision);
                }
            },
            Ok(None) if manifest.pruned.is_some() => return None,
            Ok(None) => (FindingKind::MissingFile, Problem::without_place(&path, "is gone, and was not pruned")),
            Err(problem) => (FindingKind::ChangedFile, problem),
        };
        self.found(kind, Some(&manifest.baseline), Some(&member.id), &problem);
        None
    }

    /// What a file says that the manifest doesn't, though it runs the same SQL.
    fn unlike_member(&self, revision: &Revision, member: &Member) -> Option<(FindingKind, String)> {
        let id = &member.id;
        let header = |message: String| Some((FindingKind::DifferentHeader, message));
        if !self.names_the_same(&revision.parents, &member.parents) {
            return header(format!("the parents of `{id}` are not those of the manifest"));
        }
        if !self.names_the_same(&revision.depends_on, &member.depends_on) {
            return header(format!("`{id}` doesn't depend on what the manifest says"));
        }
        if revision.labels != member.labels {
            return header(format!("the labels of `{id}` are not those of the manifest"));
        }
        if !has_bytes(revision, member.sha256) {
            let message = format!("the file of `{id}` is not, byte for byte, what was archived, though its SQL is");
            return Some((FindingKind::ChangedFile, message));
        }
        None
    }

    /// Whether each reference means one of the ids, and each of the ids is meant.
    fn names_the_same(&self, references: &[Reference], ids: &[RevisionId]) -> bool {
        references.iter().all(|reference| ids.iter().any(|id| self.means(reference, id)))
            && ids.iter().all(|id| references.iter().any(|reference| self.means(reference, id)))
    }

    /// Whether a reference can mean a revision: by its id or the beginning of it, by a label that it carries, or, if
    /// it is a baseline, by one that it replaces.
    fn means(&self, reference: &Reference, id: &RevisionId) -> bool {
        let begins = |id: &RevisionId| id.as_str().starts_with(&reference.text);
        let live = self.history.get(id);
        let archived = self.manifests.member(id).map(|(_, member)| &member.labels);
        let labels = live.map(|revision| &revision.labels).into_iter().chain(archived);
        begins(id)
            || labels.flatten().any(|label| *label == reference.text)
            || self.manifests.replaced_by(id).iter().any(begins)
            || live.is_some_and(|revision| revision.replaces.iter().any(begins))
    }
}

/// Whether a file has these bytes, or would have them with the line ends of another system: version control changes
/// those on its own.
fn has_bytes(revision: &Revision, sha256: Checksum) -> bool {
    let text = revision.source.text();
    let is = |bytes: &[u8]| Checksum::of_bytes(bytes) == sha256;
    let as_it_is = || fs::read(revision.source.path()).is_ok_and(|bytes| is(&bytes));
    is(text.as_bytes()) || is(text.replace('\n', "\r\n").as_bytes()) || as_it_is()
}
