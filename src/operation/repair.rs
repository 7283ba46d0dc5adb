//! `repair`: what is wrong in a ledger, and mending it.

mod lineage;
mod look;
mod mend;

pub use look::{Diagnosis, ForeignRow, IdleHolder, StoppedAt, diagnose};
pub use mend::{Mends, Repaired};
