//! What a chain changes around its objects: the database, the schema `public`, privileges, roles.

use super::{chain, dump, files, squash};
use crate::harness::Database;

const SETTINGS: &str = "DO $$ BEGIN \
    EXECUTE format('ALTER DATABASE %I SET work_mem TO ''8MB''', current_database()); \
    EXECUTE format('ALTER DATABASE %I SET search_path TO app, \"$user\", public', current_database()); \
    EXECUTE format('ALTER DATABASE %I SET my.own TO ''it''''s 50%%''', current_database()); \
    EXECUTE format('COMMENT ON DATABASE %I IS ''it''''s 50%%''', current_database()); \
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database()); \
    EXECUTE format('GRANT CREATE ON DATABASE %I TO pg_monitor WITH GRANT OPTION', current_database()); END $$;";

#[test]
fn settings_comment_and_privileges_of_the_database() {
    let squashed = squash(&["CREATE TABLE t (id int);", SETTINGS], &[]).same();
    let of_database = "FROM pg_database d WHERE datname = current_database()";
    assert_eq!(squashed.value(&format!("SELECT shobj_description(oid, 'pg_database') {of_database}")), "it's 50%");
    squashed.value(&format!("SELECT datacl {of_database}"));
    let settings = format!(
        "SELECT string_agg(setconfig::text, '; ') FROM pg_db_role_setting WHERE setdatabase = (SELECT oid {of_database})"
    );
    assert_eq!(squashed.value(&settings), r#"{work_mem=8MB,"search_path=app, \"$user\", public","my.own=it's 50%"}"#);
    squashed.project.ok(&squashed.baseline.url(), &["downgrade", "base", "--yes"]);
    let empty = Database::new();
    for what in [&settings, &format!("SELECT shobj_description(oid, 'pg_database') {of_database}")] {
        assert_eq!(squashed.baseline.value(what), empty.value(what));
    }
}

#[test]
fn the_schema_public_made_anew() {
    let squashed = squash(
        &[
            "DROP SCHEMA public; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO pg_monitor;",
            "CREATE TABLE t (id int);",
        ],
        &[],
    )
    .same();
    squashed.value("SELECT nspowner::regrole || nspacl::text FROM pg_namespace WHERE nspname = 'public'");
}

#[test]
fn the_schema_public_dropped() {
    squash(&["DROP SCHEMA public; CREATE SCHEMA app;", "CREATE TABLE app.t (id int);"], &[]).same();
}

#[test]
fn owners_are_kept_but_for_who_deploys() {
    let squashed = squash(
        &[
            "CREATE TABLE mine (id int); CREATE TABLE theirs (id int); ALTER TABLE theirs OWNER TO pg_monitor;",
            "GRANT SELECT ON mine TO pg_monitor; REVOKE ALL ON mine FROM postgres; GRANT SELECT, INSERT ON mine TO postgres; \
             ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;",
        ],
        &[],
    )
    .same();
    assert!(!squashed.text().contains("postgres"), "whoever deploys may be called otherwise: {}", squashed.text());
}

#[test]
fn roles_belong_to_the_server() {
    let ups = ["CREATE ROLE squash_app; CREATE TABLE t (id int);", "GRANT SELECT ON t TO squash_app;"];
    let project = chain(&ups);
    let database = Database::new();
    let arguments = ["squash", "--scratch", "programs", "--id", "b"];
    let said = project.run_on(&database.url(), &[&arguments[..], &["--mode", "snapshot"]].concat());
    insta::assert_snapshot!(said.complaint(), @r"
    error: no snapshot can be made: r1 has a statement about roles, which pg_dump leaves out: it belongs to the whole server
    help: --mode concat puts the revisions' own SQL together
    ");
    assert_eq!(files(&project, "archive"), [""; 0], "nothing was touched");
    let said = project.run_on(&database.url(), &arguments);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.out.contains("put together: r1 has a statement about roles"), "{said}");
}

#[test]
fn everything_at_once() {
    let squashed = squash(
        &[
            "CREATE EXTENSION postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'x'); \
             CREATE USER MAPPING FOR postgres SERVER s OPTIONS (user 'u'); CREATE USER MAPPING FOR PUBLIC SERVER s; \
             CREATE FOREIGN TABLE remote (id int) SERVER s;",
            "CREATE TABLE t (id int PRIMARY KEY, v tsvector); CREATE STATISTICS st ON id, v FROM t; CREATE PUBLICATION pub FOR TABLE t; \
             ALTER TABLE t REPLICA IDENTITY FULL; ALTER TABLE t CLUSTER ON t_pkey; ALTER TABLE t SET (fillfactor = 70); \
             ALTER TABLE t ALTER id SET STATISTICS 7, ALTER v SET STORAGE EXTERNAL; CREATE UNLOGGED TABLE u () INHERITS (t);",
            "CREATE FUNCTION plus(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 + $2'; \
             CREATE AGGREGATE total (int) (sfunc = plus, stype = int, initcond = '0'); \
             CREATE OPERATOR <+> (leftarg = int, rightarg = int, function = plus, commutator = <+>); \
             CREATE CAST (text AS point) WITH INOUT; CREATE COLLATION c (locale = 'C'); \
             CREATE TYPE pair AS (a int, b text); CREATE TYPE span AS RANGE (subtype = float8); \
             CREATE DOMAIN positive AS int CHECK (VALUE > 0) DEFAULT 1;",
            "CREATE TEXT SEARCH CONFIGURATION mine (copy = simple); CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN NULL; END'; \
             CREATE VIEW v WITH (security_barrier) AS SELECT id FROM t; CREATE RULE r AS ON INSERT TO v DO INSTEAD (SELECT 1; SELECT 2); \
             CREATE FUNCTION uses_v() RETURNS SETOF v LANGUAGE sql AS 'SELECT id FROM public.v'; CREATE OR REPLACE VIEW v AS SELECT id FROM uses_v(); \
             CREATE FUNCTION atomic(int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN $1 > 0 THEN 2 END; END;",
        ],
        &[],
    )
    .same();
    squashed.project.ok(&squashed.baseline.url(), &["downgrade", "base", "--yes"]);
    // No way down drops it: it may have been there before.
    squashed.baseline.execute("DROP EXTENSION postgres_fdw");
    assert_eq!(dump(&squashed.baseline), dump(&Database::new()));
}
