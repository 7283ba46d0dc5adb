//! A ledger of the first version, which knew no progress.

use super::{STATEMENT, start, upgrade};
use crate::harness::Database;

/// Takes the ledger back to its first version.
fn make_old(database: &Database) {
    database.execute(
        "ALTER TABLE revgraph.unfinished DROP COLUMN rows, DROP COLUMN runs, DROP COLUMN position;
         DELETE FROM revgraph.schema_history WHERE version > 1",
    );
}

const VERSION: &str = "SELECT max(version) > 1 FROM revgraph.schema_history";

#[test]
fn what_only_reads_leaves_it_as_it_is() {
    let (project, database) = start(&format!("-- [batch]\n{STATEMENT}-- [down]\n"));
    make_old(&database);
    for arguments in [&["current"][..], &["log"], &["history"], &["upgrade", "--dry-run"], &["upgrade", "--sql"]] {
        project.ok(&database.url(), arguments);
    }
    assert_eq!(project.run_on(&database.url(), &["check"]).code, 3, "one is pending");
    assert_eq!(database.value(VERSION), "f");
    upgrade(&project, &database, 0);
    assert_eq!(database.value(VERSION), "t");
}

#[test]
fn what_an_old_one_has_unfinished_goes_on() {
    let (project, database) =
        start("-- [up transaction=off]\nCREATE TABLE a ();\nCREATE TABLE b (id gone);\n-- [down]\n");
    upgrade(&project, &database, 1);
    make_old(&database);
    assert!(project.ok(&database.url(), &["current"]).contains("unfinished: fill"));
    database.execute("CREATE DOMAIN gone AS int");
    upgrade(&project, &database, 0);
    assert_eq!(database.tables(), ["a", "b", "d"]);
}
