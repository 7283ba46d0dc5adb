//! `diff`: how two databases differ, or what stands for one: a saved snapshot, a target of the graph.

use std::path::PathBuf;
use std::sync::Arc;

use crate::database::connect::Environment;
use crate::database::scratch::{Likeness, Scratch, Scratches};
use crate::database::{Client, DatabaseError, Location, Observer, Session};
use crate::error::Error;
use crate::graph::{Rows, Step, Target};
use crate::operation::build::{Build, both};
use crate::operation::deploy::DeployOptions;
use crate::operation::plan::{Planned, plan_from, rows_from};
use crate::operation::scratch::{ScratchOptions, stand_ins};
use crate::operation::snapshot::{Contents, from_file, lasting_snapshot};
use crate::project::{History, View};
use crate::revision::Revision;
use crate::schema::{Difference, Identity, Ignore, ReadOptions, Settled, Snapshot, compare, settle};

/// What one side of a comparison is.
#[derive(Debug, Clone)]
pub enum Side {
    /// A database.
    Database(Location),
    /// A file that `snapshot` wrote.
    File(PathBuf),
    /// What the revisions up to a target make of an empty database.
    Target(Target),
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Side::Database(location) => write!(f, "{location}"),
            Side::File(path) => write!(f, "{}", path.display()),
            Side::Target(target) => write!(f, "{target}"),
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

/// Compares two sides. Both are read at the same time; a database costs a constant number of round trips. `workshop` is
/// where targets are built.
///
/// # Errors
/// A side can't be read or built, or a schema that is asked for is on neither side.
pub fn diff(
    before: &Side,
    after: &Side,
    workshop: Option<&Workshop<'_>>,
    options: &DiffOptions,
) -> Result<Diff, Error> {
    if let (Side::Database(Location::Embedded(one)), Side::Database(Location::Embedded(other))) = (before, after)
        && one == other
    {
        return Err(invalid("both sides are the same embedded database", "compare it with something else"));
    }
    let (one, other) = both(|| before.read(options), || after.read(options))?;
    let (mut one, mut other) = build_targets([before, after], [one, other], workshop, options)?;
    options.check_schemas(&[&one.snapshot, &other.snapshot])?;
    let mut difference = compare(&one.snapshot, &other.snapshot, &options.ignore);
    let settled = settle(&mut difference, one.place.client(), other.place.client());
    Ok(Diff { difference, settled, before: one.snapshot, after: other.snapshot })
}

/// What targets of the graph are built with.
pub struct Workshop<'a> {
    /// The files.
    pub history: &'a History,
    /// How revisions run.
    pub options: DeployOptions,
    /// Where scratch databases may come from; if neither side is a database, they need not be like one.
    pub scratch: ScratchOptions<'a>,
    /// Where programs and temporary files are.
    pub environment: &'a Environment,
}

/// One side, read, and where it can be asked more.
struct Read {
    snapshot: Snapshot,
    place: Place,
}

enum Place {
    File,
    Database(Session),
    Scratch(Scratch),
}

impl Place {
    fn client(&mut self) -> Option<&mut Client> {
        match self {
            Place::File => None,
            Place::Database(session) => Some(session.client()),
            Place::Scratch(scratch) => Some(scratch.client()),
        }
    }
}

impl Side {
    /// Reads what is there; nothing for a target, which has to be built.
    fn read(&self, options: &DiffOptions) -> Result<Option<Read>, Error> {
        match self {
            Side::Database(location) => {
                let mut session = Session::open(location, "diff", silent())?;
                let snapshot = lasting_snapshot(session.client(), &options.read, options.contents)?;
                Ok(Some(Read { snapshot, place: Place::Database(session) }))
            }
            Side::File(path) => {
                let mut snapshot = from_file(path, &options.read)?;
                match options.contents {
                    Contents::None => snapshot.rows = None,
                    // Counts are all that is asked for, whatever more the file knows.
                    Contents::Counts => {
                        let tables = snapshot.rows.iter_mut().flat_map(|rows| rows.tables.values_mut());
                        tables.for_each(|table| table.digest = None);
                    }
                    Contents::Digests => {}
                }
                Ok(Some(Read { snapshot, place: Place::File }))
            }
            Side::Target(_) => Ok(None),
        }
    }

    fn location(&self) -> Option<&Location> {
        match self {
            Side::Database(location) => Some(location),
            Side::File(_) | Side::Target(_) => None,
        }
    }
}

/// Builds the sides that are targets: like the other side, if that is a database.
fn build_targets(
    sides: [&Side; 2],
    read: [Option<Read>; 2],
    workshop: Option<&Workshop<'_>>,
    options: &DiffOptions,
) -> Result<(Read, Read), Error> {
    let mut read = match read {
        [Some(one), Some(other)] => return Ok((one, other)),
        read => read,
    };
    let Some(workshop) = workshop else {
        return Err(invalid("a target needs a project", "--project names the folder of one"));
    };
    let likeness = match read.iter_mut().flatten().find_map(|read| read.place.client()) {
        Some(client) => Likeness::of(client)?,
        None => Likeness::default(),
    };
    let plans = [workshop.plan(sides[0])?, workshop.plan(sides[1])?];
    let target = sides.iter().find_map(|side| side.location()).or(workshop.scratch.target);
    let scratches = ScratchOptions { target, likeness, ..workshop.scratch.clone() }
        .open(plans.iter().flatten().flat_map(Planning::revisions), workshop.environment)?;
    let sources =
        stand_ins(workshop.scratch.settings, plans.iter().flatten().flat_map(Planning::revisions), &mut || {
            Ok(scratches.make(silent())?)
        })?;
    let deploy = &DeployOptions { sources, ..workshop.options.clone() };
    let made = |read: Option<Read>, plan: &Option<Planning<'_>>| match (read, plan) {
        (Some(read), _) => Ok(read),
        (None, Some(plan)) => build(&scratches, deploy, plan, options),
        (None, None) => Err(invalid("a side was not read", "run it again")),
    };
    let [one, other] = read;
    both(|| made(one, &plans[0]), || made(other, &plans[1]))
}

/// How a target is built out of nothing.
struct Planning<'h> {
    /// The history that the steps are of: what a target names inside of a baseline comes from the archive.
    history: View<'h>,
    steps: Vec<Step>,
}

impl Workshop<'_> {
    /// How a target is built out of nothing; none for what is no target.
    fn plan(&self, side: &Side) -> Result<Option<Planning<'_>>, Error> {
        let Side::Target(target) = side else { return Ok(None) };
        let targets = std::slice::from_ref(target);
        if rows_from(self.history, targets)?.ids().is_empty() {
            return Ok(Some(Planning { history: View::Collapsed(self.history), steps: Vec::new() }));
        }
        let (history, plan) = plan_from(self.history, Planned::Upgrade, &Rows::default(), targets)?;
        Ok(Some(Planning { history, steps: plan.steps }))
    }
}

impl Planning<'_> {
    fn revisions(&self) -> impl Iterator<Item = &Revision> {
        self.steps.iter().filter_map(|step| self.history.get(&step.revision))
    }
}

fn build(
    scratches: &Scratches,
    deploy: &DeployOptions,
    plan: &Planning<'_>,
    options: &DiffOptions,
) -> Result<Read, Error> {
    let mut scratch = scratches.make(silent()).map_err(|error| DatabaseError::from(Box::new(error)))?;
    if !plan.steps.is_empty() {
        Build::begin(&mut scratch, &plan.history, deploy)?.run(&plan.steps)?;
    }
    let snapshot = lasting_snapshot(scratch.client(), &options.read, options.contents)?;
    Ok(Read { snapshot, place: Place::Scratch(scratch) })
}

fn silent() -> Observer {
    Arc::new(|_| ())
}

fn invalid(message: &str, help: &str) -> Error {
    Error::Invalid { message: message.to_owned(), help: help.to_owned() }
}
