//! A database that has all that a baseline replaces, but not as the baseline stands for it.

use std::fs;

use super::{repair, run};
use crate::baselines::{LINE, folder, originals, rows, squashed};
use crate::harness::{Database, Project};

/// A database in which `b` ran otherwise than in the archive, and the squashed files.
fn other_history() -> (Project, Database) {
    let (project, database) = (originals(), Database::new());
    project.revision("b", "parents: a\nmessage: makes b", "-- [up]\nCREATE TABLE b ( );\n-- [down]\nDROP TABLE b;\n");
    project.ok(&database.url(), &["upgrade", "x"]);
    (squashed(&LINE), database)
}

#[test]
fn it_is_adopted_once_the_difference_is_accepted() {
    let (project, database) = other_history();
    insta::assert_snapshot!(run(&project, &database, &["upgrade", "x"]), @"
    --- standard error
    error: the database has all that the baseline line replaces, but by another history: b changed

    b in archive/line/b.sql: only comments or white space changed
      --- as it ran
      +++ the file now
      @@ -3,6 +3,6 @@
       -- message: makes b
       
       -- [up]
      -CREATE TABLE b ( );
      +CREATE TABLE b ();
       -- [down]
       DROP TABLE b;
    help: see whether the difference matters; `revgraph repair --accept b` takes it as it is
    --- exit code 1
    ");
    assert_eq!(repair(&project, &database, &[]).code, 3);
    project.ok(&database.url(), &["repair", "--accept", "b", "--yes"]);
    project.ok(&database.url(), &["upgrade", "x"]);
    assert_eq!(rows(&database), "a b c d p x line");
    assert_eq!(run(&project, &database, &["check"]).out, "pending: q, y, z\n");
    project.ok(&database.url(), &["downgrade", "a"]);
    assert_eq!(rows(&database), "a p");
}

#[test]
fn without_the_archive_the_baseline_itself_is_accepted() {
    let (project, database) = other_history();
    fs::remove_dir_all(folder(&project, "line")).unwrap();
    insta::assert_snapshot!(run(&project, &database, &["upgrade", "x"]), @"
    --- standard error
    error: the database has all that the baseline line replaces, but by another history
    help: see whether the difference matters; `revgraph repair --accept line` takes it as it is
    --- exit code 1
    ");
    insta::assert_snapshot!(repair(&project, &database, &["--accept", "line", "--yes"]), @"
    accepted line; 2 lineages written
    --- exit code 0
    ");
    project.ok(&database.url(), &["upgrade", "x"]);
    assert_eq!(rows(&database), "a b c d p x line");
    assert_eq!(database.rows("SELECT action, revision FROM revgraph.event WHERE action = 'repair'"), ["repair line"]);
}
