//! What a user asks for, one file each. No terminal, no arguments: the cli parses and renders.

pub mod check;
mod compare;
pub mod create;
pub mod current;
pub mod deploy;
pub mod downgrade;
pub mod dry_run;
pub mod init;
pub mod lint;
pub mod plan;
pub mod script;
pub mod stamp;
pub mod upgrade;
pub mod view;
