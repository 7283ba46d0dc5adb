//! What no kind of object describes is told.

use revgraph::schema::{ReadOptions, Unclaimed, read as read_with};

use super::{database_of_all_kinds, options, read, session, session_at, version};
use crate::harness::{Database, Proxy};

#[test]
fn an_empty_database_has_nothing_but_its_schema_and_language() {
    let database = Database::new();
    let snapshot = read(&mut session(&database));
    let names: Vec<String> = snapshot.objects.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["database itself", "extension plpgsql", "schema public"]);
    let public = snapshot.objects.iter().find(|(identity, _)| identity.name == "public");
    assert!(public.is_some_and(|(_, attributes)| attributes.is_empty()));
}

#[test]
fn catalogs_of_a_later_postgresql_are_not_passed_over() {
    let database = Database::new();
    database.execute(
        "SET allow_system_table_mods = on;
         CREATE TABLE pg_catalog.pg_future (oid oid, name text);
         INSERT INTO pg_catalog.pg_future VALUES (99999, 'x'), (1, 'of the system');
         CREATE TABLE pg_catalog.pg_future_part (name text);
         INSERT INTO pg_catalog.pg_future_part VALUES ('x'), ('y');
         CREATE TABLE pg_catalog.pg_future_nothing (name text);",
    );
    let snapshot = read(&mut session(&database));
    let unclaimed =
        |catalog: &str, object: &str| Unclaimed { catalog: catalog.to_owned(), objects: vec![object.to_owned()] };
    let expected = [unclaimed("pg_future", "oid 99999"), unclaimed("pg_future_part", "2 rows")];
    assert_eq!(snapshot.not_compared, expected);
}

#[test]
fn the_ledger_and_temporary_objects_are_no_part_of_a_snapshot() {
    let database = Database::new();
    let mut session = session(&database);
    let before = read(&mut session);
    database.execute("CREATE SCHEMA revgraph; CREATE TABLE revgraph.applied (id text PRIMARY KEY)");
    let mut client = database.client();
    client
        .batch_execute(
            "CREATE TEMP TABLE here (id serial PRIMARY KEY, name text CHECK (name <> ''));
             CREATE TYPE pg_temp.mood AS ENUM ('good'); CREATE VIEW pg_temp.seen AS SELECT 1;
             CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        )
        .unwrap();
    assert_eq!(read(&mut session), before);
    database.execute("CREATE TABLE revgraph.mine ()");
    let names: Vec<String> = read(&mut session).objects.keys().map(ToString::to_string).collect();
    assert!(names.contains(&"table revgraph.mine".to_owned()), "{names:?}");
}

#[test]
fn a_list_of_schemas_reads_no_other() {
    let database = database_of_all_kinds();
    let options = ReadOptions { schemas: Some(vec!["Odd \"Name".to_owned()]), ..options() };
    let snapshot = read_with(session(&database).client(), &options).unwrap();
    let names: Vec<String> = snapshot.objects.keys().map(ToString::to_string).collect();
    insta::assert_snapshot!(names.join("\n"), @r#"
    schema Odd "Name
    table Odd "Name.Table.dot
    column Odd "Name.Table.dot.Column one
    column Odd "Name.Table.dot.SELECT
    constraint Odd "Name.Table.dot.Table.dot_Column one_check
    constraint Odd "Name.Table.dot.Table.dot_pkey
    "#);
}

#[test]
fn a_role_without_rights_reads_it_too() {
    let database = database_of_all_kinds();
    database.execute("ALTER ROLE kinds_reader LOGIN");
    let url = database.url().replace("postgres@", "kinds_reader@");
    let (of_superuser, mut of_reader) = (read(&mut session(&database)), read(&mut session_at(&url)));
    // What a user mapping says is for its user.
    let mappings = |identity: &revgraph::schema::Identity| identity.kind == "user mapping";
    assert!(of_reader.objects.keys().any(mappings));
    for (identity, attributes) in of_superuser.objects.iter().filter(|(identity, _)| mappings(identity)) {
        of_reader.objects.insert(identity.clone(), attributes.clone());
    }
    of_reader.not_compared.clone_from(&of_superuser.not_compared);
    assert_eq!(of_reader, of_superuser);
}

#[test]
fn a_snapshot_is_one_round_trip() {
    let database = Database::new();
    database.execute("CREATE TABLE t (id int PRIMARY KEY, name text DEFAULT 'x' CHECK (name <> ''))");
    let proxy = Proxy::start(database.server().address());
    let mut session = session_at(&proxy.url(&database));
    let before = proxy.round_trips();
    read(&mut session);
    assert_eq!(proxy.round_trips() - before, 1);
    database.execute("COMMENT ON INDEX t_pkey IS 'no object here: somebody has to name it'");
    read(&mut session);
    assert_eq!(proxy.round_trips() - before, 3);
}

#[test]
fn a_comment_on_nothing_is_none() {
    // Before, describing nothing is an error.
    if version() < 14 {
        return;
    }
    let database = Database::new();
    let mut session = session(&database);
    let before = read(&mut session);
    database.execute("INSERT INTO pg_description VALUES (99999, 'pg_class'::regclass, 0, 'on what was dropped')");
    assert_eq!(read(&mut session), before);
}
