//! `backup`, and `--backup` of `upgrade` and `downgrade`: what a plan would lose, or all of a database, by pg_dump.
//!
//! The dump is in pg_dump's custom format: compressed, and pg_restore can take single tables out of it. It is written
//! aside, synced and moved to its place, where nothing may be yet. Beside it lies a manifest that says what it is of.

mod advice;
mod manifest;
mod program;
mod scope;
mod wanted;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

pub use manifest::PlannedAction;
pub use scope::Scope;
pub use wanted::{Wanted, folder_of_texts};

use crate::database::Location;
use crate::database::connect::{ConnectionSpec, Environment};
use crate::database::interrupt::Duty;
use crate::error::Error;
use crate::revision::{Checksum, RevisionId};
use manifest::Manifest;

/// What a backup is of, and where it goes.
struct Request<'r> {
    /// The database.
    pub location: &'r Location,
    /// Where PostgreSQL's programs are looked for.
    pub environment: &'r Environment,
    /// The major version of its server; 0 if that is not known.
    pub server_version: u32,
    /// How much of it.
    pub scope: &'r Scope,
    /// The file.
    pub file: &'r Path,
    /// How long pg_dump waits for a lock; zero is for ever.
    pub lock_timeout: Duration,
    /// Where the database is.
    pub standing: &'r Standing,
    /// What is about to run.
    pub plan: Vec<PlannedAction>,
}

/// Where a database is, by its ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The ledger's schema.
    pub ledger: String,
    /// The revisions in effect that no other one in effect needs; None where the files don't tell.
    pub heads: Option<Vec<RevisionId>>,
    /// The database's lineage.
    pub lineage: Option<Checksum>,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// The dump.
    pub file: PathBuf,
    /// What it is of.
    pub manifest: PathBuf,
    /// The tables whose contents it holds; empty for all of the database.
    pub objects: Vec<String>,
    /// How large it is.
    pub bytes: u64,
    /// The SHA-256 of the file, in hex.
    pub sha256: String,
    /// The command that restores it.
    pub restore: String,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The server runs inside this process.
    #[error("the PostgreSQL inside revgraph can't be dumped: it serves one session at a time, and revgraph has that")]
    Embedded(PathBuf),
    /// There is no pg_dump on this machine.
    #[error("there is no pg_dump on this machine")]
    NoProgram(u32),
    /// pg_dump is older than the server, and refuses to dump it.
    #[error("pg_dump is of {found}, and the server is PostgreSQL {server}")]
    TooOld {
        /// What there is.
        found: String,
        /// The server's major version.
        server: u32,
    },
    /// The file is there already.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The dump was made, but not what is to lie beside it.
    #[error("the backup's manifest can't be written: {reason}")]
    NoManifest {
        /// Why.
        reason: String,
        /// The dump, if it could not be removed either.
        left: Option<PathBuf>,
    },
    /// pg_dump can't be run.
    #[error("pg_dump can't be run: {0}")]
    NotRun(String),
    /// pg_dump failed.
    #[error("pg_dump failed: {0}")]
    Failed(String),
}

impl BackupError {
    /// A word for tools.
    pub fn kind(&self) -> &'static str {
        match self {
            BackupError::Embedded(_) => "no_backup_of_embedded",
            BackupError::NoProgram(_) | BackupError::TooOld { .. } => "no_pg_dump",
            BackupError::Exists(_) => "file_exists",
            BackupError::NoManifest { .. } => "file",
            BackupError::NotRun(_) | BackupError::Failed(_) => "pg_dump_failed",
        }
    }

    /// What to do next.
    pub fn help(&self) -> String {
        match self {
            BackupError::Embedded(folder) => format!(
                "nothing was touched; its files are in {}: copy that folder while no command runs",
                folder.display()
            ),
            BackupError::NoProgram(0) => "nothing was touched; install PostgreSQL's client programs".to_owned(),
            BackupError::NoProgram(server) | BackupError::TooOld { server, .. } => format!(
                "nothing was touched; install the client programs of PostgreSQL {server} or later, or put their folder \
                 into PATH"
            ),
            BackupError::Exists(_) => {
                "nothing was touched; name another file: a backup is never written over".to_owned()
            }
            BackupError::NoManifest { left: None, .. } => {
                "nothing was touched, and the dump was removed again; run it again when that is mended".to_owned()
            }
            BackupError::NoManifest { left: Some(file), .. } => {
                format!("nothing was touched; the dump is whole, and stays without one: {}", file.display())
            }
            BackupError::NotRun(_) => {
                "nothing was touched; see that the pg_dump that is found first can be run, and run the command again"
                    .to_owned()
            }
            BackupError::Failed(said) => advice::after(said),
        }
    }
}

/// Makes a backup.
///
/// # Errors
/// When there is none: then nothing is left of it.
fn back_up(request: Request<'_>) -> Result<Backup, Error> {
    let spec = match request.location {
        Location::Server(spec) => spec,
        Location::Embedded(folder) => return Err(BackupError::Embedded(folder.clone()).into()),
    };
    let programs = program::find(request.environment, request.server_version)?;
    let manifest_file = manifest::beside(request.file);
    if manifest_file.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(manifest_file).into());
    }
    // Between a dump and its manifest is no time to end.
    let _duty = Duty::begin()?;
    let made = Utc::now();
    let dump =
        write::aside(request.file, |aside| program::dump(&programs, spec, request.scope, request.lock_timeout, aside))?;
    let restore = restore_command(spec, request.scope, request.file);
    let manifest = Manifest::new(&request, spec, &programs, made, &dump, &restore);
    let (bytes, sha256) = (dump.bytes, dump.sha256.clone());
    if let Err(error) = manifest.write(&manifest_file) {
        let left = dump.take_back().is_err().then(|| request.file.to_owned());
        return Err(BackupError::NoManifest { reason: error.to_string(), left }.into());
    }
    Ok(Backup {
        file: request.file.to_owned(),
        manifest: manifest_file,
        objects: request.scope.objects(),
        bytes,
        sha256,
        restore,
    })
}

/// A backup's file: in that folder, or at that path, which may itself be a folder. Its name says when it was made, of
/// which database, and before what.
fn file_for(folder: &Path, given: Option<&Path>, database: &str, what: &str, now: DateTime<Utc>) -> PathBuf {
    let name = format!("{}.dump", name_for(database, what, now));
    match given {
        None => folder.join(name),
        Some(path) if path.is_dir() || path.to_string_lossy().ends_with('/') => path.join(name),
        Some(path) => path.to_owned(),
    }
}

/// What a backup is called, without an ending.
fn name_for(database: &str, what: &str, now: DateTime<Utc>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
    let database: String = database.chars().map(plain).collect();
    format!("{}_{database}_{what}", now.format("%Y%m%dT%H%M%SZ"))
}

/// What restores a dump: the exact command, with the database in it as far as that is known.
fn restore_command(spec: &ConnectionSpec, scope: &Scope, file: &Path) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let file = quoted(&file.display().to_string());
    match scope {
        // What is there of them goes first: a part of them, or what a later upgrade has made anew.
        Scope::Tables(_) => {
            format!("pg_restore --single-transaction --clean --if-exists --dbname={} {file}", quoted(&spec.redacted()))
        }
        Scope::Contents { .. } | Scope::All => {
            let new = spec.with_database(&format!("{}_restored", spec.database()));
            format!("pg_restore --dbname={} {file}", quoted(&new.redacted()))
        }
    }
}
