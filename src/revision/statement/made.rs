//! What a statement makes: what is new can't hold anybody's data, and nobody waits for its locks.

use std::ops::Range;

use super::{ObjectName, Reader};

/// Something that a statement makes, or calls by another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// A table or a materialized view, empty or filled by the statement itself. A temporary one is in the schema
    /// `pg_temp`.
    Table(ObjectName),
    /// Columns of a table that was there.
    Columns(ObjectName, Vec<String>),
    /// A type, a domain, a sequence or a schema.
    Other(ObjectName),
    /// What was called by the first name has the second one now, maybe in another schema.
    Renamed(ObjectName, ObjectName),
    /// A column of a table that was called by the first name has the second one now.
    RenamedColumn(ObjectName, String, String),
}

/// What the statement that lies in these bytes of a text makes. `IF NOT EXISTS` makes nothing for certain.
pub fn made(text: &str, span: Range<usize>) -> Option<Made> {
    let mut head = Reader::head(text, span.clone());
    if head.take(&["CREATE"]) {
        return read_create(head);
    }
    if !head.take(&["ALTER"]) {
        return None;
    }
    let mut reader = Reader::new(text, span);
    if !reader.take(&["ALTER"]) {
        return None;
    }
    reader.take(&["MATERIALIZED"]);
    let is_table = reader.take(&["TABLE"]);
    if !is_table && reader.take_any(&["VIEW", "TYPE", "DOMAIN", "SEQUENCE", "SCHEMA"]).is_none() {
        return None;
    }
    reader.take_if_exists();
    reader.take(&["ONLY"]);
    let (name, _) = reader.take_object()?;
    if reader.take(&["RENAME", "TO"]) {
        let (to, _) = reader.take_name()?;
        let to = ObjectName { schema: name.schema.clone(), name: to };
        return Some(Made::Renamed(name, to));
    }
    if reader.take(&["SET", "SCHEMA"]) {
        let (schema, _) = reader.take_name()?;
        let to = ObjectName { schema: Some(schema), name: name.name.clone() };
        return Some(Made::Renamed(name, to));
    }
    if is_table && reader.take(&["RENAME"]) && !reader.take(&["CONSTRAINT"]) {
        return read_renamed_column(reader, name);
    }
    is_table.then(|| read_columns(reader, name))
}

/// `[COLUMN] a TO b`, from behind RENAME.
fn read_renamed_column(mut reader: Reader<'_>, table: ObjectName) -> Option<Made> {
    reader.take(&["COLUMN"]);
    let (from, _) = reader.take_name()?;
    if !reader.take(&["TO"]) {
        return None;
    }
    let (to, _) = reader.take_name()?;
    Some(Made::RenamedColumn(table, from, to))
}

fn read_create(mut reader: Reader<'_>) -> Option<Made> {
    reader.take(&["OR", "REPLACE"]);
    let mut is_temporary = false;
    while let Some(word) = reader.take_any(&["GLOBAL", "LOCAL", "TEMPORARY", "TEMP", "UNLOGGED"]) {
        is_temporary |= word.starts_with("TEMP");
    }
    let is_table = reader.take(&["TABLE"]) || reader.take(&["MATERIALIZED", "VIEW"]);
    if !is_table && reader.take_any(&["TYPE", "DOMAIN", "SEQUENCE", "SCHEMA"]).is_none() {
        return None;
    }
    if reader.take_if_exists() {
        return None;
    }
    let (mut name, _) = reader.take_object()?;
    if is_temporary {
        name.schema = Some("pg_temp".to_owned());
    }
    Some(if is_table { Made::Table(name) } else { Made::Other(name) })
}

fn read_columns(mut reader: Reader<'_>, table: ObjectName) -> Made {
    let mut columns = Vec::new();
    loop {
        if reader.take(&["ADD"]) {
            let is_column = reader.take(&["COLUMN"]);
            let constraint = ["CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE"];
            let is_constraint = !is_column && reader.take_any(&constraint).is_some();
            if !is_constraint && !reader.take_if_exists() {
                columns.extend(reader.take_name().map(|(name, _)| name));
            }
        }
        if !reader.skip_comma() {
            return Made::Columns(table, columns);
        }
    }
}
