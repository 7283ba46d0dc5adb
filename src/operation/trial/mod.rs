//! `test`: does each revision's way down undo what its way up does, and can it be run up again?
//!
//! One scratch database, the *trial*, goes along the plan: each revision runs up, down and up again in it. Whether its
//! way down led back is told by two fingerprints, which cost next to nothing; if they are equal, running it up again from
//! there leads to where the first time led. Otherwise the same is done once more in a fresh copy of the database as it
//! was before, this time with a snapshot after each step, which tells what differs. Copies are made of a second
//! database, the *chain*, in which revisions only ever run up, so that what one revision leaves behind never disturbs
//! another. So n revisions cost three n steps, n for the chain, and snapshots for those alone that don't lead back.

mod fingerprint;
mod lanes;
mod select;
mod verdict;

use std::collections::{HashMap, HashSet};

use serde::Serialize;

pub use select::Selection;

use crate::database::connect::Environment;
use crate::error::{Error, StepFailure};
use crate::graph::{Action, Direction, Step};
use crate::operation::deploy::DeployOptions;
use crate::operation::diff::Diff;
use crate::operation::scratch::{ScratchOptions, reaches_beyond};
use crate::project::History;
use crate::revision::{Revision, RevisionId, Undo};
use lanes::Lanes;

/// What became of one revision.
#[derive(Debug)]
pub struct Tested {
    /// The revision.
    pub revision: RevisionId,
    /// What was found.
    pub class: Class,
}

/// How well a revision can be undone.
#[derive(Debug)]
pub enum Class {
    /// Its way down leads back, and up again to the same.
    Exact,
    /// The same but for the order of columns in these tables.
    OrderOnly {
        /// The tables, qualified.
        tables: Vec<String>,
    },
    /// All that stays is what PostgreSQL has no way to undo.
    Lossy {
        /// What stays, in words.
        stays: Vec<String>,
    },
    /// Its way down, or up again, leads somewhere else.
    Differs {
        /// Which way.
        after: Way,
        /// What differs: *before* is what should have been.
        diff: Box<Diff>,
    },
    /// Its file says that it can't be undone; it runs up.
    Irreversible {
        /// Why; none where the file has neither a way down nor a reason.
        reason: Option<String>,
    },
    /// It fails.
    Fails {
        /// Which way.
        on: Way,
        /// How.
        error: Box<Error>,
    },
    /// It was not begun, because it needs a revision that fails.
    NotTested {
        /// The one that fails.
        needs: RevisionId,
    },
}

/// The steps of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// For the first time.
    Up,
    /// Back.
    Down,
    /// Once more.
    UpAgain,
}

impl Class {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Class::Exact => "exact",
            Class::OrderOnly { .. } => "order only",
            Class::Lossy { .. } => "lossy",
            Class::Differs { .. } => "differs",
            Class::Irreversible { .. } => "irreversible",
            Class::Fails { .. } => "fails",
            Class::NotTested { .. } => "not tested",
        }
    }

    /// Whether something is to be mended.
    pub fn is_wrong(&self) -> bool {
        matches!(self, Class::Differs { .. } | Class::Fails { .. } | Class::NotTested { .. })
    }
}

/// How the tests are run.
pub struct TestOptions<'a> {
    /// How the revisions run.
    pub deploy: &'a DeployOptions,
    /// Where the scratch databases may be.
    pub scratch: &'a ScratchOptions<'a>,
    /// Where programs and temporary files are.
    pub environment: &'a Environment,
}

/// Tests the revisions of a selection in plan order, and gives the place where. `told` is told of each, as it is known.
///
/// # Errors
/// There is no scratch database, or it is lost. What is wrong with a revision is no error but what is told of it.
pub fn test(
    history: &History,
    selection: &Selection,
    options: &TestOptions<'_>,
    told: &mut dyn FnMut(Tested),
) -> Result<String, Error> {
    if selection.plan.is_empty() {
        return Ok(String::new());
    }
    let revisions = || selection.plan.iter().filter_map(|id| history.get(id));
    let open = || options.scratch.open(revisions(), options.environment);
    let scratches = open()?;
    let place = scratches.describe();
    let is_shared = revisions().all(|revision| reaches_beyond(revision).is_empty());
    let lanes = Lanes::new(scratches, if is_shared { None } else { Some(&open) }, history, options.deploy);
    let trial = Trial { history, selection, lanes, waiting: Vec::new(), failed: HashMap::new(), told };
    trial.run()?;
    Ok(place)
}

struct Trial<'a, 't> {
    history: &'a History,
    selection: &'a Selection,
    lanes: Lanes<'a>,
    /// Revisions that are to run up and no more: together, when the next one is tested.
    waiting: Vec<RevisionId>,
    /// Those that are not in effect, each with the one that failed: itself or one that it needs.
    failed: HashMap<RevisionId, RevisionId>,
    told: &'t mut dyn FnMut(Tested),
}

impl Trial<'_, '_> {
    fn run(mut self) -> Result<(), Error> {
        for id in &self.selection.plan {
            let Some(revision) = self.history.get(id) else { continue };
            if let Some(needs) = self.lacks(id) {
                self.give_up(id, needs);
            } else if self.selection.tested.contains(id) && revision.undo() == Undo::Sections {
                self.run_waiting()?;
                // One that was waiting may have failed.
                match self.lacks(id) {
                    Some(needs) => self.give_up(id, needs),
                    None => self.test(revision)?,
                }
            } else {
                self.waiting.push(id.clone());
            }
        }
        self.run_waiting()
    }

    /// The failed revision that one can't do without.
    fn lacks(&self, id: &RevisionId) -> Option<RevisionId> {
        let node = self.history.graph.get(id)?;
        let needed = node.parents().into_iter().chain(node.depends_on());
        needed.into_iter().find_map(|needed| self.failed.get(needed)).cloned()
    }

    fn tell(&mut self, revision: &RevisionId, class: Class) {
        let is_asked_for = self.selection.tested.contains(revision);
        if is_asked_for || matches!(class, Class::Fails { .. }) {
            (self.told)(Tested { revision: revision.clone(), class });
        }
    }

    fn give_up(&mut self, id: &RevisionId, needs: RevisionId) {
        self.failed.insert(id.clone(), needs.clone());
        self.tell(id, Class::NotTested { needs });
    }

    fn fails(&mut self, id: &RevisionId, on: Way, error: Error) {
        self.tell(id, Class::Fails { on, error: Box::new(error) });
    }

    /// Runs up what has gathered. Where one fails, the others go on without it.
    fn run_waiting(&mut self) -> Result<(), Error> {
        while !self.waiting.is_empty() {
            let waiting = std::mem::take(&mut self.waiting);
            let steps: Vec<Step> = waiting.iter().map(up).collect();
            let done: HashSet<RevisionId> = match self.lanes.run_up(&steps)? {
                Ok(()) => waiting.iter().cloned().collect(),
                Err((id, done, error)) => {
                    self.failed.insert(id.clone(), id.clone());
                    self.fails(&id, Way::Up, error);
                    done.into_iter().collect()
                }
            };
            for id in waiting {
                match (done.contains(&id), self.lacks(&id)) {
                    (true, _) => self.ran_up(&id),
                    (false, Some(needs)) => self.give_up(&id, needs),
                    (false, None) if self.failed.contains_key(&id) => {}
                    (false, None) => self.waiting.push(id),
                }
            }
        }
        Ok(())
    }

    fn ran_up(&mut self, id: &RevisionId) {
        let reason = self.history.get(id).and_then(|revision| match revision.undo() {
            Undo::Sections => None,
            Undo::Irreversible(reason) => Some(Some(reason.to_owned())),
            Undo::Missing => Some(None),
        });
        if let Some(reason) = reason {
            self.tell(id, Class::Irreversible { reason });
        }
    }

    /// One revision: up, down, up again.
    fn test(&mut self, revision: &Revision) -> Result<(), Error> {
        let id = &revision.id;
        let (up, down) = (up(id), Step { action: Action::Run(Direction::Down), revision: id.clone() });
        let before = self.lanes.fingerprint()?;
        if let Err(failure) = self.lanes.run(&up)? {
            self.lanes.forget_if(failure.spoils);
            self.failed.insert(id.clone(), id.clone());
            self.fails(id, Way::Up, failure.error);
            return Ok(());
        }
        if let Err(failure) = self.lanes.run(&down)? {
            self.lanes.forget_if(failure.spoils);
            self.lanes.in_effect(up);
            self.fails(id, Way::Down, failure.error);
            return Ok(());
        }
        let is_back = before.is_some() && self.lanes.fingerprint()? == before;
        if is_back && self.lanes.run(&up)?.is_ok() {
            self.lanes.in_effect(up);
            self.tell(id, Class::Exact);
            return Ok(());
        }
        self.lanes.forget();
        let class = self.look_closely(&up, &down)?;
        if !matches!(class, Class::Exact) {
            self.lanes.forget();
        }
        match class {
            Class::Fails { on: Way::Up, .. } => drop(self.failed.insert(id.clone(), id.clone())),
            _ => self.lanes.in_effect(up),
        }
        self.tell(id, class);
        Ok(())
    }

    /// The same with a snapshot after each step, in a database that is as the chain left it.
    fn look_closely(&mut self, up: &Step, down: &Step) -> Result<Class, Error> {
        let fails = |on, error| Class::Fails { on, error: Box::new(error) };
        let before = self.lanes.snapshot()?;
        if let Err(failure) = self.lanes.run(up)? {
            return Ok(fails(Way::Up, failure.error));
        }
        let first = self.lanes.snapshot()?;
        if let Err(failure) = self.lanes.run(down)? {
            return Ok(fails(Way::Down, failure.error));
        }
        let back = self.lanes.snapshot()?;
        let undone = verdict::undone(before, back, self.lanes.client()?);
        let again = match self.lanes.run(up)? {
            Ok(()) => Ok(self.lanes.snapshot()?),
            Err(failure) => Err(failure.error),
        };
        let repeated = match again {
            Ok(again) => Ok(verdict::repeated(first, again, self.lanes.client()?)),
            Err(error) => Err(error),
        };
        Ok(verdict::class(undone, repeated))
    }
}

fn up(id: &RevisionId) -> Step {
    Step { action: Action::Run(Direction::Up), revision: id.clone() }
}

/// Whether what a failed step has done stays.
fn spoils(error: &Error) -> bool {
    match error {
        Error::Step(failure) => {
            let StepFailure { partly_done, error, .. } = &**failure;
            *partly_done || error.ended_its_transaction()
        }
        _ => false,
    }
}
