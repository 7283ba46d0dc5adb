//! What a user asks for, one file each. No terminal, no arguments: the cli parses and renders.

pub mod archive;
pub mod baseline;
pub mod build;
pub mod check;
mod compare;
pub mod create;
pub mod current;
pub mod deploy;
pub mod diff;
pub mod downgrade;
pub mod drift;
pub mod dry_run;
pub mod init;
pub mod lint;
pub mod plan;
pub mod region;
pub mod scratch;
pub mod script;
pub mod snapshot;
pub mod sources;
pub mod squash;
pub mod stamp;
pub mod trial;
pub mod upgrade;
pub mod view;
