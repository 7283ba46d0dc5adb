//! Scratch databases on the target's own server.
//!
//! They are called `revgraph_scratch_<nonce><check>`, where the check is a hash of the nonce: nothing else is ever
//! dropped, whatever else is called so. Before it makes one, the maker takes an advisory lock whose key is made of that
//! name, in a session that lives as long as the database: a database whose lock nobody holds was left by a process that
//! is no more. Advisory locks are kept by database but listed for the whole server, so that it does not matter which
//! database maker and sweeper are connected to. Behind a proxy that hands server connections on, a lock says nothing:
//! there, scratch databases are refused.

use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::{Likeness, ScratchError, create_database, drop_database, nonce, open};
use crate::database::connect::ConnectionSpec;
use crate::database::interrupt::Duty;
use crate::database::ledger::result_sets;
use crate::database::message::OWN_NAMES;
use crate::database::{Backend, Client, DatabaseError, Observer, Session};

const PREFIX: &str = "revgraph_scratch_";
/// Digits of a nonce.
const NONCE: usize = 12;
/// Digits of its check.
const CHECK: usize = 8;

/// The session must outlast whatever runs in its databases; it tells whether it is one, the version, and whether the
/// server waits for its disk. `idle_session_timeout` is new in 14.
fn settings(backend: Backend) -> String {
    let never = |name: &str| format!("pg_catalog.set_config('{name}', '0', false)");
    format!(
        "SELECT own, version, fsync, \
         CASE WHEN own AND version::pg_catalog.int4 OPERATOR(pg_catalog.>=) 140000 THEN {} END, \
         CASE WHEN own THEN {} END, CASE WHEN own THEN {} END \
         FROM (SELECT {} AS own, pg_catalog.current_setting('server_version_num') AS version, \
         pg_catalog.current_setting('fsync') AS fsync) AS session",
        never("idle_session_timeout"),
        never("statement_timeout"),
        never("lock_timeout"),
        backend.is_own()
    )
}

/// The session that makes and drops, and that holds the locks.
pub struct TargetServer {
    spec: ConnectionSpec,
    admin: Mutex<Session>,
    /// How to make a database, beside what it is to be like.
    strategy: &'static str,
    /// Databases are to be dropped.
    _duty: Duty,
}

/// A database that is dropped with the value.
pub struct OwnDatabase {
    server: Arc<TargetServer>,
    spec: Box<ConnectionSpec>,
}

impl TargetServer {
    /// Connects, and sweeps what killed processes have left.
    pub fn open(spec: &ConnectionSpec) -> Result<TargetServer, DatabaseError> {
        let _duty = Duty::begin()?;
        // It has no notices that anybody wants.
        let mut admin = open(spec, "none", Arc::new(|_| ()))?;
        let settings = settings(admin.client().backend());
        let settings = admin
            .client()
            .simple_query(&settings)
            .map_err(|error| DatabaseError::of(error, "the session can't be set up"))?;
        let settings = result_sets(settings);
        let row = settings.iter().flatten().next();
        if row.is_none_or(|row| row.get(0) != Some("t")) {
            return Err(DatabaseError::Pooled);
        }
        let version = row.and_then(|row| row.get(1)?.parse::<u32>().ok()).unwrap_or_default();
        // Copying files begins and ends with a checkpoint, which a server that waits for its disk would feel.
        // https://www.postgresql.org/docs/current/sql-createdatabase.html
        let quick = version >= 150_000 && row.and_then(|row| row.get(2)) == Some("off");
        sweep(admin.client())?;
        let strategy = if quick { "STRATEGY file_copy" } else { "" };
        Ok(TargetServer { spec: spec.clone(), admin: Mutex::new(admin), strategy, _duty })
    }

    /// The server.
    pub fn spec(&self) -> &ConnectionSpec {
        &self.spec
    }

    /// Makes a database, empty or as a copy of another one; opens a session in it, and gives what drops it.
    pub fn make(
        self: &Arc<Self>,
        template: Option<&str>,
        likeness: &Likeness,
        run: &str,
        observer: Observer,
    ) -> Result<(Session, OwnDatabase), ScratchError> {
        let failed = |error| ScratchError::making(&self.spec.redacted(), error);
        let name = name(&nonce()?);
        let lock = format!("SELECT pg_catalog.pg_advisory_lock({})", key(&name));
        self.with_admin(|admin| admin.batch_execute(&lock))
            .map_err(|error| failed(DatabaseError::of(error, "its lock")))?;
        let database = OwnDatabase { server: Arc::clone(self), spec: Box::new(self.spec.with_database(&name)) };
        let options = match template {
            None => format!("{} {}", self.strategy, likeness.database_options()),
            Some(_) => self.strategy.to_owned(),
        };
        self.with_admin(|admin| create_database(admin, &name, template, &options)).map_err(failed)?;
        let session = open(&database.spec, run, observer).map_err(failed)?;
        Ok((session, database))
    }

    fn with_admin<T>(&self, work: impl FnOnce(&mut Client) -> T) -> T {
        let mut admin = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        work(admin.client())
    }
}

impl OwnDatabase {
    /// How it is reached.
    pub fn spec(&self) -> &ConnectionSpec {
        &self.spec
    }
}

impl Drop for OwnDatabase {
    fn drop(&mut self) {
        let name = self.spec.database();
        self.server.with_admin(|admin| {
            // What can't be dropped now is swept by the next one: the locks end with the session.
            let _ = drop_database(admin, name);
            let _ = admin.batch_execute(&format!("SELECT pg_catalog.pg_advisory_unlock({})", key(name)));
        });
    }
}

/// Drops the databases whose makers are gone. One that this role may not drop is left to somebody else.
fn sweep(client: &mut Client) -> Result<(), DatabaseError> {
    // Databases are listed as of the statement's beginning, and locks as they are later: a maker takes its lock first.
    let query = "SELECT datname FROM pg_database WHERE datname LIKE 'revgraph\\_scratch\\_%';\n\
                 SELECT (classid::int8 << 32) | objid::int8 FROM pg_locks \
                 WHERE locktype = 'advisory' AND objsubid = 1 AND granted";
    let messages = client
        .simple_query(&format!("{OWN_NAMES}{query}"))
        .map_err(|error| DatabaseError::of(error, "left scratch databases can't be looked for"))?;
    let sets = result_sets(messages);
    let column =
        |set: usize| -> Vec<&str> { sets.get(set).into_iter().flatten().filter_map(|row| row.get(0)).collect() };
    // Behind the setting.
    let held = column(2);
    for name in column(1) {
        if is_ours(name) && !held.contains(&key(name).to_string().as_str()) {
            let _ = drop_database(client, name);
        }
    }
    Ok(())
}

/// The name of the database with that nonce.
fn name(nonce: &str) -> String {
    format!("{PREFIX}{nonce}{}", check(nonce))
}

/// Whether revgraph has made up a name.
fn is_ours(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else { return false };
    rest.len() == NONCE + CHECK && rest.split_at_checked(NONCE).is_some_and(|(nonce, found)| check(nonce) == found)
}

fn check(nonce: &str) -> String {
    let hash = Sha256::digest(format!("revgraph scratch {nonce}"));
    hash.iter().take(CHECK / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// The key of the advisory lock that says that a database is in use.
fn key(name: &str) -> i64 {
    let hash: [u8; 32] = Sha256::digest(name).into();
    let [a, b, c, d, e, f, g, h, ..] = hash;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::{is_ours, name};

    #[test]
    fn only_names_that_were_made_up_here_are_ours() {
        let ours = name("0123456789ab");
        assert!(is_ours(&ours), "{ours}");
        let other = format!("{}0", &ours[..ours.len() - 1]);
        for name in ["revgraph_scratch_", "revgraph_scratch_0123456789ab", "revgraph_scratch_éééééééééé", &other]
        {
            assert!(!is_ours(name) || name == ours, "{name}");
        }
    }
}
