//! Files that are a part of the program.

use std::path::Path;

use revgraph::Deploy;

use super::{kind, steps};
use crate::harness::{Database, Project};

/// This repository's own history, of which two revisions are archived behind a baseline.
fn guides() -> revgraph::Project {
    revgraph::embed!("revisions", archive: "archive")
}

const FIRST: &str = "4b7e1d90c2a6";

#[test]
fn it_is_the_folder_s_history() {
    let embedded = guides().history().unwrap();
    let folder = revgraph::Project::find(env!("CARGO_MANIFEST_DIR")).unwrap().history().unwrap();
    let ids = |history: &revgraph::project::History| -> Vec<String> {
        history.revisions().map(|revision| format!("{} {}", revision.id, revision.up_checksum)).collect()
    };
    assert_eq!(ids(&embedded), ids(&folder));
    let names = |history: &revgraph::project::History| -> Vec<String> {
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        history.revisions().map(|revision| name(revision.source.path())).collect()
    };
    assert_eq!(names(&embedded), names(&folder));
    // Messages name them as the program wrote their folder.
    let path = embedded.revisions().next().unwrap().source.path().to_owned();
    assert!(path.starts_with("revisions"), "{}", path.display());
}

#[test]
fn a_new_database_runs_the_baseline() {
    let database = Database::new();
    let mut client = database.client();
    let deployed = guides().upgrade(&mut client, "heads").unwrap();
    assert_eq!(deployed.plan.steps.len(), 8);
    assert_eq!(steps(&deployed)[0], "up a136ce22edef");
    assert!(guides().check(&mut client).unwrap().is_clean());
    guides().downgrade(&mut client, Deploy::to("base").losing_data()).unwrap();
    assert_eq!(database.applied(), [""; 0]);
}

/// It was last upgraded before the squash: the archive in the program takes it on.
#[test]
fn a_database_that_is_inside_a_baseline_goes_on_along_the_archive() {
    let database = Database::new();
    let mut client = database.client();
    assert_eq!(steps(&guides().upgrade(&mut client, FIRST).unwrap()), [format!("up {FIRST}")]);
    let current = guides().current(&mut client).unwrap();
    assert_eq!(current.current[0].within.as_ref().unwrap().as_str(), "a136ce22edef");
    let deployed = guides().upgrade(&mut client, "heads").unwrap();
    assert_eq!(steps(&deployed)[..3], ["up c05a8f3de671", "adopt a136ce22edef", "up 81d2b6f40e9c"]);
    // And back to where it came from.
    let deployed = guides().downgrade(&mut client, Deploy::to(FIRST).losing_data()).unwrap();
    assert_eq!(steps(&deployed)[0], "expand a136ce22edef");
    assert_eq!(database.applied(), [FIRST]);
}

#[test]
fn without_the_archive_it_says_what_is_missing() {
    let database = Database::new();
    let mut client = database.client();
    guides().upgrade(&mut client, FIRST).unwrap();
    let error = revgraph::embed!("revisions").upgrade(&mut client, "heads").unwrap_err();
    assert_eq!(error.kind(), "archive_gone");
    assert!(error.help().unwrap().contains("embed!"), "{:?}", error.help());
    assert_eq!(database.applied(), [FIRST]);
}

/// What the program and the command line do, the other one finds.
#[test]
fn the_command_line_agrees() {
    let (folder, database) = (Project::new(), Database::new());
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("revisions")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        folder.write(&format!("revisions/{name}"), std::fs::read(&path).unwrap());
    }
    guides().upgrade(&mut database.client(), "heads").unwrap();
    let said = folder.ok(&database.url(), &["upgrade"]);
    assert_eq!(said, "nothing to do: the database is at 0b6d7ac1582e\n");
}

/// A file was added that breaks the graph, another one says nothing that can be understood: both are told, when the
/// project is first used. A folder within and a file that isn't SQL are no revisions.
#[test]
fn all_that_is_wrong_is_told_at_first_use() {
    let database = Database::new();
    let project = revgraph::embed!("tests/data/library/broken");
    let error = project.upgrade(&mut database.client(), "heads").unwrap_err();
    assert_eq!(error.kind(), "bad_revision_file");
    let report = error.report();
    assert!(report.contains("tests/data/library/broken/unknown_key.sql:2:4: "), "{report}");
    assert!(report.contains("tests/data/library/broken/without_id.sql"), "{report}");
    assert!(!report.contains("notes"), "{report}");
    let project = revgraph::embed!("tests/data/library/torn");
    let error = project.upgrade(&mut database.client(), "heads").unwrap_err();
    assert_eq!(error.kind(), "missing_parent");
    assert!(error.report().contains("nowhere"), "{}", error.report());
    assert_eq!(database.value("SELECT to_regnamespace('revgraph')"), "-");
}

#[test]
fn settings_come_along() {
    let database = Database::new();
    let project =
        revgraph::embed!("revisions", archive: "archive", config: "tests/data/library/settings/revgraph.toml");
    project.upgrade(&mut database.client(), FIRST).unwrap();
    assert_eq!(database.value("SELECT count(*) FROM migrations.applied"), "1");
    let project = revgraph::embed!("revisions", config: "tests/data/library/settings/wrong.toml");
    let error = project.upgrade(&mut database.client(), FIRST).unwrap_err();
    assert!(error.report().contains("tests/data/library/settings/wrong.toml:1:1: "), "{}", error.report());
    assert_eq!(kind(project.connect(&database.url()).unwrap().current()), error.kind());
}
