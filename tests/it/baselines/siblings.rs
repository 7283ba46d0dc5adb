//! A baseline from a branch up to the merge that ends it, and the way down to the branch beside it.

use std::fs;

use super::{folder, last_run, rows, squash, table};
use crate::harness::{Database, Project};

/// `p` with the branches `a`, `b` and `k`, `l`, their merge `m`, and `x`.
fn branches() -> Project {
    let project = Project::new();
    table(&project, "p", "");
    for (id, parents) in [("a", "p"), ("b", "a"), ("k", "p"), ("l", "k"), ("m", "b l"), ("x", "m")] {
        table(&project, id, &format!("parents: {parents}"));
    }
    project
}

/// Of both branches' revisions, one in the baseline's place within the baseline.
const LEVELS: [(&str, &[&str]); 2] = [("low", &["a", "b"]), ("top", &["low", "m"])];

fn in_levels() -> Project {
    let project = branches();
    LEVELS.iter().for_each(|(baseline, members)| squash(&project, baseline, members));
    project
}

#[test]
fn what_the_originals_keep_stays() {
    let one_level = branches();
    squash(&one_level, "top", &["a", "b", "m"]);
    for (project, inner) in [(one_level, ""), (in_levels(), " low")] {
        let database = Database::new();
        let url = database.url();
        project.ok(&url, &["upgrade"]);
        project.ok(&url, &["downgrade", "l"]);
        assert_eq!(last_run(&database), "expand top, down x, down m");
        assert_eq!(rows(&database), format!("a b k l p{inner}"));
        project.ok(&url, &["upgrade"]);
        assert_eq!(last_run(&database), "up m, adopt top, up x");
        // Below both, nothing of it stays: it is undone by its own way down.
        project.ok(&url, &["downgrade", "p"]);
        assert_eq!(last_run(&database), "down x, down top, down l, down k");
    }
}

#[test]
fn without_a_database_too() {
    let said = in_levels().run(&["plan", "downgrade", "k", "--from", "x"]);
    insta::assert_snapshot!(said, @"
      expand top  stands for low, m
      down x
        loses table x
      down m
        loses table m
      down l
        loses table l
    4 steps; then at k, low
    --- exit code 0
    ");
}

#[test]
fn where_the_archive_is_gone_nothing_is_taken_down_by_mistake() {
    let (project, database) = (in_levels(), Database::new());
    let url = database.url();
    project.ok(&url, &["upgrade"]);
    fs::remove_dir_all(folder(&project, "top")).unwrap();
    let before = rows(&database);
    let said = project.run_on(&url, &["downgrade", "l"]);
    assert!(said.err.contains("the archive has nothing of it"), "{said}");
    assert_eq!((said.code, rows(&database)), (1, before));
    // All that it stands on goes, or all that stands on the target.
    project.ok(&url, &["downgrade", "p"]);
    assert_eq!(rows(&database), "p");
}

#[test]
fn pruned_originals_still_tell_that_nothing_stays() {
    let (project, database) = (in_levels(), Database::new());
    let url = database.url();
    project.ok(&url, &["upgrade"]);
    for file in fs::read_dir(folder(&project, "top")).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "sql") {
            fs::remove_file(file).unwrap();
        }
    }
    let said = project.run_on(&url, &["downgrade", "l"]);
    insta::assert_snapshot!(said.complaint(), @"
    error: the files lack 1 revision, whose way down is in the ledger alone: m
    help: its checksums match; `revgraph recover -o DIR` writes it there for reading, --from-ledger runs it
    ");
    project.ok(&url, &["downgrade", "p"]);
    assert_eq!(rows(&database), "p");
}
