//! How one revision names another.

use std::ops::Range;

/// An id, a unique prefix of one or a label, as a file has it, and where it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The text.
    pub text: String,
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// Its line in the file, from 1.
    pub line: usize,
}
