//! Building a history in a scratch database: plans run through the same runner that deploys, with a ledger in place.

use std::thread;

use crate::database::DatabaseError;
use crate::database::ledger::{Ledger, LedgerState, install};
use crate::database::message::{Frame, Timeouts};
use crate::database::run::{self, Cause, Stop};
use crate::database::scratch::Scratch;
use crate::error::Error;
use crate::graph::{Lineages, Plan, Step, Target, plan_upgrade};
use crate::operation::deploy::{DeployOptions, chain, failed, tasks};
use crate::project::History;

/// A scratch database in which revisions of a history are run up and down. Nobody is asked: a scratch has nothing to
/// lose, so that what a revision's `confirm:` wants is taken as said.
pub struct Build<'a> {
    scratch: &'a mut Scratch,
    history: &'a History,
    lineages: Lineages<'a>,
    ledger: Ledger,
    timeouts: Timeouts,
    /// The ledger's generation, and what else the runner wants to know of it.
    state: LedgerState,
    /// Steps that the scratch's run has recorded.
    recorded: usize,
}

impl<'a> Build<'a> {
    /// Makes the ledger in a scratch that is empty.
    pub fn begin(scratch: &'a mut Scratch, history: &'a History, options: &DeployOptions) -> Result<Self, Error> {
        let ledger = options.ledger();
        install(scratch.client(), ledger.schema()).map_err(|error| DatabaseError::Install(chain(&error)))?;
        let state = ledger.read(scratch.client(), false)?;
        let (lineages, timeouts) = (history.lineages(), options.timeouts());
        Ok(Build { scratch, history, lineages, ledger, timeouts, state, recorded: 0 })
    }

    /// Goes on in a scratch where an earlier build has recorded so many steps.
    pub fn go_on(
        scratch: &'a mut Scratch,
        history: &'a History,
        options: &DeployOptions,
        recorded: usize,
    ) -> Result<Self, Error> {
        Ok(Build { recorded, ..Build::begin(scratch, history, options)? })
    }

    /// The database, for whoever wants to look at it in between.
    pub fn scratch(&mut self) -> &mut Scratch {
        self.scratch
    }

    /// Runs steps, as many to a message as a deployment would.
    ///
    /// # Errors
    /// [`Error::Step`] for a statement that failed: then the steps before it are in effect, and others can be run. What
    /// the failed one has done outside of transactions stays.
    pub fn run(&mut self, steps: &[Step]) -> Result<(), Error> {
        let plan = Plan { steps: steps.to_vec(), heads_after: Vec::new() };
        let tasks = tasks(self.history, &plan, &self.lineages)?;
        let actor = self.scratch.actor().clone();
        let frame = Frame {
            ledger: &self.ledger,
            actor: &actor,
            timeouts: self.timeouts,
            recorded: self.recorded,
            fsync: self.state.fsync,
        };
        match run::run(self.scratch.client(), &frame, &self.state, &tasks, None) {
            Ok(()) => {
                self.recorded += tasks.len();
                // The generation moves on with each transaction, of which a step may have several.
                match tasks.iter().all(|task| task.is_atomic()) {
                    true => self.state.generation = self.state.generation.saturating_add_unsigned(tasks.len() as u64),
                    false => self.state = self.ledger.read(self.scratch.client(), false)?,
                }
                Ok(())
            }
            Err(Stop { cause, done }) => {
                let error = match cause {
                    Cause::Statement(failure) => failed(&[], &tasks, *failure, done),
                    Cause::Database(error) => return Err(error.into()),
                    Cause::LedgerMoved => return Err(Error::LedgerKeepsMoving),
                };
                self.recover(done)?;
                Err(error)
            }
        }
    }

    /// After a failure: the session as it was before, and where the ledger is.
    fn recover(&mut self, done: usize) -> Result<(), Error> {
        self.recorded += done;
        let forget = format!("ROLLBACK; DEALLOCATE ALL; DELETE FROM {}", self.ledger.name("unfinished"));
        let client = self.scratch.client();
        client.batch_execute(&forget).map_err(|error| DatabaseError::of(error, "the scratch can't go on"))?;
        self.state = self.ledger.read(client, false)?;
        Ok(())
    }
}

/// Builds a history up to targets in an empty scratch.
pub fn build(
    scratch: &mut Scratch,
    history: &History,
    options: &DeployOptions,
    targets: &[Target],
) -> Result<Plan, Error> {
    let plan = plan_upgrade(&history.graph.state_at([]), targets)?;
    Build::begin(scratch, history, options)?.run(&plan.steps)?;
    Ok(plan)
}

/// Does two things at the same time, each with a scratch of its own, say. The first one's error counts.
pub fn both<A: Send, B: Send>(
    one: impl FnOnce() -> Result<A, Error> + Send,
    other: impl FnOnce() -> Result<B, Error> + Send,
) -> Result<(A, B), Error> {
    thread::scope(|scope| {
        let other = scope.spawn(other);
        let one = one();
        let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((one?, other?))
    })
}
