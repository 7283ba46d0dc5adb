//! `[retire]`: objects are renamed away, come back on the way down, and are managed by `retired`.

use crate::harness::{Database, Project};

mod compared;
mod counted;
mod exact;
mod kinds;
mod managed;
mod runs;

/// A project whose first revision makes a table with a row, and whose second one retires it.
fn start() -> (Project, Database, String) {
    let (project, database) = (Project::new(), Database::new());
    project.revision(
        "r1",
        "message: users",
        "-- [up]\nCREATE SCHEMA app;\nCREATE TABLE app.users (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
         email text NOT NULL UNIQUE\n);\nINSERT INTO app.users (email) VALUES ('a@x'), ('b@x');\n\n\
         -- [down]\nDROP TABLE app.users;\nDROP SCHEMA app;\n",
    );
    project.revision("r2", "message: no users any more\nparents: r1", "-- [retire]\ntable app.users\n");
    let url = database.url();
    (project, database, url)
}

/// Has the ledger call what is retired after a day that the test knows.
pub fn fix_day(database: &Database, day: &str) {
    database.execute(&format!(
        "CREATE OR REPLACE FUNCTION revgraph.backup_day() RETURNS text LANGUAGE sql AS $$ SELECT '{day}' $$"
    ));
}

/// What the program says, with the database's name masked, and times that pass.
fn said(project: &Project, database: &Database, arguments: &[&str]) -> String {
    let said = project.run_on(&database.url(), arguments).to_string();
    let said = said.replace(&format!("127.0.0.1:{}/{}", database.server().port(), database.name()), "…");
    let masked = |line: &str| match (line.split_once(" in "), line.split_once("; now at ")) {
        (Some((before, _)), Some((_, at))) => format!("{before} in …; now at {at}"),
        _ => line.to_owned(),
    };
    said.lines().filter(|line| !line.starts_with("database: ")).map(masked).collect::<Vec<_>>().join("\n")
}

/// The relations of a schema, by name.
fn relations(database: &Database, schema: &str) -> Vec<String> {
    database.rows(&format!(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '{schema}' ORDER BY 1"
    ))
}

/// A text with the day of today, which backup names end in, masked.
fn undated(text: &str) -> String {
    let mut parts = text.split("_backup_2");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked += "_backup_YYYYMMDD";
        masked += part.get(7..).unwrap_or_default();
    }
    masked
}

#[test]
fn a_table_goes_away_with_its_rows_and_comes_back() {
    let (project, database, url) = start();
    project.ok(&url, &["upgrade"]);
    let day = database.value("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD')");
    let renamed = ["users_backup", "users_email_key_backup", "users_id_seq_backup", "users_pkey_backup"];
    assert_eq!(relations(&database, "app"), renamed.map(|name| format!("{name}_{day}")));
    assert_eq!(database.rows(&format!("SELECT email FROM app.users_backup_{day} ORDER BY id")), ["a@x", "b@x"]);
    assert_eq!(database.applied(), ["r1", "r2"]);
    project.ok(&url, &["downgrade", "r1"]);
    assert_eq!(relations(&database, "app"), ["users", "users_email_key", "users_id_seq", "users_pkey"]);
    assert_eq!(database.rows("SELECT email FROM app.users ORDER BY id"), ["a@x", "b@x"]);
    assert_eq!(database.applied(), ["r1"]);
    // Once more, and all the way.
    project.ok(&url, &["upgrade"]);
    project.ok(&url, &["downgrade", "base", "--yes"]);
    assert_eq!(database.rows("SELECT count(*) FROM pg_namespace WHERE nspname = 'app'"), ["0"]);
}

#[test]
fn another_table_takes_the_name_and_all_names_within() {
    let (project, database, url) = start();
    let make = "CREATE TABLE app.users (\n    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT users_pkey PRIMARY KEY,\n    \
                email text CONSTRAINT users_email_key UNIQUE\n);\n";
    project.revision("r3", "parents: r2", &format!("-- [up]\n{make}-- [down]\nDROP TABLE app.users;\n"));
    project.ok(&url, &["upgrade"]);
    assert_eq!(database.value("SELECT count(*) FROM app.users"), "0");
    assert_eq!(
        database.value("SELECT pg_get_serial_sequence('app.users', 'id')"),
        "app.users_id_seq",
        "the sequence is called as it would be if nothing had been there"
    );
    project.ok(&url, &["downgrade", "r1"]);
    assert_eq!(database.value("SELECT count(*) FROM app.users"), "2");
}

#[test]
fn what_stands_below_is_undone_first() {
    let (project, database, url) = start();
    // One revision that puts the old table away and makes the new one.
    project.revision(
        "r2",
        "parents: r1",
        "-- [retire]\ntable app.users\n\n-- [up]\nCREATE TABLE app.users (id uuid PRIMARY KEY);\n\n-- [down]\nDROP TABLE app.users;\n",
    );
    // And one that needs the object before and after.
    project.revision(
        "r3",
        "parents: r2",
        "-- [up]\nALTER TABLE app.users ADD COLUMN name text;\n-- [retire]\ncolumn app.users.name\n\
         -- [up]\nALTER TABLE app.users ADD COLUMN name varchar(9);\n\
         -- [down]\nALTER TABLE app.users DROP COLUMN name;\n-- [down]\nALTER TABLE app.users DROP COLUMN name;\n",
    );
    project.ok(&url, &["upgrade"]);
    let columns = "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = 'app.users'::regclass AND attnum > 0 AND NOT attisdropped";
    assert_eq!(undated(&database.value(columns)), "id uuid, name_backup_YYYYMMDD text, name character varying(9)");
    project.ok(&url, &["downgrade", "r2"]);
    assert_eq!(database.value(columns), "id uuid");
    project.ok(&url, &["downgrade", "r1"]);
    assert_eq!(database.value(columns), "id bigint, email text");
    assert_eq!(database.value("SELECT count(*) FROM app.users"), "2");
}
