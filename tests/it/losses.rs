//! What a plan would lose is told before it runs, and asked for on the way down.

mod asked;
mod names;
mod put_away;
mod rows;
mod told;

use crate::harness::{Database, Project, Said};

/// What a command says, without the line that names the database.
fn said(said: &Said) -> String {
    let err = said.complaint();
    let err = if err.is_empty() { String::new() } else { format!("--- standard error\n{err}") };
    format!("{}{err}--- exit code {}", said.out, said.code)
}

/// A database at the last one of these revisions, each with its way up and down, analysed.
fn at(revisions: &[(&str, &str)]) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    for (number, (up, down)) in revisions.iter().enumerate() {
        let parents = if number == 0 { String::new() } else { format!("\nparents: r{number}") };
        let header = format!("message: step {}{parents}", number + 1);
        project.revision(&format!("r{}", number + 1), &header, &format!("-- [up]\n{up}\n-- [down]\n{down}\n"));
    }
    project.ok(&database.url(), &["upgrade", "-q"]);
    database.execute("ANALYZE");
    (project, database)
}
