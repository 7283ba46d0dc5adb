//! The command line: arguments in, rendering out. What is done is in `operation`.

use std::error::Error as _;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::database::DatabaseError;
use crate::error::Error;
use crate::graph::GraphError;

mod activity;
mod archive;
mod backup;
mod branches;
mod check;
mod connecting;
mod context;
mod current;
mod deploying;
mod diff;
mod downgrade;
mod drift;
mod dry_run;
mod edit;
mod graph;
mod heads;
mod headway;
mod history;
mod hooks;
mod init;
mod lint;
mod log;
mod losses;
mod merge;
mod picture;
mod plan;
mod progress;
mod recover;
mod render;
mod repair;
mod retired;
mod revision;
mod secrets;
mod show;
#[cfg(unix)]
mod signals;
mod snapshot;
mod squash;
mod stamp;
mod terminal;
mod test;
mod upgrade;
mod verify;

use context::{Context, Global};

/// A revision manager for PostgreSQL whose history is a versioned graph.
#[derive(Debug, Parser)]
#[command(name = "revgraph", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "\
Targets: heads, head, base, current, an id or a unique prefix of one, a label, label@head, +2, -1, id+1, label@-1.
Exit codes: 0 done or nothing to do, 1 failed, 2 wrong usage, 3 a check found something; after Ctrl-C 130, after
SIGTERM 143.")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    #[command(visible_alias = "new")]
    Revision(revision::Args),
    Merge(merge::Args),
    Upgrade(upgrade::Args),
    Downgrade(downgrade::Args),
    Plan(plan::Args),
    Stamp(stamp::Args),
    Squash(squash::Args),
    Backup(backup::Args),
    Current(current::Args),
    Heads(heads::Args),
    Branches(branches::Args),
    History(history::Args),
    Graph(graph::Args),
    Show(show::Args),
    Edit(edit::Args),
    Archive(archive::Args),
    Retired(retired::Args),
    Check(check::Args),
    Verify(verify::Args),
    Test(test::Args),
    Diff(diff::Args),
    Drift(drift::Args),
    Snapshot(snapshot::Args),
    Lint(lint::Args),
    Log(log::Args),
    Recover(recover::Args),
    Repair(repair::Args),
}

/// How a command ended, if not with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Done, or nothing to do.
    Done,
    /// A check found something.
    Found,
}

/// The exit code after an error.
const FAILED: u8 = 1;
/// The exit code after wrong usage: clap's own.
const USAGE: u8 = 2;
/// The exit code of a check that found something.
const FOUND: u8 = 3;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let cli = match Cli::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    #[cfg(unix)]
    signals::listen();
    let context = Context::new(cli.global);
    let outcome = run(cli.command, &context).and_then(|outcome| render::finish().map(|()| outcome));
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(FOUND),
        Err(error) => match signalled() {
            Some(code) => stopped(context.is_json(), &error, code),
            None => failed(context.is_json(), &error),
        },
    }
}

/// The exit code after a signal, if one came.
fn signalled() -> Option<u8> {
    #[cfg(unix)]
    return signals::exit_code();
    #[cfg(not(unix))]
    None
}

/// After a signal, what failed is what was cancelled: what it says is of use only where it tells what is done.
fn stopped(is_json: bool, error: &Error, code: u8) -> ExitCode {
    match error {
        Error::Step(_) | Error::Stopped { .. } => render::error(is_json, error),
        _ => render::error(is_json, &Error::Database(DatabaseError::Stopped)),
    }
    ExitCode::from(code)
}

fn failed(is_json: bool, error: &Error) -> ExitCode {
    render::error(is_json, error);
    ExitCode::from(FAILED)
}

fn run(command: Command, context: &Context) -> Result<Outcome, Error> {
    match command {
        Command::Init(args) => init::run(args, context),
        Command::Revision(args) => revision::run(args, context),
        Command::Merge(args) => merge::run(args, context),
        Command::Upgrade(args) => upgrade::run(args, context),
        Command::Downgrade(args) => downgrade::run(args, context),
        Command::Plan(args) => plan::run(args, context),
        Command::Squash(args) => squash::run(args, context),
        Command::Stamp(args) => stamp::run(args, context),
        Command::Backup(args) => backup::run(args, context),
        Command::Current(args) => current::run(args, context),
        Command::Heads(args) => heads::run(args, context),
        Command::Branches(args) => branches::run(args, context),
        Command::History(args) => history::run(args, context),
        Command::Graph(args) => graph::run(args, context),
        Command::Show(args) => show::run(args, context),
        Command::Edit(args) => edit::run(args, context),
        Command::Archive(args) => archive::run(args, context),
        Command::Retired(args) => retired::run(args, context),
        Command::Check(args) => check::run(args, context),
        Command::Verify(args) => verify::run(args, context),
        Command::Test(args) => test::run(args, context),
        Command::Diff(args) => diff::run(args, context),
        Command::Drift(args) => drift::run(args, context),
        Command::Snapshot(args) => snapshot::run(args, context),
        Command::Lint(args) => lint::run(args, context),
        Command::Log(args) => log::run(args, context),
        Command::Recover(args) => recover::run(args, context),
        Command::Repair(args) => repair::run(args, context),
    }
}

/// Shows help, the version, or what is wrong with the arguments; for tools as JSON, if that was among them.
/// A target that is none fails as it does everywhere else: it is no matter of usage.
fn usage(error: &clap::Error) -> ExitCode {
    if let Some(error) = error.source().and_then(|source| source.downcast_ref::<GraphError>()) {
        return failed(asks_for_json(), &Error::Graph(error.clone()));
    }
    if error.use_stderr() && asks_for_json() {
        render::json_error("usage", &usage_message(error), Some("revgraph COMMAND --help"), None);
        return ExitCode::from(USAGE);
    }
    // A closed pipe is no reason to fail.
    let _ = match error.use_stderr() {
        true => write!(anstream::stderr(), "{}", secrets::without_passwords(&error.render().ansi().to_string())),
        false => error.print(),
    };
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}

/// Whether the arguments, which could not be read, ask for JSON.
fn asks_for_json() -> bool {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    arguments.iter().any(|argument| argument == "--format=json")
        || arguments.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
}

/// What is wrong with the arguments, on one line: what clap says before its hints.
fn usage_message(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim);
    lines.collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn targets_need_no_quoting_tricks() {
        for arguments in [
            &["downgrade", "-1"][..],
            &["upgrade", "+2"],
            &["downgrade", "people@-1"],
            &["plan", "downgrade", "-3", "--from", "heads"],
            &["history", "-r", "-3:current"],
            &["history", "-r-3:"],
            &["show", "current-1"],
            &["downgrade", "--", "-1"],
        ] {
            let parsed = Cli::try_parse_from(["revgraph"].iter().chain(arguments));
            assert!(parsed.is_ok(), "{arguments:?}: {}", parsed.unwrap_err());
        }
    }

    /// The commands, `help` apart; those of a command after it.
    fn commands() -> Vec<clap::Command> {
        let mut program = Cli::command();
        program.build();
        let own = |command: &clap::Command| -> Vec<clap::Command> {
            command.get_subcommands().filter(|command| command.get_name() != "help").cloned().collect()
        };
        own(&program).into_iter().flat_map(|command| [vec![command.clone()], own(&command)].concat()).collect()
    }

    /// An example's words, as a shell would split them; what stands after two spaces, `>` or `|` is no argument.
    fn words(example: &str) -> Vec<String> {
        let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
        let end = example.find("  ").into_iter().chain(example.find(" >")).chain(example.find(" |")).min();
        for c in example[..end.unwrap_or(example.len())].chars() {
            match c {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(std::mem::take(&mut word)),
                _ => word.push(c),
            }
        }
        words.push(word);
        words
    }

    #[test]
    fn every_example_in_the_help_is_one() {
        for mut command in commands() {
            let help = command.render_long_help().to_string();
            let (_, examples) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("no examples: {help}"));
            let examples: Vec<&str> = examples.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            assert!(!examples.is_empty(), "{help}");
            for example in examples {
                let parsed = Cli::try_parse_from(words(example));
                assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
                let words = words(example);
                let is_own = |word: &String| {
                    *word == command.get_name() || command.get_visible_aliases().any(|alias| alias == word)
                };
                assert!(words[1..].iter().take(2).any(is_own), "{example} in the help of {}", command.get_name());
            }
        }
    }

    #[test]
    fn every_command_says_what_it_does_and_asks() {
        for command in commands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
        }
    }
}
