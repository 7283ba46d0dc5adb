//! `init`: a new project.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{file_error, write_new};
use crate::error::Error;
use crate::project::FILE_NAME;

/// What a new `revgraph.toml` says of the database. Without a PostgreSQL inside, nobody can know where one is.
const LOCATION: &str = if cfg!(feature = "embedded") {
    "\
# Where the database is: a postgres:// URL, key=value pairs, or \"embedded\" for the PostgreSQL inside revgraph.
# DATABASE_URL and --database go before it.
url = \"embedded\"
"
} else {
    "\
# Where the database is: a postgres:// URL or key=value pairs. DATABASE_URL and --database go before it.
# url = \"postgres://app@localhost/app\"
"
};

/// What else it holds.
const SETTINGS: &str = "
# How long a statement waits for a lock before its revision is rolled back.
# lock_timeout = \"5s\"

# Other databases, by name.
# [databases]
# staging = \"postgres://app@staging/app\"
";

/// What git shall not see.
const IGNORED: &str = ".revgraph/\n";

/// Makes a project in a folder, which is made too. Returns what was written. Refuses where one is already.
pub fn init(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let settings = folder.join(FILE_NAME);
    if settings.exists() {
        return Err(Error::Invalid {
            message: format!("{} is there already", settings.display()),
            help: "`revgraph revision -m MESSAGE` writes its next revision".to_owned(),
        });
    }
    let mut written = Vec::new();
    for name in ["revisions", "archive"] {
        let path = folder.join(name);
        if !path.exists() {
            fs::create_dir_all(&path).map_err(|error| file_error(&path, &error))?;
            written.push(path);
        }
    }
    write_new(&settings, &format!("{LOCATION}{SETTINGS}"))?;
    written.push(settings);
    written.extend(ignore(folder.join(".gitignore"))?);
    Ok(written)
}

/// Sees to it that git passes over the embedded database. Gives the file if it had to be written.
fn ignore(path: PathBuf) -> Result<Option<PathBuf>, Error> {
    if !path.exists() {
        write_new(&path, IGNORED)?;
        return Ok(Some(path));
    }
    let before = fs::read_to_string(&path).map_err(|error| file_error(&path, &error))?;
    if before.lines().any(|line| line.trim_end() == IGNORED.trim_end()) {
        return Ok(None);
    }
    let separator = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    fs::write(&path, format!("{before}{separator}{IGNORED}")).map_err(|error| file_error(&path, &error))?;
    Ok(Some(path))
}
