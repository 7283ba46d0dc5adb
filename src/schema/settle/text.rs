//! What must be known of a text before PostgreSQL reads it: that it is one expression or definition, and which table
//! it names.

use std::ops::Range;

use crate::revision::sql::{Lexeme, Token, tokens};

/// Whether a text can't end what it is put into: its parentheses match, no literal is open, no statement follows it. A
/// semicolon within parentheses is part of a rule, or an error of syntax.
pub fn is_contained(text: &str) -> bool {
    outside_quotes(text).is_some_and(|code| is_balanced(&code, &[';']))
}

/// The same for the body of a function: `BEGIN ATOMIC`, statements, and one END, with nothing behind it.
pub fn sql_body_is_contained(text: &str) -> bool {
    let Some(code) = outside_quotes(text).map(|code| code.to_ascii_uppercase()) else { return false };
    let inner = code.trim().strip_prefix("BEGIN ATOMIC").and_then(|rest| rest.strip_suffix("END"));
    let Some(inner) = inner else { return is_balanced(&code, &[';']) };
    // A CASE ends in an END as well: one before a semicolon could be either, so that is none of ours.
    let ends = |statement: &str| statement.trim_end().rsplit(|c: char| !is_of_name(c)).next() == Some("END");
    is_balanced(inner, &[]) && !inner.split(';').any(ends)
}

/// Whether a text is one exclusion constraint, with no other change of its table behind it.
pub fn is_one_exclusion(text: &str) -> bool {
    text.starts_with("EXCLUDE ") && outside_quotes(text).is_some_and(|code| is_balanced(&code, &[';', ',']))
}

/// Whether parentheses match, and none of some characters stands outside of them.
fn is_balanced(code: &str, refused: &[char]) -> bool {
    let mut depth = 0_usize;
    for c in code.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return false,
            ')' => depth -= 1,
            c if depth == 0 && refused.contains(&c) => return false,
            _ => {}
        }
    }
    depth == 0
}

/// What of a text stands outside of literals and quoted names; none if it holds what PostgreSQL never prints: comments,
/// dollar quotes, escapes. So what is left has one reading, whatever the version of PostgreSQL that reads it: two quotes in
/// a literal end one and begin another, and a backslash in it is a backslash.
fn outside_quotes(text: &str) -> Option<String> {
    let mut code = String::new();
    let mut open = None;
    let mut last = ' ';
    for c in text.chars() {
        match open {
            Some(quote) if c == quote => open = None,
            Some(_) => continue,
            None if c == '$' || c == '\\' => return None,
            None if matches!((last, c), ('-', '-') | ('/', '*') | ('&', '\'' | '"')) => return None,
            None if c == '\'' && is_of_name(last) && !is_bits(&code) => return None,
            None if c == '\'' || c == '"' => open = Some(c),
            None => {}
        }
        code.push(c);
        last = c;
    }
    open.is_none().then_some(code)
}

/// Whether what comes next is the literal of a bit string, whose prefix stands for no escapes.
fn is_bits(code: &str) -> bool {
    code.strip_suffix(['B', 'X', 'b', 'x']).is_some_and(|before| !before.ends_with(is_of_name))
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

fn significant(text: &str) -> impl Iterator<Item = Token> + '_ {
    tokens(text, 0).filter(|token| token.lexeme != Lexeme::Space)
}

/// Whether a text is a name, qualified or not, and nothing else.
pub fn is_name(text: &str) -> bool {
    let mut found = significant(text);
    is_contained(text) && name(text, &mut found).is_some_and(|span| span == (0..text.len()))
}

/// Puts another name in the place of the one behind the first such word.
pub fn retarget(text: &str, word: &str, new: &str) -> Option<String> {
    let mut found = significant(text);
    found.find(|token| token.lexeme == Lexeme::Word && text[token.span.clone()].eq_ignore_ascii_case(word))?;
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
        for text in
            ["(a > 1)", "'it''s; )'::text", "f(\"x;(\")", " SELECT 1", "a DO INSTEAD ( x; y)", "B'01'::\"bit\"", "'\\'"]
        {
            assert!(is_contained(text), "{text}");
        }
    }

    #[test]
    fn what_leads_out_is_not() {
        for text in ["a) OR (b", "1; DROP TABLE t", "1 -- x", "/* 1", "'a", "((a)", "a \\g", "+--x", "*/*x"] {
            assert!(!is_contained(text), "{text}");
        }
    }

    /// Each could be read as a literal with a statement in it, or as two literals with the statement between them.
    #[test]
    fn what_has_two_readings_is_not_contained() {
        let hidden = "; DROP TABLE t; --";
        for text in [
            format!("E'a'\n'\\' || '{hidden}'"),
            format!("E'\\'{hidden}'"),
            format!("1E'\\' || '{hidden}'"),
            format!("a\u{a0}$$ {hidden} $$"),
            format!("$a$ {hidden} $a$"),
            format!("U&'!' {hidden}' UESCAPE '!'"),
            format!("U&\"a\" || '{hidden}'"),
            format!("nameb'' || '{hidden}'"),
        ] {
            assert!(!is_contained(&text), "{text}");
        }
    }

    #[test]
    fn an_exclusion_is_one() {
        assert!(is_one_exclusion("EXCLUDE USING gist (a WITH =, b WITH &&) WHERE ((a > 1))"));
        assert!(!is_one_exclusion("EXCLUDE USING gist (a WITH =), ADD FOREIGN KEY (a) REFERENCES t"));
        assert!(!is_one_exclusion("FOREIGN KEY (a) REFERENCES t"));
    }

    #[test]
    fn a_body_ends_once() {
        assert!(sql_body_is_contained("BEGIN ATOMIC\n SELECT 1;\n SELECT CASE WHEN a THEN 1 END AS \"case\";\nEND"));
        assert!(sql_body_is_contained("RETURN (a + 1)"));
        for text in
            ["BEGIN ATOMIC SELECT 1; end; DROP TABLE t; SELECT 1 AS END", "RETURN 1; DROP TABLE t", "SELECT 1; END"]
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
