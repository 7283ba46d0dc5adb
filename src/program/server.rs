//! A server that revgraph connects to by itself.

use std::panic::resume_unwind;
use std::thread;

use super::deploy::Deploy;
use super::job::{Job, deployment, findings, no_thread, pending, standing};
use crate::database::connect::{ConnectionSpec, Environment};
use crate::database::sources::Sources;
use crate::database::{DatabaseError, Location};
use crate::error::Error;
use crate::graph::{Direction, Plan};
use crate::operation::check::Findings;
use crate::operation::current::Current;
use crate::operation::deploy::Deployed;
use crate::project::Project;

/// A database that revgraph connects to by itself, for the length of each call: [`Project::connect`].
///
/// It can do all that the command line can: rows are loaded, steps are told of as they are done ([`crate::Event::Done`]), and
/// who is in the way of one is named. The calls wait, on a thread of their own: in a program with futures, put them on one for
/// that (`tokio::task::spawn_blocking`).
#[derive(Debug, Clone)]
pub struct Server<'p> {
    project: &'p Project,
    location: Location,
}

impl Project {
    /// Names a server to connect to: a `postgres://` URL or `key=value` pairs, with libpq's options for TLS. Nothing is
    /// connected to yet, and no variable of the environment and no file such as `~/.pgpass` is read: all that is needed is
    /// in the text.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let project = revgraph::Project::find(".")?;
    /// let url = "postgres://app:secret@db.example.org/app?sslmode=verify-full&sslrootcert=system";
    /// project.connect(url)?.upgrade("heads")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The text can't be understood.
    pub fn connect(&self, server: &str) -> Result<Server<'_>, Error> {
        Ok(Server { project: self, location: location(server)? })
    }
}

impl Server<'_> {
    /// As [`Project::upgrade`].
    ///
    /// # Errors
    /// As [`Project::upgrade`]; or there is no connection.
    pub fn upgrade(&self, deploy: impl Into<Deploy>) -> Result<Deployed, Error> {
        self.run(deployment(&self.project.config, self.sources(), Direction::Up, deploy.into()))
    }

    /// As [`Project::downgrade`].
    ///
    /// # Errors
    /// As [`Server::upgrade`].
    pub fn downgrade(&self, deploy: impl Into<Deploy>) -> Result<Deployed, Error> {
        self.run(deployment(&self.project.config, self.sources(), Direction::Down, deploy.into()))
    }

    /// As [`Project::pending`].
    ///
    /// # Errors
    /// As [`Project::pending`]; or there is no connection.
    pub fn pending(&self, deploy: impl Into<Deploy>) -> Result<Plan, Error> {
        self.run(pending(&self.project.config, deploy.into()))
    }

    /// As [`Project::current`].
    ///
    /// # Errors
    /// As [`Project::current`]; or there is no connection.
    pub fn current(&self) -> Result<Current, Error> {
        self.run(standing(&self.project.config))
    }

    /// As [`Project::check`].
    ///
    /// # Errors
    /// As [`Project::check`]; or there is no connection.
    pub fn check(&self) -> Result<Findings, Error> {
        self.run(findings(&self.project.config))
    }

    /// On a thread without an executor: within one, nothing could be waited for.
    fn run<T: Send>(&self, job: Job<T>) -> Result<T, Error> {
        thread::scope(|scope| {
            let work = || job.on_own(self.project, &self.location);
            let worker = thread::Builder::new().name("revgraph".to_owned()).spawn_scoped(scope, work);
            worker.map_err(|error| no_thread(&error))?.join().unwrap_or_else(|panic| resume_unwind(panic))
        })
    }

    /// The databases that `[load]` sections read: `[databases]` of the settings.
    fn sources(&self) -> Sources {
        let databases = &self.project.config.databases;
        Sources::configured(databases.iter().map(|(name, server)| (name.clone(), location(server))))
    }
}

fn location(server: &str) -> Result<Location, DatabaseError> {
    let spec = ConnectionSpec::resolve(Some(server), &Environment::empty())?;
    Ok(Location::Server(Box::new(spec)))
}
