//! `archive verify`: is the archive what the manifests say, and do they say what was proved?

use std::collections::{HashMap, HashSet};
use std::fs;

use serde::Serialize;

use super::Manifests;
use crate::error::Error;
use crate::project::History;
use crate::project::archive::{Archive, MANIFEST, Manifest, Member};
use crate::revision::{Checksum, Problem, Revision, RevisionId};

mod file;
mod lineage;

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many baselines were looked at.
    pub baselines: usize,
    /// How many archived files were read and found to be what the manifests say.
    pub sound_files: usize,
    /// What is wrong. Empty: nothing.
    pub findings: Vec<Finding>,
    /// Revisions whose lineage can't be recomputed, because what they need is nowhere.
    pub not_recomputed: Vec<RevisionId>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is, for tools.
    pub kind: FindingKind,
    /// The baseline that it is about, if it is about one.
    pub baseline: Option<RevisionId>,
    /// The member that it is about, if it is about one.
    pub revision: Option<RevisionId>,
    /// The file or folder.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

/// What can be wrong with an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The manifest can't be read or makes no sense.
    BadManifest,
    /// A member's file is gone, and was not pruned.
    MissingFile,
    /// A member's file is not what was archived.
    ChangedFile,
    /// A member's file says of the graph or of itself what the manifest doesn't.
    DifferentHeader,
    /// A member's lineage is not that of what is below it.
    WrongLineage,
    /// The baseline's own file is nowhere.
    BaselineMissing,
    /// The baseline's own file is not what was proved.
    BaselineChanged,
    /// Two baselines list one revision.
    ListedTwice,
    /// Something that is no part of an archive.
    Stranger,
}

/// Looks at the baselines that are named by their ids or the beginnings of these; without any, at the whole archive.
pub fn verify(archive: &Archive, history: &History, names: &[String]) -> Result<Verified, Error> {
    let (manifests, problems) = Manifests::read_sound(archive)?;
    let mut verifier = Verifier::new(archive, history, &manifests);
    let chosen: Vec<&Manifest> = match names {
        [] => manifests.iter().collect(),
        names => names
            .iter()
            .map(|name| broken_or_sound(&manifests, &problems, name))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect(),
    };
    for (baseline, problem) in problems.iter().filter(|(id, _)| named(names, id)) {
        verifier.found(FindingKind::BadManifest, Some(baseline), None, problem);
    }
    if names.is_empty() {
        verifier.strangers_beside()?;
    }
    let broken = problems.iter().filter(|(id, _)| named(names, id)).count();
    for manifest in &chosen {
        verifier.baseline(manifest)?;
    }
    let mut verified = verifier.verified;
    verified.baselines = chosen.len() + broken;
    Ok(verified)
}

/// The manifest that is named; none if it is one that can't be read, which is told anyway.
fn broken_or_sound<'m>(
    manifests: &'m Manifests,
    problems: &[(RevisionId, Problem)],
    name: &str,
) -> Result<Option<&'m Manifest>, Error> {
    match problems.iter().any(|(id, _)| id.as_str().starts_with(name)) {
        true => Ok(None),
        false => manifests.baseline(name).map(Some),
    }
}

fn named(names: &[String], id: &RevisionId) -> bool {
    names.is_empty() || names.iter().any(|name| id.as_str().starts_with(name.as_str()))
}

struct Verifier<'a> {
    archive: &'a Archive,
    history: &'a History,
    manifests: &'a Manifests,
    /// What is known of revisions from elsewhere than the manifest that is looked at.
    lineages: HashMap<&'a RevisionId, Checksum>,
    verified: Verified,
}

impl<'a> Verifier<'a> {
    fn new(archive: &'a Archive, history: &'a History, manifests: &'a Manifests) -> Verifier<'a> {
        let verified = Verified { baselines: 0, sound_files: 0, findings: Vec::new(), not_recomputed: Vec::new() };
        let lineages = lineage::known(history, manifests);
        Verifier { archive, history, manifests, lineages, verified }
    }

    fn found(
        &mut self,
        kind: FindingKind,
        baseline: Option<&RevisionId>,
        revision: Option<&RevisionId>,
        problem: &Problem,
    ) {
        let place = problem.position().map(|at| format!(" (line {}, column {})", at.line, at.column));
        self.verified.findings.push(Finding {
            kind,
            baseline: baseline.cloned(),
            revision: revision.cloned(),
            path: problem.path().display().to_string(),
            message: format!("{}{}", problem.message(), place.unwrap_or_default()),
        });
    }

    /// What is in the archive beside baselines' folders. What is hidden is somebody else's: git keeps no empty folder.
    fn strangers_beside(&mut self) -> Result<(), Error> {
        let known = self.archive.list()?;
        let is_known = |name: &str| name.starts_with('.') || known.iter().any(|id| id.as_str() == name);
        for name in names(self.archive.folder())?.into_iter().filter(|name| !is_known(name)) {
            let problem = Problem::without_place(&self.archive.folder().join(name), "is no baseline's folder");
            self.found(FindingKind::Stranger, None, None, &problem);
        }
        Ok(())
    }

    fn baseline(&mut self, manifest: &Manifest) -> Result<(), Error> {
        let folder = self.archive.folder_of(&manifest.baseline);
        let files: HashSet<&str> = manifest.revisions.iter().map(|member| member.file.as_str()).collect();
        let is_known = |name: &String| name == MANIFEST || files.contains(name.as_str());
        for name in names(&folder)?.into_iter().filter(|name| !is_known(name)) {
            let problem = Problem::without_place(&folder.join(name), "is not in the manifest");
            self.found(FindingKind::Stranger, Some(&manifest.baseline), None, &problem);
        }
        self.own_file(manifest);
        let mut files = Vec::new();
        for member in &manifest.revisions {
            self.listed_once(manifest, member);
            files.push(self.file(manifest, member));
        }
        self.lineages_of(manifest, &files);
        Ok(())
    }

    fn listed_once(&mut self, manifest: &Manifest, member: &Member) {
        let first = self.manifests.member(&member.id).map(|(first, _)| &first.baseline);
        if let Some(other) = first.filter(|first| **first != manifest.baseline) {
            let message = format!("`{}` is also listed by the manifest of `{other}`", member.id);
            let path = self.archive.folder_of(&manifest.baseline).join(MANIFEST);
            let problem = Problem::without_place(&path, message);
            self.found(FindingKind::ListedTwice, Some(&manifest.baseline), Some(&member.id), &problem);
        }
    }

    /// The baseline's own file: among the revisions, or in the archive of the one that has replaced it.
    fn own_file(&mut self, manifest: &Manifest) {
        let baseline = &manifest.baseline;
        let archived = self.manifests.member(baseline).and_then(|(by, member)| {
            // What can't be read is told where it is looked at as a member.
            self.archive.revision(&by.baseline, member).unwrap_or_default()
        });
        let Some(revision) = self.history.get(baseline).cloned().or(archived) else {
            if self.manifests.member(baseline).is_none() {
                let path = self.archive.folder_of(baseline);
                let problem = Problem::without_place(&path, format!("the file of `{baseline}` itself is nowhere"));
                self.found(FindingKind::BaselineMissing, Some(baseline), None, &problem);
            }
            return;
        };
        if let Some(message) = self.unlike(&revision, manifest) {
            let problem = Problem::without_place(revision.source.path(), message);
            self.found(FindingKind::BaselineChanged, Some(baseline), None, &problem);
        }
    }

    /// What a baseline's file says that its manifest doesn't.
    fn unlike(&self, revision: &Revision, manifest: &Manifest) -> Option<String> {
        let baseline = &manifest.baseline;
        if revision.up_checksum != manifest.up {
            return Some(format!("the way up of `{baseline}` is not the one that was proved"));
        }
        if revision.down_checksum != manifest.down {
            return Some(format!("the way down of `{baseline}` is not the one that was proved"));
        }
        if revision.lineage != Some(manifest.lineage) {
            return Some(format!("`{baseline}` has not the lineage of the last revision that it replaced"));
        }
        let replaced = self.manifests.replaced_by(baseline);
        let lacks = replaced.iter().find(|id| !revision.replaces.contains(id));
        let unlisted = revision.replaces.iter().find(|id| !replaced.contains(*id));
        match (lacks, unlisted) {
            (Some(id), _) => Some(format!("`{baseline}` doesn't say that it replaces `{id}`")),
            // A baseline among them that has no folder any more has brought its members' ids.
            (None, Some(id)) if !self.has_unlisted_members(manifest) => {
                Some(format!("`{baseline}` says that it replaces `{id}`, which no manifest lists"))
            }
            _ if revision.replaces.last() != manifest.sink().map(|sink| &sink.id) => {
                Some(format!("the last one that `{baseline}` says it replaces must be the last one of the manifest"))
            }
            _ => None,
        }
    }

    /// Whether one of the members, at any level, is a baseline without a folder.
    fn has_unlisted_members(&self, manifest: &Manifest) -> bool {
        let replaced = self.manifests.replaced_by(&manifest.baseline);
        let baselines = replaced.iter().filter_map(|id| Some((id, self.manifests.member(id)?)));
        let mut without_folder = baselines.filter(|(id, _)| self.manifests.get(id).is_none());
        without_folder.any(|(_, (by, member))| {
            let revision = self.archive.revision(&by.baseline, member).unwrap_or_default();
            revision.is_none_or(|revision| !revision.replaces.is_empty())
        })
    }
}

/// The names in a folder, sorted; none if there is no folder.
fn names(folder: &std::path::Path) -> Result<Vec<String>, Problem> {
    let unreadable =
        |error: std::io::Error| Problem::without_place(folder, format!("can't be read: {error}")).kind_of("file");
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let name = |entry: std::io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = entries.map(name).collect::<Result<_, _>>().map_err(unreadable)?;
    names.sort_unstable();
    Ok(names)
}
