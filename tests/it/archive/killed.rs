//! Swaps that are killed, each round a little later: the next command finds the old state or the new one.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::squashed::{all_right, files, prepare, squash};
use crate::harness::Project;

/// Kills, from the first moment to beyond the end.
const ROUNDS: u32 = 60;

/// So many files are moved, so that there is something to be interrupted.
const MEMBERS: usize = 40;

/// Names the folder of the project that [`squash_when_told`] is to work in.
const FOLDER: &str = "REVGRAPH_TEST_FOLDER";

/// A chain, and the ids of all of it.
fn chain() -> (Project, Vec<String>) {
    let project = Project::new();
    project.chain(MEMBERS);
    (project, (1..=MEMBERS).map(|number| format!("r{number:04}")).collect())
}

fn squash_all(project: &Project, ids: &[String]) {
    squash(project, "b1", &ids.iter().map(String::as_str).collect::<Vec<_>>());
}

/// What the killed process of the tests below does: it is this program, called with this test's name.
#[test]
#[ignore = "is started by the tests that kill it"]
fn squash_when_told() {
    let folder = std::path::PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let text = std::fs::read_to_string(folder.join("prepared.json")).unwrap();
    let (manifest, file, text): (String, String, String) = serde_json::from_str(&text).unwrap();
    let new = revgraph::project::archive::NewBaseline {
        manifest: toml_of(&manifest),
        file: revgraph::project::archive::FileName::new(&file).unwrap(),
        text,
    };
    let swap = revgraph::project::Project::find(&folder).unwrap().swap();
    println!("\nready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    swap.squash(&new, all_right).unwrap();
}

fn toml_of(text: &str) -> revgraph::project::archive::Manifest {
    let source = revgraph::revision::Source::from_text(std::path::Path::new("manifest.toml"), text.to_owned());
    revgraph::project::archive::Manifest::parse(&source).unwrap()
}

/// A process that will squash the chain as soon as it is told to.
fn ready_to_squash(project: &Project, ids: &[String]) -> Child {
    let new = prepare(project, "b1", &ids.iter().map(String::as_str).collect::<Vec<_>>());
    let prepared = (new.manifest.to_text().unwrap(), new.file.as_str(), &new.text);
    project.write("prepared.json", serde_json::to_string(&prepared).unwrap());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "archive::killed::squash_when_told", "--ignored", "--nocapture"])
        .env(FOLDER, project.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "ready"));
    child
}

fn tell(child: &mut Child) {
    child.stdin.take().unwrap().write_all(b"go\n").unwrap();
}

/// How long it takes to carry out what `start` begins; at least something.
fn duration(start: impl FnOnce() -> Child) -> Duration {
    let begun = Instant::now();
    assert!(start().wait().unwrap().success());
    begun.elapsed()
}

/// Whether the project is in the new state; if not, it must be in the old one, to the byte.
fn is_new(project: &Project, old: &super::squashed::Files, new: &super::squashed::Files) -> bool {
    let said = project.run(&["archive", "verify"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(!project.path().join(".revgraph/swap.toml").exists());
    let found = files(project);
    assert!(found == *old || found == *new, "{:?}\n{said}", found.keys());
    // A second look changes nothing.
    assert_eq!(project.run(&["archive", "verify"]).err, "");
    assert_eq!(files(project), found);
    found == *new
}

#[test]
fn a_squash_that_is_killed_is_done_or_undone() {
    let (project, ids) = chain();
    let old = files(&project);
    let mut child = ready_to_squash(&project, &ids);
    let whole = duration(|| {
        tell(&mut child);
        child
    });
    let new = files(&project);
    let mut ended = [0, 0];
    for round in 0..ROUNDS {
        let (project, ids) = chain();
        let mut child = ready_to_squash(&project, &ids);
        tell(&mut child);
        std::thread::sleep(whole * round / ROUNDS);
        child.kill().unwrap();
        child.wait().unwrap();
        ended[usize::from(is_new(&project, &old, &new))] += 1;
    }
    assert!(ended[0] > 0, "the first kill comes before anything is done: {ended:?}");
}

#[test]
fn a_restore_that_is_killed_is_done_or_undone() {
    let restore = |project: &Project| {
        let mut command = project.command(&["archive", "restore", "b1", "--no-database"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let (project, ids) = chain();
    squash_all(&project, &ids);
    let old = files(&project);
    let whole = duration(|| restore(&project));
    let new = files(&project);
    let mut ended = [0, 0];
    for round in 0..ROUNDS {
        let (project, ids) = chain();
        squash_all(&project, &ids);
        let mut child = restore(&project);
        std::thread::sleep(whole * round / ROUNDS);
        child.kill().unwrap();
        child.wait().unwrap();
        ended[usize::from(is_new(&project, &old, &new))] += 1;
    }
    assert!(ended[0] > 0, "the first kill comes before anything is done: {ended:?}");
}

#[test]
fn the_next_command_says_what_it_has_done() {
    let (project, ids) = chain();
    squash_all(&project, &ids);
    let journal = |phase: &str| {
        let members: Vec<String> = ids.iter().map(|id| format!("\"{id}.sql\"")).collect();
        let text = format!(
            "format = 1\nkind = \"restore\"\nphase = \"{phase}\"\nbaseline = \"b1\"\nfile = \"b1.sql\"\nmembers = [{}]\n",
            members.join(", ")
        );
        project.write(".revgraph/swap.toml", text);
    };
    journal("staging");
    assert_eq!(project.run(&["heads"]).err, "note: the restore of `b1` had been interrupted; it is undone now\n");
    journal("staging");
    assert_eq!(project.run(&["heads", "--quiet"]).err, "");
    assert!(project.path().join("archive/b1").exists());
    journal("decided");
    assert_eq!(project.run(&["heads"]).err, "note: the restore of `b1` had been interrupted; it is finished now\n");
    assert!(!project.path().join("archive/b1").exists());
    assert_eq!(project.run(&["heads"]).out, format!("r{MEMBERS:04} [head]\n"));
}
