//! The guide app's history, which this repository ships: on a server with data in it, and on the embedded PostgreSQL.

use std::path::Path;
use std::process::Command;

use crate::harness::{Database, Project, program};

const BASE: &str = "4b7e1d90c2a6";
const ADAPTATION: &str = "c05a8f3de671";

/// A copy of the repository's own project.
fn project() -> Project {
    let project = Project::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(root, "revisions", &project);
    for folder in std::fs::read_dir(root.join("archive")).unwrap() {
        copy(root, &format!("archive/{}", name(&folder.unwrap().path())), &project);
    }
    project.write("revgraph.toml", std::fs::read_to_string(root.join("revgraph.toml")).unwrap());
    project
}

/// Copies the files of a folder.
fn copy(root: &Path, folder: &str, project: &Project) {
    for entry in std::fs::read_dir(root.join(folder)).unwrap() {
        let path = entry.unwrap().path();
        project.write(&format!("{folder}/{}", name(&path)), std::fs::read_to_string(&path).unwrap());
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// Schema and rows as pg_dump writes them, without the ledger and without what differs at each dump.
fn dump(database: &Database) -> String {
    let mut command = Command::new(program("pg_dump"));
    let output = command.args(["--inserts", "-N", "revgraph", "-d", &database.url()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The baseline was proved when it was made; it still is what its originals are, on whichever server the tests have.
#[test]
fn its_baseline_is_what_its_originals_are() {
    let (project, by_baseline, by_originals) = (project(), Database::new(), Database::new());
    assert_eq!(project.run(&["archive", "verify"]).code, 0);
    project.ok(&by_baseline.url(), &["upgrade", ADAPTATION]);
    project.ok(&by_originals.url(), &["upgrade", BASE]);
    let said = project.ok(&by_originals.url(), &["upgrade", ADAPTATION]);
    assert!(said.contains("adopt a136ce22edef"), "{said}");
    let said = project.run(&["diff", &by_originals.url(), &by_baseline.url(), "--data"]);
    assert_eq!(said.code, 0, "{said}");
}

/// How many relations, types and functions there are outside of the ledger and the system.
const LEFT: &str = "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace) \
                    + (SELECT count(*) FROM pg_type WHERE typnamespace = 'public'::regnamespace) \
                    + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace)";

#[test]
fn data_survive_the_adaptation_up_and_down() {
    let (project, database) = (project(), Database::new());
    let url = database.url();
    project.ok(&url, &["upgrade", BASE]);
    database.execute(include_str!("../data/guide_at_base.sql"));
    let before = dump(&database);
    project.ok(&url, &["upgrade", ADAPTATION]);
    let steps = "SELECT string_agg(step_identifier, ' ' ORDER BY step_index) FROM steps GROUP BY guide_id LIMIT 1";
    let identifiers: String = database.client().query_one(steps, &[]).unwrap().get(0);
    assert!(identifiers.starts_with("0 1 2"), "{identifiers}");
    assert_ne!(dump(&database), before);
    project.ok(&url, &["downgrade", BASE, "--yes"]);
    assert_eq!(dump(&database), before);
}

#[test]
fn adapted_steps_fold_back_to_the_step_they_replace() {
    let (project, database) = (project(), Database::new());
    let url = database.url();
    project.ok(&url, &["upgrade", BASE]);
    database.execute(include_str!("../data/guide_at_base.sql"));
    project.ok(&url, &["upgrade", ADAPTATION]);
    database.execute(include_str!("../data/guide_adapted.sql"));
    project.ok(&url, &["upgrade"]);
    project.ok(&url, &["downgrade", BASE, "--yes"]);
    let current =
        "SELECT current_step_index FROM guide_sessions WHERE session_id = '40000000-0000-4000-8000-000000000001'";
    let index: i32 = database.client().query_one(current, &[]).unwrap().get(0);
    assert_eq!(index, 3, "the session that stood on 3b");
    let count: i64 = database.client().query_one("SELECT count(*) FROM steps", &[]).unwrap().get(0);
    assert_eq!(count, 12, "the alternatives are gone");
}

#[test]
fn all_of_it_comes_down_to_nothing_but_the_ledger() {
    let (project, database) = (project(), Database::new());
    let url = database.url();
    project.ok(&url, &["upgrade"]);
    let said = project.ok(&url, &["check"]);
    assert_eq!(said, "ok: 8 revisions sound, and the database agrees\n");
    project.ok(&url, &["downgrade", "base", "--yes"]);
    let left: i64 = database.client().query_one(LEFT, &[]).unwrap().get(0);
    assert_eq!(left, 0);
    let events: i64 = database.client().query_one("SELECT count(*) FROM revgraph.event", &[]).unwrap().get(0);
    assert_eq!(events, 16);
}

/// The README's first command, in a folder of its own: no server, no installation.
#[cfg(feature = "embedded")]
#[test]
fn it_runs_on_the_embedded_database() {
    let project = project();
    let said = project.run(&["upgrade", "heads"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.starts_with("database: embedded ("), "{}", said.err);
    assert_eq!(said.out.lines().count(), 9, "{}", said.out);
    // Another process finds what the first one left.
    assert_eq!(project.run(&["check"]).out, "ok: 8 revisions sound, and the database agrees\n");
    let said = project.run(&["downgrade", "base", "--yes"]);
    assert_eq!((said.code, said.out.lines().count()), (0, 9), "{}", said.err);
    assert_eq!(project.run(&["current"]).out, "base: nothing is in effect\nnot in effect: 0b6d7ac1582e\n");
}
