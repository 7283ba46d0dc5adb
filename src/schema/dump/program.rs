//! Finding `pg_dump`, and running it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::database::connect::ConnectionSpec;

/// A `pg_dump` that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PgDump {
    program: PathBuf,
    /// Its major version.
    version: u32,
}

/// Why a dump did not come about.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The program can't be run.
    #[error("{} can't be run: {reason}", program.display())]
    NotRun {
        /// The program.
        program: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// It ran and failed.
    #[error("pg_dump failed: {0}")]
    Failed(String),
    /// What it wrote is no text.
    #[error("pg_dump wrote something that is not UTF-8")]
    NotText,
}

impl PgDump {
    /// The oldest `pg_dump` in the folders that can read such a server: it reads servers that are not newer than itself.
    /// `server_version` is a `server_version_num`, such as 150018.
    pub fn find(folders: impl IntoIterator<Item = PathBuf>, server_version: u32) -> Option<PgDump> {
        let programs = folders.into_iter().map(|folder| folder.join("pg_dump")).filter(|program| program.is_file());
        let found = programs.filter_map(|program| Some(PgDump { version: version(&program)?, program }));
        found.filter(|program| program.version >= server_version / 10_000).min_by_key(|program| program.version)
    }

    /// Dumps a database as text: what drops all of it, then all of it, rows as INSERT statements that name their
    /// columns. The schema that is left out is the ledger's.
    ///
    /// # Errors
    /// What the program says.
    pub fn run(&self, database: &ConnectionSpec, without_schema: &str) -> Result<String, DumpError> {
        let mut command = Command::new(&self.program);
        database.set_libpq_environment(&mut command);
        let pattern = format!("\"{}\"", without_schema.replace('"', "\"\""));
        command
            .args(["--no-password", "--encoding=UTF8", "--clean", "--column-inserts", "--rows-per-insert=1000"])
            .arg(format!("--exclude-schema={pattern}"))
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        let output = command
            .output()
            .map_err(|error| DumpError::NotRun { program: self.program.clone(), reason: error.to_string() })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(DumpError::Failed(said.trim().trim_start_matches("pg_dump: error: ").to_owned()));
        }
        String::from_utf8(output.stdout).map_err(|_| DumpError::NotText)
    }
}

/// The major version that a program says it has: `pg_dump (PostgreSQL) 15.18`.
fn version(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let number = text.split_ascii_whitespace().nth(2)?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
