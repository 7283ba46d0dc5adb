//! revgraph's own rules: each where it finds something, and next to that where it must not.

use super::{findings, own};

#[test]
fn missing_down() {
    assert_eq!(findings("", "-- [up]\nSELECT 1;\n", &[]), ["3:1 missing-down"]);
    assert_eq!(findings("", "-- [up]\n", &[]), ["3:1 missing-down"]);
    assert_eq!(findings("", "-- [up]\n-- [down]\n", &[]), [""; 0]);
    assert_eq!(findings("irreversible: the rows are gone, restore a backup", "-- [up]\nSELECT 1;\n", &[]), [""; 0]);
}

#[test]
fn empty_down() {
    assert_eq!(findings("", "-- [up]\nSELECT 1;\n\n-- [down]\n-- nothing\n", &[]), ["6:1 empty-down"]);
    // What is retired comes back by itself.
    assert_eq!(findings("", "-- [retire]\ntable t\n", &[]), [""; 0]);
    assert_eq!(findings("", "-- [up]\nSELECT 1;\n-- [retire]\ntable t\n-- [down]\n", &[]), ["7:1 empty-down"]);
    assert_eq!(findings("", "-- [up]\nSELECT 1;\n-- [down]\n-- [down]\nSELECT 2;\n", &[]), [""; 0]);
}

#[test]
fn thin_reason() {
    for reason in ["yes", "TODO", "n/a", "Irreversible."] {
        let found = findings(&format!("message: irreversible: yes\nirreversible:   {reason}"), "-- [up]\n", &[]);
        assert_eq!(found, ["3:20 thin-reason"], "{reason}");
    }
    assert_eq!(findings("irreversible: yes, as the column is gone", "-- [up]\n", &[]), [""; 0]);
}

#[test]
fn unconfirmed_loss() {
    for up in [
        "DROP TABLE t;",
        "TRUNCATE app.t;",
        "DELETE FROM t;",
        "ALTER TABLE t DROP COLUMN c;",
        "DROP SCHEMA s;",
        "DROP TYPE e;",
    ] {
        let found = own(up);
        assert!(matches!(&found[..], [only] if only.ends_with(" unconfirmed-loss")), "{up}: {found:?}");
        let confirmed = findings("confirm: DROP IT", &format!("-- [up]\n{up}\n-- [down]\nSELECT 1;\n"), &[]);
        assert_eq!(confirmed, [""; 0], "{up}");
    }
    for up in [
        "DELETE FROM t WHERE id = 1;",
        "DROP VIEW v;",
        "CREATE TABLE app.t (id int); DROP TABLE app.t;",
        "CREATE TABLE u (id int); ALTER TABLE u RENAME TO t; TRUNCATE t;",
        "ALTER TABLE t ADD c int; ALTER TABLE t DROP c;",
        "CREATE TEMP TABLE t AS SELECT 1; DROP TABLE t;",
        "DO $$ BEGIN DROP TABLE t; END $$;",
    ] {
        assert_eq!(own(up), [""; 0], "{up}");
    }
    // Made in another schema, it is another table.
    assert_eq!(own("CREATE TABLE a.t (id int);\nDROP TABLE b.t;"), ["5:12 unconfirmed-loss"]);
    // What was made must have been made before.
    assert_eq!(own("DROP TABLE t;\nCREATE TABLE t (id int);"), ["4:12 unconfirmed-loss"]);
}

#[test]
fn the_way_down_may_destroy() {
    let sections = "-- [up]\nCREATE TABLE t (id int);\n-- [down]\nDROP TABLE t CASCADE;\n";
    assert_eq!(findings("", sections, &[]), [""; 0]);
    assert_eq!(findings("", sections, &["--down"]), ["6:12 drop-cascade"]);
}

#[test]
fn narrowing_type() {
    assert_eq!(own("ALTER TABLE t\n  ALTER c TYPE varchar(3);"), ["5:9 narrowing-type"]);
    assert_eq!(own("ALTER TABLE t ALTER c TYPE mood USING c::text::mood;"), ["4:21 narrowing-type"]);
    assert_eq!(own("ALTER TABLE t ALTER c TYPE text;"), [""; 0]);
    assert_eq!(own("ALTER TABLE t ADD c int;\nALTER TABLE t ALTER c TYPE varchar(3);"), [""; 0]);
}

#[test]
fn whole_table_update() {
    assert_eq!(own("UPDATE t SET a = 1;"), ["4:8 whole-table-update"]);
    assert_eq!(own("CREATE TABLE t AS SELECT 1 AS a;\nUPDATE t SET a = 2;"), [""; 0]);
    assert_eq!(own("UPDATE t SET a = 1 WHERE a IS NULL;"), [""; 0]);
}

#[test]
fn drop_cascade() {
    assert_eq!(own("DROP VIEW v CASCADE;"), ["4:11 drop-cascade"]);
    assert_eq!(own("ALTER TABLE t DROP CONSTRAINT c CASCADE;"), ["4:31 drop-cascade"]);
    assert_eq!(own("CREATE TABLE t (id int REFERENCES u ON DELETE CASCADE);"), [""; 0]);
}

#[test]
fn volatile_seed() {
    for (up, expected) in [
        ("INSERT INTO t VALUES (1, now());", "4:26 volatile-seed"),
        ("INSERT INTO t SELECT gen_random_uuid();", "4:22 volatile-seed"),
        ("UPDATE t SET a = clock_timestamp() WHERE b;", "4:18 volatile-seed"),
        ("UPDATE t SET a = Current_User WHERE b;", "4:18 volatile-seed"),
        ("WITH x AS (SELECT random() AS a) INSERT INTO t SELECT a FROM x;", "4:19 volatile-seed"),
    ] {
        assert_eq!(own(up), [expected], "{up}");
    }
    let batch = "-- [batch]\nUPDATE t SET a = now() WHERE a IS NULL;\n-- [down]\nSELECT 1;\n";
    assert_eq!(findings("", batch, &[]), ["4:18 volatile-seed"]);
    for up in [
        "INSERT INTO t VALUES ('now()', \"random\");",
        "INSERT INTO t (now) SELECT now FROM u; -- random()",
        "CREATE TABLE t (a timestamptz DEFAULT now());",
        "CREATE VIEW v AS SELECT now();",
        "SELECT now();",
        "WITH x AS (SELECT now()) SELECT * FROM x;",
        "DELETE FROM t WHERE a < now();",
    ] {
        assert_eq!(own(up), [""; 0], "{up}");
    }
    // Each is told once.
    assert_eq!(own("INSERT INTO t VALUES (now(), random()),\n(now(), random());").len(), 2);
}

#[test]
fn volatile_default() {
    let table =
        "CREATE TABLE t (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), b uuid, c int DEFAULT abs(1));\n";
    let with = |insert: &str| own(&format!("{table}{insert}"));
    assert_eq!(with("INSERT INTO t (id, b) VALUES (1, NULL);"), ["5:13 volatile-default"]);
    assert_eq!(with("INSERT INTO public.t DEFAULT VALUES;"), ["5:13 volatile-default"]);
    assert_eq!(with("INSERT INTO t (id, at) VALUES (1, '2026-01-01Z');"), [""; 0]);
    assert_eq!(with("INSERT INTO t VALUES (1, '2026-01-01Z', NULL, 1);"), [""; 0]);
    assert_eq!(with("INSERT INTO u (id) VALUES (1);"), [""; 0]);
}

#[test]
fn unqualified_name() {
    assert_eq!(own("SET search_path TO app;\nALTER TABLE t ADD c int;"), ["5:13 unqualified-name"]);
    assert_eq!(own("SET LOCAL search_path = app, public;\nCREATE INDEX ON t (c);")[..], ["5:17 unqualified-name"]);
    assert_eq!(
        own("SELECT pg_catalog.set_config('search_path', '', false);\nCREATE VIEW v AS SELECT 1;"),
        ["5:13 unqualified-name"]
    );
    assert_eq!(own("SET SCHEMA 'app';\nINSERT INTO t VALUES (1);"), ["5:13 unqualified-name"]);
    for up in [
        "ALTER TABLE t ADD c int;\nSET search_path TO app;",
        "SET search_path TO app;\nALTER TABLE app.t ADD c int;",
        "SET search_path TO app;\nRESET search_path;\nALTER TABLE t ADD c int;",
        "SET search_path TO app;\nSET search_path TO DEFAULT;\nALTER TABLE t ADD c int;",
        "SET lock_timeout TO '1s';\nALTER TABLE t ADD c int;",
        "SET search_path TO app;\nCREATE SCHEMA other;",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = '' RETURN 1;\nALTER TABLE t ADD c int;",
    ] {
        assert_eq!(own(up), [""; 0], "{up}");
    }
}

#[test]
fn new_enum_value() {
    let used = "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'glad';\nALTER TABLE t ALTER c SET DEFAULT 'glad';";
    assert_eq!(own(used), ["5:35 new-enum-value"]);
    for up in [
        "CREATE TYPE mood AS ENUM ('sad');\nALTER TYPE mood ADD VALUE 'glad';\nCREATE TABLE t (c mood DEFAULT 'glad');",
        "ALTER TYPE mood ADD VALUE 'glad';\nALTER TABLE t ALTER c SET DEFAULT 'sad';",
        "ALTER TABLE t ALTER c SET DEFAULT 'glad';\nALTER TYPE mood ADD VALUE 'glad';",
    ] {
        assert_eq!(own(up), [""; 0], "{up}");
    }
    // Sections are one transaction, unless one of them stands outside.
    let two = |option: &str| {
        let up = format!(
            "-- [up{option}]\nALTER TYPE mood ADD VALUE 'glad';\n-- [up]\nALTER TABLE t ALTER c SET DEFAULT 'glad';\n"
        );
        findings("", &format!("{up}-- [down]\nSELECT 1;\n"), &[])
    };
    assert_eq!(two(""), ["6:35 new-enum-value"]);
    assert_eq!(two(" transaction=off"), [""; 0]);
}

#[test]
fn refresh_blocks_readers() {
    assert_eq!(own("REFRESH MATERIALIZED VIEW app.v;"), ["4:27 refresh-blocks-readers"]);
    for up in [
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v;",
        "REFRESH MATERIALIZED VIEW v WITH NO DATA;",
        "CREATE MATERIALIZED VIEW v AS SELECT 1 WITH NO DATA;\nREFRESH MATERIALIZED VIEW v;",
    ] {
        assert_eq!(own(up), [""; 0], "{up}");
    }
}

#[test]
fn rewrite_blocks_everyone() {
    let off = |sql: &str| findings("", &format!("-- [up transaction=off]\n{sql}\n-- [down]\nSELECT 1;\n"), &[]);
    assert_eq!(off("VACUUM (FULL, ANALYZE) t;"), ["4:1 rewrite-blocks-everyone"]);
    assert_eq!(off("CLUSTER t USING i;"), ["4:1 rewrite-blocks-everyone"]);
    assert_eq!(off("VACUUM t;"), [""; 0]);
}

#[test]
fn change_outside_transaction() {
    let off = |sql: &str| findings("", &format!("-- [up transaction=off]\n{sql}\n-- [down]\nSELECT 1;\n"), &[]);
    assert_eq!(off("INSERT INTO t VALUES (1);"), ["4:1 change-outside-transaction"]);
    assert_eq!(off("UPDATE t SET a = 1 WHERE b;"), ["4:1 change-outside-transaction"]);
    assert_eq!(off("CREATE INDEX CONCURRENTLY i ON t (a);"), [""; 0]);
    assert_eq!(own("INSERT INTO t VALUES (1);"), [""; 0]);
    let batch = "-- [batch]\nUPDATE t SET a = 1 WHERE a IS NULL;\n-- [down]\nSELECT 1;\n";
    assert_eq!(findings("", batch, &[]), [""; 0]);
}

#[test]
fn cluster_wide() {
    for up in [
        "CREATE ROLE r;",
        "ALTER USER r SET work_mem = '1MB';",
        "DROP GROUP r;",
        "GRANT app TO r;",
        "ALTER DATABASE d SET work_mem = '1MB';",
    ] {
        assert_eq!(own(up), ["4:1 cluster-wide"], "{up}");
    }
    for up in ["GRANT SELECT ON t TO r;", "REVOKE ALL ON SCHEMA s FROM r;", "CREATE USER MAPPING FOR r SERVER s;"] {
        assert_eq!(own(up), [""; 0], "{up}");
    }
}

#[test]
fn if_not_exists_is_asked_on_demand() {
    let sections = "-- [up]\nCREATE TABLE IF NOT EXISTS t (id int);\nDROP VIEW IF EXISTS v;\n\
                    CREATE EXTENSION IF NOT EXISTS citext;\n-- [down]\nSELECT 1;\n";
    assert_eq!(findings("", sections, &[]), [""; 0]);
    assert_eq!(findings("", sections, &["--with", "if-not-exists"]), ["4:14 if-not-exists", "5:11 if-not-exists"]);
}

#[test]
fn endless_batch() {
    let batch = |sql: &str| findings("", &format!("-- [batch]\n{sql};\n-- [down]\nSELECT 1;\n"), &[]);
    for endless in [
        "UPDATE t SET a = b WHERE id < 9",
        "UPDATE t SET (a, c) = (1, 2) WHERE id < 9",
        "WITH c AS (SELECT id FROM t WHERE b IS NULL LIMIT 9) UPDATE t SET a = t.b FROM c WHERE c.id = t.id",
        "INSERT INTO t SELECT id FROM s ORDER BY id LIMIT 9",
        "INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1",
    ] {
        let found = batch(endless);
        assert!(matches!(&found[..], [only] if only.ends_with(" endless-batch")), "{endless}: {found:?}");
    }
    for ending in [
        "UPDATE t SET a = b WHERE id IN (SELECT id FROM t WHERE a IS NULL LIMIT 9)",
        "UPDATE t SET (\"A\", c) = (1, 2) WHERE \"A\" <> 1",
        "WITH c AS (SELECT id FROM t WHERE a IS NULL LIMIT 9) UPDATE t SET a = t.b FROM c WHERE c.id = t.id",
        "WITH c AS (DELETE FROM s WHERE id < 9 RETURNING id) UPDATE t SET a = 1 FROM c WHERE c.id = t.id",
        "INSERT INTO t SELECT id FROM s WHERE NOT EXISTS (SELECT FROM t WHERE t.id = s.id) LIMIT 9",
        "INSERT INTO t SELECT id FROM s ON CONFLICT DO NOTHING",
        "DELETE FROM t WHERE id IN (SELECT id FROM t WHERE old LIMIT 9)",
        "MERGE INTO t USING s ON s.id = t.id WHEN MATCHED THEN UPDATE SET a = 1",
    ] {
        assert_eq!(batch(ending), [""; 0], "{ending}");
    }
    assert_eq!(own("UPDATE t SET a = b WHERE id < 9;"), [""; 0], "once is not for ever");
}
