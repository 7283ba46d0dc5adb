//! A git repository with a project in it.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::harness::{Project, Said};

/// A second revision.
pub const GOOD: &str = "-- revision: bbbb\n-- parents: aaaa\n\n\
                        -- [up]\nCREATE TABLE bills (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n\n\
                        -- [down]\nDROP TABLE bills;\n";
/// One without a way down.
pub const NO_DOWN: &str = "-- revision: bbbb\n-- parents: aaaa\n\n-- [up]\nCREATE VIEW v AS SELECT 1 AS one;\n";
/// One that `lint` alone finds something in.
pub const EMPTY_DOWN: &str =
    "-- revision: bbbb\n-- parents: aaaa\n\n-- [up]\nCREATE VIEW v AS SELECT 1 AS one;\n\n-- [down]\n";

/// A clone whose `origin/main` has a project with one revision.
pub struct Repository {
    project: Project,
    elsewhere: TempDir,
}

impl Repository {
    pub fn new() -> Repository {
        let repository = Repository { project: Project::new(), elsewhere: TempDir::new().unwrap() };
        let first = GOOD.replace("-- parents: aaaa\n", "").replace("bbbb", "aaaa").replace("bills", "users");
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.commit(&[("revisions/a.sql", &first), ("revgraph.toml", "")]);
        let origin = repository.elsewhere.path().join("origin.git").display().to_string();
        repository.git(&["clone", "--quiet", "--bare", ".", &origin]);
        repository.git(&["remote", "add", "origin", &origin]);
        repository.git(&["fetch", "--quiet", "origin"]);
        repository
    }

    /// A folder outside of the repository.
    pub fn temporary(&self) -> PathBuf {
        self.elsewhere.path().join("temporary")
    }

    pub fn branch(&self, name: &str) {
        self.git(&["checkout", "--quiet", "-b", name]);
    }

    pub fn write(&self, path: &str, text: &str) {
        self.project.write(path, text);
    }

    /// Commits files, which must be let through.
    pub fn commit(&self, files: &[(&str, &str)]) {
        let said = self.try_commit(files);
        assert_eq!(said.code, 0, "{said}");
    }

    pub fn try_commit(&self, files: &[(&str, &str)]) -> Said {
        files.iter().for_each(|(path, text)| self.write(path, text));
        self.git(&["add", "--all"]);
        self.said(&["commit", "--quiet", "-m", "more"])
    }

    /// Commits files past the hooks.
    pub fn commit_unverified(&self, files: &[(&str, &str)]) {
        files.iter().for_each(|(path, text)| self.write(path, text));
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--no-verify", "-m", "more"]);
    }

    pub fn install_hook(&self, text: &str) {
        let hook = self.project.write(".git/hooks/pre-commit", text);
        fs::set_permissions(hook, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A command in the repository, with revgraph in PATH and nobody's settings of git.
    pub fn set_environment(&self, command: &mut Command) {
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("PG") || name.starts_with("GIT") || name == "DATABASE_URL" {
                command.env_remove(name);
            }
        }
        let own = Path::new(env!("CARGO_BIN_EXE_revgraph")).parent().unwrap().to_owned();
        let others = env::var_os("PATH").unwrap_or_default();
        command.env("PATH", env::join_paths([own].into_iter().chain(env::split_paths(&others))).unwrap());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for name in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            command.env(format!("{name}_NAME"), "Test").env(format!("{name}_EMAIL"), "test@example.org");
        }
        command.env("NO_COLOR", "1").current_dir(self.project.path());
    }

    fn said(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new("git");
        command.args(arguments);
        self.set_environment(&mut command);
        Said::from(command.output().unwrap())
    }

    fn git(&self, arguments: &[&str]) {
        let said = self.said(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {said}");
    }
}
