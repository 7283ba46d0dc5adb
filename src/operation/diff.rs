//! `diff`: how two databases differ, or what stands for one: a saved snapshot, a target of the graph.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use crate::database::{Location, Session};
use crate::error::Error;
use crate::operation::snapshot::{Contents, from_file, snapshot};
use crate::schema::{Difference, Ignore, ReadOptions, Settled, Snapshot, compare, settle};

/// What one side of a comparison is.
#[derive(Debug, Clone)]
pub enum Side {
    /// A database.
    Database(Location),
    /// A file that `snapshot` wrote.
    File(PathBuf),
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Side::Database(location) => write!(f, "{location}"),
            Side::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// What is compared.
#[derive(Debug, Clone)]
pub struct DiffOptions {
    /// Which part of the schemas.
    pub read: ReadOptions,
    /// What doesn't count.
    pub ignore: Ignore,
    /// Whether the rows count.
    pub contents: Contents,
}

/// How two sides differ.
#[derive(Debug)]
pub struct Diff {
    /// What differs.
    pub difference: Difference,
    /// What became of expressions whose texts differed.
    pub settled: Settled,
    /// The servers' `server_version_num`.
    pub versions: [u32; 2],
}

/// One side, read; its session stays open for questions.
struct Read {
    snapshot: Snapshot,
    session: Option<Session>,
}

/// Compares two sides. Both are read at the same time, in a constant number of round trips.
pub fn diff(before: &Side, after: &Side, options: &DiffOptions) -> Result<Diff, Error> {
    if let (Side::Database(Location::Embedded(one)), Side::Database(Location::Embedded(other))) = (before, after)
        && one == other
    {
        return Err(Error::Invalid {
            message: "both sides are the same embedded database".to_owned(),
            help: "compare it with a URL, a saved snapshot or a target".to_owned(),
        });
    }
    let (before, after) = thread::scope(|scope| {
        let other = scope.spawn(|| after.read(options));
        let one = before.read(options);
        // A panic over there is one here.
        (one, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let (mut before, mut after) = (before?, after?);
    let mut difference = compare(&before.snapshot, &after.snapshot, &options.ignore);
    let settled = settle(
        &mut difference,
        before.session.as_mut().map(Session::client),
        after.session.as_mut().map(Session::client),
    );
    Ok(Diff { difference, settled, versions: [before.snapshot.server_version, after.snapshot.server_version] })
}

impl Side {
    fn read(&self, options: &DiffOptions) -> Result<Read, Error> {
        match self {
            Side::Database(location) => {
                let mut session = Session::open(location, "diff", Arc::new(|_| ()))?;
                let snapshot = snapshot(session.client(), &options.read, options.contents)?;
                Ok(Read { snapshot, session: Some(session) })
            }
            Side::File(path) => {
                let mut snapshot = from_file(path)?;
                snapshot.objects.retain(|identity, _| options.read.want(identity));
                if options.contents == Contents::None {
                    snapshot.rows = None;
                }
                Ok(Read { snapshot, session: None })
            }
        }
    }
}
