//! squawk's rules: what blocks others, and what breaks the release that still runs.
//!
//! The only module that knows squawk's linter, which moves weekly: pinned. It is shown the definitions of one section,
//! everything else blanked out, so that all places stay what they are. What it says is ours (`rule.rs`); that it finds
//! something is what is taken from it.
//!
//! It was tried on some 580 SQL files and two million mutations of their statements: it recurses without a limit, takes
//! time with the square of an expression's length, and a SELECT that is no SQL makes it panic. Hence what [`is_safe`] lets
//! through: no queries, nothing very long or very deep, and nothing that it can't parse without an error. Unlike there, no
//! panic was seen in what is left.

use squawk_linter::{Linter, Violation};
use squawk_syntax::SourceFile;

use super::news::News;
use super::rule::{RULES, Rule, find};
use super::{Findings, LintOptions};
use crate::revision::sql::{Lexeme, Statement, tokens};
use crate::revision::statement::{ObjectName, Reader, subject};
use crate::revision::{Revision, Section};

/// What squawk says about any new constraint, and what it says about some of them beside that.
const ANY_CONSTRAINT: &str = "constraint-missing-not-valid";
const CONSTRAINTS: [&str; 3] =
    ["adding-foreign-key-constraint", "disallowed-unique-constraint", "adding-serial-primary-key-field"];

/// Asks the rules about a section; `news` is what the revision has made before it.
pub(super) fn look_at(
    revision: &Revision,
    section: &Section,
    options: &LintOptions,
    mut news: News,
    found: &mut Findings<'_>,
) {
    let text = revision.source.text();
    let shown = blanked(text, section);
    if shown.is_empty() {
        return;
    }
    let asked = RULES.into_iter().filter(|rule| rule.squawk && options.asks(rule));
    let mut linter = Linter::from(asked.filter_map(|rule| rule.name.parse().ok()));
    linter.settings.assume_in_transaction = section.kind.is_transactional();
    let mut violations = linter.lint(&SourceFile::parse(&shown), &shown);
    keep_special(&mut violations);
    let mut violations = violations.into_iter().peekable();
    for statement in &section.statements {
        let end = statement.span.end - section.body.start;
        while let Some(violation) = violations.next_if(|violation| usize::from(violation.text_range.start()) < end) {
            let Some(rule) = find(&violation.code.to_string()) else { continue };
            let about = subject(text, statement.span.clone()).map(|(name, _)| name);
            if is_about_rows(rule) && about.as_ref().is_some_and(|name| news.has(name)) {
                continue;
            }
            let start = section.body.start + usize::from(violation.text_range.start());
            let end = section.body.start + usize::from(violation.text_range.end());
            found.add(rule, start..end, message(rule, about.as_ref()));
        }
        news.take(text, statement);
    }
}

/// Whether a rule is about who has or uses the object, so that a new object is none of its business.
fn is_about_rows(rule: &Rule) -> bool {
    !rule.opt_in && rule.name != "identifier-too-long"
}

fn message(rule: &Rule, about: Option<&ObjectName>) -> String {
    match about {
        Some(name) => format!("{name}: {}", rule.finds),
        None => rule.finds.to_owned(),
    }
}

/// Of two violations about one constraint, keeps the one that says which kind it is.
fn keep_special(violations: &mut Vec<Violation>) {
    let is_special = |violation: &Violation| CONSTRAINTS.contains(&violation.code.to_string().as_str());
    let special: Vec<_> = violations.iter().filter(|v| is_special(v)).map(|v| v.text_range).collect();
    violations.retain(|violation| {
        violation.code.to_string() != ANY_CONSTRAINT
            || !special.iter().any(|range| range.intersect(violation.text_range).is_some_and(|both| !both.is_empty()))
    });
}

/// A section's text with spaces in place of everything that squawk is not shown.
fn blanked(text: &str, section: &Section) -> String {
    let mut shown = String::new();
    let mut at = section.body.start;
    let blank = |shown: &mut String, length: usize| shown.extend(std::iter::repeat_n(' ', length));
    for statement in &section.statements {
        let sql = text.get(statement.span.clone()).unwrap_or_default();
        if !is_safe(text, statement) {
            continue;
        }
        blank(&mut shown, statement.span.start - at);
        shown += sql;
        shown.push(';');
        at = statement.span.end + 1;
    }
    shown
}

/// Whether squawk may be shown a statement: a definition without a query, neither very long nor very deep, that it
/// understands.
fn is_safe(text: &str, statement: &Statement) -> bool {
    const LONGEST: usize = 32 * 1024;
    const DEEPEST: usize = 64;
    const FIRST: [&str; 5] = ["CREATE", "ALTER", "DROP", "TRUNCATE", "REINDEX"];
    let span = statement.span.clone();
    if span.len() > LONGEST || Reader::head(text, span.clone()).take_any(&FIRST).is_none() {
        return false;
    }
    let reader = Reader::new(text, span.clone());
    let queries = reader.parts().iter().any(|part| part.is("SELECT") || part.is("WITH") && part.depth > 0);
    let cases = reader.parts().iter().filter(|part| part.is("CASE")).count();
    let depth = reader.parts().iter().map(|part| part.depth).max().unwrap_or_default();
    let sql = text.get(span).unwrap_or_default();
    let is_plain = !tokens(sql, 0).any(|token| matches!(token.lexeme, Lexeme::Unterminated(_)));
    !queries && is_plain && cases + depth <= DEEPEST && SourceFile::parse(sql).errors().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squawk_knows_all_the_rules_that_bear_its_names() {
        for rule in RULES.into_iter().filter(|rule| rule.squawk) {
            let theirs: Result<squawk_linter::Rule, _> = rule.name.parse();
            assert_eq!(theirs.map(|rule| rule.to_string()).as_deref(), Ok(rule.name));
        }
    }
}
