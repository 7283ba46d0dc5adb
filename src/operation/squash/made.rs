//! A baseline that is made: its file, and what its manifest says of the proof.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use chrono::Utc;

use super::Bench;
use super::members::Members;
use super::proof::Proved;
use super::text::{Body, Heading, draft};
use crate::error::Error;
use crate::project::archive::{FileName, Mode, Proof};
use crate::project::{LoadError, Project};
use crate::revision::{Checksum, Revision, Source};
use crate::schema::Snapshot;

/// A baseline's file.
pub struct NewText {
    pub mode: Mode,
    pub file: FileName,
    pub text: String,
    pub revision: Revision,
}

impl NewText {
    /// The text of a body under its heading, as the file that it is to be.
    pub fn of(project: &Project, heading: &Heading, members: &Members<'_>, body: &Body) -> Result<NewText, Error> {
        let draft = draft(heading, members, body);
        let (text, name) = (draft.to_text(), draft.file_name());
        let path: &Path = &project.revisions().join(&name);
        let revision = Revision::parse(Source::from_text(path, text.clone())).map_err(LoadError::Problems)?;
        let file =
            FileName::new(&name).map_err(|error| Error::File { path: name.clone(), reason: error.to_string() })?;
        Ok(NewText { mode: body.mode, file, text, revision })
    }
}

/// A baseline that was proved.
pub struct Made {
    pub new: NewText,
    pub proved: Proved,
    /// What its way down is.
    pub down: String,
    /// What of its members it has not.
    pub left_out: Vec<String>,
}

impl Made {
    /// With more that it has not.
    pub fn without(mut self, more: Vec<String>) -> Made {
        self.left_out.extend(more);
        self
    }
}

/// What the manifest keeps of the proof.
pub fn proof_of(made: &Made, bench: &Bench<'_, '_>, begun: Instant) -> Proof {
    let snapshot = &made.proved.snapshot;
    let mut objects: BTreeMap<String, u64> = BTreeMap::new();
    for identity in snapshot.objects.keys() {
        *objects.entry(identity.kind.clone()).or_default() += 1;
    }
    let digest = |value: &[u8]| Checksum::of_bytes(value);
    // Texts as keys and values of our own: they always are JSON.
    let schema = Snapshot { rows: None, not_compared: Vec::new(), ..snapshot.clone() };
    let (schema, rows) = (serde_json::to_vec(&schema), serde_json::to_vec(&snapshot.rows));
    // What no comparison covers was found to be the same, but for what is volatile.
    let both = [&bench.chain.snapshot, snapshot].into_iter().flat_map(|snapshot| &snapshot.not_compared);
    let unclaimed: BTreeSet<String> = both.flat_map(|unclaimed| &unclaimed.objects).cloned().collect();
    let beyond = bench
        .chain
        .cluster_changes
        .iter()
        .map(|name| format!("{name}: changed on the server meanwhile, by these revisions or by others"));
    Proof {
        at: Utc::now(),
        server: format!("PostgreSQL {}", version(snapshot.server_version)),
        seconds: (begun.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        schema: digest(&schema.unwrap_or_default()),
        rows: digest(&rows.unwrap_or_default()),
        down: made.down.clone(),
        volatile: bench.volatile.lines(),
        not_compared: unclaimed.into_iter().chain(beyond).collect(),
        left_out: made.left_out.clone(),
        objects,
    }
}

/// `15.18` for 150018. <https://www.postgresql.org/docs/current/libpq-status.html#LIBPQ-PQSERVERVERSION>
fn version(number: u32) -> String {
    format!("{}.{}", number / 10_000, number % 10_000)
}
