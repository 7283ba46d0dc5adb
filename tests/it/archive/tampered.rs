//! Archives that somebody has edited, or made to do harm.

use insta::assert_snapshot;
use serde_json::Value;

use super::squashed::{files, nested, squash, squashed};
use super::{archive, said};
use crate::harness::Project;

/// Replaces a text in a file of the project.
fn edit(project: &Project, path: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(project.path().join(path)).unwrap();
    assert!(text.contains(from), "{text}");
    project.write(path, text.replace(from, to));
}

/// The findings of `archive verify` as `kind revision`.
fn findings(project: &Project) -> Vec<String> {
    let said = archive(project, &["verify", "--format", "json"]);
    let verified: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said}"));
    let found = verified["findings"].as_array().unwrap().iter();
    let found: Vec<String> = found
        .map(|one| format!("{} {}", one["kind"].as_str().unwrap(), one["revision"].as_str().unwrap_or("-")))
        .collect();
    assert_eq!(said.code, if found.is_empty() { 0 } else { 3 });
    found
}

#[test]
fn what_is_found_is_shown_whole() {
    let project = nested();
    edit(&project, "archive/b1/r0002.sql", "CREATE TABLE t2", "CREATE TABLE t22");
    std::fs::remove_file(project.path().join("archive/b1/r0001.sql")).unwrap();
    project.write("archive/b2/notes.txt", "");
    project.write("archive/README.md", "");
    edit(&project, "revisions/b2.sql", "CREATE TABLE b2", "CREATE TABLE b22");
    assert_snapshot!(said(&project, &["archive", "verify"]), @"
    found: archive/README.md: is no baseline's folder
    found: archive/b1/r0001.sql: is gone, and was not pruned
    found: archive/b1/r0002.sql: the way up of `r0002` is not what the manifest has: it was edited
    found: archive/b2/notes.txt: is not in the manifest
    found: revisions/b2.sql: the way up of `b2` is not the one that was proved
    2 baselines, 3 sound originals, 5 findings
    --- exit code 3
    ");
    assert_snapshot!(said(&project, &["archive", "verify", "b2"]), @"
    found: archive/b2/notes.txt: is not in the manifest
    found: revisions/b2.sql: the way up of `b2` is not the one that was proved
    1 baseline, 2 sound originals, 2 findings
    --- exit code 3
    ");
}

#[test]
fn each_edit_is_found() {
    type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);
    let cases: &[Case] = &[
        ("archive/b1/r0002.sql", "CREATE TABLE t2", "CREATE TABLE t22", &["changed_file r0002"]),
        ("archive/b1/r0002.sql", "DROP TABLE t2", "DROP TABLE t22", &["changed_file r0002"]),
        ("archive/b1/r0002.sql", "-- [up]", "-- [upp]", &["changed_file r0002"]),
        ("archive/b1/r0002.sql", "(id int);", "(id int);  ", &["changed_file r0002"]),
        ("archive/b1/r0002.sql", "revision: r0002", "revision: r0009", &["changed_file r0002"]),
        ("archive/b1/r0003.sql", "parents: r0002", "parents: r0001", &["different_header r0003"]),
        ("archive/b1/r0003.sql", "parents: r0002", "parents: r0002 r0001", &["different_header r0003"]),
        ("archive/b1/r0003.sql", "parents: r0002", "parents: r0002\n-- depends_on: r0001", &["different_header r0003"]),
        ("archive/b1/r0003.sql", "parents: r0002", "parents: r0002\n-- labels: late", &["different_header r0003"]),
        (
            "archive/b1/manifest.toml",
            "parents = [\"r0002\"]",
            "parents = [\"r0001\"]",
            &["different_header r0003", "wrong_lineage r0003"],
        ),
        ("archive/b1/manifest.toml", "baseline = \"b1\"", "baseline = \"b2\"", &["bad_manifest -"]),
        ("archive/b1/manifest.toml", "file = \"r0002.sql\"", "file = \"../r0002.sql\"", &["bad_manifest -"]),
        (
            "archive/b1/manifest.toml",
            "file = \"r0002.sql\"",
            "file = \"r0009.sql\"",
            &["stranger -", "missing_file r0002"],
        ),
        ("revisions/b1.sql", "CREATE TABLE b1", "CREATE TABLE b11", &["baseline_changed -"]),
        ("revisions/b1.sql", "DROP TABLE b1", "DROP TABLE b11", &["baseline_changed -"]),
        ("revisions/b1.sql", "r0001 r0002 r0003", "r0001 r0003", &["baseline_changed -"]),
        ("revisions/b1.sql", "r0001 r0002 r0003", "r0001 r0003 r0002", &["baseline_changed -"]),
        ("revisions/b1.sql", "r0001 r0002 r0003", "r0000 r0001 r0002 r0003", &["baseline_changed -"]),
    ];
    for (path, from, to, expected) in cases {
        let project = squashed();
        edit(&project, path, from, to);
        assert_eq!(findings(&project), *expected, "{path}: {from} -> {to}");
    }
}

#[test]
fn a_lineage_that_is_forged_is_found() {
    let project = squashed();
    let manifest = std::fs::read_to_string(project.path().join("archive/b1/manifest.toml")).unwrap();
    let lineage = manifest.lines().filter(|line| line.starts_with("lineage")).nth(2).unwrap();
    edit(&project, "archive/b1/manifest.toml", lineage, &format!("lineage = \"{}\"", "0".repeat(64)));
    // What stands on it has been computed from the true one.
    assert_eq!(findings(&project), ["wrong_lineage r0002", "wrong_lineage r0003"]);
}

#[test]
fn a_baseline_with_the_lineage_of_something_else_is_found() {
    let project = squashed();
    let baseline = std::fs::read_to_string(project.path().join("revisions/b1.sql")).unwrap();
    let lineage = baseline.lines().find(|line| line.starts_with("-- lineage: ")).unwrap();
    edit(&project, "revisions/b1.sql", lineage, &format!("-- lineage: {}", "0".repeat(64)));
    assert_eq!(findings(&project), ["baseline_changed -"]);
}

#[test]
fn a_baseline_without_a_file_is_found() {
    let project = squashed();
    std::fs::remove_file(project.path().join("revisions/b1.sql")).unwrap();
    assert_eq!(findings(&project), ["baseline_missing -"]);
    let said = archive(&project, &["restore", "b1", "--no-database", "--format", "json"]);
    assert_eq!((said.code, said.error()["kind"].as_str()), (1, Some("baseline_missing")));
}

#[test]
fn two_baselines_do_not_list_one_revision() {
    let project = nested();
    std::fs::create_dir(project.path().join("archive/b3")).unwrap();
    for file in ["r0001.sql", "r0002.sql", "r0003.sql", "manifest.toml"] {
        let bytes = std::fs::read(project.path().join("archive/b1").join(file)).unwrap();
        project.write(&format!("archive/b3/{file}"), bytes);
    }
    edit(&project, "archive/b3/manifest.toml", "baseline = \"b1\"", "baseline = \"b3\"");
    assert_eq!(
        findings(&project),
        ["baseline_missing -", "listed_twice r0001", "listed_twice r0002", "listed_twice r0003"]
    );
}

#[test]
fn line_ends_of_another_system_are_no_finding() {
    let project = squashed();
    for file in ["archive/b1/r0002.sql", "archive/b1/manifest.toml", "revisions/b1.sql"] {
        let text = std::fs::read_to_string(project.path().join(file)).unwrap();
        project.write(file, text.replace('\n', "\r\n"));
    }
    assert_eq!(findings(&project), Vec::<String>::new());
}

#[test]
fn a_manifest_can_name_nothing_outside() {
    let outside = "-- revision: r0002\n-- parents: r0001\n\n-- [up]\n";
    for name in ["../../outside.sql", "/etc/outside.sql", "..\\\\..\\\\outside.sql", "C:outside.sql", "../b1/r0002.sql"]
    {
        let project = squashed();
        project.write("outside.sql", outside);
        edit(&project, "archive/b1/manifest.toml", "\"r0002.sql\"", &format!("\"{name}\""));
        let before = files(&project);
        for arguments in [
            &["restore", "b1", "--no-database"][..],
            &["prune", "b1", "--no-database", "--confirm"],
            &["show", "r0002"],
        ] {
            let said = archive(&project, &[arguments, &["--format", "json"]].concat());
            assert_eq!((said.code, said.error()["kind"].as_str()), (1, Some("bad_manifest")), "{arguments:?}");
        }
        assert_eq!(files(&project), before);
        assert_eq!(std::fs::read_to_string(project.path().join("outside.sql")).unwrap(), outside);
    }
    let project = squashed();
    edit(&project, "archive/b1/manifest.toml", "\"r0002.sql\"", "\"../../outside.sql\"");
    assert_snapshot!(said(&project, &["archive", "restore", "b1", "--no-database"]), @r#"
    --- standard error
    error: "../../outside.sql" holds '/': the name of a file is wanted, not a path
      --> archive/b1/manifest.toml:24:8
       |
    24 | file = "../../outside.sql"
       |        ^^^^^^^^^^^^^^^^^^^
       |
       = help: revgraph writes manifests, and they are not edited: take the file from version control
    --- exit code 1
    "#);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let project = squashed();
    let outside = project.write("outside.sql", std::fs::read(project.path().join("archive/b1/r0002.sql")).unwrap());
    std::fs::remove_file(project.path().join("archive/b1/r0002.sql")).unwrap();
    std::os::unix::fs::symlink(outside, project.path().join("archive/b1/r0002.sql")).unwrap();
    assert_eq!(findings(&project), ["changed_file r0002"]);
    assert_snapshot!(said(&project, &["archive", "show", "r0002"]), @"
    --- standard error
    error: archive/b1/r0002.sql: is not a file
    help: the archive holds folders and files, and links are not followed
    --- exit code 1
    ");
    assert_snapshot!(said(&project, &["archive", "restore", "b1", "--no-database"]), @"
    --- standard error
    error: archive/b1/r0002.sql: is not a file
    help: the archive holds folders and files, and links are not followed
    --- exit code 1
    ");
}

#[test]
fn a_forged_journal_reaches_nothing() {
    let journal = |file: &str, member: &str| {
        format!(
            "format = 1\nkind = \"restore\"\nphase = \"decided\"\nbaseline = \"b1\"\nfile = \"{file}\"\nmembers = [\"{member}\"]\n"
        )
    };
    for (file, member) in
        [("../revgraph.toml", "r0001.sql"), ("b1.sql", "../../../outside.sql"), ("b1.sql", "/tmp/x.sql")]
    {
        let project = squashed();
        let before = files(&project);
        project.write(".revgraph/swap.toml", journal(file, member));
        let said = project.run(&["heads", "--format", "json"]);
        assert_eq!((said.code, said.error()["kind"].as_str()), (1, Some("unfinished_swap")));
        assert_eq!(files(&project), before);
        assert!(project.path().join("revgraph.toml").exists());
    }
    let project = squashed();
    project.write(".revgraph/swap.toml", journal("../revgraph.toml", "r0001.sql"));
    assert_snapshot!(said(&project, &["heads"]), @r#"
    --- standard error
    error: "../revgraph.toml" holds '/': the name of a file is wanted, not a path
     --> .revgraph/swap.toml:5:8
      |
    5 | file = "../revgraph.toml"
      |        ^^^^^^^^^^^^^^^^^^
      |
      = help: it tells of a squash or restore that was interrupted: put revisions and archive back from version control, then remove this file
    --- exit code 1
    "#);
}

#[test]
fn what_names_the_baseline_itself_stops_a_restore() {
    let project = squashed();
    project.revision("r0004", "parents: b1", "-- [up]\nSELECT 1;\n");
    let before = files(&project);
    assert_snapshot!(said(&project, &["archive", "restore", "b1", "--no-database"]), @"
    --- standard error
    error: with `b1` restored the revisions would not fit together: revision `r0004` (revisions/r0004.sql:2) follows `b1`, and there is no such revision
    help: write `r0003` under `parents` of `r0004`: it stands for the same
    --- exit code 1
    ");
    assert_eq!(files(&project), before);
}

#[test]
fn a_file_in_the_way_stops_a_restore() {
    let project = squashed();
    project.write("revisions/r0002.sql", "-- revision: mine\n\n-- [up]\n-- [down]\n");
    let before = files(&project);
    assert_snapshot!(said(&project, &["archive", "restore", "b1", "--no-database"]), @"
    --- standard error
    error: revisions/r0002.sql: is in the way
    help: nothing was done: move it to another place
    --- exit code 1
    ");
    assert_eq!(files(&project), before);
}

#[test]
fn a_baseline_that_was_edited_is_not_removed() {
    let project = squashed();
    edit(&project, "revisions/b1.sql", "CREATE TABLE b1", "CREATE TABLE b11");
    assert_snapshot!(said(&project, &["archive", "restore", "b1", "--no-database"]), @"
    --- standard error
    error: revisions/b1.sql: is not the baseline as it was proved: it was edited
    help: take the file from version control, or keep your changes in a new revision
    --- exit code 1
    ");
}

#[test]
fn a_part_of_a_chain_is_verified_with_what_is_below_it() {
    let project = Project::new();
    project.chain(4);
    squash(&project, "b1", &["r0002", "r0003"]);
    // `r0004` follows the sink by its id; here the files below are what counts.
    std::fs::remove_file(project.path().join("revisions/r0004.sql")).unwrap();
    assert_eq!(findings(&project), Vec::<String>::new());
    edit(&project, "revisions/r0001.sql", "CREATE TABLE t1", "CREATE TABLE t11");
    assert_eq!(findings(&project), ["wrong_lineage r0002"]);
}
