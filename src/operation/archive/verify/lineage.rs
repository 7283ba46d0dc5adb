//! The chain of lineages, computed anew from the archived files.

use std::collections::HashMap;

use super::{FindingKind, Manifests, Verifier};
use crate::graph::lineage_of;
use crate::project::History;
use crate::project::archive::{MANIFEST, Manifest, Member};
use crate::revision::{Checksum, Problem, Revision, RevisionId};

/// The lineages of all revisions that anything is known of. What is live counts more than what manifests say.
pub(super) fn known<'a>(history: &'a History, manifests: &'a Manifests) -> HashMap<&'a RevisionId, Checksum> {
    let members = manifests.iter().flat_map(|manifest| &manifest.revisions);
    let mut known: HashMap<&RevisionId, Checksum> = members.map(|member| (&member.id, member.lineage)).collect();
    known.extend(manifests.iter().map(|manifest| (&manifest.baseline, manifest.lineage)));
    let lineages = history.lineages();
    known.extend(history.revisions().filter_map(|revision| Some((&revision.id, lineages.of(&revision.id)?))));
    known
}

impl Verifier<'_> {
    /// Computes each member's lineage from its file and those of what it needs. `files`: one for each member.
    pub(super) fn lineages_of(&mut self, manifest: &Manifest, files: &[Option<Revision>]) {
        let mut computed: HashMap<&RevisionId, Checksum> = HashMap::new();
        let mut wrong = Vec::new();
        for (member, file) in manifest.revisions.iter().zip(files) {
            let Some(revision) = file else {
                // Told or pruned: what stands above it is computed from what the manifest says.
                computed.insert(&member.id, member.lineage);
                continue;
            };
            match self.lineage(member, revision, &computed) {
                None => self.verified.not_recomputed.push(member.id.clone()),
                Some(lineage) if lineage != member.lineage => wrong.push(member),
                Some(_) => {}
            }
            // From there on with the manifest's: one mistake is to be told once.
            computed.insert(&member.id, member.lineage);
        }
        let path = self.archive.folder_of(&manifest.baseline).join(MANIFEST);
        for member in wrong {
            let message = format!("the lineage of `{}` is not that of its file and of what is below it", member.id);
            let problem = Problem::without_place(&path, message);
            self.found(FindingKind::WrongLineage, Some(&manifest.baseline), Some(&member.id), &problem);
        }
    }

    /// None if something that it needs is nowhere.
    fn lineage(
        &self,
        member: &Member,
        revision: &Revision,
        computed: &HashMap<&RevisionId, Checksum>,
    ) -> Option<Checksum> {
        if let Some(carried) = revision.lineage {
            return Some(carried);
        }
        let of = |id: &RevisionId| computed.get(id).or_else(|| self.lineages.get(id)).copied();
        let all = |ids: &[RevisionId]| ids.iter().map(of).collect::<Option<Vec<Checksum>>>();
        Some(lineage_of(&member.id, revision.up_checksum, all(&member.parents)?, all(&member.depends_on)?))
    }
}
