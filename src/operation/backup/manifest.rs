//! What lies beside a dump and says what it is of.

use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::Request;
use super::write::Written;
use crate::database::connect::ConnectionSpec;
use crate::database::scratch::Programs;
use crate::error::Error;
use crate::operation::files::write_new;
use crate::revision::RevisionId;

/// One step that was about to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedAction {
    /// `up`, `down`, `adopt` or `expand`.
    pub direction: String,
    /// The revision.
    pub revision: RevisionId,
}

#[derive(Serialize)]
pub(super) struct Manifest {
    format: u32,
    file: String,
    sha256: String,
    bytes: u64,
    made: String,
    restore: String,
    holds: &'static str,
    objects: Vec<String>,
    database: String,
    server: String,
    pg_dump: String,
    ledger: Ledger,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    plan: Vec<PlannedAction>,
}

#[derive(Serialize)]
struct Ledger {
    schema: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    heads: Option<Vec<RevisionId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lineage: Option<String>,
}

const FORMAT: u32 = 1;

/// The manifest of a dump.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".toml");
    file.with_file_name(name)
}

impl Manifest {
    pub fn new(
        request: &Request<'_>,
        spec: &ConnectionSpec,
        programs: &Programs,
        made: DateTime<Utc>,
        dump: &Written,
        restore: &str,
    ) -> Manifest {
        let standing = request.standing;
        Manifest {
            format: FORMAT,
            file: request.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sha256: dump.sha256.clone(),
            bytes: dump.bytes,
            made: made.to_rfc3339_opts(SecondsFormat::Secs, true),
            restore: restore.to_owned(),
            holds: request.scope.word(),
            objects: request.scope.objects(),
            database: spec.redacted(),
            server: format!("PostgreSQL {}", request.server_version),
            pg_dump: programs.title(),
            ledger: Ledger {
                schema: standing.ledger.clone(),
                heads: standing.heads.clone(),
                lineage: standing.lineage.map(|lineage| lineage.to_string()),
            },
            plan: request.plan.clone(),
        }
    }

    /// Writes it, unless something is there.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let text = toml::to_string(self)
            .map_err(|error| Error::File { path: path.display().to_string(), reason: error.to_string() })?;
        write_new(path, &text)
    }
}
