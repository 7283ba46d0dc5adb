//! Reaching a PostgreSQL, and what revgraph keeps and does in it.

mod batch_loop;
mod client;
pub mod connect;
mod copy;
#[cfg(feature = "embedded")]
pub mod embedded;
mod error;
pub mod ledger;
mod leftover;
pub mod lock;
pub mod message;
pub mod quote;
pub mod run;
pub mod scratch;
mod session;
pub mod sources;
pub mod task;

pub use client::{Client, MessageError, OnNotice};
pub use error::{DatabaseError, ServerError};
pub use session::{Location, Notice, Observer, Session};
