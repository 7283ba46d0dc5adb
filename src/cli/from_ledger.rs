//! Leave to run what the ledger alone has, for commands that run again what has run: `drift` and `verify`.

use super::activity::Activity;
use super::context::Context;
use super::render::{WARN, styled};
use super::terminal::{ask_yes, say};
use crate::error::{FromLedger, only_in_ledger};
use crate::revision::RevisionId;

/// The option that gives leave.
#[derive(Debug, clap::Args)]
pub struct FromLedgerArgs {
    /// Where no file is what ran, run what the database's ledger keeps, whose checksums are verified; on a terminal you are
    /// asked instead. Whoever can write the ledger can have put it there: `revgraph check` names who can
    #[arg(long)]
    from_ledger: bool,
}

impl FromLedgerArgs {
    /// Whether these revisions may run by what the ledger keeps.
    pub fn allow(&self, revisions: &[RevisionId], context: &Context, activity: &Activity) -> bool {
        let what = only_in_ledger(revisions, FromLedger::AsTheyRan);
        if !self.from_ledger {
            activity.end();
            return ask_yes(&format!("{what}. Go on by what the ledger keeps, whose checksums match?"));
        }
        if !context.is_quiet() {
            say!("{}: {what}, and --from-ledger runs that", styled(WARN, "note"));
        }
        true
    }
}
