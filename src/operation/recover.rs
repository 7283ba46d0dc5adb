//! `recover`: what the ledger keeps of revisions is written back as files.

mod write;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::database::Session;
use crate::database::ledger::{Ledger, LedgerState};
use crate::error::Error;
use crate::operation::files::make_private;
use crate::operation::from_ledger::kept;
use crate::project::{History, Kept, KeptError, KeptRevision, LoadError, Project};
use crate::revision::{Checksum, Revision, RevisionId, file_name};
use write::write_all;

/// What is recovered, and where to.
#[derive(Debug, Clone, Copy)]
pub struct RecoverOptions<'a> {
    /// Ids of revisions in effect, or unique beginnings of ids. None: all that lack their file.
    pub names: &'a [String],
    /// A folder for all of them; without it, each goes where it belongs in the project.
    pub folder: Option<&'a Path>,
    /// Whether to write over files that say something else.
    pub force: bool,
}

/// What was recovered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recovery {
    /// The files, in the order of ids.
    pub files: Vec<RecoveredFile>,
    /// What has no place in the project, or no text in the ledger, in the order of ids.
    pub left_out: Vec<LeftOut>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecoveredFile {
    /// Its revision.
    pub revision: RevisionId,
    /// Where it is.
    pub path: String,
    /// Whether it was written; it was there already, to the letter, if not.
    pub written: bool,
}

/// A revision that was not recovered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The revision.
    pub revision: RevisionId,
    /// Why.
    pub reason: String,
}

/// A revision on its way to a file.
struct Found {
    revision: Revision,
    path: PathBuf,
}

/// Writes files that the ledger keeps. Each text is verified against its checksums first, and no file is touched before
/// all of them are; each file comes as a whole or not at all.
///
/// # Errors
/// A database of another project; a name that nothing in effect has; a text that isn't what was recorded; a file that is in the way; files that would
/// make no history together.
pub fn recover(
    project: &Project,
    history: &History,
    session: &mut Session,
    ledger: &Ledger,
    options: RecoverOptions<'_>,
) -> Result<Recovery, Error> {
    let state = ledger.read(session.client(), false)?;
    if options.folder.is_none() {
        check_project(history, &state)?;
    }
    let kept = kept(history, session.client(), ledger, &state)?;
    let places = Places::of(project, history, &kept);
    let mut wanted: Vec<&KeptRevision> = match options.names {
        [] => kept.iter().filter(|kept| places.lacks(&kept.id, options.folder.is_some())).collect(),
        names => names.iter().map(|name| named(history, &kept, name)).collect::<Result<_, _>>()?,
    };
    wanted.sort_unstable_by_key(|kept| &kept.id);
    wanted.dedup_by(|one, other| one.id == other.id);
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    for kept in wanted {
        let id = kept.id.clone();
        match kept.verified() {
            Err(error @ KeptError::NoText(_)) if options.names.is_empty() => {
                left_out.push(LeftOut { revision: id, reason: error.to_string() });
            }
            Err(error) => return Err(error.into()),
            Ok(revision) => match options.folder.map(Path::to_owned).or_else(|| places.folder_of(&revision)) {
                Some(folder) => found.push(Found { path: folder.join(places.name_of(&revision)), revision }),
                None => left_out.push(LeftOut { revision: id, reason: NO_PLACE.to_owned() }),
            },
        }
    }
    if let Some(LeftOut { revision, reason }) = left_out.first().filter(|_| !options.names.is_empty()) {
        let message = format!("{revision} has no place in the project: {reason}");
        return Err(Error::Invalid { message, help: "`-o DIR` writes it into a folder of your own".to_owned() });
    }
    let mut _lock = None;
    if options.folder.is_none() {
        _lock = Some(project.swap().writing().map_err(LoadError::Interrupted)?);
        check_history(history, &found)?;
    }
    Ok(Recovery { files: write_all(&found, options.force)?, left_out })
}

/// Writes revisions into a folder, which is made for whoever runs this alone. Gives their files, which a crash of the machine
/// doesn't take away any more.
///
/// # Errors
/// [`Error::NotKept`]: the folder can't be written to, or has a file of such a name that says something else.
pub fn keep<'r>(revisions: impl Iterator<Item = &'r Revision>, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let found: Vec<Found> =
        revisions.map(|revision| Found { path: folder.join(own_name(revision)), revision: revision.clone() }).collect();
    let written = make_private(folder).and_then(|()| write_all(&found, false));
    written.map_err(|error| Error::NotKept { reason: error.to_string() })?;
    Ok(found.into_iter().map(|found| found.path).collect())
}

/// The revision in effect that an id, or the beginning of one, means.
fn named<'k>(history: &History, kept: &'k Kept, name: &str) -> Result<&'k KeptRevision, Error> {
    let all: Vec<&KeptRevision> = kept.iter().filter(|kept| kept.id.as_str().starts_with(name)).collect();
    let exact = all.iter().find(|kept| kept.id.as_str() == name);
    match (exact, all.as_slice()) {
        (Some(only), _) | (None, [only]) => Ok(*only),
        (None, []) => {
            let has_file = history.ids_of_files().iter().any(|id| id.as_str().starts_with(name));
            let message = match has_file {
                true => format!("{name} has its file, and needs no recovery"),
                false => format!("the ledger has no revision {name} in effect"),
            };
            Err(Error::Invalid {
                message,
                help: "`revgraph current` shows what is in effect without a file".to_owned(),
            })
        }
        (None, several) => {
            let ids: Vec<RevisionId> = several.iter().map(|kept| kept.id.clone()).collect();
            let message = format!("{name} may be any of {}", crate::error::list(&ids));
            Err(Error::Invalid { message, help: "give more characters of the id".to_owned() })
        }
    }
}

/// Why what a baseline replaces may have no place in a project.
const NO_PLACE: &str = "it is inside a baseline, and only `squash`, which proves it, writes a manifest for the archive";

/// Where files belong in a project.
struct Places {
    /// Live revisions.
    revisions: PathBuf,
    /// Those that join the live ones.
    live: HashSet<RevisionId>,
    /// Archived files that are there.
    archived: HashSet<RevisionId>,
    /// Archived files that are gone.
    pruned: HashMap<RevisionId, Original>,
}

/// An archived file that is gone, and that a manifest knows to the byte.
struct Original {
    folder: PathBuf,
    name: String,
    sha256: Checksum,
    /// Whether somebody pruned it.
    on_purpose: bool,
}

impl Places {
    /// Looks at the archive. What can't be read there is as good as gone.
    fn of(project: &Project, history: &History, kept: &Kept) -> Places {
        let archive = project.archive();
        let (mut archived, mut pruned) = (HashSet::new(), HashMap::new());
        for baseline in archive.list().unwrap_or_default() {
            let Ok(Some(manifest)) = archive.manifest(&baseline) else { continue };
            for member in &manifest.revisions {
                match archive.revision(&baseline, member) {
                    Ok(Some(revision)) => _ = archived.insert(revision.id),
                    Ok(None) => {
                        let (folder, name) = (archive.folder_of(&baseline), member.file.to_string());
                        let on_purpose = manifest.pruned.is_some();
                        let original = Original { folder, name, sha256: member.sha256, on_purpose };
                        pruned.insert(member.id.clone(), original);
                    }
                    Err(_) => {}
                }
            }
        }
        let live = kept.lacking(&history.names_in_files()).into_iter().map(|kept| kept.id.clone()).collect();
        Places { revisions: project.revisions(), live, archived, pruned }
    }

    /// Where a revision belongs. None: it is inside a baseline, and no manifest says that this is its text. A manifest
    /// also says what was proved, so none can be written from what the ledger knows.
    fn folder_of(&self, revision: &Revision) -> Option<PathBuf> {
        if self.live.contains(&revision.id) {
            return Some(self.revisions.clone());
        }
        let original = self.pruned.get(&revision.id)?;
        let sha256 = Checksum::of_bytes(revision.source.text().as_bytes());
        (sha256 == original.sha256).then(|| original.folder.clone())
    }

    /// What its file is called.
    fn name_of(&self, revision: &Revision) -> String {
        self.pruned.get(&revision.id).map_or_else(|| own_name(revision), |original| original.name.clone())
    }

    /// Whether a revision without a live file lacks one: not if the archive has it, nor if it was pruned there, unless
    /// files of those are wanted too.
    fn lacks(&self, id: &RevisionId, pruned_too: bool) -> bool {
        !self.archived.contains(id) && (pruned_too || !self.pruned.get(id).is_some_and(|original| original.on_purpose))
    }
}

/// What a revision's file is called where nothing else is known of it.
fn own_name(revision: &Revision) -> String {
    match revision.created {
        Some(created) => file_name(&revision.id, &revision.message, created),
        None => format!("{}.sql", revision.id),
    }
}

/// Fails if the database is another project's, as far as one can tell: its files would make this project's worthless.
fn check_project(history: &History, state: &LedgerState) -> Result<(), Error> {
    let known = history.names_in_files();
    if known.is_empty() || state.applied.is_empty() || state.applied.keys().any(|id| known.contains(id)) {
        return Ok(());
    }
    Err(Error::Invalid {
        message: "the database has none of this project's revisions in effect: it seems to be another project's"
            .to_owned(),
        help:
            "look whether --database and --project belong together; `-o DIR` writes its files into a folder of your own"
                .to_owned(),
    })
}

/// Fails if sound files would not make a history together with what is recovered.
fn check_history(history: &History, found: &[Found]) -> Result<(), Error> {
    if history.check_complete().is_err() {
        return Ok(());
    }
    let live = found.iter().filter(|found| !history.names_in_files().contains(&found.revision.id));
    let live = live.map(|found| found.revision.clone()).collect();
    Ok(history.check_with(live).map_err(LoadError::Graph)?)
}
