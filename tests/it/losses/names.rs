//! Names as PostgreSQL reads them, and what becomes of them in queries of our own.

use revgraph::revision::{name, sql};
use serde_json::{Value, json};

use super::at;
use crate::harness::{Database, Project, until};

/// What a plan for all the way down loses: kind, object and rows.
fn losses(project: &Project, database: &Database, arguments: &[&str]) -> Vec<Value> {
    let plan = ["plan", "downgrade", "base", "--format", "json"];
    let told = project.run_on(&database.url(), &[&plan, arguments].concat()).json();
    let losses = told["losses"].as_array().unwrap().iter();
    losses.map(|loss| json!([loss["kind"], loss["object"], loss["rows"], loss["exact"]])).collect()
}

/// The length of the longest name that PostgreSQL keeps, in bytes, is 63.
const LONG: &str = "a_table_with_a_name_that_is_so_much_longer_than_postgresql_keeps_them";

#[test]
fn what_postgresql_folds_is_folded_alike() {
    let (project, database) = at(&[
        ("CREATE TABLE Übung AS VALUES (1), (2);", "DROP TABLE Übung;"),
        (&format!("CREATE TABLE {LONG} AS VALUES (1);"), &format!("DROP TABLE {LONG};")),
        ("CREATE TABLE \"Ü\" AS VALUES (1), (2), (3);", "DROP TABLE U&\"\\00dc\";"),
        ("CREATE TABLE \"Ä\" AS VALUES (1);", "DROP TABLE U&\"!00C4\" /* as it is */ UESCAPE '!', never;"),
        ("CREATE TABLE t (ÄÖ int, b int);\nINSERT INTO t VALUES (1, 2);", "ALTER TABLE T DROP ÄÖ;"),
        ("CREATE SCHEMA É;\nCREATE TABLE É.t AS VALUES (1);", "SET search_path = É;\nDROP TABLE t;"),
        (
            "CREATE TABLE É.u AS VALUES (1);",
            "SELECT set_config('search_path', 'É, Public', true);\nDROP TABLE u;\nDROP TABLE IF EXISTS É.nothing;",
        ),
    ]);
    assert_eq!(
        losses(&project, &database, &[]),
        [
            json!(["table", "\"É\".u", 1, true]),
            json!(["table", "\"É\".t", 1, true]),
            json!(["column", "public.t.\"ÄÖ\"", 1, true]),
            json!(["table", "public.\"Ä\"", 1, true]),
            json!(["table", "public.\"Ü\"", 3, true]),
            json!(["table", format!("public.{}", &LONG[..63]), 1, true]),
            json!(["table", "public.\"Übung\"", 2, true]),
        ]
    );
    let said = project.run_on(&database.url(), &["downgrade", "base"]);
    assert_eq!(said.code, 1, "it asks: {said}");
    assert_eq!(database.value("SELECT count(*) FROM \"Übung\""), "2");
}

#[test]
fn names_are_those_that_the_server_keeps() {
    let database = Database::new();
    for spelling in [
        "Users".to_owned(),
        "ÜBUNG".to_owned(),
        "İx".to_owned(),
        "\"Us\"\"ers\"".to_owned(),
        "U&\"\\00dcbung\"".to_owned(),
        "u&\"d\\0061t\\+000061\"".to_owned(),
        "U&\"d!0061t!+000061\" UESCAPE '!'".to_owned(),
        "U&\"d!0061!!\" /* UESCAPE '#' */\n-- '#'\nuescape E'!'".to_owned(),
        "U&\"x!0061\" UESCAPE $x$!$x$".to_owned(),
        "U&\"a\\\\b\"".to_owned(),
        "U&\"a\"\"\\0022\"".to_owned(),
        "U&\"\\D83D\\DE00\\+01F600\"".to_owned(),
        format!("\"{}\"", "X".repeat(70)),
        "ü".repeat(40),
        format!("x{}", "ü".repeat(40)),
        format!("U&\"\\0079{}\"", "ü".repeat(40)),
    ] {
        database.execute(&format!("CREATE TABLE {spelling} ()"));
        let first = sql::tokens(&spelling, 0).next().unwrap();
        let ours = name::of(first.lexeme, &spelling);
        assert_eq!(database.tables(), [ours.unwrap()], "{spelling}");
        database.execute(&format!("DROP TABLE {spelling}"));
    }
    for spelling in
        ["U&\"\\00g0\"", "U&\"\\004\"", "U&\"\\0000\"", "U&\"\\D83D\"", "U&\"\\+110000\"", "U&\"a\" UESCAPE '!!'"]
    {
        assert!(database.client().batch_execute(&format!("CREATE TABLE {spelling} ()")).is_err(), "{spelling}");
        assert_eq!(name::of(sql::Lexeme::QuotedName, spelling), None, "{spelling}");
    }
}

#[test]
fn words_of_sql_are_counted_as_names() {
    let (project, database) = at(&[
        (
            "CREATE SCHEMA \"group\";\nCREATE TABLE \"group\".\"table\" (\"order\" int, \"user\" int, a int);\n\
             INSERT INTO \"group\".\"table\" VALUES (1, NULL, 1), (NULL, NULL, 1), (1, 1, 1);",
            "ALTER TABLE \"group\".\"table\" DROP \"order\", DROP \"user\";\nDROP TABLE \"group\".\"table\";",
        ),
        ("CREATE TABLE other AS VALUES (1);", "DROP TABLE other;"),
    ]);
    let expected = [
        json!(["table", "public.other", 1, true]),
        json!(["column", "group.table.order", 2, true]),
        json!(["column", "group.table.user", 1, true]),
        json!(["table", "group.table", 3, true]),
    ];
    assert_eq!(losses(&project, &database, &["--exact"]), expected);
    assert_eq!(losses(&project, &database, &[]), expected);
}

#[test]
fn what_somebody_drops_meanwhile_is_no_lost_connection() {
    let (project, database) =
        at(&[("CREATE TABLE a AS VALUES (1);", "DROP TABLE a;"), ("CREATE TABLE b AS VALUES (1);", "DROP TABLE b;")]);
    let mut other = database.client();
    other.batch_execute("BEGIN; DROP TABLE a").unwrap();
    let told = std::thread::scope(|scope| {
        let plan = scope.spawn(|| losses(&project, &database, &[]));
        until("the plan waits", || {
            let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'a'::regclass";
            (plan.is_finished() || database.value(waiting) != "0").then_some(())
        });
        other.batch_execute("COMMIT").unwrap();
        plan.join().unwrap()
    });
    assert!(told.contains(&json!(["table", "public.b", 1, true])), "{told:?}");
}
