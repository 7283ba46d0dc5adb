//! `--sql`: what psql makes of the script is what revgraph would have made of the plan.

use std::process::{Command, Stdio};

use crate::harness::{Database, Project, Said, program};

/// Runs a script with psql, as its user would, but without settings of his own.
fn psql(database: &Database, script: &str) -> Said {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script).unwrap();
    let output = Command::new(program("psql"))
        .args(["-X", "-q", "-d", &database.url(), "-f"])
        .arg(file.path())
        .env("PGCLIENTENCODING", "UTF8")
        .stdin(Stdio::null())
        .output();
    Said::from(output.expect("psql runs"))
}

/// The same, which must go well.
pub fn run(database: &Database, script: &str) {
    let said = psql(database, script);
    assert_eq!(said.code, 0, "{}\n{script}", said.err);
}

/// All that must be the same: the schema as pg_dump shows it, and the ledger apart from times and runs.
fn everything(database: &Database) -> (Vec<String>, Vec<String>) {
    let dump = Command::new(program("pg_dump")).args(["-n", "public", "-d", &database.url()]).output().unwrap();
    let dump = String::from_utf8(dump.stdout).unwrap();
    // Newer ones frame it with a random word.
    let dump = dump.lines().filter(|line| !line.contains("restrict ")).map(str::to_owned).collect();
    let mut ledger = database.rows(
        "SELECT id, parents, depends_on, labels, message, source, up_checksum, down_checksum, lineage, replaces, through, \
         applied_by FROM revgraph.applied ORDER BY applied_at",
    );
    ledger.extend(
        database
            .rows("SELECT action, revision, outcome, error, actor, host, client FROM revgraph.event ORDER BY number"),
    );
    ledger.extend(database.rows("SELECT * FROM revgraph.unfinished"));
    ledger.extend(database.rows("SELECT count(*) FROM revgraph.event WHERE duration IS NULL"));
    (dump, ledger)
}

fn assert_same(one: &Database, other: &Database) {
    let ((dump, ledger), (other_dump, other_ledger)) = (everything(one), everything(other));
    assert_eq!(dump, other_dump);
    assert_eq!(ledger, other_ledger);
}

/// Revisions with whatever psql might take for something else.
fn tricky() -> Project {
    let project = Project::new();
    let sections = "-- [up lock_timeout=1s]\nCREATE TABLE t1 (id int, text text);\n\
        INSERT INTO t1 VALUES (1, 'a;b \\ :name ''q'' \u{1b}[31m ä 👍'), (2, E'it''s \\\\d'), (3, $x$ $$ ; \\ $x$);\n\
        CREATE FUNCTION f(name text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN ':' || name || '\\'; END; $$;\n\
        CREATE RULE r AS ON UPDATE TO t1 DO ALSO (SELECT 1; SELECT 2);\n\
        SELECT (ARRAY[1, 2, 3])[1:2], 'x'::text; /* ; /* ; */ ' */\n\
        -- [up]\nSET search_path = nowhere;\n-- [down]\nDROP TABLE t1;\nDROP FUNCTION f(text);\n\
        -- [verify]\nSELECT id FROM t1 WHERE id > 3;\nSELECT f('x') = ':x\\' AS ok;\n";
    project.revision("r0001", "message: it's \\ first\nlabels: one two", sections);
    let sections = "-- [up]\nPREPARE p AS SELECT 1;\nDEALLOCATE ALL;\nCREATE TABLE t2 (id int)\n-- no semicolon\n\
                    -- [down]\nDROP TABLE t2;\n";
    project.revision("r0002", "parents: r0001", sections);
    let sections = "-- [up transaction=off]\nSET search_path = public;\nCREATE INDEX CONCURRENTLY i ON t1 (id);\nVACUUM t1;\n\
                    -- [up]\nCREATE TABLE t3 ();\nDEALLOCATE ALL;\n-- [down transaction=off]\nDROP INDEX CONCURRENTLY i;\n-- [down]\nDROP TABLE t3;\n\
                    -- [verify]\nSELECT indisvalid AS ok FROM pg_index WHERE indexrelid = 'i'::regclass;\n";
    project.revision("r0003", "parents: r0002", sections);
    project.revision("r0004", "parents: r0003\ndepends_on: r0001", "-- [up]\n-- [down]\n");
    project
}

#[test]
fn a_script_does_what_an_upgrade_does() {
    let (project, real, scripted) = (tricky(), Database::new(), Database::new());
    project.ok(&real.url(), &["upgrade"]);
    run(&scripted, &project.ok(&scripted.url(), &["upgrade", "--sql"]));
    assert_same(&real, &scripted);
    assert!(project.ok(&scripted.url(), &["upgrade"]).starts_with("nothing to do"));
    project.ok(&scripted.url(), &["check"]);

    project.ok(&real.url(), &["downgrade", "r0001", "--yes"]);
    run(&scripted, &project.ok(&scripted.url(), &["downgrade", "--sql", "r0001"]));
    assert_same(&real, &scripted);
    project.ok(&real.url(), &["downgrade", "base", "--yes"]);
    run(&scripted, &project.ok(&scripted.url(), &["downgrade", "--sql", "base"]));
    assert_same(&real, &scripted);

    // The ledger is there by now, and empty.
    project.ok(&real.url(), &["upgrade"]);
    run(&scripted, &project.ok(&scripted.url(), &["upgrade", "--sql"]));
    assert_same(&real, &scripted);
}

#[test]
fn a_script_of_a_range_needs_no_database() {
    let (project, real, scripted) = (tricky(), Database::new(), Database::new());
    let script = |arguments: &[&str]| {
        let said = project.run(arguments);
        assert_eq!(said.code, 0, "{}", said.err);
        said.out
    };
    project.ok(&real.url(), &["upgrade"]);
    run(&scripted, &script(&["upgrade", "--sql", "base:r0002"]));
    assert_eq!(scripted.applied(), ["r0001", "r0002"]);
    run(&scripted, &script(&["upgrade", "--sql", "r0002:heads"]));
    assert_same(&real, &scripted);
    project.ok(&real.url(), &["downgrade", "r0002", "--yes"]);
    run(&scripted, &script(&["downgrade", "--sql", "r0004:r0002"]));
    assert_same(&real, &scripted);
    let whole = Database::new();
    run(&whole, &script(&["upgrade", "--sql", "base:heads"]));
    assert_eq!(whole.applied(), ["r0001", "r0002", "r0003", "r0004"]);
}

#[test]
fn a_database_that_is_elsewhere_is_refused() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(3);
    let script = project.ok(&database.url(), &["upgrade", "--sql", "r0002"]);
    let later = project.run(&["upgrade", "--sql", "r0001:r0003"]).out;
    let no_ledger = psql(&database, &later);
    assert_ne!(no_ledger.code, 0, "there is no ledger at all");
    run(&database, &script);
    for script in [&script, &later] {
        let said = psql(&database, script);
        assert_ne!(said.code, 0);
        assert!(said.err.contains("is for a database with other revisions in effect"), "{}", said.err);
        assert_eq!((database.tables().len(), database.applied().len(), database.events().len()), (2, 2, 2));
    }
}

#[test]
fn a_script_stops_at_the_first_error() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(4);
    project.revision("r0002", "parents: r0001", "-- [up]\nCREATE TABLE t2 ();\n-- [verify]\nSELECT 1;\n");
    let said = psql(&database, &project.ok(&database.url(), &["upgrade", "--sql"]));
    assert_ne!(said.code, 0);
    assert!(said.err.contains("1 row where there should be none"), "{}", said.err);
    assert_eq!((database.tables(), database.applied()), (vec!["t1".to_owned()], vec!["r0001".to_owned()]));
}

#[test]
fn a_script_that_stops_outside_of_transactions_is_continued() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(1);
    let sections = "-- [up]\nCREATE TABLE a ();\n-- [up transaction=off]\nCREATE TABLE b ();\nINSERT INTO gone VALUES (1);\nCREATE TABLE c ();\n";
    project.revision("off1", "parents: r0001", sections);
    let said = psql(&database, &project.ok(&database.url(), &["upgrade", "--sql"]));
    assert!(said.err.contains("relation \"gone\" does not exist"), "{}", said.err);
    assert_eq!(database.applied(), ["r0001"]);
    // Nobody was there to see how it ended.
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("off1 stopped while the statement at revisions/off1.sql:8 ran"), "{}", said.err);
    database.execute("CREATE TABLE gone (id int)");
    project.ok(&database.url(), &["upgrade", "--resume-at"]);
    assert_eq!(database.applied(), ["off1", "r0001"]);
    assert_eq!(database.tables(), ["a", "b", "c", "gone", "t1"]);
}

#[test]
fn the_ledger_may_have_another_name() {
    let (project, database) = (Project::new(), Database::new());
    project.write("revgraph.toml", "ledger_schema = \"Odd \\\"name' :x\"\n");
    project.chain(2);
    run(&database, &project.ok(&database.url(), &["upgrade", "--sql", "+1"]));
    run(&database, &project.ok(&database.url(), &["upgrade", "--sql"]));
    assert!(project.ok(&database.url(), &["upgrade"]).starts_with("nothing to do"));
}

#[test]
fn edited_revisions_have_no_script() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(2);
    project.ok(&database.url(), &["upgrade", "r0001"]);
    project.revision("r0001", "", "-- [up]\nSELECT 'edited';\n-- [down]\n");
    let said = project.run_on(&database.url(), &["upgrade", "--sql"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""), "as the upgrade itself would stop");
}
