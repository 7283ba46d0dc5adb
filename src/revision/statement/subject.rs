//! The object that a statement is about.

use std::ops::Range;

use super::{ObjectName, Reader};

/// Kinds of objects that live in a schema, as the words behind CREATE, ALTER, DROP or COMMENT ON say them.
const KINDS: [&[&str]; 18] = [
    &["TABLE"],
    &["FOREIGN", "TABLE"],
    &["MATERIALIZED", "VIEW"],
    &["RECURSIVE", "VIEW"],
    &["VIEW"],
    &["SEQUENCE"],
    &["TYPE"],
    &["DOMAIN"],
    &["FUNCTION"],
    &["PROCEDURE"],
    &["ROUTINE"],
    &["AGGREGATE"],
    &["COLLATION"],
    &["STATISTICS"],
    &["TEXT", "SEARCH", "CONFIGURATION"],
    &["TEXT", "SEARCH", "DICTIONARY"],
    &["TEXT", "SEARCH", "PARSER"],
    &["TEXT", "SEARCH", "TEMPLATE"],
];

/// Kinds of objects that hang on a table, which is named behind ON.
const ON_TABLE: [&str; 4] = ["INDEX", "TRIGGER", "POLICY", "RULE"];

/// The object that the statement in these bytes of a text makes, changes, drops or fills, and the place of its name; of
/// an index, a trigger, a policy or a rule, the table that it hangs on. Of several objects the first one. None where
/// there is no such object, it has no schema by its nature, or it is temporary.
pub fn subject(text: &str, span: Range<usize>) -> Option<(ObjectName, Range<usize>)> {
    let mut reader = Reader::head(text, span);
    match reader.take_any(&[
        "CREATE", "ALTER", "DROP", "COMMENT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFRESH", "LOCK",
    ])? {
        "CREATE" | "ALTER" | "DROP" => of_definition(reader),
        "COMMENT" => reader.take(&["ON"]).then(|| of_definition(reader)).flatten(),
        "INSERT" => reader.take(&["INTO"]).then(|| reader.take_object()).flatten(),
        "DELETE" => {
            reader.take(&["FROM"]);
            table(reader)
        }
        "REFRESH" => {
            reader.take(&["MATERIALIZED", "VIEW"]);
            reader.take(&["CONCURRENTLY"]);
            reader.take_object()
        }
        _ => {
            reader.take(&["TABLE"]);
            table(reader)
        }
    }
}

fn table(mut reader: Reader<'_>) -> Option<(ObjectName, Range<usize>)> {
    reader.take(&["ONLY"]);
    reader.take_object()
}

fn of_definition(mut reader: Reader<'_>) -> Option<(ObjectName, Range<usize>)> {
    reader.take(&["OR", "REPLACE"]);
    if reader.take_any(&["TEMPORARY", "TEMP", "GLOBAL", "LOCAL"]).is_some() {
        return None;
    }
    while reader.take_any(&["UNLOGGED", "UNIQUE", "CONSTRAINT"]).is_some() {}
    if reader.take_any(&ON_TABLE).is_some() {
        let on = reader.parts().iter().position(|part| part.depth == 0 && part.is("ON"))?;
        reader.go_to(on + 1);
        return table(reader);
    }
    KINDS.into_iter().find(|kind| reader.take(kind))?;
    reader.take_if_exists();
    table(reader)
}
