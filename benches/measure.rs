//! What the benches share: contenders that take turns, what they report, and what they run against.

// Each bench uses a part of it.
#![allow(dead_code, unused_imports)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

#[path = "../tests/it/harness/programs.rs"]
mod programs;
#[path = "../tests/it/harness/server.rs"]
mod server;
#[path = "../tests/it/harness/until.rs"]
mod until;

pub use programs::program;
pub use server::{Server, Setup};

/// How often each contender runs, unless `REVGRAPH_BENCH_ROUNDS` says it.
const ROUNDS: usize = 7;

/// The argument with which a bench starts itself anew to wrap another command, see [`memory`].
const WRAP: &str = "--wrap";

/// One of those that are compared.
pub struct Contender<'a> {
    pub name: &'static str,
    /// Puts things in place before each run. It isn't measured.
    pub prepare: Box<dyn Fn() + 'a>,
    pub run: Box<dyn Fn() + 'a>,
}

impl<'a> Contender<'a> {
    pub fn new(name: &'static str, prepare: impl Fn() + 'a, run: impl Fn() + 'a) -> Contender<'a> {
        Contender { name, prepare: Box::new(prepare), run: Box::new(run) }
    }
}

/// Runs all contenders in each round, and prints the median, the best, and the median of the ratios to the first
/// contender in the same round: what slows the machine down for a while slows both down.
pub fn compare(title: &str, contenders: &[Contender<'_>]) {
    let rounds = std::env::var("REVGRAPH_BENCH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let mut times = vec![Vec::new(); contenders.len()];
    for _ in 0..rounds {
        for (contender, times) in contenders.iter().zip(&mut times) {
            (contender.prepare)();
            let begun = Instant::now();
            (contender.run)();
            times.push(begun.elapsed());
        }
    }
    println!("\n{title}\n{:<40} {:>10} {:>10} {:>7}", "", "median ms", "best ms", "ratio");
    for (contender, own) in contenders.iter().zip(&times) {
        let ratios = own.iter().zip(&times[0]).map(|(own, first)| own.as_secs_f64() / first.as_secs_f64());
        let milliseconds = own.iter().map(|time| time.as_secs_f64() * 1000.0);
        let best = milliseconds.clone().fold(f64::INFINITY, f64::min);
        println!("{:<40} {:>10.1} {best:>10.1} {:>7.2}", contender.name, median(milliseconds), median(ratios));
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        0 => (values[middle - 1] + values[middle]) / 2.0,
        _ => values[middle],
    }
}

/// Runs a command that must end well, and drops what it says.
pub fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The most memory that a command had, in MB. The kernel tells it of children that have ended, and only the largest
/// of them, so each command is the only child of a process of its own.
pub fn memory(command: &Command) -> u64 {
    let mut wrapper = Command::new(std::env::current_exe().expect("this program has a path"));
    wrapper.arg(WRAP).arg(command.get_program()).args(command.get_args());
    wrapper.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(directory) = command.get_current_dir() {
        wrapper.current_dir(directory);
    }
    let output = wrapper.stderr(Stdio::inherit()).output().expect("this program can be started");
    assert!(output.status.success(), "{command:?}");
    let kilobytes: u64 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number");
    kilobytes / 1000
}

/// Does what [`memory`] started this process for, if it did. To be called first.
pub fn wrap() {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [first, name, rest @ ..] = arguments.as_slice() else { return };
    if first == WRAP {
        run(Command::new(name).args(rest));
        let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN);
        println!("{}", usage.expect("the kernel tells it").max_rss());
        std::process::exit(0);
    }
}

/// The program that is measured, with nothing in its environment that says where a database is.
pub fn revgraph(project: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_revgraph"));
    command.current_dir(project).args(arguments).env_remove("DATABASE_URL").env("NO_COLOR", "1");
    command
}

/// The path of a program, if it is installed.
pub fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// A folder that goes with the value: in memory where the system has such a place, so that no disk is measured.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    folder.expect("a temporary folder")
}

/// A project with an empty `revgraph.toml` and these revisions.
pub fn project(folder: &Path, revisions: impl IntoIterator<Item = (String, String)>) -> PathBuf {
    let project = folder.join("project");
    fs::create_dir_all(project.join("revisions")).expect("a folder can be made");
    fs::write(project.join("revgraph.toml"), "").expect("a file can be written");
    for (id, text) in revisions {
        fs::write(project.join("revisions").join(format!("{id}.sql")), text).expect("a file can be written");
    }
    project
}

/// A revision's file.
pub fn revision(id: &str, parents: &str, up: &str, down: &str) -> String {
    let parents = if parents.is_empty() { String::new() } else { format!("-- parents:    {parents}\n") };
    let header =
        format!("-- revision:   {id}\n-- message:    make {id}\n{parents}-- created:    2026-11-21T02:24:35Z\n");
    format!("{header}\n-- [up]\n{up}\n\n-- [down]\n{down}\n")
}

/// What a program says of its version, in one line.
pub fn version(name: impl AsRef<OsStr>) -> String {
    let output = Command::new(name.as_ref()).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_owned()
}

/// Milliseconds, for figures that have no table.
pub fn milliseconds(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1000.0)
}
