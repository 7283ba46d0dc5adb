//! What the user sees of it, and `retired list`, `restore` and `purge`.

use super::{fix_day, relations, said, start};
use crate::harness::{Database, Project, Terminal};

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
    insta::assert_snapshot!(said(&project, &database, &["plan", "upgrade", "heads"]), @"
      up   r3  away
    r3 retires table app.users
      goes on using it under its new name: table constraint orders_user_id_fkey on app.orders
      goes on using it under its new name: view app.emails
      has its name in its text: function app.number()
    r3 retires column app.orders.note
    1 step; then at r3
    --- standard error
    --- exit code 0
    ");
    insta::assert_snapshot!(said(&project, &database, &["plan", "upgrade", "heads", "--format", "json"]), @r#"
    {
      "steps": [
        {
          "direction": "up",
          "revision": "r3",
          "message": "away"
        }
      ],
      "heads_after": [
        "r3"
      ],
      "losses": [],
      "unseen": [],
      "retired": [
        {
          "revision": "r3",
          "direction": "up",
          "object": "table app.users",
          "is_there": true,
          "used_by": [
            "table constraint orders_user_id_fkey on app.orders",
            "view app.emails"
          ],
          "named_by": [
            "function app.number()"
          ]
        },
        {
          "revision": "r3",
          "direction": "up",
          "object": "column app.orders.note",
          "is_there": true
        }
      ]
    }
    --- exit code 0
    "#);
    insta::assert_snapshot!(said(&project, &database, &["plan", "upgrade", "heads", "--from", "r1"]), @"
      up   r2  no users any more
      up   r3  away
    r3 retires table app.users
    r3 retires column app.orders.note
    2 steps; then at r3
    --- exit code 0
    ");
    insta::assert_snapshot!(said(&project, &database, &["upgrade"]), @"
      up   r3  away
    retired table app.users as app.users_backup_20261121
    retired column app.orders.note as app.orders.note_backup_20261121
    upgraded 1 revision in …; now at r3
    --- standard error
    r3 retires table app.users
      goes on using it under its new name: table constraint orders_user_id_fkey on app.orders
      goes on using it under its new name: view app.emails
      has its name in its text: function app.number()
    r3 retires column app.orders.note
    --- exit code 0
    ");
    insta::assert_snapshot!(said(&project, &database, &["plan", "downgrade", "-1"]), @"
      down r3  away
    r3 brings column app.orders.note back, which is note_backup_20261121 now
    r3 brings table app.users back, which is users_backup_20261121 now
    1 step; then at r2
    --- standard error
    --- exit code 0
    ");
    insta::assert_snapshot!(said(&project, &database, &["downgrade", "-1"]), @"
      down r3  away
    downgraded 1 revision in …; now at r2
    --- standard error
    r3 brings column app.orders.note back, which is note_backup_20261121 now
    r3 brings table app.users back, which is users_backup_20261121 now
    --- exit code 0
    ");
}

/// What goes away together is nobody's user of each other.
#[test]
fn who_goes_along_is_not_told_of() {
    let (project, database) = used();
    database.execute(
        "CREATE FUNCTION app.same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER users_same BEFORE UPDATE ON app.users FOR EACH ROW EXECUTE FUNCTION app.same(); \
         CREATE TRIGGER orders_same BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.same()",
    );
    project.revision(
        "r3",
        "message: away\nparents: r2",
        "-- [retire]\nfunction app.number()\nview app.emails\nfunction app.same()\ntable app.users\ncolumn app.orders.note\n",
    );
    insta::assert_snapshot!(said(&project, &database, &["plan", "upgrade", "heads"]), @"
      up   r3  away
    r3 retires function app.number()
    r3 retires view app.emails
    r3 retires function app.same()
      goes on using it under its new name: trigger orders_same on app.orders
    r3 retires table app.users
      goes on using it under its new name: table constraint orders_user_id_fkey on app.orders
    r3 retires column app.orders.note
    1 step; then at r3
    --- standard error
    --- exit code 0
    ");
}

#[test]
fn what_there_is() {
    let (project, database) = used();
    insta::assert_snapshot!(said(&project, &database, &["retired", "list"]), @"
    nothing is retired
    --- standard error
    --- exit code 0
    ");
    project.ok(&database.url(), &["upgrade"]);
    database.execute("UPDATE revgraph.retired SET retired_at = now() - interval '3 days 1 hour'");
    insta::assert_snapshot!(said(&project, &database, &["retired", "list"]), @"
    table app.users  app.users_backup_20261121  2 rows, 48 kB  retired 3 days ago by r3
    column app.orders.note  app.orders.note_backup_20261121  1 value  retired 3 days ago by r3
    --- standard error
    --- exit code 0
    ");
    let listed = project.run_on(&database.url(), &["retired", "list", "--format", "json"]).json();
    let first = &listed["retired"][0];
    let known = |name: &str| first[name].to_string();
    let fields = ["revision", "object", "kind", "schema", "name", "backup", "is_there", "rows", "estimated", "bytes"];
    insta::assert_snapshot!(fields.map(known).join(" "), @r#""r3" "table app.users" "table" "app" "users" "users_backup_20261121" true 2 false 49152"#);
    database.execute("DROP TABLE app.users_backup_20261121 CASCADE");
    insta::assert_snapshot!(said(&project, &database, &["retired", "list"]), @"
    table app.users  app.users_backup_20261121  not there any more  retired 3 days ago by r3
    column app.orders.note  app.orders.note_backup_20261121  1 value  retired 3 days ago by r3
    --- standard error
    --- exit code 0
    ");
}

#[test]
fn brought_back_by_hand() {
    let (project, database) = used();
    let url = database.url();
    project.ok(&url, &["upgrade"]);
    insta::assert_snapshot!(said(&project, &database, &["retired", "restore", "user"]), @r#"
    --- standard error
    error: nothing retired is called "user"
    help: `revgraph retired list` shows what there is
    --- exit code 1
    "#);
    insta::assert_snapshot!(said(&project, &database, &["retired", "restore", "app.users"]), @"
    restored table app.users, which was users_backup_20261121
    --- standard error
    --- exit code 0
    ");
    assert_eq!(database.value("SELECT count(*) FROM app.users"), "2");
    insta::assert_snapshot!(said(&project, &database, &["retired", "restore", "app.users"]), @r#"
    --- standard error
    error: nothing retired is called "app.users"
    help: `revgraph retired list` shows what there is
    --- exit code 1
    "#);
    assert_eq!(database.events().last().unwrap(), "restore r3 done");
    // The way down leaves it alone, and brings back the rest.
    project.ok(&url, &["downgrade", "r2"]);
    assert_eq!(database.value("SELECT count(note) FROM app.orders"), "1");
    assert_eq!(database.value("SELECT count(*) FROM app.users"), "2");
    project.ok(&url, &["upgrade"]);
    project.ok(&url, &["downgrade", "base", "--yes"]);
}

#[test]
fn its_old_name_is_taken() {
    let (project, database) = used();
    project.ok(&database.url(), &["upgrade"]);
    database.execute("CREATE TABLE app.users (id int)");
    insta::assert_snapshot!(said(&project, &database, &["retired", "restore", "app.users"]), @"
    --- standard error
    error: nothing was changed: table app.users can't come back: there is another table called users
    --- exit code 1
    ");
    insta::assert_snapshot!(said(&project, &database, &["downgrade", "-1"]), @"
    --- standard error
    r3 brings column app.orders.note back, which is note_backup_20261121 now
    r3 brings table app.users back, which is users_backup_20261121 now
    error: table app.users can't come back: there is another table called users
     --> revisions/r3.sql:6:1
      |
    6 | table app.users
      | ^^^^^
    error: downgrade of r3 failed: table app.users can't come back: there is another table called users
    no revision was completed; r3 was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    --- exit code 1
    ");
    assert_eq!(database.applied(), ["r1", "r2", "r3"]);
    database.execute("DROP TABLE app.users; ALTER TABLE app.users_backup_20261121 RENAME TO elsewhere");
    insta::assert_snapshot!(said(&project, &database, &["downgrade", "-1"]), @"
    --- standard error
    r3 brings column app.orders.note back, which is note_backup_20261121 now
    r3 brings table app.users back, which is users_backup_20261121 now
    error: table app.users can't come back: there is no users_backup_20261121 any more, which it was renamed to
     --> revisions/r3.sql:6:1
      |
    6 | table app.users
      | ^^^^^
    error: downgrade of r3 failed: table app.users can't come back: there is no users_backup_20261121 any more, which it was renamed to
    no revision was completed; r3 was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    --- exit code 1
    ");
}

#[test]
fn dropped_for_good() {
    let (project, database) = used();
    let url = database.url();
    project.ok(&url, &["upgrade"]);
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "--older-than", "30d", "--yes"]), @"
    nothing to drop
    --- standard error
    --- exit code 0
    ");
    database.execute("UPDATE revgraph.retired SET retired_at = now() - interval '31 days'");
    insta::assert_snapshot!(said(&project, &database, &["check"]), @"
    retired for more than 30 days (`revgraph retired purge` drops it): table app.users, column app.orders.note
    ok: 3 revisions sound, and the database agrees
    --- standard error
    --- exit code 0
    ");
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "--older-than", "30d", "--dry-run"]), @"
    would drop 2 objects:
      table app.users  app.users_backup_20261121  2 rows, 48 kB  retired 31 days ago by r3
      column app.orders.note  app.orders.note_backup_20261121  1 value  retired 31 days ago by r3
    --- standard error
    --- exit code 0
    ");
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "--older-than", "30d"]), @"
    --- standard error
    this drops for good:
      table app.users  app.users_backup_20261121  2 rows, 48 kB  retired 31 days ago by r3
      column app.orders.note  app.orders.note_backup_20261121  1 value  retired 31 days ago by r3
    error: not done, for nobody has agreed to it: to drop table app.users, column app.orders.note for good
    help: if that is what you want: --yes
    --- exit code 1
    ");
    // Something still needs it: nothing is dropped.
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "--older-than", "30d", "--yes"]), @"
    --- standard error
    this drops for good:
      table app.users  app.users_backup_20261121  2 rows, 48 kB  retired 31 days ago by r3
      column app.orders.note  app.orders.note_backup_20261121  1 value  retired 31 days ago by r3
    error: nothing was changed: something else needs what is to be dropped: constraint orders_user_id_fkey on table app.orders depends on table app.users_backup_20261121; view app.emails depends on table app.users_backup_20261121
    --- exit code 1
    ");
    assert!(relations(&database, "app").contains(&"users_backup_20261121".to_owned()));
    database.execute("DROP VIEW app.emails; ALTER TABLE app.orders DROP CONSTRAINT orders_user_id_fkey");
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "--older-than", "30d", "--yes"]), @"
    dropped 2 objects
    --- standard error
    this drops for good:
      table app.users  app.users_backup_20261121  2 rows, 48 kB  retired 31 days ago by r3
      column app.orders.note  app.orders.note_backup_20261121  1 value  retired 31 days ago by r3
    --- exit code 0
    ");
    assert_eq!(relations(&database, "app"), ["orders", "orders_pkey"]);
    assert_eq!(database.events().split_off(3), ["purge r3 done", "purge r3 done"]);
    // Its way down has lost the rows.
    insta::assert_snapshot!(
        said(&project, &database, &["plan", "downgrade", "r1"]).replace(char::is_numeric, "#"), @"
    --- standard error
    error: the way down can't bring back what was retired: column app.orders.note was purged at ####-##-##T##:##:##Z; table app.users was purged at ####-##-##T##:##:##Z
    help: nothing was done; stay at or above r#, or bring its rows back from a backup first
    --- exit code #
    ");
    insta::assert_snapshot!(
        said(&project, &database, &["downgrade", "r1", "--yes"]).replace(char::is_numeric, "#"), @"
    --- standard error
    error: the way down can't bring back what was retired: column app.orders.note was purged at ####-##-##T##:##:##Z; table app.users was purged at ####-##-##T##:##:##Z
    help: nothing was done; stay at or above r#, or bring its rows back from a backup first
    --- exit code #
    ");
    assert_eq!(database.applied(), ["r1", "r2", "r3"]);
}

#[test]
fn a_phrase_to_retire_is_a_phrase_to_purge() {
    let (project, database, url) = start();
    project.revision("r2", "parents: r1\nconfirm: DELETE OLD TABLES", "-- [retire]\ntable app.users\n");
    project.ok(&url, &["upgrade", "r1"]);
    fix_day(&database, "20261121");
    project.ok(&url, &["upgrade", "--confirm", "DELETE OLD TABLES"]);
    database.execute("UPDATE revgraph.retired SET retired_at = now() - interval '90 minutes'");
    insta::assert_snapshot!(said(&project, &database, &["retired", "purge", "app.users", "--yes"]), @r#"
    --- standard error
    this drops for good:
      table app.users  app.users_backup_20261121  2 rows, 48 kB  retired 1 hour ago by r2
    error: r2 runs only after the phrase "DELETE OLD TABLES" is given
    help: if that is what you want: --confirm "DELETE OLD TABLES"
    --- exit code 1
    "#);
    assert_eq!(database.value("SELECT count(*) FROM app.users_backup_20261121"), "2");
    insta::assert_snapshot!(
        said(&project, &database, &["retired", "purge", "app.users", "--confirm", "DELETE OLD TABLES"]), @"
    dropped 1 object
    --- standard error
    this drops for good:
      table app.users  app.users_backup_20261121  2 rows, 48 kB  retired 1 hour ago by r2
    --- exit code 0
    ");
    assert_eq!(relations(&database, "app"), [""; 0]);
}

/// One revision's phrase says nothing of what another one has retired.
#[test]
fn a_phrase_allows_no_more_than_its_own() {
    let (project, database, url) = start();
    project.revision("r2", "parents: r1\nconfirm: DELETE OLD TABLES", "-- [retire]\ntable app.users\n");
    project.revision("r3", "parents: r2", "-- [up]\nCREATE TABLE app.more ();\n-- [down]\nDROP TABLE app.more;\n");
    project.revision("r4", "parents: r3", "-- [retire]\ntable app.more\n");
    project.ok(&url, &["upgrade", "r1"]);
    fix_day(&database, "20261121");
    project.ok(&url, &["upgrade", "--confirm", "DELETE OLD TABLES"]);
    database.execute("UPDATE revgraph.retired SET retired_at = now() - interval '40 days'");
    let purge = ["retired", "purge", "--older-than", "30d", "--confirm", "DELETE OLD TABLES"];
    insta::assert_snapshot!(said(&project, &database, &purge), @"
    --- standard error
    this drops for good:
      table app.users  app.users_backup_20261121  2 rows, 48 kB  retired 40 days ago by r2
      table app.more  app.more_backup_20261121  0 rows, 0 bytes  retired 40 days ago by r4
    error: not done, for nobody has agreed to it: to drop table app.more for good
    help: if that is what you want: --yes
    --- exit code 1
    ");
    // On a terminal the rest is asked for, and the phrase to the letter.
    let mut terminal = Terminal::start(project.command(&[&["-d", &url, "-q"], &purge[..4]].concat()));
    terminal.until("asks for the phrase DELETE OLD TABLES: ");
    terminal.say("DELETE OLD TABLES");
    terminal.until("drop 1 object? [y/N] ");
    terminal.say("n");
    let refused = terminal.end();
    assert!(refused.code == 1 && refused.err.contains("error: not done, for nobody has agreed to it"), "{refused}");
    let there = relations(&database, "app");
    assert!(["more_backup_20261121", "users_backup_20261121"].iter().all(|name| there.contains(&name.to_string())));
    project.ok(&url, &[&purge[..], &["--yes"]].concat());
    assert_eq!(relations(&database, "app"), [""; 0]);
}
