//! `drift`: what a database is, against what its applied revisions build in a scratch.

use std::sync::Arc;

use crate::database::connect::Environment;
use crate::database::scratch::Likeness;
use crate::database::{Observer, Session};
use crate::error::Error;
use crate::graph::Target;
use crate::operation::as_applied::AsApplied;
use crate::operation::build::{both, build};
use crate::operation::deploy::DeployOptions;
use crate::operation::diff::{Diff, DiffOptions};
use crate::operation::retired::follow;
use crate::operation::scratch::{ScratchOptions, stand_ins};
use crate::operation::snapshot::lasting_snapshot;
use crate::project::History;
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

/// Looks for drift. `allows_ledger` is asked before anything is built whether revisions may run by what the ledger keeps of
/// them, because no file is what ran; `planned` is told how many are going to be built, `observer` of the scratch's steps.
///
/// # Errors
/// [`Error::OnlyInLedger`], and a text of the ledger that isn't what its row says; what the database, the scratch or one of the
/// revisions in it fails with.
pub fn drift(
    history: &History,
    session: &mut Session,
    options: DriftOptions<'_>,
    observer: Observer,
    allows_ledger: &mut dyn FnMut(&[RevisionId]) -> bool,
    planned: &dyn Fn(usize),
) -> Result<Drift, Error> {
    let ledger = options.deploy.ledger();
    let state = ledger.read(session.client(), false)?;
    let applied = AsApplied::read(history, session.client(), &ledger, &state)?;
    applied.allow(applied.history.revisions(), allows_ledger)?;
    let applied = applied.history;
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
