//! The databases of a test: the one that is tried in, and the one in which everything only ever runs up.

use std::sync::Arc;

use super::fingerprint::{self, Fingerprint};
use super::spoils;
use crate::database::Observer;
use crate::database::scratch::{Scratch, Scratches};
use crate::error::Error;
use crate::graph::Step;
use crate::operation::build::{Build, both};
use crate::operation::deploy::DeployOptions;
use crate::operation::snapshot::{Contents, snapshot};
use crate::project::History;
use crate::revision::RevisionId;
use crate::schema::{ReadOptions, Snapshot};

/// Opens another place for scratch databases.
pub type Opener<'a> = &'a dyn Fn() -> Result<Scratches, Error>;

/// Both databases.
pub struct Lanes<'a> {
    scratches: Scratches,
    /// Where revisions make roles, which all databases of a server share, no database may have another one beside it:
    /// this opens a server for each. There are no copies then, nor is there a chain.
    apart: Option<Opener<'a>>,
    history: &'a History,
    options: &'a DeployOptions,
    observer: Observer,
    /// What is in effect, in order.
    effect: Vec<Step>,
    /// All of that is in effect here, and nothing else was done. None: what is there is not to be relied on.
    trial: Option<Build<'a, Scratch>>,
    /// Here it is as much of it as `chain_has` says.
    chain: Option<Build<'a, Scratch>>,
    chain_has: usize,
    /// Whether there is, or was, a database in the place.
    is_used: bool,
    /// The last fingerprint of this very trial.
    last: Option<Fingerprint>,
}

/// A revision that failed.
pub struct Failure {
    /// How.
    pub error: Error,
    /// Whether what it did stays.
    pub spoils: bool,
}

/// What came of a step.
type Outcome = Result<(), Failure>;

/// A revision that failed of several, those that are done, and how it failed.
type FailedAmong = (RevisionId, Vec<RevisionId>, Error);

impl<'a> Lanes<'a> {
    pub fn new(
        scratches: Scratches,
        apart: Option<Opener<'a>>,
        history: &'a History,
        options: &'a DeployOptions,
    ) -> Lanes<'a> {
        Lanes {
            scratches,
            apart,
            history,
            options,
            observer: Arc::new(|_| ()),
            effect: Vec::new(),
            trial: None,
            chain: None,
            chain_has: 0,
            is_used: false,
            last: None,
        }
    }

    /// The database that is tried in.
    pub fn trial(&mut self) -> Result<&mut Build<'a, Scratch>, Error> {
        let trial = match self.trial.take() {
            Some(trial) => trial,
            None if self.effect.is_empty() => self.empty()?,
            None => self.fresh()?,
        };
        Ok(self.trial.insert(trial))
    }

    fn empty(&mut self) -> Result<Build<'a, Scratch>, Error> {
        self.last = None;
        if let Some(open) = self.apart
            && std::mem::replace(&mut self.is_used, true)
        {
            self.scratches = open()?;
        }
        let scratch = self.scratches.make(Arc::clone(&self.observer))?;
        let mut build = Build::begin(scratch, self.history, self.options)?;
        fingerprint::prepare(build.client(), &self.options.ledger())?;
        Ok(build)
    }

    /// A copy of the chain. Where there are no copies, it is the chain itself.
    fn fresh(&mut self) -> Result<Build<'a, Scratch>, Error> {
        self.last = None;
        let chain = self.caught_up()?;
        let (chain, copy) = match self.apart {
            None => chain.copy(&self.scratches, &self.observer, self.options)?,
            Some(_) => (chain, None),
        };
        match copy {
            Some(copy) => {
                self.chain = Some(chain);
                Ok(copy)
            }
            None => {
                self.chain_has = 0;
                Ok(chain)
            }
        }
    }

    /// The chain, with all that is in effect.
    fn caught_up(&mut self) -> Result<Build<'a, Scratch>, Error> {
        let mut chain = match self.chain.take() {
            Some(chain) => chain,
            None => self.empty()?,
        };
        chain.run(self.effect.get(self.chain_has..).unwrap_or_default())?;
        self.chain_has = self.effect.len();
        Ok(chain)
    }

    /// The trial is not to be relied on any more.
    pub fn forget(&mut self) {
        self.trial = None;
    }

    pub fn forget_if(&mut self, is_spoiled: bool) {
        if is_spoiled {
            self.forget();
        }
    }

    /// A step is in effect from now on.
    pub fn in_effect(&mut self, step: Step) {
        self.effect.push(step);
    }

    /// Runs a step in the trial. The outer error ends the test.
    pub fn run(&mut self, step: &Step) -> Result<Outcome, Error> {
        outcome(self.trial()?.run(std::slice::from_ref(step)))
    }

    /// Does something in the chain, where all that is in effect is and nothing else, and in the trial, as it is: at the
    /// same time, and gives both results in this order.
    pub fn in_both<T: Send>(
        &mut self,
        act: impl Fn(&mut Build<'a, Scratch>) -> Result<T, Error> + Sync,
    ) -> Result<(T, T), Error> {
        let mut trial = match self.trial.take() {
            Some(trial) => trial,
            None => self.fresh()?,
        };
        let mut chain = self.caught_up()?;
        let results = both(|| act(&mut chain), || act(&mut trial))?;
        (self.chain, self.trial) = (Some(chain), Some(trial));
        Ok(results)
    }

    /// Runs a step up in the chain, where it is in effect from now on, and in the trial.
    pub fn run_in_both(&mut self, step: &Step) -> Result<(Outcome, Outcome), Error> {
        let outcomes = self.in_both(|build| outcome(build.run(std::slice::from_ref(step))))?;
        match &outcomes.0 {
            Ok(()) => {
                self.effect.push(step.clone());
                self.chain_has = self.effect.len();
            }
            Err(_) => (self.chain, self.chain_has) = (None, 0),
        }
        Ok(outcomes)
    }

    /// Runs several steps in the trial; what of them is done is in effect.
    pub fn run_up(&mut self, steps: &[Step]) -> Result<Result<(), FailedAmong>, Error> {
        let error = match self.trial()?.run(steps) {
            Ok(()) => {
                self.effect.extend_from_slice(steps);
                return Ok(Ok(()));
            }
            Err(error) if is_the_revisions(&error) => error,
            Err(error) => return Err(error),
        };
        let (failed, done) = match &error {
            Error::Step(failure) => (failure.revision.clone(), failure.done.clone()),
            Error::Source { revision, .. } => (revision.clone(), Vec::new()),
            _ => return Err(error),
        };
        self.forget_if(spoils(&error));
        let is_done = |step: &&Step| done.contains(&step.revision);
        self.effect.extend(steps.iter().filter(is_done).cloned());
        Ok(Err((failed, done, error)))
    }

    /// Of the trial as it is.
    pub fn fingerprint(&mut self) -> Result<Option<Fingerprint>, Error> {
        let ledger = self.options.ledger();
        self.trial()?;
        let last = self.last.take();
        let fingerprint = fingerprint::take(self.trial()?.client(), &ledger, last.as_ref());
        self.last = fingerprint.clone();
        Ok(fingerprint)
    }

    /// Takes the trial back to `before`, what was there before the step whose way down this is: by that and by putting the
    /// sequences back, or anew from the chain.
    pub fn go_back(&mut self, down: &Step, before: &Fingerprint) -> Result<(), Error> {
        let is_back = self.run(down)?.is_ok()
            && before.restore_sequences(self.trial()?.client()).is_ok()
            && self.fingerprint()?.as_ref() == Some(before);
        self.forget_if(!is_back);
        Ok(())
    }
}

/// A database as it is. How many rows it has, and not which: two databases that the same revisions have built may hold
/// different times and random numbers.
pub fn look(build: &mut Build<'_, Scratch>, options: &DeployOptions) -> Result<Snapshot, Error> {
    let options = ReadOptions { ledger_schema: options.ledger_schema.clone(), schemas: None };
    Ok(snapshot(build.client(), &options, Contents::Counts)?)
}

fn outcome(result: Result<(), Error>) -> Result<Outcome, Error> {
    match result {
        Ok(()) => Ok(Ok(())),
        Err(error) if is_the_revisions(&error) => Ok(Err(Failure { spoils: spoils(&error), error })),
        Err(error) => Err(error),
    }
}

/// Whether an error is about a revision, and not about the scratch.
fn is_the_revisions(error: &Error) -> bool {
    matches!(error, Error::Step(_) | Error::Source { .. })
}
