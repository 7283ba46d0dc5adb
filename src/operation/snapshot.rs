//! `snapshot`: what a database is, in a file; and reading that file.

use std::fs;
use std::path::Path;

use crate::database::{Client, DatabaseError};
use crate::error::Error;
use crate::schema::rows::{self, RowsOptions};
use crate::schema::{self, ReadOptions, Snapshot};

/// What is taken of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Contents {
    /// Nothing.
    #[default]
    None,
    /// How many there are.
    Counts,
    /// How many there are, and a digest of them.
    Digests,
}

/// Reads what a database is: one round trip, and two more where its rows are asked for.
pub fn snapshot(client: &mut Client, options: &ReadOptions, contents: Contents) -> Result<Snapshot, DatabaseError> {
    let mut snapshot = schema::read(client, options)?;
    if contents != Contents::None {
        let found = rows::read(
            client,
            &RowsOptions {
                ledger_schema: &options.ledger_schema,
                schemas: options.schemas.as_deref(),
                only_counts: contents == Contents::Counts,
            },
        )?;
        snapshot.rows = Some(found.rows);
        snapshot.not_compared.extend(found.not_read);
    }
    Ok(snapshot)
}

/// A snapshot as a file holds it.
pub fn to_text(snapshot: &Snapshot) -> String {
    // All its keys are texts: it is always JSON.
    serde_json::to_string_pretty(snapshot).unwrap_or_default() + "\n"
}

/// Reads a file that [`to_text`] wrote.
pub fn from_file(path: &Path) -> Result<Snapshot, Error> {
    let file = |reason: String| Error::File { path: path.display().to_string(), reason };
    let text = fs::read_to_string(path).map_err(|error| file(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| Error::Invalid {
        message: format!("{} is no snapshot: {error}", path.display()),
        help: "`revgraph snapshot -o FILE` writes one".to_owned(),
    })
}
