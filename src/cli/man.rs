//! `revgraph man`

use std::fs;
use std::io;
use std::mem::discriminant;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory, ValueHint};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::context::Context;
use super::render::{json, line};
use super::topics::{Line, TOPICS, Topic};
use super::{Cli, Outcome};
use crate::error::{Error, count};

/// Write the manual pages: of revgraph and each command into man1/, of each topic into man7/
///
/// The folder is one of those that `man` looks into, such as ~/.local/share/man or, for a package, its own /usr/share/man.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph man ~/.local/share/man      then: man revgraph-upgrade, man revgraph-targets")]
pub struct Args {
    /// The folder; it is made where it isn't there
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
}

/// What begins the examples behind a command's help.
const EXAMPLES: &str = "Examples:\n";

/// Writes the pages.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Error> {
    let mut program = Cli::command();
    program.build();
    let mut written = Vec::new();
    for command in commands(&program) {
        let name = command.get_display_name().unwrap_or(command.get_name());
        let page = page(command).map_err(|error| unwritten(&args.folder, &error))?;
        written.push(write(&args.folder, 1, name, &page)?);
    }
    for topic in &TOPICS {
        let page = of_topic(topic).map_err(|error| unwritten(&args.folder, &error))?;
        written.push(write(&args.folder, 7, &format!("revgraph-{}", topic.name), &page)?);
    }
    if context.is_json() {
        json(&serde_json::json!({ "written": written }));
    } else if !context.is_quiet() {
        line(format_args!("wrote {} to {}", count(written.len(), "page"), args.folder.display()));
    }
    Ok(Outcome::Done)
}

/// A command with all below it.
pub fn commands(command: &Command) -> Vec<&Command> {
    std::iter::once(command).chain(command.get_subcommands().flat_map(commands)).collect()
}

/// The page of a command.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone()).source(source()).manual(MANUAL);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    man.render_options_section(&mut page)?;
    behind(command).to_writer(&mut page)?;
    Ok(page)
}

/// What stands behind the options: remarks, examples, and where to read on.
fn behind(command: &Command) -> Roff {
    let mut roff = Roff::new();
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (remarks, examples) = text.split_once(EXAMPLES).unwrap_or((&text, ""));
    if command.get_name() == "revgraph" {
        roff.control("SH", ["TOPICS"]);
        for topic in &TOPICS {
            roff.control("TP", []).text([bold(name(topic))]).text([roman(topic.about)]);
        }
    } else if !remarks.trim().is_empty() {
        roff.control("SH", ["REMARKS"]);
        verbatim(&mut roff, remarks.trim().lines());
    }
    if !examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
        verbatim(&mut roff, examples.lines());
    }
    let others = ["revgraph(1)".to_owned()].into_iter().chain(TOPICS.iter().map(name));
    roff.control("SH", ["SEE ALSO"]).text([roman(others.collect::<Vec<_>>().join(", "))]);
    roff
}

/// What the page of a topic is called.
fn name(topic: &Topic) -> String {
    format!("revgraph-{}(7)", topic.name)
}

/// The page of a topic.
fn of_topic(topic: &Topic) -> io::Result<Vec<u8>> {
    let mut roff = Roff::new();
    let name = format!("revgraph-{}", topic.name);
    let source = source();
    roff.control("TH", [name.as_str(), "7", "", &source, MANUAL]);
    roff.control("SH", ["NAME"]).text([roman(format!("{name} - {}", topic.about))]);
    roff.control("SH", ["DESCRIPTION"]);
    let lines: Vec<Line> = topic.lines().collect();
    for block in lines.chunk_by(|one, other| discriminant(one) == discriminant(other)) {
        match block[0] {
            Line::Heading(text) => {
                roff.control("SH", [text]);
            }
            Line::Verbatim(_) => verbatim(&mut roff, block.iter().map(Line::text)),
            Line::Text(_) => {
                roff.control("PP", []);
                for line in block {
                    roff.text([roman(line.text())]);
                }
            }
            Line::Blank => {}
        }
    }
    roff.control("SH", ["SEE ALSO"]).text([roman("revgraph(1)")]);
    let mut page = Vec::new();
    roff.to_writer(&mut page)?;
    Ok(page)
}

/// Lines that stand as they are.
fn verbatim<'t>(roff: &mut Roff, lines: impl Iterator<Item = &'t str>) {
    roff.control("PP", []).control("nf", []);
    for line in lines {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
}

/// What all pages belong to.
const MANUAL: &str = "revgraph";

fn source() -> String {
    format!("revgraph {}", env!("CARGO_PKG_VERSION"))
}

/// Writes one page, and gives where.
fn write(folder: &Path, section: u8, name: &str, page: &[u8]) -> Result<PathBuf, Error> {
    let folder = folder.join(format!("man{section}"));
    fs::create_dir_all(&folder).map_err(|error| unwritten(&folder, &error))?;
    let path = folder.join(format!("{name}.{section}"));
    fs::write(&path, page).map_err(|error| unwritten(&path, &error))?;
    Ok(path)
}

fn unwritten(path: &Path, error: &io::Error) -> Error {
    Error::File { path: path.display().to_string(), reason: error.to_string() }
}
