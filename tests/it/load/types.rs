//! What is loaded is what was there, of whatever type.

use super::{Pair, digest};

#[test]
fn values_of_all_kinds_are_what_they_were() {
    let columns = "id bigint, amount numeric(20,6), text text, short varchar(12), code char(4), doc jsonb, json json, \
                   at timestamptz, local timestamp, day date, span interval, tags text[], matrix int[], bytes bytea, \
                   uuid uuid, flag boolean, ratio double precision, address inet, range int4range, mood mood, \
                   level positive, bits bit varying, xml xml";
    let types =
        "CREATE TYPE mood AS ENUM ('sad', 'a \"b\"', 'glücklich'); CREATE DOMAIN positive AS int CHECK (VALUE > 0);";
    let rows = "INSERT INTO s VALUES
        (1, 12345678901234.000001, E'two\\nlines\\t\\\\ \\\\. and ü', 'varchar', 'c', '{\"a\": [1, null, \"x\"]}', '{\"b\":  1}',
         '2024-02-29 12:34:56.789012+02', '1066-10-14 09:00:00', '0044-03-15 BC', '1 year 2 days -3.5 seconds',
         ARRAY['a', NULL, '{\"', ''], ARRAY[[1, 2], [3, 4]], '\\x00ff5c2e', '00010203-0405-0607-0809-0a0b0c0d0e0f', true,
         'NaN', '10.0.0.0/8', '[1,5)', 'glücklich', 7, B'10110', '<a>b</a>'),
        (2, 'NaN', '', '', '', 'null', '[]', 'infinity', '-infinity', 'infinity', '0', '{}', '{}', '', NULL, false,
         '-Infinity', '::1', 'empty', 'a \"b\"', 1, B'', NULL),
        (3, -0.000001, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
         NULL, NULL, NULL, NULL)";
    let pair = Pair::new(
        &format!("{types} CREATE TABLE s ({columns}); {rows}"),
        &format!(
            "{types} CREATE TABLE t ({columns}, twice bigint GENERATED ALWAYS AS (2 * id) STORED, number bigint \
                  GENERATED ALWAYS AS IDENTITY, note text DEFAULT 'new');"
        ),
        "-- [load from=v1 into=public.t]\nTABLE s;",
    );
    pair.loads();
    let names = "id, amount, text, short, code, doc, json::text, at, local, day, span, tags, matrix, bytes, uuid, flag, ratio, \
                 address, range, mood, level, bits, xml::text";
    assert_eq!(
        pair.target.rows(&format!("SELECT {names} FROM t ORDER BY id")),
        pair.source.rows(&format!("SELECT {names} FROM s ORDER BY id")),
    );
    assert_eq!(pair.target.rows("SELECT twice, number, note FROM t ORDER BY id"), ["2 1 new", "4 2 new", "6 3 new"]);
}

#[test]
fn texts_and_enums_are_one_form() {
    let pair = Pair::new(
        "CREATE TYPE size AS ENUM ('small', 'large'); CREATE TABLE s (a size, b varchar, c text, d char(3)); \
         INSERT INTO s VALUES ('large', 'small', 'large', 'abc')",
        "CREATE TYPE \"Size\" AS ENUM ('large', 'small'); CREATE TABLE t (a \"Size\", b \"Size\", c varchar(9), d text);",
        "-- [load from=v1 into=t]\nTABLE s;",
    );
    pair.loads();
    assert_eq!(pair.target.rows("SELECT * FROM t"), ["large small large abc"]);
}

#[test]
fn names_are_names_as_sql_has_them() {
    let pair = Pair::new(
        "CREATE TABLE \"Teacher\" (\"Teacher Id\" bigint, \"select\" text); INSERT INTO \"Teacher\" VALUES (1, 'a'), (2, 'b')",
        "CREATE SCHEMA \"V 2\"; CREATE TABLE t (); CREATE SCHEMA v2; \
         CREATE TABLE v2.\"User\" (\"Key\" bigint, \"select\" text);",
        "-- [load from=v1 into=v2.\"User\" key=\"Key\"]\nSELECT \"Teacher Id\" AS \"Key\", \"select\" FROM \"Teacher\";",
    );
    pair.loads();
    assert_eq!(pair.target.rows("SELECT * FROM v2.\"User\" ORDER BY 1"), ["1 a", "2 b"]);
}

#[test]
fn large_rows_end_a_chunk_too() {
    // 70 rows of 2 MB: more than the 64 MiB that a chunk may have.
    let pair = Pair::new(
        "CREATE TABLE s AS SELECT id, repeat(md5(id::text), 65536) AS body FROM generate_series(1, 70) AS id",
        "CREATE TABLE t (id int, body text);",
        "-- [load from=v1 into=t key=id]\nTABLE s;",
    );
    pair.loads();
    assert_eq!(digest(&pair.target, "TABLE t"), digest(&pair.source, "TABLE s"));
    assert_eq!(pair.target.value("SELECT count(DISTINCT xmin::text) FROM t"), "3");
}

#[test]
fn keys_of_every_type_that_may_be_one() {
    for (kind, value) in [
        ("smallint", "(n - 30000)::smallint"),
        ("integer", "n * 1000"),
        ("bigint", "n * 100000000000 - 2000000000000000"),
        ("uuid", "md5(n::text)::uuid"),
        ("text", "'k' || n"),
        ("varchar(9)", "chr(97 + n % 26) || n"),
    ] {
        let pair = Pair::new(
            &format!(
                "CREATE TABLE s (k {kind}, n int); INSERT INTO s SELECT {value}, n FROM generate_series(1, 60000) AS n"
            ),
            &format!("CREATE TABLE t (k {kind} PRIMARY KEY, n int);"),
            "-- [load from=v1 into=t key=k]\nTABLE s;",
        );
        // It stops behind the first range, and goes on from there.
        pair.target.execute("CREATE TABLE allowed AS VALUES (50000)");
        pair.project.revision(
            "table",
            "",
            &format!(
                "-- [up]\nCREATE TABLE t (k {kind} PRIMARY KEY, n int);\n\
                 CREATE FUNCTION limited() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF (SELECT count(*) > max(column1) FROM t, allowed) THEN RAISE EXCEPTION 'full'; END IF; RETURN NULL; END $$;\n\
                 CREATE TRIGGER limited AFTER INSERT ON t EXECUTE FUNCTION limited();\n-- [down]\nDROP TABLE t;\n"
            ),
        );
        let said = pair.upgrade();
        assert!(said.code == 1 && said.err.contains("full"), "{kind}: {said}");
        assert_eq!(pair.target.value("SELECT count(*) FROM t"), "50000");
        pair.target.execute("UPDATE allowed SET column1 = 60000");
        pair.loads();
        assert_eq!(digest(&pair.target, "TABLE t"), digest(&pair.source, "TABLE s"), "{kind}");
    }
}
