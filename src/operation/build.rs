//! Building a history in a scratch database: plans run through the same runner that deploys, with a ledger in place.

use std::borrow::BorrowMut;
use std::thread;

use crate::database::ledger::{Ledger, LedgerState, install, scratch_day};
use crate::database::message::{DEALLOCATE_ALL, Frame, Timeouts};
use crate::database::run::{self, Stop};
use crate::database::scratch::{Scratch, Scratches};
use crate::database::sources::Sources;
use crate::database::{Client, DatabaseError, Observer, interrupt};
use crate::error::Error;
use crate::graph::{Lineages, Plan, Step, Target, plan_upgrade};
use crate::operation::deploy::{DeployOptions, failed, ids, tasks};
use crate::operation::sources::check_sources;
use crate::project::History;

/// A scratch database in which revisions of a history are run up and down. Nobody is asked: a scratch has nothing to
/// lose, so that what a revision's `confirm:` wants is taken as said.
///
/// It borrows the scratch or has it for its own.
pub struct Build<'a, S = &'a mut Scratch> {
    scratch: S,
    history: &'a History,
    lineages: Lineages<'a>,
    ledger: Ledger,
    timeouts: Timeouts,
    sources: Sources,
    /// The ledger's generation, and what else the runner wants to know of it.
    state: LedgerState,
    /// Steps that the scratch's run has recorded.
    recorded: usize,
}

impl<'a, S: BorrowMut<Scratch>> Build<'a, S> {
    /// Makes the ledger in a scratch that is empty.
    pub fn begin(mut scratch: S, history: &'a History, options: &DeployOptions) -> Result<Self, Error> {
        let client = scratch.borrow_mut().client();
        install(client, &options.ledger()).map_err(|error| DatabaseError::of_install(&error))?;
        let day = scratch_day(&options.ledger_schema);
        client.batch_execute(&day).map_err(|error| DatabaseError::of(error, "the scratch's ledger can't be made"))?;
        Build::go_on(scratch, history, options)
    }

    /// Takes a scratch as it is, with its ledger: a copy of one that was built.
    pub fn go_on(mut scratch: S, history: &'a History, options: &DeployOptions) -> Result<Self, Error> {
        let ledger = options.ledger();
        let state = ledger.read(scratch.borrow_mut().client(), false)?;
        let (lineages, timeouts) = (history.lineages(), options.timeouts());
        let sources = options.sources.clone();
        Ok(Build { scratch, history, lineages, ledger, timeouts, sources, state, recorded: 0 })
    }

    /// Goes on in a scratch where an earlier build has recorded so many steps.
    pub fn after(recorded: usize, scratch: S, history: &'a History, options: &DeployOptions) -> Result<Self, Error> {
        Ok(Build { recorded, ..Build::go_on(scratch, history, options)? })
    }

    /// The database, for whoever wants to look at it in between.
    pub fn scratch(&mut self) -> &mut Scratch {
        self.scratch.borrow_mut()
    }

    /// Its connection.
    pub fn client(&mut self) -> &mut Client {
        self.scratch().client()
    }

    /// The scratch, when nothing more is to be built.
    pub fn into_scratch(self) -> S {
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
        let scratch = self.scratch.borrow_mut();
        let actor = scratch.actor().clone();
        check_sources(&self.sources, &actor.run, &tasks, None)?;
        let frame = Frame {
            ledger: &self.ledger,
            actor: &actor,
            timeouts: self.timeouts,
            recorded: self.recorded,
            fsync: self.state.fsync,
            read_only: self.state.read_only,
            sources: &self.sources,
            paced: false,
            watch: None,
            teller: None,
        };
        match run::run(scratch.client(), &frame, &self.state, &tasks, None, &mut |_| {}) {
            Ok(()) => {
                self.recorded += tasks.len();
                // The generation moves on with each transaction, of which a step may have several.
                match tasks.iter().all(|task| task.is_atomic()) {
                    true => self.state.generation = self.state.generation.saturating_add_unsigned(tasks.len() as u64),
                    false => self.state = self.ledger.read(self.scratch.borrow_mut().client(), false)?,
                }
                Ok(())
            }
            Err(Stop { cause, done }) => {
                let ran = ids(tasks.get(..done).unwrap_or_default()).collect();
                match failed(ran, &tasks, done, cause) {
                    // It says nothing of the revision.
                    Error::Step(_) if interrupt::is_raised() => Err(DatabaseError::Stopped.into()),
                    error @ Error::Step(_) => {
                        self.recover(done)?;
                        Err(error)
                    }
                    error => Err(error),
                }
            }
        }
    }

    /// After a failure: the session as it was before, and where the ledger is.
    fn recover(&mut self, done: usize) -> Result<(), Error> {
        self.recorded += done;
        let forget = format!("ROLLBACK; {DEALLOCATE_ALL}DELETE FROM {}", self.ledger.name("unfinished"));
        let client = self.scratch.borrow_mut().client();
        client.batch_execute(&forget).map_err(|error| DatabaseError::of(error, "the scratch can't go on"))?;
        self.state = self.ledger.read(client, false)?;
        Ok(())
    }
}

impl Build<'_, Scratch> {
    /// Copies the database with all that is in effect in it. No copy where the place has none.
    pub fn copy(
        self,
        scratches: &Scratches,
        observer: &Observer,
        options: &DeployOptions,
    ) -> Result<(Self, Option<Self>), Error> {
        let (scratch, copy) = scratches.copy(self.scratch, observer)?;
        let copy = copy.map(|copy| Build::go_on(copy, self.history, options)).transpose()?;
        Ok((Build { scratch, ..self }, copy))
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
