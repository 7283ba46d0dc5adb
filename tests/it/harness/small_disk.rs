//! A file system that a test can fill.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Unmounts it when this process ends, by whatever means: then its standard input is closed. What is still open in it
/// stays until it is closed.
const KEEPER: &str = r#"cat >/dev/null; umount -l "$1"; rmdir "$1""#;

/// A file system in memory, of a size that is known. Mounting takes root, on Linux.
pub struct SmallDisk {
    folder: PathBuf,
    _keeper: Child,
}

impl SmallDisk {
    /// Makes one of so many MiB. None: this account may not mount.
    pub fn new(size: usize) -> Option<SmallDisk> {
        let folder = tempfile::Builder::new().prefix("revgraph-disk-").tempdir().expect("a temporary folder").keep();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("mode=755,size={size}m"), "tmpfs"]).arg(&folder);
        let mounted = mount.stderr(Stdio::null()).status();
        if !mounted.is_ok_and(|status| status.success()) {
            fs::remove_dir(&folder).expect("our own folder");
            return None;
        }
        let mut keeper = Command::new("/bin/sh");
        keeper.args(["-c", KEEPER, "sh"]).arg(&folder).stdin(Stdio::piped()).stderr(Stdio::null());
        // What ends the tests from the keyboard must not end it before it has cleaned up.
        keeper.process_group(0);
        Some(SmallDisk { _keeper: keeper.spawn().expect("a shell can be run"), folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Takes all the room that is left, down to the last page.
    pub fn fill(&self) {
        let mut ballast = File::create(self.ballast()).expect("a file takes no room yet");
        for piece in [vec![0; 1 << 20], vec![0; 4096]] {
            while ballast.write_all(&piece).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn empty(&self) {
        fs::remove_file(self.ballast()).expect("it was filled");
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}
