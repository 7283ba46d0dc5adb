//! Checksums: SHA-256 over the canonical form of a revision's sections.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use super::section::Section;
use super::source::Source;
use super::sql::{Lexeme, tokens};

/// A SHA-256, shown as 64 lowercase hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Checksum(pub [u8; 32]);

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0u8; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        f.pad(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({self})")
    }
}

impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Checksum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Checksum, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Why a text is no checksum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it must be 64 lowercase hex digits, not {0:?}")]
pub struct NoChecksum(String);

impl Checksum {
    /// The SHA-256 of bytes as they are, such as a file's.
    pub fn of_bytes(bytes: &[u8]) -> Checksum {
        Checksum(Sha256::digest(bytes).into())
    }
}

impl FromStr for Checksum {
    type Err = NoChecksum;

    fn from_str(text: &str) -> Result<Checksum, NoChecksum> {
        let wrong = || NoChecksum(text.to_owned());
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return Err(wrong());
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0]).ok_or_else(wrong)? << 4 | digit(pair[1]).ok_or_else(wrong)?;
        }
        Ok(Checksum(bytes))
    }
}

/// Hashes sections in their canonical form: each one's line with its options in one spelling, then its
/// text with trailing white space off, except in literals. `tag` keeps the two directions apart.
/// A NUL, which no text holds, ends each part.
pub fn of_sections<'a>(tag: &str, source: &Source, sections: impl Iterator<Item = &'a Section>) -> Checksum {
    let mut hash = Sha256::new();
    hash.update(tag.as_bytes());
    hash.update(b"\0");
    for section in sections {
        hash.update(section.kind.canonical().as_bytes());
        hash.update(b"\0");
        hash_canonical(&mut hash, source.slice(section.body.clone()));
        hash.update(b"\0");
    }
    Checksum(hash.finalize().into())
}

/// Hashes the first statements of sections, so many of each, as they stand: what lies between them doesn't count.
pub fn of_statements<'a>(source: &Source, parts: impl Iterator<Item = (&'a Section, usize)>) -> Checksum {
    let mut hash = Sha256::new();
    hash.update(b"revgraph done v1\0");
    for (section, number) in parts {
        for statement in section.statements.iter().take(number) {
            hash.update(source.slice(statement.span.clone()).as_bytes());
            hash.update(b"\0");
        }
        hash.update(b"\0");
    }
    Checksum(hash.finalize().into())
}

/// Feeds a section's text without the white space that nobody sees: at the ends of lines outside of
/// literals, and at the end of the section.
fn hash_canonical(hash: &mut Sha256, body: &str) {
    let body = body.trim_ascii_end();
    if !has_trailing_space(body) {
        return hash.update(body.as_bytes());
    }
    for token in tokens(body, 0) {
        let text = body.get(token.span).unwrap_or_default();
        match token.lexeme {
            Lexeme::Space | Lexeme::LineComment | Lexeme::BlockComment => {
                for (index, line) in text.split('\n').enumerate() {
                    if index > 0 {
                        hash.update(b"\n");
                    }
                    hash.update(shown(line, text).as_bytes());
                }
            }
            _ => hash.update(text.as_bytes()),
        }
    }
}

/// The part of a line of a comment or of white space that counts: all of it where the token goes on
/// behind it on the same line, else up to the last visible character.
fn shown<'a>(line: &'a str, token: &'a str) -> &'a str {
    let ends_token = std::ptr::eq(line.as_bytes().as_ptr_range().end, token.as_bytes().as_ptr_range().end);
    let is_comment = token.starts_with("--") || token.starts_with("/*");
    if ends_token && !is_comment { line } else { line.trim_ascii_end() }
}

fn has_trailing_space(body: &str) -> bool {
    let bytes = body.as_bytes();
    bytes.windows(2).any(|pair| pair[1] == b'\n' && matches!(pair[0], b' ' | b'\t' | b'\r' | b'\x0b' | b'\x0c'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(body: &str) -> Checksum {
        let mut hash = Sha256::new();
        hash_canonical(&mut hash, body);
        Checksum(hash.finalize().into())
    }

    #[test]
    fn trailing_space_does_not_count() {
        let clean = canonical("SELECT 1; -- one\n\n/* a\nb */ SELECT 2");
        assert_eq!(clean, canonical("SELECT 1; -- one  \n \t\n/* a \t\nb */ SELECT 2 \n\n"));
        assert_eq!(clean, canonical("SELECT 1; -- one\n\n/* a\nb */ SELECT 2\n"));
    }

    #[test]
    fn other_space_counts() {
        for (one, other) in [
            ("SELECT 'a \nb'", "SELECT 'a\nb'"),
            ("SELECT $$a \nb$$", "SELECT $$a\nb$$"),
            ("SELECT \"a \nb\"", "SELECT \"a\nb\""),
            ("SELECT  1", "SELECT 1"),
            ("SELECT 1\n\nFROM t", "SELECT 1\nFROM t"),
            ("SELECT 1 \n  FROM t", "SELECT 1 \n FROM t"),
        ] {
            assert_ne!(canonical(one), canonical(other), "{one:?}");
        }
    }

    #[test]
    fn hex_goes_both_ways() {
        let checksum = canonical("x");
        assert_eq!(checksum.to_string().parse(), Ok(checksum));
        assert!("".parse::<Checksum>().is_err());
        assert!(checksum.to_string().to_uppercase().parse::<Checksum>().is_err());
    }
}
