//! revgraph: a revision manager for PostgreSQL whose history is a versioned graph.
//!
//! This is its library: for programs that bring their database up to date when they start, for those that won't start on
//! one that is behind, and for tests that want a database as the program has it. Revisions themselves, plain SQL files,
//! and the command line that writes, squashes and checks them are told of in the README.
//!
//! # A program that migrates when it starts
//!
//! ```no_run
//! use postgres::{Client, NoTls};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut client = Client::connect("postgres://app@localhost/app", NoTls)?;
//!     let project = revgraph::embed!("revisions");
//!     let deployed = project.upgrade(&mut client, "heads")?;
//!     println!("{deployed}"); // 2 revisions in 31 ms; now at 3f9a1c0b7d2e
//!     Ok(())
//! }
//! ```
//!
//! [`embed!`] makes the revisions a part of the program. [`Project::find`] takes them from a folder instead, with the
//! settings of its `revgraph.toml`; everything else is the same. If a baseline has replaced some of them, give the archive
//! too: `embed!("revisions", archive: "archive")`. And a `build.rs` of a few lines has cargo see a new file: see [`embed!`].
//!
//! With `tokio-postgres` it is [`Project::upgrade_async`]:
//!
//! ```no_run
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! # let project = revgraph::embed!("revisions");
//! use tokio_postgres::NoTls;
//!
//! let (mut client, connection) =
//!     tokio_postgres::connect("postgres://app@localhost/app", NoTls).await?;
//! tokio::spawn(connection);
//! project.upgrade_async(&mut client, "heads").await?;
//! # Ok(()) }
//! ```
//!
//! What is to be otherwise than usual is said with the target:
//!
//! ```no_run
//! # use std::time::Duration;
//! use revgraph::Deploy;
//! # fn start(project: &revgraph::Project, client: &mut postgres::Client) -> Result<(), revgraph::Error> {
//! let deploy = Deploy::to("heads")
//!     .lock_wait(Duration::from_secs(300)) // for another instance that migrates
//!     .on_event(|event| eprintln!("{event}"));
//! project.upgrade(client, deploy)?;
//! # Ok(()) }
//! ```
//!
//! # What you call
//!
//! | | `postgres::Client` | `tokio_postgres::Client` | a connection of revgraph's own |
//! |---|---|---|---|
//! | run what is lacking | [`upgrade`](Project::upgrade) | [`upgrade_async`](Project::upgrade_async) | [`connect`](Project::connect)`(url)?.upgrade` |
//! | undo | [`downgrade`](Project::downgrade) | [`downgrade_async`](Project::downgrade_async) | `.downgrade` |
//! | what an upgrade would do | [`pending`](Project::pending) | [`pending_async`](Project::pending_async) | `.pending` |
//! | where the database is | [`current`](Project::current) | [`current_async`](Project::current_async) | `.current` |
//! | all that `revgraph check` finds | [`check`](Project::check) | [`check_async`](Project::check_async) | `.check` |
//! | the place of a statement that failed | of a mistake in SQL: line and column; of what fails as it runs: the file | line and column | line and column |
//! | a pooling proxy in between | noticed when another process of the server answers: better connect to the server itself | noticed | noticed |
//! | `[load]` sections | refused | refused | yes |
//! | steps are told of | a message at a time | a message at a time | as they are done |
//!
//! The library prints nothing, reads no variable of the environment, and touches no signal.
//!
//! # Several instances that start at once
//!
//! One of them runs the revisions, under a lock; the others wait for it, for [`Deploy::lock_wait`], and find nothing to do.
//! Should the lock fail, as behind a proxy, a compare-and-swap in each transaction still sees to it that nothing runs twice.
//! Where there is nothing to do no lock is taken, and a start costs two round trips.
//!
//! # The connection that you lend
//!
//! Revisions run as they do from the command line: as the user who logged in, with the settings that the connection began
//! with. What the program has set in its session is put aside for that time and put back, also after an error: `SET ROLE`,
//! `SET SESSION AUTHORIZATION` and all settings that PostgreSQL lists (`pg_settings`). The deployers' lock is let go, and
//! statements that the driver has prepared are there as before.
//!
//! Gone, once something has run, are what a session gathers besides: temporary tables, cursors, `LISTEN`, what `currval` knows,
//! statements made by an SQL `PREPARE`, and settings with a dot in their names (`SET my.setting`), which PostgreSQL doesn't list.
//! A service that has just connected has none of them.
//!
//! A transaction must not be open on it: that is the error `in_transaction`. Nobody else may use the connection meanwhile,
//! hence `&mut`.
//!
//! # When it fails
//!
//! What was done is recorded and stays, what failed is rolled back (a section outside of transactions stops where it is, and
//! goes on from there the next time), and running it again goes on. [`Error::report`] is all of it as text for a log: the
//! message, file, line and column with the SQL there, what is done, what is not, and what to do next. Programs decide by
//! [`Error::kind`], a word that doesn't change:
//!
//! | kind | |
//! |---|---|
//! | `missing_files` | the database has revisions that this program lacks: it is older than the database |
//! | `changed_revision` | a revision that has run was edited |
//! | `statement_failed`, `verification_failed` | a revision failed |
//! | `locked` | another deployer took longer than `lock_wait` |
//! | `not_confirmed`, `would_lose` | a word is missing: [`Deploy::confirm`], [`Deploy::losing_data`] |
//! | `archive_gone` | the database is behind a baseline, and the program has no archive |
//! | `connection_lost`, `no_connection` | the line |
//! | `in_transaction`, `needs_session`, `needs_own_connection` | this connection won't do; the error says which will |
//! | `not_put_back` | something failed, and the connection could not be made what it was: close it |
//! | `bad_revision_file`, `missing_parent`, `multiple_heads`, … | the files are unsound: [`Project::check_files`] in a test finds that |
//!
//! The first is what an instance of the old version meets that is started again after the new one has migrated. Whether
//! it may run on the newer schema is for you to say:
//!
//! ```no_run
//! # fn start(project: &revgraph::Project, client: &mut postgres::Client) -> Result<(), revgraph::Error> {
//! match project.upgrade(client, "heads") {
//!     Err(error) if error.kind() == "missing_files" => {
//!         eprintln!("the database is ahead of this program");
//!     }
//!     done => drop(done?),
//! }
//! # Ok(()) }
//! ```
//!
//! # In your tests
//!
//! That the files are sound, without a database:
//!
//! ```
//! # fn the_revisions_are_sound() -> Result<(), revgraph::Error> {
//! let findings = revgraph::embed!("revisions").check_files()?;
//! assert!(findings.without_down.is_empty());
//! # Ok(()) }
//! # the_revisions_are_sound().unwrap();
//! ```
//!
//! A test that wants the schema upgrades an empty database, as the program does; with many tests, do it once and make
//! each one's database of that by `CREATE DATABASE … TEMPLATE`. That each way down leads back is what `revgraph test` tries.
//!
//! # What is promised
//!
//! What is documented here follows semantic versioning: this page, [`Project`], [`Deploy`], [`Server`], [`Event`], what
//! they give and take ([`answers`]), and the words of [`Error::kind`]. Structs and enums that may grow are `non_exhaustive`.
//! `postgres` 0.19 and `tokio-postgres` 0.7 are a part of it, since their clients are. The crate's other modules are what the
//! command line is made of: they are reachable, hidden, and may change in any version. Messages may become better at any time.
//!
//! # Features
//!
//! `embedded` and `lint`, both on, are the command line's: PostgreSQL inside the process, and squawk's rules. A program
//! needs neither: `revgraph = { version = "0.1", default-features = false }`.

// What is to be said goes to whoever asks, never to a terminal; `cli` has its own ways there.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::dbg_macro)]

#[cfg_attr(not(revgraph_rooms), doc(hidden))]
pub mod database;
mod error;
#[cfg_attr(not(revgraph_rooms), doc(hidden))]
pub mod graph;
#[cfg_attr(not(revgraph_rooms), doc(hidden))]
pub mod operation;
mod program;
#[cfg_attr(not(revgraph_rooms), doc(hidden))]
pub mod project;
#[cfg_attr(not(revgraph_rooms), doc(hidden))]
pub mod revision;
#[cfg_attr(not(revgraph_rooms), doc(hidden))]
pub mod schema;

pub use error::{Error, FailedPart, StepFailure, Stopped};
#[doc(hidden)]
pub use error::{count, list};
pub use operation::deploy::Deployed;
pub use program::{Deploy, Event, Server};
pub use project::Project;

pub mod answers {
    //! What calls give, events tell and errors hold.

    pub use crate::database::ledger::Progress;
    pub use crate::database::run::Headway;
    pub use crate::database::{Holder, ServerError};
    pub use crate::error::Change;
    pub use crate::graph::{Action, Direction, Plan, Step};
    pub use crate::operation::check::{ChangedRevision, Findings};
    pub use crate::operation::current::{Begun, Current, CurrentRevision};
    pub use crate::operation::deploy::{Messages, PlannedStep, Retry};
    pub use crate::operation::losses::{How, Loss, LossKind, Losses, Unseen};
    pub use crate::project::Config;
    pub use crate::revision::{Checksum, Position, Problem, RevisionId, Source};
}

#[cfg_attr(not(revgraph_rooms), doc(hidden))]
pub mod cli;

#[doc(hidden)]
pub mod __private {
    //! What [`embed!`](crate::embed) comes to. No part of the interface.
    pub use crate::project::EmbeddedFolder;
    pub use rust_embed;
}

/// The programs of the book's chapter are compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../docs/src/library.md")]
pub mod chapter {}
