//! The name of a revision.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, de};

/// Words that targets use, which no revision or label may therefore be called.
const RESERVED: [&str; 4] = ["base", "current", "head", "heads"];

/// The longest id, in characters.
const LONGEST: usize = 64;

/// The id of a revision: 1 to 64 of `A-Z a-z 0-9 _`, and none of the words that targets use. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RevisionId(Arc<str>);

/// Why a text can't be a revision's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IllegalId {
    /// There is nothing.
    #[error("an id can't be empty")]
    Empty,
    /// It is longer than 64 characters.
    #[error("an id has at most {LONGEST} characters, this one has {0}")]
    TooLong(usize),
    /// It holds something else than letters, digits and `_`.
    #[error("{0:?} can't be part of an id: use A-Z, a-z, 0-9 and _")]
    Character(char),
    /// It means something else as a target.
    #[error("{0:?} can't be an id: it is a word that targets use")]
    Reserved(String),
}

impl RevisionId {
    /// Takes a text as an id, or says why it can't be one.
    pub fn new(text: &str) -> Result<RevisionId, IllegalId> {
        if text.is_empty() {
            return Err(IllegalId::Empty);
        }
        if let Some(other) = text.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '_') {
            return Err(IllegalId::Character(other));
        }
        if text.len() > LONGEST {
            return Err(IllegalId::TooLong(text.len()));
        }
        if is_reserved(text) {
            return Err(IllegalId::Reserved(text.to_owned()));
        }
        Ok(RevisionId(text.into()))
    }

    /// A new random id of 12 hex digits. Fails only where the system has no source of randomness.
    pub fn random() -> Result<RevisionId, getrandom::Error> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)?;
        let number = u64::from_le_bytes(bytes) >> 16;
        Ok(RevisionId(format!("{number:012x}").into()))
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether targets use the word: no id and no label may be one of these.
pub fn is_reserved(text: &str) -> bool {
    RESERVED.contains(&text)
}

impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for RevisionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RevisionId, D::Error> {
        RevisionId::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl std::borrow::Borrow<str> for RevisionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Ids, separated by commas; a long list is cut.
pub fn list(ids: &[RevisionId]) -> String {
    const SHOWN: usize = 10;
    let mut text: Vec<String> = ids.iter().take(SHOWN).map(RevisionId::to_string).collect();
    if ids.len() > SHOWN {
        text.push(format!("and {} more", ids.len() - SHOWN));
    }
    text.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_words() {
        assert!(RevisionId::new("3f9a1c0b7d2e").is_ok());
        assert!(RevisionId::new(&"a".repeat(64)).is_ok());
        assert_eq!(RevisionId::new(&"a".repeat(65)), Err(IllegalId::TooLong(65)));
        assert_eq!(RevisionId::new(""), Err(IllegalId::Empty));
        assert_eq!(RevisionId::new("a-1"), Err(IllegalId::Character('-')));
        assert_eq!(RevisionId::new("ä"), Err(IllegalId::Character('ä')));
        assert_eq!(RevisionId::new("heads"), Err(IllegalId::Reserved("heads".to_owned())));
    }

    #[test]
    fn random_ids_are_twelve_hex_digits() {
        let (one, other) = (RevisionId::random().unwrap(), RevisionId::random().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), 12);
        assert!(one.as_str().bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()));
    }
}
