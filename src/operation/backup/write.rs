//! A file that is there whole or not at all, and never in the place of another one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::BackupError;
use crate::database::interrupt::{self, Leftover};
use crate::error::Error;
use crate::operation::files::{Aside, cleared_away, file_error, make_private, place_new, sync_folder};

/// A dump in its place.
pub(super) struct Written {
    pub bytes: u64,
    pub sha256: String,
    file: PathBuf,
    /// Without its manifest it isn't to be left there.
    _leftover: Leftover,
}

impl Written {
    /// Removes it again.
    pub fn take_back(self) -> io::Result<()> {
        fs::remove_file(&self.file)
    }
}

/// Has `fill` write a file aside, and moves it to its place. If that fails, nothing is left of it.
pub(super) fn aside(file: &Path, fill: impl FnOnce(&Path) -> Result<(), Error>) -> Result<Written, Error> {
    if file.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(file.to_owned()).into());
    }
    let folder = make_folder(file)?;
    // Nobody else is to read it.
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let (aside, _) = Aside::make(file, &mut options)?;
    fill(&aside.path)?;
    let (bytes, sha256) = sync_and_hash(&aside.path)?;
    place_new(&aside.path, file).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(file.to_owned()).into(),
        _ => file_error(file, &error),
    })?;
    let leftover = cleared_away(file);
    sync_folder(&folder);
    Ok(Written { bytes, sha256, file: file.to_owned(), _leftover: leftover })
}

/// The folder of a file.
fn make_folder(file: &Path) -> Result<PathBuf, Error> {
    let folder = match file.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    make_private(&folder)?;
    Ok(folder)
}

/// How many bytes it has, and their SHA-256 in hex.
fn sync_and_hash(path: &Path) -> Result<(u64, String), Error> {
    let failed = |error: io::Error| file_error(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        interrupt::check()?;
        match file.read(&mut buffer).map_err(failed)? {
            0 => break,
            length => {
                bytes += length as u64;
                hash.update(&buffer[..length]);
            }
        }
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((bytes, sha256))
}
