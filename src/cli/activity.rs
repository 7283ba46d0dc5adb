//! What a command is at, while it is at it: on a terminal a line at the bottom that moves, elsewhere a plain line now and
//! then. Neither is there for what is done in no time.

use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::context::Context;
use super::progress::seconds;
use super::terminal::{self, plain, say};
use crate::database::{Notice, Observer};

/// On a terminal: work that takes less than this is over before anybody wonders.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two pictures of the line.
const TICK: Duration = Duration::from_millis(100);
/// Where nobody looks at a terminal: between two lines.
const SELDOM: Duration = Duration::from_secs(10);

/// The shapes that the line has on a terminal, without and with a number of things to do.
const SPINNER: &str = "{spinner} {wide_msg} {elapsed}";
const BAR: &str = "{spinner} [{bar:20}] {pos}/{len} {wide_msg} {elapsed}";

/// Tells what a command is at. Copies of it are one; the last one that goes ends it.
#[derive(Clone)]
pub struct Activity(Option<Arc<Teller>>);

struct Teller {
    bar: ProgressBar,
    ticker: Mutex<Option<Ticker>>,
}

/// A thread that draws, until it is told to stop.
struct Ticker {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Activity {
    /// For a command; tells nothing before it is [begun](Activity::begin).
    pub fn new(context: &Context) -> Activity {
        let is_told = !context.is_json() && !context.is_quiet();
        Activity(is_told.then(|| Arc::new(Teller { bar: ProgressBar::hidden(), ticker: Mutex::new(None) })))
    }

    /// One that has begun what can't be counted.
    pub fn begun(context: &Context, what: &str) -> Activity {
        let activity = Activity::new(context);
        activity.begin(what, None);
        activity
    }

    /// Something begins; a number of things to do, where it is known.
    pub fn begin(&self, what: &str, total: Option<usize>) {
        let Some(teller) = &self.0 else { return };
        teller.bar.set_length(total.map_or(0, |total| total as u64));
        teller.bar.set_style(style(total.is_some()));
        // Also where it had ended before.
        teller.bar.reset();
        self.at(what);
        let mut ticker = teller.ticker.lock().unwrap_or_else(PoisonError::into_inner);
        if ticker.is_none() {
            *ticker = Ticker::start(&teller.bar);
        }
    }

    /// What it is at now.
    pub fn at(&self, what: &str) {
        if let Some(teller) = &self.0 {
            // The bar would print colours also where none are wanted.
            teller.bar.set_message(plain(what).replace('\n', " "));
        }
    }

    /// So many things more are done.
    pub fn advance(&self, number: usize) {
        if let Some(teller) = &self.0 {
            teller.bar.inc(number as u64);
        }
    }

    /// Counts the steps of a scratch.
    pub fn observer(&self) -> Observer {
        let activity = self.clone();
        Arc::new(move |notice| {
            if let Notice::Steps { revisions, .. } = notice {
                activity.advance(revisions.len());
            }
        })
    }

    /// Nothing more is to be told until something begins again.
    pub fn end(&self) {
        if let Some(teller) = &self.0 {
            teller.end();
        }
    }
}

impl Teller {
    fn end(&self) {
        let ticker = self.ticker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Ticker { stop, thread }) = ticker {
            drop(stop);
            // Should it have panicked, nothing is drawn any more, which is what is wanted.
            let _ = thread.join();
        }
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.end();
    }
}

impl Ticker {
    /// Draws in a thread. Without one nothing is told: the work is what counts.
    fn start(bar: &ProgressBar) -> Option<Ticker> {
        let (stop, stopped) = mpsc::channel();
        let bar = bar.clone();
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_seen = stderr().is_terminal() && !is_dumb;
        let tick = move || if is_seen { draw(&bar, &stopped) } else { tell(&bar, &stopped) };
        let thread = thread::Builder::new().name("revgraph-activity".to_owned()).spawn(tick).ok()?;
        Some(Ticker { stop, thread })
    }
}

/// Draws the line again and again until the sender is gone, and clears it.
fn draw(bar: &ProgressBar, stopped: &mpsc::Receiver<()>) {
    if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    bar.set_draw_target(ProgressDrawTarget::stderr());
    terminal::keep_apart(Some(bar));
    while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        bar.tick();
    }
    bar.finish_and_clear();
    bar.set_draw_target(ProgressDrawTarget::hidden());
    terminal::keep_apart(None);
}

/// Says a line now and then until the sender is gone.
fn tell(bar: &ProgressBar, stopped: &mpsc::Receiver<()>) {
    let begun = Instant::now();
    while stopped.recv_timeout(SELDOM) == Err(RecvTimeoutError::Timeout) {
        let done = match bar.length() {
            Some(total) if total > 0 => format!(" {} of {total},", bar.position()),
            _ => String::new(),
        };
        say!("{}:{done} {} so far", bar.message(), seconds(begun.elapsed()));
    }
}

fn style(is_counted: bool) -> ProgressStyle {
    let shape = if is_counted { BAR } else { SPINNER };
    // Both shapes are sound, by a test.
    ProgressStyle::with_template(shape).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

#[cfg(test)]
mod tests {
    use indicatif::ProgressStyle;

    use super::{BAR, SPINNER};

    #[test]
    fn both_shapes_are_sound() {
        assert!(ProgressStyle::with_template(BAR).is_ok());
        assert!(ProgressStyle::with_template(SPINNER).is_ok());
    }
}
