//! Whole projects, `tests/systems/<name>/`: each story that a README there tells is played on a server with data in it.

mod chat;
mod guides;
mod practice;
mod readme;
mod schools;
mod workshop;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::harness::{Database, Project, Said, program};

/// A copy of a system in a folder of its own, without its README.
pub fn system(name: &str) -> Project {
    let project = Project::new();
    copy(&folder(name), "", &project);
    project
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/systems").join(name)
}

/// Copies what is in a folder, under this path of the project.
fn copy(from: &Path, to: &str, project: &Project) {
    for entry in std::fs::read_dir(from).expect("a folder of the system") {
        let path = entry.expect("an entry of it").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8");
        if path.is_dir() {
            copy(&path, &format!("{to}{name}/"), project);
        } else if name != "README.md" {
            project.write(&format!("{to}{name}"), std::fs::read(&path).expect("a file of the system"));
        }
    }
}

/// The files of a folder of the project with their texts, by name.
pub fn files(project: &Project, folder: &str) -> Vec<(String, String)> {
    let Ok(entries) = std::fs::read_dir(project.path().join(folder)) else { return Vec::new() };
    let mut files: Vec<(String, String)> = entries
        .map(|entry| entry.expect("an entry of the folder").path())
        .map(|path| {
            let name = path.file_name().expect("a file's name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("a text"))
        })
        .collect();
    files.sort_unstable();
    files
}

/// The SQL of a revision's `[up]` section: what somebody without revgraph would run.
pub fn up_of(text: &str) -> &str {
    let (_, section) = text.split_once("\n-- [up").expect("a way up");
    let (_, up) = section.split_once('\n').expect("SQL below its line");
    up.split("\n-- [down").next().unwrap_or(up)
}

/// Runs SQL as psql does: statement by statement, each a transaction unless it says otherwise.
pub fn psql(database: &Database, sql: &str) {
    let mut child = Command::new(program("psql"))
        .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", &database.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("psql runs");
    child.stdin.take().expect("it is piped").write_all(sql.as_bytes()).expect("psql reads");
    assert!(child.wait().expect("our own child").success());
}

/// Schema and rows as `pg_dump` writes them, without the ledger and without what differs at each dump.
pub fn dump(database: &Database) -> String {
    let output = Command::new(program("pg_dump"))
        .args(["--inserts", "--exclude-schema=revgraph", "--dbname", &database.url()])
        .output()
        .expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().filter(|line| !line.contains("restrict ")).map(|line| format!("{line}\n")).collect()
}

/// What is there outside of PostgreSQL's own schemas and the ledger, each as its catalog and name. Types stand for
/// tables, domains, enums and sequences as well; a row type's array would only say it again.
pub fn left(database: &Database) -> Vec<String> {
    database.rows(
        "SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_' \
         AND nspname NOT IN ('public', 'revgraph', 'information_schema') \
         UNION ALL SELECT 'relation ' || oid::regclass FROM pg_class \
         WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname IN ('revgraph', 'information_schema')) \
         UNION ALL SELECT 'type ' || oid::regtype FROM pg_type \
         WHERE typnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname IN ('revgraph', 'information_schema')) \
         AND typcategory <> 'A' \
         UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc \
         WHERE pronamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname IN ('revgraph', 'information_schema')) \
         ORDER BY 1",
    )
}

/// Up to the heads with data, down to nothing, and the same once more: with nothing left in between, and the same schema
/// and rows at the end of both ways up. `fill` goes up from nothing and puts the data in, at the heads or on the way.
pub fn round_trip(project: &Project, database: &Database, fill: impl Fn()) {
    fill();
    let first = dump(database);
    project.ok(&database.url(), &["downgrade", "base", "--yes"]);
    assert_eq!(left(database), [""; 0]);
    fill();
    assert_eq!(dump(database), first);
}

/// What was said, but for what is another each time: the database's name, times, days, rates, sizes, file names' times,
/// versions.
pub fn shown(said: &Said) -> String {
    let complaint = said.complaint();
    let parts = if complaint.is_empty() {
        [said.out.as_str(), "", ""]
    } else {
        [&said.out, "--- standard error\n", &complaint]
    };
    let lines: String = lines_of(&parts.concat()).into_iter().map(|line| line + "\n").collect();
    format!("{lines}--- exit code {}", said.code)
}

/// Lines without what is another each time.
fn lines_of(text: &str) -> Vec<String> {
    text.lines().map(steady).collect()
}

/// A line without times, rates, sizes, days in the names of what is retired, and PostgreSQL's version.
fn steady(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut left = line.split(' ').peekable();
    while let Some(word) = left.next() {
        let number = word.trim_start_matches('(');
        let is_number = number.parse::<f64>().is_ok();
        let unit = left.peek().map_or("", |next| next.trim_end_matches([',', ';', ')']));
        words.push(match word.split_once("revisions/20") {
            Some((start, rest)) => format!("{start}revisions/…{}", rest.split_once('Z').map_or("", |(_, name)| name)),
            None if is_number && matches!(unit, "ms" | "s" | "rows/s" | "kB" | "MB") => {
                let unit = left.next().unwrap_or_default();
                word.replace(number, "…") + unit.trim_start_matches(['m', 's'])
            }
            None if is_number && words.last().is_some_and(|before| before == "PostgreSQL") => "…".to_owned(),
            None if word.get(..10).is_some_and(is_date) => "…".to_owned(),
            None if word.contains("_backup_2") => undated(word),
            None => word.to_owned(),
        });
    }
    words.join(" ")
}

/// A backup's name without its day, which is 8 digits.
fn undated(word: &str) -> String {
    let (name, day) = word.split_once("_backup_2").unwrap_or((word, ""));
    format!("{name}_backup_…{}", day.get(7..).unwrap_or_default())
}

/// Whether the word is a date as in 2026-11-21.
fn is_date(word: &str) -> bool {
    word.split('-').map(str::len).eq([4, 2, 2]) && word.split('-').all(|part| part.parse::<u32>().is_ok())
}
