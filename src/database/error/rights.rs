//! What a role may not do, and who can change that.

/// The kinds of objects that PostgreSQL names in its messages, beside databases and schemas.
const KINDS: [&str; 20] = [
    "table",
    "column",
    "view",
    "materialized view",
    "foreign table",
    "sequence",
    "function",
    "procedure",
    "aggregate",
    "routine",
    "type",
    "domain",
    "language",
    "foreign server",
    "foreign-data wrapper",
    "large object",
    "tablespace",
    "index",
    "relation",
    "parameter",
];

/// What to do about a right that is missing, by what the server says. A server that speaks another language is understood
/// no further than that: its message names the object.
pub(super) fn help(message: &str) -> String {
    if message.starts_with("must be owner of ") {
        return "only its owner may, or a member of the role that is: run it as one of them".to_owned();
    }
    if message.contains("row-level security policy") {
        return "the role doesn't see all rows: the table's owner does, and a role with BYPASSRLS".to_owned();
    }
    let Some(of) = message.strip_prefix("permission denied for ") else {
        return match message.starts_with("permission denied to ") || message.starts_with("must ") {
            true => "the role lacks an attribute or a membership: ask whoever administers the server".to_owned(),
            false => "the role lacks a right: ask the owner of what the message names".to_owned(),
        };
    };
    let is_of = |kind: &&str| of.strip_prefix(kind).is_some_and(|name| name.starts_with(' '));
    if is_of(&"database") {
        return "the role lacks CREATE on the database, which schemas, publications and trusted extensions take: its owner \
                grants it"
            .to_owned();
    }
    if is_of(&"schema") {
        return "the role lacks USAGE or CREATE on that schema: its owner grants it".to_owned();
    }
    match KINDS.iter().find(|kind| is_of(kind)) {
        Some(kind) => format!("the role lacks a right on that {kind}: its owner grants it"),
        None => "the role lacks a right: ask the owner of what the message names".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_that_is_missing_is_named() {
        let told = |message, part| assert!(help(message).contains(part), "{message}: {}", help(message));
        told("permission denied for database shop", "CREATE on the database");
        told("permission denied for schema app", "on that schema");
        told("permission denied for table users", "on that table");
        told("permission denied for materialized view users", "on that materialized view");
        told("permission denied for foreign-data wrapper f", "on that foreign-data wrapper");
        told("must be owner of table applied", "only its owner");
        told("must be superuser to create an event trigger", "attribute");
        told("permission denied to create role", "attribute");
        told("query would be affected by row-level security policy for table \"t\"", "BYPASSRLS");
        told("keine Berechtigung für Tabelle users", "what the message names");
    }
}
