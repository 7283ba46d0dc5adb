//! Scratch databases: where they come from, what they are like, and that they go.

mod killed;

use std::sync::Arc;

use revgraph::database::Observer;
use revgraph::database::connect::{ConnectionSpec, Environment};
use revgraph::database::scratch::{Likeness, Scratch, ScratchRequest, Scratches, Source};

use crate::harness::{Database, Project};

fn environment() -> Environment {
    Environment::new(|name| std::env::var_os(name))
}

fn silent() -> Observer {
    Arc::new(|_| ())
}

fn open(source: Source, likeness: Likeness) -> Scratches {
    let request = ScratchRequest { sources: vec![source], likeness, ..ScratchRequest::default() };
    Scratches::open(&request, &environment()).unwrap()
}

fn on_the_server_of(database: &Database) -> Source {
    Source::Server(Box::new(ConnectionSpec::resolve(Some(&database.url()), &Environment::empty()).unwrap()))
}

/// A query's only value.
fn value(scratch: &mut Scratch, query: &str) -> String {
    let messages = scratch.client().simple_query(query).unwrap();
    let row = |message: &postgres::SimpleQueryMessage| match message {
        postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    messages.iter().find_map(row).unwrap()
}

/// How many tables somebody has made in it.
fn tables(scratch: &mut Scratch) -> String {
    value(scratch, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
}

/// Each place: databases are apart from each other, a copy has what the original has, and goes on by itself.
fn databases_are_apart(scratches: &Scratches) {
    let (mut one, mut two) = (scratches.make(silent()).unwrap(), scratches.make(silent()).unwrap());
    one.client().batch_execute("CREATE TABLE t ()").unwrap();
    two.client().batch_execute("CREATE TABLE t (); CREATE TABLE u ()").unwrap();
    assert_eq!((tables(&mut one), tables(&mut two)), ("1".to_owned(), "2".to_owned()));
    let (mut one, copy) = scratches.copy(one, &silent()).unwrap();
    one.client().batch_execute("CREATE TABLE v ()").unwrap();
    assert_eq!(tables(&mut one), "2");
    if let Some(mut copy) = copy {
        assert_eq!(tables(&mut copy), "1");
    }
}

#[test]
fn a_private_server_has_many_databases() {
    let scratches = open(Source::Programs, Likeness::default());
    databases_are_apart(&scratches);
    let mut scratch = scratches.make(silent()).unwrap();
    assert_eq!(value(&mut scratch, "SHOW listen_addresses"), "", "nobody else can reach it");
    let folder = value(&mut scratch, "SHOW unix_socket_directories");
    let dumped = scratch.command("pg_dump", &environment()).unwrap().arg("--schema-only").output().unwrap();
    assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
    drop(scratches);
    assert_eq!(tables(&mut scratch), "0", "it lives as long as one of its databases");
    assert!(std::path::Path::new(&folder).exists());
    let gate = std::path::Path::new(&folder).parent().unwrap().with_file_name("gate");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(gate).unwrap());
    assert_eq!(mode & 0o777, 0o600, "whoever can open it can lock it");
    drop(scratch);
    assert!(!std::path::Path::new(&folder).parent().unwrap().exists(), "{folder}");
}

#[test]
fn databases_on_the_server_are_dropped() {
    let database = Database::new();
    let scratches = open(on_the_server_of(&database), Likeness::default());
    databases_are_apart(&scratches);
    let mut scratch = scratches.make(silent()).unwrap();
    let name = value(&mut scratch, "SELECT current_database()");
    assert!(name.starts_with("revgraph_scratch_"), "{name}");
    let there = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(database.value(&there), "1");
    // Somebody else in it is no reason to leave it.
    let guest = scratch.connection().cloned().unwrap();
    let _guest = revgraph::database::connect::connect(&guest, &Default::default()).unwrap();
    drop(scratch);
    assert_eq!(database.value(&there), "0");
}

#[test]
fn a_replication_slot_does_not_keep_a_database() {
    let scratches = open(Source::Programs, Likeness::default());
    let (mut scratch, mut other) = (scratches.make(silent()).unwrap(), scratches.make(silent()).unwrap());
    let name = value(&mut scratch, "SELECT current_database()");
    value(&mut scratch, "SELECT pg_create_logical_replication_slot('kept', 'pgoutput')::text");
    drop(scratch);
    let left = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(value(&mut other, &left), "0");
    assert_eq!(value(&mut other, "SELECT count(*) FROM pg_replication_slots"), "0");
}

#[cfg(feature = "embedded")]
#[test]
fn each_one_inside_is_a_server_of_its_own() {
    let likeness = Likeness {
        role: Some("o'wner \"x\"".to_owned()),
        roles: vec!["reader".to_owned(), "o'wner \"x\"".to_owned()],
        ..Likeness::default()
    };
    let scratches = open(Source::Embedded, likeness);
    databases_are_apart(&scratches);
    let mut scratch = scratches.make(silent()).unwrap();
    let resets = "RESET SESSION AUTHORIZATION; RESET ROLE; SELECT current_user";
    assert_eq!(value(&mut scratch, resets), "o'wner \"x\"");
    scratch.client().batch_execute("CREATE TABLE t (); GRANT SELECT ON t TO reader").unwrap();
    assert!(scratch.connection().is_none());
}

#[test]
fn a_scratch_is_like_the_database_that_it_stands_for() {
    let database = Database::new();
    database.execute("CREATE ROLE scratch_owner LOGIN SUPERUSER; CREATE ROLE \"scratch 'reader'\"");
    let url = database.url().replace("postgres@", "scratch_owner@");
    let spec = ConnectionSpec::resolve(Some(&url), &Environment::empty()).unwrap();
    let mut client = revgraph::database::connect::connect(&spec, &Default::default()).unwrap();
    let wanted = Likeness::of(&mut client).unwrap();
    let scratches = open(Source::Programs, wanted.clone());
    let mut scratch = scratches.make(silent()).unwrap();
    let found = Likeness::of(scratch.client()).unwrap();
    assert_eq!((found.role.as_deref(), &found.locale), (Some("scratch_owner"), &wanted.locale));
    let missing: Vec<&String> = wanted.roles.iter().filter(|role| !found.roles.contains(role)).collect();
    assert_eq!(missing, [&""; 0]);
    scratch.client().batch_execute("CREATE TABLE t (); GRANT SELECT ON t TO \"scratch 'reader'\"").unwrap();
    drop((client, scratch, scratches));
    database.execute("DROP ROLE scratch_owner; DROP ROLE \"scratch 'reader'\"");
}

/// A project with one revision, and the database that it would be run in.
fn start(settings: &str, up: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.write("revgraph.toml", settings);
    project.revision("r1", "", &format!("-- [up]\n{up};\n-- [down]\n"));
    (project, database)
}

#[test]
fn the_server_is_not_used_unless_it_is_allowed() {
    let (project, database) = start("", "SELECT 1");
    let said = project.run_on(&database.url(), &["test", "--scratch", "server"]);
    insta::assert_snapshot!(said, @"
    --- standard error
    error: there is no place for a scratch database
      server: not allowed on the target's server: `[scratch] server = true` in revgraph.toml allows it
    help: without --scratch, and without `from` under [scratch] in revgraph.toml, the first place that works is taken
    --- exit code 1
    ");
    let allowed = "[scratch]\nserver = true\nfrom = \"server\"\n";
    project.write("revgraph.toml", allowed);
    let said = project.run_on(&database.url(), &["test"]);
    assert!(said.code == 0 && said.out.contains("databases on postgres://"), "{said}");
    let said = project.run(&["test"]);
    insta::assert_snapshot!(said, @"
    --- standard error
    error: there is no place for a scratch database
      server: no database is named whose server it could be
    help: without --scratch, and without `from` under [scratch] in revgraph.toml, the first place that works is taken
    --- exit code 1
    ");
}

#[test]
fn what_is_hidden_from_the_first_look_is_found() {
    let (project, database) = start("[scratch]\nserver = true\n", "SELECT 1");
    for (up, what) in [
        ("CREATE /* hm */ ROLE somebody", "roles"),
        ("DO $$ BEGIN EXECUTE format('%s ROLE %I', 'CREATE', 'somebody'); END $$", "roles"),
        ("DO $a$ BEGIN EXECUTE 'GRANT postgres TO somebody'; END $a$", "roles"),
        ("REVOKE /* ON */ postgres FROM somebody", "roles"),
        ("COMMENT ON ROLE postgres IS 'x'", "roles"),
        ("GRANT SET ON PARAMETER work_mem TO PUBLIC", "the server's settings"),
        ("GRANT CREATE ON TABLESPACE pg_default TO PUBLIC", "tablespaces"),
        ("SELECT pg_create_logical_replication_slot('s', 'pgoutput')", "replication"),
        ("SELECT pg_replication_origin_create('o')", "replication"),
    ] {
        project.revision("r1", "", &format!("-- [up]\n{up};\n-- [down]\n"));
        let said = project.run_on(&database.url(), &["test", "--scratch", "server"]);
        assert!(said.err.contains(&format!("server: r1 has a statement about {what},")), "{up}: {said}");
    }
    for up in [
        "-- to CREATE ROLE x is somebody else's\nCREATE TABLE t (role text, \"user\" text)",
        "SELECT slot_name FROM pg_replication_slots",
        "COMMENT ON SCHEMA public IS 'what it''s for'",
    ] {
        project.revision("r1", "", &format!("-- [up]\n{up};\n-- [down]\n"));
        let said = project.run_on(&database.url(), &["test", "--scratch", "server"]);
        assert!(said.out.contains("databases on"), "{up}: {said}");
    }
}

#[test]
fn a_server_that_is_not_the_configured_one_is_not_used() {
    let (project, database) = start("", "SELECT 1");
    let settings =
        |url: &str| format!("url = {url:?}\n[scratch]\nserver = true\n[databases]\nprod = {:?}\n", database.url());
    let commands: [&[&str]; 2] =
        [&["diff", "heads", "prod", "--scratch", "server"], &["test", "-d", "prod", "--scratch", "server"]];
    for url in ["embedded", "postgres://postgres@127.0.0.1:1/dev"] {
        project.write("revgraph.toml", settings(url));
        for said in commands.map(|command| project.run(command)) {
            assert!(said.err.contains("speaks of the server of `url` in revgraph.toml, and this is another"), "{said}");
        }
    }
    // Another database of the same server is nobody else's.
    project.write("revgraph.toml", settings(&Database::new().url()));
    for said in commands.map(|command| project.run(command)) {
        assert!(!said.err.contains("there is no place"), "{said}");
    }
}

#[test]
fn what_reaches_beyond_the_database_does_not_run_on_the_server() {
    let cases = [
        "CREATE ROLE somebody",
        "DO $$ BEGIN EXECUTE 'drop  user somebody'; END $$",
        "GRANT postgres TO somebody",
        "ALTER DATABASE production SET work_mem = '1MB'",
        "COMMENT ON DATABASE production IS 'x'",
        "SELECT 1;\n-- [up transaction=off]\nALTER SYSTEM SET work_mem = '1MB'",
        "DROP OWNED BY somebody",
    ];
    let mut found = Vec::new();
    for up in cases {
        let (project, database) = start("[scratch]\nserver = true\n", up);
        let said = project.run_on(&database.url(), &["test", "--scratch", "server", "--format", "json"]);
        let message = said.error()["message"].as_str().unwrap_or_default().to_owned();
        found.push(message.lines().last().unwrap_or_default().trim().to_owned());
    }
    insta::assert_snapshot!(found.join("\n"), @"
    server: r1 has a statement about roles, which would change the target's whole server and not the scratch database alone
    server: r1 has a statement about roles, which would change the target's whole server and not the scratch database alone
    server: r1 has a statement about roles, which would change the target's whole server and not the scratch database alone
    server: r1 has a statement about databases, which would change the target's whole server and not the scratch database alone
    server: r1 has a statement about databases, which would change the target's whole server and not the scratch database alone
    server: r1 has a statement about the server's settings, which would change the target's whole server and not the scratch database alone
    server: r1 has a statement about all that a role owns, which would change the target's whole server and not the scratch database alone
    ");
    for up in [
        "CREATE TABLE t (\"user\" text)",
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT SELECT ON TABLES TO PUBLIC",
    ] {
        let (project, database) = start("[scratch]\nserver = true\n", up);
        let said = project.run_on(&database.url(), &["test", "--scratch", "server"]);
        assert!(said.out.contains("databases on"), "{up}: {said}");
    }
}
