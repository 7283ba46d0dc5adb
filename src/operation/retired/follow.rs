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
    let mut purged = Vec::new();
    // It may not come or go here because something else was changed there by hand: that is told as a difference then.
    let mut change = |sql: String| scratch.batch_execute(&sql).is_ok();
    // What was retired last under a name there was so here.
    for one in mains(retired.iter().cloned()).collect::<Vec<_>>().iter().rev() {
        let called_so = there.iter().enumerate().filter(|(_, other)| other.object == one.object);
        let Some((at, _)) = called_so.max_by_key(|(_, other)| other.revision == one.revision) else { continue };
        let number = there.remove(at).number.to_string();
        if one.purged_at.is_some() {
            purged.push(number);
        } else if one.restored_at.is_some() {
            change(format!("SELECT {}({number})", ledger.name("bring_back")));
        }
    }
    // Together, for one may use another; only if that can't be, those that can go.
    let purge = |numbers: &str| format!("SELECT {}(ARRAY[{numbers}]::pg_catalog.int8[])", ledger.name("purge"));
    if !change(purge(&purged.join(", "))) {
        purged.iter().for_each(|number| {
            change(purge(number));
        });
    }
    Ok(())
}

/// The objects that sections name, without what was renamed along with them.
fn mains(retired: impl Iterator<Item = Retired>) -> impl Iterator<Item = Retired> {
    retired.filter(|retired| retired.part_of.is_none())
}
