//! The command line: arguments in, rendering out. What is done is in `operation`.

use std::error::Error as _;
use std::process::ExitCode;

use anstyle::Style;
use clap::builder::Styles;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::database::DatabaseError;
use crate::error::Error;
use crate::graph::GraphError;

mod activity;
mod archive;
mod backup;
mod branches;
mod check;
mod completions;
mod connecting;
mod context;
mod current;
mod deploying;
mod diff;
mod downgrade;
mod drift;
mod dry_run;
mod edit;
mod from_ledger;
mod graph;
mod heads;
mod headway;
mod help;
mod history;
mod hooks;
mod init;
mod lint;
mod log;
mod losses;
mod man;
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
mod topics;
mod upgrade;
mod verify;

use context::{Color, Context, Global};

/// A revision manager for PostgreSQL whose history is a versioned graph.
#[derive(Debug, Parser)]
#[command(name = "revgraph", version, propagate_version = true, max_term_width = 100)]
#[command(styles = STYLES, disable_help_subcommand = true, after_help = help::topics())]
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
    // The word of git and others, for which `stamp` would be suggested otherwise.
    #[command(alias = "status")]
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
    #[command(alias = "completion")]
    Completions(completions::Args),
    Man(man::Args),
    Help(help::Args),
}

/// How help and usage errors look: in the colours of everything else.
const STYLES: Styles = Styles::plain()
    .header(BOLD)
    .usage(BOLD)
    .literal(render::ID)
    .error(render::BAD)
    .valid(render::GOOD)
    .invalid(render::WARN);

const BOLD: Style = Style::new().bold();

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
    if completions::answered() {
        return ExitCode::SUCCESS;
    }
    let cli = match read_arguments() {
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

fn read_arguments() -> Result<Cli, clap::Error> {
    let cli = Cli::from_arg_matches(&Cli::command().try_get_matches()?)?;
    match &cli.command {
        Command::Help(args) => help::check(args).map(|()| cli),
        _ => Ok(cli),
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
        Error::Step(_) | Error::Stopped(_) | Error::Hook { .. } => render::error(is_json, error),
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
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args, context),
        Command::Help(args) => {
            help::run(&args);
            Ok(Outcome::Done)
        }
    }
}

/// Shows help, the version, or what is wrong with the arguments; for tools as JSON, if that was among them.
/// A target that is none fails as it does everywhere else: it is no matter of usage.
fn usage(error: &clap::Error) -> ExitCode {
    if let Some(color) = given("--color").and_then(|when| Color::from_str(&when, false).ok()) {
        color.decide();
    }
    if let Some(error) = error.source().and_then(|source| source.downcast_ref::<GraphError>()) {
        return failed(asks_for_json(), &Error::Graph(error.clone()));
    }
    if error.use_stderr() && asks_for_json() {
        render::json_error("usage", &usage_message(error), Some("revgraph COMMAND --help"), None);
        return ExitCode::from(USAGE);
    }
    let text = error.render().ansi().to_string();
    match error.use_stderr() {
        true => terminal::print(&secrets::without_passwords(&text)),
        false => render::line(text.trim_end()),
    }
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}

/// Whether the arguments, which could not be read, ask for JSON.
fn asks_for_json() -> bool {
    given("--format").is_some_and(|format| format == "json")
}

/// The value of an option among the arguments, which could not be read.
fn given(option: &str) -> Option<String> {
    let arguments: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let together = arguments.iter().find_map(|word| word.strip_prefix(option)?.strip_prefix('='));
    let apart = || arguments.windows(2).find(|pair| pair[0] == option).map(|pair| pair[1].as_str());
    together.or_else(apart).map(str::to_owned)
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

    #[test]
    fn every_command_says_what_it_does_and_asks() {
        let mut program = Cli::command();
        program.build();
        for command in man::commands(&program) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
        }
    }
}
