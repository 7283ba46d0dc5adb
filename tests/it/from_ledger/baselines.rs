//! Baselines that a checkout lacks, or whose archive is gone.

use std::fs;

use super::run;
use crate::baselines::{LINE, at, folder, last_run, originals, rows, squashed};

#[test]
fn down_into_a_baseline_whose_archive_is_gone() {
    let project = squashed(&LINE);
    for (state, adopted) in [(&["x"][..], true), (&["x"], false), (&["c"], false)] {
        let database = at(state);
        if adopted {
            project.ok(&database.url(), &["upgrade", "x"]);
        }
        let archive = folder(&project, "line");
        let aside = archive.with_file_name("aside");
        fs::rename(&archive, &aside).unwrap();
        let said = run(&project, &database, &["downgrade", "b", "--format", "json"]);
        assert_eq!(said.error()["kind"], "only_in_ledger", "{said}");
        project.ok(&database.url(), &["downgrade", "b", "--from-ledger"]);
        assert_eq!(rows(&database), "a b p", "{state:?}");
        // The rest of the way, too.
        project.ok(&database.url(), &["downgrade", "base", "--from-ledger"]);
        assert_eq!(rows(&database), "", "{state:?}");
        assert!(database.tables().is_empty(), "{:?}", database.tables());
        fs::rename(&aside, &archive).unwrap();
    }
}

#[test]
fn what_a_baseline_brought_without_an_archive_is_nowhere() {
    let (project, database) = (squashed(&LINE), at(&[]));
    fs::remove_dir_all(folder(&project, "line")).unwrap();
    project.ok(&database.url(), &["upgrade", "x"]);
    insta::assert_snapshot!(run(&project, &database, &["downgrade", "b", "--from-ledger"]), @"
    --- standard error
    error: the ledger keeps no text of a: a baseline brought it, whose archive was gone by then
    help: nothing was done; take the archive, or that file, from version control
    --- exit code 1
    ");
    assert_eq!(rows(&database), "a<line b<line c<line d<line p x line");
}

#[test]
fn a_baseline_that_the_checkout_lacks() {
    // Run by a newer checkout: this one knows nothing of it, or a part of what it replaces, or all.
    for (lacks, target, left, did) in [
        (&["a", "b", "c", "d", "x", "y", "z"][..], "p", "p q", "down z, down y, down x, down line"),
        (&["a", "b", "c", "d", "x", "y", "z"], "b", "a b p q", "expand line, down z, down y, down x, down d, down c"),
        (&["c", "d", "x", "y", "z"], "b", "a b p q", "expand line, down z, down y, down x, down d, down c"),
        (&["c", "d", "x", "y", "z"], "p", "p q", "expand line, down z, down y, down x, down d, down c, down b, down a"),
        (&["y"], "d", "a<line b<line c<line d<line p q z line", "down y, down x"),
    ] {
        let (new, old, database) = (squashed(&LINE), originals(), at(&[]));
        new.ok(&database.url(), &["upgrade"]);
        for id in lacks {
            super::remove(&old, id);
        }
        let said = run(&old, &database, &["downgrade", target, "--from-ledger"]);
        assert_eq!((said.code, rows(&database)), (0, left.to_owned()), "{lacks:?} {target}\n{said}");
        assert_eq!(last_run(&database), did, "{lacks:?} {target}");
        new.ok(&database.url(), &["upgrade"]);
        assert_eq!(run(&new, &database, &["check"]).code, 0);
    }
}

#[test]
fn baselines_within_baselines() {
    let layout: [(&str, &[&str]); 2] = [("low", &["a", "b"]), ("line", &["low", "c", "d"])];
    for target in ["a", "c", "p"] {
        let (new, old, database) = (squashed(&layout), originals(), at(&[]));
        new.ok(&database.url(), &["upgrade"]);
        for id in ["a", "b", "c", "d", "x", "y", "z"] {
            super::remove(&old, id);
        }
        old.ok(&database.url(), &["downgrade", target, "--from-ledger"]);
        let by_files = at(&["heads"]);
        originals().ok(&by_files.url(), &["downgrade", target]);
        let plain = rows(&database).replace("<low", "").replace(" low", "");
        assert_eq!(plain, rows(&by_files), "{target}");
        assert_eq!(database.tables(), by_files.tables(), "{target}");
    }
}
