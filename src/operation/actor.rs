//! Who runs, for the ledger's events.

use crate::database::ledger::Actor;
use crate::error::Error;
use crate::revision::RevisionId;

/// This process, in a run of its own.
///
/// # Errors
/// The system gives no random numbers.
pub fn actor() -> Result<Actor, Error> {
    let run = RevisionId::random().map_err(|error| Error::Invalid {
        message: format!("the system gives no random numbers: {error}"),
        help: "revgraph needs them to tell its own notices from others'".to_owned(),
    })?;
    Ok(Actor {
        run: run.to_string(),
        host: gethostname::gethostname().to_string_lossy().into_owned(),
        client: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
