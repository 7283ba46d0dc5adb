//! Whom a private server runs as: PostgreSQL refuses to be run by root.

use std::fs;
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::ScratchError;

/// Accounts that a server may run as where this process is root's, the first that there is.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// What a server and `initdb` take from the environment: where they are, and the settings of a session that they open.
/// <https://www.postgresql.org/docs/current/libpq-envars.html>, and `PGDATA` and `PG_COLOR` of the programs' own pages.
const VARIABLES: [&str; 13] = [
    "PGDATA",
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGUSER",
    "PGDATABASE",
    "PGOPTIONS",
    "PGCLIENTENCODING",
    "PGDATESTYLE",
    "PGTZ",
    "PGGEQO",
    "PGSYSCONFDIR",
    "PG_COLOR",
];

/// The account that the server's processes run as and its files belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// The user and group to become; none: this process' own.
    other: Option<(u32, u32)>,
}

impl Account {
    /// This process' own account, unless that is root: then one that is made for such things.
    pub fn choose() -> Result<Account, ScratchError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Account { other: None });
        }
        let file = Path::new("/etc/passwd");
        let accounts = fs::read_to_string(file).map_err(|error| ScratchError::file(file, error))?;
        let other = UNPRIVILEGED.iter().find_map(|name| ids(&accounts, name));
        match other {
            Some(_) => Ok(Account { other }),
            None => Err(ScratchError::file(
                file,
                "PostgreSQL refuses to be run by root, and there is neither an account postgres nor nobody",
            )),
        }
    }

    /// Gives a file or folder to the account.
    pub fn own(self, path: &Path) -> io::Result<()> {
        match self.other {
            Some((user, group)) => chown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    /// A program run by the account in a folder of its own, without input and without what the environment says about
    /// PostgreSQL. Its messages are English, because some are understood.
    pub fn command(self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null()).env("LC_ALL", "C");
        for name in VARIABLES {
            command.env_remove(name);
        }
        if let Some((user, group)) = self.other {
            // The standard library takes the supplementary groups away along with the user.
            command.uid(user).gid(group);
        }
        command
    }
}

/// The user's and the group's id of an account.
fn ids(accounts: &str, name: &str) -> Option<(u32, u32)> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut numbers = line.split(':').skip(2).map(str::parse::<u32>);
    match (numbers.next()?.ok()?, numbers.next()?.ok()?) {
        // Root by another name is no way out.
        (0, _) => None,
        ids => Some(ids),
    }
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn accounts_are_looked_up_by_their_whole_name() {
        let accounts = "root:x:0:0::/root:/bin/sh\npostgres2:x:1:1::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n";
        assert_eq!(ids(accounts, "postgres"), Some((101, 104)));
        assert_eq!(ids(accounts, "root"), None);
        assert_eq!(ids(accounts, "post"), None);
    }
}
