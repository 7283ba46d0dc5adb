//! What the `[retire]` sections of a plan will do, before it runs: who still uses what goes away, and whether what is to
//! come back is still there.

use std::collections::HashMap;

use serde::Serialize;

use crate::database::ledger::{Ledger, Retired, Unfinished, found, result_sets};
use crate::database::message::OWN_NAMES;
use crate::database::quote::literal;
use crate::database::task::{Task, retirees, way};
use crate::database::{Client, DatabaseError};
use crate::error::Error;
use crate::graph::{Action, Direction, Plan, Step};
use crate::project::History;
use crate::revision::{Retiree, RetireeKind, Revision, RevisionId, SectionKind};

/// A revision of a plan that may have `[retire]` sections.
#[derive(Debug, Clone, Copy)]
pub struct Passage<'r> {
    /// The revision.
    pub revision: &'r Revision,
    /// Which way it runs.
    pub direction: Direction,
    /// How many of its sections are done already, by a run that stopped.
    pub done: usize,
}

/// What a plan does with an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retiring {
    /// The revision.
    pub revision: RevisionId,
    /// Up: it goes away; down: it comes back.
    pub direction: Direction,
    /// The object, as the section names it.
    pub object: String,
    /// On the way up: whether it is there now. An earlier revision of the plan may make it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_there: Option<bool>,
    /// On the way up: what uses it, and goes on using it under its other name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<String>,
    /// On the way up: functions that have its name in their text, which will not find it any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub named_by: Vec<String>,
    /// On the way down: what it is called now; none where somebody has brought it back already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    /// On the way down: the object, and all that was renamed along with it, as the ledger has them; nothing where somebody
    /// has brought it back already.
    #[serde(skip)]
    pub(in crate::operation) returns: Vec<Retired>,
}

/// What a plan does with the objects of its `[retire]` sections. Costs a round trip for each direction in which there are
/// any, and none otherwise.
///
/// # Errors
/// [`Error::RetiredLost`] where something is to come back that was purged, or that the ledger doesn't know of.
pub fn retirings(client: &mut Client, ledger: &Ledger, passages: &[Passage<'_>]) -> Result<Vec<Retiring>, Error> {
    let mut retirings = returning(client, ledger, passages)?;
    let is_up = |passage: &&Passage<'_>| passage.direction == Direction::Up;
    let going: Vec<Retiree> = passages.iter().filter(is_up).flat_map(|passage| passage.retirees()).collect();
    if !going.is_empty() {
        let mut uses = uses(client, ledger, &going)?;
        let mut up = retirings.iter_mut().filter(|retiring| retiring.direction == Direction::Up);
        for (number, retiring) in up.by_ref().enumerate() {
            let found = uses.remove(&number);
            retiring.is_there = Some(found.is_some());
            (retiring.used_by, retiring.named_by) = found.unwrap_or_default();
        }
    }
    Ok(retirings)
}

/// The same without looking at what goes away: a round trip if anything comes back.
///
/// # Errors
/// As [`retirings`].
pub fn returning(client: &mut Client, ledger: &Ledger, passages: &[Passage<'_>]) -> Result<Vec<Retiring>, Error> {
    let mut retirings = named(passages);
    if retirings.iter().any(|retiring| retiring.direction == Direction::Down) {
        come_back(&mut retirings, passages, ledger.retired(client)?)?;
    }
    Ok(retirings)
}

/// The same without a database: what the files say.
pub fn named(passages: &[Passage<'_>]) -> Vec<Retiring> {
    let of_passage = |passage: &Passage<'_>| -> Vec<Retiring> {
        let retiring = |retiree: &Retiree| Retiring {
            revision: passage.revision.id.clone(),
            direction: passage.direction,
            object: retiree.to_string(),
            is_there: None,
            used_by: Vec::new(),
            named_by: Vec::new(),
            backup: None,
            returns: Vec::new(),
        };
        passage.retirees().iter().map(retiring).collect()
    };
    passages.iter().flat_map(of_passage).collect()
}

impl<'r> Passage<'r> {
    /// The revisions that a plan runs; of those that have begun, what is left.
    pub fn of_plan(history: &'r History, plan: &Plan, unfinished: &[Unfinished]) -> Vec<Passage<'r>> {
        let passage = |step: &Step| match step.action {
            Action::Run(direction) => Some(Passage {
                revision: history.get(&step.revision)?,
                direction,
                done: Unfinished::begins(unfinished, &step.revision, direction).0,
            }),
            Action::Adopt | Action::Expand => None,
        };
        plan.steps.iter().filter_map(passage).collect()
    }

    /// The revisions of tasks, the first of which has `done` so many of its sections already.
    pub fn of_tasks(tasks: &'r [Task<'_>], done: usize) -> Vec<Passage<'r>> {
        let passage = |(index, task): (usize, &'r Task<'_>)| {
            let run = task.run()?;
            let done = if index == 0 { done } else { 0 };
            Some(Passage { revision: run.revision, direction: run.direction, done })
        };
        tasks.iter().enumerate().filter_map(passage).collect()
    }

    /// The objects of its sections, in the order in which they go or come.
    fn retirees(&self) -> Vec<Retiree> {
        let left = way(self.revision, self.direction).into_iter().skip(self.done);
        let retires = left.filter(|section| section.kind == SectionKind::Retire);
        retires.flat_map(|section| retirees(self.revision, self.direction, section)).collect()
    }
}

/// Finds for each object that comes back what the ledger knows of it, as the server will: what is nearest to its revision,
/// and of that what was retired last.
fn come_back(retirings: &mut [Retiring], passages: &[Passage<'_>], known: Vec<Retired>) -> Result<(), Error> {
    let (mut known, parts): (Vec<Retired>, Vec<Retired>) = known.into_iter().partition(|it| it.part_of.is_none());
    let mut lost = Vec::new();
    for retiring in retirings.iter_mut().filter(|retiring| retiring.direction == Direction::Down) {
        let last = nearest(&known, retiring, passages).map(|at| known.remove(at));
        let why = match last {
            Some(Retired { restored_at: Some(_), purged_at: None, .. }) => continue,
            Some(retired @ Retired { purged_at: None, .. }) => {
                let parts = parts.iter().filter(|part| part.part_of == Some(retired.number)).cloned();
                retiring.backup = Some(retired.backup.clone());
                retiring.returns = std::iter::once(retired.clone()).chain(parts).collect();
                continue;
            }
            Some(Retired { purged_at: Some(at), .. }) => format!("was purged at {at}"),
            None => "is not among what this ledger knows to be retired".to_owned(),
        };
        lost.push((retiring.revision.clone(), format!("{} {why}", retiring.object)));
    }
    if lost.is_empty() { Ok(()) } else { Err(Error::RetiredLost(lost)) }
}

/// The number in the list of what an object is that comes back.
fn nearest(known: &[Retired], retiring: &Retiring, passages: &[Passage<'_>]) -> Option<usize> {
    let passage = passages.iter().find(|passage| passage.revision.id == retiring.revision);
    let replaced = passage.map_or(&[][..], |passage| &passage.revision.replaces);
    let nearness = |retired: &Retired| retired.nearness(&retiring.revision, replaced);
    let called_so = known.iter().enumerate().filter(|(_, retired)| retired.object == retiring.object);
    let its = called_so.map(|(at, retired)| (nearness(retired), at)).filter(|(nearness, _)| *nearness > 0);
    its.max().map(|(_, at)| at)
}

/// What uses an object, and the functions that name it.
type Uses = (Vec<String>, Vec<String>);

/// Who uses objects, by their numbers in the list; an object that isn't there has no entry.
fn uses(client: &mut Client, ledger: &Ledger, retirees: &[Retiree]) -> Result<HashMap<usize, Uses>, DatabaseError> {
    let object = |(number, retiree): (usize, &Retiree)| {
        let (_, column) = found(retiree);
        let class = match retiree.kind {
            RetireeKind::Type => "pg_type",
            RetireeKind::Function | RetireeKind::Procedure => "pg_proc",
            _ => "pg_class",
        };
        let name = retiree.names.last().map(String::as_str).unwrap_or_default();
        let relation = if column.is_some() { retiree.names.iter().rev().nth(1) } else { None };
        let text = |text: Option<&str>| text.map_or("NULL".to_owned(), literal);
        format!(
            "({number}, '{class}'::regclass, (current_setting('revgraph.objects')::oid[])[{}], {}, {}, {})",
            number + 1,
            text(column),
            literal(name),
            text(relation.map(String::as_str))
        )
    };
    let objects: Vec<String> = retirees.iter().enumerate().map(object).collect();
    let oids: Vec<String> = retirees.iter().map(|retiree| found(retiree).0).collect();
    // The objects are looked for by the session's search path; what is read of the catalogs is not.
    let query = format!(
        "SELECT pg_catalog.set_config('revgraph.objects', ARRAY[{}]::pg_catalog.oid[]::pg_catalog.text, true);\n{OWN_NAMES}{}",
        oids.join(", "),
        include_str!("uses.sql")
            .replace("{ledger}", &literal(ledger.schema()))
            .replace("{objects}", &objects.join(", "))
    );
    let doing = "what still uses the retired objects can't be read";
    let messages = client.simple_query(&query).map_err(|error| DatabaseError::of(error, doing))?;
    let mut uses: HashMap<usize, Uses> = HashMap::new();
    for row in result_sets(messages).iter().skip(2).flatten() {
        let Some(number) = row.get(0).and_then(|number| number.parse().ok()) else { continue };
        let (used_by, named_by) = uses.entry(number).or_default();
        match (row.get(1), row.get(2)) {
            (Some("uses"), Some(user)) => used_by.push(user.to_owned()),
            (Some(_), Some(user)) => named_by.push(user.to_owned()),
            _ => {}
        }
    }
    Ok(uses)
}
