//! `revgraph completions`, and the answers to the shells that have what it prints.

pub mod candidates;
mod shells;

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::CompleteEnv;

use super::render::verbatim;
use super::{Cli, Outcome};
use crate::error::Error;
use shells::{SHELLS, Shell};

/// The variable by which a shell asks for candidates.
const VARIABLE: &str = "REVGRAPH_COMPLETE";

/// Print what a shell needs to complete commands, options, revisions, labels and databases
///
/// No database is asked while you type: what there is comes from the project's files.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
One line for each shell:
  bash        echo 'eval \"$(revgraph completions bash)\"' >> ~/.bashrc
  zsh         echo 'source <(revgraph completions zsh)' >> ~/.zshrc      (behind compinit)
  fish        revgraph completions fish > ~/.config/fish/completions/revgraph.fish
  elvish      eval (revgraph completions elvish | slurp)                 (in rc.elv)
  powershell  revgraph completions powershell | Out-String | Invoke-Expression   (in $PROFILE)

Examples:
  revgraph completions bash
  revgraph completions zsh > _revgraph       for a folder of $fpath
  revgraph completions fish > revgraph.fish")]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// Prints a shell's script.
pub fn run(args: &Args) -> Result<Outcome, Error> {
    let mut script = Vec::new();
    let written = args.shell.adapter().write_registration(VARIABLE, "revgraph", "revgraph", "revgraph", &mut script);
    written.map_err(|error| Error::File { path: "the script".to_owned(), reason: error.to_string() })?;
    verbatim(String::from_utf8_lossy(&script).trim_end());
    Ok(Outcome::Done)
}

/// Answers a shell that asks for candidates; false if none does. Whatever goes wrong, nothing is said: it would stand in
/// the middle of the line that is being typed.
pub fn answered() -> bool {
    let asks = std::env::var_os(VARIABLE).is_some_and(|shell| !shell.is_empty());
    // All scripts ask so. Without it somebody has left the variable about, and wants what he says to be done.
    if !asks || std::env::args_os().nth(1).is_none_or(|first| first != "--") {
        return false;
    }
    let completer = CompleteEnv::with_factory(command).var(VARIABLE).shells(SHELLS);
    let folder = std::env::current_dir().ok();
    let _ = completer.try_complete(std::env::args_os(), folder.as_deref());
    let _ = io::stdout().flush();
    true
}

/// The command line. Of a command with two names one is shown: it should be its own.
fn command() -> clap::Command {
    Cli::command().mut_subcommand("revision", |revision| revision.visible_alias(None::<&str>).alias("new"))
}
