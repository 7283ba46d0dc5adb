//! A session that a program has lent: it is looked at when it comes, and is what it was when it goes back.
//!
//! Revisions run as they do on a connection of revgraph's own, with the settings that the connection began with and as
//! the user who logged in. So what the program has set in its session is put aside while something runs, and put back
//! behind it; also after a failure, and when the program doesn't wait for the end.

use postgres::error::SqlState;
use postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::client::{Lender, Lent};
use super::ledger::{Ledger, result_sets};
use super::lock::is_lock;
use super::message::DEALLOCATE_ALL;
use super::{Backend, Client, ClientError, DatabaseError, quote};

/// What a lent session was like, and what was done to it.
pub(super) struct Loan {
    before: Before,
    /// Whether the session is one, as far as that was seen: behind a proxy that hands server connections on, nothing is put
    /// aside, for nothing that is set there is the program's.
    is_own: bool,
    /// What takes the deployers' lock from the session, once it may have it.
    unlock: Option<String>,
    /// Whether it isn't as it was.
    is_changed: bool,
}

/// What a program had set in its session.
#[derive(Debug, Default)]
struct Before {
    authorization: Option<String>,
    role: Option<String>,
    settings: Vec<(String, String)>,
}

/// A session as it came.
struct Seen {
    /// Whether no transaction was open in it.
    is_outside: bool,
    /// Whether the process that answered is the one that the session was promised.
    is_own: bool,
    /// The process that answered.
    process: Option<i32>,
    /// The major version of the server.
    version: u32,
    before: Before,
}

/// What is asked of a session that comes. A message that isn't within a transaction begins at the very moment of its own.
fn look(backend: Backend) -> String {
    format!(
        "SELECT pg_catalog.now() OPERATOR(pg_catalog.=) pg_catalog.statement_timestamp(), {}, \
         pg_catalog.pg_backend_pid(), pg_catalog.current_setting('server_version_num'), \
         pg_catalog.current_setting('role'), session_user, pg_catalog.pg_get_userbyid(usesysid) FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid());\n\
         SELECT name, pg_catalog.current_setting(name) FROM pg_catalog.pg_settings \
         WHERE source OPERATOR(pg_catalog.=) 'session' AND name OPERATOR(pg_catalog.!~~) 'transaction\\_%'",
        backend.is_own()
    )
}

/// Makes the user again who logged in.
const AS_LOGGED_IN: &str = "RESET SESSION AUTHORIZATION; RESET ROLE;\n";

impl Loan {
    /// Looks at a session that comes.
    ///
    /// # Errors
    /// [`DatabaseError::InTransaction`] if the program has a transaction open there.
    pub(super) fn begin(lender: Box<dyn Lender>, backend: Backend) -> Result<(Client, Loan), DatabaseError> {
        let mut lent = Lent::new(lender, backend);
        let answer = lent.message(&look(backend)).map_err(|failed| match failed.error {
            error if error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION) => DatabaseError::InTransaction,
            error => DatabaseError::of(error, "the connection that was lent can't be used"),
        })?;
        let seen = Seen::of(answer);
        if !seen.is_outside {
            return Err(DatabaseError::InTransaction);
        }
        lent.server_version = seen.version;
        if backend == Backend::Assumed {
            // From here on it is seen when another process answers.
            lent.backend = seen.process.map_or(Backend::Unknown, Backend::Process);
        }
        let before = if seen.is_own { seen.before } else { Before::default() };
        let mut loan = Loan { before, is_own: seen.is_own, unlock: None, is_changed: false };
        if loan.before.is_somebody_else() {
            loan.change(&mut lent, AS_LOGGED_IN)?;
        }
        Ok((Client::lent(lent), loan))
    }

    /// Makes the session fit to deploy in: what the program has set is put aside, and the lock may be taken.
    pub(super) fn begin_work(&mut self, client: &mut Client, ledger: &Ledger) -> Result<(), DatabaseError> {
        if self.unlock.is_some() {
            return Ok(());
        }
        let Some(lent) = client.as_lent() else { return Ok(()) };
        self.unlock = Some(if self.is_own { unlock(ledger) } else { String::new() });
        self.change(lent, &format!("{AS_LOGGED_IN}RESET ALL;\n"))?;
        if !self.is_own {
            // No lock is to be taken for a session that there isn't, even if the same process answers again.
            lent.backend = Backend::Unknown;
        }
        Ok(())
    }

    /// Changes something in the session, unless another process answers by now than when it came.
    fn change(&mut self, lent: &mut Lent, text: &str) -> Result<(), DatabaseError> {
        self.is_changed = true;
        self.leave_behind(lent)?;
        if !self.is_own {
            return Ok(());
        }
        let text = format!("SELECT {};\n{text}", lent.backend.is_own());
        let answer = lent.message(&text).map_err(|message| failed(message.error))?;
        let mut rows = result_sets(answer).into_iter().flatten();
        self.is_own = rows.next().is_some_and(|row| row.get(0) == Some("t"));
        self.leave_behind(lent)
    }

    fn leave_behind(&self, lent: &mut Lent) -> Result<(), DatabaseError> {
        lent.leave_behind(Some(format!("ROLLBACK;\n{}", self.farewell()))).map_err(failed)
    }

    /// Makes the session what it was. `after_failure`: a transaction of revgraph's may still be open in it.
    ///
    /// # Errors
    /// Something of it can't be put back.
    pub(super) fn end(self, client: &mut Client, after_failure: bool) -> Result<(), DatabaseError> {
        let Some(lent) = client.as_lent().filter(|_| self.is_changed) else { return Ok(()) };
        let rollback = if after_failure { "ROLLBACK;\n" } else { "" };
        // With nothing to put back and nothing open, there is nothing to say.
        if !self.is_own && !after_failure {
            return lent.leave_behind(None).map_err(failed);
        }
        let said = lent.message(&format!("{rollback}{}", self.farewell())).map_err(|message| failed(message.error));
        lent.leave_behind(None).map_err(failed)?;
        said.map(drop)
    }

    /// What makes the session what it was, whatever of revgraph's is still set in it.
    fn farewell(&self) -> String {
        let unlock = self.unlock.as_deref().unwrap_or_default();
        let forget = if self.unlock.is_some() { DEALLOCATE_ALL } else { "" };
        if !self.is_own {
            return forget.to_owned();
        }
        let reset = if self.unlock.is_some() { "RESET ALL;\n" } else { "" };
        let Before { authorization, role, settings } = &self.before;
        // The settings last even if the user can't be put back, who may be gone by now.
        let mut text = format!("BEGIN;\n{unlock}{forget}{AS_LOGGED_IN}{reset}");
        if self.unlock.is_some() {
            for (name, value) in settings {
                let (name, value) = (quote::literal(name), quote::literal(value));
                text += &format!("SELECT pg_catalog.set_config({name}, {value}, false);\n");
            }
        }
        text += "COMMIT;\n";
        if let Some(user) = authorization {
            text += &format!("SET SESSION AUTHORIZATION {};\n", quote::literal(user));
        }
        if let Some(role) = role {
            text += &format!("SET ROLE {};\n", quote::literal(role));
        }
        text
    }
}

impl Seen {
    /// What the answer to [`look`] says.
    fn of(answer: Vec<SimpleQueryMessage>) -> Seen {
        let mut sets = result_sets(answer).into_iter();
        let session = sets.next().and_then(|rows| rows.into_iter().next());
        let text = |column| session.as_ref().and_then(|row: &SimpleQueryRow| row.get(column));
        let setting = |row: &SimpleQueryRow| Some((row.get(0)?.to_owned(), row.get(1)?.to_owned()));
        let number: u32 = text(3).and_then(|number| number.parse().ok()).unwrap_or_default();
        let before = Before {
            role: text(4).filter(|role| *role != "none").map(str::to_owned),
            authorization: text(5).filter(|user| text(6) != Some(user)).map(str::to_owned),
            settings: sets.next().unwrap_or_default().iter().filter_map(setting).collect(),
        };
        Seen {
            is_outside: text(0) == Some("t"),
            is_own: text(1) == Some("t"),
            process: text(2).and_then(|pid| pid.parse().ok()),
            version: number / 10_000,
            before,
        }
    }
}

impl Before {
    /// Whether the program works as another role than the one that logged in.
    fn is_somebody_else(&self) -> bool {
        self.role.is_some() || self.authorization.is_some()
    }
}

fn failed(error: ClientError) -> DatabaseError {
    DatabaseError::of(error, "the connection that was lent can't be put back as it was")
}

/// Lets the deployers' lock go as often as the session has it.
fn unlock(ledger: &Ledger) -> String {
    let key = ledger.lock_key();
    let held = format!(
        "SELECT FROM pg_catalog.pg_locks WHERE {} AND pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()",
        is_lock(ledger)
    );
    let block = format!("BEGIN WHILE EXISTS ({held}) LOOP PERFORM pg_catalog.pg_advisory_unlock({key}); END LOOP; END");
    format!("DO {};\n", quote::literal(&block))
}
