//! `drift`: a database against what its applied revisions build.

use serde_json::Value;

use crate::harness::{Database, Project, Said};

/// A chain that makes a table with a row, a view of it and an index, in effect.
fn start() -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.revision(
        "r1",
        "",
        "-- [up]\nCREATE TABLE item (id int PRIMARY KEY, name text DEFAULT 'x' NOT NULL);\nINSERT INTO item VALUES (1);\n\
         -- [down]\nDROP TABLE item;\n",
    );
    project.revision(
        "r2",
        "parents: r1",
        "-- [up]\nCREATE VIEW items AS SELECT id FROM item;\nCREATE INDEX item_name ON item (name);\n\
         -- [down]\nDROP INDEX item_name;\nDROP VIEW items;\n",
    );
    project.ok(&database.url(), &["upgrade"]);
    (project, database)
}

/// What `drift` says, with the database's name and the version of the server, which differ from run to run, masked.
fn drift(project: &Project, database: &Database, arguments: &[&str]) -> String {
    let said = project.run_on(&database.url(), &[&["drift", "--scratch", "programs"], arguments].concat());
    masked(&said, database)
}

fn masked(said: &Said, database: &Database) -> String {
    let text = said.to_string().replace(&format!("127.0.0.1:{}/{}", database.server().port(), database.name()), "…");
    let words = |line: &str| match line.split_once("server of PostgreSQL ") {
        Some((before, after)) => {
            let end = after.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(after.len());
            format!("{before}server of PostgreSQL …{}", &after[end..])
        }
        None => line.to_owned(),
    };
    text.lines().map(words).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_database_that_is_what_its_revisions_build() {
    let (project, database) = start();
    database.execute("INSERT INTO item VALUES (2)");
    insta::assert_snapshot!(drift(&project, &database, &[]), @"");
}

#[test]
fn what_somebody_has_changed_by_hand() {
    let (project, database) = start();
    database.execute(
        "ALTER TABLE item ADD note text; ALTER TABLE item ALTER name SET DEFAULT 'y'; DROP INDEX item_name; \
         CREATE TABLE extra (id int)",
    );
    insta::assert_snapshot!(drift(&project, &database, &[]), @"");
    let json = project.run_on(&database.url(), &["drift", "--format", "json"]);
    let found: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &found["equal"], &found["revisions"]), (3, &Value::from(false), &Value::from(2)), "{json}");
    assert_eq!(found["removed"][0]["name"], "item_name");
}
