//! Ctrl-C and SIGTERM: the first one stops what runs in an orderly way, a second one leaves at once.

use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{exit, signal_name};

use super::terminal::interject;
use crate::database::interrupt;

/// What shells add to a signal's number for the exit code of what it ended.
const ENDED_BY: i32 = 128;

/// The first signal that came; 0: none.
static CAUGHT: AtomicI32 = AtomicI32::new(0);

/// Listens from here on. Where the system doesn't let it, signals end the process as they always do.
pub fn listen() {
    if let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) {
        let answer = move || signals.forever().for_each(answer);
        // Without a thread signals would be lost: then it is no time to begin anything.
        if thread::Builder::new().name("revgraph-signals".to_owned()).spawn(answer).is_err() {
            exit(1);
        }
    }
}

fn answer(signal: i32) {
    let is_second = CAUGHT.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst).is_err();
    if is_second {
        interrupt::leave();
        exit(ENDED_BY + signal);
    }
    // Said first: whoever waits for a server that doesn't answer should know of the other way.
    let name = signal_name(signal).unwrap_or("a signal");
    if interrupt::has_duties() {
        interject(&format!("{name}: stopping in order; once more leaves at once\n"));
    }
    if !interrupt::raise() {
        interject("");
        interrupt::leave();
        exit(ENDED_BY + signal);
    }
}

/// The exit code of a command that a signal has stopped, if one has.
pub fn exit_code() -> Option<u8> {
    match CAUGHT.load(Ordering::SeqCst) {
        0 => None,
        signal => u8::try_from(ENDED_BY + signal).ok(),
    }
}
