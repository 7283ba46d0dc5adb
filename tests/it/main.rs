//! The integration tests: a module a capability, one binary, one private server.

// What a test's helper does may fail like the test itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod archive;
mod baselines;
mod catalog;
mod conformance;
mod connect;
mod deployers;
mod diff;
mod drift;
mod dry_run;
mod edited;
#[cfg(feature = "embedded")]
mod embedded;
mod failure;
mod fuzz;
mod graph_errors;
mod graph_laws;
mod guide;
mod harness;
mod lint;
mod malformed;
mod new_revision;
mod outside;
mod progress;
mod round_trips;
mod scratch;
mod script;
mod session;
mod squash;
mod stamp;
mod test_command;
mod upgrade;
mod views;
