//! `CREATE INDEX`.

use super::{ObjectName, Reader};

/// An index as the statement has it that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIndex {
    /// Whether it is built beside the table's readers and writers.
    pub concurrently: bool,
    /// Its name, which has no schema of its own; none where PostgreSQL chooses it.
    pub name: Option<String>,
    /// The table.
    pub table: ObjectName,
}

/// `CREATE [UNIQUE] INDEX [CONCURRENTLY] [[IF NOT EXISTS] name] ON [ONLY] table`, if that is the statement whose beginning
/// the reader is at.
/// <https://www.postgresql.org/docs/current/sql-createindex.html>
pub fn new_index(mut reader: Reader<'_>) -> Option<NewIndex> {
    if !reader.take(&["CREATE"]) {
        return None;
    }
    reader.take(&["UNIQUE"]);
    if !reader.take(&["INDEX"]) {
        return None;
    }
    let concurrently = reader.take(&["CONCURRENTLY"]);
    reader.take_if_exists();
    let name = if reader.take(&["ON"]) {
        None
    } else {
        let (name, _) = reader.take_name()?;
        reader.take(&["ON"]).then_some(())?;
        Some(name)
    };
    reader.take(&["ONLY"]);
    let (table, _) = reader.take_object()?;
    Some(NewIndex { concurrently, name, table })
}
