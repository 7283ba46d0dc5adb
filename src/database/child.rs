//! Programs that revgraph waits for, such as `pg_dump`: they don't outlive it, where that can be helped.
//!
//! While one runs the process isn't left ([`Duty`]). To stop in order is to ask the program to end, by SIGTERM; where the
//! process leaves at once, it is killed. What is killed itself can do neither: then a program ends by itself.

use std::io::{self, Read};
use std::process::{self, ChildStderr, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::DatabaseError;
use super::interrupt::{self, Duty, Leftover, Running};

/// A terminal sends Ctrl-C to a program and to us at once: so long is waited for ours to be heard of once the program has
/// failed.
const HEARING: Duration = Duration::from_millis(250);

/// A program that runs.
pub struct Child {
    process: Arc<Process>,
    _running: Running,
    _leftover: Leftover,
    _duty: Duty,
}

/// Why a program has not come to an end of its own.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    /// It can't be run.
    #[error(transparent)]
    NotRun(#[from] io::Error),
    /// The process was told to stop, and so it was ended.
    #[error("stopped by a signal")]
    Stopped,
}

impl From<DatabaseError> for ChildError {
    /// Nothing but that is said of a program.
    fn from(_: DatabaseError) -> ChildError {
        ChildError::Stopped
    }
}

/// Whom a signal reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The program itself.
    Program,
    /// Whatever it has begun as well, which takes a process group of its own. A terminal's keys don't reach that, and it
    /// must not ask anything there.
    Group,
}

/// Runs a program to its end, and gives how it ended and what it said: on standard error, and on standard output if that
/// is a pipe.
///
/// # Errors
/// It can't be run, or the process is to stop.
pub fn output(command: &mut Command) -> Result<Output, ChildError> {
    let mut child = Child::spawn(command.stderr(Stdio::piped()), Reach::Program)?;
    let said = child.process.child().stdout.take();
    let (_, complained) = child.pipes();
    let (stdout, stderr) = thread::scope(|scope| {
        let complained = scope.spawn(|| all_of(complained));
        let said = all_of(said);
        (said, complained.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let status = child.wait()?;
    Ok(Output { status, stdout: stdout?, stderr: stderr? })
}

fn all_of(pipe: Option<impl Read>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut all))?;
    Ok(all)
}

impl Child {
    /// Begins it.
    ///
    /// # Errors
    /// It can't be run, or the process is to stop.
    pub fn spawn(command: &mut Command, reach: Reach) -> Result<Child, ChildError> {
        let duty = Duty::begin()?;
        #[cfg(unix)]
        if reach == Reach::Group {
            std::os::unix::process::CommandExt::process_group(command, 0);
        }
        let process = Arc::new(Process { child: Mutex::new(command.spawn()?), reach });
        let killed = Arc::clone(&process);
        let leftover = interrupt::on_leaving(move || killed.kill());
        let ended = Arc::clone(&process);
        match interrupt::running_unless_stopped(Some(Arc::new(move || ended.end()))) {
            Ok(running) => Ok(Child { process, _running: running, _leftover: leftover, _duty: duty }),
            Err(_) => {
                process.kill();
                process.wait()?;
                Err(ChildError::Stopped)
            }
        }
    }

    /// Where it reads from and where it complains, for those of the two that are pipes.
    pub fn pipes(&mut self) -> (Option<ChildStdin>, Option<ChildStderr>) {
        let mut child = self.process.child();
        (child.stdin.take(), child.stderr.take())
    }

    /// Waits until it ends, and says how.
    ///
    /// # Errors
    /// The process is to stop, and it hasn't come to a good end by then.
    pub fn wait(&mut self) -> Result<ExitStatus, ChildError> {
        let status = self.process.wait()?;
        if !status.success() {
            interrupt::pause(HEARING)?;
        }
        Ok(status)
    }
}

/// A program, for those who wait for it and those who end it.
struct Process {
    child: Mutex<process::Child>,
    reach: Reach,
}

impl Process {
    /// A panic elsewhere leaves it as it is.
    fn child(&self) -> MutexGuard<'_, process::Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
impl Process {
    /// Waits without the lock, so that it can be ended meanwhile. Only with it is its number given back to the system.
    fn wait(&self) -> io::Result<ExitStatus> {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let id = WaitId::Pid(Pid::from_child(&self.child()));
        loop {
            match waitid(id.clone(), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
                Err(rustix::io::Errno::INTR) => {}
                // Where it isn't known any more, the next call says so.
                _ => return self.child().wait(),
            }
        }
    }

    /// Asks it to end.
    fn end(&self) {
        self.send(rustix::process::Signal::TERM);
    }

    fn kill(&self) {
        self.send(rustix::process::Signal::KILL);
    }

    /// A number that was given back may be another process' by now: it isn't as long as nobody has taken its end.
    fn send(&self, signal: rustix::process::Signal) {
        use rustix::process::{Pid, kill_process, kill_process_group};
        let mut child = self.child();
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        let id = Pid::from_child(&child);
        // It may just have ended.
        let _ = match self.reach {
            Reach::Program => kill_process(id, signal),
            Reach::Group => kill_process_group(id, signal),
        };
    }
}

#[cfg(not(unix))]
impl Process {
    fn wait(&self) -> io::Result<ExitStatus> {
        self.child().wait()
    }

    /// Nobody raises anything there.
    fn end(&self) {}

    fn kill(&self) {
        if self.reach == Reach::Program {
            let _ = self.child().kill();
        }
    }
}
