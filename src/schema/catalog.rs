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
//! later, one that ends in `-- <14` for earlier ones.

/// The files of a list, each its text.
macro_rules! files {
    ($($name:literal),* $(,)?) => { &[$(include_str!(concat!("catalog/", $name, ".sql"))),*] };
}

/// What belongs to extensions.
pub const MEMBERS: &str = include_str!("catalog/member.sql");

/// The kinds of objects.
pub const KINDS: &[&str] = files!["schema", "table", "column", "constraint", "index", "sequence", "view"];

/// The lines of a query that a server of that version understands.
pub fn for_version(query: &str, major: u32) -> String {
    let lines: Vec<&str> = query.lines().filter(|line| is_for(line, major)).collect();
    lines.join("\n")
}

fn is_for(line: &str, major: u32) -> bool {
    let Some((_, mark)) = line.rsplit_once("-- ") else { return true };
    if let Some(since) = mark.strip_suffix('+').and_then(|number| number.parse().ok()) {
        return major >= since;
    }
    match mark.strip_prefix('<').and_then(|number| number.parse().ok()) {
        Some(until) => major < until,
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str = "-- All: even this\nSELECT a\n    , b -- 14+\n    , c -- <14\n    , '+' -- of 14\nFROM t";

    #[test]
    fn a_marked_line_is_for_its_versions() {
        assert_eq!(for_version(QUERY, 13), "-- All: even this\nSELECT a\n    , c -- <14\n    , '+' -- of 14\nFROM t");
        assert_eq!(for_version(QUERY, 14), "-- All: even this\nSELECT a\n    , b -- 14+\n    , '+' -- of 14\nFROM t");
        assert_eq!(for_version(QUERY, 15), for_version(QUERY, 14));
    }

    #[test]
    fn every_mark_is_understood() {
        for query in KINDS {
            assert_eq!(for_version(query, 0).matches("+\n").count(), 0, "{query}");
            assert_eq!(for_version(query, 99).matches("-- <").count(), 0, "{query}");
        }
    }
}
