//! `revgraph graph`

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::Outcome;
use super::completions::candidates;
use super::context::{Context, Format};
use super::picture::text::{self, Manner};
use super::picture::{Asked, Found, dot, html, mermaid, svg};
use super::render::{json, verbatim};
use super::terminal::say;
use crate::error::Error;
use crate::graph::{Range, Target};
use crate::operation::picture::Expand;

/// Draw the graph: in the terminal, as a picture for a README, or as a page to look around in
///
/// Rows are revisions, the newest first. Without --format, the end of FILE's name says what is written, and without a
/// file it is drawn in the terminal, as `history --graph` does. A page (html) is one file that needs no other and no
/// network: it searches ids, messages, labels and SQL, shows a revision's SQL on a click, and opens baselines to what
/// they stand for. With -i or --database, everything is coloured by what that database has of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
JSON: `revisions` from the top, each with `row`, `lane`, `state` (applied, partly, pending; null: no
database was asked), `unfinished`, `edited`, `path` (null: no file), `replaces` (how many), `archived`
(the baseline that stands for it); `lines` with `from`, `to`, `relation` (parent, depends_on) and
`points` of row and lane; `lanes`: how many there are.

Examples:
  revgraph graph
  revgraph graph -o history.svg                       for a README, light and dark
  revgraph graph -o history.html --database staging   a page with what staging has of it
  revgraph graph --format mermaid -r accounts@base:   for Markdown, one branch alone
  revgraph graph --format dot --expand all | dot -Tpdf -o history.pdf")]
pub struct Args {
    /// From one target to another, a:b; either may be left out
    #[arg(long, short, value_name = "A:B", allow_hyphen_values = true, add = candidates::ranges())]
    range: Option<Range>,
    /// Show what is in effect in the database; --database says so too
    #[arg(long, short, visible_alias = "indicate-current")]
    indicate: bool,
    /// Show what a baseline stands for in its place; `all`: of every one
    #[arg(long, value_name = "BASELINE", add = candidates::expandable())]
    expand: Vec<Expanded>,
    /// Write to this file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What is written
    // It stands in for the global option of this name, which knows less: the ids must be the same.
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
}

/// One value of `--expand`.
#[derive(Debug, Clone)]
enum Expanded {
    All,
    One(Target),
}

impl FromStr for Expanded {
    type Err = crate::graph::GraphError;

    fn from_str(text: &str) -> Result<Expanded, Self::Err> {
        match text {
            "all" => Ok(Expanded::All),
            text => text.parse().map(Expanded::One),
        }
    }
}

/// Draws it.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let format = format(&args)?;
    let found = Asked {
        range: args.range.unwrap_or_default(),
        indicate: args.indicate || context.names_database(),
        expand: expand(args.expand),
        with_members: format == Format::Html,
    }
    .picture(context)?;
    let drawn = match format {
        Format::Text if args.output.is_none() => {
            text::print(&found.picture, Manner::of_output(context.is_verbose(), context.is_quiet()));
            return Ok(Outcome::Done);
        }
        Format::Json if args.output.is_none() => {
            json(&found.picture.view());
            return Ok(Outcome::Done);
        }
        format => drawn(format, &found, context)?,
    };
    match &args.output {
        Some(path) => write(path, &drawn, context)?,
        None => verbatim(drawn.trim_end()),
    }
    Ok(Outcome::Done)
}

/// What is written: as it is said, or else as the file's name says.
fn format(args: &Args) -> Result<Format, Error> {
    let Some(path) = args.output.as_ref().filter(|_| args.format.is_none()) else {
        return Ok(args.format.unwrap_or(Format::Text));
    };
    match path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase().as_str() {
        "svg" => Ok(Format::Svg),
        "html" | "htm" => Ok(Format::Html),
        "dot" | "gv" => Ok(Format::Dot),
        "mmd" | "mermaid" => Ok(Format::Mermaid),
        "json" => Ok(Format::Json),
        "txt" => Ok(Format::Text),
        _ => Err(Error::Invalid {
            message: format!("the name {} doesn't say what is to be written", path.display()),
            help: "say it by `--format svg`, `html`, `dot`, `mermaid`, `json` or `text`".to_owned(),
        }),
    }
}

fn expand(values: Vec<Expanded>) -> Expand {
    let mut targets = Vec::new();
    for value in values {
        match value {
            Expanded::All => return Expand::All,
            Expanded::One(target) => targets.push(target),
        }
    }
    if targets.is_empty() { Expand::Nothing } else { Expand::These(targets) }
}

fn drawn(format: Format, found: &Found, context: &Context) -> Result<String, Error> {
    Ok(match format {
        Format::Svg => svg::draw(&found.picture),
        Format::Html => html::draw(found),
        Format::Dot => dot::draw(&found.picture),
        Format::Mermaid => mermaid::draw(&found.picture),
        Format::Json => serde_json::to_string_pretty(&found.picture.view()).unwrap_or_default() + "\n",
        Format::Text => text::plain(
            &found.picture,
            Manner { columns: None, legend: false, ..Manner::of_output(context.is_verbose(), true) },
        ),
    })
}

fn write(path: &Path, text: &str, context: &Context) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::File { path: path.display().to_string(), reason: error.to_string() };
    std::fs::write(path, text).map_err(failed)?;
    if !context.is_quiet() {
        say!("wrote {}", path.display());
    }
    Ok(())
}
