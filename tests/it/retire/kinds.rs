//! What can be retired, and under which names.

use super::undated;
use crate::harness::{Database, Project};

const UP: &str = "CREATE SCHEMA app;
CREATE TABLE app.t (id serial PRIMARY KEY, a int CHECK (a > 0) UNIQUE, b text);
CREATE INDEX t_a_idx ON app.t (a);
CREATE INDEX t_a_b_idx ON app.t (a, b);
CREATE STATISTICS app.t_stat ON a, b FROM app.t;
CREATE TABLE app.events (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.events_2026 PARTITION OF app.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO app.events VALUES (1, '2026-11-21');
CREATE VIEW app.v AS SELECT a FROM app.t;
CREATE MATERIALIZED VIEW app.m AS SELECT a FROM app.t;
CREATE UNIQUE INDEX m_a_idx ON app.m (a);
CREATE SEQUENCE app.s;
CREATE TYPE app.status AS ENUM ('on', 'off');
CREATE TYPE app.pair AS (a int, b int);
CREATE DOMAIN app.\"Price\" AS numeric(10, 2) CHECK (VALUE >= 0);
CREATE TYPE app.span AS RANGE (subtype = float8);
CREATE FUNCTION app.f(a int, b app.status DEFAULT 'on') RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION app.f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE app.p() LANGUAGE sql AS '';
";

const RETIRE: &str = "-- columns before their table
column app.t.a
view app.v
materialized view app.m
sequence app.s
function app.f(integer, app.status)
procedure app.p()
type app.status
type app.pair
TYPE app.\"Price\"
type app.span
table app.events
table app.t
";

/// All names that there are in the schema.
const NAMES: &str = "
    SELECT 'relation ' || relname FROM pg_class WHERE relnamespace = 'app'::regnamespace
    UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE connamespace = 'app'::regnamespace
    UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'app'::regnamespace
    UNION ALL SELECT 'function ' || proname || '(' || oidvectortypes(proargtypes) || ')' FROM pg_proc WHERE pronamespace = 'app'::regnamespace
    UNION ALL SELECT 'statistics ' || stxname FROM pg_statistic_ext WHERE stxnamespace = 'app'::regnamespace
    UNION ALL SELECT 'column ' || attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'app'::regnamespace AND relkind = 'r' AND attnum > 0
    ORDER BY 1";

#[test]
fn every_kind_of_object() {
    let (project, database) = (Project::new(), Database::new());
    let url = database.url();
    project.revision("r1", "", &format!("-- [up]\n{UP}\n-- [down]\nDROP SCHEMA app CASCADE;\n"));
    project.revision("r2", "parents: r1", &format!("-- [retire]\n{RETIRE}"));
    project.ok(&url, &["upgrade", "r1"]);
    let before = database.rows(NAMES);
    project.ok(&url, &["upgrade"]);
    let names: Vec<String> = database.rows(NAMES).iter().map(|name| undated(name)).collect();
    insta::assert_snapshot!(names.join("\n"), @"
    column a_backup_YYYYMMDD
    column at
    column b
    column id
    column id
    constraint Price_check
    constraint events_2026_pkey_backup_YYYYMMDD
    constraint events_pkey_backup_YYYYMMDD
    constraint t_a_check_backup_YYYYMMDD
    constraint t_a_key_backup_YYYYMMDD_backup_YYYYMMDD
    constraint t_pkey_backup_YYYYMMDD
    function f(text)
    function f_backup_YYYYMMDD(integer, app.status_backup_YYYYMMDD)
    function p_backup_YYYYMMDD()
    function span_backup_YYYYMMDD(double precision, double precision)
    function span_backup_YYYYMMDD_2(double precision, double precision, text)
    function span_multirange_backup_YYYYMMDD()
    function span_multirange_backup_YYYYMMDD_2(app.span_backup_YYYYMMDD)
    function span_multirange_backup_YYYYMMDD_3(app.span_backup_YYYYMMDD[])
    relation events_2026_backup_YYYYMMDD
    relation events_2026_pkey_backup_YYYYMMDD
    relation events_backup_YYYYMMDD
    relation events_pkey_backup_YYYYMMDD
    relation m_a_idx_backup_YYYYMMDD
    relation m_backup_YYYYMMDD
    relation pair_backup_YYYYMMDD
    relation s_backup_YYYYMMDD
    relation t_a_b_idx_backup_YYYYMMDD
    relation t_a_idx_backup_YYYYMMDD_backup_YYYYMMDD
    relation t_a_key_backup_YYYYMMDD_backup_YYYYMMDD
    relation t_backup_YYYYMMDD
    relation t_id_seq_backup_YYYYMMDD
    relation t_pkey_backup_YYYYMMDD
    relation v_backup_YYYYMMDD
    statistics t_stat_backup_YYYYMMDD
    type Price_backup_YYYYMMDD
    type _Price_backup_YYYYMMDD
    type _events_2026_backup_YYYYMMDD
    type _events_backup_YYYYMMDD
    type _m_backup_YYYYMMDD
    type _pair_backup_YYYYMMDD
    type _span_backup_YYYYMMDD
    type _span_multirange_backup_YYYYMMDD
    type _status_backup_YYYYMMDD
    type _t_backup_YYYYMMDD
    type _v_backup_YYYYMMDD
    type events_2026_backup_YYYYMMDD
    type events_backup_YYYYMMDD
    type m_backup_YYYYMMDD
    type pair_backup_YYYYMMDD
    type span_backup_YYYYMMDD
    type span_multirange_backup_YYYYMMDD
    type status_backup_YYYYMMDD
    type t_backup_YYYYMMDD
    type v_backup_YYYYMMDD
    ");
    // Nothing of it is in the way of the same objects.
    database.execute(
        &UP.replace("CREATE SCHEMA app;", "")
            .replace("CREATE FUNCTION app.f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';", ""),
    );
    database.execute(
        "DROP TABLE app.t, app.events CASCADE; DROP SEQUENCE app.s; DROP FUNCTION app.f(int, app.status);
         DROP PROCEDURE app.p(); DROP TYPE app.status, app.pair, app.span; DROP DOMAIN app.\"Price\"",
    );
    project.ok(&url, &["downgrade", "r1"]);
    assert_eq!(database.rows(NAMES), before);
}
