//! Files that are not what ran: edited, moved in the graph, missing.

use crate::harness::{Database, Project, Said};

/// Three revisions in effect.
fn deployed() -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.chain(3);
    project.ok(&database.url(), &["upgrade"]);
    (project, database)
}

/// The file of the second revision, with something replaced.
fn edit(project: &Project, from: &str, to: &str) {
    let path = project.path().join("revisions/r0002.sql");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

fn check(project: &Project, database: &Database) -> serde_json::Value {
    let said = project.run_on(&database.url(), &["check", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&said.out).expect(&said.err);
    let nothing = ["changed", "missing", "gaps", "unfinished", "pending", "without_down"];
    let clean = nothing.iter().all(|kind| found[kind].as_array().unwrap().is_empty());
    assert_eq!(said.code, if clean { 0 } else { 3 }, "{found}");
    found
}

#[test]
fn an_edited_revision_stops_the_upgrade_and_is_shown() {
    let (project, database) = deployed();
    edit(&project, "CREATE TABLE t2 (id int);", "CREATE TABLE t2 (id bigint);\nCREATE INDEX ON t2 (id);");
    project.revision("r0004", "parents: r0003", "-- [up]\nCREATE TABLE t4 ();\n-- [down]\nDROP TABLE t4;\n");
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.complaint(), @"
    error: 1 revision in effect was edited after it ran

    r0002 in revisions/r0002.sql: its SQL changed
      --- as it ran
      +++ the file now
      @@ -2,7 +2,8 @@
       -- parents: r0001
       
       -- [up]
      -CREATE TABLE t2 (id int);
      +CREATE TABLE t2 (id bigint);
      +CREATE INDEX ON t2 (id);
       
       -- [down]
       DROP TABLE t2;
    help: put the file back as it was, and make the change in a new revision: what has run is not undone by editing it. If the edit is agreed and changes nothing that is in effect: `revgraph repair --accept ID`
    ");
    assert_eq!(database.tables(), ["t1", "t2", "t3"]);
    let said = project.run_on(&database.url(), &["upgrade", "--dry-run"]);
    assert_eq!(said.code, 1, "nor would it run: {}", said.out);
    let said = project.run_on(&database.url(), &["check"]);
    assert_eq!(said.code, 3);
    insta::assert_snapshot!(said.out, @r"
        changed since it ran r0002 (revisions/r0002.sql): its SQL
          --- as it ran
          +++ the file now
          @@ -2,7 +2,8 @@
           -- parents: r0001
           
           -- [up]
          -CREATE TABLE t2 (id int);
          +CREATE TABLE t2 (id bigint);
          +CREATE INDEX ON t2 (id);
           
           -- [down]
           DROP TABLE t2;
        pending: r0004
        ");
    let found = check(&project, &database);
    assert_eq!(found["changed"].as_array().unwrap().len(), 1, "those above it say nothing new");
    assert_eq!((&found["changed"][0]["id"], &found["changed"][0]["only_comments"]), (&"r0002".into(), &false.into()));
    assert_eq!(found["pending"], serde_json::json!(["r0004"]));
}

#[test]
fn it_does_not_stop_the_way_down() {
    let (project, database) = deployed();
    edit(&project, "CREATE TABLE t2 (id int);", "CREATE TABLE t2 (id bigint);");
    let said = project.run_on(&database.url(), &["downgrade", "r0001"]);
    assert_eq!(said.code, 0);
    insta::assert_snapshot!(said.complaint(), @"warning: edited after it ran: r0002; the way down goes on with the files");
    project.ok(&database.url(), &["upgrade"]);
    check(&project, &database);
}

#[test]
fn when_comments_alone_changed_it_says_so() {
    let (project, database) = deployed();
    edit(&project, "CREATE TABLE t2", "-- the second one\nCREATE  TABLE\n    t2");
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("r0002 in revisions/r0002.sql: only comments or white space changed\n"), "{}", said.err);
    assert_eq!(check(&project, &database)["changed"][0]["only_comments"], true);
    // A literal that looks like a comment is none.
    edit(&project, "-- the second one\n", "");
    edit(&project, "    t2 (id int)", "    t2 (id int DEFAULT length('-- x'))");
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert!(said.err.contains(": its SQL changed\n"), "{}", said.err);
}

#[test]
fn white_space_at_the_ends_of_lines_is_nothing() {
    let (project, database) = deployed();
    edit(&project, "(id int);", "(id int);  \t");
    project.ok(&database.url(), &["upgrade"]);
    check(&project, &database);
}

#[test]
fn a_checkout_on_windows_is_unchanged() {
    let (project, database) = (Project::new(), Database::new());
    let sections = "-- [up]\nCREATE TABLE t1 AS SELECT 'two\nlines' AS text;\n-- [down]\nDROP TABLE t1;\n";
    project.revision("r1", "", sections);
    project.ok(&database.url(), &["upgrade"]);
    let path = project.path().join("revisions/r1.sql");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap();
    assert!(check(&project, &database)["changed"].as_array().unwrap().is_empty());
    project.ok(&database.url(), &["downgrade", "base", "--yes"]);
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.value("SELECT text FROM t1"), "two\nlines", "what runs is the same text, too");
}

#[test]
fn a_mended_way_down_is_told_and_used() {
    let (project, database) = deployed();
    edit(&project, "DROP TABLE t2;", "ALTER TABLE t2 RENAME TO t2_gone;");
    let found = check(&project, &database);
    assert_eq!(found["down_changed"], serde_json::json!(["r0002"]), "which stands against nothing");
    let said = project.run_on(&database.url(), &["downgrade", "r0001"]);
    assert_eq!(said.code, 0);
    insta::assert_snapshot!(said.complaint(), @"note: the way down of r0002 is another one than when it ran; the file's is used");
    assert_eq!(database.tables(), ["t1", "t2_gone"]);
}

#[test]
fn what_a_header_says_for_people_may_change() {
    let (project, database) = deployed();
    edit(&project, "-- parents: r0001", "-- message: another one\n-- labels: second\n-- parents: r0001");
    project.ok(&database.url(), &["upgrade"]);
    check(&project, &database);
}

#[test]
fn another_place_in_the_graph_is_another_history() {
    let (project, database) = deployed();
    edit(&project, "-- parents: r0001\n", "");
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.complaint(), @"
    error: 1 revision in effect was edited after it ran

    r0002 in revisions/r0002.sql: its parents or dependencies changed, not its SQL
      --- as it ran
      +++ the file now
      @@ -1,5 +1,4 @@
       -- revision: r0002
      --- parents: r0001
       
       -- [up]
       CREATE TABLE t2 (id int);
    help: put the file back as it was, and make the change in a new revision: what has run is not undone by editing it. If the edit is agreed and changes nothing that is in effect: `revgraph repair --accept ID`
    ");
    let found = check(&project, &database);
    assert_eq!(found["changed"].as_array().unwrap().len(), 1, "r0003 merely stands above it");
    assert_eq!((&found["changed"][0]["id"], &found["changed"][0]["only_lineage"]), (&"r0002".into(), &true.into()));
}

#[test]
fn a_missing_file_is_named() {
    let (project, database) = deployed();
    std::fs::remove_file(project.path().join("revisions/r0003.sql")).unwrap();
    let Said { code, err, .. } = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(err.lines().skip(1).collect::<Vec<_>>().join("\n"), @"
    error: the database has 1 revision that the files lack: r0003
    help: this checkout is older than the database, on another branch, or the database is another project's. `revgraph recover` writes their files from the ledger, `revgraph downgrade TARGET --from-ledger` undoes them by it
    ");
    insta::assert_snapshot!(project.ok(&database.url(), &["current"]), @"
    r0003 (no file)
    missing: in effect, but without a file: r0003
      this checkout is older than the database, on another branch, or the database is another project's
      `revgraph recover` writes their files from the ledger, `revgraph downgrade TARGET --from-ledger` undoes them by it
    ");
    let said = project.run_on(&database.url(), &["current", "--check-heads"]);
    assert_eq!(said.code, 3);
    let said = project.run_on(&database.url(), &["check"]);
    assert_eq!((said.code, said.out.as_str()), (3, "in effect, but without a file: r0003\n"));
    assert_eq!(check(&project, &database)["missing"], serde_json::json!(["r0003"]));
    let told: serde_json::Value =
        serde_json::from_str(&project.ok(&database.url(), &["current", "--format", "json"])).unwrap();
    assert_eq!((&told["missing"], &told["current"][0]["has_file"]), (&serde_json::json!(["r0003"]), &false.into()));
}

#[test]
fn a_missing_file_in_the_middle_is_a_broken_history() {
    let (project, database) = deployed();
    std::fs::remove_file(project.path().join("revisions/r0002.sql")).unwrap();
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("r0003") && said.err.contains("r0002"), "{}", said.err);
}

#[test]
fn check_on_a_sound_database() {
    let (project, database) = deployed();
    let said = project.run_on(&database.url(), &["check"]);
    assert_eq!((said.code, said.out.as_str()), (0, "ok: 3 revisions sound, and the database agrees\n"));
    check(&project, &database);
    project.ok(&database.url(), &["downgrade", "-1"]);
    assert_eq!(check(&project, &database)["pending"], serde_json::json!(["r0003"]));
    database.execute("DELETE FROM revgraph.applied WHERE id = 'r0001'");
    assert_eq!(check(&project, &database)["gaps"], serde_json::json!(["r0001"]));
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("the ledger lacks 1 revision, which others in effect need: r0001"), "{}", said.err);
}
