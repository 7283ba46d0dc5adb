//! `archive prune`: originals that no longer serve are removed; the manifest stays.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::list::{self, Standing, standing};
use super::{ArchiveError, Manifests, Told};
use crate::database::ledger::LedgerState;
use crate::error::Error;
use crate::project::archive::{Archive, Manifest};
use crate::project::{History, Project};
use crate::revision::RevisionId;

/// What removing a baseline's originals means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pruning {
    /// The baseline.
    pub baseline: RevisionId,
    /// The files that go, or are gone.
    pub files: Vec<String>,
    /// Their size, in bytes.
    pub bytes: u64,
    /// What is then no longer possible, a sentence each.
    pub no_longer: Vec<String>,
    /// Whether they were removed.
    pub removed: bool,
}

/// Says what removing a baseline's originals would mean, and whether a database still needs them: `told` is what
/// those say that there are. Removes nothing.
///
/// Fails if the baseline's own file is nowhere, for then the originals are all there is; or if the database needs the
/// originals to go on: it has some of what the baseline replaced, or has begun one of them, or has another lineage.
pub fn look(project: &Project, history: &History, name: &str, told: Told<'_>) -> Result<Pruning, Error> {
    let archive = project.archive();
    let manifests = Manifests::read(&archive)?;
    let manifest = manifests.baseline(name)?;
    if standing(history, &manifests, &manifest.baseline) == Standing::Missing {
        return Err(ArchiveError::BaselineMissing(manifest.baseline.clone()).into());
    }
    told.check(|state| is_outside(&manifests, manifest, state))?;
    Ok(pruning(&archive, &manifests, manifest))
}

/// Removes a baseline's originals, as [`look`] has shown them.
pub fn prune(project: &Project, pruning: Pruning, at: DateTime<Utc>) -> Result<Pruning, Error> {
    let archive = project.archive();
    let missing = || ArchiveError::BaselineMissing(pruning.baseline.clone());
    let manifest = archive.manifest(&pruning.baseline)?.ok_or_else(missing)?;
    project.swap().prune(&manifest, at)?;
    Ok(Pruning { removed: true, ..pruning })
}

fn pruning(archive: &Archive, manifests: &Manifests, manifest: &Manifest) -> Pruning {
    let baseline = &manifest.baseline;
    let sizes = manifest.revisions.iter().filter_map(|one| Some((one, list::size(archive, baseline, one)?)));
    let (files, bytes): (Vec<_>, Vec<u64>) = sizes.unzip();
    let mut no_longer = vec![
        format!("a database that has a part of what `{baseline}` replaced can't be upgraded past it"),
        format!("a database made by `{baseline}` can go below it only as a whole, by the baseline's own way down"),
        format!("`archive restore {baseline}` can't undo the squash"),
        format!("`archive verify {baseline}` can't compute its lineage anew"),
    ];
    let nested = manifest.revisions.iter().filter(|member| manifests.get(&member.id).is_some());
    no_longer.extend(nested.map(|inner| {
        format!("what `{}` replaced can't be reached through `{baseline}`, though it stays in the archive", inner.id)
    }));
    Pruning {
        baseline: baseline.clone(),
        files: files.into_iter().map(|one| archive.path_of(baseline, one).display().to_string()).collect(),
        bytes: bytes.iter().sum(),
        no_longer,
        removed: false,
    }
}

/// Whether a database has none or all of what a baseline replaced, so that it needs no original to go on.
fn is_outside(manifests: &Manifests, manifest: &Manifest, state: &LedgerState) -> Result<(), ArchiveError> {
    let replaced = manifests.replaced_by(&manifest.baseline);
    if let Some(begun) = state.unfinished.iter().find(|unfinished| replaced.contains(&unfinished.revision)) {
        return Err(ArchiveError::Unfinished(begun.revision.clone()));
    }
    let built = manifests.built_by(&manifest.baseline);
    let present = built.iter().filter(|id| state.applied.contains_key(*id)).count();
    if present > 0 && present < built.len() {
        let (baseline, all) = (manifest.baseline.clone(), built.len());
        return Err(ArchiveError::InsideBaseline { baseline, present, all });
    }
    // Before the baseline is adopted the originals show what the database ran instead.
    let sink = manifest.sink().and_then(|sink| Some((sink, state.applied.get(&sink.id)?)));
    match sink {
        Some((sink, applied)) if applied.lineage != Some(manifest.lineage) => {
            Err(ArchiveError::OtherHistory(sink.id.clone()))
        }
        _ => Ok(()),
    }
}
