//! Other tools, given the same statements in their own kind of file. One that isn't installed is passed over.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Bench;
use super::measure::{run, version};

/// A tool with its files in place.
pub struct Tool {
    pub name: &'static str,
    program: PathBuf,
    project: PathBuf,
    up: &'static [&'static str],
    down: &'static [&'static str],
    url: String,
}

impl Tool {
    pub fn up(&self) {
        self.run(self.up);
    }

    pub fn down(&self) {
        self.run(self.down);
    }

    fn run(&self, arguments: &[&str]) {
        run(Command::new(&self.program).current_dir(&self.project).args(arguments).env("URL", &self.url));
    }
}

/// The variable that says where Alembic is.
const ALEMBIC: &str = "REVGRAPH_BENCH_ALEMBIC";

/// The tools that are there.
pub fn all(bench: &Bench<'_>) -> Vec<Tool> {
    let Some(program) = std::env::var_os(ALEMBIC) else {
        println!("alembic: passed over, {ALEMBIC} does not say where it is");
        return Vec::new();
    };
    println!("{}", version(&program));
    vec![alembic(bench, Path::new(&program))]
}

/// Alembic with psycopg 3, one transaction a revision, as its own template does it with `transaction_per_migration`.
fn alembic(bench: &Bench<'_>, program: &Path) -> Tool {
    const ENVIRONMENT: &str = "\
import os

from alembic import context
from sqlalchemy import create_engine, pool

with create_engine(os.environ['URL'], poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
";
    let project = bench.folder.path().join("alembic");
    let versions = project.join("versions");
    fs::create_dir_all(&versions).expect("a folder can be made");
    fs::write(project.join("alembic.ini"), "[alembic]\nscript_location = %(here)s\n").expect("a file can be written");
    fs::write(project.join("env.py"), ENVIRONMENT).expect("a file can be written");
    for (number, (up, down)) in bench.up.iter().zip(bench.down.iter().rev()).enumerate() {
        let parent = if number == 0 { "None".to_owned() } else { format!("'r{:05}'", number - 1) };
        let text = format!(
            "from alembic import op\n\nrevision = 'r{number:05}'\ndown_revision = {parent}\n\n\n\
             def upgrade():\n    op.execute('{}')\n\n\ndef downgrade():\n    op.execute('{}')\n",
            up.trim_end(),
            down.trim_end()
        );
        fs::write(versions.join(format!("r{number:05}.py")), text).expect("a file can be written");
    }
    Tool {
        name: "alembic",
        program: program.to_owned(),
        project,
        up: &["upgrade", "head"],
        down: &["downgrade", "base"],
        url: bench.url("postgresql+psycopg"),
    }
}
