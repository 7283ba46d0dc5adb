//! What a database is: a canonical description of its schema, and how two of them differ.

mod catalog;
mod census;
mod grants;
mod inherit;
mod read;
mod row;
mod snapshot;

pub use read::{ReadOptions, read};
pub use snapshot::{Attributes, Identity, Rows, Snapshot, TableRows, Unclaimed};
