//! Reads a statement word by word.

use std::ops::Range;

use super::ObjectName;
use crate::revision::name;
use crate::revision::sql::{Lexeme, tokens};

/// A token that counts: neither white space nor comment.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// Its text, with the quotes of a literal or a quoted name; of a name with escapes also their `UESCAPE`.
    pub text: &'a str,
    /// What it is.
    pub lexeme: Lexeme,
    /// Where it is, in bytes of the whole text.
    pub span: Range<usize>,
    /// How many brackets, round or square, are open around it. A bracket itself stands outside of what it encloses.
    pub depth: usize,
}

impl Part<'_> {
    /// Whether it is this keyword, in any case. A name or a literal never is: its quotes belong to it.
    pub fn is(&self, keyword: &str) -> bool {
        self.text.eq_ignore_ascii_case(keyword)
    }

    /// Whether it is this one character of punctuation.
    pub fn is_symbol(&self, symbol: &str) -> bool {
        !matches!(self.lexeme, Lexeme::Word | Lexeme::Text | Lexeme::QuotedName) && self.text == symbol
    }

    /// As a name, as PostgreSQL keeps it.
    pub fn name(&self) -> Option<String> {
        name::of(self.lexeme, self.text)
    }
}

/// A statement's tokens with a place among them. What it takes is what comes next; where that is something else, the
/// place stays.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    parts: Vec<Part<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    /// At the beginning of the statement that lies in these bytes of a text.
    pub fn new(text: &'a str, span: Range<usize>) -> Reader<'a> {
        Reader::of_tokens(text, span, usize::MAX)
    }

    /// The same for a statement's first tokens alone: a seed of many rows may be one statement of some megabytes.
    pub fn head(text: &'a str, span: Range<usize>) -> Reader<'a> {
        const TOKENS: usize = 64;
        Reader::of_tokens(text, span, TOKENS)
    }

    fn of_tokens(text: &'a str, span: Range<usize>, at_most: usize) -> Reader<'a> {
        let mut depth: usize = 0;
        let mut parts = Vec::new();
        for token in tokens(text.get(..span.end).unwrap_or_default(), span.start) {
            let part = text.get(token.span.clone()).unwrap_or_default();
            if matches!(token.lexeme, Lexeme::Space | Lexeme::LineComment | Lexeme::BlockComment) {
                continue;
            }
            if token.lexeme == Lexeme::Close || part == "]" {
                depth = depth.saturating_sub(1);
            }
            if parts.len() == at_most {
                break;
            }
            if token.lexeme == Lexeme::Text && ends_name(&mut parts, text, &token.span) {
                continue;
            }
            let opens = token.lexeme == Lexeme::Open || part == "[";
            parts.push(Part { text: part, lexeme: token.lexeme, span: token.span, depth });
            depth += usize::from(opens);
        }
        Reader { parts, at: 0 }
    }

    /// All tokens of the statement, wherever the place is.
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// The tokens from the place on.
    pub fn rest(&self) -> &[Part<'a>] {
        self.parts.get(self.at..).unwrap_or_default()
    }

    /// The next token.
    pub fn peek(&self) -> Option<&Part<'a>> {
        self.parts.get(self.at)
    }

    /// The number of the next token among [`Reader::parts`].
    pub fn place(&self) -> usize {
        self.at
    }

    /// Takes the next token, whatever it is.
    pub fn take_next(&mut self) -> Option<Part<'a>> {
        let part = self.peek().cloned();
        self.at += usize::from(part.is_some());
        part
    }

    /// Takes these keywords, all or none.
    pub fn take(&mut self, keywords: &[&str]) -> bool {
        let here = self.rest();
        let found = here.len() >= keywords.len() && here.iter().zip(keywords).all(|(part, keyword)| part.is(keyword));
        self.at += if found { keywords.len() } else { 0 };
        found
    }

    /// Takes one of these keywords; gives the one.
    pub fn take_any(&mut self, keywords: &[&'static str]) -> Option<&'static str> {
        keywords.iter().copied().find(|keyword| self.take(&[keyword]))
    }

    /// Takes a character of punctuation.
    pub fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|part| part.is_symbol(symbol));
        self.at += usize::from(found);
        found
    }

    /// Takes one name, without its schema, and gives its place too.
    pub fn take_name(&mut self) -> Option<(String, Range<usize>)> {
        let part = self.peek()?;
        let found = (part.name()?, part.span.clone());
        self.at += 1;
        Some(found)
    }

    /// Takes the name of an object, with its schema if that is there; a database in front of the schema is left out.
    pub fn take_object(&mut self) -> Option<(ObjectName, Range<usize>)> {
        let (mut name, mut span) = self.take_name()?;
        let mut schema = None;
        while self.take_symbol(".") {
            let Some((next, place)) = self.take_name() else { break };
            schema = Some(std::mem::replace(&mut name, next));
            span.end = place.end;
        }
        Some((ObjectName { schema, name }, span))
    }

    /// Goes on behind the next comma that stands outside of all brackets; says whether there was one.
    pub fn skip_comma(&mut self) -> bool {
        match self.rest().iter().position(|part| part.depth == 0 && part.is_symbol(",")) {
            Some(ahead) => {
                self.at += ahead + 1;
                true
            }
            None => {
                self.at = self.parts.len();
                false
            }
        }
    }

    /// Goes on at the token with this number of [`Reader::parts`].
    pub fn go_to(&mut self, number: usize) {
        self.at = number.min(self.parts.len());
    }

    /// Takes `IF EXISTS` or `IF NOT EXISTS`.
    pub fn take_if_exists(&mut self) -> bool {
        self.take(&["IF", "EXISTS"]) || self.take(&["IF", "NOT", "EXISTS"])
    }
}

/// Whether the literal that comes next says what the escapes of the last name are (`U&"…" UESCAPE '!'`): then it is a part
/// of that name.
fn ends_name<'a>(parts: &mut Vec<Part<'a>>, text: &'a str, literal: &Range<usize>) -> bool {
    let [.., name, uescape] = parts.as_mut_slice() else { return false };
    if name.lexeme != Lexeme::QuotedName || !name::has_escapes(name.text) || !uescape.is("UESCAPE") {
        return false;
    }
    name.span.end = literal.end;
    name.text = text.get(name.span.clone()).unwrap_or_default();
    parts.pop();
    true
}
