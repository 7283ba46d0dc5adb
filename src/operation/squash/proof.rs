//! The proof: the baseline builds what the members build, and its way down leads back.

use std::fmt;

use super::failure::SquashFailure;
use super::members::Members;
use super::replay::{Lens, Replayed, of_step, steps};
use super::text::Body;
use super::volatile::{Volatile, uncompared};
use crate::database::scratch::Scratch;
use crate::error::{Error, StepFailure, count};
use crate::graph::{Action, Direction, Step};
use crate::operation::build::Build;
use crate::operation::deploy::DeployOptions;
use crate::operation::diff::Diff;
use crate::project::archive::Mode;
use crate::project::{History, LoadError};
use crate::revision::{Revision, RevisionId, Undo};
use crate::schema::dump::{Facts, Kept};
use crate::schema::{Ignore, Settled, Snapshot, compare, settle};

/// A baseline that builds what it should.
#[derive(Debug)]
pub struct Proved {
    /// What both databases are and hold.
    pub snapshot: Snapshot,
    /// How many expressions had other texts and were found to be the same.
    pub same_expressions: usize,
    /// What became of its way down.
    pub down: WayDown,
}

/// What became of a way down.
#[derive(Debug)]
pub enum WayDown {
    /// It ends where the way up began, but for what this says.
    Exact(Rest),
    /// There is none.
    None,
    /// It doesn't.
    Wrong(WrongWay),
}

/// What is not as it was after a way down, and need not be.
#[derive(Debug, Default)]
pub struct Rest {
    /// Whether the schema `public`, which the members drop, is not the one that PostgreSQL made.
    pub new_public: bool,
    /// What may have been there before, and which no member drops.
    pub kept: Vec<String>,
}

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("exact")?;
        if self.new_public {
            f.write_str(", with the schema public made anew")?;
        }
        if !self.kept.is_empty() {
            write!(f, ", but for {}, which no revision drops", self.kept.join(", "))?;
        }
        Ok(())
    }
}

/// A way down that is none.
#[derive(Debug)]
pub enum WrongWay {
    /// It ends elsewhere.
    Elsewhere(Box<Diff>),
    /// It fails.
    Fails(Box<StepFailure>),
}

impl From<WrongWay> for SquashFailure {
    fn from(way: WrongWay) -> SquashFailure {
        match way {
            WrongWay::Elsewhere(diff) => SquashFailure::Down(diff),
            WrongWay::Fails(failure) => SquashFailure::DownFails(failure),
        }
    }
}

/// Builds the baseline in a scratch, holds it against what the members have built, and goes down again.
pub fn prove(
    mut scratch: Scratch,
    baseline: &Revision,
    members: &Members<'_>,
    body: &Body,
    chain: &mut Replayed,
    volatile: &Volatile,
    options: &DeployOptions,
) -> Result<Proved, Error> {
    let lens = Lens::new(options);
    let history = history_of(baseline, members)?;
    let mut build = Build::begin(&mut scratch, &history, options)?;
    build.run(&steps(Direction::Up, members.below.iter().map(|revision| &revision.id)))?;
    let before = lens.look(build.scratch())?;
    build.run(&[step(Direction::Up, &baseline.id)]).map_err(|error| of_step(error, SquashFailure::Baseline))?;
    let built = lens.look(build.scratch())?;
    let clients = (&mut chain.scratch, build.scratch());
    let mut diff = difference(chain.snapshot.clone(), built, clients);
    if body.mode == Mode::Concat && !diff.difference.is_empty() {
        let clients = [chain.scratch.client(), build.scratch().client()];
        volatile.take_out(&mut diff.difference, clients)?;
    }
    if !diff.difference.is_empty() {
        return Err(SquashFailure::Different(Box::new(diff)).into());
    }
    let mut uncompared = uncompared(&chain.snapshot, &diff.after);
    uncompared.retain(|name| !volatile.uncompared.contains(name));
    if !uncompared.is_empty() {
        return Err(SquashFailure::Uncompared(uncompared).into());
    }
    let down = match baseline.undo() {
        Undo::Sections => way_down(&mut build, baseline, before, &lens, replaces_public(chain), &body.kept)?,
        Undo::Irreversible(_) | Undo::Missing => WayDown::None,
    };
    Ok(Proved { snapshot: diff.after, same_expressions: diff.settled.same, down })
}

/// Whether the schema `public` is gone that was there, and maybe another one of that name has come.
fn replaces_public(chain: &Replayed) -> bool {
    let oid = |facts: &Facts| facts.public.as_ref().map(|public| public.oid.clone());
    chain.before.public.is_some() && oid(&chain.before) != oid(&chain.after)
}

fn way_down(
    build: &mut Build<'_>,
    baseline: &Revision,
    before: Snapshot,
    lens: &Lens,
    new_public: bool,
    kept: &Kept,
) -> Result<WayDown, Error> {
    match build.run(&[step(Direction::Down, &baseline.id)]) {
        Err(Error::Step(failure)) => return Ok(WayDown::Wrong(WrongWay::Fails(failure))),
        other => other?,
    }
    let after = lens.look(build.scratch())?;
    let mut found = compare(&before, &after, &Ignore::default());
    let settled = settle(&mut found, None, Some(build.scratch().client()));
    let mut rest = Rest::default();
    if new_public {
        // What initdb makes can't be made again: an owner, a comment and privileges of it are nobody's doing.
        let before = found.changed.len();
        found.changed.retain(|changed| changed.identity.kind != "schema" || changed.identity.name != "public");
        rest.new_public = found.changed.len() < before;
    }
    found.added.retain(|object, _| {
        let stays = object.part.is_none()
            && match object.kind.as_str() {
                "extension" => kept.extensions.contains(&object.name),
                "schema" => kept.schemas.contains(&object.name),
                _ => false,
            };
        if stays {
            rest.kept.push(format!("the {} {}", object.kind, object.name));
        }
        !stays
    });
    let diff = Diff { difference: found, settled, before, after };
    Ok(if diff.difference.is_empty() {
        WayDown::Exact(rest)
    } else {
        WayDown::Wrong(WrongWay::Elsewhere(Box::new(diff)))
    })
}

/// Whether the members' own ways down, one after the other, fare as the baseline's has: the same end, or a failure.
/// What it is, for the proof; none if theirs is a better one.
pub fn as_the_members_do(
    down: &WrongWay,
    chain: &mut Replayed,
    history: &History,
    members: &Members<'_>,
    options: &DeployOptions,
) -> Result<Option<String>, Error> {
    let ids: Vec<&RevisionId> = members.revisions.iter().rev().map(|revision| &revision.id).collect();
    let mut build = Build::after(chain.steps, &mut chain.scratch, history, options)?;
    let ended = build.run(&steps(Direction::Down, ids));
    match (down, ended) {
        (WrongWay::Elsewhere(diff), Ok(())) => {
            let after = Lens::new(options).look(build.scratch())?;
            let mut found = compare(&diff.after, &after, &Ignore::default());
            settle(&mut found, None, Some(build.scratch().client()));
            let objects = diff.difference.added.len() + diff.difference.removed.len() + diff.difference.changed.len();
            let what = format!("as the originals: {} not as before", count(objects, "object"));
            Ok(found.is_empty().then_some(what))
        }
        (WrongWay::Fails(_), Err(Error::Step(failure))) => {
            Ok(Some(format!("the way down of {} does not run: {}", failure.revision, failure.error.message)))
        }
        (_, Err(Error::Step(_)) | Ok(())) => Ok(None),
        (_, Err(other)) => Err(other),
    }
}

fn difference(before: Snapshot, after: Snapshot, (one, other): (&mut Scratch, &mut Scratch)) -> Diff {
    let mut difference = compare(&before, &after, &Ignore::default());
    let settled = match difference.is_empty() {
        true => Settled::default(),
        false => settle(&mut difference, Some(one.client()), Some(other.client())),
    };
    Diff { difference, settled, before, after }
}

fn step(direction: Direction, id: &RevisionId) -> Step {
    Step { action: Action::Run(direction), revision: id.clone() }
}

/// The baseline with what is below it.
fn history_of(baseline: &Revision, members: &Members<'_>) -> Result<History, Error> {
    let revisions = members.below.iter().copied().chain([baseline]).cloned().collect();
    Ok(History::from_revisions(revisions).map_err(LoadError::Graph)?)
}
