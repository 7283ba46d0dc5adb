//! `drift`: what a database is, against what its applied revisions build in a scratch.

use std::collections::HashSet;
use std::sync::Arc;

use crate::database::connect::Environment;
use crate::database::ledger::{Ledger, LedgerState, StoredRevision};
use crate::database::scratch::Likeness;
use crate::database::{Client, Observer, Session};
use crate::error::Error;
use crate::graph::Target;
use crate::operation::build::{both, build};
use crate::operation::deploy::DeployOptions;
use crate::operation::diff::{Diff, DiffOptions};
use crate::operation::retired::follow;
use crate::operation::scratch::{ScratchOptions, stand_ins};
use crate::operation::snapshot::lasting_snapshot;
use crate::project::{History, LoadError};
use crate::revision::{Revision, RevisionId};
use crate::schema::{compare, settle};

/// How drift is looked for.
pub struct DriftOptions<'a> {
    /// What is compared.
    pub diff: &'a DiffOptions,
    /// How the revisions run.
    pub deploy: &'a DeployOptions,
    /// Where the scratch may be. What it is to be like is asked of the database.
    pub scratch: ScratchOptions<'a>,
    /// Where programs and temporary files are.
    pub environment: &'a Environment,
}

/// What was found.
#[derive(Debug)]
pub struct Drift {
    /// How many revisions were built.
    pub revisions: usize,
    /// Where: a private server, say.
    pub place: String,
    /// Revisions that have begun and not ended: what they have done is told as drift.
    pub unfinished: Vec<RevisionId>,
    /// What differs: *before* is what the revisions build, *after* is the database.
    pub diff: Diff,
}

/// Looks for drift. `planned` is told how many revisions are going to be built, `observer` of the scratch's steps.
pub fn drift(
    history: &History,
    session: &mut Session,
    options: DriftOptions<'_>,
    observer: Observer,
    planned: &dyn Fn(usize),
) -> Result<Drift, Error> {
    let ledger = options.deploy.ledger();
    let state = ledger.read(session.client(), false)?;
    let applied = as_applied(history, session.client(), &ledger, &state)?;
    let retired = match applied.graph.revisions().filter_map(|node| applied.get(node.id())).any(retires) {
        true => ledger.retired(session.client())?,
        false => Vec::new(),
    };
    let likeness = Likeness::of(session.client())?;
    let scratches =
        ScratchOptions { likeness, ..options.scratch.clone() }.open(applied.revisions(), options.environment)?;
    let (revisions, place) = (applied.graph.len(), scratches.describe());
    planned(revisions);
    let heads: Target = "heads".parse()?;
    let diff = options.diff;
    let silent = || Arc::new(|_| ());
    let sources = stand_ins(options.scratch.settings, applied.revisions(), &mut || Ok(scratches.make(silent())?))?;
    let deploy = &DeployOptions { sources, ..options.deploy.clone() };
    let ((mut scratch, before), after) = both(
        || {
            let mut scratch = scratches.make(observer)?;
            build(&mut scratch, &applied, deploy, &[heads])?;
            follow(scratch.client(), &ledger, &retired)?;
            let before = lasting_snapshot(scratch.client(), &diff.read, diff.contents)?;
            Ok((scratch, before))
        },
        || Ok(lasting_snapshot(session.client(), &diff.read, diff.contents)?),
    )?;
    diff.check_schemas(&[&before, &after])?;
    let mut difference = compare(&before, &after, &diff.ignore);
    let settled = settle(&mut difference, Some(scratch.client()), Some(session.client()));
    let unfinished = state.unfinished.into_iter().map(|unfinished| unfinished.revision).collect();
    Ok(Drift { revisions, place, unfinished, diff: Diff { difference, settled, before, after } })
}

fn retires(revision: &Revision) -> bool {
    revision.retires().next().is_some()
}

/// The history of what is in effect, as it ran: a file where it is what ran, else the text that the ledger keeps.
///
/// Where a baseline has a row, it is built and not what it replaces: that has rows as well, maybe without a text, for the
/// archive may have been gone when the baseline ran. Where all that a baseline replaces is in effect and it has no row yet,
/// or it is one of a newer checkout, what it replaces is what ran.
pub(super) fn as_applied(
    history: &History,
    client: &mut Client,
    ledger: &Ledger,
    state: &LedgerState,
) -> Result<History, Error> {
    let replaced: HashSet<&RevisionId> = state.applied.values().flat_map(|applied| &applied.replaces).collect();
    let mut revisions: Vec<Revision> = Vec::new();
    let mut lacking: Vec<RevisionId> = Vec::new();
    for (id, applied) in state.applied.iter().filter(|(id, _)| !replaced.contains(id)) {
        match history.get(id).filter(|revision| Some(revision.up_checksum) == applied.up) {
            Some(revision) => revisions.push(revision.clone()),
            None => lacking.push(id.clone()),
        }
    }
    for stored in ledger.stored(client, &lacking)? {
        revisions.push(parse(stored)?);
    }
    History::from_revisions(revisions).map_err(|errors| LoadError::Graph(errors).into())
}

fn parse(stored: StoredRevision) -> Result<Revision, Error> {
    let id = stored.id;
    if stored.source.text().trim().is_empty() {
        return Err(Error::Missing(vec![id]));
    }
    Ok(Revision::parse(stored.source).map_err(LoadError::Problems)?)
}
