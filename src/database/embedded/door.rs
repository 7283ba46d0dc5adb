//! Who may speak to the engine: one session at a time, the next one after a short wait or not at all.

use std::io;
use std::net::Shutdown;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::wire::{Refusal, Stream};

/// How long a connection waits for the session before it to end, before it is refused.
const HANDOVER: Duration = Duration::from_secs(2);

/// Between two tries to let somebody in, after one has failed.
const AGAIN: Duration = Duration::from_millis(50);

/// Who is inside. It lets one session in at a time.
#[derive(Debug, Default)]
pub(super) struct Door {
    state: Mutex<Occupancy>,
    changed: Condvar,
}

#[derive(Debug, Default)]
enum Occupancy {
    #[default]
    Free,
    /// A client is connected; the stream is for hanging up on it.
    Session(Stream),
    /// The client has gone, its backend is being shut down.
    Leaving,
    /// The server stops.
    Closed,
}

impl Door {
    /// Waits for the next one who knocks, by `accept`. That fails where this process has no file left to open, or where
    /// whoever has knocked is gone: neither is the end of it. None: the server stops.
    pub(super) fn next<S>(&self, mut accept: impl FnMut() -> io::Result<S>) -> Option<S> {
        while !self.is_closed() {
            match accept() {
                Ok(stream) => return Some(stream).filter(|_| !self.is_closed()),
                Err(_) => self.pause(),
            }
        }
        None
    }

    /// Lets a moment pass, unless the server stops.
    fn pause(&self) {
        let is_open = |state: &mut Occupancy| !matches!(*state, Occupancy::Closed);
        // Whether it was closed or the time is over, the next look tells.
        drop(self.changed.wait_timeout_while(self.lock(), AGAIN, is_open));
    }

    /// Waits until the session inside has ended, then takes its place.
    pub(super) fn enter(&self, stream: &Stream) -> Result<(), Refusal> {
        let stream = stream.try_clone().map_err(|_| Refusal::STOPPING)?;
        let deadline = Instant::now() + HANDOVER;
        let mut state = self.lock();
        loop {
            state = match *state {
                Occupancy::Free => break,
                Occupancy::Closed => return Err(Refusal::STOPPING),
                Occupancy::Leaving => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Occupancy::Session(_) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(Refusal::OCCUPIED);
                    }
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        *state = Occupancy::Session(stream);
        Ok(())
    }

    /// The client has gone: whoever waits need not give up, the session ends by itself.
    pub(super) fn leave(&self) {
        self.turn(Occupancy::Leaving);
    }

    fn turn(&self, next: Occupancy) {
        let mut state = self.lock();
        if !matches!(*state, Occupancy::Closed) {
            *state = next;
        }
        self.changed.notify_all();
    }

    /// Lets nobody in any more and hangs up on the client inside.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        if let Occupancy::Session(stream) = &*state {
            // The client may have hung up already.
            let _ = stream.shutdown(Shutdown::Both);
        }
        *state = Occupancy::Closed;
        self.changed.notify_all();
    }

    /// Whether a client is connected, as far as its stream tells.
    pub(super) fn is_occupied(&self) -> bool {
        matches!(*self.lock(), Occupancy::Session(_))
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(*self.lock(), Occupancy::Closed)
    }

    /// The state holds no invariant that a panic elsewhere could break.
    fn lock(&self) -> MutexGuard<'_, Occupancy> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Frees the door when the session ends, however it ends: nobody may wait for an engine that panicked.
pub(super) struct Stay<'a>(pub(super) &'a Door);

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        self.0.turn(Occupancy::Free);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_after_somebody_could_not_be_let_in() {
        let door = Door::default();
        let mut tries = 0;
        let next = door.next(|| {
            tries += 1;
            if tries < 3 { Err(io::Error::other("too many open files")) } else { Ok(tries) }
        });
        assert_eq!(next, Some(3));
    }

    #[test]
    fn it_ends_when_the_server_stops() {
        let door = Door::default();
        // Also where nobody can knock any more, who would wake it.
        let next = door.next(|| -> io::Result<()> {
            door.close();
            Err(io::Error::other("too many open files"))
        });
        assert_eq!(next, None);
        let knocks = door.next(|| Ok(()));
        assert_eq!(knocks, None);
    }
}
