//! revgraph: a revision manager for PostgreSQL whose history is a versioned graph.

pub mod database;
mod error;
pub mod graph;
pub mod operation;
mod program;
pub mod project;
pub mod revision;
pub mod schema;

pub use error::{Change, Error, StepFailure, count, list};
pub use operation::deploy::Deployed;
pub use program::{Deploy, Event, Server};
pub use project::Project;

#[doc(hidden)]
pub mod cli;

#[doc(hidden)]
pub mod __private {
    //! What [`embed!`](crate::embed) comes to. No part of the interface.
    pub use crate::project::EmbeddedFolder;
    pub use rust_embed;
}
