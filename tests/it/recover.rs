//! The ledger's texts written back as files.

use std::fs;

use crate::baselines::{LINE, at, folder, squashed};
use crate::harness::{Database, Project, Said};

/// A project, and a database that it was deployed to.
fn deployed() -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.chain(2);
    let header = "message: Größe ändern!\nparents: r0002\ncreated: 2026-11-21T02:24:35Z";
    project.revision("r0003", header, "-- [up]\nCREATE TABLE t3 (id int);  \n-- [down]\nDROP TABLE t3;\n");
    project.ok(&database.url(), &["upgrade"]);
    (project, database)
}

fn file(project: &Project, name: &str) -> String {
    fs::read_to_string(project.path().join(name)).unwrap()
}

fn remove(project: &Project, id: &str) {
    fs::remove_file(project.path().join(format!("revisions/{id}.sql"))).unwrap();
}

fn recover(project: &Project, database: &Database, arguments: &[&str]) -> Said {
    let said = project.run_on(&database.url(), &[&["recover"], arguments].concat());
    Said { err: said.complaint(), ..said }
}

#[test]
fn what_has_no_file_gets_one_as_it_ran() {
    let (project, database) = deployed();
    let before = ["r0002", "r0003"].map(|id| file(&project, &format!("revisions/{id}.sql")));
    insta::assert_snapshot!(recover(&project, &database, &[]), @"
    nothing to recover: every revision in effect has its file
    --- exit code 0
    ");
    // The one in the middle takes the graph with it.
    remove(&project, "r0002");
    remove(&project, "r0003");
    insta::assert_snapshot!(recover(&project, &database, &[]), @"
    recovered revisions/r0002.sql
    recovered revisions/20261121T022435Z_r0003_größe_ändern.sql
    2 files written, each as it ran
    --- exit code 0
    ");
    let names = ["r0002.sql", "20261121T022435Z_r0003_größe_ändern.sql"];
    assert_eq!(names.map(|name| file(&project, &format!("revisions/{name}"))), before);
    let check = project.run_on(&database.url(), &["check"]);
    assert_eq!((check.code, check.out.as_str()), (0, "ok: 3 revisions sound, and the database agrees\n"));
    assert_eq!(fs::read_dir(project.path().join("revisions")).unwrap().count(), 3, "nothing else is left");
}

#[test]
fn a_file_in_the_middle_of_the_chain() {
    let (project, database) = deployed();
    remove(&project, "r0002");
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert!(said.err.contains("revgraph recover"), "{said}");
    let found = recover(&project, &database, &["--format", "json"]).json();
    assert_eq!(found["files"][0]["revision"], "r0002");
    assert_eq!(found["left_out"], serde_json::json!([]));
    project.ok(&database.url(), &["upgrade"]);
}

#[test]
fn one_by_its_name_and_into_a_folder() {
    let (project, database) = deployed();
    remove(&project, "r0002");
    remove(&project, "r0003");
    let aside = project.path().join("aside/deep");
    let aside = aside.to_str().unwrap();
    assert_eq!(recover(&project, &database, &["r0003", "-o", aside]).code, 0);
    assert!(project.path().join("aside/deep/20261121T022435Z_r0003_größe_ändern.sql").is_file());
    let again = recover(&project, &database, &["-o", "aside/deep"]);
    insta::assert_snapshot!(again, @"
    recovered aside/deep/r0002.sql
    there already aside/deep/20261121T022435Z_r0003_größe_ändern.sql
    1 file written, each as it ran
    --- exit code 0
    ");
    assert!(!project.path().join("revisions/r0002.sql").exists());
    for (name, told) in [
        ("r000", "r000 may be any of r0002, r0003"),
        ("r0001", "r0001 has its file, and needs no recovery"),
        ("nothing", "the ledger has no revision nothing in effect"),
    ] {
        let said = recover(&project, &database, &[name]);
        assert_eq!((said.code, said.err.lines().next().unwrap()), (1, format!("error: {told}").as_str()));
    }
}

#[test]
fn a_file_that_says_something_else_stays() {
    let (project, database) = deployed();
    remove(&project, "r0002");
    let name = "aside/r0002.sql";
    project.write(name, "mine");
    insta::assert_snapshot!(recover(&project, &database, &["-o", "aside"]), @"
    --- standard error
    error: aside/r0002.sql is there, and says something else
    help: move it away, or write over it with --force; `-o DIR` writes elsewhere
    --- exit code 1
    ");
    assert_eq!(file(&project, name), "mine");
    assert_eq!(recover(&project, &database, &["-o", "aside", "--force"]).code, 0);
    assert!(file(&project, name).contains("CREATE TABLE t2"));
    // The same text with Windows' line ends is the same text.
    project.write(name, file(&project, name).replace('\n', "\r\n"));
    assert!(recover(&project, &database, &["-o", "aside"]).out.starts_with("there already aside/r0002.sql\n"));
}

#[test]
fn nothing_is_written_before_all_of_it_is_verified() {
    let (project, database) = deployed();
    remove(&project, "r0002");
    remove(&project, "r0003");
    database.execute("UPDATE revgraph.applied SET source = source || '-- [down]\nDROP TABLE t1;' WHERE id = 'r0003'");
    insta::assert_snapshot!(recover(&project, &database, &[]), @"
    --- standard error
    error: the ledger's text of r0003 is not what revgraph recorded: its way down has another checksum
    help: nothing was done; somebody has written into the ledger: `revgraph repair` shows what, `revgraph check` who may. Take the file from version control
    --- exit code 1
    ");
    assert_eq!(fs::read_dir(project.path().join("revisions")).unwrap().count(), 1);
    assert_eq!(recover(&project, &database, &["r0002"]).code, 0, "the other one is sound");
}

#[test]
fn files_that_would_make_no_history_are_not_written() {
    let (project, database) = deployed();
    remove(&project, "r0002");
    remove(&project, "r0003");
    insta::assert_snapshot!(recover(&project, &database, &["r0003"]), @"
    --- standard error
    error: revision `r0003` (ledger:r0003:3) follows `r0002`, and there is no such revision
    help: did you mean `r0001` and `r0003`? If a file is gone, `revgraph recover` writes it from a database that has it
    --- exit code 1
    ");
    assert_eq!(project.run(&["heads"]).code, 0);
}

#[test]
fn another_projects_files_stay_out() {
    let (_, database) = deployed();
    let project = Project::new();
    project.revision("mine", "", "-- [up]\n-- [down]\n");
    insta::assert_snapshot!(recover(&project, &database, &[]), @"
    --- standard error
    error: the database has none of this project's revisions in effect: it seems to be another project's
    help: look whether --database and --project belong together; `-o DIR` writes its files into a folder of your own
    --- exit code 1
    ");
    assert_eq!(fs::read_dir(project.path().join("revisions")).unwrap().count(), 1);
    assert_eq!(recover(&project, &database, &["-o", "aside"]).code, 0);
    assert_eq!(recover(&Project::new(), &database, &[]).code, 0, "a project without files may be any");
}

#[test]
fn what_an_archive_lacks_comes_back_where_its_manifest_knows_it() {
    let (project, database) = (squashed(&LINE), at(&["x"]));
    project.ok(&database.url(), &["upgrade", "x"]);
    let archive = folder(&project, "line");
    let text = fs::read_to_string(archive.join("b.sql")).unwrap();
    fs::remove_file(archive.join("b.sql")).unwrap();
    insta::assert_snapshot!(recover(&project, &database, &[]), @"
    recovered archive/line/b.sql
    1 file written, each as it ran
    --- exit code 0
    ");
    assert_eq!(fs::read_to_string(archive.join("b.sql")).unwrap(), text);
    project.ok(&database.url(), &["downgrade", "a"]);
    // Without a manifest there is no place for it: what was proved, the ledger doesn't know.
    let database = at(&["x"]);
    project.ok(&database.url(), &["upgrade", "x"]);
    fs::remove_dir_all(&archive).unwrap();
    insta::assert_snapshot!(recover(&project, &database, &[]), @"
    left out a: it is inside a baseline, and only `squash`, which proves it, writes a manifest for the archive
    left out b: it is inside a baseline, and only `squash`, which proves it, writes a manifest for the archive
    left out c: it is inside a baseline, and only `squash`, which proves it, writes a manifest for the archive
    left out d: it is inside a baseline, and only `squash`, which proves it, writes a manifest for the archive
    `-o DIR` writes what has a text into a folder of your own
    0 files written, each as it ran
    --- exit code 0
    ");
    insta::assert_snapshot!(recover(&project, &database, &["b"]), @"
    --- standard error
    error: b has no place in the project: it is inside a baseline, and only `squash`, which proves it, writes a manifest for the archive
    help: `-o DIR` writes it into a folder of your own
    --- exit code 1
    ");
    assert_eq!(recover(&project, &database, &["b", "-o", "aside"]).code, 0);
    assert_eq!(file(&project, "aside/b.sql"), text);
}

#[test]
fn an_older_checkout_gets_the_baseline() {
    let (new, database) = (squashed(&LINE), Database::new());
    new.ok(&database.url(), &["upgrade"]);
    let old = Project::new();
    recover(&old, &database, &["--format", "json"]).json();
    assert!(old.path().join("revisions/line.sql").is_file());
    let unproved = "without a manifest in the archive, so that nothing says whether it was proved: line\n";
    assert_eq!(old.run_on(&database.url(), &["check"]).out, unproved);
}
