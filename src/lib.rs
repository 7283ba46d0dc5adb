//! revgraph: a revision manager for PostgreSQL whose history is a versioned graph.

pub mod database;
mod error;
pub mod graph;
pub mod operation;
pub mod project;
pub mod revision;
pub mod schema;

pub use error::{Change, Error, StepFailure, count, list};

#[doc(hidden)]
pub mod cli;
