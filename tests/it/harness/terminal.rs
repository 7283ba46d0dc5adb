//! A terminal, for what the program asks only there.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use nix::pty::{Winsize, openpty};
use rustix::process::{Pid, Signal, kill_process};

use super::project::Said;

/// The program on a terminal: its standard input and its standard error.
pub struct Terminal {
    child: Child,
    screen: File,
    seen: String,
}

impl Terminal {
    pub fn start(mut command: Command) -> Terminal {
        let pair = openpty(None, None).expect("a pseudo terminal");
        let copy = pair.slave.try_clone().expect("a second handle");
        command.stdin(Stdio::from(pair.slave)).stderr(Stdio::from(copy)).stdout(Stdio::piped());
        let child = command.spawn().expect("the program runs");
        // With the command, our handles of the program's side go: its end is the end of what can be read.
        drop(command);
        Terminal { child, screen: File::from(pair.master), seen: String::new() }
    }

    /// Comes back when that is on the screen. The program must not end before.
    pub fn until(&mut self, text: &str) {
        while !self.seen.contains(text) {
            assert!(self.read(), "the program has ended without {text:?}:\n{}", self.seen);
        }
    }

    /// Types a line.
    pub fn say(&mut self, line: &str) {
        writeln!(self.screen, "{line}").expect("somebody reads");
    }

    /// Types keys, as they are.
    pub fn press(&mut self, keys: &str) {
        self.screen.write_all(keys.as_bytes()).expect("somebody reads");
    }

    /// Ctrl-C, as far as the program sees it.
    pub fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("it is there");
    }

    /// What was on the screen, what was typed as well, when the program has ended.
    pub fn end(mut self) -> Said {
        while self.read() {}
        let output = self.child.wait_with_output().expect("it ends");
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: self.seen,
        }
    }

    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        // The end is an error on Linux.
        let length = self.screen.read(&mut buffer).unwrap_or(0);
        self.seen += &String::from_utf8_lossy(&buffer[..length]).replace('\r', "");
        length > 0
    }
}

/// All that the program shows on a terminal of so many columns, where its standard output is one too.
pub fn shown(mut command: Command, columns: u16) -> String {
    let size = Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    let pair = openpty(&size, None).expect("a pseudo terminal");
    let handle = || Stdio::from(pair.slave.try_clone().expect("another handle"));
    command.stdin(handle()).stdout(handle()).stderr(handle());
    let mut child = command.spawn().expect("the program runs");
    drop(command);
    drop(pair.slave);
    let (mut screen, mut seen, mut buffer) = (File::from(pair.master), Vec::new(), [0; 4096]);
    // The end is an error on Linux.
    while let Ok(length @ 1..) = screen.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..length]);
    }
    assert!(child.wait().expect("it ends").success());
    String::from_utf8(seen).expect("UTF-8").replace('\r', "")
}
