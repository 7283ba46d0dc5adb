//! `stamp`: write the ledger without running SQL.

use crate::database::ledger::{Entry, Stamp};
use crate::error::Error;
use crate::graph::{Action, Direction, Plan, Rows, Step, Target, plan_stamp};
use crate::operation::baseline::{check_adoptions, entry, members, overlay_up};
use crate::operation::deploy::{Deployment, Messages, Moved, messages_of};
use crate::operation::write_ledger::write_ledger;
use crate::project::History;
use crate::revision::RevisionId;

/// What a stamp came to.
#[derive(Debug)]
pub struct Stamped {
    /// The revisions that came and went.
    pub plan: Plan,
    /// Their messages.
    pub messages: Messages,
    /// Whether the ledger was written. It wasn't if it said all of it before.
    pub written: bool,
}

impl Deployment<'_> {
    /// Makes the ledger say that the database is at the targets; with `purge`, whatever it said before. What is
    /// unfinished is forgotten: whoever stamps answers for it.
    pub fn stamp(&mut self, targets: &[Target], purge: bool) -> Result<Stamped, Error> {
        let ledger = self.options.ledger();
        let mut state = self.lock_and_read(&ledger)?;
        let rows = if purge { Rows::default() } else { state.rows() };
        let view = overlay_up(self.history, &rows, targets)?;
        let applied = view.graph.state_of(&rows);
        if !applied.unknown().is_empty() {
            return Err(Error::Missing(applied.unknown().to_vec()));
        }
        let plan = plan_stamp(&applied, targets)?;
        check_adoptions(&view, self.session.client(), &ledger, &state, &plan)?;
        let mut stamp = stamp(&view, &plan, applied.gaps())?;
        if purge {
            stamp.go = state.rows().ids();
            stamp.events.splice(..0, stamp.go.iter().map(|id| ("stamp away", id.clone())));
        }
        let messages = messages_of(&view, &plan);
        if stamp.events.is_empty() && state.unfinished.is_empty() {
            return Ok(Stamped { plan, messages, written: false });
        }
        if self.install(&ledger, &mut state)? == Moved::Meanwhile {
            return Err(Error::LedgerKeepsMoving);
        }
        let message = ledger.stamp(self.actor, state.generation, &stamp);
        write_ledger(self.session.client(), &message, "the stamp can't be written")?;
        Ok(Stamped { plan, messages, written: true })
    }
}

/// What a plan changes in the ledger. What the ledger lacks below what stays, `gaps`, comes too: then it is closed again.
fn stamp(history: &History, plan: &Plan, gaps: &[RevisionId]) -> Result<Stamp, Error> {
    let lineages = history.lineages();
    let mut stamp = Stamp::default();
    let entry_of = |id: &RevisionId| entry(history, &lineages, history.get(id)?);
    for Step { action, revision: id } in &plan.steps {
        match action {
            Action::Run(Direction::Up) => come(history, &mut stamp, id, entry_of(id))?,
            Action::Run(Direction::Down) => {
                stamp.go.push(id.clone());
                stamp.go.extend(history.get(id).map(|revision| revision.replaces.clone()).unwrap_or_default());
                stamp.events.push(("stamp away", id.clone()));
            }
            Action::Adopt => {
                stamp.come.extend(entry_of(id));
                stamp.events.push(("adopt", id.clone()));
            }
            Action::Expand => {
                stamp.expand.push(id.clone());
                stamp.events.push(("expand", id.clone()));
            }
        }
    }
    let staying: Vec<&RevisionId> = gaps.iter().filter(|id| !stamp.go.contains(id)).collect();
    for id in staying {
        come(history, &mut stamp, id, entry_of(id))?;
    }
    Ok(stamp)
}

/// A revision comes, and all that it stands for.
fn come(history: &History, stamp: &mut Stamp, id: &RevisionId, entry: Option<Entry>) -> Result<(), Error> {
    let (Some(entry), Some(revision)) = (entry, history.get(id)) else { return Ok(()) };
    if !revision.replaces.is_empty() {
        history.proved(revision)?;
        stamp.come.extend(members(history, revision)?);
    }
    stamp.come.push(entry);
    stamp.events.push(("stamp", id.clone()));
    Ok(())
}
