//! How things look: errors with their place, JSON, colours.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, Title};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::{Value, json};

use super::diff::tree::tree;
use super::secrets::{scrub, without_passwords};
use super::terminal::{apart, say, visible};
use crate::error::{Change, Error, StepFailure, count, list};
use crate::graph::{Direction, GraphError};
use crate::operation::lint::Finding;
use crate::operation::squash::SquashFailure;
use crate::project::{LoadError, ProjectError};
use crate::revision::{Problem, Source};

/// What went well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What deserves a look.
pub const WARN: Style = AnsiColor::Yellow.on_default();
/// What went wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Ids.
pub const ID: Style = AnsiColor::Cyan.on_default();
/// What is less important.
pub const DIM: Style = Style::new().dimmed();

/// Text in a style.
pub fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Why standard output could not be written. A closed pipe is no reason: whoever reads it has seen enough.
static UNWRITTEN: OnceLock<io::Error> = OnceLock::new();

fn note(written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        // The first reason is the one to tell.
        let _ = UNWRITTEN.set(error);
    }
}

/// Prints on standard output by a function: where that is a terminal, the moving line is away meanwhile. Elsewhere it must
/// not be, for whoever reads a pipe may not read on.
fn printed<T>(print: impl FnOnce() -> T) -> T {
    if io::stdout().is_terminal() { apart(print) } else { print() }
}

/// Prints a text on standard output, escape characters and all; on a terminal, as it is to be seen.
pub fn verbatim(text: &str) {
    let text = if io::stdout().is_terminal() { visible(text) } else { Cow::Borrowed(text) };
    note(printed(|| writeln!(io::stdout(), "{text}")));
}

/// How much JSON is written at once, in bytes.
const JSON_BUFFER: usize = 1 << 16;

/// Prints a result for tools on standard output.
pub fn json(value: &impl Serialize) {
    let mut out = io::BufWriter::with_capacity(JSON_BUFFER, io::stdout().lock());
    note(serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from));
    note(writeln!(out).and_then(|()| out.flush()));
}

/// Prints a line on standard output.
pub fn line(text: impl std::fmt::Display) {
    let text = text.to_string();
    note(printed(|| writeln!(anstream::stdout(), "{}", visible(&text))));
}

/// Prints many lines on standard output, at once.
pub fn lines(lines: impl Iterator<Item = String>) {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    let text = visible(&text);
    // What is left out must be left out before: the stream would write each of the pieces by itself.
    note(printed(|| match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => {
            io::stdout().write_all(anstream::adapter::strip_str(&text).to_string().as_bytes())
        }
        _ => anstream::stdout().write_all(text.as_bytes()),
    }));
}

/// Fails if something that was printed did not get out, say because the disk is full: half a script must not look
/// like a whole one.
pub fn finish() -> Result<(), Error> {
    note(io::stdout().flush());
    match UNWRITTEN.get() {
        None => Ok(()),
        Some(error) => Err(Error::File { path: "standard output".to_owned(), reason: error.to_string() }),
    }
}

/// Prints an error for tools: one line on standard error.
pub fn json_error(kind: &str, message: &str, help: Option<&str>, details: Option<Value>) {
    let mut error = json!({ "kind": kind, "message": message, "help": help });
    if let Some(details) = details {
        error["details"] = details;
    }
    scrub(&mut error);
    let _ = writeln!(std::io::stderr(), "{}", json!({ "error": error }));
}

/// Shows an error on standard error: for people with its place and what to do, for tools as JSON.
pub fn error(is_json: bool, error: &Error) {
    if is_json {
        return json_error(error.kind(), &error.to_string(), error.help().as_deref(), details(error));
    }
    match error {
        Error::Load(LoadError::Problems(problems)) => {
            problems.iter().for_each(problem);
            headline(&unusable(problems));
        }
        Error::Load(LoadError::Graph(errors)) => graph_errors(errors),
        Error::Project(ProjectError::Config(found))
        | Error::Load(LoadError::Folder(found) | LoadError::Interrupted(found))
        | Error::Archive(found) => return problem(found),
        Error::Changed(changes) => {
            headline(&error.to_string());
            changes.iter().for_each(change);
        }
        Error::OtherHistory { differ, .. } => {
            headline(&error.to_string());
            differ.iter().for_each(change);
        }
        Error::Step(failure) => step(failure),
        Error::Squash(failure) => squash(failure),
        Error::Interrupted { sql: Some(sql), .. } => {
            headline(&error.to_string());
            say!("  {}", sql.replace('\n', "\n  "));
        }
        _ => headline(&error.to_string()),
    }
    let several = matches!(error, Error::Load(LoadError::Graph(errors)) if errors.len() > 1);
    if let Some(text) = error.help().filter(|_| !several) {
        help(&text);
    }
}

fn unusable(problems: &[Problem]) -> String {
    let files: BTreeSet<&Path> = problems.iter().map(Problem::path).collect();
    format!("{} can't be used", count(files.len(), "revision file"))
}

fn headline(message: &str) {
    say!("{}: {}", styled(BAD, "error"), without_passwords(message));
}

fn help(text: &str) {
    say!("{}: {}", styled(GOOD, "help"), without_passwords(text));
}

fn graph_errors(errors: &[GraphError]) {
    for error in errors {
        headline(&error.to_string());
        if let Some(text) = error.help().filter(|_| errors.len() > 1) {
            help(&text);
        }
    }
}

/// A problem with the line that it is about, and a mark under the place.
pub fn problem(problem: &Problem) {
    let Some((source, span)) = problem.place() else {
        headline(&problem.to_string());
        if let Some(text) = problem.help_text() {
            help(text);
        }
        return;
    };
    let path = problem.path().display().to_string();
    let title = Level::ERROR.primary_title(problem.message());
    let mut group = placed(title, source, span.clone(), &path);
    if let Some(text) = problem.help_text() {
        group = group.element(Level::HELP.message(text));
    }
    say!("{}", Renderer::styled().render(&[group]));
}

/// What a linter has found, in the same way, on standard output.
pub fn finding(finding: &Finding) {
    let path = finding.source.path().display().to_string();
    let title = format!("{} [{}]", finding.message, finding.rule.name);
    let group = placed(Level::WARNING.primary_title(title), &finding.source, finding.span.clone(), &path)
        .element(Level::NOTE.message(finding.rule.why))
        .element(Level::HELP.message(finding.rule.help));
    line(Renderer::styled().render(&[group]));
}

/// A title and the lines of a file that it is about.
fn placed<'a>(title: Title<'a>, source: &'a Source, span: Range<usize>, path: &'a str) -> Group<'a> {
    let mut group = Group::with_title(title);
    // Only the lines around it: a file may have 50 MB.
    let window = window(source.text(), span.start);
    let marked = span.start - window.start..span.end.min(window.end).max(span.start) - window.start;
    let mut snippet = Snippet::source(source.slice(window.clone()))
        .line_start(source.position(window.start).line)
        .annotation(AnnotationKind::Primary.span(marked));
    if source.position(window.start).column == 1 {
        snippet = snippet.path(path);
    } else {
        // A snippet counts columns from where its text begins, which is in the middle of a long line.
        let position = source.position(span.start);
        group = group.element(Origin::path(path).line(position.line).char_column(position.column));
    }
    group.element(snippet)
}

/// The bytes of the line at an offset, with the one before it; a very long line is cut.
fn window(text: &str, at: usize) -> Range<usize> {
    const LONGEST: usize = 400;
    let at = at.min(text.len());
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    let before = line_start.checked_sub(1).map_or(0, |end| text[..end].rfind('\n').map_or(0, |newline| newline + 1));
    let start = if at - before > LONGEST { line_start } else { before };
    if line_end - start <= 2 * LONGEST {
        return start..line_end;
    }
    let cut = |offset: usize| (0..=offset).rev().find(|offset| text.is_char_boundary(*offset)).unwrap_or(0);
    cut(at.saturating_sub(LONGEST).max(start))..cut((at + LONGEST).min(line_end))
}

fn change(change: &Change) {
    let what = match (change.only_comments, change.only_lineage) {
        (true, _) => "only comments or white space changed",
        (_, true) => "its parents or dependencies changed, not its SQL",
        _ => "its SQL changed",
    };
    say!("\n{} in {}: {what}", styled(ID, &change.revision), change.path);
    if !change.only_lineage || !change.diff.is_empty() {
        diff(&change.diff).for_each(|line| say!("{line}"));
    }
}

/// The lines of a unified diff in colours.
pub fn diff(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(|line| {
        let style = match line.as_bytes().first() {
            Some(b'+') => GOOD,
            Some(b'-') => AnsiColor::Red.on_default(),
            _ => DIM,
        };
        format!("  {}", styled(style, line))
    })
}

/// What stands in a squash's way: the statement that failed or what differs, then what that means.
fn squash(failure: &SquashFailure) {
    if let Some(step) = failure.step() {
        place_of(step);
    }
    if let Some((sides, diff)) = failure.difference() {
        say!("{} {}", styled(BAD, "---"), sides[0]);
        say!("{} {}", styled(GOOD, "+++"), sides[1]);
        tree(diff).iter().for_each(|line| say!("{line}"));
    }
    headline(&failure.to_string());
}

fn step(failure: &StepFailure) {
    place_of(failure);
    headline(&failure.to_string());
    say!("{}", what_is_certain(failure));
}

/// The statement that failed, with all that the server said.
fn place_of(failure: &StepFailure) {
    problem(&failure.problem);
    for (name, text) in [("detail", &failure.error.detail), ("where", &failure.error.context)] {
        if let Some(text) = text {
            say!("{name}: {}", text.replace('\n', "\n       "));
        }
    }
}

/// What is done, and what is not, after a failure.
pub fn what_is_certain(failure: &StepFailure) -> String {
    let mut text = match failure.done.as_slice() {
        [] if failure.before_anything_ran => {
            "PostgreSQL found this before it ran anything: the database is as it was".to_owned()
        }
        [] => "no revision was completed".to_owned(),
        done if failure.before_anything_ran => {
            format!("done and recorded before it: {}; of the rest PostgreSQL ran nothing", list(done))
        }
        done => format!("done and recorded before it: {}", list(done)),
    };
    let fate = match failure.partly_done {
        _ if failure.error.ended_its_transaction() => "is not recorded, but what it committed stays",
        true => "stopped there, and the ledger knows where: what it had done outside of transactions stays",
        false => "was rolled back",
    };
    if !failure.before_anything_ran {
        text += &format!("; {} {fate}", failure.revision);
    }
    if !failure.left.is_empty() {
        let direction = match failure.direction {
            Direction::Up => "upgrade",
            Direction::Down => "downgrade",
        };
        text += &format!("; not begun: {} of this {direction}", count(failure.left.len(), "revision"));
    }
    text
}

/// What tools may want to know beyond the message.
fn details(error: &Error) -> Option<Value> {
    let place = |problem: &Problem| {
        let position = problem.position();
        json!({
            "file": problem.path().display().to_string(),
            "line": position.map(|position| position.line),
            "column": position.map(|position| position.column),
            "message": problem.message(),
            "help": problem.help_text(),
        })
    };
    match error {
        Error::Load(LoadError::Problems(problems)) => {
            let with_kind = |problem: &Problem| {
                let mut shown = place(problem);
                shown["kind"] = json!(problem.kind());
                shown
            };
            Some(json!(problems.iter().map(with_kind).collect::<Vec<_>>()))
        }
        Error::Project(ProjectError::Config(problem))
        | Error::Load(LoadError::Interrupted(problem))
        | Error::Archive(problem) => Some(place(problem)),
        Error::Load(LoadError::Graph(errors)) => {
            let shown = |error: &GraphError| json!({ "kind": error.kind(), "message": error.to_string() });
            Some(json!(errors.iter().map(shown).collect::<Vec<_>>()))
        }
        Error::Hook { command, said, .. } => Some(json!({ "command": command, "said": said })),
        Error::Squash(failure) => match (failure.step(), failure.difference()) {
            (Some(step), _) => Some(json!({ "revision": step.revision, "place": place(&step.problem) })),
            (_, Some((_, diff))) => Some(json!(diff.difference)),
            _ => None,
        },
        Error::Step(failure) => Some(json!({
            "revision": failure.revision,
            "direction": failure.direction.to_string(),
            "place": place(&failure.problem),
            "sqlstate": failure.error.code,
            "detail": failure.error.detail,
            "done": failure.done,
            "left": failure.left,
            "before_anything_ran": failure.before_anything_ran,
        })),
        Error::Changed(changes) | Error::OtherHistory { differ: changes, .. } => Some(json!(
            changes
                .iter()
                .map(|change| json!({
                    "revision": change.revision,
                    "file": change.path,
                    "only_comments": change.only_comments,
                    "only_lineage": change.only_lineage,
                    "diff": change.diff,
                }))
                .collect::<Vec<_>>()
        )),
        Error::Missing(ids) | Error::Gaps(ids) | Error::OnlyInLedger { revisions: ids, .. } => Some(json!(ids)),
        Error::WouldLose { losses } => Some(json!(losses)),
        Error::Stopped(stopped) => Some(json!({ "done": stopped.done, "left": stopped.left })),
        _ => None,
    }
}
