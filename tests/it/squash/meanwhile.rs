//! Revisions that somebody edits while they are being squashed.

use std::process::Stdio;

use super::{chain, files};
use crate::harness::{Database, Project, until};

/// Squashes up to `r3` and does something to the files while `r2` runs in the scratch databases. What the squash says in
/// the end on standard error; nothing if it was made.
fn squash_while(arguments: &[&str], edit: impl FnOnce(&Project)) -> (Project, String) {
    let database = Database::new();
    // Comments on databases and advisory locks are seen from every database of the server.
    let (name, word) = (database.name(), format!("go on, {}", database.name()));
    let wait = format!(
        "SELECT pg_advisory_xact_lock(oid::bigint) FROM pg_database WHERE datname = '{name}'; \
         DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_shdescription WHERE description = '{word}') LOOP \
         PERFORM pg_sleep(0.005); END LOOP; END $$;"
    );
    let project = chain(&["CREATE TABLE t (id int);", &wait, "CREATE TABLE u (id int);"]);
    let mut command = project.command(&[&["--database", &database.url(), "squash", "--id", "b"], arguments].concat());
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let waiting = format!(
        "SELECT count(*) FROM pg_locks JOIN pg_database d ON objid = d.oid \
         WHERE locktype = 'advisory' AND classid = 0 AND d.datname = '{name}'"
    );
    until("the revision runs", || (database.value(&waiting) != "0").then_some(()));
    edit(&project);
    database.execute(&format!("COMMENT ON DATABASE {name} IS '{word}'"));
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let said: Vec<&str> = said.lines().filter(|line| line.starts_with("error") || line.starts_with("help")).collect();
    assert_eq!(output.status.success(), said.is_empty(), "{said:?}");
    (project, said.join("\n"))
}

/// Insists that all is as it was.
fn untouched(project: &Project) {
    assert_eq!(files(project, "archive"), [""; 0]);
    assert!(!files(project, "revisions").iter().any(|name| name.contains("_b_")), "{:?}", files(project, "revisions"));
}

#[test]
fn a_new_child_of_an_inner_revision_is_not_left_in_the_air() {
    let (project, said) = squash_while(&[], |project| project.revision("new", "parents: r1", "-- [up]\n"));
    assert!(said.starts_with("error: `new` (") && said.contains(") follows `r1`, which is below `r3`"), "{said}");
    untouched(&project);
    assert_eq!(project.run(&["heads"]).code, 0);
}

#[test]
fn an_edited_member_is_not_what_was_proved() {
    let (project, said) = squash_while(&[], |project| project.revision("r1", "", "-- [up]\nCREATE TABLE other ();\n"));
    assert!(said.contains("r1.sql: was changed meanwhile\nhelp: nothing was done"), "{said}");
    untouched(&project);
}

#[test]
fn of_two_squashes_at_once_one_is_made() {
    let database = Database::new();
    let other = |project: &Project| {
        let said = project.run_on(&database.url(), &["squash", "--id", "other", "--from", "r3", "--to", "r4"]);
        assert_eq!(said.code, 0, "{said}");
    };
    let (project, said) = squash_while(&["--to", "r3"], |project| {
        // The other one need not wait for anything.
        project.revision("r2", "parents: r1", "-- [up]\n");
        project.revision("r4", "parents: r3", "-- [up]\n");
        other(project);
    });
    assert!(said.starts_with("error: revisions/r") && said.contains("meanwhile\nhelp: nothing was done"), "{said}");
    assert_eq!(files(&project, "archive"), ["other"]);
}

#[test]
fn an_edit_below_the_members_counts_as_well() {
    let (project, said) =
        squash_while(&["--from", "r2"], |project| project.revision("r1", "", "-- [up]\nCREATE TABLE t (id text);\n"));
    assert!(said.contains("was changed since the baseline was proved\nhelp: nothing was done"), "{said}");
    untouched(&project);
}

#[test]
fn a_revision_that_took_the_baselines_id_keeps_it() {
    let (project, said) = squash_while(&[], |project| project.revision("b", "", "-- [up]\n"));
    assert!(said.contains("revision b is there already"), "{said}");
    untouched(&project);
}

#[test]
fn a_new_child_of_the_last_revision_is_fine() {
    let (project, said) = squash_while(&[], |project| project.revision("new", "parents: r3", "-- [up]\n"));
    assert_eq!(said, "");
    assert_eq!(files(&project, "archive/b"), ["manifest.toml", "r1.sql", "r2.sql", "r3.sql"]);
    assert_eq!(project.run(&["heads"]).out, "new [head]\n");
}
