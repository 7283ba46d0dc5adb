//! `squash`: many revisions become one baseline, which is proved to be the same.

mod afterwards;
mod concat;
mod killed;
mod manners;
mod meanwhile;
mod outputs;
mod rows;
mod surroundings;
mod traps;

use std::process::Command;

use crate::harness::{Database, Project, Said, program};

/// A chain that was squashed into the baseline `b`, with two databases: one that the chain has built before, one that the
/// baseline has built after.
struct Squashed {
    project: Project,
    said: Said,
    chain: Database,
    baseline: Database,
}

/// A project whose scratch databases may be on the tests' server, with revisions `r1`, `r2`, … of these sections.
fn project(sections: &[&str]) -> Project {
    let project = Project::new();
    project.write("revgraph.toml", "[scratch]\nserver = true\n");
    for (index, sections) in sections.iter().enumerate() {
        let parent = if index == 0 { String::new() } else { format!("parents: r{index}") };
        project.revision(&format!("r{}", index + 1), &parent, sections);
    }
    project
}

/// The same of these ways up. A chain has two revisions at least, so there may be an empty one at the end.
fn chain(ups: &[&str]) -> Project {
    let mut sections: Vec<String> = ups.iter().map(|up| format!("-- [up]\n{up}\n")).collect();
    if sections.len() == 1 {
        sections.push("-- [up]\n".to_owned());
    }
    project(&sections.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Squashes a chain of these ways up, with more arguments, and insists that it is proved.
fn squash(ups: &[&str], arguments: &[&str]) -> Squashed {
    let project = chain(ups);
    let (chain, baseline) = (Database::new(), Database::new());
    project.ok(&chain.url(), &["upgrade"]);
    let said = project.run_on(&chain.url(), &[&["squash", "--id", "b"], arguments].concat());
    assert_eq!(said.code, 0, "{said}");
    project.ok(&baseline.url(), &["upgrade"]);
    Squashed { project, said, chain, baseline }
}

impl Squashed {
    /// The baseline's file.
    fn text(&self) -> String {
        text_of(&self.project)
    }

    /// The text of its `[up]` section.
    fn up(&self) -> String {
        let text = self.text();
        let (_, up) = text.split_once("-- [up]\n").expect("a way up");
        up.split("\n-- [down]\n").next().unwrap_or_default().to_owned()
    }

    /// Insists that both databases are the same by PostgreSQL's own account.
    fn same(self) -> Squashed {
        assert_eq!(dump(&self.baseline), dump(&self.chain));
        self
    }

    /// A query's only value, which must be the same in both databases.
    fn value(&self, query: &str) -> String {
        let value = self.baseline.value(query);
        assert_eq!(value, self.chain.value(query), "{query}");
        value
    }
}

/// The file of the baseline `b`.
fn text_of(project: &Project) -> String {
    let mut files = std::fs::read_dir(project.path().join("revisions")).unwrap().map(|entry| entry.unwrap().path());
    let is_baseline = |path: &std::path::PathBuf| path.to_string_lossy().contains("_b_");
    std::fs::read_to_string(files.find(is_baseline).expect("a baseline")).unwrap()
}

/// The file names of a folder of the project, in order.
fn files(project: &Project, folder: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(project.path().join(folder)) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

/// What `pg_dump` says of a database, but for the ledger.
fn dump(database: &Database) -> String {
    let output = Command::new(program("pg_dump"))
        .args(["--column-inserts", "--exclude-schema=revgraph", "--dbname", &database.url()])
        .output()
        .expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().filter(|line| !line.contains("restrict ")).map(|line| format!("{line}\n")).collect()
}

/// What was said, but for what is another each time.
fn shown(said: &Said) -> String {
    let mut text = String::new();
    for line in said.to_string().lines().filter(|line| !line.starts_with("database: ")) {
        let line = match line.split_once("built in ") {
            Some((before, rest)) if rest.ends_with(" s)") => format!("{before}built in (…)"),
            _ => without_time(line),
        };
        text += &line;
        text.push('\n');
    }
    text
}

/// A line without the time that the name of a revision's file begins with.
fn without_time(line: &str) -> String {
    match line.split_once("revisions/20") {
        Some((before, rest)) => format!("{before}revisions/…{}", rest.split_once('Z').map_or("", |(_, name)| name)),
        None => line.to_owned(),
    }
}
