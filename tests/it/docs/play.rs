//! Runs a page.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::page::{Page, Piece, Shown};
use super::steady::agree;
use crate::harness::{Server, Setup, program};

/// What separates the outputs of two steps.
const MARK: &str = "=:= step";

/// The server that the documentation is about. Pages name their databases as they like, each another name.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let server = Server::start(&Setup::default());
        server.client("postgres").batch_execute("CREATE ROLE app LOGIN CREATEDB").expect("a role");
        server
    })
}

/// A step of the script, and where the page shows it.
enum Step<'a> {
    Shown(&'a Shown),
    /// Its line.
    Hidden(usize),
}

/// What came out of a step.
struct Outcome {
    lines: Vec<String>,
    code: i32,
}

impl Outcome {
    /// As a page shows it: the line that names the database is left out where the page has left it out.
    fn told(&self, shown: &Shown) -> Vec<String> {
        let names_database = |line: &String| line.starts_with("database: ");
        let with_database = shown.output.iter().any(names_database);
        let lines = self.lines.iter().filter(|line| with_database || !names_database(line));
        let code = (self.code != 0).then(|| format!("[exit code {}]", self.code));
        lines.cloned().chain(code).collect()
    }
}

/// Runs the commands of a page and compares, or writes what came out into it.
///
/// # Errors
/// The first place where the page shows something else than what comes out.
pub fn play(path: &Path) -> Result<(), String> {
    let page = Page::read(path);
    let (script, steps) = script(&page);
    let outcomes = run(&script);
    let place = |line: usize| format!("{}:{line}", path.display());
    let mut wrong = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let Some(outcome) = outcomes.get(number) else {
            return Err(format!("{}: it ends with step {number}", path.display()));
        };
        match step {
            Step::Hidden(_) if outcome.code == 0 => {}
            Step::Hidden(line) => {
                return Err(format!("{}: what is hidden fails:\n{}", place(*line), outcome.lines.join("\n")));
            }
            Step::Shown(shown) => {
                let told = outcome.told(shown);
                if !agree(&shown.output, &told) {
                    wrong.push((*shown, told));
                }
            }
        }
    }
    if std::env::var_os("REVGRAPH_DOCS").is_some_and(|wish| wish == "update") {
        fs::write(path, updated(&page, &wrong)).expect("the page can be written");
        return Ok(());
    }
    match wrong.first() {
        None => Ok(()),
        Some((shown, told)) => Err(format!(
            "{}: $ {}\nthe page shows:\n{}\nit says:\n{}",
            place(shown.lines.start),
            shown.command,
            shown.output.join("\n"),
            told.join("\n")
        )),
    }
}

/// The page as a script, and its steps.
fn script(page: &Page) -> (String, Vec<Step<'_>>) {
    let (mut script, mut steps) = ("exec 2>&1\n".to_owned(), Vec::new());
    for piece in &page.pieces {
        match piece {
            Piece::Console { embedded: true, .. } if !cfg!(feature = "embedded") => {}
            Piece::Console { commands, .. } => {
                for shown in commands {
                    step(&mut script, &shown.command);
                    steps.push(Step::Shown(shown));
                }
            }
            Piece::File { path, text } => write_file(&mut script, path, text),
            Piece::Hidden { script: hidden, line } => {
                step(&mut script, &format!("{{ set -e\n{hidden}\nset +e; }}"));
                steps.push(Step::Hidden(*line));
            }
            Piece::Settings { .. } => {}
        }
    }
    (script, steps)
}

fn step(script: &mut String, command: &str) {
    writeln!(script, "{command}\nprintf '\\n{MARK} %d\\n' $?").expect("a text takes it");
}

/// A file, in the place of the one with another time and id in its name.
fn write_file(script: &mut String, path: &str, text: &str) {
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    if let Some((_, message)) = name.split_once("Z_").and_then(|(_, name)| name.split_once('_')) {
        writeln!(script, "rm -f {folder}/*Z_*_{message}").expect("a text takes it");
    }
    write!(script, "mkdir -p {folder}\ncat > {path} <<'=:= end'\n{text}=:= end\n").expect("a text takes it");
}

/// Runs a script in a home of its own and says what came out of each step.
fn run(script: &str) -> Vec<Outcome> {
    let home = TempDir::new().expect("a temporary folder");
    let file = home.path().join(".script");
    fs::write(&file, script).expect("a file of our own");
    let port = server().port().to_string();
    let of_revgraph = Path::new(env!("CARGO_BIN_EXE_revgraph")).parent().expect("a folder").to_owned();
    let of_postgres = program("psql").parent().expect("a folder").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [of_revgraph, of_postgres].into_iter().chain(std::env::split_paths(&path));
    let cache =
        std::env::var_os("XDG_CACHE_HOME").map(Into::into).or_else(|| Some(std::env::home_dir()?.join(".cache")));
    let output = Command::new("sh")
        .arg(&file)
        .current_dir(home.path())
        .env_clear()
        .env("PATH", std::env::join_paths(folders).expect("a search path"))
        .env("HOME", home.path())
        .env("XDG_CACHE_HOME", cache.unwrap_or_else(|| home.path().join(".cache")))
        .env("REPOSITORY", super::root())
        .envs([("LC_ALL", "C.UTF-8"), ("TZ", "UTC"), ("USER", "ada"), ("LOGNAME", "ada")])
        .envs([("PGHOST", "localhost"), ("PGPORT", &port), ("PGUSER", "app")])
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .envs([("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@example.org")])
        .envs([("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.org")])
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let said = said.replace(&port, "5432").replace(&*home.path().to_string_lossy(), "/home/ada");
    outcomes(&said)
}

fn outcomes(said: &str) -> Vec<Outcome> {
    let (mut outcomes, mut lines) = (Vec::new(), Vec::new());
    for line in said.lines() {
        match line.strip_prefix(MARK) {
            Some(code) => {
                // The one that stands before the mark, so that it begins a line.
                if lines.last().is_some_and(String::is_empty) {
                    lines.pop();
                }
                let code = code.trim().parse().expect("an exit code");
                outcomes.push(Outcome { lines: std::mem::take(&mut lines), code });
            }
            // What a slow machine is told every ten seconds.
            None if line.ends_with(" so far") => {}
            // What `lint` says of itself in a build without one of its parts; the pages are of one that has all.
            None if line.starts_with("note: built without ") => {}
            None => lines.push(line.trim_end().to_owned()),
        }
    }
    if !lines.is_empty() {
        // The script has ended within a step.
        outcomes.push(Outcome { lines, code: -1 });
    }
    outcomes
}

/// The page with what came out.
fn updated(page: &Page, wrong: &[(&Shown, Vec<String>)]) -> String {
    let mut lines: Vec<String> = page.text.lines().map(str::to_owned).collect();
    for (shown, told) in wrong.iter().rev() {
        lines.splice(shown.lines.clone(), told.iter().cloned());
    }
    lines.join("\n") + "\n"
}
