//! A new value of an enum, used in the transaction that adds it.

use crate::operation::lint::Findings;
use crate::operation::lint::rule::NEW_ENUM_VALUE;
use crate::revision::sql::{Lexeme, Statement, tokens};
use crate::revision::statement::{Made, ObjectName, Reader, made};
use crate::revision::{Revision, Section};

pub(in super::super) fn of_sections(revision: &Revision, sections: &[&Section], found: &mut Findings<'_>) {
    // One transaction in all, unless a section stands outside of transactions: then each is one by itself.
    if sections.iter().all(|section| section.kind.is_transactional()) {
        let statements: Vec<&Statement> = sections.iter().flat_map(|section| &section.statements).collect();
        return of_transaction(revision, &statements, found);
    }
    for section in sections.iter().filter(|section| section.kind.is_transactional()) {
        of_transaction(revision, &section.statements.iter().collect::<Vec<_>>(), found);
    }
}

fn of_transaction(revision: &Revision, statements: &[&Statement], found: &mut Findings<'_>) {
    let text = revision.source.text();
    // A type that the transaction has made itself may be used at once.
    let mut own: Vec<ObjectName> = Vec::new();
    let mut added: Vec<&str> = Vec::new();
    for statement in statements {
        if let Some((name, literal)) = added_value(text, statement) {
            if !own.iter().any(|own| own.may_be(&name)) {
                added.push(literal);
            }
            continue;
        }
        if let Some(Made::Other(name)) = made(text, statement.span.clone()) {
            own.push(name);
        }
        if added.is_empty() {
            continue;
        }
        let within = tokens(text.get(..statement.span.end).unwrap_or_default(), statement.span.start);
        let mut literals = within.filter(|token| token.lexeme == Lexeme::Text);
        let used = literals.find(|token| text.get(token.span.clone()).is_some_and(|literal| added.contains(&literal)));
        if let Some(token) = used {
            let literal = text.get(token.span.clone()).unwrap_or_default();
            found.add(&NEW_ENUM_VALUE, token.span, format!("{literal} is added to an enum in this very transaction"));
        }
    }
}

/// The type and the literal of `ALTER TYPE … ADD VALUE …`.
fn added_value<'t>(text: &'t str, statement: &Statement) -> Option<(ObjectName, &'t str)> {
    let mut reader = Reader::head(text, statement.span.clone());
    if !reader.take(&["ALTER", "TYPE"]) {
        return None;
    }
    let (name, _) = reader.take_object()?;
    if !reader.take(&["ADD", "VALUE"]) {
        return None;
    }
    reader.take_if_exists();
    let literal = reader.peek().filter(|part| part.lexeme == Lexeme::Text)?;
    Some((name, text.get(literal.span.clone())?))
}
