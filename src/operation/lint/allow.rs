//! `-- lint: allow rule, rule because …`: in the header for the whole file, elsewhere for a statement.

use std::ops::Range;

use strsim::levenshtein;

use super::rule::{RULES, UNKNOWN_RULE, find};
use super::{Finding, Findings};
use crate::revision::Revision;
use crate::revision::sql::{Lexeme, Token, tokens};

/// What a file allows.
#[derive(Debug, Default)]
pub(super) struct Allowances {
    everywhere: Vec<&'static str>,
    /// Names with the bytes of what they are allowed for.
    places: Vec<(&'static str, Range<usize>)>,
}

impl Allowances {
    /// Whether a finding is allowed.
    pub fn allow(&self, finding: &Finding) -> bool {
        let name = finding.rule.name;
        self.everywhere.contains(&name)
            || self.places.iter().any(|(allowed, place)| *allowed == name && place.contains(&finding.span.start))
    }
}

/// Reads the comments of a revision. Names that are no rule's are findings.
pub(super) fn read(revision: &Revision, found: &mut Findings<'_>) -> Allowances {
    let text = revision.source.text();
    let mut allowances = Allowances::default();
    if !text.contains("lint:") {
        return allowances;
    }
    let header_end = revision.sections.first().map_or(text.len(), |section| section.heading.start);
    let comments = tokens(text, 0).filter(|token| token.lexeme == Lexeme::LineComment);
    for comment in comments {
        for name in names(text, comment.span.clone()) {
            let Some(rule) = find(&text[name.clone()]) else {
                found.add(&UNKNOWN_RULE, name.clone(), unknown(&text[name]));
                continue;
            };
            if comment.span.start < header_end {
                allowances.everywhere.push(rule.name);
            } else {
                let place = reach(revision, comment.span.clone());
                allowances.places.push((rule.name, place));
            }
        }
    }
    allowances
}

fn unknown(name: &str) -> String {
    let nearest = RULES.into_iter().min_by_key(|rule| levenshtein(rule.name, name));
    let near = nearest.filter(|rule| levenshtein(rule.name, name) <= 3);
    let hint = near.map(|rule| format!("; did you mean `{}`?", rule.name)).unwrap_or_default();
    format!("no rule is called {name:?}{hint}")
}

/// The places of the names behind `lint: allow`, if a comment is one.
fn names(text: &str, comment: Range<usize>) -> Vec<Range<usize>> {
    let content = text[comment.clone()].trim_start_matches('-').trim_start();
    let list = content.strip_prefix("lint:").and_then(|rest| rest.trim_start().strip_prefix("allow"));
    let Some(list) = list.filter(|list| list.starts_with([' ', '\t'])) else { return Vec::new() };
    let mut at = comment.end - list.len();
    // What comes behind it is for people.
    let list = list.split(" because ").next().unwrap_or_default();
    let spans = list.split([' ', '\t', ',']).map(|name| {
        let start = at;
        at += name.len() + 1;
        start..start + name.len()
    });
    spans.filter(|span| !span.is_empty()).collect()
}

/// What a comment allows something for. Behind a statement: that statement, or the line of it that the comment stands
/// on. On a line by itself: what stands below it, past further comments, which is a statement, a line of the one that the
/// comment is in, or a section's line.
fn reach(revision: &Revision, comment: Range<usize>) -> Range<usize> {
    let text = revision.source.text();
    let line_start = text[..comment.start].rfind('\n').map_or(0, |newline| newline + 1);
    let mut statements = revision.sections.iter().flat_map(|section| &section.statements);
    if !text[line_start..comment.start].trim().is_empty() {
        let ended = statements.find(|statement| (line_start..comment.start).contains(&statement.span.end));
        return ended.map_or(line_start, |statement| statement.span.start.min(line_start))..comment.end;
    }
    let counts = |token: &Token| !matches!(token.lexeme, Lexeme::Space | Lexeme::LineComment | Lexeme::BlockComment);
    let next = tokens(text, comment.end).find(counts).map_or(text.len(), |token| token.span.start);
    let headings = revision.sections.iter().map(|section| section.heading.clone());
    if let Some(heading) = headings.into_iter().find(|heading| (comment.end..next).contains(&heading.start)) {
        return heading;
    }
    let whole = statements.map(|statement| statement.span.clone()).find(|span| span.start == next);
    let line_end = text[next..].find('\n').map_or(text.len(), |length| next + length);
    whole.unwrap_or(next..line_end)
}
