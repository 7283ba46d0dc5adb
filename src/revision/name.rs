//! Names of objects as PostgreSQL keeps them, however a statement spells them.
//! <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>

use super::sql::{Lexeme, tokens};

/// How many bytes of a name a server keeps that was built as nearly all are (`NAMEDATALEN` less one).
const KEPT: usize = 63;

/// A word without quotes as a name: A to Z in lower case and all other letters as they are, which is what PostgreSQL does
/// in encodings of several bytes such as UTF-8. A database in an encoding of one byte goes by its locale instead.
pub fn folded(word: &str) -> String {
    kept(&word.to_ascii_lowercase()).to_owned()
}

/// What is kept of a name that is written to the letter: PostgreSQL cuts it between two characters, with a notice.
pub fn kept(name: &str) -> &str {
    name.get(..name.floor_char_boundary(KEPT)).unwrap_or(name)
}

/// The name that a token is: a word, a name in quotes, or one with escapes (`U&"\0041"`), with its `UESCAPE` clause if that
/// is in the text too. None where it is no name, or one with escapes that mean nothing.
pub fn of(lexeme: Lexeme, text: &str) -> Option<String> {
    match lexeme {
        Lexeme::Word => Some(folded(text)),
        Lexeme::QuotedName if has_escapes(text) => escaped(text),
        Lexeme::QuotedName => Some(kept(&inside(text)?).to_owned()),
        _ => None,
    }
}

/// Whether a name in quotes is one with escapes: what stands behind it may be its `UESCAPE`.
pub fn has_escapes(text: &str) -> bool {
    text.starts_with(['U', 'u'])
}

/// What is between a name's quotes.
fn inside(text: &str) -> Option<String> {
    Some(text.strip_prefix('"')?.strip_suffix('"')?.replace("\"\"", "\""))
}

/// `U&"!0041" UESCAPE '!'`
fn escaped(text: &str) -> Option<String> {
    let is_blank = |lexeme| matches!(lexeme, Lexeme::Space | Lexeme::LineComment | Lexeme::BlockComment);
    let mut parts = tokens(text, 0).filter(|token| !is_blank(token.lexeme)).map(|token| text.get(token.span));
    let name = inside(parts.next()??.get("U&".len()..)?)?;
    let character = match parts.nth(1) {
        Some(literal) => escape_character(literal?)?,
        None => '\\',
    };
    Some(kept(&decoded(&name, character)?).to_owned())
}

/// The one character that the literal behind `UESCAPE` is: `'!'`, `E'!'`, `$$!$$`.
fn escape_character(literal: &str) -> Option<char> {
    let inside = match literal.strip_prefix('$') {
        Some(rest) => {
            let delimiter = rest.find('$')? + "$$".len();
            literal.get(delimiter..literal.len().checked_sub(delimiter)?)?
        }
        None => literal.trim_start_matches(['e', 'E']).strip_prefix('\'')?.strip_suffix('\'')?,
    };
    let mut characters = inside.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// A name with its escapes resolved: `\0041`, `\+000041`, `\\`, and pairs of surrogates.
fn decoded(text: &str, escape: char) -> Option<String> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = rest.get(character.len_utf8()..)?;
        if character != escape {
            push(&mut units, character);
        } else if let Some(after) = rest.strip_prefix(escape) {
            push(&mut units, escape);
            rest = after;
        } else {
            let (digits, length) = rest.strip_prefix('+').map_or((rest, 4), |after| (after, 6));
            let number = digits.get(..length).filter(|number| number.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
            let code = u32::from_str_radix(number, 16).ok().filter(|code| *code != 0)?;
            match u16::try_from(code) {
                Ok(unit) => units.push(unit),
                Err(_) => push(&mut units, char::from_u32(code)?),
            }
            rest = digits.get(length..)?;
        }
    }
    // Half of a pair is none.
    String::from_utf16(&units).ok()
}

fn push(units: &mut Vec<u16>, character: char) {
    units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<String> {
        let lexeme = tokens(text, 0).next().map_or(Lexeme::Other, |token| token.lexeme);
        of(lexeme, text)
    }

    /// A server is asked for the same in `tests/it/losses/names.rs`.
    #[test]
    fn names_are_read_as_postgresql_reads_them() {
        for (text, expected) in [
            ("Users", "users"),
            ("ÜBUNG", "Übung"),
            ("İx", "İx"),
            ("\"Us\"\"ers\"", "Us\"ers"),
            ("\"\"\"\"", "\""),
            ("U&\"\\00dcbung\"", "Übung"),
            ("u&\"d\\0061t\\+000061\"", "data"),
            ("U&\"d!0061t!+000061\" UESCAPE '!'", "data"),
            ("U&\"d!0061\" /* UESCAPE '#' */\n-- '#'\nuescape E'!'", "da"),
            ("U&\"d!0061\"UESCAPE $$!$$", "da"),
            ("U&\"d!0061\" UESCAPE $x$!$x$", "da"),
            ("U&\"a\\\\b\"", "a\\b"),
            ("U&\"a\"\"\\0022\"", "a\"\""),
            ("U&\"\\D83D\\DE00\\+01F600\"", "😀😀"),
        ] {
            assert_eq!(name(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "U&\"\\00g0\"",
            "U&\"\\004\"",
            "U&\"\\+00041\"",
            "U&\"\\0000\"",
            "U&\"\\D83D\"",
            "U&\"\\D83Dx\"",
            "U&\"\\+110000\"",
            "U&\"\\+é0041\"",
            "U&\"a\" UESCAPE '!!'",
            "'text'",
            "5",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let (long, umlauts) = ("x".repeat(70), "ü".repeat(40));
        for (text, expected) in [
            (long.clone(), "x".repeat(63)),
            (format!("\"{long}\""), "x".repeat(63)),
            (umlauts.clone(), "ü".repeat(31)),
            (format!("x{umlauts}"), format!("x{}", "ü".repeat(31))),
            (format!("U&\"\\0078{umlauts}\""), format!("x{}", "ü".repeat(31))),
        ] {
            assert_eq!(name(&text), Some(expected), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[Uu]&\"[\\\\!+0-9a-fA-FgÜ😀]{0,20}\"( UESCAPE '.')?") {
            name(&text);
        }
    }
}
