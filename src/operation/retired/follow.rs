//! A scratch database follows what has become of a database's retired objects since.

use crate::database::Client;
use crate::database::ledger::{Ledger, Retired};
use crate::error::Error;

/// Drops and brings back in a scratch what was purged and restored in a database: `retired` is what its ledger says.
///
/// # Errors
/// The scratch's ledger can't be read.
pub fn follow(scratch: &mut Client, ledger: &Ledger, retired: &[Retired]) -> Result<(), Error> {
    if !retired.iter().any(|one| one.restored_at.is_some() || one.purged_at.is_some()) {
        return Ok(());
    }
    let mut there: Vec<Retired> = mains(ledger.retired(scratch)?.into_iter()).collect();
    // What was retired last under a name there was so here.
    for one in mains(retired.iter().cloned()).collect::<Vec<_>>().iter().rev() {
        let Some(at) = there.iter().rposition(|other| other.object == one.object) else { continue };
        let number = there.remove(at).number;
        let change = match (&one.purged_at, &one.restored_at) {
            (Some(_), _) => format!("SELECT {}(ARRAY[{number}]::pg_catalog.int8[])", ledger.name("purge")),
            (None, Some(_)) => format!("SELECT {}({number})", ledger.name("bring_back")),
            (None, None) => continue,
        };
        // It may not go here because something else was changed there by hand: that is told as a difference then.
        let _ = scratch.batch_execute(&change);
    }
    Ok(())
}

/// The objects that sections name, without what was renamed along with them.
fn mains(retired: impl Iterator<Item = Retired>) -> impl Iterator<Item = Retired> {
    retired.filter(|retired| retired.part_of.is_none())
}
