//! What a database is: a canonical description of its schema, and how two of them differ.

mod compare;
mod ignore;
pub mod rows;
mod snapshot;

pub use compare::{AttributeChange, Changed, Difference, NotCompared, RowsDifference, Sides, compare};
pub use ignore::{Aspect, Ignore, UnknownAspect};
pub use snapshot::{Attributes, Identity, Rows, Snapshot, TableRows, Unclaimed};
