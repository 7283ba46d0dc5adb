//! What builds a chain in scratch databases, against psql and `pg_dump`: `squash`, `test`, and `diff`.
//!
//! `cargo bench --no-default-features --bench scratch [-- PART…]`; the parts are `squash`, `test` and `diff`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod chain;
mod measure;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use chain::Change;
use measure::{Contender, Server, Setup, compare, folder, program, project, revgraph, run, version};
use tempfile::TempDir;

/// Revisions of the chain.
const REVISIONS: usize = 300;

/// Tables of each of the databases that are compared.
const TABLES: usize = 1_000;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|word| word == part);
    println!("{}; {}", version(program("postgres")), version(env!("CARGO_BIN_EXE_revgraph")));
    let server = Server::start(&Setup::default());
    let chain = Chain::new(&server);
    if wants("squash") {
        squash(&chain);
    }
    if wants("test") {
        test(&chain);
    }
    if wants("diff") {
        diff(&server);
    }
}

/// The chain as revgraph and as psql want it, and a server for psql; revgraph starts its own.
struct Chain<'a> {
    server: &'a Server,
    folder: TempDir,
    project: PathBuf,
    files: Vec<PathBuf>,
}

const DATABASE: &str = "bench";

impl<'a> Chain<'a> {
    fn new(server: &'a Server) -> Chain<'a> {
        let folder = folder();
        let changes = chain::make(REVISIONS);
        let project = project(folder.path(), changes.iter().map(|change| (change.id.clone(), change.file())));
        let files = changes.iter().map(|change| folder.path().join(format!("{}.sql", change.id))).collect();
        let chain = Chain { server, folder, project, files };
        for (change, file) in changes.iter().zip(&chain.files) {
            fs::write(file, &change.up).expect("a file can be written");
        }
        let all: String = changes.iter().map(Change::in_one_session).collect();
        fs::write(chain.folder.path().join("all.sql"), all).expect("a file can be written");
        chain
    }

    fn empty(&self) {
        create(self.server, DATABASE);
    }

    /// As a team runs its files: one psql for each, or one for all, which cannot be one transaction.
    fn by_files(&self) {
        for file in &self.files {
            run(psql(self.server, DATABASE).arg("-f").arg(file));
        }
    }

    fn by_one(&self) {
        run(psql(self.server, DATABASE).arg("-f").arg(self.folder.path().join("all.sql")));
    }

    fn revgraph(&self, arguments: &[&str]) {
        run(&mut revgraph(&self.project, arguments));
    }
}

/// What a squash takes at least, done by hand: the chain on two databases, and a dump.
fn squash(chain: &Chain<'_>) {
    let twice = |once: &dyn Fn()| {
        for _ in 0..2 {
            chain.empty();
            once();
        }
        dump(chain.server, DATABASE, &[]);
    };
    compare(
        &format!("squash of {REVISIONS} revisions"),
        &[
            Contender::new("twice psql -f a file, and pg_dump", || {}, || twice(&|| chain.by_files())),
            Contender::new("twice psql -f for all, and pg_dump", || {}, || twice(&|| chain.by_one())),
            Contender::new(
                "revgraph squash --dry-run",
                || {},
                || chain.revgraph(&["squash", "--scratch", "programs", "--dry-run"]),
            ),
        ],
    );
}

fn test(chain: &Chain<'_>) {
    compare(
        &format!("test of {REVISIONS} revisions"),
        &[
            Contender::new("psql -f a file", || chain.empty(), || chain.by_files()),
            Contender::new("psql -f for all", || chain.empty(), || chain.by_one()),
            Contender::new("revgraph test", || {}, || chain.revgraph(&["test", "--scratch", "programs"])),
        ],
    );
}

fn diff(server: &Server) {
    let tables: String = (1..=TABLES).map(chain::table).collect();
    for database in ["one", "other"] {
        create(server, database);
        server.client(database).batch_execute(&tables).expect("the tables can be made");
    }
    let empty = folder();
    let project = project(empty.path(), []);
    let url = |database: &str| {
        format!("postgres://postgres@/{database}?host={}&port={}", server.directory().display(), server.port())
    };
    let [one, other] = [url("one"), url("other")];
    compare(
        &format!("two databases of {TABLES} tables"),
        &[
            Contender::new("pg_dump -s of one", || {}, || dump(server, "one", &["-s"])),
            Contender::new("revgraph diff of both", || {}, || run(&mut revgraph(&project, &["diff", &one, &other]))),
        ],
    );
}

/// A database with nothing in it.
fn create(server: &Server, name: &str) {
    let mut client = server.client("postgres");
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).expect("a database less");
    client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).expect("a new database");
}

fn psql(server: &Server, database: &str) -> Command {
    let mut command = connecting(server, "psql", database);
    command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1"]);
    command
}

fn dump(server: &Server, database: &str, arguments: &[&str]) {
    run(connecting(server, "pg_dump", database).args(arguments));
}

fn connecting(server: &Server, name: &str, database: &str) -> Command {
    let mut command = Command::new(program(name));
    command.args(["-U", "postgres", "-d", database, "-h"]).arg(server.directory());
    command.args(["-p", &server.port().to_string()]);
    command
}
