//! What a revision does to its session stays with it: nothing reaches the next revision, nor the ledger.

use crate::harness::{Database, Project};

/// Raises an error if the condition holds.
fn refuse(condition: &str) -> String {
    format!("DO $probe$ BEGIN IF {condition} THEN RAISE EXCEPTION 'leaked'; END IF; END $probe$;")
}

/// Raises an error unless the session has drawn nothing from the sequence.
const NOTHING_DRAWN: &str = "DO $probe$ BEGIN PERFORM currval('numbers'); RAISE EXCEPTION 'leaked'; \
                             EXCEPTION WHEN object_not_in_prerequisite_state THEN NULL; END $probe$;";

/// What changes a session, each with a statement that fails where the change is still there.
fn leaks(role: &str) -> Vec<(String, String)> {
    let setting = |name: &str, value: &str| refuse(&format!("current_setting('{name}', true) = '{value}'"));
    let leak = |change: &str, probe: String| (change.to_owned(), probe);
    vec![
        leak("SET search_path = nowhere;", setting("search_path", "nowhere")),
        leak("SELECT set_config('search_path', 'nowhere', false);", setting("search_path", "nowhere")),
        leak("SELECT set_config('my.own', 'x', false);", setting("my.own", "x")),
        leak("SET client_min_messages = error;", setting("client_min_messages", "error")),
        leak("SET standard_conforming_strings = off;", setting("standard_conforming_strings", "off")),
        leak("SET default_transaction_read_only = on;", setting("default_transaction_read_only", "on")),
        leak(
            "SET default_transaction_isolation = serializable;",
            setting("default_transaction_isolation", "serializable"),
        ),
        leak("SET session_replication_role = replica;", setting("session_replication_role", "replica")),
        leak("SET work_mem = '77kB';", setting("work_mem", "77kB")),
        leak(&format!("SET ROLE {role};"), refuse(&format!("current_user = '{role}'"))),
        leak(&format!("SELECT set_config('role', '{role}', false);"), refuse(&format!("current_user = '{role}'"))),
        leak(&format!("SET SESSION AUTHORIZATION {role};"), refuse(&format!("session_user = '{role}'"))),
        leak("CREATE TEMP TABLE passing ();", refuse("to_regclass('pg_temp.passing') IS NOT NULL")),
        leak("CREATE TABLE pg_temp.by_name ();", refuse("to_regclass('pg_temp.by_name') IS NOT NULL")),
        leak("LISTEN news;", refuse("EXISTS (SELECT FROM pg_listening_channels())")),
        leak("SELECT nextval('numbers');", NOTHING_DRAWN.to_owned()),
        leak("PREPARE mine AS SELECT 1;", refuse("EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'mine')")),
    ]
}

/// A role that may do nothing, named after the database so that no other test has it.
fn nobody(database: &Database) -> String {
    let role = format!("{}_nobody", database.name());
    database.execute(&format!("CREATE ROLE {role}"));
    role
}

/// A chain of each change and its probe, the changes in sections with this heading.
fn chain_of_leaks(heading: &str, leaks: &[(String, String)]) -> Project {
    let project = Project::new();
    project.revision("start", "", "-- [up]\nCREATE SEQUENCE numbers;\n");
    let mut parent = "start".to_owned();
    for (number, (change, probe)) in leaks.iter().enumerate() {
        let (leak, look) = (format!("leak{number}"), format!("probe{number}"));
        project.revision(&leak, &format!("parents: {parent}"), &format!("-- {heading}\n{change}\n"));
        project.revision(&look, &format!("parents: {leak}"), &format!("-- [up]\n{probe}\n"));
        parent = look;
    }
    project
}

#[test]
fn each_probe_finds_its_leak() {
    let database = Database::new();
    database.execute("CREATE SEQUENCE numbers");
    for (change, probe) in leaks(&nobody(&database)) {
        let mut session = database.client();
        session.batch_execute(&probe).expect("a new session has no leak");
        session.batch_execute(&change).expect(&change);
        let error = session.batch_execute(&probe).expect_err(&change);
        assert_eq!(error.as_db_error().unwrap().message(), "leaked", "{change}");
    }
}

#[test]
fn nothing_reaches_the_next_revision() {
    let database = Database::new();
    let leaks = leaks(&nobody(&database));
    let project = chain_of_leaks("[up]", &leaks);
    let out = project.ok(&database.url(), &["upgrade"]);
    assert_eq!(out.lines().filter(|line| line.starts_with("  up ")).count(), 2 * leaks.len() + 1, "all are told");
    assert_eq!(database.value("SELECT string_agg(DISTINCT applied_by, ' ') FROM revgraph.applied"), "postgres");
    assert_eq!(database.value("SELECT string_agg(DISTINCT actor, ' ') FROM revgraph.event"), "postgres");
}

#[test]
fn nothing_reaches_the_next_revision_outside_of_transactions() {
    let database = Database::new();
    let leaks = leaks(&nobody(&database));
    let project = chain_of_leaks("[up transaction=off]", &leaks);
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.applied().len(), 2 * leaks.len() + 1);
    assert_eq!(database.value("SELECT string_agg(DISTINCT applied_by, ' ') FROM revgraph.applied"), "postgres");
}

#[test]
fn a_cursor_that_is_held() {
    // It can't be declared outside of a transaction, so that it has no place in the list.
    let (project, database) = (Project::new(), Database::new());
    let declare = "DECLARE held CURSOR WITH HOLD FOR SELECT 1;";
    project.revision("r1", "", &format!("-- [up]\n{declare}\n"));
    project.revision("r2", "parents: r1", &format!("-- [up]\n{declare}\n"));
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.applied(), ["r1", "r2"]);
}

#[test]
fn a_verification_sees_none_of_it() {
    let (project, database) = (Project::new(), Database::new());
    let role = nobody(&database);
    let sections = format!(
        "-- [up]\nCREATE TABLE t (id int);\nSET LOCAL search_path = nowhere;\nSET LOCAL ROLE {role};\n\
         -- [verify]\nSELECT id FROM t;\nSELECT current_user <> '{role}' AS ok;\n"
    );
    project.revision("r1", "", &sections);
    project.ok(&database.url(), &["upgrade"]);
}

#[test]
fn letting_all_prepared_statements_go_harms_nothing() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(4);
    project.revision(
        "r0002",
        "parents: r0001",
        "-- [up]\nDEALLOCATE ALL;\n-- [down]\nDO 'BEGIN EXECUTE $$deallocate all$$; END';\n",
    );
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.applied(), ["r0001", "r0002", "r0003", "r0004"]);
    project.ok(&database.url(), &["downgrade", "base"]);
    assert!(database.applied().is_empty());
}

#[test]
fn a_revision_may_let_all_locks_go() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(3);
    project.revision("r0002", "parents: r0001", "-- [up]\nSELECT pg_advisory_unlock_all();\n");
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.applied().len(), 3);
}

#[test]
fn a_ledger_by_another_name() {
    let (project, database) = (Project::new(), Database::new());
    project.write("revgraph.toml", "ledger_schema = \"Odd \\\"name' %s\"\n");
    project.chain(2);
    project.revision(
        "r0003",
        "parents: r0002",
        "-- [up transaction=off]\nSELECT 1;\n-- [down]\n-- [verify]\nSELECT 1 WHERE false;\n",
    );
    let url = database.url();
    project.ok(&url, &["upgrade"]);
    assert!(project.ok(&url, &["current"]).starts_with("r0003"));
    assert_eq!(project.ok(&url, &["log"]).lines().count(), 3);
    project.ok(&url, &["check"]);
    project.ok(&url, &["downgrade", "-1"]);
    project.ok(&url, &["stamp", "r0001"]);
    project.ok(&url, &["upgrade", "--sql"]);
    let schemas = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public)'";
    assert_eq!(database.rows(schemas), ["Odd \"name' %s"]);
}

/// A role that may log in and make schemas here, and its connection string.
fn deployer(database: &Database) -> (String, String) {
    let role = format!("{}_deployer", database.name());
    database.execute(&format!(
        "CREATE ROLE {role} LOGIN; GRANT CREATE ON DATABASE {} TO {role}; GRANT CREATE ON SCHEMA public TO {role}",
        database.name()
    ));
    let url = database.url().replace("//postgres@", &format!("//{role}@"));
    (role, url)
}

#[test]
fn a_role_with_few_rights() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(2);
    let (role, url) = deployer(&database);
    database.execute(&format!("REVOKE CREATE ON DATABASE {} FROM {role}", database.name()));
    let said = project.run_on(&url, &["upgrade"]);
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.complaint().replace(database.name(), "DATABASE"), @"
    error: the ledger's tables can't be made: permission denied for database DATABASE
    help: grant the role CREATE on the database, or make the ledger's schema and grant it USAGE and CREATE on that
    ");
    // Within a transaction that is rolled back it is the same.
    project.revision(
        "r0003",
        "parents: r0002",
        "-- [up]\nCREATE TABLE t3 ();\n-- [retire]\ntable t3\n-- [down]\nDROP TABLE t3;\n",
    );
    let said = project.run_on(&url, &["upgrade", "--dry-run"]);
    assert!(said.err.contains("permission denied for database"), "{said}");
    database.execute(&format!("GRANT CREATE ON DATABASE {} TO {role}", database.name()));
    project.ok(&url, &["upgrade"]);
    assert_eq!(database.value("SELECT DISTINCT applied_by FROM revgraph.applied"), role);
    project.ok(&url, &["downgrade", "base"]);
    // What it made is its own: nobody else reads the ledger.
    let stranger = nobody(&database);
    database.execute(&format!("ALTER ROLE {stranger} LOGIN"));
    let said = project.run_on(&database.url().replace("//postgres@", &format!("//{stranger}@")), &["current"]);
    insta::assert_snapshot!(said.complaint(), @"
    error: the ledger can't be read: permission denied for schema revgraph
    help: the role lacks USAGE or CREATE on that schema: its owner grants it
    ");
    assert_eq!(said.code, 1);
}

/// Whoever may not make schemas can have a ledger in one that is there, and have it brought up to date.
#[test]
fn a_schema_that_is_there_takes_no_right_to_make_one() {
    for by_owner in [true, false] {
        let (project, database) = (Project::new(), Database::new());
        project.chain(2);
        project.revision(
            "r0003",
            "parents: r0002",
            "-- [up]\nCREATE TABLE t3 ();\n-- [retire]\ntable t3\n-- [down]\nDROP TABLE t3;\n",
        );
        let (role, url) = deployer(&database);
        database.execute(&format!("REVOKE CREATE ON DATABASE {} FROM {role}", database.name()));
        database.execute(&match by_owner {
            true => format!("CREATE SCHEMA revgraph AUTHORIZATION {role}"),
            false => format!("CREATE SCHEMA revgraph; GRANT USAGE, CREATE ON SCHEMA revgraph TO {role}"),
        });
        project.ok(&url, &["upgrade", "--dry-run"]);
        let said = project.run_on(&url, &["upgrade", "r0002"]);
        assert_eq!((said.code, said.complaint()), (0, String::new()), "{said}");
        database.make_ledger_older();
        project.ok(&url, &["upgrade", "--dry-run"]);
        project.ok(&url, &["upgrade"]);
        assert_eq!(database.value("SELECT max(version) > 2 FROM revgraph.schema_history"), "t");
        project.ok(&url, &["downgrade", "base"]);
    }
}

/// What is missing is said, whatever it is.
#[test]
fn a_ledger_of_somebody_else_is_not_brought_up_to_date() {
    let (project, database) = (Project::new(), Database::new());
    project.chain(2);
    project.ok(&database.url(), &["upgrade", "r0001"]);
    let (role, url) = deployer(&database);
    database.execute(&format!(
        "GRANT USAGE, CREATE ON SCHEMA revgraph TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA revgraph TO {role}; \
         GRANT ALL ON ALL FUNCTIONS IN SCHEMA revgraph TO {role}"
    ));
    database.make_ledger_of_version_4();
    insta::assert_snapshot!(project.run_on(&url, &["upgrade"]).complaint(), @"
    error: the ledger's tables can't be made: must be owner of function revgraph.undo_retire
    help: only its owner may, or a member of the role that is: run it as one of them
    ");
}

#[test]
fn settings_of_the_role_hold_for_its_revisions_and_not_for_the_ledger() {
    let (project, database) = (Project::new(), Database::new());
    let (role, url) = deployer(&database);
    database.execute(&format!("CREATE SCHEMA app AUTHORIZATION {role}"));
    for setting in ["client_min_messages = error", "search_path = app", "default_transaction_read_only = on"] {
        database.execute(&format!("ALTER ROLE {role} IN DATABASE {} SET {setting}", database.name()));
    }
    project.chain(2);
    project.revision(
        "r0003",
        "parents: r0002",
        "-- [up transaction=off]\nVACUUM t1;\nCREATE TABLE t3 ();\n-- [down]\n-- [verify]\nSELECT id FROM t1;\n",
    );
    let out = project.ok(&url, &["upgrade"]);
    assert_eq!(out.lines().filter(|line| line.starts_with("  up ")).count(), 3, "{out}");
    assert_eq!(database.rows("SELECT schemaname FROM pg_tables WHERE tablename ~ '^t[123]$'"), ["app"; 3]);
    project.ok(&url, &["upgrade", "--dry-run"]);
    project.ok(&url, &["stamp", "r0002"]);
    project.ok(&url, &["downgrade", "base"]);
}

#[test]
fn names_like_ours_in_other_schemas() {
    let (project, database) = (Project::new(), Database::new());
    // With pg_catalog named last, everything here goes before PostgreSQL's own.
    let trap = "LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;";
    let mut traps = format!("ALTER DATABASE {} SET search_path = public, pg_catalog;\n", database.name());
    for function in [
        "clock_timestamp() RETURNS timestamptz",
        "pg_current_xact_id() RETURNS xid8",
        "pg_try_advisory_lock(bigint) RETURNS boolean",
        "array_to_string(text[], text) RETURNS text",
        "to_char(timestamp, text) RETURNS text",
        "to_jsonb(record) RETURNS jsonb",
        "count() RETURNS bigint",
        "progress(text, text, text) RETURNS void",
        "verify(text, integer, text) RETURNS void",
        "format(text, text) RETURNS text",
        "same(text, text) RETURNS boolean",
        "same(bigint, bigint) RETURNS boolean",
        "same(xid, xid) RETURNS boolean",
        "sum(bigint, integer) RETURNS bigint",
        "minus(timestamptz, timestamptz) RETURNS interval",
    ] {
        traps += &format!("CREATE FUNCTION public.{function} {trap}\n");
    }
    for kind in ["text", "bigint", "xid"] {
        traps += &format!("CREATE OPERATOR public.= (LEFTARG = {kind}, RIGHTARG = {kind}, FUNCTION = public.same);\n");
    }
    traps += "CREATE OPERATOR public.+ (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = public.sum);\n\
              CREATE OPERATOR public.- (LEFTARG = timestamptz, RIGHTARG = timestamptz, FUNCTION = public.minus);\n\
              CREATE TABLE applied (); CREATE TABLE event (); CREATE TABLE state (); CREATE TABLE unfinished ();\n";
    database.execute(&traps);
    project.chain(2);
    project.revision(
        "r0003",
        "parents: r0002",
        "-- [up transaction=off]\nCREATE TABLE t3 ();\n-- [down]\nDROP TABLE t3;\n-- [verify]\nSELECT id FROM t1;\n",
    );
    let url = database.url();
    project.ok(&url, &["upgrade"]);
    project.ok(&url, &["current"]);
    project.ok(&url, &["log"]);
    project.ok(&url, &["downgrade", "-1"]);
    project.ok(&url, &["stamp", "r0003"]);
    project.write("revisions/r0003.sql", "-- revision: r0003\n-- parents: r0002\n-- [up]\nSELECT 1;\n-- [down]\n");
    assert!(project.run_on(&url, &["check"]).out.contains("+SELECT 1;"), "the text that ran is read");
}

#[test]
fn a_setting_that_nobody_saw_stays_where_it_was_made() {
    // Here a backslash escapes, and what looks like a comment on a table is more.
    let (project, database) = (Project::new(), Database::new());
    database.execute(&format!("ALTER DATABASE {} SET standard_conforming_strings = off", database.name()));
    project.revision("table", "", "-- [up]\nCREATE TABLE half ();\n");
    let comment = "COMMENT ON TABLE half IS '\\' '; SET work_mem = 77; SELECT ';\n-- '\n;";
    project.revision("comment", "parents: table", &format!("-- [up]\n{comment}\n"));
    let probe = refuse("current_setting('work_mem') = '77kB'");
    project.revision("probe", "parents: comment", &format!("-- [up]\n{probe}\n"));
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.value("SELECT obj_description('half'::regclass)"), "' ");
}
