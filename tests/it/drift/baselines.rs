//! Drift of databases that have baselines in every state, as `squash` makes them.

use crate::harness::{Database, Project};

/// A line of four: a table with rows, a view of it, a column of another type, an index.
fn line() -> Project {
    let project = Project::new();
    for (id, parent, sections) in [
        (
            "r1",
            "",
            "-- [up]\nCREATE TABLE item (id serial PRIMARY KEY, name text DEFAULT 'x');\nINSERT INTO item DEFAULT VALUES;\n\
             -- [down]\nDROP TABLE item;\n",
        ),
        ("r2", "r1", "-- [up]\nCREATE VIEW items AS SELECT id FROM item;\n-- [down]\nDROP VIEW items;\n"),
        ("r3", "r2", "-- [up]\nALTER TABLE item ADD note text;\n-- [down]\nALTER TABLE item DROP note;\n"),
        ("r4", "r3", "-- [up]\nCREATE INDEX item_note ON item (note);\n-- [down]\nDROP INDEX item_note;\n"),
    ] {
        project.revision(id, &format!("parents: {parent}"), sections);
    }
    project
}

/// Puts a baseline in the place of all up to a revision.
fn squash(project: &Project, to: &str, id: &str) {
    let said = project.run(&["squash", "--scratch", "programs", "--to", to, "--id", id, "-m", "squashed"]);
    assert_eq!(said.code, 0, "{said}");
}

/// A database of these files, up to that target.
fn at(project: &Project, target: &str) -> Database {
    let database = Database::new();
    project.ok(&database.url(), &["upgrade", target]);
    database
}

/// How many revisions drift builds, if there is none; and that there is some after a change by hand.
fn built(project: &Project, database: &Database) -> u64 {
    built_by(project, database, &[])
}

fn built_by(project: &Project, database: &Database, more: &[&str]) -> u64 {
    let arguments = [&["drift", "--scratch", "programs", "--data", "--format", "json"], more].concat();
    let drift = || project.run_on(&database.url(), &arguments);
    let revisions = drift().json()["revisions"].as_u64().unwrap();
    database.execute("CREATE TABLE by_hand ()");
    let said = drift();
    assert!(said.code == 3 && said.out.contains("by_hand"), "{said}");
    database.execute("DROP TABLE by_hand");
    revisions
}

#[test]
fn all_of_it_before_and_after_it_is_adopted() {
    let project = line();
    let database = at(&project, "heads");
    squash(&project, "r3", "whole");
    assert_eq!(built(&project, &database), 4, "the originals, as the ledger has them");
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(built(&project, &database), 2, "the baseline and r4");
    // The same database, for a checkout that has never heard of the baseline.
    assert_eq!(built_by(&line(), &database, &["--from-ledger"]), 2);
}

#[test]
fn a_part_of_it() {
    let project = line();
    let database = at(&project, "r2");
    squash(&project, "r3", "whole");
    assert_eq!(built(&project, &database), 2);
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(built(&project, &database), 2, "finished and adopted: the baseline and r4");
    project.ok(&database.url(), &["downgrade", "r1", "--yes"]);
    assert_eq!(built(&project, &database), 1, "expanded again");
}

#[test]
fn a_baseline_that_ran_with_and_without_its_archive() {
    let project = line();
    squash(&project, "r3", "whole");
    assert_eq!(built(&project, &at(&project, "heads")), 2);
    std::fs::remove_dir_all(project.path().join("archive")).unwrap();
    assert_eq!(built(&project, &at(&project, "heads")), 2, "the ledger has no text of what it replaces");
}

#[test]
fn baselines_of_baselines() {
    let project = line();
    let [outside, inside, first] = ["heads", "r2", "heads"].map(|target| at(&project, target));
    squash(&project, "r2", "low");
    project.ok(&first.url(), &["upgrade"]);
    assert_eq!(built(&project, &first), 3, "low, r3 and r4");
    squash(&project, "r3", "high");
    assert_eq!(built(&project, &first), 3, "high is not adopted");
    assert_eq!([&outside, &inside].map(|database| built(&project, database)), [4, 2], "nor is low");
    for database in [&outside, &inside, &first] {
        project.ok(&database.url(), &["upgrade"]);
        assert_eq!(built(&project, database), 2, "high and r4");
    }
    assert_eq!(built(&project, &at(&project, "heads")), 2);
}
