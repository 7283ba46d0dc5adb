//! `revgraph snapshot`

use std::path::{Path, PathBuf};

use super::Outcome;
use super::context::Context;
use super::diff::Parts;
use super::render::{line, verbatim};
use crate::error::Error;
use crate::operation::snapshot::{lasting_snapshot, to_text};
use crate::schema::{Ignore, ReadOptions, Snapshot};

/// Write down what the database is, for `diff`
///
/// The file is JSON: every object with what is known of it, and what is in the database that no kind of object
/// describes. It holds no password; with --data it holds digests of rows, not rows.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph snapshot -o before.json
  revgraph snapshot --schema app --data
  revgraph snapshot --database reporting -o reporting.json")]
pub struct Args {
    /// Where to write it; standard output without it
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    parts: Parts,
}

/// Writes it.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let project = context.project()?;
    let mut session = context.open_to_read(&project)?;
    let options = args.parts.options(&project.config, Ignore::default());
    let snapshot = lasting_snapshot(session.client(), &options.read, options.contents)?;
    options.check_schemas(&[&snapshot])?;
    match &args.output {
        None => verbatim(to_text(&snapshot, &options.read).trim_end()),
        Some(path) => write(path, &snapshot, &options.read, context)?,
    }
    Ok(Outcome::Done)
}

fn write(path: &Path, snapshot: &Snapshot, options: &ReadOptions, context: &Context) -> Result<(), Error> {
    std::fs::write(path, to_text(snapshot, options))
        .map_err(|error| Error::File { path: path.display().to_string(), reason: error.to_string() })?;
    if !context.is_quiet() && !context.is_json() {
        let objects = match snapshot.objects.len() {
            1 => "1 object".to_owned(),
            number => format!("{number} objects"),
        };
        line(format_args!("wrote {objects} to {}", path.display()));
    }
    Ok(())
}
