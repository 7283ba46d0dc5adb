//! The header of a revision file: `-- key: value` lines up to the first section.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::checksum::Checksum;
use super::id::{RevisionId, is_reserved};
use super::problem::Problem;
use super::reference::Reference;
use super::source::Source;

/// The keys, in the order that they are written in.
pub const KEYS: [&str; 11] = [
    "revision",
    "message",
    "parents",
    "depends_on",
    "labels",
    "created",
    "replaces",
    "lineage",
    "irreversible",
    "confirm",
    "lint",
];

const LINT_HELP: &str = "write `-- lint: allow volatile-seed`; `revgraph lint --rules` lists the names";

/// What a header says.
#[derive(Debug, Default)]
pub struct Header {
    /// The id; none if it is missing or wrong, which is then among the problems.
    pub id: Option<RevisionId>,
    /// What the revision is for.
    pub message: String,
    /// The revisions that it follows.
    pub parents: Vec<Reference>,
    /// The revisions that must be in effect first.
    pub depends_on: Vec<Reference>,
    /// Its branch labels.
    pub labels: Vec<String>,
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// The revisions that a baseline stands for.
    pub replaces: Vec<RevisionId>,
    /// The lineage that a baseline's proof has earned.
    pub lineage: Option<Checksum>,
    /// Why there is no way down.
    pub irreversible: Option<(String, Range<usize>)>,
    /// The phrase that must be given before it runs.
    pub confirm: Option<String>,
}

/// Reads the header's comment lines, given as byte ranges. Everything wrong with them goes to `problems`.
pub fn parse(source: &Source, lines: &[Range<usize>], problems: &mut Vec<Problem>) -> Header {
    let mut reader = Reader { source, problems, header: Header::default(), seen: Vec::new(), number: 1 };
    let mut counted = 0;
    for line in lines {
        // Counted on from line to line: a header may be very long.
        reader.number += source.slice(counted..line.start).matches('\n').count();
        counted = line.start;
        reader.line(line.clone());
    }
    if !reader.seen.contains(&"revision") {
        let problem = Problem::at(source, 0..0, "the header has no `-- revision:` line");
        reader.problems.push(problem.help("every revision file begins with its id: `-- revision: 3f9a1c0b7d2e`"));
    }
    reader.header
}

struct Reader<'a> {
    source: &'a Source,
    problems: &'a mut Vec<Problem>,
    header: Header,
    seen: Vec<&'static str>,
    /// The number of the line that is being read.
    number: usize,
}

impl Reader<'_> {
    fn line(&mut self, span: Range<usize>) {
        let line = self.source.slice(span.clone());
        let content = line.trim_start_matches('-');
        if content.trim().is_empty() {
            return;
        }
        let Some(colon) = content.find(':') else {
            let problem = Problem::at(self.source, span, "a header line must be `-- key: value`");
            return self.problems.push(problem.help("put comments below the first section line, `-- [up]`"));
        };
        let content_start = span.end - content.len();
        let key_span = trimmed(self.source, content_start..content_start + colon);
        let value = trimmed(self.source, content_start + colon + 1..span.end);
        let key = self.source.slice(key_span.clone());
        let Some(key) = KEYS.into_iter().find(|known| *known == key) else {
            let problem = Problem::at(self.source, key_span, format!("unknown key {key:?} in the header"));
            return self.problems.push(problem.help(format!("the keys are {}", KEYS.join(", "))));
        };
        let may_repeat = matches!(key, "parents" | "depends_on" | "labels" | "replaces" | "lint");
        if self.seen.contains(&key) && !may_repeat {
            return self.problem(key_span, format!("the key {key:?} is given twice"), "keep one of the lines");
        }
        self.seen.push(key);
        self.value(key, value);
    }

    fn value(&mut self, key: &str, span: Range<usize>) {
        let source = self.source;
        let text = source.slice(span.clone());
        match key {
            "revision" => self.header.id = self.id(span),
            "message" => self.header.message = text.to_owned(),
            "parents" => self.header.parents.extend(references(self.source, self.number, span)),
            "depends_on" => self.header.depends_on.extend(references(self.source, self.number, span)),
            "labels" => self.labels(span),
            "created" => self.created(text, span),
            "replaces" => self.replaces(span),
            "lineage" => self.lineage(text, span),
            "irreversible" if text.is_empty() => {
                self.problem(span, "`irreversible` needs its reason".to_owned(), "say why there is no way down");
            }
            "irreversible" => self.header.irreversible = Some((text.to_owned(), span)),
            // What it allows is the linter's to read: a rule that this version doesn't know must not stop an upgrade.
            "lint" if text.split_whitespace().next() != Some("allow") => {
                self.problem(span, "`lint` takes `allow` and names of rules".to_owned(), LINT_HELP);
            }
            "lint" => {}
            "confirm" if text.is_empty() => {
                self.problem(span, "`confirm` needs a phrase".to_owned(), "give the phrase that must be typed");
            }
            _ => self.header.confirm = Some(text.to_owned()),
        }
    }

    fn problem(&mut self, span: Range<usize>, message: String, help: &str) {
        self.problems.push(Problem::at(self.source, span, message).help(help));
    }

    fn id(&mut self, span: Range<usize>) -> Option<RevisionId> {
        match RevisionId::new(self.source.slice(span.clone())) {
            Ok(id) => Some(id),
            Err(reason) => {
                let problem = Problem::at(self.source, span, format!("illegal revision id: {reason}"));
                let help = "an id is 1 to 64 of A-Z, a-z, 0-9 and _";
                self.problems.push(problem.kind_of("illegal_revision_id").help(help));
                None
            }
        }
    }

    fn replaces(&mut self, span: Range<usize>) {
        for item in items(self.source, span) {
            let id = self.id(item);
            self.header.replaces.extend(id);
        }
    }

    fn labels(&mut self, span: Range<usize>) {
        for item in items(self.source, span) {
            let label = self.source.slice(item.clone());
            match label_mistake(label) {
                None => self.header.labels.push(label.to_owned()),
                Some(mistake) => {
                    let help = "a label is made of letters, digits, _, . and /";
                    self.problem(item, format!("illegal label {label:?}: {mistake}"), help);
                }
            }
        }
    }

    fn created(&mut self, text: &str, span: Range<usize>) {
        match DateTime::parse_from_rfc3339(text) {
            Ok(time) => self.header.created = Some(time.to_utc()),
            Err(_) => {
                let help = "write it as 2026-11-21T02:24:35Z";
                self.problem(span, format!("`created` is not a time: {text:?}"), help);
            }
        }
    }

    fn lineage(&mut self, text: &str, span: Range<usize>) {
        match text.parse() {
            Ok(checksum) => self.header.lineage = Some(checksum),
            Err(reason) => self.problem(span, format!("`lineage` is no checksum: {reason}"), "it is 64 hex digits"),
        }
    }
}

/// Why a text can't be a label, if it can't.
pub fn label_mistake(label: &str) -> Option<String> {
    if label.is_empty() {
        return Some("it is empty".to_owned());
    }
    if is_reserved(label) {
        return Some("targets use this word".to_owned());
    }
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/');
    label.chars().find(|c| !allowed(*c)).map(|c| format!("{c:?} can't be part of it"))
}

fn references(source: &Source, line: usize, span: Range<usize>) -> impl Iterator<Item = Reference> {
    items(source, span).map(move |span| Reference { text: source.slice(span.clone()).to_owned(), span, line })
}

/// The spans of a list's items, which spaces or commas separate.
fn items(source: &Source, span: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = span.start;
    let spans = source.slice(span).split([' ', '\t', ',']).map(move |item| {
        let start = at;
        at += item.len() + 1;
        start..start + item.len()
    });
    spans.filter(|span| !span.is_empty())
}

/// The span without white space at its ends.
fn trimmed(source: &Source, span: Range<usize>) -> Range<usize> {
    let text = source.slice(span.clone());
    let start = span.start + (text.len() - text.trim_start().len());
    start..start + text.trim().len()
}
