//! Which revisions and which rules.

use insta::assert_snapshot;

use super::places;
use crate::harness::{Database, Project};

/// A base, two branches on it, and a merge; each empties a table at another line.
fn branches() -> Project {
    let project = Project::new();
    for (id, header) in [
        ("base1", ""),
        ("left", "parents: base1"),
        ("right", "parents: base1\nlabels: r"),
        ("top", "parents: left, right"),
    ] {
        project.revision(id, header, "-- [up]\nTRUNCATE t;\n-- [down]\nSELECT 1;\n");
    }
    project
}

/// The revisions that something was found in.
fn found(project: &Project, arguments: &[&str]) -> Vec<String> {
    let said = project.run(&[&["lint", "--format", "json"], arguments].concat());
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("no JSON: {said}"));
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(report["revisions"], findings.len());
    findings.iter().map(|finding| finding["revision"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_or_what_targets_mean() {
    let project = branches();
    assert_eq!(found(&project, &[]), ["base1", "left", "right", "top"]);
    assert_eq!(found(&project, &["head"]), ["top"]);
    assert_eq!(found(&project, &["left", "top"]), ["left", "top"]);
    assert_eq!(found(&project, &["base1:right"]), ["base1", "right"]);
}

#[test]
fn since_leaves_out_what_is_below() {
    let project = branches();
    assert_eq!(found(&project, &["--since", "left"]), ["right", "top"]);
    assert_eq!(found(&project, &["--since", "heads"]), [""; 0]);
    assert_eq!(found(&project, &["--since", "base"]).len(), 4);
}

#[test]
fn since_current_is_what_the_next_upgrade_runs() {
    let (project, database) = (branches(), Database::new());
    database.execute("CREATE TABLE t ()");
    project.ok(&database.url(), &["upgrade", "left"]);
    assert_eq!(found(&project, &["--since", "current", "--database", &database.url()]), ["right", "top"]);
}

#[test]
fn files_need_no_project() {
    let project = branches();
    std::fs::remove_file(project.path().join("revgraph.toml")).unwrap();
    let said = project.run(&["lint", "--format", "json", "revisions/left.sql"]);
    assert_eq!(places(&said), ["5:10 unconfirmed-loss"]);
    assert_eq!(project.run(&["lint", "left", "--format", "json"]).error()["kind"], "no_project");
}

#[test]
fn a_file_of_the_project_counts_once() {
    assert_eq!(found(&branches(), &["left", "revisions/left.sql"]), ["left"]);
}

#[test]
fn a_file_that_is_no_revision_is_told() {
    let project = Project::new();
    project.write("x.sql", "SELECT 1;\n");
    assert_snapshot!(project.run(&["lint", "x.sql", "y.sql"]), @"
    --- standard error
    error: text before the first section
     --> x.sql:1:1
      |
    1 | SELECT 1;
      | ^^^^^^^^^
      |
      = help: put a line `-- [up]` above the SQL
    error: the header has no `-- revision:` line
     --> x.sql:1:1
      |
    1 | SELECT 1;
      | ^
      |
      = help: every revision file begins with its id: `-- revision: 3f9a1c0b7d2e`
    error: y.sql: can't be read: No such file or directory (os error 2)
    error: 2 revision files can't be used
    help: mend the files; nothing was done
    --- exit code 1
    ");
}

#[test]
fn rules_are_chosen_by_name() {
    let project = branches();
    let said = project.run(&["lint", "left", "--without", "unconfirmed-loss,volatile-seed", "--format", "json"]);
    assert_eq!(places(&said), [""; 0]);
    let said = project.run(&["lint", "--with", "sloth"]);
    assert_eq!(said.code, 2);
    assert_snapshot!(said.err.lines().next().unwrap_or_default(), @"error: invalid value 'sloth' for '--with <RULE>': no rule is called so: `revgraph lint --rules` lists them");
}
