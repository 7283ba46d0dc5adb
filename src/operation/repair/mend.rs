//! Mending a ledger: one transaction with the compare-and-swap, under the deployers' lock.

use serde::Serialize;

use super::lineage::relined;
use crate::database::ledger::{Entry, GraphRow, Ledger, LedgerState, Repair};
use crate::error::{Error, count};
use crate::operation::baseline::entry;
use crate::operation::deploy::Deployment;
use crate::operation::from_ledger::kept;
use crate::operation::write_ledger::write_ledger;
use crate::project::{History, View};
use crate::revision::RevisionId;

/// What is to be mended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mends {
    /// Revisions in effect whose files were edited, and that is agreed: the file counts as what ran. A baseline that a
    /// database can't adopt, for it has another history: that counts as the one that it stands for.
    pub accept: Vec<RevisionId>,
    /// Revisions that have begun and not ended: they have not begun.
    pub forget: Vec<RevisionId>,
}

/// What was mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repaired {
    /// Revisions whose file counts as what ran.
    pub accepted: Vec<RevisionId>,
    /// Revisions that have another lineage now; they stand on one of those, or are one.
    pub lineages: Vec<RevisionId>,
    /// Revisions that are not unfinished any more.
    pub forgotten: Vec<RevisionId>,
}

impl Deployment<'_> {
    /// Mends the ledger. No SQL of a revision runs.
    ///
    /// # Errors
    /// Nothing is there to mend of what was asked for; nobody agreed; somebody else changed the ledger meanwhile.
    pub fn repair(&mut self, mends: &Mends) -> Result<Repaired, Error> {
        let ledger = self.options.ledger();
        let state = self.lock_and_read(&ledger)?;
        let repair = self.prepare(mends, &ledger, &state)?;
        let repaired = Repaired {
            accepted: mends.accept.clone(),
            lineages: repair.lineages.iter().map(|(id, _)| id.clone()).collect(),
            forgotten: repair.forget.clone(),
        };
        let question = question(mends, &repair);
        if !self.attendant.agrees(&question) {
            return Err(Error::NotAgreed(question));
        }
        let message = ledger.repair(self.actor, state.generation, &repair);
        write_ledger(self.session.client(), &message, "the repair can't be written")?;
        Ok(repaired)
    }

    fn prepare(&mut self, mends: &Mends, ledger: &Ledger, state: &LedgerState) -> Result<Repair, Error> {
        if let Some(id) = mends.forget.iter().find(|id| state.unfinished.iter().all(|one| one.revision != **id)) {
            return Err(nothing_to_mend(format!("{id} is not unfinished")));
        }
        let about = mends.accept.iter().chain(&mends.forget).cloned().collect();
        let mut repair = Repair { forget: mends.forget.clone(), about, ..Repair::default() };
        if mends.accept.is_empty() {
            return Ok(repair);
        }
        let completed = match self.history.check_complete() {
            Ok(()) => None,
            Err(_) => Some(self.history.completed(kept(self.history, self.session.client(), ledger, state)?)?),
        };
        let history = completed.as_ref().unwrap_or(self.history);
        let mut rows = ledger.graph_rows(self.session.client())?;
        for id in &mends.accept {
            match accepted(history, id, state)? {
                Accepted::Text(entry) => {
                    put(&mut rows, &entry);
                    repair.accept.push(*entry);
                }
                Accepted::Lineage(sink, lineage) => {
                    rows.iter_mut().filter(|row| row.id == sink).for_each(|row| row.lineage = Some(lineage));
                    repair.lineages.push((sink, lineage));
                }
            }
        }
        let changed: Vec<RevisionId> = repair.accept.iter().map(|entry| entry.id.clone()).collect();
        let given: Vec<RevisionId> = repair.lineages.iter().map(|(id, _)| id.clone()).collect();
        repair.lineages.extend(relined(&rows, &changed, &given));
        for entry in repair.accept.iter_mut().filter(|entry| entry.replaces.is_empty()) {
            // Not by the files, of which others may be edited too and not be accepted.
            let written = repair.lineages.iter().find(|(id, _)| *id == entry.id).map(|(_, lineage)| *lineage);
            entry.lineage = written.or_else(|| state.applied.get(&entry.id)?.lineage);
        }
        let ran = ledger.stored(self.session.client(), &changed)?;
        let same = |entry: &Entry| {
            let row = state.applied.get(&entry.id);
            let text = ran.iter().any(|ran| ran.id == entry.id && ran.source.text() == entry.source.text());
            text && row.is_some_and(|row| row.up == entry.up && row.down == entry.down)
        };
        if let Some(entry) = repair.accept.iter().find(|entry| same(entry) && repair.lineages.is_empty()) {
            return Err(nothing_to_mend(format!("the ledger has {} as its file says", entry.id)));
        }
        Ok(repair)
    }
}

/// What is accepted of a revision.
enum Accepted {
    /// Its file.
    Text(Box<Entry>),
    /// That what a database has at a baseline's sink is the history that the baseline stands for.
    Lineage(RevisionId, crate::revision::Checksum),
}

fn accepted(history: &History, id: &RevisionId, state: &LedgerState) -> Result<Accepted, Error> {
    let live = history.get(id);
    let Some(_) = state.applied.get(id) else {
        let sink = live.and_then(|baseline| baseline.replaces.last().cloned().zip(baseline.lineage));
        return match sink.filter(|(sink, _)| state.applied.contains_key(sink)) {
            Some((sink, lineage)) => Ok(Accepted::Lineage(sink, lineage)),
            None => Err(nothing_to_mend(format!("{id} is not in effect"))),
        };
    };
    let view = opened(history, id)?;
    let revision = view.get(id).filter(|revision| !view.kept().is_some_and(|kept| kept.gave(revision)));
    let found = revision.and_then(|revision| entry(&view, &view.lineages(), revision));
    let found = found.ok_or_else(|| nothing_to_mend(format!("{id} has no file that could be accepted")))?;
    // What brought the row stays as it is; its lineage is computed from the rows below.
    Ok(Accepted::Text(Box::new(found)))
}

/// The history with the baselines expanded that a revision is inside of.
fn opened<'h>(history: &'h History, id: &RevisionId) -> Result<View<'h>, Error> {
    let mut view = View::Collapsed(history);
    while view.get(id).is_none() {
        let around = view.graph.baselines().find(|baseline| baseline.node().replaces.contains(id));
        let Some(baseline) = around.map(|baseline| baseline.id().clone()) else { break };
        view = View::Expanded(Box::new(view.expanded(&[baseline])?));
    }
    Ok(view)
}

/// The row as it will be.
fn put(rows: &mut [GraphRow], entry: &Entry) {
    for row in rows.iter_mut().filter(|row| row.id == entry.id) {
        row.parents = entry.parents.clone();
        row.depends_on = entry.depends_on.clone();
        row.replaces = entry.replaces.clone();
        row.up = entry.up;
    }
}

/// What is asked before it is written.
fn question(mends: &Mends, repair: &Repair) -> String {
    let mut parts = Vec::new();
    if !mends.accept.is_empty() {
        let ids = crate::error::list(&mends.accept);
        let lineages = count(repair.lineages.len(), "lineage");
        parts.push(format!("take what the files say of {ids} as what ran, and write {lineages}"));
    }
    if !mends.forget.is_empty() {
        parts.push(format!("forget that {} began", crate::error::list(&mends.forget)));
    }
    parts.join("; ")
}

fn nothing_to_mend(message: String) -> Error {
    Error::Invalid { message, help: "`revgraph repair` shows what is wrong, and what mends it".to_owned() }
}
