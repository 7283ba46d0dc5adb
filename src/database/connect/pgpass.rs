//! The password file.
//!
//! Source: PostgreSQL documentation, "The Password File": lines of `hostname:port:database:username:password`.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a line of the file must match.
pub(super) struct Wanted<'a> {
    /// The host's name, its address where it has no name, or `localhost` for a socket in a default directory.
    pub host: &'a str,
    pub port: u16,
    pub database: &'a str,
    pub user: &'a str,
}

/// Something about the surroundings that the user should know, although the work goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The password file was ignored since others than its owner can read it.
    PasswordFileOpenToOthers(PathBuf),
    /// The password file was ignored since it isn't a plain file.
    PasswordFileNotPlain(PathBuf),
    /// The password file was ignored since it could not be read as text.
    PasswordFileUnreadable(PathBuf),
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::PasswordFileOpenToOthers(file) => write!(
                formatter,
                "the password file {0} is ignored: others than its owner may read it (chmod 600 {0})",
                file.display()
            ),
            Warning::PasswordFileNotPlain(file) => {
                write!(formatter, "the password file {} is ignored: it is not a plain file", file.display())
            }
            Warning::PasswordFileUnreadable(file) => {
                write!(formatter, "the password file {} is ignored: it cannot be read as UTF-8 text", file.display())
            }
        }
    }
}

/// The text of a password file; nothing where there is no such file.
///
/// # Errors
/// A warning where libpq would ignore the file with a word on stderr.
pub(super) fn read(file: &Path) -> Result<Option<String>, Warning> {
    let metadata = match fs::metadata(file) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(_) => return Err(Warning::PasswordFileUnreadable(file.to_owned())),
    };
    if !metadata.is_file() {
        return Err(Warning::PasswordFileNotPlain(file.to_owned()));
    }
    if open_to_others(&metadata) {
        return Err(Warning::PasswordFileOpenToOthers(file.to_owned()));
    }
    fs::read_to_string(file).map(Some).map_err(|_| Warning::PasswordFileUnreadable(file.to_owned()))
}

#[cfg(unix)]
fn open_to_others(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

/// On Windows the file lies in a directory that is private by itself: libpq makes no check there either.
#[cfg(not(unix))]
fn open_to_others(_: &fs::Metadata) -> bool {
    false
}

/// The password of the first line that matches.
pub(super) fn find(text: &str, wanted: &Wanted<'_>) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| password(line.trim_end_matches('\r'), wanted))
}

fn password(line: &str, wanted: &Wanted<'_>) -> Option<String> {
    let port = wanted.port.to_string();
    let mut fields = Fields(line);
    for value in [wanted.host, &port, wanted.database, wanted.user] {
        let field = fields.next()?;
        // An escaped star is a name, a bare one stands for any.
        if field != "*" && unescaped(field) != value {
            return None;
        }
    }
    fields.next().map(unescaped)
}

/// The fields of a line, still escaped: split at the colons that have no backslash before them.
struct Fields<'a>(&'a str);

impl<'a> Iterator for Fields<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let mut escaped = false;
        let end = self.0.find(|c| {
            let ends = c == ':' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let (field, rest) = match end {
            Some(end) => (&self.0[..end], &self.0[end + 1..]),
            None => (self.0, ""),
        };
        self.0 = rest;
        Some(field)
    }
}

fn unescaped(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut rest = field.chars();
    while let Some(c) = rest.next() {
        match c {
            // A backslash with nothing behind it stands for itself.
            '\\' => text.push(rest.next().unwrap_or('\\')),
            _ => text.push(c),
        }
    }
    text
}
