//! squawk's rules: what blocks others, and what breaks the release that still runs.
//!
//! The only module that knows squawk's linter, which moves weekly: pinned. It is shown the definitions of one section,
//! everything else blanked out, so that all places stay what they are. What it says is ours (`rule.rs`); that it finds
//! something is what is taken from it.
//!
//! It was tried on 582 SQL files and 1.8 million mutations of their statements: it recurses without a limit, takes time
//! with the square of an expression's length, and a SELECT that is no SQL can make it panic. Hence what [`is_safe`] lets
//! through: no queries, nothing very long or very deep, and nothing that it can't parse without an error. In 20,000
//! mutated revisions, what is left has made it stumble nowhere.

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
const FOREIGN_KEY: &str = "adding-foreign-key-constraint";
const CONSTRAINTS: [&str; 3] = [FOREIGN_KEY, "disallowed-unique-constraint", "adding-serial-primary-key-field"];

/// Asks the rules about a section; `news` is what the revision has made before it.
pub(super) fn look_at(
    revision: &Revision,
    section: &Section,
    options: &LintOptions,
    mut news: News,
    found: &mut Findings<'_>,
) {
    let text = revision.source.text();
    let asked = RULES.into_iter().filter(|rule| rule.squawk && options.asks(rule));
    let asked: Vec<squawk_linter::Rule> = asked.filter_map(|rule| rule.name.parse().ok()).collect();
    // New tables by themselves: squawk goes by their bare names, wherever in the section they are made.
    let (tables, others): (Vec<&Statement>, _) =
        section.statements.iter().filter(|statement| is_safe(text, statement)).partition(|it| makes_table(text, it));
    let mut violations = Vec::new();
    for statements in [tables, others] {
        let shown = blanked(text, section.body.start, &statements);
        let mut linter = Linter::from(asked.iter().copied());
        linter.settings.assume_in_transaction = section.kind.is_transactional();
        violations.extend(linter.lint(&SourceFile::parse(&shown), &shown));
    }
    violations.sort_by_key(|violation| violation.text_range.start());
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
            if rule.name == FOREIGN_KEY && is_of_empty_column(text, statement, start) {
                continue;
            }
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

/// Whether what stands at an offset is part of `ADD COLUMN` without a default. PostgreSQL checks no foreign key of such
/// a column: it is null in every row. See `transformAlterTableStmt` in its source.
fn is_of_empty_column(text: &str, statement: &Statement, at: usize) -> bool {
    let reader = Reader::new(text, statement.span.clone());
    let mut actions = reader.parts().split(|part| part.depth == 0 && part.is_symbol(","));
    let action = actions.find(|parts| parts.last().is_some_and(|last| last.span.end > at)).unwrap_or_default();
    let add = action.iter().position(|part| part.depth == 0 && part.is("ADD"));
    let of_table = ["CONSTRAINT", "FOREIGN"];
    let adds_column =
        add.and_then(|add| action.get(add + 1)).is_some_and(|next| !of_table.iter().any(|word| next.is(word)));
    adds_column && !action.iter().any(|part| part.is("DEFAULT") || part.is("GENERATED"))
}

fn message(rule: &Rule, about: Option<&ObjectName>) -> String {
    match about {
        Some(name) => format!("{}: {}", name.shown(), rule.finds),
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

/// Whether a statement is `CREATE TABLE`, whether or not there may be one already.
fn makes_table(text: &str, statement: &Statement) -> bool {
    let mut reader = Reader::head(text, statement.span.clone());
    reader.take(&["CREATE"]) && {
        while reader.take_any(&["GLOBAL", "LOCAL", "TEMPORARY", "TEMP", "UNLOGGED"]).is_some() {}
        reader.take(&["TABLE"])
    }
}

/// A text from `start` on, with spaces in place of everything but these statements.
fn blanked(text: &str, start: usize, statements: &[&Statement]) -> String {
    let mut shown = String::new();
    for statement in statements {
        let gap = (statement.span.start - start).saturating_sub(shown.len());
        shown.extend(std::iter::repeat_n(' ', gap));
        shown += text.get(statement.span.clone()).unwrap_or_default();
        shown.push(';');
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
