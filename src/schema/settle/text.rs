//! What must be known of a text before PostgreSQL reads it: that it is one expression or definition, and which table
//! it names.

use std::ops::Range;

use super::recipe::{QUOTED, TEXT};
use crate::revision::sql::{Lexeme, Token, tokens};

/// Whether a text can't end what it is put into: its parentheses match, no literal is open, no statement follows it. A
/// semicolon within parentheses is part of a rule, or an error of syntax.
pub fn is_contained(text: &str) -> bool {
    is_balanced(text, false)
}

/// The same for the body of a function: `BEGIN ATOMIC`, statements, and one END, with nothing behind it.
pub fn sql_body_is_contained(text: &str) -> bool {
    let words: Vec<&str> = significant(text).map(|token| &text[token.span]).collect();
    match words.as_slice() {
        ["BEGIN", "ATOMIC", inner @ .., "END"] => {
            // A CASE ends in an END as well: one before a semicolon could be either, so that is none of ours.
            is_balanced(text, true) && !inner.windows(2).any(|pair| pair == ["END", ";"])
        }
        _ => is_balanced(text, false),
    }
}

fn is_balanced(text: &str, with_statements: bool) -> bool {
    let mut depth = 0_usize;
    for token in tokens(text, 0) {
        match token.lexeme {
            Lexeme::Open => depth += 1,
            Lexeme::Close if depth == 0 => return false,
            Lexeme::Close => depth -= 1,
            Lexeme::Semicolon if depth == 0 && !with_statements => return false,
            // PostgreSQL prints neither.
            Lexeme::Backslash | Lexeme::Unterminated(_) | Lexeme::LineComment | Lexeme::BlockComment => return false,
            _ => {}
        }
    }
    depth == 0 && !text.contains([TEXT, QUOTED])
}

fn significant(text: &str) -> impl Iterator<Item = Token> + '_ {
    tokens(text, 0).filter(|token| token.lexeme != Lexeme::Space)
}

/// Whether a text is a name, qualified or not, and nothing else.
pub fn is_name(text: &str) -> bool {
    let mut found = significant(text);
    name(text, &mut found).is_some_and(|span| span == (0..text.len()))
}

/// Puts another name in the place of the one behind the first such word.
pub fn retarget(text: &str, word: &str, new: &str) -> Option<String> {
    let mut found = significant(text);
    found.find(|token| token.lexeme == Lexeme::Word && &text[token.span.clone()] == word)?;
    let span = name(text, &mut found)?;
    Some(format!("{}{new}{}", &text[..span.start], &text[span.end..]))
}

/// The table that `CREATE STATISTICS … FROM table` ends with.
pub fn table_of_statistics(text: &str) -> Option<String> {
    let from = significant(text).filter(|token| &text[token.span.clone()] == "FROM").last()?;
    let table = text[from.span.end..].trim_start();
    is_name(table).then(|| table.to_owned())
}

/// The bytes of a name whose first token comes next.
fn name(text: &str, found: &mut impl Iterator<Item = Token>) -> Option<Range<usize>> {
    let is_part = |token: &Token| matches!(token.lexeme, Lexeme::Word | Lexeme::QuotedName);
    let first = found.next().filter(is_part)?;
    let mut span = first.span;
    while found.next().is_some_and(|token| token.span.start == span.end && &text[token.span] == ".") {
        span.end = found.next().filter(is_part)?.span.end;
    }
    Some(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgresql_prints_is_contained() {
        for text in ["(a > 1)", "'it''s; )'::text", "f(\"x;(\")", " SELECT 1", "a DO INSTEAD ( x; y)", "$$;)$$"] {
            assert!(is_contained(text), "{text}");
        }
    }

    #[test]
    fn what_leads_out_is_not() {
        for text in ["a) OR (b", "1; DROP TABLE t", "1 -- x", "/* 1", "'a", "((a)", "a \\g", "x\u{1}", "\u{2}"] {
            assert!(!is_contained(text), "{text}");
        }
    }

    #[test]
    fn a_body_ends_once() {
        assert!(sql_body_is_contained("BEGIN ATOMIC\n SELECT 1;\n SELECT CASE WHEN a THEN 1 END AS \"case\";\nEND"));
        assert!(sql_body_is_contained("RETURN (a + 1)"));
        for text in
            ["BEGIN ATOMIC SELECT 1; END; DROP TABLE t; SELECT 1 END", "RETURN 1; DROP TABLE t", "SELECT 1; END"]
        {
            assert!(!sql_body_is_contained(text), "{text}");
        }
    }

    #[test]
    fn names_are_found_and_replaced() {
        let trigger = "CREATE TRIGGER \"ON x\" AFTER UPDATE OF a ON public.\"my \"\" t\" FOR EACH ROW";
        let expected = "CREATE TRIGGER \"ON x\" AFTER UPDATE OF a ON new FOR EACH ROW";
        assert_eq!(retarget(trigger, "ON", "new").as_deref(), Some(expected));
        assert_eq!(retarget("ON t", "ON", "new").as_deref(), Some("ON new"));
        assert_eq!(retarget("ON (", "ON", "new"), None);
        assert_eq!(retarget("x", "ON", "new"), None);
        let statistics = "CREATE STATISTICS s.x (mcv) ON a, EXTRACT(year FROM b) FROM public.t";
        assert_eq!(table_of_statistics(statistics).as_deref(), Some("public.t"));
        assert!(is_name("a.\"b c\"") && is_name("a") && !is_name("a b") && !is_name("a.b; c") && !is_name(""));
    }
}
