//! Running pg_dump for a backup.

use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use super::{BackupError, Scope};
use crate::database::DatabaseError;
use crate::database::child::{self, ChildError};
use crate::database::connect::{ConnectionSpec, Environment};
use crate::database::scratch::Programs;
use crate::error::Error;

/// The bytes that a program's arguments may take, with the environment beside them: Linux has room for 2 MiB of both,
/// macOS for one, Windows for 32 KiB.
const ROOM: usize = if cfg!(target_os = "linux") {
    1 << 20
} else if cfg!(unix) {
    1 << 19
} else {
    1 << 14
};

/// A pg_dump that can dump that server.
pub(super) fn find(environment: &Environment, server: u32) -> Result<Programs, BackupError> {
    let programs = Programs::with(environment, "pg_dump").ok_or(BackupError::NoProgram(server))?;
    suits(programs.major(), server)
        .then_some(programs.clone())
        .ok_or_else(|| BackupError::TooOld { found: programs.title(), server })
}

/// pg_dump refuses servers of a later major version than its own.
/// <https://www.postgresql.org/docs/current/app-pgdump.html>
fn suits(program: u32, server: u32) -> bool {
    program >= server
}

/// Dumps into a file that is there and empty. All of it is of one moment: pg_dump reads in one transaction.
pub(super) fn dump(
    programs: &Programs,
    spec: &ConnectionSpec,
    scope: &Scope,
    lock_timeout: Duration,
    file: &Path,
) -> Result<(), Error> {
    let mut command = Command::new(programs.path("pg_dump"));
    // The password goes through the environment: arguments can be read by everybody on the machine.
    spec.set_libpq_environment(&mut command);
    command.args(["--format=custom", "--no-password"]).arg("--file").arg(file);
    if !lock_timeout.is_zero() {
        command.arg(format!("--lock-wait-timeout={}", lock_timeout.as_millis()));
    }
    command.args(arguments(scope)).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null());
    let output = child::output(&mut command).map_err(|error| match error {
        ChildError::NotRun(error) => BackupError::NotRun(error.to_string()).into(),
        ChildError::Stopped => Error::from(DatabaseError::Stopped),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().trim_start_matches("pg_dump: error: ").to_owned();
    Err(BackupError::Failed(if said.is_empty() { ended(output.status) } else { said }).into())
}

/// What says how much of the database is meant.
fn arguments(scope: &Scope) -> Vec<String> {
    match scope {
        Scope::All => Vec::new(),
        Scope::Tables(tables) => tables.iter().map(|table| format!("--table={}", pattern(table))).collect(),
        Scope::Contents { others, without, .. } => {
            let schema = format!("--exclude-schema=\"{}\"", without.replace('"', "\"\""));
            let tables = others.iter().map(|table| format!("--exclude-table-data={}", pattern(table)));
            std::iter::once(schema).chain(tables).collect()
        }
    }
}

/// Whether a system takes that many arguments.
pub(super) fn can_be_said(scope: &Scope) -> bool {
    let bytes = |argument: String| argument.len() + 1 + size_of::<usize>();
    arguments(scope).into_iter().map(bytes).sum::<usize>() <= ROOM
}

/// How a program ended that said nothing.
fn ended(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("it was killed by signal {signal}");
    }
    format!("it ended with {status}")
}

/// A table's name, qualified and quoted as SQL, as a pattern that fits nothing else: what is quoted is taken to the
/// letter, and what isn't holds no character of a pattern, but for the dollar sign.
/// <https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-PATTERNS>
fn pattern(table: &str) -> String {
    if table.contains('$') && !table.contains('"') {
        return table.split('.').map(|part| format!("\"{part}\"")).collect::<Vec<_>>().join(".");
    }
    table.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_program_does_not_suit() {
        assert!(suits(15, 15) && suits(18, 15) && suits(15, 0));
        assert!(!suits(15, 16));
    }

    #[test]
    fn more_tables_than_arguments_can_name_are_not_named() {
        let tables = |number: usize| (0..number).map(|at| format!("public.measurements_2026_{at:06}")).collect();
        assert!(can_be_said(&Scope::Tables(tables(100))));
        assert!(!can_be_said(&Scope::Tables(tables(60_000))));
        let others = |number| Scope::Contents { tables: tables(1), others: tables(number), without: "l".to_owned() };
        assert!(can_be_said(&others(100)) && !can_be_said(&others(60_000)));
        assert!(can_be_said(&Scope::All));
    }

    #[test]
    fn a_pattern_means_one_table() {
        assert_eq!(pattern("public.t"), "public.t");
        assert_eq!(pattern("app.a$b"), "\"app\".\"a$b\"");
        assert_eq!(pattern("app.\"T*\""), "app.\"T*\"");
    }
}
