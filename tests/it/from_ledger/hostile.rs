//! Ledgers that somebody has written into.

use super::{release, run};
use crate::harness::{Database, Project, Said};

/// An old checkout, and a database of a newer one with a change to the ledger.
fn tampered(change: &str) -> (Project, Database) {
    let database = super::deployed();
    database.execute(change);
    (release(2), database)
}

fn refused(change: &str) -> Said {
    let (project, database) = tampered(change);
    let said = run(&project, &database, &["downgrade", "r0002", "--from-ledger"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert_eq!(database.tables(), ["t1", "t2", "t3", "t4"], "nothing of it ran");
    for option in ["--dry-run", "--sql"] {
        assert_eq!(run(&project, &database, &["downgrade", "r0002", "--from-ledger", option]).code, 1, "{option}");
    }
    said
}

#[test]
fn sql_that_was_slipped_in() {
    let change = "UPDATE revgraph.applied SET source = replace(source, 'DROP TABLE t3', 'DROP TABLE t1, t3') \
                  WHERE id = 'r0003'";
    insta::assert_snapshot!(refused(change), @"
    --- standard error
    error: the ledger's text of r0003 is not what revgraph recorded: its way down has another checksum
    help: nothing was done; somebody has written into the ledger: `revgraph repair` shows what, `revgraph check` who may. Take the file from version control
    --- exit code 1
    ");
}

#[test]
fn the_text_of_another_revision() {
    let change = "UPDATE revgraph.applied one SET source = other.source, up_checksum = other.up_checksum, \
                  down_checksum = other.down_checksum FROM revgraph.applied other \
                  WHERE one.id = 'r0003' AND other.id = 'r0001'";
    insta::assert_snapshot!(refused(change), @"
    --- standard error
    error: the ledger's text of r0003 is not what revgraph recorded: it is the text of r0001
    help: nothing was done; somebody has written into the ledger: `revgraph repair` shows what, `revgraph check` who may. Take the file from version control
    --- exit code 1
    ");
}

#[test]
fn a_text_that_is_none() {
    insta::assert_snapshot!(refused("UPDATE revgraph.applied SET source = '\\! rm -rf /' WHERE id = 'r0003'"), @"
    --- standard error
    error: the ledger's text of r0003 is not what revgraph recorded: it can't be read (ledger:r0003:1:1: text before the first section)
    help: nothing was done; somebody has written into the ledger: `revgraph repair` shows what, `revgraph check` who may. Take the file from version control
    --- exit code 1
    ");
    let said = refused("UPDATE revgraph.applied SET source = E'\\x1b]0;owned\\x07' WHERE id = 'r0003'");
    assert!(!said.err.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_text_without_checksums() {
    let said = refused("UPDATE revgraph.applied SET up_checksum = '', down_checksum = '' WHERE id = 'r0003'");
    assert!(said.err.contains("its way up has another checksum"), "{said}");
}

#[test]
fn an_id_that_is_a_path() {
    insta::assert_snapshot!(refused("UPDATE revgraph.applied SET id = '../../r0003' WHERE id = 'r0003'"), @r#"
    --- standard error
    error: the ledger in schema "revgraph" holds something that revgraph did not write
    help: compare the rows of revgraph.applied and revgraph.state with a backup
    --- exit code 1
    "#);
    let parents = "UPDATE revgraph.applied SET parents = ARRAY['../r0002'] WHERE id = 'r0003'";
    assert!(refused(parents).err.contains("holds something that revgraph did not write"));
}

/// What an interrupted way down is looked up under is SQL of the ledger's, too.
#[test]
fn settings_of_an_interrupted_way_down() {
    let (project, database) = (release(1), Database::new());
    let role = "here_for_an_interrupted_way_down";
    let sections = format!(
        "-- [up]\nCREATE TYPE mood AS ENUM ('ok');\n-- [down transaction=off]\nSET ROLE {role};\nRESET ROLE;\n\
         ALTER TYPE mood ADD VALUE 'ok';\n"
    );
    project.revision("off", "parents: r0001", &sections);
    database.execute(&format!("CREATE ROLE {role}"));
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(project.run_on(&database.url(), &["downgrade", "r0001", "--yes"]).code, 1);
    database.execute(&format!("UPDATE revgraph.unfinished SET outcome = 'running'; DROP ROLE {role}"));
    std::fs::remove_file(project.path().join("revisions/off.sql")).unwrap();
    for (more, kind) in [(&[][..], "only_in_ledger"), (&["--from-ledger"], "server")] {
        let arguments = [&["downgrade", "r0001", "--format", "json"], more].concat();
        assert_eq!(run(&project, &database, &arguments).error()["kind"], kind);
    }
}
