//! Reading what the ledger keeps beside the applied set: whole revisions, and events.

use std::path::PathBuf;

use postgres::SimpleQueryRow;

use crate::database::Client;
use serde::Serialize;

use super::{Ledger, result_sets};
use crate::database::DatabaseError;
use crate::database::quote::{literal, text_array};
use crate::revision::{RevisionId, Source};

/// A revision as the ledger keeps it, for whoever lacks its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRevision {
    /// Its id.
    pub id: RevisionId,
    /// Its parents' ids, in full.
    pub parents: Vec<RevisionId>,
    /// The ids that it depends on, in full.
    pub depends_on: Vec<RevisionId>,
    /// Its message.
    pub message: String,
    /// The file as it ran; empty where only a baseline ran it, and the archive was gone by then.
    pub source: Source,
    /// What it stands for, if it is a baseline.
    pub replaces: Vec<RevisionId>,
}

/// One thing that was done to the database, or failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// Its number: later ones are larger.
    pub number: i64,
    /// When, in UTC.
    pub at: String,
    /// The nonce of the run that it belongs to.
    pub run: String,
    /// What was done: upgrade, downgrade, stamp, …
    pub action: String,
    /// The revision, if it was about one.
    pub revision: Option<String>,
    /// `done` or `failed`.
    pub outcome: String,
    /// Why it failed.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub milliseconds: Option<f64>,
    /// The database role.
    pub actor: String,
    /// The machine.
    pub host: String,
    /// revgraph's version.
    pub client: String,
}

impl Ledger {
    /// Whole revisions by id; those that the ledger lacks are left out.
    pub fn stored(&self, client: &mut Client, ids: &[RevisionId]) -> Result<Vec<StoredRevision>, DatabaseError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = ids.iter().map(RevisionId::as_str).collect();
        let query = format!(
            "SELECT id, {list}(parents, ' '), {list}(depends_on, ' '), message, source, {list}(replaces, ' ') FROM {} \
             WHERE id OPERATOR(pg_catalog.=) ANY ({}::pg_catalog.text[]) ORDER BY applied_at",
            self.name("applied"),
            text_array(&ids),
            list = "pg_catalog.array_to_string"
        );
        let rows = self.rows(client, &query)?;
        let damaged = || DatabaseError::damaged_ledger(&self.schema);
        rows.iter().map(stored_row).collect::<Option<_>>().ok_or_else(damaged)
    }

    /// The newest events, the newest first.
    pub fn events(&self, client: &mut Client, limit: u32) -> Result<Vec<Event>, DatabaseError> {
        let query = format!(
            "SELECT number, pg_catalog.to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), run, action, \
             revision, outcome, error, \
             pg_catalog.round((extract(epoch FROM duration) OPERATOR(pg_catalog.*) 1000)::pg_catalog.numeric, 1), \
             actor, host, client FROM {} ORDER BY number DESC LIMIT {limit}",
            self.name("event")
        );
        let rows = self.rows(client, &query)?;
        rows.iter().map(event_row).collect::<Option<_>>().ok_or_else(|| DatabaseError::damaged_ledger(&self.schema))
    }

    /// How many steps of a run are done and recorded.
    pub fn count_steps(&self, client: &mut Client, run: &str) -> Result<usize, DatabaseError> {
        let query = format!(
            "SELECT pg_catalog.count(*) FROM {} WHERE run OPERATOR(pg_catalog.=) {} \
                 AND outcome OPERATOR(pg_catalog.=) 'done'",
            self.name("event"),
            literal(run)
        );
        let rows = self.rows(client, &query)?;
        let count = rows.first().and_then(|row| row.get(0)?.parse().ok());
        count.ok_or_else(|| DatabaseError::damaged_ledger(&self.schema))
    }

    pub(super) fn rows(&self, client: &mut Client, query: &str) -> Result<Vec<SimpleQueryRow>, DatabaseError> {
        let messages = client
            .simple_query(&(self.patience() + query))
            .map_err(|error| DatabaseError::of(error, "the ledger can't be read"))?;
        Ok(result_sets(messages).into_iter().nth(1).unwrap_or_default())
    }
}

fn stored_row(row: &SimpleQueryRow) -> Option<StoredRevision> {
    let ids = |column: usize| -> Option<Vec<RevisionId>> {
        row.get(column)?.split_whitespace().map(|id| RevisionId::new(id).ok()).collect()
    };
    let id = RevisionId::new(row.get(0)?).ok()?;
    Some(StoredRevision {
        source: Source::from_text(&PathBuf::from(format!("ledger:{id}")), row.get(4)?.to_owned()),
        id,
        parents: ids(1)?,
        depends_on: ids(2)?,
        message: row.get(3)?.to_owned(),
        replaces: ids(5)?,
    })
}

fn event_row(row: &SimpleQueryRow) -> Option<Event> {
    let text = |column: usize| row.get(column).map(str::to_owned);
    Some(Event {
        number: row.get(0)?.parse().ok()?,
        at: text(1)?,
        run: text(2)?,
        action: text(3)?,
        revision: text(4),
        outcome: text(5)?,
        error: text(6),
        milliseconds: row.get(7).and_then(|value| value.parse().ok()),
        actor: text(8)?,
        host: text(9)?,
        client: text(10)?,
    })
}
