//! What a database knows of its own history: the schema `revgraph`, or whatever it is set to be called.

use std::collections::HashMap;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::{SimpleQueryMessage, SimpleQueryRow};

use crate::database::Client;

use crate::database::DatabaseError;
use crate::database::message::{BEGIN, timeout};
use crate::database::quote;
use crate::graph::{Direction, Rows};
use crate::revision::{Checksum, RevisionId};

mod baseline;
mod entry;
mod install;
mod progress;
mod repair;
mod retired;
mod write;
mod writers;

pub use entry::{Event, StoredRevision};
pub use install::{install, is_older, retire_script, scratch_day, script as install_script};
pub use progress::Progress;
pub use repair::{GraphRow, Repair};
pub use retired::{Retired, found};
pub use write::{Actor, Entry, Names, Outcome, Stamp, record_failure, watch_client_of_session};

/// The ledger of one database: where it is. Reading and writing go by its methods.
#[derive(Debug, Clone)]
pub struct Ledger {
    schema: String,
    lock_timeout: Duration,
}

/// How long its own tables are waited for, where nobody said otherwise: as long as a statement of a revision waits.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// What one reading of the ledger gave.
#[derive(Debug, Clone, Default)]
pub struct LedgerState {
    /// Whether the tables are there at all.
    pub exists: bool,
    /// The version of the tables.
    pub version: i32,
    /// What the next change of `applied` must still find.
    pub generation: i64,
    /// The revisions in effect.
    pub applied: HashMap<RevisionId, Applied>,
    /// Revisions outside of transactions that have begun and not ended.
    pub unfinished: Vec<Unfinished>,
    /// Whether the server waits for its disk: its setting `fsync`.
    pub fsync: bool,
    /// Whether the session's transactions only read unless they say otherwise: its `default_transaction_read_only`.
    pub read_only: bool,
    /// Whether this reading also took the lock, if it was asked to; behind a proxy: whether nobody had it.
    pub locked: bool,
    /// Whether a proxy hands server connections on: what a session sets or locks there is soon somebody else's.
    pub pooled: bool,
}

/// A revision in effect: what must be compared with its file. What a baseline brought has no checksums where its
/// archive was gone by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The checksum of what ran.
    pub up: Option<Checksum>,
    /// The checksum of the way down that came with it.
    pub down: Option<Checksum>,
    /// Its lineage.
    pub lineage: Option<Checksum>,
    /// What it stands for, if it is a baseline.
    pub replaces: Vec<RevisionId>,
}

impl LedgerState {
    /// The rows, as the graph takes them.
    pub fn rows(&self) -> Rows {
        let rows = self.applied.iter().map(|(id, applied)| (id.clone(), applied.replaces.clone()));
        Rows::new(rows, self.unfinished.iter().map(|unfinished| unfinished.revision.clone()))
    }
}

/// How far a revision outside of transactions has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The revision.
    pub revision: RevisionId,
    /// Its way.
    pub direction: Direction,
    /// The section, counted from 0 among those of its direction.
    pub section: usize,
    /// The statement within it, counted from 0.
    pub statement: usize,
    /// Whether the statement was running when its client went away: nobody knows how it ended.
    pub running: bool,
    /// The checksum of what is done of it.
    pub done: Checksum,
    /// How much the section that is at work has done.
    pub progress: Progress,
}

impl Unfinished {
    /// Where a revision begins in a direction: its section and statement, the first ones if it isn't among these.
    pub fn begins(all: &[Unfinished], revision: &RevisionId, direction: Direction) -> (usize, usize) {
        let found = all.iter().find(|one| one.revision == *revision && one.direction == direction);
        found.map_or((0, 0), |one| (one.section, one.statement))
    }
}

impl Ledger {
    /// The ledger in the schema of that name.
    pub fn new(schema: &str) -> Ledger {
        Ledger { schema: schema.to_owned(), lock_timeout: LOCK_TIMEOUT }
    }

    /// The same, whose tables are waited for so long when somebody else has locked them. Zero: for ever.
    pub fn waiting(self, lock_timeout: Duration) -> Ledger {
        Ledger { lock_timeout, ..self }
    }

    /// Has what follows in this transaction wait for locks no longer than that. It goes before whatever touches the tables
    /// of the ledger, and again behind a RESET ALL: somebody may be at them with a VACUUM FULL or a LOCK TABLE.
    pub fn patience(&self) -> String {
        format!("SET LOCAL lock_timeout = {};\n", timeout(self.lock_timeout))
    }

    /// Begins a transaction of revgraph's own that touches them.
    pub fn begin(&self) -> String {
        format!("{BEGIN}{}", self.patience())
    }

    /// The schema's name, as it is.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// A table or function of the ledger, qualified and quoted.
    pub fn name(&self, object: &str) -> String {
        format!("{}.{object}", quote::identifier(&self.schema))
    }

    /// The key of the advisory lock that orders deployers of this ledger.
    pub fn lock_key(&self) -> i64 {
        use sha2::{Digest, Sha256};
        let hash: [u8; 32] = Sha256::digest(format!("revgraph lock {}", self.schema)).into();
        let [a, b, c, d, e, f, g, h, ..] = hash;
        i64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// Reads the ledger in one round trip; with `lock`, it tries to take the deployers' lock first, so that
    /// what it reads is what holds until the lock is let go.
    pub fn read(&self, client: &mut Client, lock: bool) -> Result<LedgerState, DatabaseError> {
        let mut queries = Vec::new();
        if lock {
            queries.push(crate::database::lock::try_statement(self, client.backend()));
        }
        let settings = ["fsync", "default_transaction_read_only"]
            .map(|name| format!("pg_catalog.current_setting('{name}')"))
            .join(", ");
        let own = client.backend().is_own();
        queries.push(format!("SELECT generation, {settings}, {own} FROM {}", self.name("state")));
        queries.push(format!("SELECT id, up_checksum, down_checksum, lineage, replaces FROM {}", self.name("applied")));
        // Columns that a ledger of the first version lacks are read by their names from the row as a whole.
        let newer = ["rows", "runs", "position"]
            .map(|name| format!("pg_catalog.to_jsonb(u) OPERATOR(pg_catalog.->>) '{name}'"))
            .join(", ");
        queries.push(format!(
            "SELECT revision, direction, section, statement, outcome, checksum, {newer} FROM {} AS u ORDER BY at",
            self.name("unfinished")
        ));
        // Last: each statement sees what is committed by then, and the other tables come with their version.
        queries.push(format!("SELECT pg_catalog.max(version) FROM {}", self.name(install::HISTORY_TABLE)));
        match client.simple_query(&(self.patience() + &queries.join(";\n"))) {
            Ok(messages) => self.understand(&result_sets(messages), lock),
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => self.absent(client, lock),
            Err(error) => Err(DatabaseError::of(error, "the ledger can't be read")),
        }
    }

    /// The state of a database without a ledger. A lock that the failed message has taken for its session is still held;
    /// a second try counts it twice, which does no harm.
    fn absent(&self, client: &mut Client, lock: bool) -> Result<LedgerState, DatabaseError> {
        let locked = lock && crate::database::lock::try_lock(client, self)?;
        let tables = [install::HISTORY_TABLE, "applied", "event", "state", "unfinished"];
        // Of the catalog itself, since all of it is seen as of one moment; to_regclass looks again for each name.
        let count = format!(
            "SELECT pg_catalog.count(*), {} FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
             ON n.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE n.nspname OPERATOR(pg_catalog.=) {} \
             AND c.relname OPERATOR(pg_catalog.=) ANY ({}::pg_catalog.name[])",
            client.backend().is_own(),
            quote::literal(&self.schema),
            quote::text_array(&tables)
        );
        let rows = self.rows(client, &count)?;
        let pooled = rows.first().is_some_and(|row| row.get(1) != Some("t"));
        match rows.first().and_then(|row| row.get(0)) {
            // refinery makes its own table first, by itself.
            Some("0" | "1") => Ok(LedgerState { locked, pooled, ..LedgerState::default() }),
            // Somebody has made the ledger in between.
            Some("5") => self.read(client, lock),
            _ => Err(DatabaseError::damaged_ledger(&self.schema)),
        }
    }

    fn understand(&self, sets: &[Vec<SimpleQueryRow>], lock: bool) -> Result<LedgerState, DatabaseError> {
        let damaged = || DatabaseError::damaged_ledger(&self.schema);
        // Behind the setting.
        let (locks, sets) =
            sets.get(1..).and_then(|sets| sets.split_at_checked(usize::from(lock))).ok_or_else(damaged)?;
        let [generation, applied, unfinished, version] = sets else { return Err(damaged()) };
        let only = |rows: &[SimpleQueryRow]| rows.first().and_then(|row| row.get(0)).map(str::to_owned);
        let version: i32 = only(version).and_then(|text| text.parse().ok()).ok_or_else(damaged)?;
        if version > install::VERSION {
            return Err(DatabaseError::newer_ledger(&self.schema, version, install::VERSION));
        }
        Ok(LedgerState {
            exists: true,
            version,
            generation: only(generation).and_then(|text| text.parse().ok()).ok_or_else(damaged)?,
            fsync: generation.first().is_some_and(|row| row.get(1) != Some("off")),
            read_only: generation.first().is_some_and(|row| row.get(2) != Some("off")),
            pooled: generation.first().is_some_and(|row| row.get(3) != Some("t")),
            applied: applied.iter().map(applied_row).collect::<Option<_>>().ok_or_else(damaged)?,
            unfinished: unfinished.iter().map(unfinished_row).collect::<Option<_>>().ok_or_else(damaged)?,
            locked: locks.first().and_then(|rows| only(rows)).is_some_and(|taken| taken == "t"),
        })
    }

    /// The newest version of its tables and functions that this revgraph knows.
    pub const VERSION: i32 = install::VERSION;

    /// Whether it is there, and of a version that knows of retired objects.
    pub fn knows_retired(state: &LedgerState) -> bool {
        state.version >= install::RETIRED_VERSION
    }

    /// Whether the ledger has to be made or brought up to date before it is written.
    pub fn needs_install(state: &LedgerState) -> bool {
        !state.exists || state.version < install::VERSION
    }
}

fn applied_row(row: &SimpleQueryRow) -> Option<(RevisionId, Applied)> {
    let id = RevisionId::new(row.get(0)?).ok()?;
    let checksum = |column: usize| match row.get(column)? {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    };
    Some((id, Applied { up: checksum(1)?, down: checksum(2)?, lineage: checksum(3)?, replaces: ids(row.get(4)?)? }))
}

/// The ids of an array as PostgreSQL prints it: in quotes is only one that would read as NULL.
fn ids(array: &str) -> Option<Vec<RevisionId>> {
    let items = array.strip_prefix('{')?.strip_suffix('}')?.split(',').filter(|item| !item.is_empty());
    items.map(|item| RevisionId::new(item.trim_matches('"')).ok()).collect()
}

fn unfinished_row(row: &SimpleQueryRow) -> Option<Unfinished> {
    let count = |column: usize| row.get(column).map_or(Some(0), |text| text.parse().ok());
    Some(Unfinished {
        revision: RevisionId::new(row.get(0)?).ok()?,
        direction: match row.get(1)? {
            "up" => Direction::Up,
            "down" => Direction::Down,
            _ => return None,
        },
        section: row.get(2)?.parse().ok()?,
        statement: row.get(3)?.parse().ok()?,
        running: row.get(4)? == "running",
        done: row.get(5)?.parse().ok()?,
        progress: Progress { rows: count(6)?, runs: count(7)?, position: row.get(8).map(str::to_owned) },
    })
}

/// The rows of each statement of a message, in order.
pub fn result_sets(messages: Vec<SimpleQueryMessage>) -> Vec<Vec<SimpleQueryRow>> {
    let mut sets = Vec::new();
    let mut rows = Vec::new();
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) => rows.push(row),
            SimpleQueryMessage::CommandComplete(_) => sets.push(std::mem::take(&mut rows)),
            _ => {}
        }
    }
    sets
}
