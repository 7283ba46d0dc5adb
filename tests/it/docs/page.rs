//! What a page of the documentation shows.
//!
//! A fence's first word says what is in the block, as every Markdown reader takes it; the words behind it are for the
//! tests:
//!
//! - `console`: commands behind `$ ` (continued behind `> `) and what comes out of each. `norun`: shown and not run.
//!   `embedded`: run where the embedded PostgreSQL is built in.
//! - `file=PATH`, in any block: a file that is written there when the page comes to it. Where a file is there with
//!   another time and id in its name, as `revgraph revision` has just made it, it takes that one's place.
//! - `toml`: a `revgraph.toml`, unless `norun` or of Cargo.
//!
//! Commands within the comment `<!-- run … -->` are run and not shown.

use std::fs;
use std::ops::Range;
use std::path::Path;

/// A page and what is run of it, in order.
pub struct Page {
    pub text: String,
    pub pieces: Vec<Piece>,
    not_run: Vec<String>,
}

pub enum Piece {
    /// A block of commands.
    Console { commands: Vec<Shown>, embedded: bool },
    /// A file of the project.
    File { path: String, text: String },
    /// Settings.
    Settings { text: String, line: usize },
    /// Commands that are not shown.
    Hidden { script: String, line: usize },
}

/// A command and what the page shows of its output.
pub struct Shown {
    pub command: String,
    pub output: Vec<String>,
    /// The output's lines within the page, counted from 0.
    pub lines: Range<usize>,
}

impl Page {
    pub fn read(path: &Path) -> Page {
        let text = fs::read_to_string(path).expect("a page");
        let (mut pieces, mut not_run) = (Vec::new(), Vec::new());
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while at < lines.len() {
            let line = lines[at];
            let end = |mark: &str| {
                let length = lines[at + 1..].iter().position(|line| line.trim_end() == mark);
                at + 1 + length.unwrap_or_else(|| panic!("{}:{}: it has no end", path.display(), at + 1))
            };
            if line == "<!-- run" {
                let end = end("-->");
                pieces.push(Piece::Hidden { script: lines[at + 1..end].join("\n"), line: at + 1 });
                at = end;
            } else if let Some(info) = line.strip_prefix("```") {
                let end = end("```");
                let words: Vec<&str> = info.split_whitespace().collect();
                match piece(&words, &lines[at + 1..end], at + 1) {
                    Some(piece) => pieces.push(piece),
                    None if words.contains(&"norun") => not_run.push(lines[at + 1..end].join("\n")),
                    None => {}
                }
                at = end;
            } else {
                let is_hidden = line.trim_start().starts_with("```") || line.starts_with("<!-- run ");
                assert!(!is_hidden, "{}:{}: a block begins at the line's beginning", path.display(), at + 1);
            }
            at += 1;
        }
        Page { pieces, not_run, text }
    }

    /// The texts of blocks that are marked as not run.
    pub fn not_run(&self) -> &[String] {
        &self.not_run
    }
}

fn piece(words: &[&str], lines: &[&str], line: usize) -> Option<Piece> {
    let text = || lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let file = words.iter().find_map(|word| word.strip_prefix("file="));
    match words.first() {
        _ if words.contains(&"norun") => None,
        _ if file.is_some() => file.map(|path| Piece::File { path: path.to_owned(), text: text() }),
        Some(&"console") => {
            let embedded = words.contains(&"embedded");
            Some(Piece::Console { commands: commands(lines, line), embedded })
        }
        Some(&"toml") if lines.first() != Some(&"[dependencies]") => Some(Piece::Settings { text: text(), line }),
        _ => None,
    }
}

/// The commands of a block whose first line has this number, counted from 0.
fn commands(lines: &[&str], first: usize) -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let (command, next) = (line.strip_prefix("$ "), first + number + 1);
        match (command, commands.last_mut()) {
            (Some(command), _) => {
                commands.push(Shown { command: command.to_owned(), output: Vec::new(), lines: next..next });
            }
            (None, Some(last)) if last.output.is_empty() && line.starts_with("> ") => {
                last.command += &format!("\n{}", &line[2..]);
                last.lines = next..next;
            }
            (None, Some(last)) => {
                last.output.push((*line).to_owned());
                last.lines.end = next;
            }
            (None, None) => panic!("line {next}: a console block begins with a command: {line}"),
        }
    }
    commands
}
