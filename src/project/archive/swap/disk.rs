//! Files and folders, so that what was done is on disk, and that it may be done again.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::project::archive::BAD_ARCHIVE;
use crate::revision::Problem;

/// A problem with a file or folder of a swap.
pub fn refused(path: &Path, message: impl Into<String>) -> Problem {
    Problem::without_place(path, message).kind_of(BAD_ARCHIVE)
}

fn failed(path: &Path, what: &str, error: &io::Error) -> Problem {
    let help = "check that you may write there; the next command finishes what was begun, or undoes it";
    Problem::without_place(path, format!("{what}: {error}")).kind_of("file").help(help)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let help = "check that it is there and that you may read it";
    Problem::without_place(path, format!("can't be read: {error}")).kind_of("file").help(help)
}

/// Whether there is something, a link that leads nowhere too.
pub fn exists(path: &Path) -> Result<bool, Problem> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// The bytes of a file. Fails for a link: moved, it could lead elsewhere.
pub fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let found = fs::symlink_metadata(path).map_err(|error| unreadable(path, &error))?;
    if !found.is_file() {
        return Err(refused(path, "is not a file").help("links are not archived: put the file itself there"));
    }
    fs::read(path).map_err(|error| unreadable(path, &error))
}

/// The names of all that a folder holds; what is no text is shown with marks.
pub fn names(folder: &Path) -> Result<Vec<String>, Problem> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    entries.map(name).collect::<io::Result<_>>().map_err(|error| unreadable(folder, &error))
}

/// Makes a folder, and those above it, unless it is there.
pub fn make_folder(path: &Path) -> Result<(), Problem> {
    let missing: Vec<&Path> =
        path.ancestors().take_while(|folder| !folder.is_dir() && *folder != Path::new("")).collect();
    fs::create_dir_all(path).map_err(|error| failed(path, "can't be made", &error))?;
    missing.into_iter().filter_map(Path::parent).try_for_each(sync)
}

/// Writes a file in place of what is called so, and sees it on disk. A link is replaced, not followed.
pub fn write(path: &Path, text: &str) -> Result<(), Problem> {
    remove(path)?;
    let written = File::create_new(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| failed(path, "can't be written", &error))
}

/// Sees on disk which names a folder holds. Windows writes them by itself, and opens no folder.
pub fn sync(folder: &Path) -> Result<(), Problem> {
    if !cfg!(unix) {
        return Ok(());
    }
    // The empty path is this folder; only `.` can be opened.
    let open = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let synced = File::open(open).and_then(|folder| folder.sync_all());
    synced.map_err(|error| failed(folder, "can't be seen on disk", &error))
}

/// Gives a file or folder another name, in place of what is called so.
pub fn rename(from: &Path, to: &Path) -> Result<(), Problem> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => copy(from, to),
        renamed => renamed.map_err(|error| failed(from, &format!("can't be moved to {}", to.display()), &error)),
    }
}

/// What a rename is between two file systems.
fn copy(from: &Path, to: &Path) -> Result<(), Problem> {
    let aside = to.with_file_name(".revgraph-copy");
    let copied = fs::copy(from, &aside).and_then(|_| File::open(&aside)?.sync_all());
    let copied = copied.and_then(|()| fs::rename(&aside, to));
    copied.map_err(|error| failed(from, &format!("can't be copied to {}", to.display()), &error))?;
    to.parent().map_or(Ok(()), sync)?;
    remove(from)
}

/// Removes a file if it is there.
pub fn remove(path: &Path) -> Result<(), Problem> {
    gone(path, fs::remove_file(path))
}

/// Removes an empty folder if it is there.
pub fn remove_folder(path: &Path) -> Result<(), Problem> {
    gone(path, fs::remove_dir(path))
}

fn gone(path: &Path, removed: io::Result<()>) -> Result<(), Problem> {
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(path, "can't be removed", &error)),
        _ => Ok(()),
    }
}
