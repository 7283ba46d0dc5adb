//! One operation, disturbed again and again.

use std::collections::BTreeMap;
use std::fmt;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant as Now};

use super::fault::{Fault, Scene};
use super::instant::{Course, Instant};
use super::operation::Operation;
use super::state::{State, assert_in_step, ran};
use crate::harness::{Database, Project, Proxy, Said, Seeded, Server, until};

/// An operation on one server: what it finds, and how it goes when nothing disturbs it.
pub struct Field {
    operation: Operation,
    project: Project,
    before: Database,
    applied: Vec<String>,
    proxy: Proxy,
    course: Course,
    after: State,
    checked: Said,
}

/// What became of the commands that were disturbed.
#[derive(Default)]
pub struct Tally {
    rounds: usize,
    /// That had ended before the instant came.
    missed: usize,
    ended: BTreeMap<String, usize>,
    /// That left a revision half done.
    half_way: usize,
    /// After which a statement's outcome had to be looked up by a person.
    asked: usize,
}

/// No command takes so long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(120);

impl Field {
    pub fn new(operation: Operation, server: &'static Server) -> Field {
        let (project, before) = operation.prepare(server);
        let applied = match before.value("SELECT to_regclass('revgraph.applied') IS NOT NULL").as_str() {
            "t" => before.applied(),
            _ => Vec::new(),
        };
        let proxy = Proxy::start(server.address());
        // Once for the files' sake, once to be measured.
        project.ok(&before.copy().url(), operation.arguments());
        let database = before.copy();
        let begun = Now::now();
        project.ok(&proxy.url(&database), &[operation.arguments(), &["--format", "json"]].concat());
        let (duration, passed) = (begun.elapsed(), proxy.passed());
        let course = Course { sent: passed.client, received: passed.server, duration };
        assert_in_step(&database, &applied);
        let after = State::of(&database);
        let checked = checked(&project, &database);
        Field { operation, project, before, applied, proxy, course, after, checked }
    }

    /// Disturbs it once, at an instant that the seed says, and goes on.
    pub fn disturb(&self, fault: Fault, seed: u64, tally: &mut Tally) {
        let mut random = Seeded(seed);
        let database = self.before.copy();
        let instant = fault.instant(&self.course, &mut random);
        let _replay = Replay { operation: self.operation, fault, instant, seed };
        tally.rounds += 1;

        let flags = [fault.flags(), &["--format", "json"]].concat();
        let start = || self.start(&self.proxy.url(&database), &flags);
        let strike = |child: &mut Child| {
            let mut scene = Scene { child, proxy: &self.proxy, database: &database, random: &mut random };
            fault.strike(&mut scene)
        };
        let (child, lasting) = instant.meet(&self.proxy, start, strike);
        let said = end(child, &database);
        match lasting {
            Some(lasting) => lasting.end(database.server()),
            None => tally.missed += 1,
        }
        tally.note(&said, fault);

        // Sometimes the next command comes while the server is still at it.
        if random.below(2) == 0 {
            until_alone(&database);
            assert_in_step(&database, &self.applied);
            let unfinished = "SELECT to_regclass('revgraph.unfinished') IS NOT NULL";
            if database.value(unfinished) == "t" {
                tally.half_way += database.rows("SELECT FROM revgraph.unfinished").len();
            }
        }
        if said.code == 0 {
            assert_in_step(&database, &self.applied);
            assert_eq!(State::of(&database), self.after, "it said that it was done: {said}");
        }
        self.go_on(&database, tally);
        assert_eq!(State::of(&database), self.after);
        assert!(database.rows("SELECT FROM revgraph.unfinished").is_empty());
        assert_in_step(&database, &self.applied);
        if tally.rounds == 1 {
            assert_eq!(checked(&self.project, &database), self.checked);
        }
    }

    fn start(&self, url: &str, flags: &[&str]) -> Child {
        let arguments = [&["--database", url], self.operation.arguments(), flags].concat();
        let mut command = self.project.command(&arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Does what somebody does who reads what the command says: gives it again, and where it asks how a statement ended,
    /// looks.
    fn go_on(&self, database: &Database, tally: &mut Tally) {
        let said = end(self.start(&database.url(), &["--format", "json"]), database);
        if said.code == 0 {
            return;
        }
        assert_eq!(said.error()["kind"], "interrupted", "{said}");
        tally.asked += 1;
        let took_effect = ran(database).iter().any(|what| what.ends_with("outside"));
        let flag = if took_effect { "--resume-after" } else { "--resume-at" };
        let said = end(self.start(&database.url(), &[flag]), database);
        assert_eq!(said.code, 0, "{flag}: {said}");
    }
}

/// What the commands say that hold the files, the ledger and the schema against each other. Nothing differs; what may be
/// pending, after a way down, is told.
fn checked(project: &Project, database: &Database) -> Said {
    let drift = project.run_on(&database.url(), &["drift"]);
    assert_eq!(drift.code, 0, "{drift}");
    let check = project.run_on(&database.url(), &["check"]);
    Said { err: check.complaint(), ..check }
}

/// Waits for a command on a database.
fn end(mut child: Child, database: &Database) -> Said {
    let begun = Now::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            let at = database.rows("SELECT wait_event, query FROM pg_stat_activity WHERE datname = current_database()");
            child.kill().unwrap();
            panic!("it hangs: {}\n{at:?}", Said::from(child.wait_with_output().unwrap()));
        }
        thread::sleep(Duration::from_millis(1));
    }
    let said = Said::from(child.wait_with_output().unwrap());
    assert!(!said.err.contains("panicked"), "{said}");
    said
}

/// Comes back when no session of revgraph is left.
fn until_alone(database: &Database) {
    let mut client = database.client();
    let query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    until("its sessions end", || (client.query_one(query, &[]).unwrap().get::<_, i64>(0) == 0).then_some(()));
}

impl Tally {
    fn note(&mut self, said: &Said, fault: Fault) {
        let ended = match said.code {
            0 => "done".to_owned(),
            -1 => "killed".to_owned(),
            1 => {
                let kind = said.error()["kind"].as_str().unwrap_or_default().to_owned();
                assert!(fault.kinds().contains(&kind.as_str()), "no answer to {fault:?}: {said}");
                kind
            }
            _ => panic!("no exit code of its own: {said}"),
        };
        *self.ended.entry(ended).or_default() += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rounds, {} came too late;", self.rounds, self.missed)?;
        for (ended, number) in &self.ended {
            write!(f, " {ended} {number},")?;
        }
        write!(f, " {} seen half-way, {} asked", self.half_way, self.asked)
    }
}

/// Says how to have it again, should the round fail.
struct Replay {
    operation: Operation,
    fault: Fault,
    instant: Instant,
    seed: u64,
}

impl Drop for Replay {
    fn drop(&mut self) {
        if thread::panicking() {
            let Replay { operation, fault, instant, seed } = self;
            eprintln!(
                "{fault:?} in {operation:?}, {instant:?}: again by REVGRAPH_FAULT_SEED={seed} REVGRAPH_FAULT_ROUNDS=1"
            );
        }
    }
}
