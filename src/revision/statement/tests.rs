use proptest::prelude::*;

use super::*;

/// What the statements of a text destroy, one a line: how, what, and whether more goes with it.
fn losses(text: &str) -> Vec<String> {
    let statements = crate::revision::sql::statements(text).into_iter();
    let found = statements.flat_map(|statement| destructions(text, statement.span));
    let line = |found: Destruction| {
        let how = match found.loss {
            Loss::Drop => "drop".to_owned(),
            Loss::Truncate => "truncate".to_owned(),
            Loss::DeleteAll => "delete all of".to_owned(),
            Loss::DeleteSome => "delete some of".to_owned(),
            Loss::UpdateAll(columns) => format!("write over {} of", columns.join("+")),
            Loss::Narrow(to) => format!("narrow to {to}"),
            Loss::EnumRebuild(to) => format!("rebuild as {to}"),
        };
        format!("{how} {}{}", found.object, if found.cascade { " and more" } else { "" })
    };
    found.map(line).collect()
}

#[test]
fn drops_name_what_goes() {
    for (text, expected) in [
        ("DROP TABLE users", &["drop table users"][..]),
        (
            "drop table if exists a, \"B c\".d, e cascade",
            &["drop table a and more", "drop table \"B c\".d and more", "drop table e and more"],
        ),
        ("DROP TABLE cat.app.users RESTRICT", &["drop table app.users"]),
        ("DROP MATERIALIZED VIEW daily", &["drop materialized view daily"]),
        ("DROP SCHEMA app", &["drop schema app"]),
        ("DROP DATABASE IF EXISTS d WITH (FORCE)", &["drop database d"]),
        ("DROP TYPE Mood", &["drop type mood"]),
        ("DROP DOMAIN email CASCADE", &["drop domain email and more"]),
        ("DROP SEQUENCE s", &["drop sequence s"]),
        ("DROP EXTENSION hstore", &["drop extension hstore"]),
        ("DROP OWNED BY CURRENT_USER", &["drop all that is owned by current_user"]),
        ("DROP VIEW v CASCADE", &["drop view v and more"]),
        ("DROP FUNCTION f(int, text), g CASCADE", &["drop function f and more", "drop function g and more"]),
        ("DROP TRIGGER t ON users CASCADE", &["drop trigger t and more"]),
    ] {
        assert_eq!(losses(text), expected, "{text}");
    }
}

#[test]
fn what_holds_no_data_is_no_loss() {
    for text in [
        "DROP VIEW v",
        "DROP FUNCTION f(text)",
        "DROP INDEX CONCURRENTLY i",
        "DROP TRIGGER t ON users",
        "DROP POLICY p ON users",
        "DROP ROLE r",
        "DROP FOREIGN TABLE t",
        "ALTER TABLE t DROP CONSTRAINT c",
        "ALTER TABLE t DROP CONSTRAINT IF EXISTS c RESTRICT, ADD COLUMN d int",
        "ALTER TABLE t ALTER c DROP DEFAULT, ALTER COLUMN c DROP NOT NULL, ALTER c DROP EXPRESSION",
        "ALTER TABLE t DETACH PARTITION p",
        "ALTER TABLE t RENAME COLUMN drop TO truncate",
        "ALTER TYPE e ADD VALUE 'x'",
        "ALTER TYPE e RENAME VALUE 'drop' TO 'x'",
        "CREATE TABLE t (id int REFERENCES u ON DELETE CASCADE ON UPDATE SET NULL)",
        "CREATE RULE r AS ON DELETE TO t DO INSTEAD DELETE FROM u",
        "CREATE TRIGGER t AFTER TRUNCATE ON u EXECUTE FUNCTION f()",
        "GRANT DELETE, TRUNCATE ON t TO r",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM t; UPDATE t SET a = 1; END",
    ] {
        assert_eq!(losses(text), [""; 0], "{text}");
    }
}

#[test]
fn columns_are_named_with_their_table() {
    for (text, expected) in [
        ("ALTER TABLE IF EXISTS ONLY app.users DROP COLUMN IF EXISTS email", "drop column app.users.email"),
        ("ALTER TABLE users DROP email CASCADE", "drop column users.email and more"),
        ("ALTER TABLE t ADD c numeric(4, 2) DEFAULT f(1, 2), DROP b", "drop column t.b"),
        ("ALTER TABLE t DROP CONSTRAINT \"t_pkey\" CASCADE", "drop constraint t.t_pkey and more"),
        ("ALTER TYPE address DROP ATTRIBUTE IF EXISTS zip", "drop attribute address.zip"),
        ("ALTER TABLE t ALTER COLUMN \"Odd\" TYPE varchar(3)", "narrow to varchar(3) column t.\"Odd\""),
        ("DROP TABLE Übung", "drop table \"Übung\""),
        ("DROP TABLE U&\"\\00dcbung\"", "drop table \"Übung\""),
        ("DROP TABLE U&\"t!0061bs\" UESCAPE '!' CASCADE", "drop table tabs and more"),
        ("ALTER TABLE t ALTER c TYPE \"Mood\" USING c::text::\"Mood\"", "rebuild as \"Mood\" column t.c"),
        ("ALTER TABLE t ALTER c TYPE \"Mood\" USING c::text::mood", "narrow to \"Mood\" column t.c"),
    ] {
        assert_eq!(losses(text), [expected], "{text}");
    }
    assert_eq!(losses("ALTER TABLE t DROP a, DROP COLUMN b, ALTER c SET NOT NULL, DROP c").len(), 3);
}

#[test]
fn types_that_may_hold_less() {
    for (change, expected) in [
        ("TYPE varchar(10)", "narrow to varchar(10) column t.c"),
        ("SET DATA TYPE numeric(10, 2)", "narrow to numeric(10, 2) column t.c"),
        ("TYPE integer", "narrow to integer column t.c"),
        ("TYPE date USING c::date", "narrow to date column t.c"),
        ("TYPE bigint USING round(c)", "narrow to bigint column t.c"),
        ("TYPE bigint USING c::bigint", "narrow to bigint column t.c"),
        ("TYPE text USING left(c, 3)", "narrow to text column t.c"),
        ("TYPE mood USING c::text::mood", "rebuild as mood column t.c"),
        ("TYPE app.mood USING (c::text::app.mood)", "rebuild as app.mood column t.c"),
        ("TYPE integer USING c::text::integer", "narrow to integer column t.c"),
    ] {
        assert_eq!(losses(&format!("ALTER TABLE t ALTER COLUMN c {change}")), [expected], "{change}");
    }
    for change in [
        "TYPE text",
        "TYPE text COLLATE \"C\"",
        "TYPE text USING c::text",
        "TYPE varchar",
        "TYPE character varying",
        "TYPE numeric",
        "TYPE bigint",
        "TYPE timestamptz",
    ] {
        assert_eq!(losses(&format!("ALTER TABLE t ALTER COLUMN c {change}, ADD d int")), [""; 0], "{change}");
    }
}

#[test]
fn whole_tables_are_told_from_rows() {
    for (text, expected) in [
        ("TRUNCATE a, ONLY b.c", &["truncate table a", "truncate table b.c"][..]),
        ("TRUNCATE TABLE a RESTART IDENTITY CASCADE", &["truncate table a and more"]),
        ("DELETE FROM users", &["delete all of table users"]),
        ("DELETE FROM ONLY a USING b RETURNING a.id", &["delete all of table a"]),
        ("DELETE FROM a USING (SELECT 1 FROM b WHERE true) c", &["delete all of table a"]),
        (
            "UPDATE app.a AS x SET b = 1, \"C\" = (SELECT 1 WHERE false), d = f(2, 3)",
            &["write over b+C+d of table app.a"],
        ),
        ("UPDATE a SET b = c.b FROM c, d", &["write over b of table a"]),
        (
            "WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone WHERE x",
            &["delete all of table a"],
        ),
        ("WITH x AS (DELETE FROM a), y AS (SELECT 1 WHERE true) SELECT 1", &["delete all of table a"]),
        ("WITH x AS (SELECT 1 WHERE true) UPDATE a SET b = 2", &["write over b of table a"]),
        (
            "MERGE INTO app.a AS x USING (SELECT 1 WHERE true) y ON y = x.id WHEN MATCHED AND x.b THEN DELETE",
            &["delete some of table app.a"],
        ),
        (
            "WITH m AS (MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE RETURNING *) SELECT * FROM m",
            &["delete some of table a"],
        ),
        ("EXPLAIN ANALYZE VERBOSE DELETE FROM a", &["delete all of table a"]),
        ("EXPLAIN (costs off, analyze) WITH x AS (DELETE FROM a) SELECT 1", &["delete all of table a"]),
        ("EXPLAIN (ANALYZE on, SETTINGS) UPDATE a SET b = 1", &["write over b of table a"]),
        ("COPY (DELETE FROM a RETURNING *) TO STDOUT", &["delete all of table a"]),
    ] {
        assert_eq!(losses(text), expected, "{text}");
    }
    for text in [
        "DELETE FROM a WHERE id = 1",
        "DELETE FROM a USING b WHERE a.id = b.id",
        "UPDATE a SET b = 1 WHERE CURRENT OF c",
        "WITH x AS (DELETE FROM a WHERE b RETURNING *) SELECT * FROM x",
        "WITH x AS (SELECT 1) INSERT INTO a SELECT * FROM x ON CONFLICT (b) DO UPDATE SET c = 1",
        "INSERT INTO a VALUES (1) ON CONFLICT DO UPDATE SET b = 1",
        "WITH x AS (SELECT * FROM a FOR UPDATE) SELECT * FROM x",
        "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET then = delete",
        "EXPLAIN DELETE FROM a",
        "EXPLAIN (VERBOSE, ANALYZE off) DELETE FROM a",
        "EXPLAIN (ANALYZE) DELETE FROM a WHERE id = 1",
        "COPY a FROM STDIN",
        "SELECT delete FROM truncate",
        "WITH x AS (SELECT 1) SELECT a, delete FROM x",
    ] {
        assert_eq!(losses(text), [""; 0], "{text}");
    }
}

#[test]
fn a_place_is_that_of_the_name() {
    let text = "SELECT 'ä'; ALTER TABLE t DROP COLUMN c, ALTER d TYPE char(1) USING left(d, 1)";
    let spans: Vec<&str> = crate::revision::sql::statements(text)
        .into_iter()
        .flat_map(|statement| destructions(text, statement.span))
        .map(|found| &text[found.span])
        .collect();
    assert_eq!(spans, ["c", "d TYPE char(1) USING left(d, 1)"]);
}

#[test]
fn what_is_made_is_known() {
    let made = |text: &str| made(text, 0..text.len());
    let name = |text: &str| {
        let (schema, name) =
            text.split_once('.').map_or((None, text), |(schema, name)| (Some(schema.to_owned()), name));
        ObjectName { schema, name: name.to_owned() }
    };
    for text in [
        "CREATE TABLE a.b (c int)",
        "create unlogged table a.b as select 1",
        "CREATE MATERIALIZED VIEW a.b AS SELECT 1",
    ] {
        assert_eq!(made(text), Some(Made::Table(name("a.b"))), "{text}");
    }
    assert_eq!(made("CREATE TYPE e AS ENUM ()"), Some(Made::Other(name("e"))));
    assert_eq!(made("CREATE TEMP TABLE b (c int)"), Some(Made::Table(name("pg_temp.b"))));
    assert_eq!(made("ALTER TABLE a.b RENAME TO c"), Some(Made::Renamed(name("a.b"), name("a.c"))));
    assert_eq!(made("ALTER TABLE IF EXISTS b SET SCHEMA a"), Some(Made::Renamed(name("b"), name("a.b"))));
    for text in ["ALTER TABLE t RENAME COLUMN c TO \"D\"", "ALTER TABLE ONLY t RENAME c TO \"D\""] {
        assert_eq!(made(text), Some(Made::RenamedColumn(name("t"), "c".to_owned(), "D".to_owned())), "{text}");
    }
    assert_eq!(made("ALTER TABLE t RENAME CONSTRAINT c TO d"), Some(Made::Columns(name("t"), Vec::new())));
    let added =
        "ALTER TABLE t ADD a int, ADD COLUMN \"check\" int, ADD CHECK (a > 0), ADD CONSTRAINT c UNIQUE (a), DROP d";
    assert_eq!(made(added), Some(Made::Columns(name("t"), vec!["a".to_owned(), "check".to_owned()])));
    for text in
        ["CREATE TABLE IF NOT EXISTS a (b int)", "CREATE INDEX i ON t (a)", "SELECT 1", "ALTER VIEW v OWNER TO r"]
    {
        assert_eq!(made(text), None, "{text}");
    }
}

#[test]
fn what_a_statement_is_about() {
    for (text, expected) in [
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON ONLY app.users (on_off) WHERE a", Some("app.users")),
        ("CREATE INDEX ON users (id)", Some("users")),
        ("CREATE CONSTRAINT TRIGGER t AFTER INSERT ON users EXECUTE FUNCTION f()", Some("users")),
        ("CREATE OR REPLACE FUNCTION app.f(a int) RETURNS int LANGUAGE sql RETURN 1", Some("app.f")),
        ("ALTER TABLE IF EXISTS ONLY \"T\" ADD c int", Some("\"T\"")),
        ("ALTER MATERIALIZED VIEW v RENAME TO w", Some("v")),
        ("DROP VIEW IF EXISTS a, b", Some("a")),
        ("DROP POLICY p ON t", Some("t")),
        ("COMMENT ON TABLE t IS 'x'", Some("t")),
        ("INSERT INTO a.b VALUES (1)", Some("a.b")),
        ("UPDATE ONLY t SET a = 1", Some("t")),
        ("DELETE FROM t", Some("t")),
        ("TRUNCATE TABLE t", Some("t")),
        ("LOCK t IN SHARE MODE", Some("t")),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", Some("v")),
        ("CREATE TEMP TABLE t (a int)", None),
        ("CREATE SCHEMA s", None),
        ("DROP ROLE r", None),
        ("SELECT 1 FROM t", None),
        ("COMMENT ON SCHEMA s IS 'x'", None),
    ] {
        let found = subject(text, 0..text.len());
        assert_eq!(found.map(|(name, _)| name.shown()).as_deref(), expected, "{text}");
    }
}

#[test]
fn an_index_is_read_in_every_spelling() {
    for (sql, expected) in [
        ("CREATE INDEX CONCURRENTLY i ON t (a)", Some((true, Some("i"), "t"))),
        (
            "create unique index concurrently if not exists I on only App.\"T x\" using btree (a)",
            Some((true, Some("i"), "app.\"T x\"")),
        ),
        ("CREATE /* ON */ INDEX CONCURRENTLY \"On \"\"it\"\"\" ON t(a) WHERE b", Some((true, Some("On \"it\""), "t"))),
        ("CREATE INDEX Ö ON t (a)", Some((false, Some("Ö"), "t"))),
        ("CREATE INDEX CONCURRENTLY ON t (a)", Some((true, None, "t"))),
        ("CREATE INDEX ON ONLY t (a)", Some((false, None, "t"))),
        ("CREATE INDEX CONCURRENTLY i", None),
        ("CREATE INDEX CONCURRENTLY", None),
        ("DROP INDEX CONCURRENTLY i", None),
        ("", None),
    ] {
        let found = new_index(Reader::head(sql, 0..sql.len()));
        let table = found.as_ref().map(|index| index.table.shown()).unwrap_or_default();
        let found = found.as_ref().map(|index| (index.concurrently, index.name.as_deref(), table.as_str()));
        assert_eq!(found, expected, "{sql}");
    }
}

#[test]
fn names_without_a_schema_may_be_anywhere() {
    let name = |schema: Option<&str>| ObjectName { schema: schema.map(str::to_owned), name: "t".to_owned() };
    assert!(name(None).may_be(&name(Some("a"))));
    assert!(name(Some("a")).may_be(&name(Some("a"))));
    assert!(!name(Some("a")).may_be(&name(Some("b"))));
}

/// Statements that destroy something.
fn destructive() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "DROP TABLE t CASCADE",
        "TRUNCATE t",
        "DELETE FROM t",
        "UPDATE t SET a = 1",
        "ALTER TABLE t DROP COLUMN c",
        "DROP SCHEMA s",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn nothing_is_found_in_literals_and_comments(inner in destructive(), more in destructive()) {
        for text in [
            format!("SELECT '{inner}; {more}'"),
            format!("SELECT $x${inner};\n{more}$x$"),
            format!("DO $$ BEGIN {inner}; {more}; END $$"),
            format!("/* {inner}; /* {more} */ */ SELECT 1 -- {inner}; {more}"),
            format!("SELECT \"{inner}\" FROM t"),
            format!("COMMENT ON TABLE t IS E'\\'{inner}; {more}'"),
            format!("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {inner}; END $$"),
        ] {
            prop_assert_eq!(losses(&text), [""; 0], "{}", text);
        }
    }

    #[test]
    fn comments_and_case_hide_nothing(statement in destructive(), lower in any::<bool>()) {
        let spaced = statement.replace(' ', " /* ; */ -- ;\n\t");
        let text = if lower { spaced.to_lowercase() } else { spaced };
        prop_assert_eq!(losses(&text), losses(&statement));
    }

    #[test]
    fn names_come_back_as_they_are(schema in "[^\0\r]{1,8}", table in "[^\0\r]{1,8}", column in "[^\0\r]{1,8}") {
        let name = ObjectName { schema: Some(schema), name: table };
        let text = format!("ALTER TABLE {} DROP COLUMN {}", name.shown(), shown(&column));
        let found = destructions(&text, 0..text.len());
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(&found[0].object.name, &name);
        prop_assert_eq!(found[0].object.part.as_deref(), Some(column.as_str()));
    }

    #[test]
    fn any_words_in_any_order_do_no_harm(words in prop::collection::vec(prop::sample::select(vec![
        "DROP", "TABLE", "ALTER", "TYPE", "COLUMN", "UPDATE", "SET", "DELETE", "FROM", "WITH", "(", ")", ",", ".", "[",
        "]", "x", "\"y\"", "'z'", "U&\"q\"", "::", "USING", "TRUNCATE", "ONLY", "*", "CASCADE", "IF", "EXISTS", "ADD", "ä",
        "RENAME", "TO", "CREATE", "=", "WHERE",
    ]), 0..20)) {
        let text = words.join(" ");
        for statement in crate::revision::sql::statements(&text) {
            made(&text, statement.span.clone());
            subject(&text, statement.span.clone());
            for found in destructions(&text, statement.span.clone()) {
                prop_assert!(statement.span.start <= found.span.start && found.span.end <= statement.span.end);
                prop_assert!(text.get(found.span).is_some_and(|place| !place.is_empty()));
            }
        }
    }
}
