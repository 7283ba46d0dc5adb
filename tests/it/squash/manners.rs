//! What revisions say beside what they build, and what they take for granted.

use super::{chain, dump, project, squash, text_of};
use crate::harness::{Database, Project};

const DOWN: &str = "\n-- [down]\n";

/// A chain of two, the headers of which have these lines more.
fn with_headers(headers: [&str; 2]) -> Project {
    let project = project(&[]);
    let sections = |name| format!("-- [up]\nCREATE TABLE {name} (id int);\n{DOWN}DROP TABLE {name};\n");
    project.revision("r1", headers[0], &sections("a"));
    project.revision("r2", &format!("parents: r1\n{}", headers[1]), &sections("b"));
    project
}

#[test]
fn one_phrase_is_carried_over() {
    let (project, database) = (with_headers(["confirm: LOSE  IT", "confirm: LOSE  IT"]), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--mode", "concat"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(text_of(&project).contains("-- confirm:    LOSE  IT\n"), "{}", text_of(&project));
}

#[test]
fn two_phrases_are_refused() {
    let (project, database) = (with_headers(["confirm: LOSE A", "confirm: LOSE B"]), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--mode", "concat"]);
    insta::assert_snapshot!(said.complaint(), @r"
    error: their `confirm:` is not the same: `LOSE A` of r1, `LOSE B` of r2, and a baseline has one phrase
    help: squash those that agree, or take one phrase for all of them first: a header is in no checksum
    ");
}

#[test]
fn a_snapshot_says_which_phrases_went() {
    let (project, database) = (with_headers(["confirm: LOSE A", "confirm: LOSE B"]), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--format", "json"]);
    assert_eq!(said.code, 0, "{said}");
    let left_out = serde_json::json!(["confirm of r1: LOSE A", "confirm of r2: LOSE B"]);
    assert_eq!(said.json()["proof"]["left_out"], left_out);
}

#[test]
fn a_snapshot_says_that_a_member_was_irreversible() {
    let database = Database::new();
    let project = project(&["-- [up]\nCREATE TABLE a (id int);\n"]);
    project.revision("r2", "parents: r1\nirreversible: the mail is sent", "-- [up]\nCREATE TABLE b (id int);\n");
    let said = project.run_on(&database.url(), &["squash", "--id", "b"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.out.contains("left out     r2 is irreversible, the baseline is not: the mail is sent\n"), "{said}");
    assert!(text_of(&project).contains("-- [down]\n-- r2 is irreversible: the mail is sent\nDROP TABLE"));
}

#[test]
fn verify_that_no_longer_holds_is_named() {
    let database = Database::new();
    let project = project(&[
        "-- [up]\nCREATE TABLE a (id int);\n\n-- [verify]\nSELECT FROM a\nWHERE id = 1;\n",
        "-- [up]\nINSERT INTO a VALUES (1);\n",
    ]);
    let said = project.run_on(&database.url(), &["squash", "--id", "b"]);
    assert!(said.out.contains("left out     [verify], which no longer holds: SELECT FROM a WHERE id = 1\n"), "{said}");
}

#[test]
fn an_extension_that_no_way_down_drops_may_be_somebody_elses() {
    let database = Database::new();
    let project = project(&[
        "-- [up]\nCREATE SCHEMA IF NOT EXISTS ext;\nCREATE EXTENSION IF NOT EXISTS citext SCHEMA ext;\n",
        "-- [up]\nCREATE EXTENSION hstore;\nCREATE TABLE t (name ext.citext);\n\n-- [down]\nDROP TABLE t;\nDROP EXTENSION hstore;\n",
    ]);
    let said = project.run_on(&database.url(), &["squash", "--id", "b"]);
    assert_eq!(said.code, 0, "{said}");
    let kept = "way down     exact, but for the extension citext, the schema ext, which no revision drops\n";
    assert!(said.out.contains(kept), "{said}");
    database.execute("CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext");
    let before = dump(&database);
    project.ok(&database.url(), &["upgrade"]);
    project.ok(&database.url(), &["downgrade", "base", "--yes"]);
    assert_eq!(dump(&database), before);
}

#[test]
fn a_schema_that_may_be_there_stays_so() {
    let squashed =
        squash(&["CREATE SCHEMA IF NOT EXISTS app;", "CREATE SCHEMA own; CREATE TABLE app.t (id int);"], &[]);
    assert!(squashed.up().contains("CREATE SCHEMA IF NOT EXISTS app;\n"), "{}", squashed.up());
    assert!(squashed.up().contains("CREATE SCHEMA own;\n"), "{}", squashed.up());
    let occupied = Database::new();
    occupied.execute("CREATE SCHEMA app; CREATE TABLE app.other ()");
    squashed.project.ok(&occupied.url(), &["upgrade"]);
    squashed.project.ok(&occupied.url(), &["downgrade", "base", "--yes"]);
    assert_eq!(occupied.value("SELECT count(*) FROM pg_class WHERE relname = 'other'"), "1");
}

#[test]
fn what_pg_dump_can_not_say_comes_from_the_revisions() {
    let ups = [
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a);",
        "ALTER TABLE b DISABLE TRIGGER ALL;",
    ];
    let squashed = squash(&ups, &[]);
    let reason = "put together: the revisions switch triggers of b that PostgreSQL has made for a constraint";
    assert!(squashed.said.out.contains(reason), "{}", squashed.said);
    assert_eq!(
        squashed.value("SELECT string_agg(DISTINCT tgenabled::text, '') FROM pg_trigger WHERE tgrelid = 'b'::regclass"),
        "D"
    );
}

#[test]
fn a_snapshot_that_does_not_run_gives_way() {
    // The function is called while rows come in, and finds nothing of what is to come after it.
    let ups = [
        "CREATE TABLE known (id int PRIMARY KEY); INSERT INTO known VALUES (1); \
         CREATE FUNCTION is_known(int) RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM public.known WHERE id = $1)';",
        "CREATE TABLE before (id int CHECK (is_known(id))); INSERT INTO before VALUES (1);",
    ];
    let squashed = squash(&ups, &[]);
    assert!(
        squashed.said.out.contains("put together: no snapshot will do, as the baseline does not run: "),
        "{}",
        squashed.said
    );
    let project = chain(&ups);
    let said = project.run_on(&squashed.chain.url(), &["squash", "--id", "b", "--mode", "snapshot"]);
    assert!(said.err.contains("help: --mode concat puts the revisions' own SQL together"), "{said}");
}

#[test]
fn a_function_may_change_the_session() {
    let ups = [
        "CREATE SCHEMA app; CREATE FUNCTION settle() RETURNS void LANGUAGE sql SET client_min_messages = error \
         AS $$ SELECT pg_catalog.set_config('search_path', 'app', false) $$;",
        "SELECT settle();",
        "CREATE TABLE t (id int);",
    ];
    let squashed = squash(&ups, &["--mode", "concat"]);
    assert_eq!(squashed.value("SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = 't'"), "public");
}

#[test]
fn who_runs_the_replay_is_nobody() {
    let ups = [
        "CREATE TABLE theirs (id int); ALTER TABLE theirs OWNER TO postgres;",
        "CREATE TABLE mine (id int); ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT SELECT ON TABLES TO PUBLIC;",
    ];
    let (project, database) = (chain(&ups), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--scratch", "programs"]);
    assert_eq!(said.code, 0, "{said}");
    let text = text_of(&project);
    assert!(text.contains("ALTER TABLE public.theirs OWNER TO postgres;"), "{text}");
    assert!(text.contains("ALTER DEFAULT PRIVILEGES FOR ROLE postgres"), "{text}");
    assert!(!text.contains("deployer_") && !text.contains("mine OWNER"), "{text}");
}

#[test]
fn the_name_of_who_runs_the_replay_is_not_frozen() {
    let ups = ["CREATE TABLE t (who name);", "INSERT INTO t VALUES (current_user);"];
    let (project, database) = (chain(&ups), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--scratch", "programs"]);
    assert!(said.out.contains("put together: the revisions keep the name of the role that runs them"), "{said}");
}

#[test]
fn what_a_block_changes_of_the_server_is_seen() {
    let ups = [
        "CREATE TABLE t (id int);",
        "DO $$ BEGIN EXECUTE 'COMMENT ON ' || 'ROL' || 'E postgres IS ''theirs'''; END $$;",
    ];
    let (project, database) = (chain(&ups), Database::new());
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--scratch", "programs"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(
        said.out.contains("put together: the revisions change the role postgres, which pg_dump leaves out"),
        "{said}"
    );
    assert!(said.out.contains("not compared role postgres: changed on the server"), "{said}");
}
