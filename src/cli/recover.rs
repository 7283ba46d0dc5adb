//! `revgraph recover`

use std::path::PathBuf;

use super::Outcome;
use super::completions::candidates;
use super::context::{Context, actor};
use super::render::{DIM, GOOD, ID, WARN, json, line, styled};
use crate::database::ledger::Ledger;
use crate::error::{Error, count};
use crate::operation::recover::{LeftOut, RecoverOptions, RecoveredFile, Recovery, recover};

/// Write revisions that this checkout lacks back as files, from what the database's ledger keeps of them
///
/// Each text is verified against its checksums first. What an archive lacks of a baseline comes back to it where its
/// manifest still says what it was; otherwise -o DIR is its only place.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph recover                  all that is in effect and has no file, into revisions/
  revgraph recover 3f9a             one of them
  revgraph recover -o from_ledger   into a folder of its own, for reading
  revgraph recover 3f9a --force     over a file of that name that says something else")]
pub struct Args {
    /// Revisions in effect that have no file: ids, or unique beginnings of ids; without any, all
    #[arg(value_name = "REVISION", add = candidates::revisions_only())]
    revisions: Vec<String>,
    /// Write all of them into this folder
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write over files that say something else
    #[arg(long)]
    force: bool,
}

/// Recovers.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let (project, history, connecting) = context.history_to_complete_and_database(&actor()?, true)?;
    let mut session = connecting.session_to_read(context)?;
    let ledger = Ledger::new(&project.config.ledger_schema);
    let options = RecoverOptions { names: &args.revisions, folder: args.output.as_deref(), force: args.force };
    let recovery = recover(&project, &history, &mut session, &ledger, options)?;
    match context.is_json() {
        true => json(&recovery),
        false if context.is_quiet() => {}
        false => show(&recovery),
    }
    Ok(Outcome::Done)
}

fn show(recovery: &Recovery) {
    for RecoveredFile { path, written, .. } in &recovery.files {
        match written {
            true => line(format_args!("{} {path}", styled(GOOD, "recovered"))),
            false => line(format_args!("{} {path}", styled(DIM, "there already"))),
        }
    }
    for LeftOut { revision, reason } in &recovery.left_out {
        line(format_args!("{} {}: {reason}", styled(WARN, "left out"), styled(ID, revision)));
    }
    if recovery.files.is_empty() && recovery.left_out.is_empty() {
        return line("nothing to recover: every revision in effect has its file");
    }
    if !recovery.left_out.is_empty() {
        line("`-o DIR` writes what has a text into a folder of your own");
    }
    let written = recovery.files.iter().filter(|file| file.written).count();
    line(format_args!("{} written, each as it ran", count(written, "file")));
}
