//! The text of a file, as it is hashed, stored and run.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::problem::Problem;

/// A place in a text as people count: both from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character within the line.
    pub column: usize,
}

/// A file's path and its text in canonical line ends: a byte order mark is dropped and CRLF is LF,
/// so that a checkout on Windows holds the same revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    path: Arc<Path>,
    text: Arc<str>,
}

/// Room for a usual revision, in bytes.
const BUFFER: usize = 1024;

impl Source {
    /// Reads a file. Fails with a [`Problem`] that names the file when it can't be read, isn't UTF-8
    /// or holds a NUL character, which PostgreSQL takes nowhere.
    pub fn read(path: &Path) -> Result<Source, Problem> {
        // Without asking for the file's size first: nearly every revision fits into one buffer.
        let mut bytes = Vec::with_capacity(BUFFER);
        let read = File::open(path).and_then(|file| file.take(u64::MAX).read_to_end(&mut bytes));
        read.map_err(|error| Problem::without_place(path, format!("can't be read: {error}")))?;
        Source::from_bytes(path, bytes)
    }

    /// Takes bytes as a file's content; `path` is only for messages.
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Source, Problem> {
        let text = String::from_utf8(bytes).map_err(|error| invalid_utf8(path, error))?;
        let source = Source::from_text(path, text);
        match source.text.find('\0') {
            None => Ok(source),
            Some(at) => Err(Problem::at(&source, at..at + 1, "a NUL character, which PostgreSQL takes nowhere")
                .help("was the file saved as UTF-16? save it as UTF-8")),
        }
    }

    /// Takes text that is already known to be sound, such as a ledger's; `path` is only for messages.
    pub fn from_text(path: &Path, text: String) -> Source {
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        let text = if text.contains('\r') { text.replace("\r\n", "\n") } else { text };
        Source { path: path.into(), text: text.into() }
    }

    /// Where the text came from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same, for whoever keeps it too.
    pub fn shared_path(&self) -> &Arc<Path> {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The part of the text between two byte offsets. An out-of-range span gives the empty string.
    pub fn slice(&self, span: Range<usize>) -> &str {
        self.text.get(span).unwrap_or_default()
    }

    /// The line and column of a byte offset; an offset past the end is the end.
    pub fn position(&self, offset: usize) -> Position {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.bytes().filter(|&byte| byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// Says where the first byte stands that is no UTF-8.
fn invalid_utf8(path: &Path, error: std::string::FromUtf8Error) -> Problem {
    let valid = error.utf8_error().valid_up_to();
    let bytes = error.into_bytes();
    // What follows is shown too, with the bad bytes replaced, so that the line can be recognised.
    let shown = Source::from_text(path, String::from_utf8_lossy(&bytes).into_owned());
    let bom = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let carriage_returns = bytes[..valid].windows(2).filter(|pair| pair == b"\r\n").count();
    let at = valid - bom - carriage_returns;
    Problem::at(&shown, at..at + '\u{fffd}'.len_utf8(), format!("byte 0x{:02x} is not valid UTF-8", bytes[valid]))
        .help("save the file as UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(bytes: &[u8]) -> Result<Source, Problem> {
        Source::from_bytes(Path::new("a.sql"), bytes.to_vec())
    }

    #[test]
    fn windows_text_is_the_same_text() {
        let windows = source(b"\xef\xbb\xbfone\r\ntwo\r\n").unwrap();
        assert_eq!(windows.text(), "one\ntwo\n");
        assert_eq!(windows, source(b"one\ntwo\n").unwrap());
    }

    #[test]
    fn a_lone_carriage_return_stays() {
        assert_eq!(source(b"one\rtwo").unwrap().text(), "one\rtwo");
    }

    #[test]
    fn columns_count_characters() {
        let source = source("ä\nöü x".as_bytes()).unwrap();
        assert_eq!(source.position(source.text().find('x').unwrap()), Position { line: 2, column: 4 });
        assert_eq!(source.position(usize::MAX), Position { line: 2, column: 5 });
    }

    #[test]
    fn invalid_utf8_is_placed() {
        let problem = source(b"\xef\xbb\xbfok\r\n\xc3\xa4b\xff").unwrap_err();
        assert_eq!(problem.position(), Some(Position { line: 2, column: 3 }));
        assert_eq!(problem.message(), "byte 0xff is not valid UTF-8");
    }

    #[test]
    fn a_nul_is_refused() {
        assert_eq!(source(b"a\0").unwrap_err().position(), Some(Position { line: 1, column: 2 }));
    }
}
