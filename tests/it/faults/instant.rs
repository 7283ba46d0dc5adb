//! When a fault strikes.

use std::process::Child;
use std::thread;
use std::time::{Duration, Instant as Now};

use crate::harness::{Proxy, Seeded, Speaker};

/// How the command goes when nothing disturbs it.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// The bytes that it sends.
    pub sent: usize,
    /// The bytes that the server sends.
    pub received: usize,
    pub duration: Duration,
}

/// An instant of a command's course.
#[derive(Clone, Copy, Debug)]
pub enum Instant {
    /// So many bytes of one side have passed, on all connections, and what comes next has not.
    Passed(Speaker, usize),
    /// So long after it was started.
    After(Duration),
}

impl Instant {
    pub fn choose(course: &Course, random: &mut Seeded) -> Instant {
        match random.below(3) {
            0 => Instant::Passed(Speaker::Client, random.index(course.sent + 1)),
            1 => Instant::Passed(Speaker::Server, random.index(course.received + 1)),
            _ => Instant::After(course.duration.mul_f64(random.share())),
        }
    }

    /// Waits for it, and has `strike` happen while nothing more passes of that side. None: the command ended before.
    pub fn meet<T>(
        self,
        proxy: &Proxy,
        start: impl FnOnce() -> Child,
        strike: impl FnOnce(&mut Child) -> T,
    ) -> (Child, Option<T>) {
        match self {
            Instant::After(time) => {
                let begun = Now::now();
                let mut child = start();
                thread::sleep(time.saturating_sub(begun.elapsed()));
                let struck = child.try_wait().unwrap().is_none().then(|| strike(&mut child));
                (child, struck)
            }
            Instant::Passed(speaker, bytes) => {
                let hold = proxy.hold(speaker, bytes);
                let mut child = start();
                loop {
                    if hold.is_reached(Duration::from_millis(1)) {
                        let struck = strike(&mut child);
                        return (child, Some(struck));
                    }
                    if child.try_wait().unwrap().is_some() {
                        return (child, None);
                    }
                }
            }
        }
    }
}
