//! What a database is: a canonical description of its schema, and how two of them differ.

pub mod dump;
mod snapshot;

pub use snapshot::{Attributes, Identity, Rows, Snapshot, TableRows, Unclaimed};
