//! Files that are older or newer than the database, squashed otherwise, or that need what is inside.

use std::process::{Command, Stdio};

use super::{LINE, at, last_run, originals, rows, squash, squashed, table};
use crate::harness::{Database, Project, program};

const LEVELS: [(&str, &[&str]); 2] = [("low", &["a", "b"]), ("line", &["low", "c", "d"])];

#[test]
fn older_files_work_on() {
    for older in [originals(), squashed(&LEVELS[..1])] {
        let (newer, database) = (squashed(&LEVELS), Database::new());
        let url = database.url();
        newer.ok(&url, &["upgrade"]);
        assert!(older.ok(&url, &["upgrade"]).starts_with("nothing to do"));
        assert_eq!(older.run_on(&url, &["check"]).code, 0);
        let current = older.run_on(&url, &["current", "--format", "json"]).json();
        assert_eq!(
            (&current["missing"], &current["heads"]),
            (&serde_json::json!([]), &serde_json::json!(["x", "y", "z"]))
        );
        // What it undoes of the newer baseline breaks that one up, and not the one that it has itself.
        older.ok(&url, &["downgrade", "c"]);
        assert_eq!(rows(&database), "a b c p q low");
        assert!(last_run(&database).starts_with("expand line, down "), "{}", last_run(&database));
        older.ok(&url, &["upgrade"]);
        newer.ok(&url, &["upgrade"]);
        assert_eq!(last_run(&database), "adopt line");
        older.ok(&url, &["downgrade", "base"]);
        assert_eq!(rows(&database), "");
    }
}

#[test]
fn files_that_are_older_than_what_the_database_has_above() {
    let (newer, older, database) = (squashed(&LINE), originals(), Database::new());
    table(&newer, "v", "parents: line\nmessage: above the baseline");
    let url = database.url();
    newer.ok(&url, &["upgrade"]);
    let said = older.run_on(&url, &["upgrade"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("1 revision that the files lack: v"), "{said}");
    // To the ledger it follows the line's end, which both know.
    assert_eq!(database.value("SELECT parents FROM revgraph.applied WHERE id = 'v'"), "{d}");
    let current = older.run_on(&url, &["current", "--format", "json"]).json();
    assert_eq!(current["heads"], serde_json::json!(["v", "x", "y", "z"]));
    newer.ok(&url, &["downgrade", "line"]);
    assert!(older.ok(&url, &["upgrade", "x"]).contains("x"));
    // Files that know nothing of what the database has: it is shown as the ledger has it.
    let out = Project::new().ok(&url, &["current"]);
    assert!(out.starts_with("x (no file)  makes x\nz (no file)\nmissing: "), "{out}");
}

#[test]
fn squashed_once_more_under_another_name() {
    let (first, second, database) = (squashed(&LINE), squashed(&[("again", &["a", "b", "c", "d"])]), Database::new());
    let url = database.url();
    first.ok(&url, &["upgrade", "x"]);
    second.ok(&url, &["upgrade", "x"]);
    assert_eq!(rows(&database), "a<line b<line c<line d<line p x line again");
    first.ok(&url, &["downgrade", "p"]);
    assert_eq!((rows(&database).as_str(), last_run(&database).as_str()), ("p", "expand again, down x, down line"));
    // Squashed otherwise, on another branch: what they share goes, so neither stays recorded.
    let (low, high) = (squashed(&[("low", &["a", "b"])]), squashed(&[("high", &["b", "c", "d"])]));
    low.ok(&url, &["upgrade", "d"]);
    high.ok(&url, &["upgrade", "d"]);
    assert_eq!(rows(&database), "a<low b<low c d p low high");
    high.ok(&url, &["downgrade", "a"]);
    assert_eq!((rows(&database).as_str(), last_run(&database).as_str()), ("a p", "expand low, down high"));
}

#[test]
fn a_dependency_on_what_is_inside_is_one_on_all_of_it() {
    let project = squashed(&LINE);
    table(&project, "u", "parents: q\ndepends_on: b");
    let database = at(&["b", "q"]);
    project.ok(&database.url(), &["upgrade", "u"]);
    assert_eq!(rows(&database), "a b c d p q u line");
    assert_eq!(database.value("SELECT depends_on FROM revgraph.applied WHERE id = 'u'"), "{d}");
    project.ok(&database.url(), &["downgrade", "c"]);
    assert_eq!((rows(&database).as_str(), last_run(&database).as_str()), ("a b c p q", "expand line, down u, down d"));
}

#[test]
fn a_merge_inside_with_two_heads_there() {
    let project = originals();
    table(&project, "e", "parents: a");
    project.revision("m", "parents: d e", "-- [up]\n-- [down]\n");
    let members = ["a", "b", "c", "d", "e", "m"];
    // x, y and z need d, which is not the end of it.
    for above in ["x", "y", "z"] {
        std::fs::remove_file(project.path().join(format!("revisions/{above}.sql"))).unwrap();
    }
    let (plain, database) = (project, Database::new());
    plain.ok(&database.url(), &["upgrade", "c", "e"]);
    squash(&plain, "line", &members);
    let current = plain.run_on(&database.url(), &["current", "--format", "json"]).json();
    assert_eq!(current["heads"], serde_json::json!(["c", "e"]));
    plain.ok(&database.url(), &["upgrade"]);
    assert_eq!(last_run(&database), "up d, up m, adopt line, up q");
    plain.ok(&database.url(), &["downgrade", "e@a"]);
    assert_eq!(rows(&database), "a b c d p q", "only the branch that is named");
    plain.ok(&database.url(), &["upgrade"]);
    plain.ok(&database.url(), &["downgrade", "base"]);
    assert!(database.tables().is_empty());
}

#[test]
fn labels_inside_name_the_baseline() {
    let project = originals();
    std::fs::remove_file(project.path().join("revisions/b.sql")).unwrap();
    table(&project, "b", "parents: a\nlabels: core");
    squash(&project, "line", &["a", "b", "c", "d"]);
    let plan = |target: &str, from: &str| project.run(&["plan", "upgrade", target, "--from", from]).out;
    assert!(
        plan("core", "base").contains("2 steps; then at line"),
        "the baseline carries it: {}",
        plan("core", "base")
    );
    assert!(plan("core", "b").contains("3 steps; then at line"), "also where it is expanded: {}", plan("core", "b"));
    let both = project.run(&["plan", "upgrade", "core@head", "--from", "base"]);
    assert!(both.err.contains("`core@head` means a single head"), "{both}");
    assert!(plan("core@heads", "x").contains("then at "), "{}", plan("core@heads", "x"));
}

#[test]
fn a_dry_run_leaves_the_ledger_alone() {
    let (project, database) = (squashed(&LINE), at(&["c"]));
    let before = rows(&database);
    let out = project.ok(&database.url(), &["upgrade", "d", "--dry-run"]);
    insta::assert_snapshot!(out, @"
    up d  makes d
        6 CREATE TABLE d ()
    adopt line  stands for a, b, c, d
    tried 2 steps of 2 and rolled back; it would be at line
    ");
    let complete = at(&["x"]);
    project.ok(&complete.url(), &["upgrade", "x"]);
    let out = project.ok(&complete.url(), &["downgrade", "c", "--dry-run"]);
    assert!(out.starts_with("expand line  stands for a, b, c, d\ndown x  makes x\n"), "{out}");
    assert_eq!((rows(&database), rows(&complete).contains("line")), (before, true));
}

#[test]
fn scripts_adopt_and_expand() {
    let project = squashed(&LINE);
    let psql = |database: &Database, script: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), script).unwrap();
        let done = Command::new(program("psql"))
            .args(["-X", "-q", "-d", &database.url(), "-f"])
            .arg(file.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}\n{script}", String::from_utf8_lossy(&done.stderr));
    };
    let database = at(&["b"]);
    psql(&database, &project.ok(&database.url(), &["upgrade", "x", "--sql"]));
    assert_eq!(
        (rows(&database).as_str(), last_run(&database).as_str()),
        ("a b c d p x line", "up c, up d, adopt line, up x")
    );
    psql(&database, &project.ok(&database.url(), &["downgrade", "c", "--sql"]));
    assert_eq!((rows(&database).as_str(), last_run(&database).as_str()), ("a b c p", "expand line, down x, down d"));
    let offline = Database::new();
    psql(&offline, &project.ok("", &["upgrade", "--sql", "base:x"]));
    assert_eq!(rows(&offline), "a<line b<line c<line d<line p x line");
    psql(&offline, &project.ok("", &["downgrade", "--sql", "x:b"]));
    assert_eq!(rows(&offline), "a b p");
}
