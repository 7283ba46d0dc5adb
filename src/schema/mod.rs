//! What a database is: a canonical description of its schema, and how two of them differ.

mod catalog;
mod grants;
mod read;
mod row;
mod snapshot;

pub use read::{ReadOptions, read};
pub use snapshot::{Attributes, Identity, Rows, Snapshot, TableRows, Unclaimed};
