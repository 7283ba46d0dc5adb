//! `verify`: the `[verify]` sections of revisions in effect, asked again.

use serde::Serialize;

use super::as_applied::AsApplied;
use super::select::{Subject, select};
pub use super::verdict::Verdict;
use super::verdict::{BEFORE_QUERY, UNDO, ask};
use crate::database::ledger::LedgerState;
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

/// Asks one query.
fn judge(client: &mut Client, revision: &Revision, sql: &str, start: usize) -> Result<Verdict, DatabaseError> {
    match ask(client, sql) {
        Ok(verdict) => Ok(verdict),
        Err(error) => match DatabaseError::of(error, "a verification was running") {
            DatabaseError::Server { error, .. } => {
                let lost = |error| DatabaseError::of(error, "verifications can't go on");
                client.batch_execute(UNDO).map_err(lost)?;
                Ok(error_of(*error, revision, sql, start, BEFORE_QUERY.chars().count()))
            }
            other => Err(other),
        },
    }
}

fn error_of(error: ServerError, revision: &Revision, sql: &str, start: usize, before: usize) -> Verdict {
    let within = error.position.and_then(|position| position.checked_sub(1 + before));
    let at = revision.source.position(start + within.map_or(0, |characters| byte_offset(sql, characters))).line;
    Verdict::Error { message: error.message, at }
}
