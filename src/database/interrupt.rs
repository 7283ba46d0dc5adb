//! Stopping in an orderly way: whoever is told to (by a signal, say) cancels what runs on servers, and whoever works
//! there finds out, puts right what it has begun, and says so.
//!
//! There is one of it in a process, as there is one set of signals.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::DatabaseError;

/// Asks a server to stop the statement that a session runs; comes back when it is asked.
pub type Canceller = Arc<dyn Fn() + Send + Sync>;

struct State {
    raised: bool,
    /// The messages that servers are at work on, by number; without a canceller where nobody can be asked.
    running: BTreeMap<u64, Option<Canceller>>,
    next: u64,
    duties: usize,
    /// Requests to cancel are under way: a message that is sent now might be what they meet.
    cancelling: bool,
}

static STATE: Mutex<State> =
    Mutex::new(State { raised: false, running: BTreeMap::new(), next: 0, duties: 0, cancelling: false });
/// Rung when something above has changed.
static BELL: Condvar = Condvar::new();

/// A panic elsewhere leaves nothing half done in it.
fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Cancels what runs now, and lets everybody know. A message that is sent afterwards is not cancelled: it may put
/// something right. Says whether somebody has a [`Duty`], and is to be waited for.
pub fn raise() -> bool {
    let (cancellers, is_waited_for) = {
        let mut state = state();
        state.raised = true;
        state.cancelling = true;
        (state.running.values().flatten().cloned().collect::<Vec<_>>(), state.duties > 0)
    };
    BELL.notify_all();
    thread::scope(|scope| {
        for cancel in cancellers {
            scope.spawn(move || cancel());
        }
    });
    state().cancelling = false;
    BELL.notify_all();
    is_waited_for
}

/// Whether whatever is going on is to stop.
pub fn is_raised() -> bool {
    state().raised
}

/// Whether somebody has begun what must not be left as it is.
pub fn has_duties() -> bool {
    state().duties > 0
}

/// Fails once it is to stop: between two pieces of work.
pub fn check() -> Result<(), DatabaseError> {
    if is_raised() { Err(DatabaseError::Stopped) } else { Ok(()) }
}

/// Sleeps, unless it is to stop.
///
/// # Errors
/// [`DatabaseError::Stopped`], as soon as that is known.
pub fn pause(time: Duration) -> Result<(), DatabaseError> {
    let waited = BELL.wait_timeout_while(state(), time, |state| !state.raised);
    let stopped = waited.unwrap_or_else(PoisonError::into_inner).0.raised;
    if stopped { Err(DatabaseError::Stopped) } else { Ok(()) }
}

/// Somebody has begun what must not be left as it is: the process is not to end before the value does.
#[derive(Debug)]
pub struct Duty(());

impl Duty {
    /// Begins one.
    pub fn begin() -> Duty {
        state().duties += 1;
        Duty(())
    }
}

impl Drop for Duty {
    fn drop(&mut self) {
        state().duties -= 1;
    }
}

/// A message that a server is at work on, for as long as the value lives.
#[derive(Debug)]
pub(super) struct Running(u64);

/// Makes known that a server is at work.
pub(super) fn running(canceller: Option<Canceller>) -> Running {
    let settled = BELL.wait_while(state(), |state| state.cancelling);
    let mut state = settled.unwrap_or_else(PoisonError::into_inner);
    state.next += 1;
    let number = state.next;
    state.running.insert(number, canceller);
    Running(number)
}

impl Drop for Running {
    fn drop(&mut self) {
        state().running.remove(&self.0);
    }
}
