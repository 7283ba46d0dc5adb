//! revgraph against psql, bare messages and, where they are installed, other tools: the same statements on the same
//! private server, each contender once a round.
//!
//! `cargo bench --no-default-features --bench peers [-- PART…]`; the parts are `memory`, `disk`, `many` and `large`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod measure;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use measure::{
    Contender, Server, Setup, compare, folder, installed, memory, milliseconds, program, project, revgraph, revision,
    run, version, wrap,
};
use tempfile::TempDir;

/// Tiny revisions of the comparison.
const TINY: usize = 1_000;

/// Revisions of the part `many`.
const MANY: usize = 10_000;

/// Bytes of the revision of the part `large`.
const LARGE: usize = 50_000_000;

fn main() {
    wrap();
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|word| word == part);
    println!("{}; {}", version(program("postgres")), version(env!("CARGO_BIN_EXE_revgraph")));
    if wants("memory") {
        let server = Server::start(&Setup::default());
        tiny(&Bench::new(&server, TINY), "files of the server in memory");
    }
    if wants("disk") {
        let settings = ["fsync=on", "full_page_writes=on", "synchronous_commit=on"];
        let settings = settings.map(str::to_owned).into();
        let server = Server::start(&Setup { settings, on_disk: true, ..Setup::default() });
        on_disk(&Bench::new(&server, TINY));
    }
    if wants("many") {
        many(&Bench::new(&Server::start(&Setup::default()), MANY));
    }
    if wants("large") {
        large(&Server::start(&Setup::default()));
    }
}

/// A server, and the same statements in the shape that each contender wants.
pub struct Bench<'a> {
    server: &'a Server,
    folder: TempDir,
    project: PathBuf,
    up: Vec<String>,
    down: Vec<String>,
}

const DATABASE: &str = "bench";

impl<'a> Bench<'a> {
    fn new(server: &'a Server, length: usize) -> Bench<'a> {
        let folder = folder();
        let up: Vec<String> = (1..=length).map(|number| format!("CREATE TABLE t{number} (id int);\n")).collect();
        let down: Vec<String> = (1..=length).map(|number| format!("DROP TABLE t{number};\n")).collect();
        let id = |number: usize| format!("r{number:05}");
        let revisions = up.iter().zip(&down).enumerate().map(|(number, (up, down))| {
            let parent = if number == 0 { String::new() } else { id(number - 1) };
            (id(number), revision(&id(number), &parent, up.trim_end(), down.trim_end()))
        });
        let project = project(folder.path(), revisions);
        let reversed: Vec<String> = down.iter().rev().cloned().collect();
        fs::write(folder.path().join("up.sql"), up.concat()).expect("a file can be written");
        fs::write(folder.path().join("down.sql"), reversed.concat()).expect("a file can be written");
        fs::write(folder.path().join("nothing.sql"), "").expect("a file can be written");
        Bench { server, folder, project, up, down: reversed }
    }

    /// A database with nothing in it.
    fn empty(&self) {
        let mut client = self.server.client("postgres");
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")).expect("a database less");
        client.batch_execute(&format!("CREATE DATABASE {DATABASE} TEMPLATE template0")).expect("a new database");
    }

    /// A database on which psql has run the statements.
    fn full(&self) {
        self.empty();
        self.message(&self.up.concat());
    }

    fn message(&self, text: &str) {
        self.server.client(DATABASE).batch_execute(text).expect("the statements run");
    }

    /// One message a statement, its transaction in it.
    fn messages(&self, statements: &[String]) {
        let mut client = self.server.client(DATABASE);
        for statement in statements {
            client.batch_execute(&format!("BEGIN; {statement} COMMIT")).expect("the statement runs");
        }
    }

    fn psql(&self, psql: &Path, file: &str) {
        let mut command = Command::new(psql);
        command.args(["-X", "-v", "ON_ERROR_STOP=1", "-1", "-U", "postgres", "-d", DATABASE, "-h"]);
        command.arg(self.server.directory()).args(["-p", &self.server.port().to_string(), "-f"]);
        run(command.arg(self.folder.path().join(file)));
    }

    /// The database's address, as URLs say it.
    fn url(&self, scheme: &str) -> String {
        let (directory, port) = (self.server.directory().display(), self.server.port());
        format!("{scheme}://postgres@/{DATABASE}?host={directory}&port={port}")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let url = self.url("postgres");
        revgraph(&self.project, &[&["--database", &url], arguments].concat())
    }

    fn revgraph(&self, arguments: &[&str]) {
        run(&mut self.command(arguments));
    }
}

/// psql's own program first, which is what everything is compared with; then what the shell finds under its name,
/// where that is another one: Debian's is a script in Perl that starts psql.
fn psqls() -> Vec<(&'static str, PathBuf)> {
    let own = program("psql");
    let found = installed("psql").filter(|found| found.canonicalize().ok() != own.canonicalize().ok());
    let mut all = vec![("psql -1 -f", own)];
    all.extend(found.map(|found| ("psql -1 -f, as found in PATH", found)));
    all
}

fn tiny(bench: &Bench<'_>, what: &str) {
    let psqls = psqls();
    let tools = tools::all(bench);
    let mut up: Vec<Contender<'_>> = Vec::new();
    let mut down: Vec<Contender<'_>> = Vec::new();
    let mut nothing: Vec<Contender<'_>> = Vec::new();
    for (name, psql) in &psqls {
        up.push(Contender::new(name, || bench.empty(), || bench.psql(psql, "up.sql")));
        down.push(Contender::new(name, || bench.full(), || bench.psql(psql, "down.sql")));
        nothing.push(Contender::new(name, || bench.full(), || bench.psql(psql, "nothing.sql")));
    }
    up.push(Contender::new("one message for all", || bench.empty(), || bench.message(&bench.up.concat())));
    up.push(Contender::new("one message per revision", || bench.empty(), || bench.messages(&bench.up)));
    down.push(Contender::new("one message for all", || bench.full(), || bench.message(&bench.down.concat())));
    down.push(Contender::new("one message per revision", || bench.full(), || bench.messages(&bench.down)));
    let upgraded = || {
        bench.empty();
        bench.revgraph(&["upgrade"]);
    };
    up.push(Contender::new("revgraph upgrade", || bench.empty(), || bench.revgraph(&["upgrade"])));
    down.push(Contender::new("revgraph downgrade base", upgraded, || bench.revgraph(&["downgrade", "base", "--yes"])));
    nothing.push(Contender::new("revgraph upgrade", upgraded, || bench.revgraph(&["upgrade"])));
    for tool in &tools {
        up.push(Contender::new(tool.name, || bench.empty(), || tool.up()));
        let upgraded = || {
            bench.empty();
            tool.up();
        };
        down.push(Contender::new(tool.name, upgraded, || tool.down()));
        nothing.push(Contender::new(tool.name, upgraded, || tool.up()));
    }
    compare(&format!("{TINY} tiny revisions up; {what}"), &up);
    compare(&format!("{TINY} tiny revisions down; {what}"), &down);
    compare(&format!("nothing to do with {TINY} revisions in effect; {what}"), &nothing);
}

fn on_disk(bench: &Bench<'_>) {
    let psql = program("psql");
    compare(
        &format!("{TINY} tiny revisions up; a durable disk"),
        &[
            Contender::new("psql -1 -f", || bench.empty(), || bench.psql(&psql, "up.sql")),
            Contender::new("one message per revision", || bench.empty(), || bench.messages(&bench.up)),
            Contender::new("revgraph upgrade", || bench.empty(), || bench.revgraph(&["upgrade"])),
        ],
    );
}

/// A long history on one database: all of it at once, and then what reads it.
fn many(bench: &Bench<'_>) {
    bench.empty();
    let begun = Instant::now();
    bench.revgraph(&["upgrade"]);
    println!("\n{MANY} tiny revisions up at once: {}", milliseconds(begun.elapsed()));
    let psql = program("psql");
    fs::write(bench.folder.path().join("applied.sql"), "SELECT id FROM revgraph.applied;\n").expect("a file");
    let read = || {
        for entry in fs::read_dir(bench.project.join("revisions")).expect("a folder") {
            fs::read(entry.expect("an entry").path()).expect("a file");
        }
        bench.psql(&psql, "applied.sql");
    };
    compare(
        &format!("{MANY} revisions in effect"),
        &[
            Contender::new("reading the files, then psql -f", || {}, read),
            Contender::new("revgraph upgrade, nothing to do", || {}, || bench.revgraph(&["upgrade"])),
            Contender::new("revgraph current", || {}, || bench.revgraph(&["current"])),
        ],
    );
    for arguments in [&["upgrade"][..], &["current"]] {
        println!("revgraph {}: {} MB", arguments.join(" "), memory(&bench.command(arguments)));
    }
}

/// One revision with a large seed: statements of 1,000 rows each.
fn large(server: &Server) {
    let bench = Bench::new(server, 1);
    let row = "(1, 'a text that makes the row long enough to count for something')";
    let statement = format!("INSERT INTO seed VALUES\n{};\n", vec![row; 1_000].join(",\n"));
    let rows = statement.repeat(LARGE / statement.len());
    let up = format!("CREATE TABLE seed (id int, note text);\n{rows}");
    let file = bench.project.join("revisions").join("large.sql");
    fs::write(file, revision("large", "r00000", &up, "DROP TABLE seed;")).expect("a file can be written");
    bench.empty();
    let begun = Instant::now();
    let memory = memory(&bench.command(&["upgrade"]));
    println!("\na revision of {} MB up: {}, {memory} MB", LARGE / 1_000_000, milliseconds(begun.elapsed()));
}
