//! `drift`: a database against what its applied revisions build.

use serde_json::Value;

use crate::harness::{Database, Project, Said, Server, Setup};

mod baselines;

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

/// The PostgreSQL of a cloud has a superuser of another name, who owns what initdb made.
#[test]
fn who_owns_the_server_is_no_drift() {
    let server = Server::start(&Setup::default());
    let url = |role: &str, name: &str| format!("postgres://{role}@127.0.0.1:{}/{name}?sslmode=disable", server.port());
    server.client("postgres").batch_execute("CREATE ROLE other SUPERUSER LOGIN").unwrap();
    let mut other = postgres::Client::connect(&url("other", "postgres"), postgres::NoTls).unwrap();
    other.batch_execute("ALTER ROLE postgres RENAME TO boss; CREATE ROLE deployer LOGIN").unwrap();
    other.batch_execute("CREATE DATABASE app OWNER deployer").unwrap();
    let project = Project::new();
    project.chain(1);
    let url = url("deployer", "app");
    project.ok(&url, &["upgrade"]);
    let said = project.run_on(&url, &["drift", "--scratch", "programs"]);
    assert_eq!(said.code, 0, "{said}");
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
    insta::assert_snapshot!(drift(&project, &database, &[]), @"
    no drift: the database is what its 2 applied revisions build in a private server of PostgreSQL …
    --- standard error
    database: postgres://postgres@…
    --- exit code 0
    ");
}

#[test]
fn what_somebody_has_changed_by_hand() {
    let (project, database) = start();
    database.execute(
        "ALTER TABLE item ADD note text; ALTER TABLE item ALTER name SET DEFAULT 'y'; DROP INDEX item_name; \
         CREATE TABLE extra (id int)",
    );
    insta::assert_snapshot!(drift(&project, &database, &[]), @"
    --- 2 applied revisions, built in a private server of PostgreSQL …
    +++ postgres://postgres@…
    schema public
      + table extra
        + column id  integer
        table item
        - index item_name  USING btree (name)
        ~ column name
            default: 'x'::text → 'y'::text
        + column note  text
    3 added, 1 removed, 1 changed
    --- standard error
    database: postgres://postgres@…
    --- exit code 3
    ");
    let json = project.run_on(&database.url(), &["drift", "--format", "json"]);
    let found: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &found["equal"], &found["revisions"]), (3, &Value::from(false), &Value::from(2)), "{json}");
    assert_eq!(found["removed"][0]["part"], "item_name");
}

#[test]
fn what_ran_is_what_counts_not_what_the_files_say_now() {
    let (project, database) = start();
    let masked = |said: &Said| masked(said, &database);
    // One file was edited after it ran, the other is gone: the ledger has both as they ran.
    let edited = "-- [up]\nCREATE TABLE item (id int PRIMARY KEY, name text DEFAULT 'z' NOT NULL);\n-- [down]\nDROP TABLE item;\n";
    project.revision("r1", "", edited);
    std::fs::remove_file(project.path().join("revisions/r2.sql")).unwrap();
    let by_ledger = drift(&project, &database, &["--from-ledger"]);
    assert!(by_ledger.contains("no drift: the database is what its 2 applied revisions build"), "{by_ledger}");
    // What is not in effect yet is not built.
    project.revision("r3", "parents: r1", "-- [up]\nCREATE TABLE later ();\n-- [down]\n");
    database.execute("COMMENT ON TABLE item IS 'by hand'; CREATE SCHEMA other; CREATE TABLE other.t ()");
    let said =
        project.run_on(&database.url(), &["drift", "--from-ledger", "--schema", "public", "--ignore", "comments"]);
    assert_eq!(said.code, 0, "{}", masked(&said));
    let said =
        project.run_on(&database.url(), &["drift", "--from-ledger", "--schema", "public", "--schema", "other", "-q"]);
    insta::assert_snapshot!(masked(&said), @"
    --- 2 applied revisions, built in a private server of PostgreSQL …
    +++ postgres://postgres@…
    + schema other
      + table t
    schema public
      ~ table item
          comment: none → by hand
    2 added, 1 changed
    --- exit code 3
    ");
}

#[test]
fn a_database_without_a_ledger_is_all_drift() {
    let (project, database) = (Project::new(), Database::new());
    database.execute("CREATE TABLE t ()");
    insta::assert_snapshot!(drift(&project, &database, &[]), @"
    --- 0 applied revisions, built in a private server of PostgreSQL …
    +++ postgres://postgres@…
    schema public
      + table t
    1 added
    --- standard error
    database: postgres://postgres@…
    --- exit code 3
    ");
}

#[test]
fn the_owner_is_the_same_in_the_scratch() {
    let (project, database) = (Project::new(), Database::new());
    database.execute(
        "CREATE ROLE drift_owner LOGIN; CREATE ROLE drift_reader; \
         DO $$ BEGIN EXECUTE 'GRANT CREATE ON DATABASE ' || current_database() || ' TO drift_owner'; END $$; \
         GRANT CREATE ON SCHEMA public TO drift_owner",
    );
    let url = database.url().replace("postgres@", "drift_owner@");
    project.revision(
        "r1",
        "",
        "-- [up]\nCREATE TABLE t ();\nGRANT SELECT ON t TO drift_reader;\n-- [down]\nDROP TABLE t;\n",
    );
    project.ok(&url, &["upgrade"]);
    let said = project.run_on(&url, &["drift", "--scratch", "programs", "--ignore", "database"]);
    let said = masked(&said, &database).replace("drift_owner@", "postgres@");
    insta::assert_snapshot!(said, @"
    --- 1 applied revision, built in a private server of PostgreSQL …
    +++ postgres://postgres@…
    ~ schema public
        grants: none → drift_owner: CREATE
    1 changed
    --- standard error
    database: postgres://postgres@…
    --- exit code 3
    ");
    drop(database);
    let cleaning = Database::new();
    cleaning.execute("DROP ROLE drift_owner; DROP ROLE drift_reader");
}

#[cfg(feature = "embedded")]
#[test]
fn of_a_database_inside_revgraph() {
    let (project, _) = start();
    project.ok("embedded", &["upgrade"]);
    let arguments = ["drift", "--scratch", "embedded"];
    assert!(project.ok("embedded", &arguments).starts_with("no drift"));
    project.revision("r3", "parents: r2", "-- [up]\nDROP VIEW items;\n-- [down]\n");
    project.ok("embedded", &["upgrade"]);
    assert!(project.ok("embedded", &arguments).starts_with("no drift"));
}
