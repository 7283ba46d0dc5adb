//! A project in a folder of its own, and the program run in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A project with an empty `revgraph.toml`; gone with the value.
pub struct Project {
    folder: TempDir,
}

/// What the program said, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Project {
    pub fn new() -> Project {
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("revisions")).expect("a folder of revisions");
        let project = Project { folder };
        project.write("revgraph.toml", "");
        project
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, by its path within the project; folders are made for it.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
        std::fs::write(&path, text).expect("a file can be written");
        path
    }

    /// Writes `revisions/<id>.sql`: a header with that id and these further lines, then the sections.
    pub fn revision(&self, id: &str, header: &str, sections: &str) {
        let header: String = header.lines().map(|line| format!("-- {line}\n")).collect();
        self.write(&format!("revisions/{id}.sql"), format!("-- revision: {id}\n{header}\n{sections}"));
    }

    /// A chain of revisions that make and drop a table each: `r0001` to the given number.
    pub fn chain(&self, length: usize) {
        for number in 1..=length {
            let parent = if number == 1 { String::new() } else { format!("parents: r{:04}", number - 1) };
            let sections = format!("-- [up]\nCREATE TABLE t{number} (id int);\n\n-- [down]\nDROP TABLE t{number};\n");
            self.revision(&format!("r{number:04}"), &parent, &sections);
        }
    }

    /// The program in this project, with nothing of the machine's environment that says where a database is.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_revgraph"));
        command.current_dir(self.path()).args(arguments);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("PG") || name == "DATABASE_URL" {
                command.env_remove(&name);
            }
        }
        command.env("NO_COLOR", "1");
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Said {
        Said::from(self.command(arguments).output().expect("the program runs"))
    }

    /// Runs the program on a database.
    pub fn run_on(&self, url: &str, arguments: &[&str]) -> Said {
        self.run(&[&["--database", url], arguments].concat())
    }

    /// Runs the program on a database and insists that it ends well. Returns its standard output.
    pub fn ok(&self, url: &str, arguments: &[&str]) -> String {
        let said = self.run_on(url, arguments);
        assert_eq!(said.code, 0, "{arguments:?}\n{}{}", said.out, said.err);
        said.out
    }
}

impl Said {
    /// Standard error without the line that names the database, which is another one in each test.
    pub fn complaint(&self) -> String {
        self.err.lines().filter(|line| !line.starts_with("database: ")).map(|line| format!("{line}\n")).collect()
    }

    /// The error that is the last line of standard error, as tools get it.
    pub fn error(&self) -> Value {
        let last = self.err.lines().last().unwrap_or_default();
        let said: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("no JSON: {self}"));
        said["error"].clone()
    }

    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self}");
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {self}"))
    }
}

/// All of it, for snapshots.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.out)?;
        if !self.err.is_empty() {
            write!(f, "--- standard error\n{}", self.err)?;
        }
        write!(f, "--- exit code {}", self.code)
    }
}

/// Without the lines that are said every ten seconds of what takes so long: on a slow machine, that is anything.
impl From<Output> for Said {
    fn from(output: Output) -> Said {
        let err = String::from_utf8(output.stderr).expect("UTF-8");
        let lasting = |line: &&str| !line.trim_end().ends_with(" so far");
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: err.split_inclusive('\n').filter(lasting).collect(),
        }
    }
}
