//! What is said while a plan runs.

use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::context::Context;
use super::render::{DIM, GOOD, ID, WARN, line, styled};
use crate::database::lock::Holder;
use crate::database::{Notice, Observer};
use crate::error::list;
use crate::graph::Direction;
use crate::operation::deploy::{Attendant, PlannedStep};
use crate::project::History;
use crate::revision::{Revision, RevisionId};

/// Says each step as it is done, and what the server says.
pub fn observer(context: &Context, history: &History) -> Observer {
    let silent = context.is_json() || context.is_quiet();
    let verbose = context.is_verbose();
    let messages: std::collections::HashMap<String, String> =
        history.revisions().map(|revision| (revision.id.to_string(), revision.message.clone())).collect();
    Arc::new(move |notice| match notice {
        Notice::Steps { direction, revisions } if !silent => {
            let message = |revision| messages.get(revision).map_or("", String::as_str);
            let lines = revisions.iter().map(|revision| step(direction, revision, message(revision)));
            line(lines.collect::<Vec<_>>().join("\n"));
        }
        Notice::Server { severity, message } if verbose || severity == "WARNING" => {
            anstream::eprintln!("{}: {message}", styled(DIM, severity.to_lowercase()));
        }
        _ => {}
    })
}

/// One step as a line.
pub fn step(direction: Direction, revision: &str, message: &str) -> String {
    let arrow = match direction {
        Direction::Up => styled(GOOD, "  up  "),
        Direction::Down => styled(WARN, "  down"),
    };
    format!("{arrow} {}  {message}", styled(ID, revision)).trim_end().to_owned()
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
}

impl Attendant for AtCommandLine<'_> {
    fn waiting(&mut self, holder: &Holder) {
        if !self.context.is_quiet() {
            anstream::eprintln!("waiting for another deployer: {holder}");
        }
    }

    fn planned(&mut self, plan: &[PlannedStep<'_>]) {
        if self.context.is_verbose() && !self.context.is_json() {
            for planned in plan {
                anstream::eprintln!("plan: {} {}", planned.direction, planned.revision.id);
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
