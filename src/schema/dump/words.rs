//! A statement of a dump, word by word.

use std::ops::Range;

use crate::revision::name;
use crate::revision::sql::{Lexeme, tokens};

/// A token of a statement that is neither white space nor a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    /// What it is.
    pub lexeme: Lexeme,
    /// Its text, quotes included.
    pub text: &'a str,
    /// Where it is in the statement, in bytes.
    pub span: Range<usize>,
}

impl Word<'_> {
    /// Whether it is this keyword, or this unquoted name.
    pub fn is(&self, keyword: &str) -> bool {
        self.lexeme == Lexeme::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// The name that it is, as the catalogs have it; none where it can't be one.
    pub fn name(&self) -> Option<String> {
        name::of(self.lexeme, self.text)
    }

    /// The text that it is a literal of; none where it is none, or one with backslashes or dollars.
    pub fn literal(&self) -> Option<String> {
        let inside = self.text.strip_prefix('\'')?.strip_suffix('\'')?;
        (self.lexeme == Lexeme::Text).then(|| inside.replace("''", "'"))
    }
}

/// The words of a statement, in order.
pub fn words(sql: &str) -> Vec<Word<'_>> {
    let is_blank = |lexeme| matches!(lexeme, Lexeme::Space | Lexeme::LineComment | Lexeme::BlockComment);
    let tokens = tokens(sql, 0).filter(|token| !is_blank(token.lexeme));
    tokens.map(|token| Word { lexeme: token.lexeme, text: &sql[token.span.clone()], span: token.span }).collect()
}

/// Whether the words begin with these keywords.
pub fn begins(words: &[Word<'_>], keywords: &[&str]) -> bool {
    words.len() >= keywords.len() && words.iter().zip(keywords).all(|(word, keyword)| word.is(keyword))
}

/// Where these keywords stand one after another: the place of the first.
pub fn find(words: &[Word<'_>], keywords: &[&str]) -> Option<usize> {
    (0..words.len()).find(|at| begins(&words[*at..], keywords))
}

/// The text of some words without the space between them: how a qualified name is compared.
pub fn joined(words: &[Word<'_>]) -> String {
    words.iter().map(|word| word.text).collect()
}
