//! The ledger is made, or brought up to date, by the first deployment that needs it.

use std::iter::successors;
use std::time::Duration;

use postgres::error::{DbError, SqlState};

use super::Deployment;
use crate::database::ledger::{Ledger, LedgerState, install};
use crate::database::{DatabaseError, interrupt};
use crate::error::Error;

/// Whether somebody else has changed a ledger since it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// What was planned holds.
    No,
    /// It is to be planned anew.
    Meanwhile,
}

impl Deployment<'_> {
    /// Makes the ledger where it is wanted, and reads it then.
    pub(in crate::operation) fn install(&mut self, ledger: &Ledger, state: &mut LedgerState) -> Result<Moved, Error> {
        if !Ledger::needs_install(state) {
            return Ok(Moved::No);
        }
        self.make_ledger(ledger)?;
        let made = ledger.read(self.session.client(), false)?;
        // Whoever had the lock while we looked for a ledger may have made it, and have used it.
        let moved = if made.generation == state.generation { Moved::No } else { Moved::Meanwhile };
        *state = made;
        Ok(moved)
    }

    /// Makes the ledger. Behind a proxy, where no lock is held, others may be making it at the same time: then one of
    /// them comes through.
    fn make_ledger(&mut self, ledger: &Ledger) -> Result<(), Error> {
        for _ in 0..INSTALLING {
            let client = self.session.client();
            let Err(error) = install(client, ledger) else { return Ok(()) };
            if !is_race(&error) {
                return Err(DatabaseError::of_install(&error).into());
            }
            let rollback = client.batch_execute("ROLLBACK");
            rollback.map_err(|error| DatabaseError::of(error, "the ledger is made by somebody else"))?;
            interrupt::pause(INSTALL_AGAIN)?;
            if !Ledger::needs_install(&ledger.read(client, false)?) {
                return Ok(());
            }
        }
        install(self.session.client(), ledger).map_err(|error| DatabaseError::of_install(&error).into())
    }
}

/// How often the ledger is made anew while others do the same.
const INSTALLING: usize = 10;
const INSTALL_AGAIN: Duration = Duration::from_millis(20);

/// Whether the ledger could not be made because somebody else made the same thing at the same moment: what IF NOT EXISTS
/// did not see yet, a unique index of the catalog refuses.
fn is_race(error: &refinery::Error) -> bool {
    let causes = successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source());
    let mut codes = causes.filter_map(|cause| cause.downcast_ref::<DbError>()).map(DbError::code);
    codes.any(|code| {
        [
            SqlState::UNIQUE_VIOLATION,
            SqlState::DUPLICATE_SCHEMA,
            SqlState::DUPLICATE_TABLE,
            SqlState::DUPLICATE_FUNCTION,
            SqlState::DUPLICATE_OBJECT,
            // "tuple concurrently updated"
            SqlState::INTERNAL_ERROR,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::LOCK_NOT_AVAILABLE,
        ]
        .contains(code)
    })
}
