//! The archive: what is in it, whether it is sound, and taking things out of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::database::ledger::LedgerState;
use crate::error::Error;
use crate::graph::GraphError;
use crate::project::archive::{Archive, Manifest, Member};
use crate::revision::{Problem, RevisionId};

pub mod ask;
mod error;
pub mod list;
pub mod prune;
pub mod restore;
pub mod show;
pub mod verify;

pub use error::ArchiveError;

/// All manifests of an archive.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    by_baseline: BTreeMap<RevisionId, Manifest>,
    /// For each member the baseline that lists it, the first one, and the place in its manifest.
    of_member: HashMap<RevisionId, (RevisionId, usize)>,
}

/// What a name means in an archive.
#[derive(Debug, Clone, Copy)]
pub enum Found<'m> {
    /// A baseline that has a folder there.
    Baseline(&'m Manifest),
    /// A revision that was replaced, and the manifest of its baseline.
    Member(&'m Manifest, &'m Member),
}

/// What the ledger of a database says.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What the project calls the database; none for the one that the command is for.
    pub name: Option<String>,
    /// What its ledger says.
    pub state: LedgerState,
}

/// What is known of databases that may have revisions of a baseline.
#[derive(Debug, Clone, Copy)]
pub enum Told<'l> {
    /// Nobody has asked one.
    Nothing,
    /// The user answers for it that none has any.
    NoneHas,
    /// What the ledgers of some say. Nothing stands against it only if none of them says so.
    By(&'l [Asked]),
}

impl Told<'_> {
    /// Fails if nobody was asked, or with the first database that something stands against.
    fn check(self, allows: impl Fn(&LedgerState) -> Result<(), ArchiveError>) -> Result<(), ArchiveError> {
        match self {
            Told::Nothing => Err(ArchiveError::NoDatabase),
            Told::NoneHas => Ok(()),
            Told::By(asked) => asked.iter().try_for_each(|Asked { name, state }| {
                allows(state).map_err(|error| match name {
                    Some(name) => ArchiveError::In { database: name.clone(), error: Box::new(error) },
                    None => error,
                })
            }),
        }
    }
}

impl Manifests {
    /// Reads every manifest; fails with the first that can't be.
    pub fn read(archive: &Archive) -> Result<Manifests, Problem> {
        let (manifests, problems) = Manifests::read_sound(archive)?;
        match problems.into_iter().next() {
            None => Ok(manifests),
            Some((_, problem)) => Err(problem),
        }
    }

    /// Reads every manifest; those that can't be are told, each with its baseline.
    pub fn read_sound(archive: &Archive) -> Result<(Manifests, Vec<(RevisionId, Problem)>), Problem> {
        let (mut manifests, mut problems) = (Manifests::default(), Vec::new());
        for baseline in archive.list()? {
            match archive.manifest(&baseline) {
                Ok(manifest) => manifests.by_baseline.extend(manifest.map(|manifest| (baseline, manifest))),
                Err(problem) => problems.push((baseline, problem)),
            }
        }
        manifests.of_member = index(&manifests.by_baseline);
        Ok((manifests, problems))
    }

    /// The manifests, by their baselines' ids.
    pub fn iter(&self) -> impl Iterator<Item = &Manifest> {
        self.by_baseline.values()
    }

    /// A baseline's manifest.
    pub fn get(&self, baseline: &RevisionId) -> Option<&Manifest> {
        self.by_baseline.get(baseline)
    }

    /// The manifest that lists a revision as a direct member, and what it says of it.
    pub fn member(&self, id: &RevisionId) -> Option<(&Manifest, &Member)> {
        let (baseline, index) = self.of_member.get(id)?;
        let manifest = self.get(baseline)?;
        Some((manifest, manifest.revisions.get(*index)?))
    }

    /// Every id that a baseline stands for: its members, and those of the baselines among them.
    pub fn replaced_by(&self, baseline: &RevisionId) -> BTreeSet<RevisionId> {
        let (mut ids, mut baselines) = (BTreeSet::new(), vec![baseline.clone()]);
        while let Some(baseline) = baselines.pop() {
            for member in self.get(&baseline).into_iter().flat_map(|manifest| &manifest.revisions) {
                // Forged manifests could list each other.
                if ids.insert(member.id.clone()) {
                    baselines.push(member.id.clone());
                }
            }
        }
        ids
    }

    /// The same without the baselines that have a folder: what a database must have so that it has all of it.
    pub fn built_by(&self, baseline: &RevisionId) -> BTreeSet<RevisionId> {
        let mut ids = self.replaced_by(baseline);
        ids.retain(|id| self.get(id).is_none());
        ids
    }

    /// What an id, or the beginning of one, means. Fails with `unknown_revision` or `ambiguous_prefix`.
    pub fn find(&self, name: &str) -> Result<Found<'_>, Error> {
        let members = self.iter().flat_map(|manifest| manifest.revisions.iter().map(|member| &member.id));
        let ids: BTreeSet<&RevisionId> = self.by_baseline.keys().chain(members).collect();
        let id = one_of(ids, name)?;
        match (self.get(&id), self.member(&id)) {
            (Some(manifest), _) => Ok(Found::Baseline(manifest)),
            (None, Some((manifest, member))) => Ok(Found::Member(manifest, member)),
            (None, None) => Err(unknown(name)),
        }
    }

    /// The baseline of an id, or of the beginning of one. Fails like [`Manifests::find`].
    pub fn baseline(&self, name: &str) -> Result<&Manifest, Error> {
        let id = match one_of(self.by_baseline.keys().collect(), name) {
            // That it is the name of a member says more than that it is no baseline's.
            Err(Error::Archiving(ArchiveError::Unknown { .. })) => match self.find(name)? {
                Found::Baseline(manifest) => return Ok(manifest),
                Found::Member(manifest, member) => {
                    let (revision, baseline) = (member.id.clone(), manifest.baseline.clone());
                    return Err(ArchiveError::NoBaseline { revision, baseline }.into());
                }
            },
            found => found?,
        };
        self.get(&id).ok_or_else(|| unknown(name))
    }
}

fn index(manifests: &BTreeMap<RevisionId, Manifest>) -> HashMap<RevisionId, (RevisionId, usize)> {
    let mut index = HashMap::new();
    for manifest in manifests.values() {
        for (place, member) in manifest.revisions.iter().enumerate() {
            index.entry(member.id.clone()).or_insert_with(|| (manifest.baseline.clone(), place));
        }
    }
    index
}

/// The only id that is called so or begins so.
fn one_of(ids: BTreeSet<&RevisionId>, name: &str) -> Result<RevisionId, Error> {
    let matching: Vec<&RevisionId> = ids.into_iter().filter(|id| id.as_str().starts_with(name)).collect();
    match matching[..] {
        _ if name.is_empty() => Err(unknown(name)),
        [only] => Ok(only.clone()),
        [] => Err(unknown(name)),
        _ => match matching.iter().find(|id| id.as_str() == name) {
            Some(exact) => Ok((*exact).clone()),
            None => {
                let matches = matching.into_iter().map(RevisionId::to_string).collect();
                Err(GraphError::AmbiguousPrefix { prefix: name.to_owned(), matches, by: None }.into())
            }
        },
    }
}

fn unknown(name: &str) -> Error {
    ArchiveError::Unknown { name: name.to_owned() }.into()
}
