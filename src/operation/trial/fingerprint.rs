//! Whether anything has changed in a database, at a small part of what a snapshot costs.

use crate::database::ledger::{Ledger, result_sets};
use crate::database::message::BEGIN;
use crate::database::quote;
use crate::database::{Client, DatabaseError};

const FUNCTION: &str = include_str!("fingerprint.sql");
const DOING: &str = "the scratch's fingerprint can't be taken";

/// Makes the function that takes fingerprints, beside the ledger of a scratch in which no revision has run yet.
pub fn prepare(client: &mut Client, ledger: &Ledger) -> Result<(), DatabaseError> {
    let schema = quote::literal(&quote::identifier(ledger.schema()));
    let text = format!("{BEGIN}SET LOCAL search_path = pg_catalog;\n{}\nCOMMIT", FUNCTION.replace("{schema}", &schema));
    client.batch_execute(&text).map_err(|error| DatabaseError::of(error, DOING))
}

/// Takes one. Equal ones of the same scratch mean that nothing has changed in between. None where the server can't say,
/// because a revision has broken what it takes.
pub fn take(client: &mut Client, ledger: &Ledger) -> Option<String> {
    let messages = client.simple_query(&format!("SELECT {}()", ledger.name("fingerprint"))).ok()?;
    Some(result_sets(messages).first()?.first()?.get(0)?.to_owned())
}
