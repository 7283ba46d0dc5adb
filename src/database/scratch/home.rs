//! The folders of private servers, and what becomes of those whose process was killed.
//!
//! All of a user's are in one *yard*, `revgraph-<uid>` in TMPDIR, else in memory, else in /tmp; a folder each: a *home*. A home is somebody's
//! for as long as its file `lock` is locked; the kernel lets that go with the process, however it ends. Making a home
//! and looking for abandoned ones happen under the lock of the yard's `gate`, so that no home is ever seen before it is
//! locked.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::account::Account;
use super::programs::Programs;
use super::{ScratchError, nonce};
use crate::database::connect::Environment;

/// The longest path of the folder for temporary files that leaves room for a socket's name: that may have 103 bytes on
/// some systems. <https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-UNIX-SOCKET-DIRECTORIES>
const LONGEST_BASE: usize = 50;
/// What must be free in memory, in bytes, for a server's files to be there.
const ROOM: u64 = 2 << 30;
/// The part of a socket's name that a server has to have; each has a folder of its own.
pub const PORT: u16 = 5432;
/// How long a server that is told to stop at once may take.
const STOP: Duration = Duration::from_secs(20);
/// How long the gate is waited for. Behind it a folder is made and a few are looked at.
const PASS: Duration = Duration::from_secs(30);
/// Between two looks whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// A folder for one private server: `lock`, which is ours, and `server`, which is the server's. Dropping it stops what
/// runs there and removes it.
#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
    account: Account,
    programs: Programs,
    /// Locked. The lock goes last, when the fields do.
    _lock: File,
}

impl Home {
    /// Makes a new one, and sweeps those that killed processes have left.
    pub fn make(programs: &Programs, environment: &Environment) -> Result<Home, ScratchError> {
        let account = Account::choose()?;
        let yard = yard(environment)?;
        let gate = yard.join("gate");
        let gate = open_lock(&gate).and_then(pass).map_err(at(&gate))?;
        let abandoned = abandoned(&yard, account, programs);
        let home = Home::new(&yard, account, programs);
        drop(gate);
        // Stopping their servers takes a moment, in which others may pass the gate.
        drop(abandoned);
        home
    }

    fn new(yard: &Path, account: Account, programs: &Programs) -> Result<Home, ScratchError> {
        let folder = yard.join(nonce()?);
        make_folder(&folder, 0o711).map_err(at(&folder))?;
        let lock = folder.join("lock");
        let file = open_lock(&lock).map_err(at(&lock))?;
        file.try_lock().map_err(at(&lock))?;
        let home = Home { folder, account, programs: programs.clone(), _lock: file };
        let server = home.server();
        make_folder(&server, 0o700).and_then(|()| account.own(&server)).map_err(at(&server))?;
        Ok(home)
    }

    /// The folder that belongs to the server's account; the socket is there.
    pub fn server(&self) -> PathBuf {
        self.folder.join("server")
    }

    /// Where its cluster is to be.
    pub fn cluster(&self) -> PathBuf {
        self.server().join("data")
    }

    /// Whom the server runs as.
    pub fn account(&self) -> Account {
        self.account
    }

    fn is_answering(&self) -> bool {
        UnixStream::connect(self.server().join(format!(".s.PGSQL.{PORT}"))).is_ok()
    }

    /// Stops the server at once, if there is one: what it has needs no care.
    ///
    /// Only a server that answers at its socket has its pid looked up, since a number that a dead one has left may be
    /// another process by now. The server's own account sends the signal, so that root can't be made to end others'.
    fn stop(&self) {
        if !self.is_answering() {
            return;
        }
        let pid = fs::read_to_string(self.cluster().join("postmaster.pid")).unwrap_or_default();
        let Some(pid) = pid.lines().next() else { return };
        let mut kill = self.account.command(&self.programs.path("pg_ctl"), &self.server());
        // If it can't be told, its folder goes all the same, and a server without its files ends by itself.
        let _ = kill.args(["kill", "QUIT", pid]).output();
        let begun = Instant::now();
        while self.is_answering() && begun.elapsed() < STOP {
            thread::sleep(LOOK);
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.stop();
        // What can't be removed now, the next sweep tries again: the lock is the last to go.
        let _ = fs::remove_dir_all(self.server());
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The homes that nobody has locked: they are ours to put away.
fn abandoned(yard: &Path, account: Account, programs: &Programs) -> Vec<Home> {
    let Ok(entries) = fs::read_dir(yard) else { return Vec::new() };
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let home = |folder: PathBuf| {
        let lock = open_lock(&folder.join("lock")).ok()?;
        lock.try_lock().ok()?;
        Some(Home { folder, account, programs: programs.clone(), _lock: lock })
    };
    folders.filter_map(|entry| home(entry.path())).collect()
}

/// The user's own folder among the temporary files. In a place where others can write as well it might be somebody
/// else's, who waits for us to use it.
fn yard(environment: &Environment) -> Result<PathBuf, ScratchError> {
    let base = environment.variable("TMPDIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let user = rustix::process::geteuid();
    let fits = |path: &PathBuf| path.as_os_str().len() <= LONGEST_BASE && (!user.is_root() || is_passable(path));
    let base = base.filter(fits).or_else(memory).unwrap_or_else(|| "/tmp".into());
    let yard = base.join(format!("revgraph-{}", user.as_raw()));
    // Another account must be able to pass through, if root has one run the server; nobody but us can list it.
    let mode = if user.is_root() { 0o711 } else { 0o700 };
    match make_folder(&yard, mode) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(at(&yard)(error)),
        _ => {}
    }
    let found = fs::symlink_metadata(&yard).map_err(at(&yard))?;
    match found.is_dir() && found.uid() == user.as_raw() && found.mode() & 0o022 == 0 {
        true => Ok(yard),
        false => Err(ScratchError::file(&yard, "is not a folder of this user's own that others can't write")),
    }
}

/// Where files are kept in memory, if that has room. A server makes and removes hundreds of files for each database: on a
/// busy disk that takes most of its time.
fn memory() -> Option<PathBuf> {
    let folder = PathBuf::from("/dev/shm");
    let room = rustix::fs::statvfs(&folder).ok()?;
    let is_open = fs::metadata(&folder).is_ok_and(|found| found.mode() & 0o1777 == 0o1777);
    (is_open && room.f_bavail.saturating_mul(room.f_frsize) >= ROOM).then_some(folder)
}

/// Whether every account may pass through: root's server is another one's.
fn is_passable(path: &Path) -> bool {
    path.ancestors().all(|folder| fs::metadata(folder).is_ok_and(|found| found.mode() & 0o001 != 0))
}

/// Makes a folder of exactly this mode, whatever the process' mask says.
fn make_folder(path: &Path, mode: u32) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)?;
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Waits for the gate's lock, which is held for a moment only.
fn pass(gate: File) -> io::Result<File> {
    let begun = Instant::now();
    loop {
        match gate.try_lock() {
            Ok(()) => return Ok(gate),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if begun.elapsed() < PASS => thread::sleep(LOOK),
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::other("another process keeps it locked: `fuser` on it tells which"));
            }
        }
    }
}

fn open_lock(path: &Path) -> io::Result<File> {
    let file = File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    // Whoever can open a file can lock it, and one of an older version may be open to all.
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Turns what the system says of a path into an error.
pub fn at<E: ToString>(path: &Path) -> impl Fn(E) -> ScratchError + '_ {
    move |error| ScratchError::file(path, error)
}
