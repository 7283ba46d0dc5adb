//! A new cluster: copied from one that was made before, which takes a tenth of the time of `initdb`.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sha2::{Digest, Sha256};

use super::ScratchError;
use super::account::Account;
use super::home::{Home, at};
use super::programs::Programs;
use crate::database::DatabaseError;
use crate::database::child::{self, ChildError};
use crate::database::connect::Environment;

/// The superuser of a private server.
pub const SUPERUSER: &str = "postgres";

/// Beside what differs by installation. A segment of the log needs not be 16 MiB here: each would be copied.
const INITDB: [&str; 6] =
    ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--wal-segsize=4"];

/// Makes the cluster of a home.
pub fn make(home: &Home, programs: &Programs, environment: &Environment) -> Result<(), ScratchError> {
    let cluster = home.cluster();
    let store = Store::of(programs, environment);
    if let Some(store) = &store
        && store.cluster.is_dir()
    {
        if copy(&store.cluster, &cluster, home.account()).is_ok() {
            return Ok(());
        }
        // Somebody may just be clearing it away.
        let _ = fs::remove_dir_all(&cluster);
    }
    initdb(home, programs, &cluster)?;
    if let Some(store) = store {
        // It only makes the next time quicker.
        let _ = store.keep(&cluster);
    }
    Ok(())
}

fn initdb(home: &Home, programs: &Programs, cluster: &Path) -> Result<(), ScratchError> {
    let program = programs.path("initdb");
    let mut command = home.account().command(&program, &home.server());
    let output = child::output(command.args(INITDB).arg("-D").arg(cluster).stdout(Stdio::null()));
    let output = output.map_err(|error| match error {
        ChildError::NotRun(error) => at(&program)(error),
        ChildError::Stopped => ScratchError::making("a private server", DatabaseError::Stopped),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ScratchError::Program { program: program.display().to_string(), said })
}

/// Where a cluster is kept for next time, one for each installation.
struct Store {
    folder: PathBuf,
    cluster: PathBuf,
}

impl Store {
    /// None where nothing says where this user keeps such files.
    fn of(programs: &Programs, environment: &Environment) -> Option<Store> {
        let absolute = |path: PathBuf| path.is_absolute().then_some(path);
        let cache = environment.variable("XDG_CACHE_HOME").map(PathBuf::from).and_then(absolute);
        let home = || environment.variable("HOME").map(PathBuf::from).and_then(absolute);
        let folder = cache.or_else(|| Some(home()?.join(".cache")))?.join("revgraph").join("clusters");
        let key = Sha256::digest(format!("{}\n{}\n{INITDB:?}", programs.version(), programs.path("").display()));
        let key: String = key.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let cluster = folder.join(format!("{}-{key}", programs.major()));
        Some(Store { folder, cluster })
    }

    /// Keeps a copy of a cluster that no server has used yet, in place of those of the same major version. It appears
    /// under its name when it is whole.
    fn keep(&self, cluster: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let lock = File::options().write(true).create(true).truncate(false).open(self.folder.join("lock"))?;
        if lock.try_lock().is_err() {
            // Somebody else does the same.
            return Ok(());
        }
        let unfinished = self.folder.join("unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        let name = self.cluster.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let major = name.split_inclusive('-').next().unwrap_or_default();
        for entry in fs::read_dir(&self.folder)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(major) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        copy_all(cluster, &unfinished, &|_| Ok(()))?;
        fs::rename(&unfinished, &self.cluster)
    }
}

/// Copies a cluster for an account.
fn copy(from: &Path, to: &Path, account: Account) -> io::Result<()> {
    copy_all(from, to, &|path| account.own(path))
}

/// Copies folders and files. A cluster that no server has used has nothing else in it.
fn copy_all(from: &Path, to: &Path, finish: &dyn Fn(&Path) -> io::Result<()>) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_all(&entry.path(), &target, finish)?;
        } else {
            fs::copy(entry.path(), &target)?;
            finish(&target)?;
        }
    }
    finish(to)
}
