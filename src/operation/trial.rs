//! `test`: does each revision's way down undo what its way up does, and can it be run up again?
//!
//! One scratch database, the *trial*, goes along the plan: each revision runs up, down and up again in it. Whether its
//! way down led back is told by two fingerprints, which cost a few milliseconds; if they are equal, running it up again
//! from there leads to where the first time led. If they tell of the same objects, what is in the tables and where the
//! sequences stand is held against each other as the fingerprints have it; sequences are then put back.
//!
//! Only otherwise are there snapshots, two times two of them: of the trial, and of a second database, the *chain*, in
//! which revisions only ever run up. It tells what was there before, and what the first way up makes. Where the trial
//! turns out not to be what it should be, the next revision is tried in a copy of the chain, so that what one leaves
//! behind never disturbs another.

mod fingerprint;
mod lanes;
mod select;
mod verdict;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

pub use select::Selection;

use crate::database::connect::Environment;
use crate::error::{Error, StepFailure};
use crate::graph::{Action, Direction, Step};
use crate::operation::deploy::DeployOptions;
use crate::operation::diff::Diff;
use crate::operation::scratch::{ScratchOptions, reaches_beyond, stand_ins};
use crate::project::History;
use crate::revision::{Revision, RevisionId, Undo};
use fingerprint::Fingerprint;
use lanes::Lanes;
use verdict::Finding;

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

    fn fails(on: Way, error: Error) -> Class {
        Class::Fails { on, error: Box::new(error) }
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
    let silent = || Arc::new(|_| ());
    let sources = stand_ins(options.scratch.settings, revisions(), &mut || Ok(scratches.make(silent())?))?;
    let deploy = &DeployOptions { sources, ..options.deploy.clone() };
    let options = &TestOptions { deploy, ..*options };
    let is_shared = revisions().all(|revision| reaches_beyond(revision).is_empty());
    let lanes = Lanes::new(scratches, if is_shared { None } else { Some(&open) }, history, options.deploy);
    let trial = Trial { history, selection, options, lanes, waiting: Vec::new(), failed: HashMap::new(), told };
    trial.run()?;
    Ok(place)
}

struct Trial<'a, 't> {
    history: &'a History,
    selection: &'a Selection,
    options: &'a TestOptions<'a>,
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
        self.tell(id, Class::fails(on, error));
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
        let back = self.lanes.fingerprint()?;
        let steps = Steps { up, down };
        let class = match (before, back) {
            (Some(before), Some(back)) if before == back => self.once_more(&steps)?,
            (Some(before), Some(back)) if before.has_the_objects_of(&back) => {
                self.look_at_rows(&steps, &before, &back)?
            }
            (before, back) => self.look_closely(&steps, before.zip(back))?,
        };
        if let Class::Fails { on: Way::Up, .. } = class {
            self.failed.insert(id.clone(), id.clone());
        }
        self.tell(id, class);
        Ok(())
    }

    /// Up again from what was there before.
    fn once_more(&mut self, steps: &Steps) -> Result<Class, Error> {
        let class = match self.lanes.run(&steps.up)? {
            Ok(()) => Class::Exact,
            Err(failure) => {
                self.lanes.forget();
                Class::fails(Way::UpAgain, failure.error)
            }
        };
        self.lanes.in_effect(steps.up.clone());
        Ok(class)
    }

    /// For a way down that leads back to the same objects, with other rows in them or sequences that stand elsewhere.
    fn look_at_rows(&mut self, steps: &Steps, before: &Fingerprint, back: &Fingerprint) -> Result<Class, Error> {
        let undone = Finding::of_rows(before, back);
        if undone.is_wrong() {
            self.lanes.forget();
            self.lanes.in_effect(steps.up.clone());
            return Ok(undone.into_class(Way::Down));
        }
        if let Err(failure) = self.lanes.run(&steps.up)? {
            self.lanes.forget();
            self.lanes.in_effect(steps.up.clone());
            return Ok(verdict::class(undone, Err(failure.error)));
        }
        let again = self.lanes.fingerprint()?;
        // What comes next is tried where this has run up once, from where the sequences stood.
        self.lanes.go_back(&steps.down, before)?;
        if let Err(failure) = self.lanes.run(&steps.up)? {
            self.lanes.forget_if(failure.spoils);
            return Ok(Class::fails(Way::Up, failure.error));
        }
        match (self.lanes.fingerprint()?, again) {
            (Some(first), Some(again)) if first.has_the_objects_of(&again) => {
                self.lanes.in_effect(steps.up.clone());
                Ok(verdict::class(undone, Ok(Finding::of_counts(&first, &again))))
            }
            _ => match self.lanes.run(&steps.down)? {
                Ok(()) => {
                    let back = self.lanes.fingerprint()?;
                    self.look_closely(steps, back.map(|back| (before.clone(), back)))
                }
                Err(failure) => {
                    self.lanes.forget();
                    self.lanes.in_effect(steps.up.clone());
                    Ok(Class::fails(Way::Down, failure.error))
                }
            },
        }
    }

    /// Holds the trial, where the revision has run up and down, against the chain, where it has not run; then it runs up
    /// in both, and they are held against each other once more. Which rows there are is told by the trial's fingerprints,
    /// before the way up and after the way down.
    fn look_closely(
        &mut self,
        steps: &Steps,
        fingerprints: Option<(Fingerprint, Fingerprint)>,
    ) -> Result<Class, Error> {
        let deploy = self.options.deploy;
        let (mut before, mut back) = self.lanes.in_both(|build| lanes::look(build, deploy))?;
        if let Some(fingerprints) = fingerprints {
            before.rows = Some(fingerprints.0.rows().clone());
            back.rows = Some(fingerprints.1.rows().clone());
        }
        let undone = verdict::undone(before, back, self.lanes.trial()?.client());
        let again = match self.lanes.run_in_both(&steps.up)? {
            (Err(failure), _) => {
                self.lanes.forget();
                return Ok(Class::fails(Way::Up, failure.error));
            }
            (Ok(()), again) => again,
        };
        let repeated = match again {
            Ok(()) => {
                let (first, again) = self.lanes.in_both(|build| lanes::look(build, deploy))?;
                Ok(verdict::repeated(first, again, self.lanes.trial()?.client()))
            }
            Err(failure) => Err(failure.error),
        };
        let class = verdict::class(undone, repeated);
        if !matches!(class, Class::Exact) {
            self.lanes.forget();
        }
        Ok(class)
    }
}

/// Both ways of a revision.
struct Steps {
    up: Step,
    down: Step,
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
