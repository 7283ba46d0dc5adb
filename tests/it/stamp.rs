//! Stamping: the ledger is written, and no SQL runs.

use crate::harness::{Database, Project};

fn start(length: usize) -> (Project, Database, String) {
    let (project, database) = (Project::new(), Database::new());
    project.chain(length);
    let url = database.url();
    (project, database, url)
}

#[test]
fn a_database_made_by_other_means() {
    let (project, database, url) = start(3);
    database.execute("CREATE TABLE t1 (id int); CREATE TABLE t2 (id int)");
    let out = project.ok(&url, &["stamp", "r0002"]);
    assert_eq!(out, "stamped: the ledger says r0002\n");
    assert_eq!(database.applied(), ["r0001", "r0002"]);
    assert_eq!(database.events(), ["stamp r0001 done", "stamp r0002 done"]);
    project.ok(&url, &["upgrade"]);
    assert_eq!(database.tables(), ["t1", "t2", "t3"]);
    project.ok(&url, &["downgrade", "base"]);
    assert!(database.tables().is_empty());
}

#[test]
fn a_stamped_revision_is_recorded_like_one_that_ran() {
    let (project, stamped, url) = start(2);
    project.ok(&url, &["stamp", "heads"]);
    let ran = Database::new();
    project.ok(&ran.url(), &["upgrade"]);
    let rows = "SELECT id, parents, depends_on, labels, message, source, up_checksum, down_checksum, lineage, replaces, \
                through, applied_by FROM revgraph.applied ORDER BY id";
    assert_eq!(stamped.rows(rows), ran.rows(rows));
    assert_eq!(stamped.value("SELECT generation FROM revgraph.state"), "1");
}

#[test]
fn stamping_back_and_to_where_it_is() {
    let (project, database, url) = start(3);
    project.ok(&url, &["upgrade"]);
    project.ok(&url, &["stamp", "r0001"]);
    assert_eq!(database.applied(), ["r0001"]);
    assert_eq!(database.tables(), ["t1", "t2", "t3"]);
    let mut gone = database.events().split_off(3);
    gone.sort();
    assert_eq!(gone, ["stamp away r0002 done", "stamp away r0003 done"]);
    assert_eq!(project.ok(&url, &["stamp", "r0001"]), "nothing to do: the ledger says r0001\n");
    assert_eq!(database.events().len(), 5, "there was nothing to write");
    project.ok(&url, &["stamp", "base"]);
    assert!(database.applied().is_empty());
}

#[test]
fn branches_stay_and_a_purge_forgets_them() {
    let (project, database, url) = start(1);
    for (id, parent) in [("aaaa", "r0001"), ("aaab", "aaaa"), ("bbbb", "r0001")] {
        project.revision(id, &format!("parents: {parent}"), "-- [up]\n-- [down]\n");
    }
    project.ok(&url, &["stamp", "aaab", "bbbb"]);
    assert_eq!(database.applied(), ["aaaa", "aaab", "bbbb", "r0001"]);
    project.ok(&url, &["stamp", "aaaa"]);
    assert_eq!(database.applied(), ["aaaa", "bbbb", "r0001"], "bbbb is of another branch");
    project.ok(&url, &["stamp", "aaaa", "--purge"]);
    assert_eq!(database.applied(), ["aaaa", "r0001"]);
}

#[test]
fn a_purge_forgets_what_no_file_is_there_for() {
    let (project, database, url) = start(3);
    project.ok(&url, &["upgrade"]);
    std::fs::remove_file(project.path().join("revisions/r0003.sql")).unwrap();
    let said = project.run_on(&url, &["stamp", "r0001"]);
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.err.contains("r0003"), "{}", said.err);
    project.ok(&url, &["stamp", "r0002", "--purge"]);
    assert_eq!(database.applied(), ["r0001", "r0002"]);
    project.ok(&url, &["stamp", "base", "--purge"]);
    assert!(database.applied().is_empty());
}

#[test]
fn a_purge_mends_what_was_edited() {
    let (project, database, url) = start(2);
    project.ok(&url, &["upgrade"]);
    project.revision("r0001", "", "-- [up]\nSELECT 'edited';\n-- [down]\n");
    assert_eq!(project.run_on(&url, &["upgrade"]).code, 1);
    project.ok(&url, &["stamp", "heads", "--purge"]);
    project.ok(&url, &["upgrade"]);
    assert_eq!(database.value("SELECT source LIKE '%edited%' FROM revgraph.applied WHERE id = 'r0001'"), "t");
}

#[test]
fn an_unfinished_revision_is_forgotten() {
    let (project, database, url) = start(1);
    project.revision(
        "off1",
        "parents: r0001",
        "-- [up transaction=off]\nCREATE TABLE half ();\nSELECT 1 / 0;\n-- [down]\n",
    );
    assert_eq!(project.run_on(&url, &["upgrade"]).code, 1);
    // The rest is done by hand.
    project.ok(&url, &["stamp", "off1"]);
    assert!(project.ok(&url, &["current"]).starts_with("off1 (head)"));
    project.ok(&url, &["upgrade"]);
    // Or what it did is undone by hand: the stamp changes nothing but that.
    project.ok(&url, &["stamp", "r0001"]);
    assert_eq!(project.run_on(&url, &["upgrade"]).code, 1, "it begins again, and the table is there");
    database.execute("DROP TABLE half");
    project.ok(&url, &["stamp", "r0001"]);
    assert_eq!(database.value("SELECT count(*) FROM revgraph.unfinished"), "0");
    project.revision("off1", "parents: r0001", "-- [up transaction=off]\nCREATE TABLE half ();\n-- [down]\n");
    project.ok(&url, &["upgrade"]);
    assert_eq!(database.applied(), ["off1", "r0001"]);
}
