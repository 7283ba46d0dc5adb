//! Restoring and pruning where a database has what was replaced, or a part of it.

use insta::assert_snapshot;

use super::squashed::{files, nested, squash};
use crate::harness::{Database, Project};

/// A project of three revisions, a database that is at one of them, and then the squash.
fn squashed_at(target: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.chain(3);
    project.ok(&database.url(), &["upgrade", target]);
    squash(&project, "b1", &["r0001", "r0002", "r0003"]);
    (project, database)
}

/// What an archive command says on a database, without the line that names it; nothing may have changed.
fn refused(project: &Project, database: &Database, arguments: &[&str]) -> String {
    let before = files(project);
    let said = project.run_on(&database.url(), &[&["archive"], arguments].concat());
    assert_eq!(said.code, 1, "{said}");
    assert_eq!(files(project), before);
    said.complaint().replace(&project.path().display().to_string(), "{}")
}

#[test]
fn without_a_database_that_must_be_said() {
    let project = nested();
    let said = project.run(&["archive", "restore", "b2"]);
    assert_snapshot!(said, @"
    --- standard error
    error: no database is named, so nobody knows whether one would be left without a way
    help: give --database; or --no-database, if none has these revisions
    --- exit code 1
    ");
    let said = project.run(&["archive", "prune", "b2", "--confirm"]);
    assert_eq!(said.err, project.run(&["archive", "restore", "b2"]).err);
    let said =
        project.run(&["archive", "restore", "b2", "-d", "postgres://postgres@127.0.0.1:1/none", "--format", "json"]);
    assert_eq!((said.code, said.error()["kind"].as_str()), (1, Some("no_connection")));
}

#[test]
fn a_database_that_has_all_of_it_can_stay() {
    let (project, database) = squashed_at("heads");
    project.ok(&database.url(), &["archive", "restore", "b1"]);
    project.ok(&database.url(), &["check"]);
}

#[test]
fn so_can_one_that_has_a_part_or_nothing() {
    for target in ["r0002", "base"] {
        let (project, database) = squashed_at(target);
        project.ok(&database.url(), &["archive", "restore", "b1"]);
        project.ok(&database.url(), &["upgrade"]);
    }
}

#[test]
fn a_database_that_ran_something_else_stops_a_restore() {
    let (project, database) = squashed_at("heads");
    database.execute("UPDATE revgraph.applied SET up_checksum = repeat('0', 64), source = '' WHERE id <> 'r0003'");
    assert_snapshot!(refused(&project, &database, &["restore", "b1"]), @"
    error: what the database has of these revisions is not what was archived: r0001, r0002
    help: the baseline was run where the archive was not, or originals were edited: keep the baseline
    ");
}

#[test]
fn a_baseline_without_its_members_stops_a_restore() {
    let (project, database) = squashed_at("heads");
    database.execute("UPDATE revgraph.applied SET id = 'b1' WHERE id = 'r0003'");
    assert_snapshot!(refused(&project, &database, &["restore", "b1"]), @"
    error: the database has `b1`, and not 1 revision that it replaced: r0003
    help: `revgraph stamp` writes where the database really is
    ");
}

#[test]
fn a_baseline_that_was_begun_stops_a_restore() {
    let (project, database) = squashed_at("base");
    project.ok(&database.url(), &["stamp", "b1"]);
    database.execute(
        "INSERT INTO revgraph.unfinished VALUES ('b1', 'up', 0, 0, 'failed', repeat('0', 64), now(), 'run');
         DELETE FROM revgraph.applied",
    );
    assert_snapshot!(refused(&project, &database, &["restore", "b1"]), @"
    error: the database has `b1` unfinished
    help: end it first, by `revgraph upgrade` or `revgraph downgrade`
    ");
}

#[test]
fn originals_that_a_database_needs_are_not_pruned() {
    let (project, database) = squashed_at("r0002");
    assert_snapshot!(refused(&project, &database, &["prune", "b1", "--confirm"]), @"
    error: the database has 2 of the 3 revisions that `b1` replaced, and needs the originals to go on or back
    help: `revgraph upgrade` finishes them along the originals; then ask again
    ");
    let (project, database) = squashed_at("heads");
    database.execute("UPDATE revgraph.applied SET lineage = repeat('0', 64) WHERE id = 'r0003'");
    assert_snapshot!(refused(&project, &database, &["prune", "b1", "--confirm"]), @"
    error: the database has run another history up to `r0003` than the one that was archived
    help: as long as that is so, the originals show what differs: `revgraph upgrade` tells
    ");
}

#[test]
fn originals_that_no_database_needs_are_pruned() {
    for target in ["heads", "base"] {
        let (project, database) = squashed_at(target);
        project.ok(&database.url(), &["archive", "prune", "b1", "--confirm"]);
        assert_eq!(files(&project).into_keys().collect::<Vec<_>>(), ["archive/b1/manifest.toml", "revisions/b1.sql"]);
    }
}

#[test]
fn a_baseline_within_that_a_database_never_ran_is_no_gap() {
    let (before, database) = (Project::new(), Database::new());
    before.chain(4);
    before.ok(&database.url(), &["upgrade"]);
    let project = nested();
    let manifest = std::fs::read_to_string(project.path().join("archive/b2/manifest.toml")).unwrap();
    let lineage = manifest.lines().find_map(|line| line.strip_prefix("lineage = ")).unwrap().replace('"', "'");
    database.execute(&format!("UPDATE revgraph.applied SET lineage = {lineage} WHERE id = 'r0004'"));
    project.ok(&database.url(), &["archive", "prune", "b2", "--confirm"]);
}

#[test]
fn a_database_goes_along_through_two_levels_and_back() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(3);
    let chain = files(&project);
    let upgrade = || project.ok(&database.url(), &["upgrade"]);
    upgrade();
    squash(&project, "b1", &["r0001", "r0002", "r0003"]);
    // By the sink's own id, as those that were there before the squash do.
    project.revision("r0004", "parents: r0003", "-- [up]\nCREATE TABLE t4 ();\n\n-- [down]\nDROP TABLE t4;\n");
    upgrade();
    let once = files(&project);
    squash(&project, "b2", &["b1", "r0004"]);
    upgrade();
    assert_eq!(database.applied(), ["b1", "b2", "r0001", "r0002", "r0003", "r0004"]);
    project.ok(&database.url(), &["archive", "restore", "b2"]);
    assert_eq!(files(&project), once);
    upgrade();
    project.ok(&database.url(), &["archive", "restore", "b1"]);
    let mut restored = files(&project);
    restored.remove("revisions/r0004.sql");
    assert_eq!(restored, chain);
}

/// A project of which two databases are named, one at the heads and one within what was replaced.
fn with_prod_behind() -> (Project, Database, Database) {
    let (project, database) = squashed_at("heads");
    let prod = Database::new();
    let before = Project::new();
    before.chain(3);
    before.ok(&prod.url(), &["upgrade", "r0002"]);
    project.write("revgraph.toml", format!("[databases]\nprod = {:?}\n", prod.url()));
    (project, database, prod)
}

#[test]
fn every_database_of_the_project_is_asked() {
    let (project, database, prod) = with_prod_behind();
    assert_snapshot!(refused(&project, &database, &["prune", "b1", "--confirm"]), @"
    error: prod: the database has 2 of the 3 revisions that `b1` replaced, and needs the originals to go on or back
    help: `revgraph upgrade` finishes them along the originals; then ask again
    ");
    // So it is where `url` is the one that is behind, and another one is named.
    project.write("revgraph.toml", format!("url = {:?}\n", prod.url()));
    assert!(refused(&project, &database, &["prune", "b1", "--confirm"]).starts_with("error: url: the database has 2"));
    prod.execute("UPDATE revgraph.applied SET up_checksum = repeat('0', 64) WHERE id = 'r0001'");
    assert!(refused(&project, &database, &["restore", "b1"]).starts_with("error: url: what the database has of this"));
    project.ok(&database.url(), &["archive", "prune", "b1", "--confirm", "--without", "url"]);
}

#[test]
fn one_that_cannot_be_asked_must_be_exempted_by_name() {
    let (project, database) = squashed_at("heads");
    project.write("revgraph.toml", "[databases]\nold = \"postgres://postgres@127.0.0.1:1/none\"\n");
    for arguments in [&["prune", "b1", "--confirm"][..], &["restore", "b1"]] {
        let said = refused(&project, &database, arguments);
        assert!(
            said.starts_with("error: the database old can't be asked whether it would be left without a way"),
            "{said}"
        );
        assert!(said.contains("`--without old` if it has none"), "{said}");
    }
    let said = refused(&project, &database, &["restore", "b1", "--without", "odl"]);
    assert!(said.starts_with("error: --without \"odl\": revgraph.toml names no such database"), "{said}");
    // Where nobody else is left to ask, that is said by the exemption.
    let said = project.run(&["archive", "restore", "b1", "--without", "old"]);
    assert_eq!(said.code, 0, "{said}");
}
