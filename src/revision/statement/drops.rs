//! `DROP …`

use super::{Destruction, Loss, Object, ObjectKind, Reader};

/// The words behind DROP and what they name. Operators, casts and transforms have no plain names and are left out.
const KINDS: [(&[&str], ObjectKind); 34] = [
    (&["TABLE"], ObjectKind::Table),
    (&["MATERIALIZED", "VIEW"], ObjectKind::MaterializedView),
    (&["SEQUENCE"], ObjectKind::Sequence),
    (&["SCHEMA"], ObjectKind::Schema),
    (&["DATABASE"], ObjectKind::Database),
    (&["TYPE"], ObjectKind::Type),
    (&["DOMAIN"], ObjectKind::Domain),
    (&["EXTENSION"], ObjectKind::Extension),
    (&["OWNED", "BY"], ObjectKind::Owned),
    (&["FOREIGN", "TABLE"], ObjectKind::Other("foreign table")),
    (&["FOREIGN", "DATA", "WRAPPER"], ObjectKind::Other("foreign data wrapper")),
    (&["VIEW"], ObjectKind::Other("view")),
    (&["INDEX", "CONCURRENTLY"], ObjectKind::Other("index")),
    (&["INDEX"], ObjectKind::Other("index")),
    (&["FUNCTION"], ObjectKind::Other("function")),
    (&["PROCEDURE"], ObjectKind::Other("procedure")),
    (&["ROUTINE"], ObjectKind::Other("routine")),
    (&["AGGREGATE"], ObjectKind::Other("aggregate")),
    (&["OPERATOR", "CLASS"], ObjectKind::Other("operator class")),
    (&["OPERATOR", "FAMILY"], ObjectKind::Other("operator family")),
    (&["COLLATION"], ObjectKind::Other("collation")),
    (&["CONVERSION"], ObjectKind::Other("conversion")),
    (&["SERVER"], ObjectKind::Other("server")),
    (&["TRIGGER"], ObjectKind::Other("trigger")),
    (&["EVENT", "TRIGGER"], ObjectKind::Other("event trigger")),
    (&["RULE"], ObjectKind::Other("rule")),
    (&["POLICY"], ObjectKind::Other("policy")),
    (&["STATISTICS"], ObjectKind::Other("statistics")),
    (&["PROCEDURAL", "LANGUAGE"], ObjectKind::Other("language")),
    (&["LANGUAGE"], ObjectKind::Other("language")),
    (&["ACCESS", "METHOD"], ObjectKind::Other("access method")),
    (&["TEXT", "SEARCH", "CONFIGURATION"], ObjectKind::Other("text search configuration")),
    (&["TEXT", "SEARCH", "DICTIONARY"], ObjectKind::Other("text search dictionary")),
    (&["TEXT", "SEARCH", "PARSER"], ObjectKind::Other("text search parser")),
];

/// What goes, from behind DROP.
pub(super) fn read(mut reader: Reader<'_>) -> Vec<Destruction> {
    let Some((_, kind)) = KINDS.into_iter().find(|(words, _)| reader.take(words)) else {
        return Vec::new();
    };
    let cascade = reader.parts().last().is_some_and(|part| part.is("CASCADE"));
    if matches!(kind, ObjectKind::Other(_)) && !cascade {
        return Vec::new();
    }
    reader.take_if_exists();
    let mut found = Vec::new();
    while let Some((name, span)) = reader.take_object() {
        let object = Object { kind, name, part: None };
        found.push(Destruction { loss: Loss::Drop, object, cascade, span });
        if !reader.skip_comma() {
            break;
        }
    }
    found
}
