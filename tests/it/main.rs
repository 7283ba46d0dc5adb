//! The integration tests: a module a capability, one binary, one private server.

// What a test's helper does may fail like the test itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod archive;
mod backup;
mod baselines;
mod batch;
mod catalog;
mod ci;
mod completions;
mod conformance;
mod connect;
mod deployers;
mod diff;
mod docs;
mod drift;
mod dry_run;
mod edited;
#[cfg(feature = "embedded")]
mod embedded;
mod examples;
mod failure;
mod faults;
mod from_ledger;
mod fuzz;
mod graph_errors;
mod graph_laws;
mod guide;
mod harness;
mod help;
mod hijacked;
mod hooks;
mod hostile;
mod incident;
mod interrupted;
mod library;
mod lint;
mod load;
mod locks;
mod losses;
mod malformed;
mod manual;
mod new_revision;
mod output;
mod outside;
mod pictures;
mod pooler;
mod progress;
mod recover;
mod repair;
mod retire;
mod round_trips;
mod scratch;
mod script;
mod session;
mod signals;
mod squash;
mod stamp;
mod stopped;
mod systems;
mod test_command;
mod upgrade;
mod verify;
mod views;
