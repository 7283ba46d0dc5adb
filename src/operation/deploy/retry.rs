//! Going on after somebody was in the way: a step's statement that did not get its lock, or another deployer.

use std::time::{Duration, Instant};

use super::Deployment;
use crate::database::blockers::Watch;
use crate::database::interrupt::{Duty, pause};
use crate::database::message::{DEALLOCATE_ALL, run_options};
use crate::database::run::StatementFailure;
use crate::database::task::Task;
use crate::database::{DatabaseError, Holder, ServerError};
use crate::error::Error;
use crate::graph::Action;
use crate::revision::RevisionId;

/// A step that is going to be run again, because it was in somebody's way.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Retry<'a> {
    /// Which way it goes.
    pub action: Action,
    /// Its revision.
    pub revision: &'a RevisionId,
    /// What the server said.
    pub reason: &'a str,
    /// Who has the lock that it did not get, as far as that was seen.
    pub blockers: &'a [Holder],
    /// The number of this retry, from 1.
    pub number: u32,
    /// How many there may be.
    pub of: u32,
    /// How long nothing is done before it. Whoever has queued up behind the step gets through meanwhile.
    pub pause: Duration,
}

/// The longest pause before a retry.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The shortest, for a lock_timeout that is next to nothing.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
/// The first pause at most, however long statements wait for locks.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// Between two plans while others deploy through the same proxy.
const OTHERS_TURN: Duration = Duration::from_millis(50);

/// How often a plan is made anew although the ledger has not moved since it was refused for having moved.
const IN_VAIN: u32 = 5;

/// What a deployment has gone through so far.
#[derive(Default)]
pub(super) struct Trials {
    watch: Option<Watch>,
    /// The step that is being tried, and how often it was retried.
    step: Option<(RevisionId, u32)>,
    in_vain: u32,
    overtaken: u32,
    /// Since when another deployer was in the way.
    busy_since: Option<Instant>,
}

impl Deployment<'_> {
    /// Looks on from here on, so that a lock that isn't had can be told of.
    pub(super) fn watch(&mut self, trials: &mut Trials, tasks: &[Task<'_>]) {
        if trials.watch.is_none() {
            let lock_timeout = self.shortest_lock_timeout(tasks);
            trials.watch = Watch::start(self.session, &self.actor.run, lock_timeout);
        }
    }

    /// The shortest time that a statement of the plan waits for a lock. Zero: they wait for ever.
    fn shortest_lock_timeout(&self, tasks: &[Task<'_>]) -> Duration {
        let sections = tasks.iter().filter_map(Task::run).flat_map(|run| run.sections());
        let own = sections.filter_map(|section| run_options(section)?.lock_timeout);
        own.chain([self.options.lock_timeout]).filter(|time| !time.is_zero()).min().unwrap_or_default()
    }

    /// Waits until a step that failed may be run again.
    ///
    /// # Errors
    /// The failure itself, if it is not of the kind that passes, its revision is not one transaction, or was tried often
    /// enough. Who was in the way is told in it.
    pub(super) fn retry(
        &mut self,
        trials: &mut Trials,
        tasks: &[Task<'_>],
        failure: Box<StatementFailure>,
    ) -> Result<(), Box<StatementFailure>> {
        let blockers = trials.blockers(&failure.error);
        let task = tasks.get(failure.task).filter(|task| task.is_atomic() && failure.error.is_of_the_moment());
        let Some((task, number)) = task.and_then(|task| Some((task, trials.next(task.id(), self.options.retries)?)))
        else {
            return Err(naming(failure, &blockers));
        };
        // What is done so far is to be told, should a signal come meanwhile.
        let Ok(_duty) = Duty::begin() else { return Err(naming(failure, &blockers)) };
        let pause_before = jittered(self.pause_before(number));
        self.attendant.retrying(&Retry {
            action: task.action(),
            revision: task.id(),
            reason: &failure.error.message,
            blockers: &blockers,
            number,
            of: self.options.retries,
            pause: pause_before,
        });
        pause(pause_before).map_err(|_| naming(failure, &blockers))
    }

    /// Half of what a statement waits for a lock, and twice as long each time.
    fn pause_before(&self, number: u32) -> Duration {
        let first = (self.options.lock_timeout / 2).clamp(SHORTEST_PAUSE, FIRST_PAUSE);
        first.saturating_mul(1_u32.checked_shl(number - 1).unwrap_or(u32::MAX)).min(LONGEST_PAUSE)
    }

    /// After the compare-and-swap was lost: the session as it was before. `state` is the ledger that the plan was made
    /// on, and becomes what it is now.
    ///
    /// # Errors
    /// [`Error::LedgerKeepsMoving`] if it didn't move at all, again and again, or moves for longer than another deployer
    /// is waited for.
    pub(super) fn after_loss(
        &mut self,
        trials: &mut Trials,
        state: &mut crate::database::ledger::LedgerState,
    ) -> Result<(), Error> {
        let before = state.generation;
        *state = self.read_again()?;
        trials.overtaken += 1;
        trials.in_vain += u32::from(state.generation == before);
        let since = *trials.busy_since.get_or_insert_with(Instant::now);
        let is_over = since.elapsed() >= self.options.lock_wait && trials.overtaken >= IN_VAIN;
        if trials.in_vain >= IN_VAIN || is_over {
            return Err(Error::LedgerKeepsMoving);
        }
        if state.pooled {
            pause(jittered(OTHERS_TURN))?;
        }
        Ok(())
    }

    /// While another deployer's step is under way, which has the ledger's row: tells of it once.
    ///
    /// # Errors
    /// [`DatabaseError::Locked`] when it was waited for as long as is allowed.
    pub(super) fn while_busy(
        &mut self,
        trials: &mut Trials,
        state: &mut crate::database::ledger::LedgerState,
    ) -> Result<(), Error> {
        let holder = trials.watch.as_ref().and_then(|watch| watch.blockers().into_iter().next()).unwrap_or_default();
        if trials.busy_since.is_none() {
            self.attendant.waiting(&holder);
        }
        let since = *trials.busy_since.get_or_insert_with(Instant::now);
        if since.elapsed() >= self.options.lock_wait {
            return Err(DatabaseError::Locked { holder }.into());
        }
        pause(jittered(OTHERS_TURN))?;
        *state = self.read_again()?;
        Ok(())
    }

    /// The ledger, in a session that has nothing open or prepared.
    fn read_again(&mut self) -> Result<crate::database::ledger::LedgerState, DatabaseError> {
        let client = self.session.client();
        client
            .batch_execute(&format!("ROLLBACK; {DEALLOCATE_ALL}"))
            .map_err(|error| DatabaseError::of(error, "the ledger was changed by somebody else"))?;
        self.options.ledger().read(client, false)
    }
}

impl Trials {
    /// Who had the lock that was not had in time, as far as that was seen.
    fn blockers(&self, error: &ServerError) -> Vec<Holder> {
        match error.is_lock_timeout() {
            true => self.watch.as_ref().map(Watch::blockers).unwrap_or_default(),
            false => Vec::new(),
        }
    }

    /// Adds to an error who was in the way.
    pub(super) fn name_blockers(&self, error: &mut ServerError) {
        name(error, &self.blockers(error));
    }

    /// The number of the next retry of a step, if there may be one.
    fn next(&mut self, id: &RevisionId, retries: u32) -> Option<u32> {
        let done = self.step.as_ref().filter(|(step, _)| step == id).map_or(0, |(_, done)| *done);
        let number = done + 1;
        self.step = Some((id.clone(), number));
        (number <= retries).then_some(number)
    }
}

/// The same failure, with who was in the way.
fn naming(mut failure: Box<StatementFailure>, blockers: &[Holder]) -> Box<StatementFailure> {
    name(&mut failure.error, blockers);
    failure
}

fn name(error: &mut ServerError, blockers: &[Holder]) {
    if !blockers.is_empty() {
        let blockers: Vec<String> = blockers.iter().map(|blocker| format!("blocked by {blocker}")).collect();
        error.detail = Some(blockers.join("\n"));
    }
}

/// Between a half and the whole of a time, so that those who wait for the same don't come at the same time again.
fn jittered(time: Duration) -> Duration {
    // Without random numbers everybody waits for the whole of it.
    let part = getrandom::u32().unwrap_or(u32::MAX);
    time.mul_f64(0.5 + 0.5 * f64::from(part) / f64::from(u32::MAX))
}
