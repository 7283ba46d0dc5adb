//! Whether a way down would leave a part of a baseline in effect, told from manifests alone: they say how the members
//! stand on each other, whether or not their files are still there.

use std::collections::BTreeSet;

use super::archive::{Archive, Member};
use super::overlay::{BaselineError, OverlayError};
use super::{History, LoadError};
use crate::graph::{Node, Reference, Rows, Target};
use crate::revision::{Problem, Revision, RevisionId};

impl History {
    /// The collapsed baselines that the way down to a target would take away as a whole, while the originals' way would
    /// leave some of what they stand for: a sibling branch that the baseline has within, for one. They must be expanded.
    ///
    /// # Errors
    /// Fails where that can't be told because a manifest is gone.
    pub(super) fn torn(&self, rows: &Rows, target: &Target) -> Result<Vec<RevisionId>, OverlayError> {
        // Nothing stays, so there is nothing to ask the archive.
        let undone = if target.is_base() { Vec::new() } else { self.graph.undone(rows, target) };
        if undone.is_empty() {
            return Ok(undone);
        }
        let mut layout = self.layout();
        let mut told = Vec::new();
        for baseline in undone.iter().filter_map(|id| self.get(id)) {
            match self.archive().map(|archive| Outline::read(archive, baseline)).transpose()?.flatten() {
                Some(outline) => {
                    outline.expansions.into_iter().for_each(|(id, members)| layout.expand(&id, members));
                    told.push(baseline);
                }
                None if self.graph.goes_as_a_whole(&baseline.id, rows, target) => {}
                None => {
                    return Err(BaselineError::Gone {
                        baseline: baseline.id.clone(),
                        missing: Vec::new(),
                        is_embedded: self.archive().is_some_and(Archive::is_embedded),
                    }
                    .into());
                }
            }
        }
        let graph = layout.build().map_err(LoadError::Graph)?;
        told.retain(|baseline| graph.tears(&baseline.replaces, rows, target));
        Ok(told.into_iter().map(|baseline| baseline.id.clone()).collect())
    }
}

/// How the revisions of a baseline stand on each other, through all levels.
#[derive(Default)]
struct Outline {
    /// Each baseline and its direct members, outer ones first.
    expansions: Vec<(RevisionId, Vec<Node>)>,
}

impl Outline {
    /// Reads the manifests. None if one is gone, or if they speak of other revisions than the baseline.
    fn read(archive: &Archive, baseline: &Revision) -> Result<Option<Outline>, Problem> {
        let mut outline = Outline::default();
        let all = outline.open(archive, &baseline.id)?;
        let replaced: BTreeSet<RevisionId> = baseline.replaces.iter().cloned().collect();
        Ok((all.into_iter().collect::<BTreeSet<_>>() == replaced).then_some(outline))
    }

    /// Adds a baseline, and those within it. Gives all that it stands for, its sink last; nothing if there is no manifest.
    fn open(&mut self, archive: &Archive, baseline: &RevisionId) -> Result<Vec<RevisionId>, Problem> {
        // Forged manifests could list each other.
        if self.expansions.iter().any(|(id, _)| id == baseline) {
            return Ok(Vec::new());
        }
        let Some(manifest) = archive.manifest(baseline)? else { return Ok(Vec::new()) };
        let place = self.expansions.len();
        self.expansions.push((baseline.clone(), Vec::new()));
        let (mut all, mut nodes) = (Vec::new(), Vec::new());
        for member in &manifest.revisions {
            let within = self.open(archive, &member.id)?;
            all.extend(within.iter().chain([&member.id]).cloned());
            nodes.push(outlined(member, within));
        }
        self.expansions[place].1 = nodes;
        Ok(all)
    }
}

/// A member with what a manifest says of it; `within`: what it replaces, if it is a baseline.
fn outlined(member: &Member, within: Vec<RevisionId>) -> Node {
    let references = |ids: &[RevisionId]| ids.iter().map(Reference::from).collect();
    Node {
        parents: references(&member.parents),
        depends_on: references(&member.depends_on),
        replaces: within,
        ..Node::new(member.id.clone())
    }
}
