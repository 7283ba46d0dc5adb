//! From a database to the text of a baseline: what `pg_dump` writes, without its noise, under headings, and with what it
//! leaves out.
//!
//! Statements are told apart by the lexer, so that nothing inside of a literal or a function's body is ever touched.

mod clean;
mod down;
mod facts;
mod manner;
mod program;
mod split;
mod surroundings;
mod up;
mod words;

pub use down::Down;
pub use facts::{DatabaseFacts, Extension, Facts, Grant, PublicSchema, Setting};
pub use manner::{Kept, Manner};
pub use program::{DumpError, run};

/// The text of a baseline's sections, without their heading lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sections {
    /// What `[up]` holds.
    pub up: String,
    /// What `[down]` holds.
    pub down: Down,
    /// What `[down]` leaves.
    pub kept: Kept,
}

/// Makes the sections from what `pg_dump` wrote ([`run`]) of a database, and what is known of the database
/// before its objects were made and of it now. `manner`: how those who made them speak of them.
pub fn sections(dump: &str, before: &Facts, after: &Facts, manner: &Manner) -> Sections {
    let dump = split::Dump::parse(dump);
    let kept = manner.kept(before, after);
    Sections { up: up::write(&dump, before, after, manner), down: down::write(&dump, before, after, &kept), kept }
}
