//! The names of files that a manifest or a journal may speak of.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, de};

/// The longest name that every usual file system takes, in bytes.
const LONGEST: usize = 255;

/// The name of a revision's file within its folder: never a path. Joined to a folder it is a file of that folder, on
/// every system that the repository may be checked out on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct FileName(Arc<str>);

/// Why a text can't be the name of a revision's file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IllegalFileName {
    /// It doesn't end in `.sql`.
    #[error("{0:?} is not the name of a revision's file: it must end in .sql")]
    NotSql(String),
    /// It is hidden, or `.` or `..`.
    #[error("{0:?} begins with a dot: files that do are not revisions")]
    Hidden(String),
    /// It holds something that could lead to another folder, or that some system takes in no name.
    #[error("{0:?} holds {1:?}: the name of a file is wanted, not a path")]
    Character(String, char),
    /// It is too long.
    #[error("a file's name has at most {LONGEST} bytes, this one has {0}")]
    TooLong(usize),
}

impl FileName {
    /// Takes a text as a file's name, or says why it can't be one.
    pub fn new(text: &str) -> Result<FileName, IllegalFileName> {
        // A colon begins a drive or a stream on Windows.
        let leads_elsewhere = |c: &char| matches!(c, '/' | '\\' | ':') || c.is_control();
        if let Some(character) = text.chars().find(leads_elsewhere) {
            return Err(IllegalFileName::Character(text.to_owned(), character));
        }
        if text.starts_with('.') {
            return Err(IllegalFileName::Hidden(text.to_owned()));
        }
        if !text.ends_with(".sql") {
            return Err(IllegalFileName::NotSql(text.to_owned()));
        }
        if text.len() > LONGEST {
            return Err(IllegalFileName::TooLong(text.len()));
        }
        Ok(FileName(text.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is equal for two names that are one file where the file system doesn't tell cases apart.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for FileName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FileName, D::Error> {
        FileName::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names() {
        for name in ["a.sql", "20260105T091500Z_4b7e1d90c2a6_guide_schema.sql", "mit leer und ä.sql", "a..sql"] {
            assert_eq!(FileName::new(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn nothing_leads_out_of_the_folder() {
        for path in [
            "",
            ".",
            "..",
            "../a.sql",
            "a/b.sql",
            "/etc/a.sql",
            "a\\b.sql",
            "..\\a.sql",
            "C:a.sql",
            "C:\\a.sql",
            "\\\\host\\share\\a.sql",
            "\\\\?\\C:\\a.sql",
            "a.sql:stream.sql",
            ".hidden.sql",
            "a\0.sql",
            "a\n.sql",
            "manifest.toml",
            "a.sql ",
            "a.sql.",
        ] {
            assert!(FileName::new(path).is_err(), "{path:?}");
        }
        assert_eq!(FileName::new(&format!("{}.sql", "a".repeat(252))), Err(IllegalFileName::TooLong(256)));
    }
}
