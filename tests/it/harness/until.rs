//! Waiting for what comes by itself.

use std::thread;
use std::time::{Duration, Instant};

/// So long is waited: what takes longer never comes.
const LONGEST: Duration = Duration::from_secs(120);

/// Comes back with the first thing that is found. If there never is one, the test fails.
pub fn until<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(begun.elapsed() < LONGEST, "never: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}
