//! What is said while a plan runs.

use std::collections::HashMap;
use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::context::Context;
use super::headway::HeadwayLine;
use super::render::{DIM, GOOD, ID, WARN, lines, styled};
use crate::database::lock::Holder;
use crate::database::run::Headway;
use crate::database::{Notice, Observer};
use crate::error::list;
use crate::graph::{Action, Direction};
use crate::operation::deploy::{Attendant, PlannedStep};
use crate::revision::{Revision, RevisionId};

/// What the steps of a plan are for: told when the plan is made, wanted when they are done.
pub type Purposes = Arc<Mutex<HashMap<String, String>>>;

/// Says each step as it is done, and what the server says.
pub fn observer(context: &Context, purposes: Purposes) -> Observer {
    let silent = context.is_json() || context.is_quiet();
    let verbose = context.is_verbose();
    Arc::new(move |notice| match notice {
        Notice::Steps { action, revisions } if !silent => {
            // One that panicked while it held the lock has left the texts whole.
            let purposes = purposes.lock().unwrap_or_else(PoisonError::into_inner);
            let message = |revision| purposes.get(revision).map_or("", String::as_str);
            lines(revisions.iter().map(|revision| step(action, revision, message(revision))));
        }
        Notice::Server { severity, message } if verbose || severity == "WARNING" => {
            anstream::eprintln!("{}: {message}", styled(DIM, severity.to_lowercase()));
        }
        _ => {}
    })
}

/// One step as a line.
pub fn step(action: Action, revision: &str, message: &str) -> String {
    let style = match action {
        Action::Run(Direction::Up) => GOOD,
        Action::Run(Direction::Down) => WARN,
        Action::Adopt | Action::Expand => DIM,
    };
    format!("{} {}  {message}", styled(style, format_args!("  {action:<4}")), styled(ID, revision))
        .trim_end()
        .to_owned()
}

/// A duration as people read it.
pub fn seconds(duration: Duration) -> String {
    match duration.as_secs_f64() {
        short if short < 1.0 => format!("{:.0} ms", short * 1000.0),
        long => format!("{long:.2} s"),
    }
}

/// Attends to a deployment on a command line.
pub struct AtCommandLine<'a> {
    /// The options.
    pub context: &'a Context,
    /// The phrases that the command line gives.
    pub phrases: &'a [String],
    /// What is told of a plan for later.
    pub purposes: Purposes,
    headway: HeadwayLine,
}

impl<'a> AtCommandLine<'a> {
    /// Attends to one deployment.
    pub fn new(context: &'a Context, phrases: &'a [String], purposes: Purposes) -> AtCommandLine<'a> {
        AtCommandLine { context, phrases, purposes, headway: HeadwayLine::new(context) }
    }
}

impl Attendant for AtCommandLine<'_> {
    fn waiting(&mut self, holder: &Holder) {
        if !self.context.is_quiet() {
            anstream::eprintln!("waiting for another deployer: {holder}");
        }
    }

    fn planned(&mut self, plan: &[PlannedStep<'_>]) {
        let purposes = plan.iter().map(|step| (step.id.to_string(), step.message.to_owned()));
        self.purposes.lock().unwrap_or_else(PoisonError::into_inner).extend(purposes);
        if self.context.is_verbose() && !self.context.is_json() {
            for planned in plan {
                anstream::eprintln!("plan: {} {}", planned.action, planned.id);
            }
        }
    }

    fn down_changed(&mut self, revisions: &[RevisionId]) {
        if !self.context.is_quiet() {
            let warning = styled(WARN, "note");
            anstream::eprintln!(
                "{warning}: the way down of {} is another one than when it ran; the file's is used",
                list(revisions)
            );
        }
    }

    fn up_changed(&mut self, revisions: &[RevisionId]) {
        let warning = styled(WARN, "warning");
        anstream::eprintln!("{warning}: edited after it ran: {}; the way down goes on with the files", list(revisions));
    }

    fn resuming(&mut self, revision: &RevisionId, sql: Option<&str>) {
        if self.context.is_quiet() {
            return;
        }
        match sql {
            Some(sql) => anstream::eprintln!("{revision} goes on where it stopped:\n  {}", sql.replace('\n', "\n  ")),
            None => anstream::eprintln!("{revision} has run, and is now verified and recorded"),
        }
    }

    fn makes_headway(&mut self, headway: &Headway<'_>) {
        self.headway.show(headway);
    }

    fn confirms(&mut self, revision: &Revision, phrase: &str) -> bool {
        if self.phrases.iter().any(|given| given == phrase) {
            return true;
        }
        ask_for_phrase(revision, phrase)
    }
}

/// Asks on a terminal; where there is none, the answer is no.
fn ask_for_phrase(revision: &Revision, phrase: &str) -> bool {
    use std::io::{IsTerminal, stdin};
    if !stdin().is_terminal() {
        return false;
    }
    anstream::eprint!("{} ({}) asks for the phrase {phrase}: ", styled(ID, &revision.id), revision.message);
    let mut answer = String::new();
    stdin().read_line(&mut answer).is_ok() && answer.trim_end_matches(['\r', '\n']) == phrase
}

/// Says on one line of a terminal how far the work in scratch databases has come; nothing where nobody looks.
#[derive(Clone)]
pub struct Gauge(Arc<Reading>);

struct Reading {
    shown: bool,
    total: AtomicUsize,
    done: AtomicUsize,
}

impl Gauge {
    /// For a command.
    pub fn new(context: &Context) -> Gauge {
        let shown = stderr().is_terminal() && !context.is_json() && !context.is_quiet();
        Gauge(Arc::new(Reading { shown, total: AtomicUsize::new(0), done: AtomicUsize::new(0) }))
    }

    /// So much is to be done.
    pub fn expect(&self, total: usize) {
        self.0.total.store(total, Ordering::Relaxed);
        self.add(0);
    }

    /// So much more is done.
    pub fn add(&self, number: usize) {
        let reading = &self.0;
        let done = reading.done.fetch_add(number, Ordering::Relaxed) + number;
        if reading.shown {
            anstream::eprint!("\r{done} of {}\x1b[K", reading.total.load(Ordering::Relaxed));
        }
    }

    /// Leaves the line empty for something else.
    pub fn clear(&self) {
        if self.0.shown {
            anstream::eprint!("\r\x1b[K");
        }
    }

    /// Counts the steps of a scratch.
    pub fn observer(&self) -> Observer {
        let gauge = self.clone();
        Arc::new(move |notice| {
            if let Notice::Steps { revisions, .. } = notice {
                gauge.add(revisions.len());
            }
        })
    }
}

impl Drop for Reading {
    /// Leaves an empty line for what comes next.
    fn drop(&mut self) {
        if self.shown {
            anstream::eprint!("\r\x1b[K");
        }
    }
}
