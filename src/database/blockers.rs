//! Who has the lock that a step waits for.
//!
//! `pg_blocking_pids()` tells only while somebody waits, and after a lock_timeout nobody does any more. So a second
//! session looks on. It costs nothing where all goes well: it is opened once a plan runs for longer than half a
//! lock_timeout, and then asks a few times in each.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::holder::COLUMNS;
use super::ledger::result_sets;
use super::message::OWN_NAMES;
use super::session::options;
use super::{Backend, Client, Holder, Session, connect};

/// How often within a lock_timeout the watcher asks.
const TIMES: u32 = 5;
/// The shortest and the longest time between two questions.
const OFTEN: Duration = Duration::from_millis(5);
const SELDOM: Duration = Duration::from_secs(1);
/// So many are named: it is the oldest transaction that matters.
const NAMED: usize = 3;

/// Looks on while a plan runs, for as long as the value lives.
pub struct Watch {
    seen: Arc<Mutex<Option<Seen>>>,
    /// How old may be what was seen, to be what a statement that failed just now waited for.
    fresh: Duration,
    /// The watcher goes when this does.
    _until: Sender<()>,
}

struct Seen {
    at: Instant,
    blockers: Vec<Holder>,
}

impl Watch {
    /// Watches over what `session` does in the run of that nonce. `lock_timeout` is the shortest one that its statements
    /// have. None where nobody needs to: statements wait for ever, or the server has one session.
    pub fn start(session: &mut Session, run: &str, lock_timeout: Duration) -> Option<Watch> {
        let spec = session.spec().filter(|_| !lock_timeout.is_zero())?.clone();
        let (until, over) = mpsc::channel();
        let seen = Arc::new(Mutex::new(None));
        let watch = Watch { seen: Arc::clone(&seen), fresh: lock_timeout.saturating_mul(2).max(SELDOM), _until: until };
        let query = query(session.client().backend(), run);
        let run = run.to_owned();
        let interval = (lock_timeout / TIMES).clamp(OFTEN, SELDOM);
        let waits = move |time| over.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
        let look_on = move || {
            if !waits(lock_timeout / 2) {
                return;
            }
            // Whoever can't look on sees nothing: the step itself is none the worse.
            let Ok(mut client) = connect::connect(&spec, &options(&run, Arc::new(|_| ()))) else { return };
            while waits(interval) {
                let Some(blockers) = ask(&mut client, &query) else { return };
                if !blockers.is_empty() {
                    let now = Seen { at: Instant::now(), blockers };
                    *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
                }
            }
        };
        // Nobody waits for it to end: it may itself be waiting for a proxy to let it in.
        thread::Builder::new().name("revgraph-watch".to_owned()).spawn(look_on).ok()?;
        Some(watch)
    }

    /// Who was in the way of the statement that has just failed, the oldest transaction first.
    pub fn blockers(&self) -> Vec<Holder> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = seen.as_ref().filter(|seen| seen.at.elapsed() <= self.fresh);
        fresh.map(|seen| seen.blockers.clone()).unwrap_or_default()
    }
}

/// Who is in the way of this run's session. Behind a proxy its process is known by what it runs: each message begins
/// with prepared statements that have the run's nonce in their names.
fn query(backend: Backend, run: &str) -> String {
    let ours = match backend {
        Backend::Process(pid) => format!("(w.pid = {pid} OR w.query LIKE '%revgraph\\_{run}\\_%')"),
        Backend::OnlyOne | Backend::Assumed | Backend::Unknown => format!("w.query LIKE '%revgraph\\_{run}\\_%'"),
    };
    format!(
        "{OWN_NAMES}SELECT b.pid, {COLUMNS} FROM pg_catalog.pg_stat_activity w, \
         pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) AS b (pid) \
         LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid \
         WHERE {ours} AND w.wait_event_type = 'Lock' AND w.datname = current_database() \
         AND w.pid <> pg_catalog.pg_backend_pid() ORDER BY a.xact_start NULLS FIRST, b.pid LIMIT {NAMED}"
    )
}

fn ask(client: &mut Client, query: &str) -> Option<Vec<Holder>> {
    let messages = client.simple_query(query).ok()?;
    Some(result_sets(messages).iter().flatten().map(Holder::of).collect())
}
