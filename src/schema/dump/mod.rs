//! From a database to the text of a baseline: what `pg_dump` writes, without its noise, under headings, and with what it
//! leaves out.
//!
//! Statements are told apart by the lexer, so that nothing inside of a literal or a function's body is ever touched.

mod clean;
mod down;
mod facts;
mod program;
mod split;
mod surroundings;
mod up;
mod words;

pub use down::Down;
pub use facts::{DatabaseFacts, Extension, Facts, Grant, PublicSchema, Setting};
pub use program::{DumpError, run};

/// The text of a baseline's sections, without their heading lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sections {
    /// What `[up]` holds.
    pub up: String,
    /// What `[down]` holds.
    pub down: Down,
}

/// Makes the sections from what `pg_dump` wrote ([`run`]) of a database, and what is known of the database
/// before its objects were made and of it now.
pub fn sections(dump: &str, before: &Facts, after: &Facts) -> Sections {
    let dump = split::Dump::parse(dump);
    Sections { up: up::write(&dump, before, after), down: down::write(&dump, before, after) }
}
