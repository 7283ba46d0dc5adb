//! What the tables hold.

use insta::assert_snapshot;

use super::Pair;
use crate::harness::Database;

/// Values that are printed in more than one way.
const TYPES: &str = "\
CREATE TABLE kinds (f float8, r real, n numeric, j json, b jsonb, t timestamptz, d date, i interval, y bytea, m money,
    x xml, a text[], u uuid, z text);
INSERT INTO kinds VALUES (0.1 + 0.2, 1.1, 1.10, '{\"a\" : 1}', '{\"b\": 1, \"a\": 2}', '2026-01-02 03:04:05+00',
    '2026-02-03', '1 year 2 days', '\\x00ff', 12.5, '<a/>', '{1,NULL,\"a b\"}',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', NULL);
";

#[test]
fn neither_order_nor_settings_count() {
    let pair = Pair::new(
        &format!(
            "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, NULL), (2, NULL), (3, '');{TYPES}"
        ),
        &format!(
            "CREATE TABLE t (b text, a int); INSERT INTO t VALUES ('', 3), (NULL, 2), ('x', 1), (NULL, 2);{TYPES}"
        ),
    );
    pair.after.execute(&format!(
        "ALTER DATABASE {0} SET DateStyle = 'SQL, DMY'; ALTER DATABASE {0} SET TimeZone = 'Asia/Tokyo';
         ALTER DATABASE {0} SET IntervalStyle = 'sql_standard'; ALTER DATABASE {0} SET bytea_output = 'escape';
         ALTER DATABASE {0} SET extra_float_digits = -3; ALTER DATABASE {0} SET search_path = nowhere;
         ALTER DATABASE {0} SET quote_all_identifiers = on;",
        pair.after.name()
    ));
    let rows = &pair.json(&["--data", "--ignore", "column-order,database"])["rows"];
    assert_eq!(rows["tables"], serde_json::json!({}));
}

#[test]
fn an_index_may_call_what_is_not_named_in_full() {
    // PostgreSQL puts the body of `plain` into the index's expression when it plans, and finds `bare` by the path.
    let make = |number: u32| {
        format!(
            "CREATE FUNCTION bare(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN lower($1); END $$;
             CREATE FUNCTION plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT bare($1)';
             CREATE FUNCTION concat_ws(text, numeric, numeric) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
             CREATE SCHEMA other; CREATE TABLE other.t ();
             CREATE TABLE t (a text, b regclass); CREATE INDEX ON t (plain(a));
             CREATE TABLE u (a text, b regclass); CREATE INDEX ON u (a) WHERE plain(a) = 'x';
             CREATE TABLE v (a text, b regclass); CREATE STATISTICS s ON (plain(a)), b FROM v;
             INSERT INTO t VALUES ('a', 't'), ('b', 'pg_class'); INSERT INTO u TABLE t; INSERT INTO v TABLE t;
             UPDATE t SET a = '{number}' WHERE a = 'a';"
        )
    };
    let pair = Pair::new(&make(1), &make(2));
    // The printed names depend on the path, and the digests don't.
    pair.after.execute(&format!("ALTER DATABASE {} SET search_path = other, public", pair.after.name()));
    let tables = |option: &str| pair.json(&[option, "--ignore", "database"])["rows"]["tables"].clone();
    assert_eq!(tables("--data").as_object().unwrap().keys().collect::<Vec<_>>(), ["public.t"]);
    assert_eq!(tables("--counts"), serde_json::json!({}));
}

/// Whether the rows of a table are told apart.
fn differ(table: &str, before: &str, after: &str) -> bool {
    let make = |rows: &str| format!("CREATE TABLE t ({table}); INSERT INTO t VALUES {rows};");
    let found = Pair::new(&make(before), &make(after)).json(&["--data"]);
    found["rows"]["tables"]["public.t"].is_object()
}

#[test]
fn rows_that_differ_are_told_apart() {
    assert!(!differ("a int, b text", "(1, 'x'), (2, 'y')", "(2, 'y'), (1, 'x')"));
    // The same values in other rows.
    assert!(differ("a int, b text", "(1, 'x'), (2, 'y')", "(1, 'y'), (2, 'x')"));
    // As many rows, of the same values, but not as often.
    assert!(differ("a int", "(1), (1), (2)", "(1), (2), (2)"));
    // Nothing, and something that looks like it.
    assert!(differ("a text", "(NULL)", "('')"));
    assert!(differ("a text, b text", "('x,', 'y')", "('x', ',y')"));
    assert!(differ("a float8", "(0.1::float8 + 0.2)", "(0.3)"));
}

#[test]
fn the_rows_of_all_kinds_of_tables() {
    let common = "\
CREATE TABLE \"odd, name\" (\"a \"\"b\" int);
CREATE TABLE nothing ();
CREATE TABLE parted (k int) PARTITION BY LIST (k);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parent (a int);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE made (a int, b int GENERATED ALWAYS AS (a * 2) STORED, id int GENERATED ALWAYS AS IDENTITY);
CREATE TABLE same (a int); INSERT INTO same VALUES (1);
CREATE SEQUENCE counted;
SELECT lo_create(4711);
";
    let pair = Pair::new(
        common,
        &format!(
            "{common} INSERT INTO \"odd, name\" VALUES (1); INSERT INTO nothing DEFAULT VALUES; INSERT INTO parted VALUES (1);
             INSERT INTO child VALUES (1); INSERT INTO made (a) VALUES (1), (2); SELECT nextval('counted');
             SELECT lo_put(4711, 0, 'x'); CREATE TABLE new (a int); INSERT INTO new VALUES (1);"
        ),
    );
    assert_snapshot!(pair.diff(&["--data"]), @r#"
    --- A
    +++ B
    schema public
      + table new
        + column a  integer
    rows
      ~ pg_catalog.pg_largeobject: 1 row, but not the same
      ~ public."odd, name": 0 rows → 1 row
      ~ public.child: 0 rows → 1 row
      ~ public.made: 0 rows → 2 rows
      + public.new: 1 row
      ~ public.nothing: 0 rows → 1 row
      ~ public.parted_1: 0 rows → 1 row
      ~ public.counted: before 1 → after 1
      ~ public.made_id_seq: before 1 → after 2
    2 added, 7 with other rows, 2 at another position
    --- exit code 3
    "#);
    assert_snapshot!(pair.diff(&["--counts", "--schema", "public"]), @r#"
    --- A
    +++ B
    schema public
      + table new
        + column a  integer
    rows
      ~ public."odd, name": 0 rows → 1 row
      ~ public.child: 0 rows → 1 row
      ~ public.made: 0 rows → 2 rows
      + public.new: 1 row
      ~ public.nothing: 0 rows → 1 row
      ~ public.parted_1: 0 rows → 1 row
      ~ public.counted: before 1 → after 1
      ~ public.made_id_seq: before 1 → after 2
    2 added, 6 with other rows, 2 at another position
    --- exit code 3
    "#);
}

#[test]
fn rows_that_a_policy_hides_are_no_equal_rows() {
    let secret = "CREATE TABLE t (a int); INSERT INTO t VALUES (1); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
        DO $$ BEGIN CREATE ROLE diff_seer LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$;
        GRANT SELECT ON t TO diff_seer;";
    let pair = Pair::new(secret, secret);
    let as_seer = |database: &Database| database.url().replace("postgres@", "diff_seer@");
    let said = pair.project.run(&["diff", &as_seer(&pair.before), &as_seer(&pair.after), "--data"]);
    assert_snapshot!(said, @r#"
    --- standard error
    error: the rows can't be read: query would be affected by row-level security policy for table "t"
    help: the role doesn't see all rows: the table's owner does, and a role with BYPASSRLS
    --- exit code 1
    "#);
}

#[test]
fn foreign_rows_are_not_read_and_that_is_told() {
    let foreign = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w;
        CREATE FOREIGN TABLE away (a int) SERVER far;";
    let pair = Pair::new(foreign, foreign);
    assert_snapshot!(pair.diff(&["--data"]), @"
    not compared
      rows of foreign table public.away  both have one, in pg_foreign_table
    no difference in what was compared
    --- exit code 0
    ");
}
