//! `archive restore`: a squash undone.

use serde::Serialize;

use super::list::{Standing, standing};
use super::{ArchiveError, Manifests, Told};
use crate::database::ledger::LedgerState;
use crate::error::Error;
use crate::graph::{GraphError, Relation};
use crate::project::archive::{Archived, FileName, Manifest};
use crate::project::{History, LoadError, Project};
use crate::revision::{Checksum, Revision, RevisionId, Undo};

/// What a restore has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The baseline that is gone.
    pub baseline: RevisionId,
    /// The file that it had.
    pub removed: String,
    /// The revisions that are back, in plan order.
    pub revisions: Vec<RevisionId>,
    /// Their files.
    pub files: Vec<String>,
    /// Those of them that have no way down, where the baseline's own led past them.
    pub without_down: Vec<RevisionId>,
}

/// Puts a baseline's direct members back in its place. `told` is what databases say.
///
/// Fails, and leaves all files as they were, if an original is gone or not what was archived; if what is live would not
/// fit together with them, or get another lineage; or if a database would be left without a way: it has the baseline
/// but not all that it replaced, has other revisions under their ids than the originals, or has begun the baseline.
pub fn restore(project: &Project, history: &History, name: &str, told: Told<'_>) -> Result<Restored, Error> {
    let archive = project.archive();
    let manifests = Manifests::read(&archive)?;
    let baseline = manifests.baseline(name)?.baseline.clone();
    let Some(live) = history.get(&baseline) else {
        return Err(match standing(history, &manifests, &baseline) {
            Standing::ReplacedBy(by) => ArchiveError::Replaced { baseline, by }.into(),
            _ => ArchiveError::BaselineMissing(baseline).into(),
        });
    };
    let archived = archive.get(&baseline)?.ok_or_else(|| ArchiveError::BaselineMissing(baseline.clone()))?;
    let gone: Vec<RevisionId> = archived.missing().map(|member| member.id.clone()).collect();
    if !gone.is_empty() {
        return Err(ArchiveError::OriginalsGone { baseline, gone }.into());
    }
    fits(history, live, &archived)?;
    told.check(|state| leaves_a_way(&manifests, &archived.manifest, state))?;
    let (manifest, file) = (&archived.manifest, file_name(live)?);
    project.swap().restore(manifest, &file)?;
    let path = |file: &FileName| project.revisions().join(file.as_str()).display().to_string();
    let has_down = |revision: &Revision| revision.undo() == Undo::Sections;
    let without_down = archived.revisions.iter().filter(|revision| has_down(live) && !has_down(revision));
    Ok(Restored {
        removed: path(&file),
        revisions: manifest.revisions.iter().map(|member| member.id.clone()).collect(),
        files: manifest.revisions.iter().map(|member| path(&member.file)).collect(),
        without_down: without_down.map(|revision| revision.id.clone()).collect(),
        baseline,
    })
}

fn file_name(revision: &Revision) -> Result<FileName, Error> {
    let name = revision.source.path().file_name().unwrap_or_default().to_string_lossy();
    FileName::new(&name).map_err(|error| Error::Invalid {
        message: error.to_string(),
        help: "give the baseline's file another name".to_owned(),
    })
}

/// Whether the revisions make a graph with the originals in the baseline's place, one in which nothing that stays has
/// another lineage.
fn fits(history: &History, baseline: &Revision, archived: &Archived) -> Result<(), Error> {
    let stay: Vec<&Revision> = history.revisions().filter(|revision| revision.id != baseline.id).collect();
    let revisions = stay.iter().copied().chain(&archived.revisions).cloned().collect();
    let would_not_fit = |reason: String, help: String| -> Error {
        ArchiveError::WouldNotFit { baseline: baseline.id.clone(), reason, help }.into()
    };
    let after = History::with_archive(revisions, history.archive().cloned()).map_err(|error| match error {
        LoadError::Graph(errors) if !errors.is_empty() => {
            would_not_fit(errors[0].to_string(), help(history, &errors[0], &archived.manifest))
        }
        other => other.into(),
    })?;
    let (lineages_before, lineages_after) = (history.lineages(), after.lineages());
    match stay.iter().find(|revision| lineages_before.of(&revision.id) != lineages_after.of(&revision.id)) {
        None => Ok(()),
        Some(revision) => Err(would_not_fit(
            format!("`{}` would get another lineage", revision.id),
            "`revgraph archive verify` shows what is not as it was proved".to_owned(),
        )),
    }
}

fn help(history: &History, error: &GraphError, manifest: &Manifest) -> String {
    match (error, manifest.sink()) {
        (GraphError::MissingParent { by, relation, reference, .. }, Some(sink))
            if manifest.baseline.as_str().starts_with(reference.as_str()) =>
        {
            if history.get(&by.id).is_some_and(|above| !above.replaces.is_empty()) {
                return format!("restore the baseline above it first: `revgraph archive restore {}`", by.id);
            }
            let key = if *relation == Relation::Parent { "parents" } else { "depends_on" };
            format!("write `{}` under `{key}` of `{}`: it stands for the same", sink.id, by.id)
        }
        _ => error.help().unwrap_or_default(),
    }
}

/// Whether a database can go on and back with the originals in the baseline's place.
fn leaves_a_way(manifests: &Manifests, manifest: &Manifest, state: &LedgerState) -> Result<(), ArchiveError> {
    let baseline = &manifest.baseline;
    if state.unfinished.iter().any(|unfinished| unfinished.revision == *baseline) {
        return Err(ArchiveError::Unfinished(baseline.clone()));
    }
    let missing: Vec<RevisionId> =
        manifests.built_by(baseline).into_iter().filter(|id| !state.applied.contains_key(id)).collect();
    if state.applied.contains_key(baseline) && !missing.is_empty() {
        return Err(ArchiveError::LedgerLacks { baseline: baseline.clone(), missing });
    }
    let differs = manifest.revisions.iter().filter(|member| {
        let applied = state.applied.get(&member.id);
        let differs = |ran: Option<Checksum>, archived| ran.is_some_and(|ran| ran != archived);
        applied.is_some_and(|row| differs(row.up, member.up) || differs(row.lineage, member.lineage))
    });
    match differs.map(|member| member.id.clone()).collect::<Vec<_>>() {
        none if none.is_empty() => Ok(()),
        differs => Err(ArchiveError::LedgerDiffers(differs)),
    }
}
