//! The databases that `[load]` sections read, by the names that the sections call them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::scratch::Scratch;
use super::{Client, DatabaseError, Location, Session};

/// The databases that `[load]` sections read, by name.
///
/// A deployment has those that are configured. A scratch has others in their place: scratches themselves, which a file of
/// the project has filled.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    by_name: BTreeMap<String, Origin>,
    in_scratch: bool,
}

#[derive(Clone)]
enum Origin {
    Database(Location),
    /// What is configured can't be understood.
    Unusable(Arc<DatabaseError>),
    /// One for all who load from it at the same time: it has one session.
    Scratch(Arc<Mutex<Scratch>>),
}

/// Why a source can't be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SourceError {
    /// No database is configured under that name.
    #[error("no database is called {0:?} in revgraph.toml")]
    NotConfigured(String),
    /// A scratch has no database in the place of that one.
    #[error("a scratch database has nothing to load from: what is to stand for {0:?} there is not configured")]
    NoStandIn(String),
    /// It can't be reached.
    #[error("the source {name:?} can't be read: {error}")]
    Unreachable {
        /// Its name.
        name: String,
        /// Why.
        error: Arc<DatabaseError>,
    },
}

impl SourceError {
    /// A word for tools.
    pub fn kind(&self) -> &'static str {
        match self {
            SourceError::NotConfigured(_) => "unknown_source",
            SourceError::NoStandIn(_) => "load_in_scratch",
            SourceError::Unreachable { .. } => "source_unreachable",
        }
    }

    /// What to do next.
    pub fn help(&self) -> Option<String> {
        match self {
            SourceError::NotConfigured(name) => {
                Some(format!("say where it is, in revgraph.toml under [databases]: {name} = \"postgres://…\""))
            }
            SourceError::NoStandIn(name) => Some(format!(
                "write a file of SQL that makes the tables and some rows of {name:?}, and name it in revgraph.toml under \
                 [scratch]: sources = {{ {name} = \"fixtures/{name}.sql\" }}"
            )),
            SourceError::Unreachable { error, .. } => error.help(),
        }
    }
}

/// A source with an open session.
pub enum OpenSource<'a> {
    /// One of its own.
    Session(Box<Session>),
    /// The only one of a scratch.
    Scratch(MutexGuard<'a, Scratch>),
}

impl OpenSource<'_> {
    /// The connection.
    pub fn client(&mut self) -> &mut Client {
        match self {
            OpenSource::Session(session) => session.client(),
            OpenSource::Scratch(scratch) => scratch.client(),
        }
    }

    /// Ends a session of its own at once, whatever the server is still sending.
    pub fn give_up(&mut self) {
        if let OpenSource::Session(session) = self {
            session.client().give_up();
        }
    }
}

impl Sources {
    /// Databases by name, or why what is configured is none.
    pub fn configured(databases: impl IntoIterator<Item = (String, Result<Location, DatabaseError>)>) -> Sources {
        let origin = |location| match location {
            Ok(location) => Origin::Database(location),
            Err(error) => Origin::Unusable(Arc::new(error)),
        };
        let by_name = databases.into_iter().map(|(name, location)| (name, origin(location))).collect();
        Sources { by_name, in_scratch: false }
    }

    /// Scratches that stand for databases.
    pub fn stand_ins(scratches: impl IntoIterator<Item = (String, Scratch)>) -> Sources {
        let origin = |scratch| Origin::Scratch(Arc::new(Mutex::new(scratch)));
        let by_name = scratches.into_iter().map(|(name, scratch)| (name, origin(scratch))).collect();
        Sources { by_name, in_scratch: true }
    }

    /// Connects to one, for the run of that nonce.
    ///
    /// # Errors
    /// It is not configured, or not to be reached.
    pub fn open(&self, name: &str, run: &str) -> Result<OpenSource<'_>, SourceError> {
        let unreachable = |error| SourceError::Unreachable { name: name.to_owned(), error };
        match self.by_name.get(name) {
            Some(Origin::Database(location)) => {
                // What the source has to say by the way is nobody's business here.
                let session = Session::open(location, run, Arc::new(|_| ()));
                session.map(|session| OpenSource::Session(Box::new(session))).map_err(|error| unreachable(error.into()))
            }
            Some(Origin::Unusable(error)) => Err(unreachable(Arc::clone(error))),
            // A load that panicked has left it as good as it was: a source is only read.
            Some(Origin::Scratch(scratch)) => {
                Ok(OpenSource::Scratch(scratch.lock().unwrap_or_else(PoisonError::into_inner)))
            }
            None if self.in_scratch => Err(SourceError::NoStandIn(name.to_owned())),
            None => Err(SourceError::NotConfigured(name.to_owned())),
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Database(location) => write!(f, "{location}"),
            Origin::Unusable(error) => write!(f, "unusable: {error}"),
            Origin::Scratch(_) => f.write_str("a scratch"),
        }
    }
}
