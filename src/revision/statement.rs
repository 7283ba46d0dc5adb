//! What a statement would do to what is there, as far as its text tells: for warnings, never for running it.
//!
//! Only a statement's own words count. What stands in literals, comments and dollar quotes is not looked into, so a
//! `DO` block, a function's body and a text for EXECUTE are taken as they come: whatever they drop is not seen here.
//! Neither is what a trigger, a rule or a foreign key makes of a statement.
//!
//! What refuses to run in a transaction is [`StatementKind::NotInTransaction`](super::sql::StatementKind), which the
//! reading of a file refuses with its place and the remedy.

use std::fmt;
use std::ops::Range;

mod alter;
mod drops;
mod index;
mod made;
mod reader;
mod rows;
mod subject;
#[cfg(test)]
mod tests;

pub use index::{NewIndex, new_index};
pub use made::{Made, made};
pub use reader::{Part, Reader};
pub use subject::subject;

/// What an object is called. Names are as PostgreSQL keeps them ([`name::of`](super::name::of)).
///
/// It has two spellings, and no `Display` that would be either: [`shown`](ObjectName::shown) for people, and
/// `database::quote::object` for SQL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectName {
    /// Its schema, where the statement says it.
    pub schema: Option<String>,
    /// Its own name.
    pub name: String,
}

impl ObjectName {
    /// Whether the two may be the same object: where one of them has no schema, it may be any.
    pub fn may_be(&self, other: &ObjectName) -> bool {
        self.name == other.name && (self.schema == other.schema || self.schema.is_none() || other.schema.is_none())
    }

    /// As people read it: with quotes where characters ask for them. It is no SQL, for it may be a reserved word.
    pub fn shown(&self) -> String {
        let schema = self.schema.as_deref().map(|schema| shown(schema) + ".");
        schema.unwrap_or_default() + &shown(&self.name)
    }
}

/// One name as people read it.
pub fn shown(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// What something is that a statement destroys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A table.
    Table,
    /// A column of a table.
    Column,
    /// An attribute of a composite type.
    Attribute,
    /// A constraint of a table.
    Constraint,
    /// A materialized view.
    MaterializedView,
    /// A sequence.
    Sequence,
    /// A schema.
    Schema,
    /// A database.
    Database,
    /// A type.
    Type,
    /// A domain.
    Domain,
    /// An extension.
    Extension,
    /// All that a role owns; the name is the role's.
    Owned,
    /// Something that holds no data; its keyword, in lowercase.
    Other(&'static str),
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ObjectKind::Table => "table",
            ObjectKind::Column => "column",
            ObjectKind::Attribute => "attribute",
            ObjectKind::Constraint => "constraint",
            ObjectKind::MaterializedView => "materialized view",
            ObjectKind::Sequence => "sequence",
            ObjectKind::Schema => "schema",
            ObjectKind::Database => "database",
            ObjectKind::Type => "type",
            ObjectKind::Domain => "domain",
            ObjectKind::Extension => "extension",
            ObjectKind::Owned => "all that is owned by",
            ObjectKind::Other(word) => word,
        })
    }
}

/// What a statement destroys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name; of a column, an attribute or a constraint, that of what it belongs to.
    pub name: ObjectName,
    /// The column, attribute or constraint.
    pub part: Option<String>,
}

/// For people.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.shown())
    }
}

impl Object {
    /// Its name as people read it, without its kind.
    pub fn shown(&self) -> String {
        let part = self.part.as_deref().map(|part| format!(".{}", shown(part)));
        self.name.shown() + &part.unwrap_or_default()
    }
}

/// How something is destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// It goes, and what it holds goes with it.
    Drop,
    /// All of its rows go, at once.
    Truncate,
    /// All of its rows go: a DELETE without WHERE.
    DeleteAll,
    /// Some of its rows may go: a MERGE that deletes, which its own conditions bound.
    DeleteSome,
    /// All of its rows are written over: an UPDATE without WHERE. Holds the columns, where they are plain names.
    UpdateAll(Vec<String>),
    /// Its values are cut to a type that may hold less; the type as it is written. The text doesn't say what the type was
    /// before, so this is a guess on the safe side: what can hold any value of its kind is not among them.
    Narrow(String),
    /// Its values are moved to an enum by way of their text: the usual way to take values out of one. Holds the enum.
    EnumRebuild(String),
}

/// One thing that a statement destroys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destruction {
    /// How.
    pub loss: Loss,
    /// What.
    pub object: Object,
    /// Whether what depends on it goes too, whatever that is.
    pub cascade: bool,
    /// The place that says it, in bytes of the whole text.
    pub span: Range<usize>,
}

/// What a statement, which lies in these bytes of a text, destroys. Dropping what holds no data (a view, a function, an
/// index) is no loss, unless whatever depends on it goes too (CASCADE).
///
/// See <https://www.postgresql.org/docs/current/sql-commands.html>.
pub fn destructions(text: &str, span: Range<usize>) -> Vec<Destruction> {
    const FIRST: [&str; 9] = ["DROP", "ALTER", "TRUNCATE", "DELETE", "UPDATE", "MERGE", "WITH", "EXPLAIN", "COPY"];
    if Reader::head(text, span.clone()).take_any(&FIRST).is_none() {
        return Vec::new();
    }
    let mut reader = Reader::new(text, span);
    match () {
        () if reader.take(&["DROP"]) => drops::read(reader),
        () if reader.take(&["ALTER", "TABLE"]) => alter::read_table(reader),
        () if reader.take(&["ALTER", "TYPE"]) => alter::read_type(reader),
        () if reader.take(&["TRUNCATE"]) => rows::read_truncate(reader),
        () => rows::read_changes(reader),
    }
}
