//! A PostgreSQL that runs inside this process, for projects and scratch databases without an installed server.
//!
//! The engine (`oliphaunt-wasix`: PostgreSQL 18 compiled to WebAssembly, with machine code made ahead of time) is a
//! single-user backend: it has no socket, no second process and serves one session. This module gives it what a server
//! has, so that everything else in revgraph reaches it with the ordinary `postgres` client:
//!
//! - an **acceptor** thread owns the listening socket. It reads what a client says first, lets one session in at a
//!   time and refuses the next one with error 53300 after a short wait: two sessions of one process that waited for
//!   each other would never end.
//! - an **engine** thread owns the engine, which may not leave the thread that made it. Each session gets a backend of
//!   its own, so nothing leaks from one to the next.
//!
//! What a server does and this cannot: serve two sessions, cancel a running statement or end it by
//! `statement_timeout` (there are no signals), run background workers (autovacuum, parallel plans), and apply
//! `ALTER DATABASE … SET` and `ALTER ROLE … SET` to new sessions (single-user PostgreSQL stores, but never reads them).

mod door;
mod wire;

use std::fmt::Display;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::net::Shutdown;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use oliphaunt_wasix::session::{
    CatalogProfile, PostgresConfig, PreparedDatabase, ProtocolPumpOutcome, ProtocolSession, StartupConfig,
    postgres_config_with_extension_startup, resolve_extension_set, startup_error_response_output,
};
use oliphaunt_wasix::{DatabaseStorage, Extension};
use thiserror::Error;

use door::{Door, Stay};
use wire::{Endpoint, Listener, Refusal, SessionStream, Visitor};

/// The only login of the embedded server: the superuser that `initdb` made.
const USER: &str = "postgres";
/// The database that exists from the start.
const DATABASE: &str = "postgres";
/// The PostgreSQL major version of the engine.
pub(super) const MAJOR_VERSION: u32 = 18;
/// The data directory's folder inside the directory that the caller names. The engine puts a lock file of its own beside
/// its folder, so that one level keeps everything inside the caller's directory.
const CLUSTER: &str = "cluster";
/// The file whose lock says who uses the directory, and whose content is that process's id.
const LOCK: &str = "lock";
/// How long an opener that found the directory in use waits before it tries again.
const LOCK_RETRY: Duration = Duration::from_millis(20);
/// The engine's stack in bytes. The default of 1 MiB is spent before PostgreSQL's own check (max_stack_depth, 2 MB of
/// the part of the stack that it sees) can make an error of it: a sum of 2,000 terms would break the backend.
const STACK: usize = 32 << 20;
/// Starts the engine's streaming mode, which it enters at a COPY and then keeps; the client never sees its result.
const PRIMING: &str = "COPY (SELECT 1) TO STDOUT";
/// The extensions that a migration may create: what the default installation of a hosted server offers and chains use.
/// Each has a cargo feature of the same name. plpgsql is always there.
const EXTENSIONS: &[Extension] = &[
    Extension::BTREE_GIN,
    Extension::BTREE_GIST,
    Extension::CITEXT,
    Extension::FUZZYSTRMATCH,
    Extension::HSTORE,
    Extension::INTARRAY,
    Extension::LTREE,
    Extension::PG_TRGM,
    Extension::PGCRYPTO,
    Extension::TABLEFUNC,
    Extension::UNACCENT,
    Extension::UUID_OSSP,
];

/// Why an embedded server could not be opened.
#[derive(Debug, Error)]
pub enum EmbeddedError {
    /// The directory can't be made, read or written.
    #[error("cannot use {} for the embedded database: {source}; name a directory that this user may write", path.display())]
    Directory {
        /// The file or directory that the operating system refused.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another embedded server has the directory open.
    #[error(
        "the embedded database in {} is in use by {}; waited {:.1} s for it to end",
        path.display(), holder.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}")), waited.as_secs_f64()
    )]
    Busy {
        /// The directory that was asked for.
        path: PathBuf,
        /// The process that has it, as far as the lock file tells.
        holder: Option<u32>,
        /// How long this process tried.
        waited: Duration,
    },
    /// The directory was made by another major version of PostgreSQL.
    #[error(
        "{} holds a database of PostgreSQL {found}, the embedded server is PostgreSQL {MAJOR_VERSION}; \
         open it with the revgraph that made it, or name another directory", path.display()
    )]
    OtherVersion {
        /// The directory that was asked for.
        path: PathBuf,
        /// The major version that its files name.
        found: String,
    },
    /// The engine could not lay out its files or start. The message is the engine's own, with all its causes.
    #[error(
        "the embedded PostgreSQL did not start: {message}; it needs about 50 MB in its directory (or memory) \
         and as much in this user's cache directory"
    )]
    Engine {
        /// The engine's explanation.
        message: String,
    },
    /// The socket or the threads that serve it could not be had.
    #[error("cannot serve the embedded database on a local socket: {0}")]
    Socket(#[source] io::Error),
}

/// A running embedded server.
///
/// Dropping it ends the session that is open, waits for the statement that it runs (nothing can interrupt the engine),
/// and shuts the engine down.
#[derive(Debug)]
pub struct Embedded {
    endpoint: Endpoint,
    door: Arc<Door>,
    threads: Vec<JoinHandle<()>>,
    /// Released last: the fields above are gone by the time that another process may have the directory.
    _claim: Option<File>,
}

impl Embedded {
    /// Opens a server whose databases live in memory and end with it.
    ///
    /// # Errors
    /// [`EmbeddedError::Engine`] and [`EmbeddedError::Socket`].
    pub fn in_memory() -> Result<Self, EmbeddedError> {
        Self::start(DatabaseStorage::Memory, None)
    }

    /// Opens the server whose databases live in `directory`, which is made on first use.
    ///
    /// One process has a directory open at a time; when another one has it, this tries again until `wait` is over.
    /// What was committed before a crash of that process (or of the machine) is there: the engine syncs its
    /// write-ahead log at each commit, and replays it here.
    ///
    /// # Errors
    /// All kinds of [`EmbeddedError`].
    pub fn in_directory(directory: &Path, wait: Duration) -> Result<Self, EmbeddedError> {
        let refused = |source| EmbeddedError::Directory { path: directory.to_owned(), source };
        fs::create_dir_all(directory).map_err(refused)?;
        // The engine takes no path with a symbolic link in it.
        let directory = directory.canonicalize().map_err(refused)?;
        let claim = claim(&directory, wait)?;
        check_version(&directory)?;
        Self::start(DatabaseStorage::Directory(directory.join(CLUSTER)), Some(claim))
    }

    /// How the `postgres` crate reaches the server: the superuser `postgres`, in the database `postgres`. Set another
    /// `dbname` on it to reach a database that was created later.
    ///
    /// A connection made while another one is open fails with SQLSTATE 53300, after 2 seconds.
    #[must_use]
    pub fn config(&self) -> tokio_postgres::Config {
        let mut config = self.endpoint.config();
        config.user(USER).dbname(DATABASE);
        config
    }

    fn start(storage: DatabaseStorage, claim: Option<File>) -> Result<Self, EmbeddedError> {
        let (endpoint, listener) = Endpoint::bind().map_err(EmbeddedError::Socket)?;
        let door = Arc::new(Door::default());
        let (to_engine, visitors) = mpsc::channel();
        let (report, opened) = mpsc::channel::<Result<(), Failure>>();

        let engine = {
            let door = Arc::clone(&door);
            spawn("embedded-engine", move || match Engine::open(storage) {
                Ok(engine) => {
                    // `start` waits for it.
                    let _ = report.send(Ok(()));
                    engine.serve(&visitors, &door);
                }
                Err(failure) => {
                    let _ = report.send(Err(failure));
                }
            })?
        };
        let mut embedded = Self { endpoint, door, threads: vec![engine], _claim: claim };
        match opened.recv() {
            Ok(outcome) => outcome?,
            Err(_) => return Err(EmbeddedError::Engine { message: "its thread ended unexpectedly".to_owned() }),
        }
        let acceptor = {
            let door = Arc::clone(&embedded.door);
            spawn("embedded-acceptor", move || admit(&listener, &door, &to_engine))?
        };
        embedded.threads.insert(0, acceptor);
        Ok(embedded)
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.door.close();
        // The acceptor sleeps in accept(): a connection wakes it, and it finds the door closed.
        self.endpoint.knock();
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to stop.
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, EmbeddedError> {
    thread::Builder::new().name(name.to_owned()).spawn(run).map_err(EmbeddedError::Socket)
}

/// Takes the lock of `directory` and notes this process in it. The lock goes with the returned file, also when the
/// process is killed.
fn claim(directory: &Path, wait: Duration) -> Result<File, EmbeddedError> {
    let path = directory.join(LOCK);
    let refused = |source| EmbeddedError::Directory { path: path.clone(), source };
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(refused)?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if began.elapsed() < wait => thread::sleep(LOCK_RETRY),
            Err(TryLockError::WouldBlock) => {
                return Err(EmbeddedError::Busy {
                    path: directory.to_owned(),
                    holder: holder(&mut file),
                    waited: began.elapsed(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(refused(source)),
        }
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(refused)?;
    Ok(file)
}

/// The process id in a lock file. None where the holder has not written it yet, or where a locked file can't be read.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Refuses a data directory of another major version by name, where the engine would only say that it is incompatible.
fn check_version(directory: &Path) -> Result<(), EmbeddedError> {
    let path = directory.join(CLUSTER).join("pgdata").join("PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(found) if found.trim().parse() == Ok(MAJOR_VERSION) => Ok(()),
        Ok(found) => Err(EmbeddedError::OtherVersion { path: directory.to_owned(), found: found.trim().to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(EmbeddedError::Directory { path, source }),
    }
}

/// Brings one client after another to the engine, or tells it why not, until the door closes.
fn admit(listener: &Listener, door: &Door, engine: &Sender<Visitor>) {
    while let Some(stream) = door.next(|| listener.accept()) {
        // A client that introduces itself badly, or wants no session, is hung up on.
        let Ok(Some(mut visitor)) = listener.introduce(stream) else { continue };
        if let Err(refusal) = door.enter(&visitor.stream) {
            refusal.send(&mut visitor.stream);
        } else if let Err(mpsc::SendError(mut visitor)) = engine.send(visitor) {
            Refusal::STOPPING.send(&mut visitor.stream);
            break;
        }
    }
}

/// What the engine said when it refused or broke.
struct Failure {
    /// For people, with all its causes.
    message: String,
    /// For a waiting client: an ErrorResponse, the engine's own where it made one.
    response: Vec<u8>,
}

impl Failure {
    fn new(error: impl Display) -> Self {
        let message = format!("{error:#}");
        let response = wire::error_response("XX000", &message, "");
        Self { message, response }
    }
}

impl From<Failure> for EmbeddedError {
    fn from(Failure { message, .. }: Failure) -> Self {
        Self::Engine { message }
    }
}

/// The engine and its files. It lives on the engine thread.
struct Engine {
    database: PreparedDatabase,
    extensions: Vec<Extension>,
    settings: PostgresConfig,
    /// A backend for [`DATABASE`] that was started by opening, to see whether it works; the first session takes it.
    spare: Option<ProtocolSession>,
}

impl Engine {
    fn open(storage: DatabaseStorage) -> Result<Self, Failure> {
        wasmer_vm::set_stack_size(STACK);
        let extensions = resolve_extension_set(EXTENSIONS).map_err(Failure::new)?;
        let settings = postgres_config_with_extension_startup(settings(), &extensions).map_err(Failure::new)?;
        let database = PreparedDatabase::prepare(storage, CatalogProfile::Standard, USER).map_err(Failure::new)?;
        let mut engine = Self { database, extensions, settings, spare: None };
        engine.spare = Some(engine.backend(DATABASE)?);
        Ok(engine)
    }

    /// Serves one session after another until the acceptor ends.
    fn serve(mut self, visitors: &Receiver<Visitor>, door: &Arc<Door>) {
        while let Ok(mut visitor) = visitors.recv() {
            let stay = Stay(door);
            if let Err(failure) = self.session(&mut visitor, door) {
                // The client may have gone; there is nobody else to tell.
                let _ = visitor.stream.write_all(&failure.response);
            }
            // Hang up first, whatever copies of the socket a broken backend keeps: the client must see the end of its
            // session before the next one is let in.
            let _ = visitor.stream.shutdown(Shutdown::Both);
            drop(stay);
        }
        self.close();
    }

    /// One session, from the answer to its startup message to its end.
    ///
    /// A backend that breaks is left as it is, like one that was killed, and the next one replays the log.
    fn session(&mut self, visitor: &mut Visitor, door: &Arc<Door>) -> Result<(), Failure> {
        let mut backend = self.take_backend(&visitor.startup.database)?;
        let greeting = backend.startup_with_packet(&visitor.startup.packet).map_err(Failure::new)?;
        // A client that has gone already is noticed by reading from it.
        let _ = visitor.stream.write_all(&greeting.output);
        if !greeting.accepted {
            return end(backend);
        }
        let stream = visitor.stream.try_clone().map_err(Failure::new)?;
        backend.attach_protocol_stream(SessionStream::new(stream, Arc::clone(door))).map_err(Failure::new)?;
        match backend.send_with_connection_protocol_pump(&wire::query(PRIMING), Vec::new) {
            // The priming failed: its error is all that the client gets.
            Ok(ProtocolPumpOutcome::Buffered(response)) => {
                let _ = visitor.stream.write_all(&response);
                end(backend)
            }
            Err(error) if door.is_occupied() => Err(Failure::new(error)),
            // The client has gone. An error is the exit that our farewell caused.
            Ok(ProtocolPumpOutcome::Streamed) | Err(_) => backend.shutdown().map_err(Failure::new),
        }
    }

    fn take_backend(&mut self, database: &str) -> Result<ProtocolSession, Failure> {
        match self.spare.take() {
            Some(spare) if database == DATABASE => return Ok(spare),
            Some(spare) => end(spare)?,
            None => {}
        }
        self.backend(database)
    }

    /// Starts a backend, which replays the write-ahead log if the one before it did not end by a farewell.
    fn backend(&self, database: &str) -> Result<ProtocolSession, Failure> {
        let runtime = self.database.runtime().map_err(Failure::new)?;
        let startup = StartupConfig { username: USER.to_owned(), database: database.to_owned() };
        runtime.open_with_extensions(self.settings.clone(), startup, &self.extensions).map_err(|error| {
            let refusal = startup_error_response_output(&error).and_then(wire::find_error).map(<[u8]>::to_vec);
            let failure = Failure::new(error);
            Failure { response: refusal.unwrap_or(failure.response), ..failure }
        })
    }

    /// Gives the files back. A backend that failed keeps them, and the engine's own lock on them, until the process
    /// ends; there is nobody to tell that to any more.
    fn close(mut self) {
        if let Some(spare) = self.spare.take() {
            let _ = end(spare);
        }
        let _ = self.database.release();
    }
}

/// What differs from the engine's own defaults, towards those of an ordinary server.
fn settings() -> PostgresConfig {
    let mut settings = PostgresConfig::default();
    for (name, value) in [("search_path", "\"$user\", public"), ("allow_system_table_mods", "off"), ("timezone", "UTC")]
    {
        settings.insert(name, value);
    }
    settings
}

/// Ends a backend that had no session.
fn end(mut backend: ProtocolSession) -> Result<(), Failure> {
    // It exits at the farewell, which the engine reports as an error.
    let _ = backend.send_buffered(&wire::farewell());
    backend.shutdown().map_err(Failure::new)
}
