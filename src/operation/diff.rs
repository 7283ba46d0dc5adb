//! `diff`: how two databases differ, or what stands for one: a saved snapshot, a target of the graph.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use crate::database::{Location, Session};
use crate::error::Error;
use crate::operation::snapshot::{Contents, from_file, snapshot};
use crate::schema::{Difference, Identity, Ignore, ReadOptions, Settled, Snapshot, compare, settle};

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
    /// What one side is.
    pub before: Snapshot,
    /// What the other one is.
    pub after: Snapshot,
}

impl Diff {
    /// What an object of this name is, where a side has it.
    pub fn kind_of(&self, schema: Option<&str>, name: &str) -> Option<&str> {
        let start =
            Identity { schema: schema.map(str::to_owned), name: name.to_owned(), part: None, kind: String::new() };
        [&self.after, &self.before].into_iter().find_map(|snapshot| {
            let (found, _) = snapshot.objects.range(&start..).next()?;
            let is_it = found.schema == start.schema && found.name == start.name && found.part.is_none();
            is_it.then_some(found.kind.as_str())
        })
    }
}

impl DiffOptions {
    /// Fails if a schema that was asked for is in none of the snapshots: a misspelt name must not look like a schema
    /// without a difference.
    pub fn check_schemas(&self, snapshots: &[&Snapshot]) -> Result<(), Error> {
        let has = |name: &String| {
            let mut schemas = snapshots.iter().flat_map(|snapshot| snapshot.objects.keys());
            schemas.any(|identity| identity.kind == "schema" && identity.name == *name)
        };
        match self.read.schemas.iter().flatten().find(|name| !has(name)) {
            None => Ok(()),
            Some(name) => Err(Error::Invalid {
                message: format!("there is no schema {name:?}"),
                help: "--schema takes the name as it is, without quotes".to_owned(),
            }),
        }
    }
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
    options.check_schemas(&[&before.snapshot, &after.snapshot])?;
    let mut difference = compare(&before.snapshot, &after.snapshot, &options.ignore);
    let settled = settle(
        &mut difference,
        before.session.as_mut().map(Session::client),
        after.session.as_mut().map(Session::client),
    );
    Ok(Diff { difference, settled, before: before.snapshot, after: after.snapshot })
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
