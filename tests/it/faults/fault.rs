//! What goes wrong.

use std::process::Child;
use std::sync::OnceLock;

use postgres::Client;

use super::instant::{Course, Instant};
use crate::harness::{Database, Proxy, Seeded, Server, Setup, SmallDisk, Speaker, until};

/// A fault that strikes in the middle of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// revgraph itself is gone.
    Killed,
    /// Its connections are.
    Cut,
    /// The server stops at once, recovers, and is there again.
    Restarted,
    /// The server's disk has no room left, until the command has ended.
    DiskFull,
    /// The server has no connection left, until the command has ended.
    Crowded,
    /// Somebody cancels what runs.
    Cancelled,
    /// Somebody holds a lock on a table, of the project or of the ledger, until the command has ended.
    Locked,
}

/// Where a fault strikes.
pub struct Scene<'a> {
    pub child: &'a mut Child,
    pub proxy: &'a Proxy,
    pub database: &'a Database,
    pub random: &'a mut Seeded,
}

/// What a fault lasts as long as.
pub enum Lasting {
    Over,
    Disk(&'static SmallDisk),
    Sessions(Vec<Client>),
}

impl Fault {
    /// The server on which it can be had. None: this account can't bring it about here.
    pub fn server(self) -> Option<&'static Server> {
        static RESTARTED: OnceLock<Server> = OnceLock::new();
        static CROWDED: OnceLock<Server> = OnceLock::new();
        match self {
            Fault::Restarted => Some(RESTARTED.get_or_init(|| started(DURABLE))),
            Fault::Crowded => Some(CROWDED.get_or_init(|| started(&["max_connections=10"]))),
            Fault::DiskFull => small().map(|(_, server)| server),
            Fault::Killed | Fault::Cut | Fault::Cancelled | Fault::Locked => Some(Server::shared()),
        }
    }

    /// When it is to strike.
    pub fn instant(self, course: &Course, random: &mut Seeded) -> Instant {
        match self {
            // Where the command connects is where it matters most.
            Fault::Crowded if random.below(2) == 0 => Instant::Passed(Speaker::Client, 0),
            // Only what runs can be cancelled, and while bytes are held back hardly anything does.
            Fault::Cancelled if random.below(4) > 0 => Instant::After(course.duration.mul_f64(random.share())),
            _ => Instant::choose(course, random),
        }
    }

    /// What the command is told besides, so that it need not be waited for long.
    pub fn flags(self) -> &'static [&'static str] {
        match self {
            Fault::Locked => &["--lock-timeout", "30ms", "--lock-wait", "30ms", "--retries", "1"],
            _ => &[],
        }
    }

    /// The kinds of errors that the command may end with.
    pub fn kinds(self) -> &'static [&'static str] {
        match self {
            Fault::Killed => &[],
            Fault::Cut | Fault::Restarted => &["connection_lost", "no_connection", "not_recorded"],
            Fault::DiskFull => &[
                "connection_lost",
                "no_connection",
                "ledger_install",
                "not_recorded",
                "server",
                "setting_failed",
                "statement_failed",
            ],
            Fault::Crowded => &["no_connection"],
            Fault::Cancelled => {
                &["ledger_install", "no_connection", "not_recorded", "server", "setting_failed", "statement_failed"]
            }
            Fault::Locked => {
                &["ledger_install", "locked", "not_recorded", "server", "setting_failed", "statement_failed"]
            }
        }
    }

    /// Brings it about.
    pub fn strike(self, scene: &mut Scene<'_>) -> Lasting {
        let server = scene.database.server();
        match self {
            Fault::Killed => {
                scene.child.kill().unwrap();
                scene.child.wait().unwrap();
            }
            Fault::Cut => scene.proxy.cut(),
            Fault::Restarted => server.crash(),
            Fault::DiskFull => {
                let (disk, _) = small().unwrap();
                disk.fill();
                return Lasting::Disk(disk);
            }
            Fault::Crowded => {
                let taken = std::iter::from_fn(|| server.try_client("postgres").ok());
                return Lasting::Sessions(taken.collect());
            }
            Fault::Cancelled => scene.database.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            ),
            Fault::Locked => {
                return Lasting::Sessions(lock(scene.database, scene.random).into_iter().collect());
            }
        }
        Lasting::Over
    }
}

impl Lasting {
    /// Makes an end of it. The server is of use again then.
    pub fn end(self, server: &Server) {
        match self {
            Lasting::Over => {}
            Lasting::Disk(disk) => {
                disk.empty();
                if server.try_client("postgres").is_err() {
                    server.crash();
                }
            }
            Lasting::Sessions(held) => {
                drop(held);
                // The server takes a moment to see that they are gone.
                until("a connection is free", || server.try_client("postgres").ok());
            }
        }
    }
}

/// What a crash may take away is taken: commits are not waited for where that is allowed.
const DURABLE: &[&str] = &["fsync=on"];

fn started(settings: &[&str]) -> Server {
    Server::start(&Setup { settings: settings.iter().map(|setting| setting.to_string()).collect(), ..Setup::default() })
}

/// A server on a disk that can be filled.
fn small() -> Option<&'static (SmallDisk, Server)> {
    static SMALL: OnceLock<Option<(SmallDisk, Server)>> = OnceLock::new();
    let start = || {
        let disk = SmallDisk::new(400)?;
        let settings = ["max_wal_size=64MB".to_owned(), "min_wal_size=32MB".to_owned()].to_vec();
        let server = Server::start(&Setup { settings, within: Some(disk.folder().to_owned()), ..Setup::default() });
        Some((disk, server))
    };
    SMALL.get_or_init(start).as_ref()
}

/// Takes one of the tables for itself, if there is one that nobody has.
fn lock(database: &Database, random: &mut Seeded) -> Option<Client> {
    let mut tables = database.rows(
        "SELECT oid::regclass FROM pg_class WHERE relkind = 'r' \
         AND relnamespace IN (to_regnamespace('public'), to_regnamespace('revgraph')) ORDER BY 1::text",
    );
    if !tables.is_empty() {
        let first = random.index(tables.len());
        tables.rotate_left(first);
    }
    let mut client = database.client();
    let mut take = |table: &String| {
        let taken = client.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE NOWAIT"));
        let taken = taken.is_ok();
        if !taken {
            client.batch_execute("ROLLBACK").unwrap();
        }
        taken
    };
    tables.iter().any(&mut take).then_some(client)
}
