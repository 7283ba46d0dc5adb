//! Files and folders that several operations write: new ones, and never in the place of another one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::database::interrupt::{self, Leftover};
use crate::error::Error;
use crate::revision::RevisionId;

/// What git shall not see of a folder of backups that is made here.
const IGNORE_ALL: &str = "*\n";

/// An error about a path.
pub fn file_error(path: &Path, error: &io::Error) -> Error {
    Error::File { path: path.display().to_string(), reason: error.to_string() }
}

/// Writes a file that must not be there yet: whole, or not at all.
pub fn write_new(path: &Path, text: &str) -> Result<(), Error> {
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| file_error(path, &error))?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a revision would be worse than none; if it can't be removed either, the error says where it is.
        let _ = fs::remove_file(path);
        file_error(path, &error)
    })
}

/// Makes a folder, unless it is there: for whoever runs this alone, and not for git.
pub fn make_private(folder: &Path) -> Result<(), Error> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| file_error(folder, &error))?;
    let ignore = folder.join(".gitignore");
    fs::write(&ignore, IGNORE_ALL).map_err(|error| file_error(&ignore, &error))
}

/// A file beside the one that it will be. It is removed unless it was moved away, also should the process end at once.
pub struct Aside {
    /// Where it is.
    pub path: PathBuf,
    _leftover: Leftover,
}

impl Aside {
    /// Makes an empty one, in a folder that is there. Its name begins with a dot: nobody takes it for a revision.
    pub fn make(file: &Path, options: &mut OpenOptions) -> Result<(Aside, File), Error> {
        let nonce = RevisionId::random().map(|id| id.to_string()).unwrap_or_default();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let path = file.with_file_name(format!(".{name}.{nonce}.part"));
        let opened = options.write(true).create_new(true).open(&path).map_err(|error| file_error(&path, &error))?;
        Ok((Aside { _leftover: cleared_away(&path), path }, opened))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // In its place it isn't here any more.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes a file should the process end at once.
pub fn cleared_away(file: &Path) -> Leftover {
    let file = file.to_owned();
    interrupt::on_leaving(move || _ = fs::remove_file(&file))
}

/// Moves a file to a place where nothing may be. A link does that in one step; where the file system has none, a file
/// that comes there in between would be written over.
pub fn place_new(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => fs::rename(from, to),
        done => done,
    }
}

/// Waits until a folder's names are on the disk. A file system that can't do this keeps its folders by other means.
pub fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}
