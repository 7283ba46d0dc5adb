//! An error as text for a log: all of it, in lines.

use std::fmt::Write;

use crate::database::DatabaseError;
use crate::error::{Error, StepFailure, list};
use crate::graph::GraphError;
use crate::project::{LoadError, ProjectError};
use crate::revision::Problem;

/// No more of a line is shown: it may be a file's only one.
const LONGEST_LINE: usize = 200;

impl Error {
    /// The message, each place in a file that it is about with the line there, what is certain, and what to do next: as lines
    /// of plain text, the last one ended. The `Display` of an error is the message alone.
    ///
    /// ```text
    /// upgrade of b2 failed: syntax error at or near "DEFALT"
    ///   revisions/b2_size.sql:7:42: syntax error at or near "DEFALT"
    ///     ALTER TABLE users ADD size int NOT NULL DEFALT 0;
    ///                                             ^^^^^^
    /// ```
    pub fn report(&self) -> String {
        let mut text = format!("{self}\n");
        match self {
            Error::Load(LoadError::Problems(problems)) => problems.iter().for_each(|found| show(&mut text, found)),
            Error::Load(LoadError::Graph(errors)) => errors.iter().for_each(|error| graph_error(&mut text, error)),
            Error::Project(ProjectError::Config(found))
            | Error::Load(LoadError::Folder(found) | LoadError::Interrupted(found))
            | Error::Archive(found) => show(&mut text, found),
            Error::Step(failure) => step(&mut text, failure),
            Error::Changed(changes) | Error::OtherHistory { differ: changes, .. } => {
                for change in changes {
                    line(&mut text, 2, &format!("{} in {}", change.revision, change.path));
                    line(&mut text, 4, &change.diff);
                }
            }
            _ => {}
        }
        if let Some(help) = help(self) {
            line(&mut text, 0, &format!("help: {help}"));
        }
        text
    }
}

/// What to do next, where that is another thing in a program than on a command line.
fn help(error: &Error) -> Option<String> {
    match error {
        Error::NotConfirmed { phrase, .. } => Some(format!("if that is what you want: Deploy::confirm({phrase:?})")),
        Error::WouldLose { .. } => Some(
            "nothing was touched; if that is what you want: Deploy::losing_data(), with a backup before it".to_owned(),
        ),
        Error::OnlyInLedger { .. } => Some(
            "a program runs its own files alone; `revgraph recover -o DIR` writes what the ledger keeps for reading, \
             `revgraph downgrade TARGET --from-ledger` runs it"
                .to_owned(),
        ),
        Error::Database(DatabaseError::Locked { .. }) => Some(
            "wait for it, give it longer with Deploy::lock_wait, or end that session if its client is gone".to_owned(),
        ),
        Error::Stopped(stopped) => help(&stopped.cause),
        error => error.help(),
    }
}

fn step(text: &mut String, failure: &StepFailure) {
    show(text, &failure.problem);
    for (name, said) in [("detail", &failure.error.detail), ("where", &failure.error.context)] {
        if let Some(said) = said {
            line(text, 2, &format!("{name}: {said}"));
        }
    }
    for (what, revisions) in [("done and recorded", &failure.done), ("not begun", &failure.left)] {
        if !revisions.is_empty() {
            line(text, 2, &format!("{what}: {}", list(revisions)));
        }
    }
}

fn graph_error(text: &mut String, error: &GraphError) {
    line(text, 2, &error.to_string());
    if let Some(help) = error.help() {
        line(text, 4, &help);
    }
}

/// A problem with its line and a mark under the place.
fn show(text: &mut String, problem: &Problem) {
    line(text, 2, &problem.to_string());
    if let Some((source, span)) = problem.place() {
        let position = source.position(span.start);
        let shown = source.text().lines().nth(position.line - 1).unwrap_or_default();
        if shown.chars().count() <= LONGEST_LINE {
            let marked = source.slice(span).lines().next().map_or(1, |marked| marked.chars().count().max(1));
            // A tab is as wide above as below.
            let before = shown.chars().take(position.column - 1);
            let before: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            line(text, 4, shown);
            line(text, 4, &format!("{before}{}", "^".repeat(marked)));
        }
    }
    if let Some(help) = problem.help_text() {
        line(text, 4, help);
    }
}

/// Adds lines, each that far from the left.
fn line(text: &mut String, indent: usize, lines: &str) {
    for line in lines.lines() {
        // A String takes everything.
        let _ = writeln!(text, "{:indent$}{line}", "");
    }
}
