//! What commands share that change the ledger and nothing else.

use crate::database::{Client, DatabaseError};
use crate::error::Error;

/// Sends a message that compares the ledger's generation before it changes anything. `failed` says what didn't happen when
/// it fails.
///
/// # Errors
/// [`Error::LedgerKeepsMoving`] where somebody else has changed the ledger since it was read; else what the server says.
pub fn write_ledger(client: &mut Client, message: &str, failed: &'static str) -> Result<(), Error> {
    match client.batch_execute(message).map_err(|error| DatabaseError::of(error, failed)) {
        Ok(()) => Ok(()),
        Err(DatabaseError::Server { error, .. }) if error.ledger_has_moved() => Err(Error::LedgerKeepsMoving),
        Err(other) => Err(other.into()),
    }
}
