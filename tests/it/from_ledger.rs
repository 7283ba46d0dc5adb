//! The way down where files are missing: by what the database's ledger keeps.

mod as_applied;
mod baselines;
mod hostile;

use std::path::PathBuf;

use crate::harness::{Database, Project, Said};

/// The project of a release: the first so many revisions of a chain.
fn release(number: usize) -> Project {
    let project = Project::new();
    project.chain(number);
    project
}

/// A database that release 4 was deployed to.
fn deployed() -> Database {
    let database = Database::new();
    release(4).ok(&database.url(), &["upgrade"]);
    database
}

fn remove(project: &Project, id: &str) {
    std::fs::remove_file(project.path().join(format!("revisions/{id}.sql"))).unwrap();
}

fn run(project: &Project, database: &Database, arguments: &[&str]) -> Said {
    let Said { code, out, err } = project.run_on(&database.url(), arguments);
    let told = |line: &str| match line.split_once(" in backups/") {
        Some((before, _)) => format!("{before} in FOLDER\n"),
        None => format!("{line}\n"),
    };
    let err = err.lines().filter(|line| !line.starts_with("database: ")).map(told).collect();
    let out = match out.split_once(" in ") {
        Some((before, after)) if before.contains("graded ") => {
            format!("{before} in TIME; {}", after.split_once("; ").unwrap().1)
        }
        _ => out,
    };
    Said { code, out, err }
}

#[test]
fn an_older_checkout_undoes_what_it_lacks_once_that_is_allowed() {
    let (old, database) = (release(2), deployed());
    insta::assert_snapshot!(run(&old, &database, &["downgrade", "r0002"]), @"
    --- standard error
    error: the files lack 2 revisions, whose way down is in the ledger alone: r0004, r0003
    help: its checksums match; `revgraph recover -o DIR` writes it there for reading, --from-ledger runs it
    --- exit code 1
    ");
    assert_eq!(database.applied(), ["r0001", "r0002", "r0003", "r0004"], "nothing was touched");
    insta::assert_snapshot!(run(&old, &database, &["plan", "downgrade", "r0001"]), @"
      down r0004
        loses table t4: empty
      down r0003
        loses table t3: empty
      down r0002
        loses table t2: empty
    3 steps; then at r0001
    --- standard error
    note: the files lack 2 revisions, planned by what the ledger keeps: r0004, r0003
    --- exit code 0
    ");
    insta::assert_snapshot!(run(&old, &database, &["downgrade", "r0002", "--from-ledger"]), @"
      down r0004
      down r0003
    downgraded 2 revisions in TIME; now at r0002
    --- standard error
    note: the files lack 2 revisions, undone by what the ledger keeps: r0004, r0003
    kept what the ledger has of r0004, r0003 in FOLDER
    --- exit code 0
    ");
    assert_eq!(database.tables(), ["t1", "t2"]);
    assert_eq!(database.applied(), ["r0001", "r0002"]);
    insta::assert_snapshot!(run(&old, &database, &["check"]), @"
    ok: 2 revisions sound, and the database agrees
    --- exit code 0
    ");
}

#[test]
fn what_leaves_the_ledger_is_kept_as_files() {
    let (old, database) = (release(2), deployed());
    let done = old.run_on(&database.url(), &["downgrade", "r0002", "--yes", "--format", "json"]).json();
    let kept: Vec<PathBuf> =
        done["kept"].as_array().unwrap().iter().map(|file| file.as_str().unwrap().into()).collect();
    let names: Vec<_> = kept.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["r0004.sql", "r0003.sql"]);
    let folder = kept[0].parent().unwrap();
    assert!(folder.starts_with("backups") && folder.to_str().unwrap().ends_with("_ledger"), "{folder:?}");
    // With them the checkout has what it lacked.
    for (file, name) in kept.iter().zip(names) {
        std::fs::copy(old.path().join(file), old.path().join("revisions").join(name)).unwrap();
    }
    old.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.tables(), ["t1", "t2", "t3", "t4"]);
    old.ok(&database.url(), &["check"]);
    // What has a file is kept nowhere else.
    let done = old.run_on(&database.url(), &["downgrade", "r0003", "--yes", "--format", "json"]).json();
    assert_eq!(done.get("kept"), None);
}

#[test]
fn where_they_go_can_be_said() {
    let (old, database) = (release(2), deployed());
    old.write("taken", "");
    let said = run(&old, &database, &["downgrade", "r0003", "--from-ledger=taken"]);
    insta::assert_snapshot!(said, @"
    --- standard error
    note: the files lack 1 revision, undone by what the ledger keeps: r0004
    error: what the ledger lets go of can't be kept: taken: File exists (os error 17)
    help: nothing was touched; `--from-ledger=DIR` names another folder for it
    --- exit code 1
    ");
    assert_eq!(database.applied().len(), 4, "nothing was touched");
    old.write("kept/r0004.sql", "another text");
    insta::assert_snapshot!(run(&old, &database, &["downgrade", "r0003", "--from-ledger=kept"]), @"
    --- standard error
    note: the files lack 1 revision, undone by what the ledger keeps: r0004
    error: what the ledger lets go of can't be kept: kept/r0004.sql is there, and says something else
    help: nothing was touched; `--from-ledger=DIR` names another folder for it
    --- exit code 1
    ");
    assert_eq!(database.applied().len(), 4, "nothing was touched");
    insta::assert_snapshot!(run(&old, &database, &["downgrade", "r0003", "--from-ledger=deep/kept here"]), @"
      down r0004
    downgraded 1 revision in TIME; now at r0003
    --- standard error
    note: the files lack 1 revision, undone by what the ledger keeps: r0004
    kept what the ledger has of r0004 in deep/kept here
    --- exit code 0
    ");
    assert!(old.path().join("deep/kept here/r0004.sql").is_file());
    for trial in ["--dry-run", "--sql"] {
        old.ok(&database.url(), &["downgrade", "r0002", "--from-ledger=never", trial]);
        assert!(!old.path().join("never").exists(), "{trial} undoes nothing");
    }
}

#[test]
fn every_target_that_the_database_has_can_be_named() {
    for (target, left) in [("-1", 3), ("r0003", 3), ("r0001+1", 2), ("base", 0), ("r0004-3", 1)] {
        let (old, database) = (release(2), deployed());
        old.ok(&database.url(), &["downgrade", target, "--yes"]);
        assert_eq!(database.applied().len(), left, "{target}");
        assert_eq!(database.tables().len(), left, "{target}");
    }
}

#[test]
fn what_has_a_file_needs_nobodys_leave() {
    let database = deployed();
    let old = release(2);
    old.ok(&database.url(), &["downgrade", "r0002", "--from-ledger"]);
    old.ok(&database.url(), &["downgrade", "r0001"]);
    // What stands beside the way is not run, and so nobody need agree to it.
    let (project, database) = (release(2), Database::new());
    project.revision("side", "parents: r0001", "-- [up]\nCREATE TABLE side ();\n-- [down]\nDROP TABLE side;\n");
    project.ok(&database.url(), &["upgrade"]);
    remove(&project, "side");
    project.ok(&database.url(), &["downgrade", "r0002@-1"]);
    assert_eq!(database.applied(), ["r0001", "side"]);
    project.ok(&database.url(), &["downgrade", "base", "--from-ledger"]);
    assert!(database.tables().is_empty());
}

#[test]
fn a_file_that_is_gone_inside_the_chain() {
    let (project, database) = (release(4), deployed());
    remove(&project, "r0002");
    insta::assert_snapshot!(run(&project, &database, &["downgrade", "r0001"]), @"
    --- standard error
    error: the files lack 1 revision, whose way down is in the ledger alone: r0002
    help: its checksums match; `revgraph recover -o DIR` writes it there for reading, --from-ledger runs it
    --- exit code 1
    ");
    insta::assert_snapshot!(run(&project, &database, &["downgrade", "r0003"]), @"
      down r0004
    downgraded 1 revision in TIME; now at r0003
    --- exit code 0
    ");
    insta::assert_snapshot!(run(&project, &database, &["downgrade", "r0001", "--from-ledger"]), @"
      down r0003
      down r0002
    downgraded 2 revisions in TIME; now at r0001
    --- standard error
    note: the files lack 1 revision, undone by what the ledger keeps: r0002
    kept what the ledger has of r0002 in FOLDER
    --- exit code 0
    ");
    assert_eq!(database.tables(), ["t1"]);
    // Now the database has nothing of it either, and the files are as broken as they are.
    insta::assert_snapshot!(run(&project, &database, &["downgrade", "base", "--from-ledger"]), @"
    --- standard error
    error: revision `r0003` (revisions/r0003.sql:2) follows `r0002`, and there is no such revision
    help: did you mean `r0001`, `r0003` and `r0004`? If a file is gone, `revgraph recover` writes it from a database that has it
    --- exit code 1
    ");
}

#[test]
fn a_way_up_that_lacks_files_names_the_remedies() {
    let (old, database) = (release(2), deployed());
    insta::assert_snapshot!(run(&old, &database, &["upgrade"]), @"
    --- standard error
    error: the database has 2 revisions that the files lack: r0003, r0004
    help: this checkout is older than the database, on another branch, or the database is another project's. `revgraph recover` writes their files from the ledger, `revgraph downgrade TARGET --from-ledger` undoes them by it
    --- exit code 1
    ");
    insta::assert_snapshot!(run(&old, &database, &["current"]), @"
    r0004 (no file)
    missing: in effect, but without a file: r0003, r0004
      this checkout is older than the database, on another branch, or the database is another project's
      `revgraph recover` writes their files from the ledger, `revgraph downgrade TARGET --from-ledger` undoes them by it
    --- exit code 0
    ");
}

#[test]
fn tried_and_written_as_a_script_it_is_asked_for_too() {
    let (old, database) = (release(3), deployed());
    for option in ["--dry-run", "--sql"] {
        let said = run(&old, &database, &["downgrade", "r0002", option, "--format", "json"]);
        assert_eq!((said.code, said.error()["kind"].as_str(), said.out.as_str()), (1, Some("only_in_ledger"), ""));
    }
    insta::assert_snapshot!(run(&old, &database, &["downgrade", "r0003", "--dry-run", "--from-ledger"]), @"
    down r0004
        loses table t4: empty
        8 DROP TABLE t4
    lock AccessExclusiveLock on public.t4
    tried 1 step of 1 and rolled back; it would be at r0003
    --- standard error
    note: the files lack 1 revision, undone by what the ledger keeps: r0004
    --- exit code 0
    ");
    let script = run(&old, &database, &["downgrade", "r0003", "--sql", "--from-ledger"]);
    assert!(script.out.contains("DROP TABLE t4;"), "{script}");
    assert_eq!(database.applied().len(), 4, "nothing was touched");
    let plan = run(&old, &database, &["plan", "downgrade", "r0002", "--format", "json"]).json();
    assert_eq!(plan["from_ledger"], serde_json::json!(["r0004"]));
    assert_eq!(plan["steps"][0], serde_json::json!({"direction": "down", "revision": "r0004", "message": ""}));
}

#[test]
fn what_it_asks_of_a_phrase_is_asked_all_the_same() {
    let (project, database) = (release(1), Database::new());
    project.revision("bad", "parents: r0001\nconfirm: DROP IT", "-- [up]\n-- [down]\nDROP TABLE t1;\n");
    project.ok(&database.url(), &["upgrade", "--confirm", "DROP IT"]);
    remove(&project, "bad");
    let said = run(&project, &database, &["downgrade", "r0001", "--from-ledger", "--format", "json"]);
    assert_eq!(said.error()["kind"], "not_confirmed");
    project.ok(&database.url(), &["downgrade", "r0001", "--from-ledger", "--confirm", "DROP IT"]);
    assert!(database.tables().is_empty());
}

#[test]
fn a_mistake_in_it_is_placed_in_the_ledgers_text() {
    let (project, database) = (release(1), Database::new());
    project.revision("bad", "parents: r0001", "-- [up]\n-- [down]\nDROP TABLE nowhere;\n");
    project.ok(&database.url(), &["upgrade"]);
    remove(&project, "bad");
    insta::assert_snapshot!(run(&project, &database, &["downgrade", "r0001", "--from-ledger"]), @r#"
    --- standard error
    note: the files lack 1 revision, undone by what the ledger keeps: bad
    kept what the ledger has of bad in FOLDER
    error: table "nowhere" does not exist
     --> ledger:bad:6:1
      |
    6 | DROP TABLE nowhere;
      | ^^^^
    error: downgrade of bad failed: table "nowhere" does not exist
    no revision was completed; bad was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    --- exit code 1
    "#);
}
