//! Stopping in an orderly way: whoever is told to (by a signal, say) cancels what runs on servers and in programs, and
//! whoever works there finds out, puts right what it has begun, and says so.
//!
//! There is one of it in a process, as there is one set of signals.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::DatabaseError;

/// Asks a server to stop the statement that a session runs, or a program to end; comes back when it is asked.
pub type Canceller = Arc<dyn Fn() + Send + Sync>;

/// What is going on, and whether it is to stop.
struct Interrupt {
    state: Mutex<State>,
    /// Rung when something of it has changed.
    bell: Condvar,
}

struct State {
    raised: bool,
    /// The messages that servers are at work on, and the programs that run, by number; without a canceller where nobody
    /// can be asked.
    running: BTreeMap<u64, Option<Canceller>>,
    /// What must not be left behind even if the process ends at once.
    leftovers: BTreeMap<u64, Canceller>,
    next: u64,
    duties: usize,
    /// Requests to cancel are under way: a message that is sent now might be what they meet.
    cancelling: bool,
    /// The process ends now.
    leaving: bool,
}

static PROCESS: Interrupt = Interrupt::new();

/// Cancels what runs now, and lets everybody know. A message that is sent afterwards is not cancelled: it may put
/// something right. Says whether somebody has a [`Duty`], and is to be waited for: nobody begins one any more.
pub fn raise() -> bool {
    PROCESS.raise()
}

/// Clears away what must not be left behind, without waiting for anything. Behind it the process is to be ended: whoever has
/// such a thing is held up, and doesn't get to tell what has become of it.
pub fn leave() {
    PROCESS.leave();
}

/// Whether whatever is going on is to stop.
pub fn is_raised() -> bool {
    PROCESS.state().raised
}

/// Whether somebody has begun what must not be left as it is.
pub fn has_duties() -> bool {
    PROCESS.state().duties > 0
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
    PROCESS.pause(time)
}

/// What puts something right while a server is at work on it: it is never refused.
pub(super) fn running(canceller: Option<Canceller>) -> Running {
    PROCESS.running(canceller)
}

/// The same for what is not to begin once it is to stop: between a look whether it is and this, nobody can say so unheard.
pub(super) fn running_unless_stopped(canceller: Option<Canceller>) -> Result<Running, DatabaseError> {
    PROCESS.running_unless_stopped(canceller)
}

/// What is to be done if the process ends at once while the value lives: something quick that waits for nobody.
pub fn on_leaving(clear_away: impl Fn() + Send + Sync + 'static) -> Leftover {
    PROCESS.on_leaving(Arc::new(clear_away))
}

impl Interrupt {
    const fn new() -> Interrupt {
        let state = State {
            raised: false,
            running: BTreeMap::new(),
            leftovers: BTreeMap::new(),
            next: 0,
            duties: 0,
            cancelling: false,
            leaving: false,
        };
        Interrupt { state: Mutex::new(state), bell: Condvar::new() }
    }

    /// A panic elsewhere leaves nothing half done in it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn raise(&self) -> bool {
        let (cancellers, is_waited_for) = {
            let mut state = self.state();
            state.raised = true;
            state.cancelling = true;
            (state.running.values().flatten().cloned().collect::<Vec<_>>(), state.duties > 0)
        };
        self.bell.notify_all();
        thread::scope(|scope| {
            for cancel in cancellers {
                scope.spawn(move || cancel());
            }
        });
        self.state().cancelling = false;
        self.bell.notify_all();
        is_waited_for
    }

    /// What came last goes first.
    fn leave(&self) {
        let leftovers: Vec<Canceller> = {
            let mut state = self.state();
            state.leaving = true;
            state.leftovers.values().rev().cloned().collect()
        };
        for clear_away in leftovers {
            clear_away();
        }
    }

    fn pause(&self, time: Duration) -> Result<(), DatabaseError> {
        let waited = self.bell.wait_timeout_while(self.state(), time, |state| !state.raised);
        let stopped = waited.unwrap_or_else(PoisonError::into_inner).0.raised;
        if stopped { Err(DatabaseError::Stopped) } else { Ok(()) }
    }

    fn running(&'static self, canceller: Option<Canceller>) -> Running {
        let settled = self.bell.wait_while(self.state(), |state| state.cancelling);
        self.registered(settled.unwrap_or_else(PoisonError::into_inner), canceller)
    }

    fn running_unless_stopped(&'static self, canceller: Option<Canceller>) -> Result<Running, DatabaseError> {
        let state = self.state();
        if state.raised { Err(DatabaseError::Stopped) } else { Ok(self.registered(state, canceller)) }
    }

    fn registered(&'static self, mut state: MutexGuard<'_, State>, canceller: Option<Canceller>) -> Running {
        let number = state.number();
        state.running.insert(number, canceller);
        Running(self, number)
    }

    fn on_leaving(&'static self, clear_away: Canceller) -> Leftover {
        let mut state = self.state();
        let number = state.number();
        state.leftovers.insert(number, clear_away);
        Leftover(self, number)
    }

    fn duty(&'static self) -> Result<Duty, DatabaseError> {
        let mut state = self.state();
        if state.raised {
            return Err(DatabaseError::Stopped);
        }
        state.duties += 1;
        Ok(Duty(self))
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interrupt")
    }
}

/// Somebody has begun what must not be left as it is: the process is not to end before the value does.
#[derive(Debug)]
pub struct Duty(&'static Interrupt);

impl Duty {
    /// Begins one.
    ///
    /// # Errors
    /// [`DatabaseError::Stopped`] once it is to stop: it may be that nobody is waited for.
    pub fn begin() -> Result<Duty, DatabaseError> {
        PROCESS.duty()
    }
}

impl Drop for Duty {
    fn drop(&mut self) {
        self.0.state().duties -= 1;
    }
}

/// A message that a server is at work on, or a program that runs, for as long as the value lives.
#[derive(Debug)]
pub(super) struct Running(&'static Interrupt, u64);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.state().running.remove(&self.1);
    }
}

/// What must not be left behind if the process ends while the value lives.
#[derive(Debug)]
pub struct Leftover(&'static Interrupt, u64);

impl Drop for Leftover {
    fn drop(&mut self) {
        let staying = self.0.bell.wait_while(self.0.state(), |state| state.leaving);
        staying.unwrap_or_else(PoisonError::into_inner).leftovers.remove(&self.1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    fn new() -> &'static Interrupt {
        Box::leak(Box::new(Interrupt::new()))
    }

    /// A server that takes its time to be asked: it says when it is, and comes back when it is told to.
    fn slow() -> (Canceller, Receiver<()>, Sender<()>) {
        let ((asked, is_asked), (answer, answered)) = (channel(), channel());
        let answered = Mutex::new(answered);
        let cancel = move || {
            asked.send(()).unwrap();
            answered.lock().unwrap().recv().unwrap();
        };
        (Arc::new(cancel), is_asked, answer)
    }

    #[test]
    fn nobody_begins_what_would_not_be_waited_for() {
        let interrupt = new();
        let (cancel, is_asked, answer) = slow();
        let running = interrupt.running(Some(cancel));
        let raising = thread::spawn(|| interrupt.raise());
        is_asked.recv().unwrap();
        // It is decided by now that nobody is waited for.
        assert!(matches!(interrupt.duty(), Err(DatabaseError::Stopped)));
        answer.send(()).unwrap();
        assert!(!raising.join().unwrap());
        drop(running);
    }

    #[test]
    fn whoever_had_a_duty_is_waited_for_also_when_it_ends_meanwhile() {
        let interrupt = new();
        let (cancel, is_asked, answer) = slow();
        let _running = interrupt.running(Some(cancel));
        let duty = interrupt.duty().unwrap();
        let raising = thread::spawn(|| interrupt.raise());
        is_asked.recv().unwrap();
        // Now it says what has become of it: the process ends by itself.
        drop(duty);
        answer.send(()).unwrap();
        assert!(raising.join().unwrap());
    }

    #[test]
    fn what_nobody_would_cancel_any_more_is_refused_unless_it_puts_something_right() {
        let interrupt = new();
        interrupt.raise();
        assert!(matches!(interrupt.running_unless_stopped(None), Err(DatabaseError::Stopped)));
        drop(interrupt.running(None));
    }

    #[test]
    fn what_is_left_is_cleared_away_in_reverse() {
        let interrupt = new();
        let cleared = Arc::new(Mutex::new(Vec::new()));
        let clear = |name: &'static str| {
            let cleared = Arc::clone(&cleared);
            interrupt.on_leaving(Arc::new(move || cleared.lock().unwrap().push(name)))
        };
        let (file, gone, program) = (clear("file"), clear("gone"), clear("program"));
        drop(gone);
        interrupt.leave();
        // Whoever has them doesn't go on any more.
        std::mem::forget((file, program));
        assert_eq!(*cleared.lock().unwrap(), ["program", "file"]);
    }
}
