//! A million students of `tests/systems/schools` go from one database into another: by a `[load]`, and by two psql whose
//! `\copy` are piped together.
//!
//! `cargo bench --no-default-features --bench load`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod measure;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use measure::{Contender, Server, Setup, compare, folder, memory, program, project, revgraph, revision, run, version};

const SOURCE: &str = "source";
const TARGET: &str = "target";

const STUDENTS: u32 = 1_000_000;

/// What the system's revision `stu1` asks for, in one line, as `\copy` wants it.
const QUERY: &str = r#"SELECT 'student' AS user_type, id, "fullName" AS full_name, email, phone, address, "schoolId" AS school_id, "createdAt" AS created_at, "birthDate" AS birth_date, grade, "parentId" AS parent_id FROM "Student""#;

/// What it is loaded into, with its columns in the query's order.
const TABLE: &str = "CREATE TABLE student (user_type text NOT NULL, id int NOT NULL, full_name text NOT NULL, email text, \
                     phone text, address text, school_id int, created_at timestamp NOT NULL, birth_date date, grade text, \
                     parent_id int, PRIMARY KEY (user_type, id));";

fn main() {
    measure::wrap();
    println!("{}; {}", version(program("psql")), version(env!("CARGO_BIN_EXE_revgraph")));
    let server = Server::start(&Setup::default());
    fill(&server);
    let folder = folder();
    let with_key = loading(&server, &folder.path().join("key"), " key=id");
    let without = loading(&server, &folder.path().join("whole"), "");
    let (text, binary) = (piped(&server, ""), piped(&server, " WITH (FORMAT binary)"));
    // Each finds the table, and what revgraph keeps of having made it.
    let prepare = || empty(&server, &with_key);
    // A pipe's exit code is that of its end.
    for line in [&text, &binary] {
        prepare();
        pipe(line);
        assert_eq!(count(&server), i64::from(STUDENTS) + FEW);
    }
    compare(
        "a million students from one database into another",
        &[
            Contender::new("psql \\copy | psql \\copy", prepare, || pipe(&text)),
            Contender::new("the same in binary format", prepare, || pipe(&binary)),
            Contender::new("revgraph [load], by key", prepare, || run(&mut upgrade(&server, &with_key, "load"))),
            Contender::new("revgraph [load], in one transaction", prepare, || {
                run(&mut upgrade(&server, &without, "load"))
            }),
        ],
    );
    for (name, project) in [("by key", &with_key), ("in one transaction", &without)] {
        prepare();
        let megabytes = memory(&upgrade(&server, project, "load"));
        assert_eq!(count(&server), i64::from(STUDENTS) + FEW);
        println!("revgraph [load], {name}: {megabytes} MB at most");
    }
}

/// Students of `schools.sql`, whom the others come on top of.
const FEW: i64 = 5;

/// The source, once for all.
fn fill(server: &Server) {
    let v1 = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/systems/schools/v1");
    let sql = |name: &str| fs::read_to_string(v1.join(name)).expect("a file of the system");
    server.client("postgres").batch_execute(&format!("CREATE DATABASE {SOURCE}")).expect("a new database");
    let mut client = server.client(SOURCE);
    client.batch_execute(&sql("schools.sql")).expect("its few people");
    client.batch_execute(&format!("SET schools.students = {STUDENTS}; {}", sql("many.sql"))).expect("all the others");
}

/// A project that makes the table, and loads it.
fn loading(server: &Server, folder: &Path, key: &str) -> PathBuf {
    let load = revision("load", "students", "", "TRUNCATE student;");
    let section = format!("-- [load from=v1 into=student{key}]\n{QUERY};");
    let revisions = [
        ("students".to_owned(), revision("students", "", TABLE, "DROP TABLE student;")),
        ("load".to_owned(), load.replace("-- [up]\n", &section)),
    ];
    let project = project(folder, revisions);
    let settings = format!("[databases]\nv1 = \"{}\"\n", url(server, SOURCE));
    fs::write(project.join("revgraph.toml"), settings).expect("a file can be written");
    project
}

/// A database that has the table.
fn empty(server: &Server, project: &Path) {
    let mut client = server.client("postgres");
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {TARGET} WITH (FORCE)")).expect("a database less");
    client.batch_execute(&format!("CREATE DATABASE {TARGET} TEMPLATE template0")).expect("a new database");
    run(&mut upgrade(server, project, "students"));
    // What the one before has left to be written doesn't burden the next one.
    client.batch_execute("CHECKPOINT").expect("a superuser may");
}

fn upgrade(server: &Server, project: &Path, to: &str) -> Command {
    revgraph(project, &["--database", &url(server, TARGET), "upgrade", to])
}

fn url(server: &Server, database: &str) -> String {
    format!("postgres://postgres@/{database}?host={}&port={}", server.directory().display(), server.port())
}

/// A line for the shell: what one psql writes, another one reads.
fn piped(server: &Server, format: &str) -> String {
    let psql = program("psql");
    let psql = |database: &str, copy: &str| {
        format!("'{}' -X -q -v ON_ERROR_STOP=1 -d '{}' -c '{copy}'", psql.display(), url(server, database))
    };
    let query = QUERY.replace('\'', r"'\''");
    let (from, into) = (format!(r"\copy ({query}) TO STDOUT{format}"), format!(r"\copy student FROM STDIN{format}"));
    format!("{} | {}", psql(SOURCE, &from), psql(TARGET, &into))
}

fn pipe(line: &str) {
    run(Command::new("sh").args(["-c", line]));
}

fn count(server: &Server) -> i64 {
    server.client(TARGET).query_one("SELECT count(*) FROM student", &[]).expect("the table is there").get(0)
}
