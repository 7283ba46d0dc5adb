//! PostgreSQL's programs on this machine.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::database::connect::Environment;

/// Where packages put the programs; a star stands for the version in a folder's name.
const PLACES: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/Library/PostgreSQL/*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/libexec/postgresql*",
];

/// One installation of PostgreSQL's programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    folder: PathBuf,
    /// What `postgres --version` says, such as `postgres (PostgreSQL) 15.4 (Debian 15.4-1)`.
    title: String,
    major: u32,
}

impl Programs {
    /// The installation to run a private server with: the first one of the major version that is preferred, in PATH
    /// or where packages put it; else the newest. None where there is no server.
    pub fn find(environment: &Environment, preferred: Option<u32>) -> Option<Programs> {
        let all = installations(environment, "postgres");
        let fitting = all.iter().find(|programs| preferred == Some(programs.major));
        fitting.or_else(|| newest(&all)).cloned()
    }

    /// The newest installation that has a program: one can have `pg_dump` without a server.
    pub fn with(environment: &Environment, program: &str) -> Option<Programs> {
        newest(&installations(environment, program)).cloned()
    }

    /// The path of one of the programs.
    pub fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// The major version.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// What they are, for people: `PostgreSQL 15.4`.
    pub fn title(&self) -> String {
        let number = number(&self.title).unwrap_or_default();
        format!("PostgreSQL {number}")
    }

    /// The version in full, which tells two builds apart.
    pub(super) fn version(&self) -> &str {
        &self.title
    }

    fn at(folder: &Path, program: &str) -> Option<Programs> {
        let complete = match program {
            // A client's installation may bring one of the server's programs without the other.
            "postgres" => folder.join("initdb").is_file() && folder.join("pg_ctl").is_file(),
            _ => true,
        };
        let path = folder.join(program);
        if !complete || !path.is_file() {
            return None;
        }
        // A folder in PATH may hold links to some of the programs.
        let folder = path.canonicalize().ok()?.parent()?.to_owned();
        let output = Command::new(folder.join(program)).arg("--version").output().ok()?;
        let title = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        let major = number(&title)?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        Some(Programs { folder, title, major })
    }
}

/// The version's number in what a program says of itself: `15.4`, `18beta1`.
fn number(title: &str) -> Option<&str> {
    title.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

/// The first of those that are equally new.
fn newest(all: &[Programs]) -> Option<&Programs> {
    all.iter().rev().max_by_key(|programs| programs.major)
}

/// Every installation that has a program, those in PATH first.
fn installations(environment: &Environment, program: &str) -> Vec<Programs> {
    let path = environment.variable("PATH").unwrap_or_default();
    let packaged = PLACES.iter().flat_map(|place| folders(place));
    let mut all: Vec<Programs> = Vec::new();
    for found in env::split_paths(&path).chain(packaged).filter_map(|folder| Programs::at(&folder, program)) {
        if !all.iter().any(|known| known.folder == found.folder) {
            all.push(found);
        }
    }
    all
}

/// The folders that a place with at most one star stands for.
fn folders(place: &str) -> Vec<PathBuf> {
    let Some((before, after)) = place.split_once('*') else { return vec![place.into()] };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let names = fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let named = names.filter(|name| name.to_string_lossy().starts_with(prefix));
    named.map(|name| Path::new(parent).join(name).join(after.trim_start_matches('/'))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(number("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some("15.18"));
        assert_eq!(number("pg_dump (PostgreSQL) 18beta1"), Some("18beta1"));
    }

    #[test]
    fn the_first_of_the_newest_is_taken() {
        let programs = |folder: &str, major| Programs { folder: folder.into(), title: String::new(), major };
        let all = [programs("/a", 15), programs("/b", 17), programs("/c", 17)];
        assert_eq!(newest(&all).map(|found| found.folder.as_path()), Some(Path::new("/b")));
    }
}
