//! Reading an archive, sound and not.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use tempfile::TempDir;

use super::*;
use crate::project::History;
use crate::revision::Checksum;

/// The ids of the revisions that [`archived`] replaces.
const MEMBERS: [&str; 3] = ["r1", "r2", "r3"];

pub(super) fn id(text: &str) -> RevisionId {
    RevisionId::new(text).unwrap()
}

/// Writes a chain of revisions into a folder.
pub(super) fn write_chain(folder: &Path) -> Vec<PathBuf> {
    fs::create_dir_all(folder).unwrap();
    let write = |(number, id): (usize, &str)| {
        let parent = if number == 0 { String::new() } else { format!("-- parents: {}\n", MEMBERS[number - 1]) };
        let text =
            format!("-- revision: {id}\n{parent}\n-- [up]\nCREATE TABLE {id} ();\n\n-- [down]\nDROP TABLE {id};\n");
        let path = folder.join(format!("{id}.sql"));
        fs::write(&path, text).unwrap();
        path
    };
    MEMBERS.into_iter().enumerate().map(write).collect()
}

/// The manifest of a baseline that replaces all revisions of a folder.
pub(super) fn manifest_of(baseline: &str, folder: &Path) -> Manifest {
    let history = History::load(folder).unwrap();
    let lineages = history.lineages();
    let member = |revision: &Revision| {
        let node = history.graph.get(&revision.id).unwrap();
        Member::of(revision, node, lineages.of(&revision.id).unwrap()).unwrap()
    };
    let revisions: Vec<Member> = history.revisions().map(member).collect();
    let epoch: DateTime<Utc> = DateTime::UNIX_EPOCH;
    let none = Checksum([0; 32]);
    Manifest {
        format: Format,
        baseline: id(baseline),
        message: String::new(),
        created: epoch,
        mode: Mode::Concat,
        lineage: revisions.last().unwrap().lineage,
        up: none,
        down: none,
        pruned: None,
        revisions,
        proof: Proof {
            at: epoch,
            server: "PostgreSQL 15.18".to_owned(),
            seconds: 1.0,
            schema: none,
            rows: none,
            down: "exact".to_owned(),
            volatile: Vec::new(),
            not_compared: Vec::new(),
            left_out: Vec::new(),
            objects: BTreeMap::new(),
        },
    }
}

/// An archive with one baseline, `b1`, of three revisions.
fn archived() -> (TempDir, Archive) {
    let folder = TempDir::new().unwrap();
    let of_baseline = folder.path().join("b1");
    write_chain(&of_baseline);
    fs::write(of_baseline.join(MANIFEST), manifest_of("b1", &of_baseline).to_text().unwrap()).unwrap();
    let archive = Archive::open(folder.path());
    (folder, archive)
}

fn complaint(folder: &TempDir, archive: &Archive) -> String {
    let problem = archive.get(&id("b1")).unwrap_err();
    problem.to_string().replace(&folder.path().display().to_string(), "archive")
}

#[test]
fn what_was_archived_is_read() {
    let (_folder, archive) = archived();
    let archived = archive.get(&id("b1")).unwrap().unwrap();
    assert_eq!(archived.revisions.iter().map(|revision| revision.id.as_str()).collect::<Vec<_>>(), MEMBERS);
    assert_eq!(archived.missing().count(), 0);
    assert_eq!(archive.list().unwrap(), [id("b1")]);
    assert!(archive.get(&id("b2")).unwrap().is_none());
}

#[test]
fn no_archive_is_an_empty_one() {
    let archive = Archive::open("/nowhere/at/all");
    assert!(archive.list().unwrap().is_empty());
    assert!(archive.get(&id("b1")).unwrap().is_none());
}

#[test]
fn pruned_files_are_missing_and_no_mistake() {
    let (folder, archive) = archived();
    fs::remove_file(folder.path().join("b1/r2.sql")).unwrap();
    let archived = archive.get(&id("b1")).unwrap().unwrap();
    assert_eq!(archived.missing().map(|member| member.id.as_str()).collect::<Vec<_>>(), ["r2"]);
    assert!(archived.get(&id("r2")).is_none() && archived.get(&id("r3")).is_some());
}

#[test]
fn edited_files_are_refused() {
    let (folder, archive) = archived();
    let path = folder.path().join("b1/r2.sql");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("r2 ()", "r2 (a int)")).unwrap();
    assert_eq!(
        complaint(&folder, &archive),
        "archive/b1/r2.sql: the way up of `r2` is not what the manifest has: it was edited"
    );
    fs::write(&path, text.replace("DROP TABLE", "DROP TABLE IF EXISTS")).unwrap();
    assert_eq!(
        complaint(&folder, &archive),
        "archive/b1/r2.sql: the way down of `r2` is not what the manifest has: it was edited"
    );
    fs::write(&path, text.replace("revision: r2", "revision: r9")).unwrap();
    assert_eq!(complaint(&folder, &archive), "archive/b1/r2.sql: is revision `r9`, where the manifest has `r2`");
    fs::write(&path, text.replace("-- [up]", "-- [upp]")).unwrap();
    assert!(complaint(&folder, &archive).starts_with("archive/b1/r2.sql:4:"));
    fs::write(&path, text.replace('\n', "\r\n")).unwrap();
    assert!(archive.get(&id("b1")).is_ok(), "other line ends are the same revision");
}

#[test]
fn a_manifest_in_the_folder_of_another_baseline_is_refused() {
    let (folder, archive) = archived();
    let path = folder.path().join("b1").join(MANIFEST);
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("baseline = \"b1\"", "baseline = \"b2\"")).unwrap();
    assert_eq!(
        complaint(&folder, &archive),
        "archive/b1/manifest.toml: is the manifest of `b2`, in the folder of `b1`"
    );
    fs::remove_file(path).unwrap();
    assert_eq!(complaint(&folder, &archive), "archive/b1/manifest.toml: there is no manifest");
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let (folder, archive) = archived();
    let elsewhere = TempDir::new().unwrap();
    let link = |inside: &str| {
        let (inside, outside) = (folder.path().join(inside), elsewhere.path().join("kept"));
        fs::rename(&inside, &outside).unwrap();
        symlink(&outside, &inside).unwrap();
        let said = complaint(&folder, &archive);
        fs::remove_file(&inside).unwrap();
        fs::rename(&outside, &inside).unwrap();
        said
    };
    assert_eq!(link("b1/r2.sql"), "archive/b1/r2.sql: is not a file");
    assert_eq!(link("b1/manifest.toml"), "archive/b1/manifest.toml: is not a file");
    assert_eq!(link("b1"), "archive/b1: is not a folder");
    symlink(elsewhere.path(), folder.path().join("b2")).unwrap();
    assert_eq!(archive.list().unwrap(), [id("b1")]);
}

#[test]
fn a_file_that_changed_since_it_was_read_is_no_member() {
    let folder = TempDir::new().unwrap();
    let paths = write_chain(folder.path());
    let history = History::load(folder.path()).unwrap();
    fs::write(&paths[0], "-- revision: r1\n-- [up]\nSELECT 1;\n").unwrap();
    let revision = history.get(&id("r1")).unwrap();
    let member = Member::of(revision, history.graph.get(&id("r1")).unwrap(), Checksum([0; 32]));
    assert_eq!(member.unwrap_err().message(), "was changed meanwhile");
}
