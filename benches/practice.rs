//! An empty database becomes the practice platform of `tests/systems/practice`: by its 17 files and a psql for each, as its
//! team did it; by the same 17 revisions through revgraph; by the one baseline that they were squashed into.
//!
//! `cargo bench --no-default-features --bench practice`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod measure;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use measure::{Contender, Server, Setup, compare, folder, program, project, revgraph, run, version};

const DATABASE: &str = "bench";

/// What it was squashed into, in `revisions` of the system.
const BASELINE: &str = "revisions";

/// What was squashed.
const ORIGINALS: &str = "archive/consolidated";

fn main() {
    println!("{}; {}", version(program("psql")), version(env!("CARGO_BIN_EXE_revgraph")));
    let server = Server::start(&Setup::default());
    let folder = folder();
    let originals = revisions(ORIGINALS);
    let files: Vec<PathBuf> = originals
        .iter()
        .map(|(id, text)| {
            let file = folder.path().join(format!("{id}.sql"));
            fs::write(&file, up_of(text)).expect("a file can be written");
            file
        })
        .collect();
    let by_chain = project(&folder.path().join("chain"), originals);
    let by_baseline = project(&folder.path().join("baseline"), revisions(BASELINE));
    copy_archive(&by_baseline);
    let empty = || empty(&server);
    compare(
        "an empty database becomes the practice platform",
        &[
            Contender::new("psql -f, 17 files", empty, || files.iter().for_each(|file| psql(&server, file))),
            Contender::new("revgraph upgrade, 17 revisions", empty, || upgrade(&server, &by_chain)),
            Contender::new("revgraph upgrade, their baseline", empty, || upgrade(&server, &by_baseline)),
        ],
    );
}

/// The revision files of a folder of the system, by their names without the end, in order.
fn revisions(of: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = fs::read_dir(system().join(of))
        .expect("a folder of the system")
        .map(|entry| entry.expect("an entry of it").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a file of the system"))
        })
        .collect();
    files.sort_unstable();
    files
}

fn system() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/systems/practice")
}

/// A baseline goes with its archive, which holds the proof.
fn copy_archive(project: &Path) {
    let archive = project.join(ORIGINALS);
    fs::create_dir_all(&archive).expect("a folder can be made");
    for entry in fs::read_dir(system().join(ORIGINALS)).expect("a folder of the system") {
        let path = entry.expect("an entry of it").path();
        fs::copy(&path, archive.join(path.file_name().expect("a name"))).expect("a file can be copied");
    }
}

/// The SQL of a revision's `[up]` section.
fn up_of(text: &str) -> &str {
    let (_, section) = text.split_once("\n-- [up").expect("a way up");
    let (_, up) = section.split_once('\n').expect("SQL below its line");
    up.split("\n-- [down").next().unwrap_or(up)
}

fn empty(server: &Server) {
    let mut client = server.client("postgres");
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")).expect("a database less");
    client.batch_execute(&format!("CREATE DATABASE {DATABASE} TEMPLATE template0")).expect("a new database");
}

/// PostgreSQL's own program; what Debian has in PATH is a script that starts it.
fn psql(server: &Server, file: &Path) {
    let mut command = Command::new(program("psql"));
    command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", DATABASE, "-h"]).arg(server.directory());
    run(command.args(["-p", &server.port().to_string(), "-f"]).arg(file));
}

fn upgrade(server: &Server, project: &Path) {
    let (directory, port) = (server.directory().display(), server.port());
    let url = format!("postgres://postgres@/{DATABASE}?host={directory}&port={port}");
    run(&mut revgraph(project, &["--database", &url, "upgrade"]));
}
