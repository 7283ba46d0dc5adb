//! Running `pg_dump`.

use std::process::{Command, Stdio};

use crate::database::child::{self, ChildError};

/// Why a dump did not come about.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The program can't be run.
    #[error("pg_dump can't be run: {0}")]
    NotRun(String),
    /// It is older than the server.
    #[error("the pg_dump that is installed is older than the server")]
    TooOld,
    /// It ran and failed.
    #[error("pg_dump failed: {0}")]
    Failed(String),
    /// The process was told to stop, and so it was ended.
    #[error("stopped by a signal")]
    Stopped,
    /// What it wrote is no text.
    #[error("pg_dump wrote something that is not UTF-8")]
    NotText,
}

/// What pg_dump says of a server that is newer than itself.
const TOO_OLD: &str = "server version mismatch";

/// Dumps a database as text: what drops all of it, then all of it, rows as INSERT statements that name their columns.
///
/// `command` is a `pg_dump` that connects to the database by itself. The schema that is left out is the ledger's.
///
/// # Errors
/// What the program says.
pub fn run(command: &mut Command, without_schema: &str) -> Result<String, DumpError> {
    let pattern = format!("\"{}\"", without_schema.replace('"', "\"\""));
    command
        .args(["--no-password", "--encoding=UTF8", "--clean", "--column-inserts", "--rows-per-insert=1000"])
        .arg(format!("--exclude-schema={pattern}"))
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let output = child::output(command).map_err(|error| match error {
        ChildError::NotRun(error) => DumpError::NotRun(error.to_string()),
        ChildError::Stopped => DumpError::Stopped,
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains(TOO_OLD) {
            return Err(DumpError::TooOld);
        }
        return Err(DumpError::Failed(said.trim().trim_start_matches("pg_dump: error: ").to_owned()));
    }
    String::from_utf8(output.stdout).map_err(|_| DumpError::NotText)
}
