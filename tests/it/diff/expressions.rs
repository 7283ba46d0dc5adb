//! Expressions whose texts differ, and which are the same.

use insta::assert_snapshot;

use super::Pair;
use crate::harness::Database;

/// Two ways to write a thing that PostgreSQL prints in two ways.
const BETWEEN: (&str, &str) = ("a BETWEEN 1 AND 5 AND a <> 3", "a >= 1 AND a <= 5 AND a <> 3");
const LIST: (&str, &str) = ("k IN ('x', 'y')", "(k)::text = ANY (ARRAY[('x'::varchar)::text, ('y'::varchar)::text])");

/// All the places where an expression can be, with `{between}` and `{list}` in them.
const PLACES: &[&str] = &[
    "CREATE TABLE checked (a int, k varchar(9), CONSTRAINT c CHECK ({between}), CONSTRAINT d CHECK ({list}));",
    "CREATE TABLE made (a int, k varchar(9), g boolean GENERATED ALWAYS AS ({between}) STORED);",
    "CREATE TABLE \"on \"\" top\" (a int, k varchar(9)); CREATE INDEX i ON \"on \"\" top\" ((NOT ({list}))) WHERE {between};",
    "CREATE TABLE excluding (a int, k varchar(9), EXCLUDE USING btree (k WITH =) WHERE ({between}));",
    "CREATE TABLE defaulting (a boolean DEFAULT (5 {on_five}));",
    "CREATE VIEW seen AS SELECT a FROM checked WHERE {between} AND {list};",
    "CREATE MATERIALIZED VIEW kept AS SELECT a, {list} AS listed FROM checked WHERE {between};",
    "CREATE TABLE parted (a int, k varchar(9)) PARTITION BY LIST (({between}));",
    "CREATE TABLE guarded (a int, k varchar(9)); CREATE POLICY p ON guarded USING ({between}) WITH CHECK ({list});",
    "CREATE DOMAIN positive AS int CHECK (VALUE {on_value}); CREATE DOMAIN yes AS boolean DEFAULT (5 {on_five});",
    "CREATE TABLE watched (a int, k varchar(9));
     CREATE TRIGGER \"ON x\" AFTER UPDATE OF a ON watched FOR EACH ROW WHEN (NEW.a {on_new})
        EXECUTE FUNCTION suppress_redundant_updates_trigger();
     CREATE CONSTRAINT TRIGGER late AFTER INSERT ON watched DEFERRABLE FOR EACH ROW WHEN (NEW.a {on_new})
        EXECUTE FUNCTION suppress_redundant_updates_trigger();",
    "CREATE VIEW ruled AS SELECT a, k FROM watched;
     CREATE RULE r AS ON DELETE TO ruled WHERE OLD.a {on_old} DO INSTEAD (SELECT 1; SELECT 2);",
    "CREATE STATISTICS counted ON (({between})), k FROM watched;",
    "CREATE FUNCTION f(a int, b boolean DEFAULT (5 {on_five})) RETURNS boolean LANGUAGE sql AS 'SELECT b';",
    "CREATE FUNCTION g(a int, OUT b boolean, INOUT c boolean DEFAULT (5 {on_five})) LANGUAGE sql AS 'SELECT true, true';",
    "CREATE FUNCTION \"h h\"(a int) RETURNS boolean LANGUAGE sql RETURN {between};
     CREATE PROCEDURE p(a int, k varchar) LANGUAGE sql BEGIN ATOMIC SELECT a WHERE {between}; SELECT {list}; END;",
    "CREATE PUBLICATION published FOR TABLE watched WHERE ({between});",
];

fn written(which: fn(&(&'static str, &'static str)) -> &'static str) -> String {
    let on = |what: &str| {
        let text = which(&("BETWEEN 1 AND 5 AND {} <> 3", ">= 1 AND {} <= 5 AND {} <> 3"));
        text.replace("{}", what)
    };
    let fill = |place: &&str| {
        place
            .replace("{between}", which(&BETWEEN))
            .replace("{list}", which(&LIST))
            .replace("{on_value}", &on("VALUE"))
            .replace("{on_five}", &on("5"))
            .replace("{on_new}", &on("NEW.a"))
            .replace("{on_old}", &on("OLD.a"))
    };
    PLACES.iter().map(fill).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_same_expression_printed_in_two_ways_is_no_difference() {
    let pair = Pair::new(&written(|both| both.0), &written(|both| both.1));
    let view = pair.json(&[]);
    assert_eq!(pair.differences(&[]), [""; 0]);
    let same = view["expressions"]["same"].as_u64().unwrap();
    assert!(same >= 10, "their texts differ: {same}");
    // Nothing is left of what was made for that.
    assert_eq!(pair.before.value("SELECT count(*) FROM pg_class WHERE relname LIKE 'revgraph%'"), "0");
}

#[test]
fn another_expression_is_a_difference() {
    let before = written(|both| both.0);
    let pair = Pair::new(&before, &before.replace("<> 3", "<> 4").replace("'y'", "'z'"));
    assert_snapshot!(pair.differences(&[]).join("\n"), @r#"
    ~ publication table published.public.watched where
    ~ constraint public.checked.c check
    ~ constraint public.checked.d check
    ~ statistics public.counted definition
    ~ column public.defaulting.a default
    ~ constraint public.excluding.excluding_k_excl exclusion
    ~ function public.f(integer, boolean) arguments
    ~ function public.g(integer, boolean) arguments
    ~ policy public.guarded.p using
    ~ policy public.guarded.p with check
    ~ function public.h h(integer) sql body
    ~ materialized view public.kept definition
    ~ column public.made.g expression
    ~ index public.on " top.i definition
    ~ procedure public.p(integer, character varying) sql body
    ~ table public.parted partition by
    ~ constraint public.positive.positive_check check
    ~ rule public.ruled.r definition
    ~ view public.seen definition
    ~ trigger public.watched.ON x definition
    ~ trigger public.watched.late definition
    ~ domain public.yes default
    "#);
}

#[test]
fn a_default_that_comes_to_null_is_no_default() {
    let pair = Pair::new(
        "CREATE TABLE t (a timestamp(6) DEFAULT NULL, b varchar(9) DEFAULT NULL, c text DEFAULT 'x');
         ALTER TABLE t ALTER a TYPE timestamp; ALTER TABLE t ALTER b TYPE varchar;",
        "CREATE TABLE t (a timestamp, b varchar, c text);",
    );
    assert_eq!(pair.differences(&[]), ["~ column public.t.c default"]);
}

#[test]
fn a_saved_snapshot_is_held_against_a_server() {
    let pair = Pair::new(&written(|both| both.0), &written(|both| both.1));
    let file = pair.project.path().join("before.json");
    let file = file.to_str().unwrap();
    pair.project.ok(&pair.before.url(), &["snapshot", "-o", file]);
    let said = pair.project.run(&["diff", file, &pair.after.url()]);
    assert_eq!((said.code, said.out.as_str()), (0, "no difference\n"), "{said}");
}

#[test]
fn a_forged_snapshot_can_only_be_read() {
    let pair = Pair::new("CREATE TABLE t (a int CONSTRAINT c CHECK (a > 1)); CREATE SEQUENCE s;", "");
    let url = pair.before.url();
    let honest = pair.project.ok(&url, &["snapshot"]);
    for forged in ["(a > 1)); SELECT nextval('s'); --", "(a > 1)) OR (nextval('s') > 0", "a > 1 /* ) */", "a > 1 -- x"]
    {
        let text = honest.replace("(a > 1)", forged);
        assert_ne!(text, honest);
        let file = pair.project.write("forged.json", text);
        let said = pair.project.run(&["diff", file.to_str().unwrap(), &url]);
        assert_eq!(said.code, 3, "{said}");
    }
    assert_eq!(pair.before.value("SELECT is_called FROM s"), "f");
}

#[test]
fn where_nothing_can_be_made_the_texts_decide_and_that_is_told() {
    let pair = Pair::new(
        "CREATE TABLE t (a int CONSTRAINT c CHECK (a BETWEEN 1 AND 5 AND a <> 3));",
        "CREATE TABLE t (a int CONSTRAINT c CHECK (a >= 1 AND a <= 5 AND a <> 3));",
    );
    for database in [&pair.before, &pair.after] {
        database.execute(&format!(
            "REVOKE TEMPORARY ON DATABASE {0} FROM PUBLIC;
             DO $$ BEGIN CREATE ROLE diff_reader LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$;",
            database.name()
        ));
    }
    let as_reader = |url: String| url.replace("postgres@", "diff_reader@");
    let sides = [as_reader(pair.before.url()), as_reader(pair.after.url())];
    let said = pair.project.run(&["diff", &sides[0], &sides[1]]);
    let shown = said.to_string().replace(pair.before.name(), "A").replace(pair.after.name(), "B");
    let port = pair.before.server().port().to_string();
    assert_snapshot!(shown.replace(&port, "PORT"), @r#"
    --- postgres://diff_reader@127.0.0.1:PORT/A
    +++ postgres://diff_reader@127.0.0.1:PORT/B
    schema public
        table t
        ~ constraint c
            check: (((a >= 1) AND (a <= 5)) AND (a <> 3)) → ((a >= 1) AND (a <= 5) AND (a <> 3))
    warning: expressions can't be read again on the first side: permission denied to create temporary tables in database "A"; what differs in text only may be the same
    warning: expressions can't be read again on the second side: permission denied to create temporary tables in database "B"; what differs in text only may be the same
    1 changed
    --- exit code 3
    "#);
}

#[test]
fn a_database_that_is_only_read_stays_so() {
    let pair = Pair::new(
        "CREATE TABLE t (a int CONSTRAINT c CHECK (a BETWEEN 1 AND 5 AND a <> 3));",
        "CREATE TABLE t (a int CONSTRAINT c CHECK (a >= 1 AND a <= 5 AND a <> 3));",
    );
    let read_only = |database: &Database| {
        database.execute(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name()));
    };
    read_only(&pair.after);
    // The other server is enough.
    assert_eq!(pair.differences(&["--ignore", "database"]), [""; 0]);
    read_only(&pair.before);
    let found = pair.json(&["--ignore", "database"]);
    assert_eq!(found["expressions"]["not_possible"].as_array().map(Vec::len), Some(2), "{found}");
    assert!(found["expressions"].to_string().contains("read-only transaction"), "{found}");
}

#[test]
fn event_triggers_do_not_hear_of_it() {
    let refuse = "\
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse();
";
    let pair = Pair::new(&(written(|both| both.0) + "\n" + refuse), &(written(|both| both.1) + "\n" + refuse));
    assert_eq!(pair.differences(&[]), [""; 0]);
}

#[test]
fn a_name_can_only_be_a_name() {
    // What was once put in the place of these characters was put there in names, too.
    let table = |value: &str, mark: &str| {
        // In the place of the mark it would be the end of the name of another table, which is there, and two statements
        // more. It has no quote, for that would be doubled.
        let text = format!("1\"); SELECT nextval($$public.s$$); SELECT (SELECT 1 AS \"{value}");
        format!(
            "CREATE SEQUENCE s; CREATE TABLE \"x'1\" ();
             CREATE TABLE \"x{mark}y\" (a text DEFAULT '{text}', g text GENERATED ALWAYS AS ('{text}') STORED);
             CREATE FUNCTION \"f{mark}\"() RETURNS text LANGUAGE sql RETURN '{text}';"
        )
    };
    for mark in ["\u{1}", "\u{2}", "%3$s", "\\1"] {
        let pair = Pair::new(&table("one", mark), &table("other", mark));
        let found = pair.json(&[]);
        assert_eq!(found["expressions"]["different"], 3, "{mark:?}: {found}");
        assert_eq!(pair.before.value("SELECT is_called FROM s"), "f", "{mark:?}");
        assert_eq!(pair.after.value("SELECT is_called FROM s"), "f", "{mark:?}");
    }
}

#[test]
fn a_database_does_not_say_how_literals_are_read() {
    // Where a backslash escapes a quote, the first literal ends where the second one begins.
    let table = |note: &str| {
        format!(
            "CREATE SEQUENCE s;
             CREATE TABLE t (a text DEFAULT '\' || ')); SELECT nextval($$public.s$$); -- {note}');"
        )
    };
    let pair = Pair::new(&table("one"), &table("other"));
    let file = pair.project.path().join("before.json");
    let file = file.to_str().unwrap();
    pair.project.ok(&pair.before.url(), &["snapshot", "-o", file]);
    pair.after.execute(&format!("ALTER DATABASE {} SET standard_conforming_strings = off", pair.after.name()));
    let said = pair.project.run(&["diff", file, &pair.after.url()]);
    assert_eq!(said.code, 3, "{said}");
    assert_eq!(pair.after.value("SELECT is_called FROM s"), "f");
}

/// Owners of databases who have a domain's CHECK try what they can: what runs it leaves traces that no rollback undoes.
fn trapped(owner: &str, check: &str) -> String {
    format!(
        "DO $$ BEGIN CREATE ROLE {owner} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$;
         CREATE SCHEMA {owner} AUTHORIZATION {owner};
         SET ROLE {owner};
         CREATE SEQUENCE {owner}.as_owner; CREATE SEQUENCE {owner}.as_superuser;
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA {owner} TO PUBLIC;
         CREATE FUNCTION {owner}.trap(value int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
         BEGIN
             BEGIN EXECUTE 'RESET ROLE'; EXCEPTION WHEN OTHERS THEN END;
             BEGIN EXECUTE 'RESET SESSION AUTHORIZATION'; EXCEPTION WHEN OTHERS THEN END;
             BEGIN EXECUTE 'SET ROLE postgres'; EXCEPTION WHEN OTHERS THEN END;
             IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
             THEN PERFORM nextval('{owner}.as_superuser');
             ELSE PERFORM nextval('{owner}.as_owner');
             END IF;
             PERFORM set_config('search_path', '{owner}', true);
             RETURN true;
         END $$;
         CREATE TABLE {owner}.t (a int, k int CONSTRAINT c CHECK ({check} AND {owner}.trap(1)));
         CREATE INDEX i ON {owner}.t ((a > 1)) WHERE {check} AND {owner}.trap(2);
         RESET ROLE;"
    )
}

#[test]
fn what_an_expression_calls_is_not_called_as_the_superuser_who_compares() {
    let owner = "diff_trapper";
    let pair =
        Pair::new(&trapped(owner, "a BETWEEN 1 AND 5 AND a <> 3"), &trapped(owner, "a >= 1 AND a <= 5 AND a <> 3"));
    assert_eq!(pair.differences(&[]), [""; 0], "it is read again, as its owner");
    let called = |database: &Database, who: &str| database.value(&format!("SELECT is_called FROM {owner}.as_{who}"));
    for database in [&pair.before, &pair.after] {
        assert_eq!((called(database, "superuser"), called(database, "owner")), ("f".to_owned(), "t".to_owned()));
    }
}

#[test]
fn where_others_have_code_a_superusers_own_expression_is_not_read_again() {
    let owner = "diff_other";
    let own =
        |check: &str| format!("{} CREATE TABLE mine (a int CONSTRAINT c CHECK ({check}));", trapped(owner, "true"));
    let pair = Pair::new(&own("a BETWEEN 1 AND 5 AND a <> 3"), &own("a >= 1 AND a <= 5 AND a <> 3"));
    assert_eq!(pair.differences(&[]), ["~ constraint public.mine.c check"]);
    let reasons = pair.json(&[])["expressions"]["not_possible"].to_string();
    assert!(reasons.contains("could run code of other roles with the rights of postgres"), "{reasons}");
}
