//! The commands of `[hooks]` in `revgraph.toml`: what is to happen after a deployment, such as telling an API of the new
//! schema.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::context::Context;
use super::render::{DIM, styled};
use super::terminal::say;
use crate::database::child::{Child, ChildError, Reach};
use crate::error::Error;
use crate::graph::Direction;
use crate::project::Project;

/// The hooks of one direction.
pub struct Hooks {
    /// The commands, in order, each for the system's shell.
    commands: Vec<String>,
    /// Where they run: the project's root.
    root: PathBuf,
    direction: Direction,
    /// Which database was deployed to, without a password.
    database: String,
    quiet: bool,
}

/// So much of what a hook says on standard error is kept for the error, in bytes.
const KEPT: usize = 4 << 10;

/// So long what it said may come behind its end.
const LAST_WORDS: Duration = Duration::from_secs(1);

impl Hooks {
    /// Those of a project for a direction; none if they are `skipped`.
    pub fn of(project: &Project, direction: Direction, skipped: bool, context: &Context) -> Hooks {
        let hooks = &project.config.hooks;
        let commands = match direction {
            _ if skipped => Vec::new(),
            Direction::Up => hooks.after_upgrade.clone(),
            Direction::Down => hooks.after_downgrade.clone(),
        };
        Hooks {
            commands,
            root: project.root.clone(),
            direction,
            database: context.location(project).map(|location| location.to_string()).unwrap_or_default(),
            quiet: context.is_quiet() || context.is_json(),
        }
    }

    /// Runs them one after another, each with the plan on its standard input. What they print goes to standard error.
    ///
    /// # Errors
    /// [`Error::Hook`] for the first that fails; those behind it don't run. The database stays as it is by then.
    pub fn run(&self, plan: &Value) -> Result<(), Error> {
        self.commands.iter().try_for_each(|command| self.run_one(command, plan))
    }

    fn run_one(&self, command: &str, plan: &Value) -> Result<(), Error> {
        if !self.quiet {
            say!("{} {command}", styled(DIM, "hook:"));
        }
        let failed = |reason: String, said: String| Error::Hook { command: command.to_owned(), reason, said };
        let (status, said) = self.shell(command, plan).map_err(|error| match error {
            ChildError::NotRun(error) => failed(format!("can't be run: {error}"), String::new()),
            ChildError::Stopped => failed(error.to_string(), String::new()),
        })?;
        match status.success() {
            true => Ok(()),
            false => Err(failed(fate(status), said)),
        }
    }

    /// Gives how a command ended, and the last that it said on standard error.
    fn shell(&self, command: &str, plan: &Value) -> Result<(ExitStatus, String), ChildError> {
        let mut shell = shell(command);
        shell
            .current_dir(PathBuf::from(".").join(&self.root))
            .env("REVGRAPH_DIRECTION", self.direction.to_string())
            .env("REVGRAPH_DATABASE", &self.database)
            .stdin(Stdio::piped())
            .stdout(io::stderr())
            .stderr(Stdio::piped());
        let mut child = Child::spawn(&mut shell, reach())?;
        let (input, errors) = child.pipes();
        let plan = plan.to_string();
        // It may print much before it reads, and that it need not read at all is no failure.
        thread::spawn(move || input.map(|mut input| writeln!(input, "{plan}")));
        let said = errors.map(Said::begin);
        let status = child.wait()?;
        Ok((status, said.map(Said::end).unwrap_or_default()))
    }
}

fn shell(command: &str) -> Command {
    let (program, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut shell = Command::new(program);
    shell.args([option, command]);
    shell
}

/// At a terminal, its keys reach whatever a hook begins, which may ask there. Elsewhere it is up to us that all of it ends.
fn reach() -> Reach {
    match cfg!(unix) && File::open("/dev/tty").is_err() {
        true => Reach::Group,
        false => Reach::Program,
    }
}

/// What a hook says on standard error, passed on as it says it.
struct Said {
    /// The end of it.
    kept: Arc<Mutex<Vec<u8>>>,
    ended: Receiver<()>,
}

impl Said {
    fn begin(errors: ChildStderr) -> Said {
        let kept = Arc::default();
        let (end, ended) = channel();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            pass_on(errors, &shared);
            // Nobody may wait for it any more.
            let _ = end.send(());
        });
        Said { kept, ended }
    }

    /// All that it said, when it is over. What it has left running in the background may speak on, and isn't waited for.
    fn end(self) -> String {
        let _ = self.ended.recv_timeout(LAST_WORDS);
        // A thread that panicked while it held the lock has left the bytes whole.
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).trim().to_owned()
    }
}

fn pass_on(errors: ChildStderr, kept: &Mutex<Vec<u8>>) {
    let mut reader = BufReader::new(errors);
    loop {
        let mut line = Vec::new();
        // A line without an end must not fill the memory.
        match reader.by_ref().take(KEPT as u64).read_until(b'\n', &mut line) {
            Ok(1..) => {}
            _ => return,
        }
        // Nobody may be there to see it.
        let _ = io::stderr().write_all(&line);
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&line);
        let much = kept.len().saturating_sub(KEPT);
        kept.drain(..much);
    }
}

/// How a command ended that failed.
fn fate(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit status {code}"),
        None => format!("it was ended from outside ({status})"),
    }
}
