//! Databases in every state, and baselines in the place of what they have.

use crate::harness::{Database, Project};

mod every_state;
mod files;
mod ledger;
mod messages;
mod siblings;
mod squash;

pub use squash::{folder, squash};

/// A revision that makes a table of its id.
pub fn table(project: &Project, id: &str, header: &str) {
    project.revision(id, header, &format!("-- [up]\nCREATE TABLE {id} ();\n-- [down]\nDROP TABLE {id};\n"));
}

/// What the tests squash: a base `p`, the line `a` to `d` above it, and on top of that `x`, `y` beside it, and `z` of
/// another base, which depends on the line's end.
pub fn originals() -> Project {
    let project = Project::new();
    table(&project, "p", "");
    for (id, parent) in [("a", "p"), ("b", "a"), ("c", "b"), ("d", "c"), ("x", "d"), ("y", "d")] {
        table(&project, id, &format!("parents: {parent}\nmessage: makes {id}"));
    }
    table(&project, "q", "");
    table(&project, "z", "parents: q\ndepends_on: d");
    project
}

/// The same, with these baselines in the place of their members, made one after the other.
pub fn squashed(baselines: &[(&str, &[&str])]) -> Project {
    let project = originals();
    for (baseline, members) in baselines {
        squash(&project, baseline, members);
    }
    project
}

/// The whole line as one baseline.
pub const LINE: [(&str, &[&str]); 1] = [("line", &["a", "b", "c", "d"])];

/// A database that the originals have brought to some targets.
pub fn at(targets: &[&str]) -> Database {
    let (project, database) = (originals(), Database::new());
    if !targets.is_empty() {
        project.ok(&database.url(), &[&["upgrade"], targets].concat());
    }
    database
}

/// The ledger's rows: `a<line` is one that the baseline `line` brought.
pub fn rows(database: &Database) -> String {
    let rows = database.rows(
        "SELECT id || coalesce('<' || through, '') FROM revgraph.applied ORDER BY replaces <> '{}', length(id), id COLLATE \"C\"",
    );
    rows.join(" ")
}

/// What the last run did, in order: `up c, adopt line`.
pub fn last_run(database: &Database) -> String {
    let events = database.rows(
        "SELECT CASE action WHEN 'upgrade' THEN 'up' WHEN 'downgrade' THEN 'down' ELSE action END || ' ' || revision \
         || CASE outcome WHEN 'done' THEN '' ELSE ' ' || outcome END FROM revgraph.event \
         WHERE run = (SELECT run FROM revgraph.event ORDER BY number DESC LIMIT 1) ORDER BY number",
    );
    events.join(", ")
}
