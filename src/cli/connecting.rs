//! Connecting to a server while the files are read: both take their time, and neither needs the other.

use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use super::activity::Activity;
use super::context::Context;
use super::terminal::say;
use crate::database::ledger::{Actor, Ledger};
use crate::database::{DatabaseError, Location, Observer, Session};
use crate::error::Error;
use crate::graph::Rows;
use crate::project::Project;

/// A way to the database that was begun before it is known whether the files are sound. Dropped, it changes nothing:
/// a server sees a client that goes away.
pub struct Connecting {
    location: Result<Location, Error>,
    run: String,
    /// Known only once the files are read. What the server says before waits for it.
    observer: Arc<OnceLock<Observer>>,
    session: Option<JoinHandle<Result<Session, DatabaseError>>>,
}

impl Connecting {
    /// Knows the way, and does not go it yet.
    pub fn new(location: Result<Location, Error>, actor: &Actor) -> Connecting {
        Connecting { location, run: actor.run.clone(), observer: Arc::default(), session: None }
    }

    /// Begins to connect, if it is to a server. The embedded one makes files of its own, and so waits for the project's
    /// to be read.
    pub fn begin(&mut self) {
        if let Ok(location @ Location::Server(_)) = &self.location {
            let (location, run, observer) = (location.clone(), self.run.clone(), self.relay());
            let open = move || Session::open(&location, &run, observer);
            // Without another thread, this one connects later.
            self.session = thread::Builder::new().name("revgraph-session".to_owned()).spawn(open).ok();
        }
    }

    /// Where the database is, if anything says so.
    pub fn location(&self) -> Option<&Location> {
        self.location.as_ref().ok()
    }

    /// Whether anything says where a database is.
    pub fn leads_anywhere(&self) -> bool {
        !matches!(self.location, Err(Error::NoDatabase))
    }

    /// Waits for the connection, and says which database it is. From here on `observer` is told what the server says.
    pub fn session(self, context: &Context, observer: Observer) -> Result<Session, Error> {
        let relay = self.relay();
        let location = self.location?;
        if !context.is_quiet() && !context.is_json() {
            say!("database: {location}");
        }
        if let Location::Server(spec) = &location {
            for warning in spec.warnings() {
                say!("warning: {warning}");
            }
        }
        // It is empty: nobody else sets it.
        let _ = self.observer.set(observer);
        let _connecting = Activity::begun(context, "connecting");
        let session = match self.session {
            // A thread that panicked goes on panicking here.
            Some(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            None => Session::open(&location, &self.run, relay),
        };
        Ok(session?)
    }

    /// The same for a command that only reads, and leaves what the server says alone.
    pub fn session_to_read(self, context: &Context) -> Result<Session, Error> {
        self.session(context, Arc::new(|_| ()))
    }

    /// What the database's ledger holds.
    pub fn rows(self, context: &Context, project: &Project) -> Result<Rows, Error> {
        let mut session = self.session_to_read(context)?;
        Ok(Ledger::new(&project.config.ledger_schema).read(session.client(), false)?.rows())
    }

    fn relay(&self) -> Observer {
        let observer = Arc::clone(&self.observer);
        Arc::new(move |notice| observer.wait()(notice))
    }
}
