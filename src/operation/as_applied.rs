//! The history of what is in effect, as it ran: for whoever builds it again, or asks its verifications again.

use std::collections::{BTreeMap, HashSet};

use crate::database::Client;
use crate::database::ledger::{Ledger, LedgerState};
use crate::error::{Error, FromLedger};
use crate::operation::from_ledger::kept_revision;
use crate::project::archive::Archive;
use crate::project::{History, LoadError};
use crate::revision::{Checksum, Revision, RevisionId};

/// What is in effect, as it ran: files where they are what ran, else the texts that the ledger keeps. Nothing of the latter
/// may run before [`AsApplied::allow`].
#[derive(Debug)]
pub(super) struct AsApplied {
    /// What is in effect.
    pub history: History,
    /// The revisions whose text is the ledger's.
    from_ledger: HashSet<RevisionId>,
}

impl AsApplied {
    /// Takes a live file where it is what ran, else an archived one, else the text that the ledger keeps.
    ///
    /// Where a baseline has a row, it is taken and not what it replaces: that has rows as well, maybe without a text, for the
    /// archive may have been gone when the baseline ran. Where all that a baseline replaces is in effect and it has no row
    /// yet, or it is one of a newer checkout, what it replaces is what ran.
    ///
    /// # Errors
    /// The ledger lacks a text, or its text isn't what the row's checksums say.
    pub fn read(
        history: &History,
        client: &mut Client,
        ledger: &Ledger,
        state: &LedgerState,
    ) -> Result<AsApplied, Error> {
        let replaced: HashSet<&RevisionId> = state.applied.values().flat_map(|applied| &applied.replaces).collect();
        let mut revisions: Vec<Revision> = Vec::new();
        let mut lacking: BTreeMap<RevisionId, Option<Checksum>> = BTreeMap::new();
        for (id, applied) in state.applied.iter().filter(|(id, _)| !replaced.contains(id)) {
            match history.get(id).filter(|revision| Some(revision.up_checksum) == applied.up) {
                Some(revision) => revisions.push(revision.clone()),
                None => _ = lacking.insert(id.clone(), applied.up),
            }
        }
        if let Some(archive) = history.archive().filter(|_| !lacking.is_empty()) {
            for revision in archived(archive, &lacking) {
                lacking.remove(&revision.id);
                revisions.push(revision);
            }
        }
        let lacking: Vec<RevisionId> = lacking.into_keys().collect();
        for stored in ledger.stored(client, &lacking)? {
            revisions.push(kept_revision(stored, state).verified()?);
        }
        let history = History::from_revisions(revisions).map_err(LoadError::Graph)?;
        Ok(AsApplied { history, from_ledger: lacking.into_iter().collect() })
    }

    /// Asks whether those of these revisions may run whose text is the ledger's: whoever can write the ledger could have put
    /// it there, and its checksums too.
    ///
    /// # Errors
    /// [`Error::OnlyInLedger`]: they may not.
    pub fn allow<'r>(
        &self,
        revisions: impl Iterator<Item = &'r Revision>,
        allows: &mut dyn FnMut(&[RevisionId]) -> bool,
    ) -> Result<(), Error> {
        let ids = revisions.map(|revision| &revision.id).filter(|id| self.from_ledger.contains(*id));
        let revisions: Vec<RevisionId> = ids.cloned().collect();
        match revisions.is_empty() || allows(&revisions) {
            true => Ok(()),
            false => Err(Error::OnlyInLedger { revisions, wanted: FromLedger::AsTheyRan }),
        }
    }
}

/// The archived files of these revisions that are what ran. What can't be read there is as good as gone.
fn archived(archive: &Archive, wanted: &BTreeMap<RevisionId, Option<Checksum>>) -> Vec<Revision> {
    let mut found: BTreeMap<RevisionId, Revision> = BTreeMap::new();
    for baseline in archive.list().unwrap_or_default() {
        let Ok(Some(manifest)) = archive.manifest(&baseline) else { continue };
        for member in &manifest.revisions {
            if wanted.get(&member.id) != Some(&Some(member.up)) || found.contains_key(&member.id) {
                continue;
            }
            if let Ok(Some(revision)) = archive.revision(&baseline, member) {
                found.insert(member.id.clone(), revision);
            }
        }
    }
    found.into_values().collect()
}
