//! `revgraph init`

use std::path::PathBuf;

use super::Outcome;
use super::context::Context;
use super::render::{json, line};
use crate::error::Error;
use crate::operation::init::init;

/// Make a new project: revgraph.toml, revisions/, archive/
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph init
  revgraph init migrations")]
pub struct Args {
    /// The folder; without it, this one
    folder: Option<PathBuf>,
}

/// Makes the project.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let elsewhere = args.folder.as_ref().map_or(String::new(), |folder| format!("`cd {}`, then ", folder.display()));
    let folder = args.folder.unwrap_or_else(|| context.folder());
    let written = init(&folder)?;
    if context.is_json() {
        json(&serde_json::json!({ "written": written }));
    } else if !context.is_quiet() {
        for path in written {
            line(format_args!("wrote {}", path.display()));
        }
        let next = "`revgraph revision -m MESSAGE` writes the first revision, `revgraph upgrade` runs it";
        line(format_args!("next: {elsewhere}{next}"));
    }
    Ok(Outcome::Done)
}
