//! Reaching a PostgreSQL, and what revgraph keeps and does in it.

mod backend;
mod batch_loop;
pub mod blockers;
mod cancel;
pub mod child;
mod client;
pub mod connect;
mod copy;
#[cfg(feature = "embedded")]
pub mod embedded;
mod error;
mod holder;
pub mod index_watch;
pub mod interrupt;
pub mod ledger;
mod leftover;
mod loan;
pub mod lock;
pub mod message;
pub mod outcome;
pub mod quote;
pub mod run;
pub mod scratch;
mod session;
pub mod sources;
pub mod task;

pub use backend::Backend;
pub use client::{Client, ClientError, Lender, MessageError, OnNotice};
pub use error::{DatabaseError, ServerError};
pub use holder::{Holder, acts_on_terminal};
pub use session::{Location, Notice, Observer, Session};
