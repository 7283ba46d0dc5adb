//! Backups: what a plan would lose, or the whole database, and back.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;

use crate::harness::{Database, PASSWORD, Project, Said, Secure, lasting, program};

const UP: &str = "CREATE TABLE accounts (id int PRIMARY KEY, note text);
INSERT INTO accounts SELECT i, 'note ' || i FROM generate_series(1, 500) i;
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY, account int REFERENCES accounts);
INSERT INTO orders (account) SELECT i FROM generate_series(1, 200) i;
CREATE TABLE apart AS SELECT 1 AS id;";

const CONTENTS: &str = "SELECT md5(string_agg(a::text, ',' ORDER BY a.id)) FROM accounts a UNION ALL \
                        SELECT md5(string_agg(o::text, ',' ORDER BY o.id)) FROM orders o";

fn start(down: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.revision("r1", "message: accounts", &format!("-- [up]\n{UP}\n-- [down]\n{down}\n"));
    project.ok(&database.url(), &["upgrade", "-q"]);
    database.execute("ANALYZE");
    (project, database)
}

/// A downgrade with a backup.
fn down(project: &Project, database: &Database, options: &[&str]) -> Said {
    project.run_on(&database.url(), &[&["downgrade", "base", "--yes", "--backup"], options].concat())
}

/// The only dump of a folder.
fn dump_in(folder: &Path) -> PathBuf {
    let names: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "dump")).expect("a dump")
}

/// Everything in a folder, by name.
fn files(folder: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(folder).map(|entries| entries.map(|entry| entry.unwrap().file_name())).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs the command that a backup told, with this installation's programs.
fn run(command: &str, folder: &Path) {
    let bin = program("pg_restore").parent().unwrap().display().to_string();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh").args(["-c", command]).current_dir(folder).env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// What tools are told of a backup.
fn told(said: &Said) -> serde_json::Value {
    said.json()["backup"].clone()
}

#[test]
fn what_is_dropped_comes_back() {
    let (project, database) = start("DROP TABLE orders;\nDROP TABLE accounts;\nDROP TABLE apart;");
    let before = database.rows(CONTENTS);
    let said = down(&project, &database, &[]);
    assert_eq!(said.code, 0, "{said}");
    assert_snapshot!(lasting(&said.complaint(), &database), @"
      down r1  accounts
        loses table orders: 200 rows, 8 kB
        loses table accounts: 500 rows, 88 kB
        loses table apart: 1 row, 8 kB
    saved public.accounts, public.apart, public.orders to backups/TIME_NAME_downgrade.dump (5.8 kB)
      to restore: pg_restore --single-transaction --clean --if-exists --dbname='postgres://postgres@127.0.0.1:PORT/NAME' 'backups/TIME_NAME_downgrade.dump'
      (all or nothing; the tables become what they were: first bring the database back to r1)
    ");
    let dump = dump_in(&project.path().join("backups"));
    let name = dump.file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(files(&project.path().join("backups")), [".gitignore".to_owned(), name.clone(), format!("{name}.toml")]);
    let manifest = fs::read_to_string(format!("{}.toml", dump.display())).unwrap();
    let changing = ["sha256", "bytes", "made", "lineage", "pg_dump", "server"];
    let lines = manifest.lines().filter(|line| !changing.iter().any(|key| line.starts_with(key)));
    assert_snapshot!(lasting(&lines.collect::<Vec<_>>().join("\n"), &database), @r#"
    format = 1
    file = "TIME_NAME_downgrade.dump"
    restore = "pg_restore --single-transaction --clean --if-exists --dbname='postgres://postgres@127.0.0.1:PORT/NAME' 'backups/TIME_NAME_downgrade.dump'"
    holds = "tables"
    objects = ["public.accounts", "public.apart", "public.orders"]
    database = "postgres://postgres@127.0.0.1:PORT/NAME"

    [ledger]
    schema = "revgraph"
    heads = ["r1"]

    [[plan]]
    direction = "down"
    revision = "r1"
    "#);
    let hash = Command::new("sha256sum").arg(&dump).output().unwrap();
    let hash = String::from_utf8(hash.stdout).unwrap();
    assert!(manifest.contains(&format!("sha256 = \"{}\"", hash.split(' ').next().unwrap())), "{manifest}");
    assert!(database.tables().is_empty());
    let restore = manifest.lines().find_map(|line| line.strip_prefix("restore = ")).unwrap();
    run(restore.trim_matches('"'), project.path());
    assert_eq!(database.rows(CONTENTS), before);
    assert_eq!(database.tables(), ["accounts", "apart", "orders"]);
}

#[test]
fn a_column_comes_back_with_its_whole_table() {
    let (project, database) = start("ALTER TABLE accounts DROP note;\nDELETE FROM orders;");
    let before = database.rows(CONTENTS);
    let saved = told(&down(&project, &database, &["--format", "json"]));
    assert_eq!(saved["objects"], serde_json::json!(["public.accounts", "public.orders"]));
    assert_ne!(database.rows(CONTENTS), before);
    run(saved["restore"].as_str().unwrap(), project.path());
    assert_eq!(database.rows(CONTENTS), before);
}

#[test]
fn where_types_go_too_all_definitions_are_saved() {
    let (project, database) = start("DROP TABLE orders;\nDROP TABLE accounts;\nDROP TYPE mood;");
    database.execute(
        "CREATE TYPE mood AS ENUM ('sad'); ALTER TABLE accounts ADD mood mood DEFAULT 'sad';
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER t AFTER INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION f()",
    );
    let before = database.rows(CONTENTS);
    let said = down(&project, &database, &["--format", "json"]);
    let saved = told(&said);
    assert_eq!(saved["objects"], serde_json::json!(["public.accounts", "public.orders"]));
    let restored = format!("{}_restored", database.name());
    database.execute(&format!("CREATE DATABASE {restored}"));
    run(saved["restore"].as_str().unwrap(), project.path());
    let mut client = database.server().client(&restored);
    let rows: Vec<String> = client.query(CONTENTS, &[]).unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(rows, before);
    let apart: i64 = client.query_one("SELECT count(*) FROM apart", &[]).unwrap().get(0);
    assert_eq!(apart, 0, "what is not lost is not saved");
    drop(client);
    database.execute(&format!("DROP DATABASE {restored}"));
}

#[test]
fn backup_alone_is_of_everything() {
    let (project, database) = start("");
    let said = project.run_on(&database.url(), &["backup", "-o", "all.dump"]);
    assert_eq!(said.code, 0, "{said}");
    let told = lasting(&said.complaint(), &database);
    let size = told.split(['(', ')']).nth(1).unwrap();
    assert_snapshot!(told.replacen(size, "SIZE", 1), @"
    saved all of the database to all.dump (SIZE)
      to restore: pg_restore --dbname='postgres://postgres@127.0.0.1:PORT/NAME_restored' 'all.dump'
      (into a new, empty database of that name)
    ");
    let restored = format!("{}_restored", database.name());
    database.execute(&format!("CREATE DATABASE {restored}"));
    let manifest = fs::read_to_string(project.path().join("all.dump.toml")).unwrap();
    assert!(manifest.contains("heads = [\"r1\"]") && manifest.contains("holds = \"all\""), "{manifest}");
    let restore = manifest.lines().find_map(|line| line.strip_prefix("restore = ")).unwrap();
    run(restore.trim_matches('"'), project.path());
    let url = database.url().replace(database.name(), &restored);
    assert_eq!(project.ok(&url, &["current"]), project.ok(&database.url(), &["current"]));
    // It is never written over.
    let again = project.run_on(&database.url(), &["backup", "-o", "all.dump", "--format", "json"]);
    assert_eq!((again.code, again.error()["kind"].as_str()), (1, Some("file_exists")));
    database.execute(&format!("DROP DATABASE {restored}"));
}

#[test]
fn where_nothing_is_lost_nothing_is_saved() {
    let (project, database) = start("SELECT 1;");
    let said = down(&project, &database, &[]);
    assert_eq!(said.complaint(), "no backup: this downgrade loses no rows that anybody knows of\n");
    assert!(!project.path().join("backups").exists());
}

/// After a dump that failed: the database is as it was, and nothing of the dump is left.
fn assert_untouched(project: &Project, database: &Database, said: &Said) {
    assert_eq!(said.code, 1, "{said}");
    assert_eq!(database.tables(), ["accounts", "apart", "orders"]);
    assert_eq!(database.events(), ["upgrade r1 done"]);
    assert_eq!(files(&project.path().join("backups")), [".gitignore"]);
}

#[test]
fn a_full_disk_stops_it() {
    let (project, database) = start("DROP TABLE orders;\nDROP TABLE accounts;");
    // A file of this size is as full as a disk can be.
    let limited = format!("trap '' XFSZ; ulimit -f 1; exec '{}' \"$@\"", env!("CARGO_BIN_EXE_revgraph"));
    let plain = project.command(&[]);
    let mut command = Command::new("sh");
    command.args(["-c", &limited, "sh", "--database", &database.url(), "downgrade", "base", "--yes", "--backup"]);
    command.current_dir(project.path());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let said = Said::from(command.output().unwrap());
    assert!(said.err.contains("error: pg_dump failed: ") && said.err.contains("File too large"), "{said}");
    assert_untouched(&project, &database, &said);
}

/// What to do next is said by what pg_dump says.
#[test]
fn what_stops_pg_dump_is_what_the_help_speaks_of() {
    let (project, database) = start("DROP TABLE orders;\nDROP TABLE accounts;");
    project.write("revgraph.toml", "lock_timeout = \"100ms\"\n");
    let mut other = database.client();
    let mut locked = other.transaction().unwrap();
    locked.batch_execute("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE").unwrap();
    let said = project.run_on(&database.url(), &["backup"]);
    assert!(said.err.contains("error: pg_dump failed: ") && said.err.contains("--lock-timeout"), "{said}");
    drop(locked);
    let role = format!("{}_saver", database.name());
    database.execute(&format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA revgraph TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA revgraph TO {role}"
    ));
    let said = project.run_on(&database.url().replace("postgres@", &format!("{role}@")), &["backup"]);
    assert!(said.err.contains("permission denied for") && said.err.contains("pg_read_all_data"), "{said}");
}

/// A folder with a pg_dump of our own, which is of a later version than any other.
fn own_pg_dump(project: &Project, does: &str) -> String {
    let script =
        format!("#!/bin/sh\n[ \"$1\" = --version ] && {{ echo 'pg_dump (PostgreSQL) 999.1'; exit; }}\n{does}\n");
    let path = project.write("bin/pg_dump", script);
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    format!("{}:{}", path.parent().unwrap().display(), std::env::var("PATH").unwrap())
}

#[test]
fn a_killed_pg_dump_stops_it() {
    let (project, database) = start("DROP TABLE orders;\nDROP TABLE accounts;");
    let path = own_pg_dump(&project, "while [ \"$1\" != --file ]; do shift; done; echo half > \"$2\"; kill -9 $$");
    let url = database.url();
    let mut command = project.command(&["--database", &url, "downgrade", "base", "--yes", "--backup"]);
    let said = Said::from(command.env("PATH", path).output().unwrap());
    assert!(said.err.contains("error: pg_dump failed: it was killed by signal 9\n"), "{said}");
    assert_untouched(&project, &database, &said);
}

#[test]
fn a_dump_without_its_manifest_does_not_stay() {
    let (project, database) = start("DROP TABLE orders;\nDROP TABLE accounts;");
    // While it dumps, something comes into the manifest's place.
    let does = format!("mkdir saved.dump.toml; exec '{}' \"$@\"", program("pg_dump").display());
    let path = own_pg_dump(&project, &does);
    let url = database.url();
    let run = || {
        let mut command = project.command(&["--database", &url, "downgrade", "base", "--yes", "--backup=saved.dump"]);
        Said::from(command.env("PATH", &path).output().unwrap())
    };
    let said = run();
    assert_eq!(said.code, 1, "{said}");
    let told = lasting(&said.complaint(), &database);
    assert_snapshot!(told, @"
      down r1  accounts
        loses table orders: 200 rows, 8 kB
        loses table accounts: 500 rows, 88 kB
    error: the backup's manifest can't be written: saved.dump.toml: File exists (os error 17)
    help: nothing was touched, and the dump was removed again; run it again when that is mended
    ");
    assert!(!project.path().join("saved.dump").exists());
    assert_eq!(database.events(), ["upgrade r1 done"]);
    // It is found before anything is dumped now.
    let said = run();
    assert!(said.err.contains("error: saved.dump.toml is there already\n"), "{said}");
    fs::remove_dir(project.path().join("saved.dump.toml")).unwrap();
    let said = down(&project, &database, &[]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn the_password_is_in_no_argument_and_in_no_file() {
    let server = &Secure::shared().server;
    server.client("postgres").batch_execute("CREATE DATABASE saved OWNER app").unwrap();
    let project = Project::new();
    project.revision("r1", "", "-- [up]\nCREATE TABLE t AS SELECT 1;\n-- [down]\nDROP TABLE t;\n");
    let password: String = PASSWORD.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let url = format!("postgres://app:{password}@127.0.0.1:{}/saved?sslmode=disable", server.port());
    project.ok(&url, &["upgrade"]);
    let path =
        own_pg_dump(&project, &format!("echo \"$@\" > arguments; exec '{}' \"$@\"", program("pg_dump").display()));
    let mut command = project.command(&["--database", &url, "downgrade", "base", "--yes", "--backup", "-v"]);
    let said = Said::from(command.env("PATH", path).output().unwrap());
    assert_eq!(said.code, 0, "{said}");
    let dump = dump_in(&project.path().join("backups"));
    let manifest = fs::read_to_string(format!("{}.toml", dump.display())).unwrap();
    let arguments = fs::read_to_string(project.path().join("arguments")).unwrap();
    assert!(arguments.contains("--table=public.t"), "{arguments}");
    for text in [said.to_string(), manifest, arguments] {
        assert!(!text.contains(PASSWORD) && !text.contains(&password), "{text}");
    }
}

#[cfg(feature = "embedded")]
#[test]
fn the_embedded_database_says_why_not() {
    let project = Project::new();
    project.write("revgraph.toml", "url = \"embedded\"\n");
    project.revision("r1", "", "-- [up]\nCREATE TABLE t AS SELECT 1;\n-- [down]\nDROP TABLE t;\n");
    assert_eq!(project.run(&["upgrade"]).code, 0);
    let said = project.run(&["downgrade", "base", "--yes", "--backup", "--format", "json"]);
    assert_eq!((said.code, said.error()["kind"].as_str()), (1, Some("no_backup_of_embedded")));
    assert_eq!(project.run(&["check"]).code, 0, "nothing was touched");
}
