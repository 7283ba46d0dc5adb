//! Throwaway databases: made for a question, asked it, and dropped.
//!
//! A [`Scratches`] is a place where they can be made, found by trying [`Source`]s in the order that the caller allows:
//! the target's own server, a private server that is started from PostgreSQL's programs on this machine, or the
//! PostgreSQL inside this process. A [`Scratch`] is one database there with an open session. Several scratches of one
//! place exist at the same time and are independent of each other; they may be made and used from several threads.
//!
//! Whatever is made is gone when its value is dropped. After a `kill -9`, which runs no destructor, the next one who
//! opens a place sweeps what was left: see `server.rs` and `home.rs` for how it is told from what is in use.

#[cfg(unix)]
mod account;
#[cfg(unix)]
mod cluster;
mod error;
#[cfg(unix)]
mod home;
mod likeness;
#[cfg(unix)]
mod private;
pub mod programs;
mod server;

use std::fmt;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

pub use error::{Declined, ScratchError};
pub use likeness::Likeness;

use super::connect::{ConnectionSpec, Environment};
use super::ledger::{Actor, result_sets};
use super::{Client, ClientError, DatabaseError, Location, Observer, Session, quote};
use crate::revision::RevisionId;
pub use programs::Programs;
use server::TargetServer;

/// How long a session that has been closed may take to end.
const LEAVING: Duration = Duration::from_secs(1);

/// Where scratch databases can come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// This server, which must be one whose owner has allowed it: it gets databases of other names beside the one that
    /// is named, and sees every role that is made in them.
    Server(Box<ConnectionSpec>),
    /// A private server, run from the programs of PostgreSQL that are installed on this machine.
    Programs,
    /// The PostgreSQL inside this process: one for each scratch.
    Embedded,
}

/// The words that messages and settings use.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Server(_) => "server",
            Source::Programs => "programs",
            Source::Embedded => "embedded",
        })
    }
}

/// What scratch databases are asked for by.
#[derive(Debug, Clone, Default)]
pub struct ScratchRequest {
    /// Where they may come from, the first that works is taken.
    pub sources: Vec<Source>,
    /// The sources that the caller has ruled out and why, for the message if none of the others works.
    pub declined: Vec<Declined>,
    /// What the databases are to be like.
    pub likeness: Likeness,
}

/// A place where scratch databases are made. Dropping it ends it once the last of its scratches is gone.
pub struct Scratches {
    place: Place,
    likeness: Likeness,
}

enum Place {
    Server(Arc<TargetServer>),
    #[cfg(unix)]
    Private(Arc<private::PrivateServer>),
    #[cfg(feature = "embedded")]
    Embedded,
}

impl Scratches {
    /// Finds the first of the allowed sources that works. `environment` says where programs, temporary files and
    /// cached ones are: `PATH`, `TMPDIR`, `XDG_CACHE_HOME`, `HOME`.
    ///
    /// What killed processes have left in that place is swept on the way.
    ///
    /// # Errors
    /// [`ScratchError::None`] with what became of each source.
    pub fn open(request: &ScratchRequest, environment: &Environment) -> Result<Scratches, ScratchError> {
        let mut declined = request.declined.clone();
        let mut sources: Vec<&Source> = request.sources.iter().collect();
        if is_better_inside(request, environment) {
            // The order of the others holds.
            sources.sort_by_key(|source| matches!(source, Source::Programs));
        }
        for source in sources {
            match Place::open(source, &request.likeness, environment) {
                Ok(place) => return Ok(Scratches { place, likeness: request.likeness.clone() }),
                Err(reason) => declined.push(Declined { source: source.to_string(), reason }),
            }
        }
        Err(ScratchError::None { declined })
    }

    /// Makes a database: empty, with an open session of its own.
    ///
    /// `observer` is told of the notices of that session.
    ///
    /// # Errors
    /// What the server says.
    pub fn make(&self, observer: Observer) -> Result<Scratch, ScratchError> {
        self.create(None, observer)
    }

    /// A new database: empty, or a copy of one in which there is no session.
    fn create(&self, template: Option<&str>, observer: Observer) -> Result<Scratch, ScratchError> {
        let actor = new_actor()?;
        let (session, keeper) = match &self.place {
            Place::Server(server) => {
                let (session, database) = server.make(template, &self.likeness, &actor.run, observer)?;
                (session, Keeper::Server(database))
            }
            #[cfg(unix)]
            Place::Private(server) => {
                let (session, database) = server.make(template, &self.likeness, &actor.run, observer)?;
                (session, Keeper::Private(database))
            }
            #[cfg(feature = "embedded")]
            Place::Embedded => (embedded(&self.likeness, &actor.run, observer)?, Keeper::Embedded),
        };
        Ok(Scratch { session, keeper, actor })
    }

    /// Copies a database of this place, which is quicker than building it again: gives the original and the copy. For
    /// that the original's session ends, and both have new ones. Settings, grants and the comment of the database itself
    /// are not copied. There is no copy in the PostgreSQL inside this process.
    ///
    /// # Errors
    /// What the server says; then the original is gone as well.
    pub fn copy(&self, original: Scratch, observer: &Observer) -> Result<(Scratch, Option<Scratch>), ScratchError> {
        let Some(spec) = original.connection().cloned() else { return Ok((original, None)) };
        let Scratch { session, keeper, actor } = original;
        drop(session);
        let copy = self.create(Some(spec.database()), Arc::clone(observer))?;
        let failed = |error| ScratchError::making(&self.describe(), error);
        let session = open(&spec, &actor.run, Arc::clone(observer)).map_err(failed)?;
        Ok((Scratch { session, keeper, actor }, Some(copy)))
    }

    /// Whether its databases are on the target's own server, whose roles are everybody's.
    pub fn is_on_target_server(&self) -> bool {
        matches!(self.place, Place::Server(_))
    }

    /// What it is, for people: `a database on postgres://…`, `a private server of PostgreSQL 15.4`.
    pub fn describe(&self) -> String {
        match &self.place {
            Place::Server(server) => format!("databases on {}", server.spec().redacted()),
            #[cfg(unix)]
            Place::Private(server) => format!("a private server of {}", server.programs().title()),
            #[cfg(feature = "embedded")]
            Place::Embedded => "the PostgreSQL inside revgraph".to_owned(),
        }
    }
}

/// Whether the PostgreSQL inside this process is of the version that is asked for, and none that is installed is.
fn is_better_inside(request: &ScratchRequest, environment: &Environment) -> bool {
    #[cfg(feature = "embedded")]
    if let Some(version) = request.likeness.version.filter(|version| *version == super::embedded::MAJOR_VERSION) {
        let may_be = request.sources.iter().any(|source| matches!(source, Source::Embedded));
        return may_be && Programs::find(environment, Some(version)).is_none_or(|found| found.major() != version);
    }
    #[cfg(not(feature = "embedded"))]
    let _ = (request, environment);
    false
}

impl Place {
    fn open(source: &Source, likeness: &Likeness, environment: &Environment) -> Result<Place, String> {
        match source {
            Source::Server(spec) => match TargetServer::open(spec) {
                Ok(server) => Ok(Place::Server(Arc::new(server))),
                Err(error) => Err(error.to_string()),
            },
            Source::Programs => Place::private(likeness, environment),
            #[cfg(feature = "embedded")]
            Source::Embedded => Ok(Place::Embedded),
            #[cfg(not(feature = "embedded"))]
            Source::Embedded => Err("this revgraph was built without the PostgreSQL inside".to_owned()),
        }
    }

    #[cfg(unix)]
    fn private(likeness: &Likeness, environment: &Environment) -> Result<Place, String> {
        let programs = Programs::find(environment, likeness.version)
            .ok_or_else(|| "no initdb and postgres in PATH, nor where packages put them".to_owned())?;
        match private::PrivateServer::start(programs, environment) {
            Ok(server) => Ok(Place::Private(Arc::new(server))),
            Err(error) => Err(error.to_string()),
        }
    }

    #[cfg(not(unix))]
    fn private(_: &Likeness, _: &Environment) -> Result<Place, String> {
        Err("a private server needs Unix sockets".to_owned())
    }
}

/// A throwaway database with an open session. Dropping it drops the database.
pub struct Scratch {
    // In this order: the session ends before its database is dropped, and that before its server is.
    session: Session,
    keeper: Keeper,
    actor: Actor,
}

/// What is to be put away with a scratch.
enum Keeper {
    Server(server::OwnDatabase),
    #[cfg(unix)]
    Private(private::OwnDatabase),
    /// The server is a part of the session.
    #[cfg(feature = "embedded")]
    Embedded,
}

impl Scratch {
    /// The session. Its user is a superuser, except on the target's server, where it is whoever the target names.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The session's connection.
    pub fn client(&mut self) -> &mut Client {
        self.session.client()
    }

    /// Who runs plans in it: the run's nonce is the one by which the session knows the notices of steps.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// How others reach the database. None inside this process, which takes no second session.
    pub fn connection(&self) -> Option<&ConnectionSpec> {
        match &self.keeper {
            Keeper::Server(database) => Some(database.spec()),
            #[cfg(unix)]
            Keeper::Private(database) => Some(database.spec()),
            #[cfg(feature = "embedded")]
            Keeper::Embedded => None,
        }
    }

    /// A program of PostgreSQL such as `pg_dump`, ready to be given arguments, that connects to this database by
    /// default: that of the private server's own installation, else the newest one that is installed. None where
    /// there is none, or no way for it to connect.
    pub fn command(&self, program: &str, environment: &Environment) -> Option<Command> {
        let path = match &self.keeper {
            #[cfg(unix)]
            Keeper::Private(database) => database.programs().path(program),
            _ => Programs::with(environment, program)?.path(program),
        };
        let mut command = Command::new(path);
        self.connection()?.set_libpq_environment(&mut command);
        Some(command)
    }
}

/// One that runs in this process, of memory.
#[cfg(feature = "embedded")]
fn embedded(likeness: &Likeness, run: &str, observer: Observer) -> Result<Session, ScratchError> {
    let refused = |error| ScratchError::making("the PostgreSQL inside revgraph", error);
    let mut session = Session::open_in_memory(run, observer).map_err(refused)?;
    let setup = likeness.impersonation("postgres");
    session.client().batch_execute(&setup).map_err(|error| refused(DatabaseError::of(error, "its roles")))?;
    Ok(session)
}

fn new_actor() -> Result<Actor, ScratchError> {
    Ok(Actor { run: nonce()?, host: "scratch".to_owned(), client: env!("CARGO_PKG_VERSION").to_owned() })
}

/// Twelve hex digits that nobody else has.
fn nonce() -> Result<String, ScratchError> {
    let random = RevisionId::random().map_err(|error| ScratchError::NoRandomness(error.to_string()))?;
    Ok(random.to_string())
}

/// Opens a session in a database of a server.
fn open(spec: &ConnectionSpec, run: &str, observer: Observer) -> Result<Session, DatabaseError> {
    Session::open(&Location::Server(Box::new(spec.clone())), run, observer)
}

/// Makes a database, of the template that nobody may change or as a copy of another one.
/// <https://www.postgresql.org/docs/current/sql-createdatabase.html>
fn create_database(admin: &mut Client, name: &str, template: Option<&str>, options: &str) -> Result<(), DatabaseError> {
    let failed = |error| DatabaseError::of(error, "CREATE DATABASE");
    if let Some(template) = template {
        wait_until_left(admin, template).map_err(failed)?;
    }
    let (name, template) = (quote::identifier(name), quote::identifier(template.unwrap_or("template0")));
    admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template} {options}")).map_err(failed)
}

/// Waits until the server has seen that the sessions of a database have ended. It would look for itself, at longer
/// intervals.
fn wait_until_left(admin: &mut Client, database: &str) -> Result<(), ClientError> {
    let query = format!(
        "SELECT FROM pg_catalog.pg_stat_activity WHERE datname OPERATOR(pg_catalog.=) {}",
        quote::literal(database)
    );
    let begun = Instant::now();
    while begun.elapsed() < LEAVING && result_sets(admin.simple_query(&query)?).iter().any(|rows| !rows.is_empty()) {
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Drops a database, also with sessions that still are in it: those of a chain's own, and those of a client that was
/// killed. One that has just been closed is waited for, because PostgreSQL itself looks for it at long intervals.
fn drop_database(admin: &mut Client, name: &str) -> Result<(), ClientError> {
    wait_until_left(admin, name)?;
    let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote::identifier(name));
    admin.batch_execute(&drop).or_else(|_| {
        // Nothing but the error counts: where no slot was in the way, it is that of the second try.
        let _ = admin.batch_execute(&drop_slots(name));
        admin.batch_execute(&drop)
    })
}

/// Drops what WITH (FORCE) doesn't: the logical replication slots of a database, by which it is held for ever. Whoever
/// reads from one is ended first. (What is prepared in it can only be rolled back from within.)
/// <https://www.postgresql.org/docs/current/sql-dropdatabase.html>
fn drop_slots(database: &str) -> String {
    let of_it = format!(
        "FROM pg_catalog.pg_replication_slots WHERE database OPERATOR(pg_catalog.=) {}",
        quote::literal(database)
    );
    format!(
        "SELECT pg_catalog.pg_terminate_backend(active_pid) {of_it} AND active; SELECT pg_catalog.pg_drop_replication_slot(slot_name) {of_it}"
    )
}
