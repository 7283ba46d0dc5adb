//! Finding PostgreSQL's programs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where packages put the programs; a star stands for a folder's name with a version in it.
const PLACES: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/Library/PostgreSQL/*/bin",
];

/// The path of one of PostgreSQL's programs, all from one installation: the newest, or that of `REVGRAPH_TEST_PG_BIN`.
pub fn program(name: &str) -> PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| {
        find().expect(
            "no PostgreSQL server programs found: install them, or name their directory in REVGRAPH_TEST_PG_BIN",
        )
    });
    directory.join(name)
}

fn find() -> Option<PathBuf> {
    if let Some(chosen) = env::var_os("REVGRAPH_TEST_PG_BIN") {
        let chosen = PathBuf::from(chosen);
        assert!(has_server(&chosen), "REVGRAPH_TEST_PG_BIN has no initdb and postgres");
        return Some(chosen);
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(from_pg_config())
        .chain(PLACES.iter().flat_map(|place| newest_first(place)))
        .find(|directory| has_server(directory))
        .and_then(|directory| installation(&directory))
}

/// Where the programs really are: a directory in PATH may hold links to some of them.
fn installation(directory: &Path) -> Option<PathBuf> {
    let server = directory.join("postgres").canonicalize().ok()?;
    Some(server.parent()?.to_owned())
}

fn has_server(directory: &Path) -> bool {
    directory.join("initdb").is_file() && directory.join("postgres").is_file()
}

fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().into())
}

/// The directories that a place with at most one star stands for.
fn newest_first(place: &str) -> Vec<PathBuf> {
    let Some((before, after)) = place.split_once('*') else {
        return vec![place.into()];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(prefix)?.split('.').next()?.parse().ok()?;
            Some((version, entry.path().join(after.trim_start_matches('/'))))
        })
        .collect();
    versions.sort();
    versions.reverse();
    versions.into_iter().map(|(_, directory)| directory).collect()
}
