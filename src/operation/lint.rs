//! `lint`: what of a revision's SQL is correct and still hurts: locks, losses, rows that no replay gives again.
//!
//! What can't work at all (a statement that refuses to run in a transaction, in a section that is one; COPY FROM STDIN)
//! is no matter for a linter: such a file is refused when it is read, by every command.

use std::collections::HashMap;

use serde::Serialize;

use crate::revision::{Position, Revision, RevisionId, Section, SectionKind, Source};

mod allow;
mod news;
pub mod rule;
mod rules;
#[cfg_attr(not(feature = "lint"), path = "lint/without_squawk.rs")]
mod squawk;
#[cfg(test)]
mod tests;

use news::News;
pub use rule::Rule;
use rules::Scene;

/// What to look for, and where.
#[derive(Debug, Clone, Default)]
pub struct LintOptions {
    /// Rules to ask although they are asked on demand alone.
    pub with: Vec<&'static Rule>,
    /// Rules to leave out.
    pub without: Vec<&'static Rule>,
    /// Whether the way down is looked at as well. It takes locks too, but what it destroys is its purpose.
    pub down: bool,
}

/// One thing that a rule has found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The revision.
    pub revision: RevisionId,
    /// Its file.
    pub source: Source,
    /// The bytes of the file that it is about.
    pub span: std::ops::Range<usize>,
    /// What was found, with the names of what it is about.
    pub message: String,
}

/// A finding as tools read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingView<'f> {
    /// The rule's name.
    pub rule: &'static str,
    /// The revision.
    pub revision: &'f RevisionId,
    /// Its file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The character within the line, from 1.
    pub column: usize,
    /// What was found.
    pub message: &'f str,
    /// What happens if nobody minds.
    pub why: &'static str,
    /// What to do instead.
    pub help: &'static str,
}

impl Finding {
    /// For tools.
    pub fn view(&self) -> FindingView<'_> {
        let Position { line, column } = self.source.position(self.span.start);
        FindingView {
            rule: self.rule.name,
            revision: &self.revision,
            file: self.source.path().display().to_string(),
            line,
            column,
            message: &self.message,
            why: self.rule.why,
            help: self.rule.help,
        }
    }
}

impl LintOptions {
    fn asks(&self, rule: &'static Rule) -> bool {
        let named = |rules: &[&'static Rule]| rules.contains(&rule);
        !named(&self.without) && (!rule.opt_in || named(&self.with))
    }
}

/// What the rules have found in a revision, in the order of its file, without what its `-- lint: allow …` lines allow.
pub fn lint(revision: &Revision, options: &LintOptions) -> Vec<Finding> {
    let mut found = Findings { revision, findings: Vec::new() };
    rules::of_revision(revision, &mut found);
    look_at(revision, &revision.up().collect::<Vec<_>>(), options, &mut found);
    if options.down {
        look_at(revision, &revision.down().collect::<Vec<_>>(), options, &mut found);
    }
    let allowances = allow::read(revision, &mut found);
    let mut findings = found.findings;
    findings.retain(|finding| options.asks(finding.rule) && !allowances.allow(finding));
    findings.sort_by_key(|finding| finding.span.start);
    tell_in_moderation(findings)
}

/// So many findings of one rule are told of one file: whoever has more than these has one cause for them, such as a seed
/// of a thousand statements.
const TOLD: usize = 20;

/// Leaves out what is too much of the same; the last one that is told says how much.
fn tell_in_moderation(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    findings.retain(|finding| {
        let number = seen.entry(finding.rule.name).or_default();
        *number += 1;
        *number <= TOLD
    });
    for (rule, number) in seen.into_iter().filter(|(_, number)| *number > TOLD) {
        if let Some(last) = findings.iter_mut().rfind(|finding| finding.rule.name == rule) {
            last.message += &format!(" (and {} times more in this file)", number - TOLD);
        }
    }
    findings
}

/// Goes through the statements of one way.
fn look_at(revision: &Revision, sections: &[&Section], options: &LintOptions, found: &mut Findings<'_>) {
    let mut news = News::default();
    let mut search_path_set = false;
    for section in sections.iter().filter(|section| holds_statements(section)) {
        let before = news.clone();
        for statement in &section.statements {
            let text = revision.source.text();
            let scene = Scene { text, section, statement, news: &news, search_path_set };
            rules::of_statement(&scene, found);
            search_path_set = rules::sets_search_path(&scene).unwrap_or(search_path_set);
            news.take(text, statement);
        }
        squawk::look_at(revision, section, options, before, found);
    }
    rules::of_sections(revision, sections, found);
}

/// Whether a section's statements are run on this database as they are.
fn holds_statements(section: &Section) -> bool {
    matches!(section.kind, SectionKind::Up(_) | SectionKind::Down(_) | SectionKind::Batch(_))
}

/// What is found in one revision.
#[derive(Debug)]
struct Findings<'r> {
    revision: &'r Revision,
    findings: Vec<Finding>,
}

impl Findings<'_> {
    fn add(&mut self, rule: &'static Rule, span: std::ops::Range<usize>, message: impl Into<String>) {
        self.findings.push(Finding {
            rule,
            revision: self.revision.id.clone(),
            source: self.revision.source.clone(),
            span,
            message: message.into(),
        });
    }
}
