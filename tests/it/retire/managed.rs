//! What the user sees of it, and `retired list`, `restore` and `purge`.

use super::{fix_day, relations, said, start};
use crate::harness::{Database, Project};

/// `r2` has retired a table that a view, a foreign key and a function use, on a day that the test knows.
fn used() -> (Project, Database) {
    let (project, database, url) = start();
    project.revision(
        "r2",
        "message: no users any more\nparents: r1",
        "-- [up]\nCREATE TABLE app.orders (id int PRIMARY KEY, user_id bigint REFERENCES app.users, note text);\n\
         INSERT INTO app.orders VALUES (1, 1, 'x'), (2, 2, NULL);\n\
         CREATE VIEW app.emails AS SELECT email FROM app.users;\n\
         CREATE FUNCTION app.number() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM app.users); END';\n\
         -- [down]\nDROP FUNCTION app.number();\nDROP VIEW app.emails;\nDROP TABLE app.orders;\n",
    );
    project.revision("r3", "message: away\nparents: r2", "-- [retire]\ntable app.users\ncolumn app.orders.note\n");
    project.ok(&url, &["upgrade", "r2"]);
    fix_day(&database, "20261121");
    (project, database)
}

#[test]
fn who_still_uses_it_is_told_before() {
    let (project, database) = used();
    insta::assert_snapshot!(said(&project, &database, &["plan", "upgrade", "heads"]), @"");
    insta::assert_snapshot!(said(&project, &database, &["plan", "upgrade", "heads", "--format", "json"]), @"");
    insta::assert_snapshot!(said(&project, &database, &["plan", "upgrade", "heads", "--from", "r1"]), @"");
    insta::assert_snapshot!(said(&project, &database, &["upgrade"]), @"");
    insta::assert_snapshot!(said(&project, &database, &["plan", "downgrade", "-1"]), @"");
    insta::assert_snapshot!(said(&project, &database, &["downgrade", "-1"]), @"");
}

#[test]
fn what_there_is() {
    let (project, database) = used();
    insta::assert_snapshot!(said(&project, &database, &["retired", "list"]), @"");
    project.ok(&database.url(), &["upgrade"]);
    database.execute("UPDATE revgraph.retired SET retired_at = now() - interval '3 days 1 hour'");
    insta::assert_snapshot!(said(&project, &database, &["retired", "list"]), @"");
    let listed = project.run_on(&database.url(), &["retired", "list", "--format", "json"]).json();
    let first = &listed["retired"][0];
    let known = |name: &str| first[name].to_string();
    let fields = ["revision", "object", "kind", "schema", "name", "backup", "is_there", "rows", "estimated", "bytes"];
    insta::assert_snapshot!(fields.map(known).join(" "), @"");
    database.execute("DROP TABLE app.users_backup_20261121 CASCADE");
    insta::assert_snapshot!(said(&project, &database, &["retired", "list"]), @"");
}

#[test]
fn brought_back_by_hand() {
    let (project, database) = used();
    let url = database.url();
    project.ok(&url, &["upgrade"]);
    insta::assert_snapshot!(said(&project, &database, &["retired", "restore", "user"]), @"");
    insta::assert_snapshot!(said(&project, &database, &["retired", "restore", "app.users"]), @"");
    assert_eq!(database.value("SELECT count(*) FROM app.users"), "2");
    insta::assert_snapshot!(said(&project, &database, &["retired", "restore", "app.users"]), @"");
    assert_eq!(database.events().last().unwrap(), "restore r3 done");
    // The way down leaves it alone, and brings back the rest.
    project.ok(&url, &["downgrade", "r2"]);
    assert_eq!(database.value("SELECT count(note) FROM app.orders"), "1");
    assert_eq!(database.value("SELECT count(*) FROM app.users"), "2");
    project.ok(&url, &["upgrade"]);
    project.ok(&url, &["downgrade", "base"]);
}

#[test]
fn its_old_name_is_taken() {
    let (project, database) = used();
    project.ok(&database.url(), &["upgrade"]);
    database.execute("CREATE TABLE app.users (id int)");
    insta::assert_snapshot!(said(&project, &database, &["retired", "restore", "app.users"]), @"");
    insta::assert_snapshot!(said(&project, &database, &["downgrade", "-1"]), @"");
    assert_eq!(database.applied(), ["r1", "r2", "r3"]);
    database.execute("DROP TABLE app.users; ALTER TABLE app.users_backup_20261121 RENAME TO elsewhere");
    insta::assert_snapshot!(said(&project, &database, &["downgrade", "-1"]), @"");
}

#[test]
fn dropped_for_good() {
    let (project, database) = used();
    let url = database.url();
    project.ok(&url, &["upgrade"]);
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "--older-than", "30d", "--yes"]), @"");
    database.execute("UPDATE revgraph.retired SET retired_at = now() - interval '31 days'");
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "--older-than", "30d", "--dry-run"]), @"");
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "--older-than", "30d"]), @"");
    // Something still needs it: nothing is dropped.
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "--older-than", "30d", "--yes"]), @"");
    assert!(relations(&database, "app").contains(&"users_backup_20261121".to_owned()));
    database.execute("DROP VIEW app.emails; ALTER TABLE app.orders DROP CONSTRAINT orders_user_id_fkey");
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "--older-than", "30d", "--yes"]), @"");
    assert_eq!(relations(&database, "app"), ["orders", "orders_pkey"]);
    assert_eq!(database.events().split_off(3), ["purge r3 done", "purge r3 done"]);
    // Its way down has lost the rows.
    insta::assert_snapshot!(
        said(&project, &database, &["plan", "downgrade", "r1"]).replace(char::is_numeric, "#"), @"");
    insta::assert_snapshot!(
        said(&project, &database, &["downgrade", "r1", "--yes"]).replace(char::is_numeric, "#"), @"");
    assert_eq!(database.applied(), ["r1", "r2", "r3"]);
}

#[test]
fn a_phrase_to_retire_is_a_phrase_to_purge() {
    let (project, database, url) = start();
    project.revision("r2", "parents: r1\nconfirm: DELETE OLD TABLES", "-- [retire]\ntable app.users\n");
    project.ok(&url, &["upgrade", "r1"]);
    fix_day(&database, "20261121");
    project.ok(&url, &["upgrade", "--confirm", "DELETE OLD TABLES"]);
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "app.users", "--yes"]), @"");
    assert_eq!(database.value("SELECT count(*) FROM app.users_backup_20261121"), "2");
    insta::assert_snapshot!(
        said(&project, &database, &["retired", "purge", "app.users", "--confirm", "DELETE OLD TABLES"]), @"");
    assert_eq!(relations(&database, "app"), [""; 0]);
}
