//! What a database is: a canonical description of its schema, and how two of them differ.

mod catalog;
mod census;
mod compare;
pub mod dump;
mod grants;
mod ignore;
mod inherit;
mod read;
mod row;
pub mod rows;
mod settle;
mod snapshot;

pub use compare::{AttributeChange, Changed, Difference, NotCompared, RowsDifference, Sides, compare};
pub use ignore::{Aspect, Ignore, UnknownAspect};
pub use read::{ReadOptions, read};
pub use settle::{Settled, settle};
pub use snapshot::{Attributes, Identity, Rows, Snapshot, TableRows, Unclaimed};
