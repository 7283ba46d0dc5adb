//! `snapshot`: what a database is, in a file; and reading that file.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::database::ledger::Ledger;
use crate::database::{Client, DatabaseError};
use crate::error::Error;
use crate::operation::retired::with_lasting_names;
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

/// The same with names that last in place of those that retired objects have since some day: for comparing it with what
/// another database is. One more round trip where anything is retired.
pub fn lasting_snapshot(
    client: &mut Client,
    options: &ReadOptions,
    contents: Contents,
) -> Result<Snapshot, DatabaseError> {
    let snapshot = snapshot(client, options, contents)?;
    with_lasting_names(snapshot, client, &Ledger::new(&options.ledger_schema))
}

/// What a snapshot's file holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SnapshotFile<S> {
    format: u32,
    /// The schemas that were read; none: all, and what is in no schema.
    schemas: Option<Vec<String>>,
    snapshot: S,
}

/// The format that this version writes and reads.
const FORMAT: u32 = 1;

/// The first thing to know of a file.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// A snapshot as a file holds it, with what was read of the database.
pub fn to_text(snapshot: &Snapshot, options: &ReadOptions) -> String {
    let file = SnapshotFile { format: FORMAT, schemas: options.schemas.clone(), snapshot };
    // All its keys are texts: it is always JSON.
    serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
}

/// Reads a file that [`to_text`] wrote, as far as it is asked for.
///
/// # Errors
/// The file can't be read, is no snapshot or one of another format, or was made of fewer schemas than are asked for.
pub fn from_file(path: &Path, options: &ReadOptions) -> Result<Snapshot, Error> {
    let file = |reason: String| Error::File { path: path.display().to_string(), reason };
    let invalid =
        |message: String, help: String| Error::Invalid { message: format!("{} {message}", path.display()), help };
    let no_snapshot = |error: serde_json::Error| {
        invalid(format!("is no snapshot: {error}"), "`revgraph snapshot -o FILE` writes one".to_owned())
    };
    let text = fs::read_to_string(path).map_err(|error| file(error.to_string()))?;
    let Format { format } = serde_json::from_str(&text).map_err(no_snapshot)?;
    if format != FORMAT {
        let message = format!("is a snapshot of format {format}, and this version reads format {FORMAT}");
        return Err(invalid(message, "write it again with the version that is to read it".to_owned()));
    }
    let SnapshotFile { schemas, mut snapshot, .. } =
        serde_json::from_str::<SnapshotFile<Snapshot>>(&text).map_err(no_snapshot)?;
    if let Some(read) = schemas.filter(|read| !covers(read, options)) {
        let only: Vec<String> = read.iter().map(|schema| format!("--schema {schema}")).collect();
        return Err(invalid(
            format!("was made with {} alone", only.join(" ")),
            "compare it with the same schemas".to_owned(),
        ));
    }
    snapshot.objects.retain(|identity, _| options.want(identity));
    Ok(snapshot)
}

/// Whether the schemas that were read are all that is asked for.
fn covers(read: &[String], options: &ReadOptions) -> bool {
    options.schemas.as_ref().is_some_and(|asked| asked.iter().all(|schema| read.contains(schema)))
}
