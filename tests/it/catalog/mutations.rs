//! Whatever is changed is found, and nothing else: a table of statements, each with what a snapshot must show of it.

use std::fmt::Write;
use std::path::Path;

use super::{database_of_all_kinds, differences, read, session, version};

/// A statement in the first column, below it and indented what it changes; `# 14` before those for 14 and later. One
/// is carried out after the other in one database, `$DATABASE` is its name.
const TABLE: &str = include_str!("../../data/kinds/mutations.txt");

struct Mutation<'a> {
    since: u32,
    sql: &'a str,
    changes: Vec<&'a str>,
}

#[test]
fn each_change_is_found_and_named() {
    let (database, version) = (database_of_all_kinds(), version());
    let (mut client, mut session) = (database.client(), session(&database));
    let mut before = read(&mut session);
    let (mut expected, mut found) = (String::new(), String::new());
    let mutations = mutations(TABLE);
    assert!(mutations.len() >= 150);
    for mutation in mutations.iter().filter(|mutation| mutation.since <= version) {
        let sql = mutation.sql.replace("$DATABASE", database.name());
        client.batch_execute(&sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let after = read(&mut session);
        write(&mut expected, mutation.sql, &mutation.changes);
        write(&mut found, mutation.sql, &differences(&before, &after));
        let catalogs: Vec<&str> = after.not_compared.iter().map(|unclaimed| unclaimed.catalog.as_str()).collect();
        let secrets = ["pg_foreign_data_wrapper", "pg_foreign_server", "pg_subscription", "pg_user_mapping"];
        assert!(catalogs.iter().all(|catalog| secrets.contains(catalog)), "{sql}: {catalogs:?}");
        before = after;
    }
    // Here a table can be taken from once it has been looked at.
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations.txt"), &found).unwrap();
    let differing = differing(&expected, &found);
    assert!(differing.is_empty(), "{differing}");
}

fn mutations(table: &str) -> Vec<Mutation<'_>> {
    let mut since = 0;
    let mut mutations: Vec<Mutation> = Vec::new();
    for line in table.lines() {
        match (line.strip_prefix("# "), line.strip_prefix("    ")) {
            (Some(version), _) => since = version.parse().unwrap(),
            (None, Some(change)) => mutations.last_mut().unwrap().changes.push(change),
            (None, None) => mutations.push(Mutation { since, sql: line, changes: Vec::new() }),
        }
    }
    mutations
}

fn write<T: AsRef<str>>(text: &mut String, sql: &str, changes: &[T]) {
    writeln!(text, "{sql}").unwrap();
    for change in changes {
        writeln!(text, "    {}", change.as_ref()).unwrap();
    }
}

/// The statements whose changes are not the expected ones, with both.
fn differing(expected: &str, found: &str) -> String {
    let mut text = String::new();
    for (expected, found) in mutations(expected).iter().zip(mutations(found)) {
        if expected.changes != found.changes {
            write(&mut text, expected.sql, &expected.changes);
            write(&mut text, "but found", &found.changes);
        }
    }
    text
}
