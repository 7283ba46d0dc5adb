//! `stamp`: write the ledger without running SQL.

use crate::database::DatabaseError;
use crate::database::ledger::{Ledger, LedgerState, install};
use crate::database::lock::{read_locked, wait_for_lock};
use crate::error::Error;
use crate::graph::{Direction, Plan, Target, plan_stamp};
use crate::operation::deploy::{Deployment, chain, entry};
use crate::revision::RevisionId;

impl Deployment<'_> {
    /// Makes the ledger say that the database is at the targets; with `purge`, whatever it said before. What is
    /// unfinished is forgotten: whoever stamps answers for it.
    pub fn stamp(&mut self, targets: &[Target], purge: bool) -> Result<Plan, Error> {
        let ledger = self.options.ledger();
        let mut state = read_locked(self.session.client(), &ledger)?;
        if !state.locked {
            let attendant = &mut *self.attendant;
            wait_for_lock(self.session.client(), &ledger, self.options.lock_wait, &mut |holder| {
                attendant.waiting(holder)
            })?;
            state = ledger.read(self.session.client(), false)?;
        }
        let (plan, gaps) = self.plan_stamp(&state, targets, purge)?;
        let go: Vec<RevisionId> = match purge {
            true => state.applied.keys().cloned().collect(),
            false => of(&plan, Direction::Down),
        };
        // What the ledger lacks below what stays comes too: then it is closed again.
        let mut come = of(&plan, Direction::Up);
        come.extend(gaps.into_iter().filter(|id| !purge && !go.contains(id)));
        if go.is_empty() && come.is_empty() && state.unfinished.is_empty() {
            return Ok(plan);
        }
        if Ledger::needs_install(&state) {
            install(self.session.client(), ledger.schema()).map_err(|error| DatabaseError::Install(chain(&error)))?;
            let made = ledger.read(self.session.client(), false)?;
            if made.generation != state.generation {
                return Err(Error::LedgerKeepsMoving);
            }
            state = made;
        }
        self.write_stamp(&ledger, &state, &go, &come)?;
        Ok(plan)
    }

    /// The plan, and the revisions that the ledger lacks though others in effect need them.
    fn plan_stamp(
        &self,
        state: &LedgerState,
        targets: &[Target],
        purge: bool,
    ) -> Result<(Plan, Vec<RevisionId>), Error> {
        let graph = &self.history.graph;
        let applied = match purge {
            true => graph.state_at([]),
            false => graph.state_of(state.applied.keys().cloned()),
        };
        if !applied.unknown().is_empty() {
            return Err(Error::Missing(applied.unknown().to_vec()));
        }
        Ok((plan_stamp(&applied, targets)?, applied.gaps().to_vec()))
    }

    fn write_stamp(
        &mut self,
        ledger: &Ledger,
        state: &LedgerState,
        go: &[RevisionId],
        come: &[RevisionId],
    ) -> Result<(), Error> {
        let lineages = self.history.lineages();
        let entries: Vec<_> =
            come.iter().filter_map(|id| entry(self.history, &lineages, self.history.get(id)?)).collect();
        let message = ledger.stamp(self.actor, state.generation, go, &entries);
        match self.session.client().batch_execute(&message) {
            Ok(()) => Ok(()),
            Err(error) => match DatabaseError::of(error, "the stamp can't be written") {
                DatabaseError::Server { error, .. } if error.ledger_has_moved() => Err(Error::LedgerKeepsMoving),
                other => Err(other.into()),
            },
        }
    }
}

fn of(plan: &Plan, direction: Direction) -> Vec<RevisionId> {
    plan.steps.iter().filter(|step| step.direction == direction).map(|step| step.revision.clone()).collect()
}
