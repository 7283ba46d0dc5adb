//! A private server: a cluster of its own, reached by a socket in a folder that is its user's alone.

use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use super::cluster::{self, SUPERUSER};
use super::home::{Home, PORT, at};
use super::programs::Programs;
use super::{Likeness, ScratchError, create_database, drop_database, nonce, open};
use crate::database::connect::{ConnectionSpec, Environment};
use crate::database::interrupt::{self, Duty, Leftover};
use crate::database::quote::identifier;
use crate::database::{DatabaseError, Observer, Session};

/// Nothing here has to survive a crash, nothing may run by itself, and no network is listened on. What a chain may need
/// of a server is there: publications want `wal_level`, large chains many locks. Without parallel workers it takes no
/// shared memory besides its own, of which containers have little.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "autovacuum=off",
    "wal_level=logical",
    "max_wal_size=512MB",
    "checkpoint_timeout=1d",
    "shared_buffers=64MB",
    "max_connections=40",
    "max_locks_per_transaction=512",
    "max_prepared_transactions=10",
    "max_parallel_workers_per_gather=0",
    "max_parallel_maintenance_workers=0",
    "jit=off",
    "timezone=UTC",
    "log_destination=stderr",
    "logging_collector=off",
    "log_min_messages=log",
    "log_min_error_statement=panic",
    "log_checkpoints=off",
    "lc_messages=C",
];

/// A running private server. Dropping it stops it and removes its files.
pub struct PrivateServer {
    home: Option<Home>,
    server: Child,
    /// Goes before the server is waited for: its number means it as long as it isn't.
    leftover: Option<Leftover>,
    programs: Programs,
    spec: ConnectionSpec,
    /// What makes the databases; there from the first one on.
    admin: Mutex<Option<Session>>,
    /// A server is to be stopped, and its files are to be removed.
    _duty: Duty,
}

impl PrivateServer {
    /// Makes a cluster and runs a server on it until it accepts connections.
    pub fn start(programs: Programs, environment: &Environment) -> Result<PrivateServer, ScratchError> {
        let _duty = Duty::begin().map_err(|error| ScratchError::making("a private server", error))?;
        let home = Home::make(&programs, environment)?;
        cluster::make(&home, &programs, environment)?;
        let folder = home.server();
        let spec = format!("host='{}' port={PORT} user={SUPERUSER} dbname={SUPERUSER}", escaped(&folder));
        let spec = ConnectionSpec::resolve(Some(&spec), &Environment::empty())
            .map_err(|error| ScratchError::making("a private server", error.into()))?;
        let server = run(&home, &programs)?;
        let id = Pid::from_child(&server);
        // At once, as it is stopped otherwise; the next one who makes a server sweeps its files.
        let leftover = Some(interrupt::on_leaving(move || _ = kill_process(id, Signal::QUIT)));
        Ok(PrivateServer { home: Some(home), server, leftover, programs, spec, admin: Mutex::new(None), _duty })
    }

    /// What it runs from.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// Makes a database, empty or as a copy of another one; opens a session in it, and gives what drops it.
    pub fn make(
        self: &Arc<Self>,
        template: Option<&str>,
        likeness: &Likeness,
        run: &str,
        observer: Observer,
    ) -> Result<(Session, OwnDatabase), ScratchError> {
        let failed = |error| ScratchError::making("a private server", error);
        let name = format!("scratch_{}", nonce()?);
        let role = self.create(&name, template, likeness).map_err(failed)?;
        let spec = Box::new(self.spec.with_database(&name).with_user(role));
        let database = OwnDatabase { server: Arc::clone(self), spec };
        let session = open(&database.spec, run, observer).map_err(failed)?;
        Ok((session, database))
    }

    /// Makes the database, and says who runs revisions there.
    fn create<'l>(&self, name: &str, template: Option<&str>, likeness: &'l Likeness) -> Result<&'l str, DatabaseError> {
        let mut admin = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        let admin = match &mut *admin {
            Some(admin) => admin,
            none => none.insert(self.first_session(likeness)?),
        };
        let role = likeness.role.as_deref().unwrap_or(SUPERUSER);
        let strategy = if self.programs.major() >= 15 { "STRATEGY file_copy" } else { "" };
        let owner = format!("OWNER {} {strategy}", identifier(role));
        // This machine may not have the target's locale; then the server's own has to do.
        let alike = format!("{owner} {}", likeness.database_options());
        if template.is_some() || create_database(admin.client(), name, None, &alike).is_err() {
            create_database(admin.client(), name, template, &owner)?;
        }
        Ok(role)
    }

    /// The session that makes databases. It makes the roles first.
    fn first_session(&self, likeness: &Likeness) -> Result<Session, DatabaseError> {
        let mut session = open(&self.spec, "none", Arc::new(|_| ()))?;
        let role = likeness.role.as_deref().unwrap_or(SUPERUSER);
        let mut roles = likeness.create_roles(SUPERUSER);
        if role != SUPERUSER && !likeness.roles.iter().any(|known| known == role) {
            roles += &format!("CREATE ROLE {};\n", identifier(role));
        }
        roles += &format!("ALTER ROLE {} LOGIN SUPERUSER", identifier(role));
        session.client().batch_execute(&roles).map_err(|error| DatabaseError::of(error, "CREATE ROLE"))?;
        Ok(session)
    }
}

/// A database that goes with the value.
pub struct OwnDatabase {
    server: Arc<PrivateServer>,
    spec: Box<ConnectionSpec>,
}

impl OwnDatabase {
    /// How it is reached.
    pub fn spec(&self) -> &ConnectionSpec {
        &self.spec
    }

    /// What its server runs from.
    pub fn programs(&self) -> &Programs {
        &self.server.programs
    }
}

impl Drop for OwnDatabase {
    /// The last one goes with the server.
    fn drop(&mut self) {
        if Arc::strong_count(&self.server) == 1 {
            return;
        }
        let mut admin = self.server.admin.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(admin) = &mut *admin {
            // It takes nothing but room for as long as the server runs.
            let _ = drop_database(admin.client(), self.spec.database());
        }
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        drop(self.home.take());
        drop(self.leftover.take());
        // A server that did not hear of its end would be waited for for ever. One that did is killed in vain.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A path between single quotes in a connection string.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace('\\', "\\\\").replace('\'', "\\'")
}

fn run(home: &Home, programs: &Programs) -> Result<Child, ScratchError> {
    let program = programs.path("postgres");
    let mut command = home.account().command(&program, &home.server());
    command.arg("-D").arg(home.cluster()).arg("-k").arg(home.server()).args(["-p", &PORT.to_string()]);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    // What is typed at a terminal is for us: the server goes when nobody works in it any more.
    command.process_group(0);
    let mut server = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(at(&program))?;
    let ready = match server.stderr.take() {
        Some(stderr) => wait_until_ready(BufReader::new(stderr)),
        None => Ok(()),
    };
    ready.map_err(|said| {
        let _ = server.kill();
        let _ = server.wait();
        ScratchError::Program { program: program.display().to_string(), said }
    })?;
    Ok(server)
}

/// Reads the log up to the line that says so, or gives what the server said instead.
fn wait_until_ready(mut log: BufReader<impl io::Read + Send + 'static>) -> Result<(), String> {
    let mut seen = String::new();
    loop {
        let start = seen.len();
        let length = log.read_line(&mut seen).map_err(|error| error.to_string())?;
        if length == 0 {
            return Err(seen.trim().to_owned());
        }
        if seen[start..].contains("ready to accept connections") {
            break;
        }
    }
    // A full pipe would block the server.
    thread::spawn(move || io::copy(&mut log, &mut io::sink()));
    Ok(())
}
