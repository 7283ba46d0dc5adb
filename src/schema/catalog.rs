//! What is asked of PostgreSQL's catalogs: one file a kind of object, under `catalog/`.
//!
//! A file is a SELECT. These of its columns say which object a row is about:
//!
//! | column | holds |
//! |---|---|
//! | `class`, `oid`, `sub` | where it is: the catalog, the row, the number of the column (0 if it is none) |
//! | `of_class`, `of` | what it is a part of; a part of what belongs to an extension belongs to it too |
//! | `like` | the table that it was inherited from; what is as it is there is left out |
//! | `kind`, `schema`, `name`, `part` | its [`Identity`](super::Identity) |
//!
//! Every other column is an attribute of that name; what is after a colon says how its text is read (see
//! [`row`](super::row)). A null is no attribute. A line that ends in `-- 14+` is there for servers of version 14 and
//! later, one that ends in `-- <14` for earlier ones; both may be said of a line.

/// The files of a list, each its text.
macro_rules! files {
    ($($name:literal),* $(,)?) => { &[$(include_str!(concat!("catalog/", $name, ".sql"))),*] };
}

/// What belongs to extensions.
pub const MEMBERS: &str = include_str!("catalog/member.sql");

/// What is told of objects of all kinds; these queries name no object, they only say where it is.
pub const REMARKS: &[&str] = files!["comment", "label", "dependence"];

/// The kinds of objects.
pub const KINDS: &[&str] = files![
    "access_method",
    "aggregate",
    "cast",
    "collation",
    "column",
    "constraint",
    "conversion",
    "database",
    "database_setting",
    "default_privileges",
    "event_trigger",
    "extension",
    "family_function",
    "family_operator",
    "foreign_data_wrapper",
    "function",
    "grant",
    "index",
    "language",
    "large_object",
    "operator",
    "operator_class",
    "operator_family",
    "policy",
    "publication",
    "publication_schema",
    "publication_table",
    "rule",
    "schema",
    "sequence",
    "server",
    "statistics",
    "subscription",
    "table",
    "text_search_configuration",
    "text_search_dictionary",
    "text_search_parser",
    "text_search_template",
    "transform",
    "trigger",
    "type",
    "user_mapping",
    "view",
];

/// The lines of a query that a server of that version understands.
pub fn for_version(query: &str, major: u32) -> String {
    let lines: Vec<&str> = query.lines().filter(|line| is_for(line, major)).collect();
    lines.join("\n")
}

/// Whether a line is for that version: all the marks at its end must allow it. What ends in another word is for all.
fn is_for(line: &str, major: u32) -> bool {
    let Some((_, marks)) = line.rsplit_once("-- ") else { return true };
    marks.split(' ').all(|mark| match (mark.strip_suffix('+'), mark.strip_prefix('<')) {
        (Some(since), _) => since.parse().is_ok_and(|since| major >= since),
        (_, Some(until)) => until.parse().is_ok_and(|until| major < until),
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str = "-- All: even this\nSELECT a\n    , b -- 14+\n    , c -- <14\n    , d -- 14+ <16\nFROM t";

    #[test]
    fn a_marked_line_is_for_its_versions() {
        assert_eq!(for_version(QUERY, 13), "-- All: even this\nSELECT a\n    , c -- <14\nFROM t");
        let both = "-- All: even this\nSELECT a\n    , b -- 14+\n    , d -- 14+ <16\nFROM t";
        assert_eq!(for_version(QUERY, 14), both);
        assert_eq!(for_version(QUERY, 15), both);
        assert_eq!(for_version(QUERY, 16), "-- All: even this\nSELECT a\n    , b -- 14+\nFROM t");
    }

    #[test]
    fn every_query_can_be_sent_in_any_encoding() {
        // A server that isn't in UTF-8 refuses what its encoding has no character for, even in a comment.
        let queries = KINDS.iter().chain(REMARKS).chain([&MEMBERS, &include_str!("settle/reprint.sql")]);
        assert!(queries.clone().all(|query| query.is_ascii()), "{:?}", queries.clone().find(|query| !query.is_ascii()));
    }

    #[test]
    fn every_file_is_listed_once() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema/catalog");
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let queries = KINDS.iter().chain(REMARKS).chain([&MEMBERS]);
            assert_eq!(queries.filter(|query| **query == text).count(), 1, "{text}");
        }
    }
}
