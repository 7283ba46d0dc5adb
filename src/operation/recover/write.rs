//! Files that come as a whole or not at all, and all of them or none as far as one can see beforehand.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use super::{Found, RecoveredFile};
use crate::error::Error;
use crate::operation::files::{Aside, file_error, place_new, sync_folder};
use crate::revision::Source;

/// A file on its way.
struct Staged<'f> {
    found: &'f Found,
    aside: Aside,
    /// Whether it goes over one that says something else.
    replaces: bool,
}

/// Writes the files beside their places, gives them their names, and waits for the disk.
pub(super) fn write_all(found: &[Found], force: bool) -> Result<Vec<RecoveredFile>, Error> {
    let (mut files, mut staged) = (Vec::new(), Vec::new());
    for found in found {
        let there = read(&found.path)?;
        let same = there.as_ref().is_some_and(|there| there.text() == found.revision.source.text());
        if there.is_some() && !same && !force {
            return Err(Error::Invalid {
                message: format!("{} is there, and says something else", found.path.display()),
                help: "move it away, or write over it with --force; `-o DIR` writes elsewhere".to_owned(),
            });
        }
        if !same {
            let aside = stage(found)?;
            staged.push(Staged { found, aside, replaces: there.is_some() });
        }
        let path = found.path.display().to_string();
        files.push(RecoveredFile { revision: found.revision.id.clone(), path, written: !same });
    }
    for Staged { found, aside, replaces } in &staged {
        let placed = if *replaces { fs::rename(&aside.path, &found.path) } else { place_new(&aside.path, &found.path) };
        placed.map_err(|error| file_error(&found.path, &error))?;
    }
    // Folders may have been made, and so each one's name is news to the one above it.
    let folders = found.iter().filter_map(|found| found.path.parent()?.canonicalize().ok());
    for folder in folders.collect::<BTreeSet<_>>() {
        folder.ancestors().for_each(sync_folder);
    }
    Ok(files)
}

fn read(path: &Path) -> Result<Option<Source>, Error> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_error(path, &error)),
        Ok(found) if !found.is_file() => Err(file_error(path, &io::Error::other("it is there, and is no file"))),
        Ok(_) => Ok(Some(Source::read(path)?)),
    }
}

/// Writes a text beside its place.
fn stage(found: &Found) -> Result<Aside, Error> {
    let failed = |error: io::Error| file_error(&found.path, &error);
    fs::create_dir_all(found.path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    let (aside, mut file) = Aside::make(&found.path, &mut OpenOptions::new())?;
    file.write_all(found.revision.source.text().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(aside)
}
