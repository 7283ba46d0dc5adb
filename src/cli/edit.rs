//! `revgraph edit`

use std::path::Path;
use std::process::Command;

use super::Outcome;
use super::completions::candidates;
use super::context::Context;
use crate::error::Error;
use crate::graph::Target;

/// Open a revision's file in $VISUAL or $EDITOR
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph edit head
  revgraph edit 3f9a")]
pub struct Args {
    /// The revision
    #[arg(value_name = "TARGET", default_value = "head", allow_negative_numbers = true, add = candidates::targets())]
    target: Target,
}

/// Opens the file of each revision that the target names.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let (_, history) = context.history()?;
    if let Some(baseline) = history.graph.entered_by(&args.target) {
        return Err(Error::Invalid {
            message: format!("{} is archived: the baseline {} stands for it", args.target, baseline.id()),
            help: format!("`revgraph show {}` shows it", args.target),
        });
    }
    for id in history.graph.resolve(&args.target, None)? {
        if let Some(revision) = history.get(&id) {
            open_editor(revision.source.path())?;
        }
    }
    Ok(Outcome::Done)
}

/// Runs the user's editor and waits for it.
pub fn open_editor(path: &Path) -> Result<(), Error> {
    let invalid = |message: String| Error::Invalid { message, help: "set VISUAL or EDITOR to your editor".to_owned() };
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok());
    let editor = named.into_iter().find(|editor| !editor.trim().is_empty());
    let editor = editor.ok_or_else(|| invalid("no editor is set".to_owned()))?;
    // `code --wait` is a program and its argument, as git takes it too.
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or_default();
    let status = Command::new(program).args(words).arg(path).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(invalid(format!("{editor} ended with {status}"))),
        Err(error) => Err(invalid(format!("{editor} does not run: {error}"))),
    }
}
