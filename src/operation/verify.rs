//! `verify`: the `[verify]` sections of revisions in effect, asked again.

use postgres::SimpleQueryRow;
use serde::Serialize;
use serde_json::{Map, Value};

use super::as_applied::AsApplied;
use super::lint::{Subject, select};
use crate::database::ledger::{LedgerState, result_sets};
use crate::database::message::{byte_offset, verify_queries};
use crate::database::{Client, DatabaseError, ServerError, Session};
use crate::error::Error;
use crate::operation::deploy::DeployOptions;
use crate::project::History;
use crate::revision::{Revision, RevisionId};

/// What came of verifications. Nothing of the database was changed by them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many revisions were looked at, those without a `[verify]` section too.
    pub revisions: usize,
    /// How many verifications failed.
    pub failed: usize,
    /// Each verification, in the order of the revisions and of their files.
    pub verifications: Vec<Verification>,
}

/// What came of one query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The revision that has it.
    pub revision: RevisionId,
    /// The file that it stands in.
    pub path: String,
    /// Its line there.
    pub line: usize,
    /// Its first line.
    pub sql: String,
    /// How it went.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// How a verification went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum Verdict {
    /// No row; or one whose column `ok` is true, with what stands beside it.
    Held {
        /// The other columns of that row.
        shown: Map<String, Value>,
    },
    /// One row whose `ok` is not true, or rows where there should be none.
    Failed {
        /// How many rows there are.
        rows: u64,
        /// The first ones.
        first: Vec<Map<String, Value>>,
    },
    /// The server could not run it.
    Error {
        /// What it said.
        message: String,
        /// The line of the file that it is about.
        at: usize,
    },
}

/// So many rows of a verification that failed are shown.
const SHOWN: usize = 5;

/// Asks what revisions in effect want to be verified: of all of them, unless `subjects` name some. All of it sees the
/// database as of one moment, in a transaction that can't write. `allows_ledger` is asked before whether queries may run that
/// only the ledger has, because no file is what ran.
///
/// # Errors
/// A target that means nothing, or no revision in effect; a ledger that lacks the text of one, or whose text isn't what its row
/// says; [`Error::OnlyInLedger`].
pub fn verify(
    history: &History,
    session: &mut Session,
    options: &DeployOptions,
    subjects: &[Subject],
    allows_ledger: &mut dyn FnMut(&[RevisionId]) -> bool,
) -> Result<Verified, Error> {
    let ledger = options.ledger();
    let state = ledger.read(session.client(), false)?;
    let applied = AsApplied::read(history, session.client(), &ledger, &state)?;
    let meant = meant(history, &applied.history, &state, subjects)?;
    let asking = meant.iter().copied().filter(|revision| verify_queries(revision).next().is_some());
    applied.allow(asking, allows_ledger)?;
    let failed = |error| DatabaseError::of(error, "verifications can't begin");
    let begin = format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n{}", options.timeouts().set("LOCAL", None));
    session.client().batch_execute(&begin).map_err(failed)?;
    let mut found = Verified { revisions: meant.len(), ..Verified::default() };
    for revision in meant {
        for span in verify_queries(revision) {
            let sql = revision.source.slice(span.clone());
            found.verifications.push(Verification {
                revision: revision.id.clone(),
                path: revision.source.path().display().to_string(),
                line: revision.source.position(span.start).line,
                sql: sql.lines().next().unwrap_or_default().to_owned(),
                verdict: judge(session.client(), revision, sql, span.start)?,
            });
        }
    }
    session.client().batch_execute("ROLLBACK").map_err(failed)?;
    found.failed = found.verifications.iter().filter(|one| !matches!(one.verdict, Verdict::Held { .. })).count();
    Ok(found)
}

/// The revisions that are meant. A name that the files know and the database has not is told from a wrong one.
fn meant<'h>(
    history: &History,
    applied: &'h History,
    state: &LedgerState,
    subjects: &[Subject],
) -> Result<Vec<&'h Revision>, Error> {
    let state = applied.graph.state_of(&state.rows());
    for subject in subjects {
        let alone = std::slice::from_ref(subject);
        let Err(error) = select(applied, alone, None, Some(&state)) else { continue };
        let is_known = select(history, alone, None, None).is_ok_and(|revisions| !revisions.is_empty());
        return Err(match is_known {
            true => Error::Invalid {
                message: format!("{subject} is not in effect in this database"),
                help: "`revgraph current` shows where it is; what is not in effect can't be verified".to_owned(),
            },
            false => error,
        });
    }
    select(applied, subjects, None, Some(&state))
}

/// Asks one query. What fails in it, or what a function in it does, is rolled back.
fn judge(client: &mut Client, revision: &Revision, sql: &str, start: usize) -> Result<Verdict, DatabaseError> {
    let before =
        "SAVEPOINT revgraph_verify;\nSELECT pg_catalog.count(*) OVER (), pg_catalog.to_jsonb(verified) FROM (\n";
    let query = format!("{before}{sql}\n) AS verified LIMIT {SHOWN};\n{UNDO}");
    match client.simple_query(&query) {
        Ok(messages) => {
            let rows = result_sets(messages).into_iter().nth(1).unwrap_or_default();
            Ok(verdict(&rows))
        }
        Err(error) => match DatabaseError::of(error, "a verification was running") {
            DatabaseError::Server { error, .. } => {
                let lost = |error| DatabaseError::of(error, "verifications can't go on");
                client.batch_execute(UNDO).map_err(lost)?;
                Ok(error_of(*error, revision, sql, start, before.chars().count()))
            }
            other => Err(other),
        },
    }
}

/// Puts back what a query has changed of the session, and what it has not come to.
const UNDO: &str = "ROLLBACK TO revgraph_verify; RELEASE revgraph_verify";

fn verdict(rows: &[SimpleQueryRow]) -> Verdict {
    let content = |row: &SimpleQueryRow| match row.get(1).and_then(|text| serde_json::from_str(text).ok()) {
        Some(Value::Object(columns)) => columns,
        _ => Map::new(),
    };
    let mut first: Vec<Map<String, Value>> = rows.iter().map(content).collect();
    let number = rows.first().and_then(|row| row.get(0)?.parse().ok()).unwrap_or(0);
    match (number, first.as_mut_slice()) {
        (0, _) => Verdict::Held { shown: Map::new() },
        (1, [only]) if only.get("ok") == Some(&Value::Bool(true)) => {
            only.remove("ok");
            Verdict::Held { shown: std::mem::take(only) }
        }
        _ => Verdict::Failed { rows: number, first },
    }
}

fn error_of(error: ServerError, revision: &Revision, sql: &str, start: usize, before: usize) -> Verdict {
    let within = error.position.and_then(|position| position.checked_sub(1 + before));
    let at = revision.source.position(start + within.map_or(0, |characters| byte_offset(sql, characters))).line;
    Verdict::Error { message: error.message, at }
}
