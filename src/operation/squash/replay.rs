//! Running revisions in scratch databases, and looking at what they have built.

use std::collections::HashSet;
use std::sync::Arc;

use crate::database::Observer;
use crate::database::connect::Environment;
use crate::database::quote::literal;
use crate::database::scratch::{Scratch, Scratches};
use crate::error::{Error, StepFailure};
use crate::graph::{Action, Direction, Step};
use crate::operation::build::Build;
use crate::operation::deploy::DeployOptions;
use crate::operation::scratch::ScratchOptions;
use crate::operation::snapshot::{Contents, snapshot};
use crate::project::History;
use crate::revision::{Revision, RevisionId};
use crate::schema::dump::Facts;
use crate::schema::{ReadOptions, Snapshot};

/// Where the scratch databases of a squash come from.
pub struct Places<'a> {
    options: ScratchOptions<'a>,
    environment: &'a Environment,
    revisions: Vec<&'a Revision>,
    /// Whether each scratch needs a server of its own, because the revisions change more than a database.
    apart: bool,
    open: Option<Scratches>,
}

impl<'a> Places<'a> {
    /// For those revisions. With `apart`, no two of its scratches share a server. On a server of our own, the one who
    /// runs them has a name that no revision has: `role`. What they give to somebody is then told from what is just the
    /// deployer's.
    pub fn new(
        options: &'a ScratchOptions<'a>,
        environment: &'a Environment,
        revisions: Vec<&'a Revision>,
        apart: bool,
        role: String,
    ) -> Places<'a> {
        let mut options = options.clone();
        // Who runs them otherwise is there as well.
        options.likeness.roles.push("postgres".to_owned());
        options.likeness.role = Some(role);
        Places { options, environment, revisions, apart, open: None }
    }

    /// Makes a scratch; `observer` is told of the steps that run in it.
    pub fn make(&mut self, observer: Observer) -> Result<Scratch, Error> {
        let place = match self.open.take().filter(|_| !self.apart) {
            Some(place) => place,
            None => self.options.open(self.revisions.iter().copied(), self.environment)?,
        };
        Ok(self.open.insert(place).make(observer)?)
    }

    /// From now on no two scratches share a server.
    pub fn set_apart(&mut self) {
        self.apart = true;
    }

    /// Whether nobody else uses the servers.
    pub fn is_private(&self) -> bool {
        self.open.as_ref().is_some_and(|place| !place.is_on_target_server())
    }

    /// What it is, for people.
    pub fn describe(&self) -> String {
        self.open.as_ref().map(Scratches::describe).unwrap_or_default()
    }
}

/// Hears nothing.
pub fn nobody() -> Observer {
    Arc::new(|_| ())
}

/// Steps in a direction, in the order of the revisions.
pub fn steps<'r>(direction: Direction, revisions: impl IntoIterator<Item = &'r RevisionId>) -> Vec<Step> {
    revisions.into_iter().map(|id| Step { action: Action::Run(direction), revision: id.clone() }).collect()
}

/// How databases are looked at.
#[derive(Debug, Clone)]
pub struct Lens {
    read: ReadOptions,
}

impl Lens {
    /// All of a database but the ledger.
    pub fn new(options: &DeployOptions) -> Lens {
        Lens { read: ReadOptions { ledger_schema: options.ledger_schema.clone(), schemas: None } }
    }

    /// What the database is and holds.
    pub fn look(&self, scratch: &mut Scratch) -> Result<Snapshot, Error> {
        Ok(snapshot(scratch.client(), &self.read, Contents::Digests)?)
    }
}

/// What a replay of the members has built.
pub struct Replayed {
    /// The database.
    pub scratch: Scratch,
    /// What it is.
    pub snapshot: Snapshot,
    /// Facts of it without the members' work.
    pub before: Facts,
    /// Facts of it with their work.
    pub after: Facts,
    /// What of the whole server is not as it was.
    pub cluster_changes: Vec<String>,
    /// How many steps have run.
    pub steps: usize,
}

/// Runs what is below and then the members, in a new scratch.
pub fn replay(
    mut scratch: Scratch,
    history: &History,
    options: &DeployOptions,
    [below, members]: [&[Step]; 2],
) -> Result<Replayed, Error> {
    let mut build = Build::begin(&mut scratch, history, options)?;
    build.run(below)?;
    let before = Facts::read(build.scratch().client())?;
    build.run(members)?;
    drop(build);
    let after = Facts::read(scratch.client())?;
    let snapshot = Lens::new(options).look(&mut scratch)?;
    let cluster_changes = after.cluster_changes(&before);
    Ok(Replayed { scratch, snapshot, before, after, cluster_changes, steps: below.len() + members.len() })
}

/// Takes the failure of a statement out of an error, to say what it means here.
pub fn of_step(error: Error, meaning: impl FnOnce(Box<StepFailure>) -> super::SquashFailure) -> Error {
    match error {
        Error::Step(failure) => meaning(failure).into(),
        other => other,
    }
}

/// The queries of `[verify]` sections, each once: those that hold in a database as it is now, and those that don't.
pub fn still_true(scratch: &mut Scratch, options: &DeployOptions, members: &[&Revision]) -> (Vec<String>, Vec<String>) {
    let mut queries: Vec<&str> = Vec::new();
    for member in members {
        let statements = member.verify().flat_map(|section| &section.statements);
        queries.extend(statements.map(|statement| member.source.slice(statement.span.clone())));
    }
    let mut seen = HashSet::new();
    queries.retain(|query| seen.insert(*query));
    let verify = options.ledger().name("verify");
    let path = "pg_catalog.current_setting('search_path')";
    let holds = |query: &String| {
        let call = format!("SELECT {verify}({}, 0, {path})", literal(query));
        scratch.client().batch_execute(&call).is_ok()
    };
    queries.into_iter().map(str::to_owned).partition(holds)
}
