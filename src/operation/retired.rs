//! `retired`: the objects that `[retire]` sections have renamed away: what there is, bringing back, dropping for good.

mod follow;
mod holdings;
mod names;
mod preview;

use std::time::Duration;

pub use follow::follow;
pub use holdings::{Holding, list, still_there};
pub use names::with_lasting_names;
pub use preview::{Passage, Retiring, named, retirings, returning};

use crate::database::Holder;
use crate::database::ledger::{Actor, Ledger, LedgerState, Retired, install};
use crate::database::lock::lock_and_read;
use crate::database::message::BEGIN;
use crate::database::{DatabaseError, Session};
use crate::error::Error;
use crate::operation::deploy::DeployOptions;
use crate::operation::write_ledger::write_ledger;
use crate::revision::{Revision, RevisionId};

/// Whoever brings retired objects back or drops them.
pub struct Keeper<'a> {
    /// The connection.
    pub session: &'a mut Session,
    /// Who it is.
    pub actor: &'a Actor,
    /// Which ledger, and how to wait.
    pub options: &'a DeployOptions,
    /// Who is told that another deployer has the lock.
    pub waiting: &'a mut dyn FnMut(&Holder),
}

/// What is to be dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Objects by name; none: all.
    pub names: Vec<String>,
    /// Only what has been away for longer than this.
    pub older_than: Duration,
}

/// What a choice comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    /// What is dropped.
    pub dropped: Vec<Holding>,
    /// What isn't there any more under the name that it was renamed to: it may have been dropped, or be called otherwise.
    pub left_out: Vec<Holding>,
}

/// Whoever answers for a purge.
pub trait Purger {
    /// This would be dropped. Told before anything is asked.
    fn losing(&mut self, losses: &[Holding]);
    /// Whether the phrase is given that the revision asks for which retired something of it: that allows to drop what it
    /// retired, and nothing else.
    fn confirms(&mut self, revision: &Revision, phrase: &str) -> bool;
    /// Whether these may be dropped, whose revisions ask for no phrase.
    fn consents(&mut self, losses: &[&Holding]) -> bool;
}

impl Keeper<'_> {
    /// Gives an object its name again, and all that was renamed along with it. Returns what it was called.
    ///
    /// # Errors
    /// Nothing retired or more than one thing has that name, or what it was called is another one's name now.
    pub fn restore(&mut self, name: &str) -> Result<Retired, Error> {
        let ledger = self.options.ledger();
        let state = self.locked(&ledger)?;
        let known = ledger.retired(self.session.client())?;
        let retired = one_called(&known, name)?.clone();
        let text = format!("SELECT {}({});\n", ledger.name("bring_back"), retired.number);
        self.change(&ledger, &state, text + &ledger.event(self.actor, "restore", &retired.revision))?;
        Ok(retired)
    }

    /// Drops retired objects, all of them or none.
    ///
    /// # Errors
    /// The purger does not consent to it, a phrase is not given, a name is nothing's or that of what isn't there any more, or something else in the database
    /// still depends on an object.
    pub fn purge(&mut self, choice: &Choice, purger: &mut dyn Purger) -> Result<Purged, Error> {
        let ledger = self.options.ledger();
        let state = self.locked(&ledger)?;
        let purged = chosen(list(self.session.client(), &ledger)?, choice)?;
        let losses = &purged.dropped;
        if losses.is_empty() {
            return Ok(purged);
        }
        purger.losing(losses);
        let confirmed = self.confirm(&ledger, losses, purger)?;
        let rest: Vec<&Holding> = losses.iter().filter(|loss| !confirmed.contains(&loss.retired.revision)).collect();
        if !rest.is_empty() && !purger.consents(&rest) {
            let objects: Vec<&str> = rest.iter().map(|loss| loss.retired.object.as_str()).collect();
            return Err(Error::NotAgreed(format!("to drop {} for good", objects.join(", "))));
        }
        let numbers: Vec<String> = losses.iter().map(|loss| loss.retired.number.to_string()).collect();
        let mut text = format!("SELECT {}(ARRAY[{}]::pg_catalog.int8[]);\n", ledger.name("purge"), numbers.join(", "));
        for loss in losses {
            text += &ledger.event(self.actor, "purge", &loss.retired.revision);
        }
        self.change(&ledger, &state, text)?;
        Ok(purged)
    }

    /// What a phrase was asked for to retire it takes the same phrase to drop it. The ledger has the revisions' texts.
    /// Gives the revisions whose phrase was given.
    fn confirm(
        &mut self,
        ledger: &Ledger,
        losses: &[Holding],
        purger: &mut dyn Purger,
    ) -> Result<Vec<RevisionId>, Error> {
        let mut confirmed = Vec::new();
        let mut ids: Vec<RevisionId> = losses.iter().map(|loss| loss.retired.revision.clone()).collect();
        ids.dedup();
        for stored in ledger.stored(self.session.client(), &ids)? {
            let Ok(revision) = Revision::parse(stored.source) else { continue };
            let Some(phrase) = revision.confirm.clone() else { continue };
            if !purger.confirms(&revision, &phrase) {
                return Err(Error::NotConfirmed { revision: revision.id, phrase });
            }
            confirmed.push(revision.id);
        }
        Ok(confirmed)
    }

    /// Takes the deployers' lock, and reads the ledger under it.
    fn locked(&mut self, ledger: &Ledger) -> Result<LedgerState, Error> {
        Ok(lock_and_read(self.session.client(), ledger, self.options.lock_wait, self.waiting)?)
    }

    /// One transaction, on the ledger as it was read. An older one is brought up to date first, for its functions.
    fn change(&mut self, ledger: &Ledger, state: &LedgerState, text: String) -> Result<(), Error> {
        if Ledger::needs_install(state) {
            install(self.session.client(), ledger).map_err(|error| DatabaseError::of_install(&error))?;
        }
        let timeouts = self.options.timeouts().set("LOCAL", None);
        let begin = format!("{BEGIN}{timeouts}{}", ledger.compare_and_swap(state.generation));
        write_ledger(self.session.client(), &format!("{begin}{text}COMMIT"), "nothing was changed")
    }
}

/// The objects of a choice.
///
/// # Errors
/// A name is nothing's, or more than one thing's, or that of what isn't there any more.
pub fn chosen(holdings: Vec<Holding>, choice: &Choice) -> Result<Purged, Error> {
    let known: Vec<Retired> = holdings.iter().map(|holding| holding.retired.clone()).collect();
    let named = choice.names.iter().map(|name| Ok(one_called(&known, name)?.number));
    let named = named.collect::<Result<Vec<i64>, Error>>()?;
    let is_old = |holding: &Holding| {
        u64::try_from(holding.retired.seconds).is_ok_and(|seconds| seconds >= choice.older_than.as_secs())
    };
    let is_named = |holding: &Holding| choice.names.is_empty() || named.contains(&holding.retired.number);
    let chosen = holdings.into_iter().filter(|holding| is_named(holding) && is_old(holding));
    let (dropped, left_out): (Vec<Holding>, Vec<Holding>) = chosen.partition(|holding| holding.is_there);
    match left_out.first() {
        Some(gone) if !choice.names.is_empty() => Err(Error::Invalid {
            message: format!(
                "nothing was dropped: there is no {} any more, which {} was renamed to",
                gone.retired.called_now(),
                gone.retired.object
            ),
            help: "if somebody has renamed it, give it that name again; if it was dropped, there is nothing to do"
                .to_owned(),
        }),
        _ => Ok(Purged { dropped, left_out }),
    }
}

/// The one object of a name: the object as its section has it, with or without its kind, or its other name.
fn one_called<'r>(known: &'r [Retired], name: &str) -> Result<&'r Retired, Error> {
    let bare = |retired: &Retired| retired.object.get(retired.kind.len() + 1..).unwrap_or_default().to_owned();
    let is_called = |retired: &&Retired| {
        let in_schema = format!("{}.{}", retired.schema, retired.backup);
        [retired.object.as_str(), &bare(retired), &retired.name, &retired.backup, &in_schema].contains(&name)
    };
    let away: Vec<&Retired> = known.iter().filter(|retired| retired.is_away()).filter(is_called).collect();
    match away.as_slice() {
        [one] => Ok(one),
        [] => Err(Error::Invalid {
            message: format!("nothing retired is called {name:?}"),
            help: "`revgraph retired list` shows what there is".to_owned(),
        }),
        several => Err(Error::Invalid {
            message: format!("{} retired objects are called {name:?}", several.len()),
            help: format!(
                "give one by its backup name: {}",
                several.iter().map(|one| format!("{}.{}", one.schema, one.backup)).collect::<Vec<_>>().join(", ")
            ),
        }),
    }
}
