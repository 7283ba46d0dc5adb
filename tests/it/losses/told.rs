//! What is told, by `plan`, by the run and by its trial.

use insta::assert_snapshot;
use serde_json::json;

use super::{at, said};
use crate::harness::{Database, Project, Proxy};

const ACCOUNTS: &str = "CREATE TABLE accounts (id int PRIMARY KEY, note text, mood text);
INSERT INTO accounts SELECT i, CASE WHEN i % 4 = 0 THEN 'eight by' END, 'x' FROM generate_series(1, 4000) i;";

/// What a plan says on a database.
fn plan(project: &Project, database: &Database, arguments: &[&str]) -> String {
    said(&project.run_on(&database.url(), &[&["plan"], arguments].concat()))
}

#[test]
fn rows_and_bytes_by_statistics() {
    let (project, database) = at(&[
        (ACCOUNTS, "DROP TABLE accounts;"),
        ("CREATE TABLE log (id int);\nINSERT INTO log VALUES (1);", "TRUNCATE log;\nDROP TABLE log;"),
        ("CREATE SEQUENCE s;", "DROP SEQUENCE s;"),
        ("CREATE MATERIALIZED VIEW m AS SELECT id FROM accounts;", "DROP MATERIALIZED VIEW m;"),
        ("CREATE TABLE nothing (id int);", "DROP TABLE nothing;"),
        ("", "DELETE FROM accounts;\nDELETE FROM log WHERE id = 1;\nDROP TABLE IF EXISTS never;"),
    ]);
    assert_snapshot!(plan(&project, &database, &["downgrade", "r1"]), @"
      down r6  step 6
        empties table accounts: about 4,000 rows, 288 kB
      down r5  step 5
        loses table nothing: empty
      down r4  step 4
        loses materialized view m: about 4,000 rows, 144 kB
      down r3  step 3
        loses sequence s
      down r2  step 2
        empties table log: 1 row, 8 kB
    5 steps; then at r1
    --- exit code 0
    ");
    let told = project.run_on(&database.url(), &["plan", "downgrade", "r4", "--format", "json"]).json();
    let without_bytes = |mut loss: serde_json::Value| {
        let bytes = loss.as_object_mut().unwrap().remove("bytes").unwrap();
        (loss, bytes.as_u64().unwrap())
    };
    let losses: Vec<_> = told["losses"].as_array().unwrap().iter().cloned().map(without_bytes).collect();
    assert_eq!(
        losses.iter().map(|(loss, _)| loss.clone()).collect::<Vec<_>>(),
        [
            json!({"revision": "r6", "direction": "down", "kind": "table", "object": "public.accounts", "how": "delete",
                   "rows": 4000, "exact": false}),
            json!({"revision": "r5", "direction": "down", "kind": "table", "object": "public.nothing", "how": "drop",
                   "rows": 0, "exact": true}),
        ],
        "{told}"
    );
    let bytes: i64 = database.client().query_one("SELECT pg_total_relation_size('accounts')", &[]).unwrap().get(0);
    assert_eq!(losses[0].1, bytes as u64);
    let nothing = project.run_on(&database.url(), &["plan", "upgrade", "heads", "--format", "json"]).json();
    assert_eq!((&nothing["losses"], &nothing["unseen"]), (&json!([]), &json!([])));
}

#[test]
fn tables_that_grew_since_they_were_analysed() {
    let (project, database) = at(&[(ACCOUNTS, "DROP TABLE accounts;"), ("CREATE TABLE b (id int);", "DROP TABLE b;")]);
    database.execute("INSERT INTO accounts (id) SELECT i FROM generate_series(4001, 12000) i");
    database.execute("INSERT INTO b SELECT generate_series(1, 10000)");
    let rows = |arguments: &[&str]| -> Vec<serde_json::Value> {
        let told = project.run_on(&database.url(), &[&["plan", "--format", "json"], arguments].concat()).json();
        told["losses"].as_array().unwrap().iter().map(|loss| loss["rows"].clone()).collect()
    };
    // By as many rows on a page as there were. Of one that was empty nothing is known, if it is too large to be counted in passing.
    let estimated = rows(&["downgrade", "base"]);
    assert!(estimated[0].is_null() && (8_000..16_000).contains(&estimated[1].as_u64().unwrap()), "{estimated:?}");
    assert_eq!(rows(&["downgrade", "base", "--exact"]), [json!(10000), json!(12000)]);
    assert_snapshot!(plan(&project, &database, &["downgrade", "r1"]), @"
      down r2  step 2
        loses table b: 384 kB, rows unknown
    unknown: not analysed since there were any; `--exact` counts them
    1 step; then at r1
    --- exit code 0
    ");
    assert_snapshot!(plan(&project, &database, &["downgrade", "r1", "--exact"]), @"
          down r2  step 2
            loses table b: 10,000 rows, 384 kB
        1 step; then at r1
        --- exit code 0
        ");
}

#[test]
fn a_column_is_counted_by_its_values() {
    let (project, database) = at(&[
        (ACCOUNTS, ""),
        ("", "ALTER TABLE accounts DROP note, ALTER mood TYPE varchar(1);"),
        ("ALTER TABLE accounts ADD size varchar(30);", "ALTER TABLE accounts ALTER size TYPE varchar(40);"),
        ("CREATE TYPE kind AS ENUM ('x');", "ALTER TABLE accounts ALTER mood TYPE kind USING mood::text::kind;"),
    ]);
    assert_snapshot!(plan(&project, &database, &["downgrade", "r1"]), @"
      down r4  step 4
        moves column accounts.mood to the enum kind: about 4,000 values, 7.8 kB
      down r3  step 3
      down r2  step 2
        loses column accounts.note: about 1,000 values, 8.8 kB
        narrows column accounts.mood to varchar(1): about 4,000 values, 7.8 kB
    3 steps; then at r1
    --- exit code 0
    ");
    assert_snapshot!(plan(&project, &database, &["downgrade", "r1", "--exact"]), @"
      down r4  step 4
        moves column accounts.mood to the enum kind: 4,000 values, 7.8 kB
      down r3  step 3
      down r2  step 2
        loses column accounts.note: 1,000 values, 8.8 kB
        narrows column accounts.mood to varchar(1): 4,000 values, 7.8 kB
    3 steps; then at r1
    --- exit code 0
    ");
}

#[test]
fn what_the_plan_makes_itself_is_no_loss() {
    let (project, database) = at(&[(ACCOUNTS, ""), ("CREATE TABLE kept (id int);\nINSERT INTO kept VALUES (1);", "")]);
    let sections = "-- [up]\nCREATE TABLE scratch AS SELECT * FROM accounts;\nALTER TABLE scratch RENAME TO other;\n\
                    CREATE TEMP TABLE accounts (id int);\nDROP TABLE accounts;\nDROP TABLE other;\n\
                    CREATE TABLE IF NOT EXISTS kept (id int);\n\
                    ALTER TABLE accounts ADD extra int;\nALTER TABLE accounts DROP extra;\n\
                    CREATE SCHEMA side;\nCREATE TABLE side.accounts (id int);\nDROP TABLE side.accounts;\n\
                    DROP SCHEMA side CASCADE;\n";
    project.revision("r3", "parents: r2", sections);
    assert_snapshot!(plan(&project, &database, &["upgrade", "heads"]), @"
          up   r3
        1 step; then at r3
        --- exit code 0
        ");
    // What was there has another name by then.
    let sections = "-- [up]\nALTER TABLE accounts RENAME note TO remark;\nALTER TABLE accounts RENAME TO people;\n\
                    CREATE TABLE accounts (id int);\nCREATE SCHEMA old;\nALTER TABLE kept SET SCHEMA old;\n\
                    ALTER TABLE people DROP COLUMN remark;\nDROP TABLE accounts;\n\
                    DROP TABLE old.kept;\nDROP TABLE people;\n";
    project.revision("r3", "parents: r2", sections);
    assert_snapshot!(plan(&project, &database, &["upgrade", "heads"]), @"
      up   r3
        loses column people.remark (now accounts.note): about 1,000 values, 8.8 kB
        loses table old.kept: 1 row, 8 kB
        loses table people (now accounts): about 4,000 rows, 288 kB
    1 step; then at r3
    --- exit code 0
    ");
    project.ok(&database.url(), &["upgrade"]);
    assert!(database.tables().is_empty());
}

#[test]
fn names_mean_what_they_mean_to_the_server() {
    let (project, database) = (Project::new(), Database::new());
    database.execute(
        "CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t AS SELECT 1; CREATE TABLE b.t AS SELECT generate_series(1, 20);
         CREATE TABLE public.t AS SELECT generate_series(1, 300); CREATE SCHEMA postgres;
         CREATE TABLE postgres.t AS SELECT generate_series(1, 4000); ANALYZE",
    );
    project.revision("r1", "", "-- [up]\nTRUNCATE a.t;\n");
    project.revision("r2", "parents: r1", "-- [up]\nSET search_path = b, public;\nTRUNCATE t;\n");
    project.revision(
        "r3",
        "parents: r2",
        "-- [up]\nSELECT set_config('search_path', 'nowhere, public', true);\nTRUNCATE t;\n",
    );
    project.revision("r4", "parents: r3", "-- [up]\nTRUNCATE t;\n");
    project.revision(
        "r5",
        "parents: r4",
        "-- [up]\nSET LOCAL search_path TO b;\nRESET search_path;\nDROP TABLE t;\nDROP TABLE public.t;\n",
    );
    assert_snapshot!(plan(&project, &database, &["upgrade", "heads"]), @"
          up   r1
            empties table a.t: 1 row, 8 kB
          up   r2
            empties table t: 20 rows, 8 kB
          up   r3
            empties table t: 300 rows, 16 kB
          up   r4
            empties table t: about 4,000 rows, 144 kB
          up   r5
        5 steps; then at r5
        --- exit code 0
        ");
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.rows("SELECT schemaname FROM pg_tables WHERE tablename = 't' ORDER BY 1"), ["a", "b"]);
    assert_eq!(database.value("SELECT (SELECT count(*) FROM a.t) + (SELECT count(*) FROM b.t)"), "0");
}

#[test]
fn hostile_names_are_names() {
    let (project, database) = (Project::new(), Database::new());
    let name = r#""{heap} '); DROP TABLE x; -- \ ""{names} ü""#;
    database.execute(&format!("CREATE TABLE {name} ({name} int); INSERT INTO {name} SELECT 1"));
    project.revision("r1", "", &format!("-- [up]\nALTER TABLE {name} DROP COLUMN {name};\nDROP TABLE {name};\n"));
    assert_snapshot!(plan(&project, &database, &["upgrade", "heads", "--exact"]), @r#"
          up   r1
            loses column "{heap} '); DROP TABLE x; -- \ ""{names} ü"."{heap} '); DROP TABLE x; -- \ ""{names} ü": 1 value, 4 bytes
            loses table "{heap} '); DROP TABLE x; -- \ ""{names} ü": 1 row, 8 kB
        1 step; then at r1
        --- exit code 0
        "#);
}

#[test]
fn what_a_cascade_takes() {
    let (project, database) = (Project::new(), Database::new());
    database.execute(
        "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 10);
         CREATE TABLE b (a int CONSTRAINT of_a REFERENCES a); INSERT INTO b SELECT generate_series(1, 10);
         CREATE VIEW v AS SELECT * FROM a; CREATE VIEW w AS SELECT * FROM v;
         CREATE MATERIALIZED VIEW m AS SELECT id FROM v;
         CREATE SCHEMA app; CREATE TABLE app.t (id serial, a int); INSERT INTO app.t SELECT 1, 1;
         CREATE VIEW app.x AS SELECT * FROM app.t; CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE VIEW outside AS SELECT * FROM app.x;
         CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE c (id int, mood mood, at timestamptz);
         INSERT INTO c VALUES (1, 'sad', now()); CREATE VIEW moods AS SELECT mood FROM c;
         CREATE VIEW times AS SELECT at FROM c; CREATE SCHEMA empty; ANALYZE",
    );
    project.revision("r1", "", "-- [up]\nTRUNCATE a CASCADE;\n");
    project.revision("r2", "", "-- [up]\nDROP TABLE a CASCADE;\n");
    project.revision("r3", "", "-- [up]\nDROP SCHEMA app CASCADE;\nDROP SCHEMA empty CASCADE;\n");
    project.revision("r4", "", "-- [up]\nDROP TYPE mood CASCADE;\n");
    project.revision(
        "r5",
        "",
        "-- [up]\nALTER TABLE c DROP COLUMN at CASCADE;\nDROP VIEW IF EXISTS outside CASCADE;\n",
    );
    let told = |target: &str| plan(&project, &database, &["upgrade", target]);
    assert_snapshot!(told("r1"), @"
          up   r1
            empties table a: 10 rows, 24 kB
            empties table public.b (with table a): 10 rows, 8 kB
        1 step; then at r1
        --- exit code 0
        ");
    assert_snapshot!(told("r2"), @"
      up   r2
        loses table a: 10 rows, 24 kB
          and with it table constraint of_a on public.b, view public.v, view public.w
        loses materialized view public.m (with table a): 10 rows, 8 kB
    1 step; then at r2
    --- exit code 0
    ");
    assert_snapshot!(told("r3"), @"
      up   r3
        loses schema app
          and with it function app.f(), view app.x, view public.outside
        loses table app.t (with schema app): 1 row, 8 kB
    1 step; then at r3
    --- exit code 0
    ");
    assert_snapshot!(told("r4"), @"
      up   r4
        loses type mood
          and with it view public.moods
        loses column public.c.mood (with type mood): 1 value, 4 bytes
    1 step; then at r4
    --- exit code 0
    ");
    assert_snapshot!(told("r5"), @"
      up   r5
        loses column c.at: 1 value, 8 bytes
          and with it view public.times
    1 step; then at r5
    --- exit code 0
    ");
    // All of it is so.
    let before = "SELECT count(*) FROM pg_class WHERE relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN \
                  ('public', 'app')) AND relkind IN ('r', 'v', 'm')";
    assert_eq!(database.value(before), "11");
    project.ok(&database.url(), &["upgrade", "heads"]);
    assert_eq!(
        database.rows(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i' ORDER BY 1"
        ),
        ["b", "c"]
    );
}

#[test]
fn all_that_a_role_owns() {
    let (project, database) = (Project::new(), Database::new());
    let role = format!("owner_{}", database.name());
    database.execute(&format!(
        "CREATE ROLE {role}; GRANT CREATE ON SCHEMA public TO {role}; SET ROLE {role}; CREATE TABLE t AS SELECT 1; ANALYZE t"
    ));
    project.revision("r1", "", &format!("-- [up]\nDROP OWNED BY {role};\n"));
    let told = plan(&project, &database, &["upgrade", "heads"]).replace(&role, "ROLE");
    assert_snapshot!(told, @"
          up   r1
            loses all that is owned by ROLE
            loses table public.t (with all that is owned by ROLE): 1 row, 8 kB
        1 step; then at r1
        --- exit code 0
        ");
    database.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_partitioned_table_holds_what_its_partitions_hold() {
    let (project, database) = (Project::new(), Database::new());
    database.execute(
        "CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
         CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (500); INSERT INTO p SELECT generate_series(1, 400);
         CREATE TABLE parent (id int); CREATE TABLE heir () INHERITS (parent); INSERT INTO heir SELECT generate_series(1, 30);
         INSERT INTO parent VALUES (1); ANALYZE p1; ANALYZE p2; ANALYZE parent; ANALYZE heir",
    );
    project.revision("r1", "", "-- [up]\nDROP TABLE p;\n");
    project.revision("r2", "parents: r1", "-- [up]\nDELETE FROM parent;\n");
    assert_snapshot!(plan(&project, &database, &["upgrade", "heads"]), @"
          up   r1
            loses table p: 400 rows, 48 kB
          up   r2
            empties table parent: 1 row, 8 kB
            empties table public.heir (with table parent): 30 rows, 8 kB
        2 steps; then at r2
        --- exit code 0
        ");
    assert_snapshot!(plan(&project, &database, &["upgrade", "heads", "--exact"]), @"
          up   r1
            loses table p: 400 rows, 48 kB
          up   r2
            empties table parent: 1 row, 8 kB
            empties table public.heir (with table parent): 30 rows, 8 kB
        2 steps; then at r2
        --- exit code 0
        ");
}

#[test]
fn what_nobody_can_read_off_the_text() {
    let (project, database) = at(&[(
        "SELECT setval('pg_catalog.pg_class'::regclass::text, 1) WHERE false;",
        "DO $$ BEGIN EXECUTE 'DROP TABLE x'; END $$;\nSELECT purge(1);\nCALL clean.up();\nSELECT count(*), now();\n\
         DO $$ BEGIN RAISE NOTICE 'hello'; END $$;\nSELECT purge(2);\nDROP FUNCTION f(int) CASCADE;",
    )]);
    assert_snapshot!(plan(&project, &database, &["downgrade", "base"]), @"
          down r1  step 1
        not looked into: what is done by a DO block (r1, line 7), the function purge (r1, line 8), the procedure clean.up (r1, line 9), what goes with the function f (r1, line 13)
        1 step; then at base
        --- exit code 0
        ");
    let told = project.run_on(&database.url(), &["plan", "downgrade", "base", "--format", "json"]).json();
    assert_eq!(told["unseen"][0], json!({"revision": "r1", "direction": "down", "line": 7, "what": "a DO block"}));
}

#[test]
fn without_a_database_the_text_alone() {
    let project = Project::new();
    project.revision("r1", "", "-- [up]\nCREATE TABLE t (id int);\n-- [down]\nDROP TABLE t;\n");
    let sections = "-- [up]\nCREATE TABLE u (id int);\nDROP TABLE u;\nALTER TABLE t RENAME TO s;\n\
                    -- [down]\nALTER TABLE s RENAME TO t;\nALTER TABLE t DROP COLUMN id;\nDROP SCHEMA app CASCADE;\n";
    project.revision("r2", "parents: r1", sections);
    let told = |arguments: &[&str]| said(&project.run(&[&["plan"], arguments].concat()));
    assert_snapshot!(told(&["downgrade", "base", "--from", "heads"]), @"
          down r2
            loses column t.id
            loses schema app
          down r1
            loses table t
        2 steps; then at base
        --- exit code 0
        ");
    assert_snapshot!(told(&["upgrade", "heads", "--from", "base"]), @"
          up   r1
          up   r2
        2 steps; then at r2
        --- exit code 0
        ");
    let told = project.run(&["plan", "downgrade", "r1", "--from", "heads", "--format", "json"]).json();
    assert_eq!(
        told["losses"][0],
        json!({"revision": "r2", "direction": "down", "kind": "column", "object": "s.id", "how": "drop", "rows": null,
               "bytes": null, "exact": false})
    );
}

/// One name in two schemas: what is dropped twice is two tables.
#[test]
fn without_a_database_one_name_may_be_two_tables() {
    let project = Project::new();
    let down = "-- [up]\n-- [down]\nDROP TABLE t;\nDROP TABLE IF EXISTS t;\nDROP TABLE app.t, old.t;\n";
    project.revision("r1", "", down);
    assert_snapshot!(said(&project.run(&["plan", "downgrade", "base", "--from", "heads"])), @"
          down r1
            loses table t
            loses table app.t
            loses table old.t
        1 step; then at base
        --- exit code 0
        ");
}

#[test]
fn on_the_way_up_it_is_told_and_not_asked() {
    let (project, database) = at(&[(ACCOUNTS, "")]);
    let drop = "-- [up]\nALTER TABLE accounts DROP note;\n";
    project.revision("r2", "message: no notes\nparents: r1", drop);
    project.revision("r3", "parents: r2", "-- [up]\nCREATE TABLE n (id int);\n");
    let told = project.run_on(&database.url(), &["upgrade", "--dry-run"]);
    assert_snapshot!(said(&told), @"
        up r2  no notes
            loses column accounts.note: about 1,000 values, 8.8 kB
            6 ALTER TABLE accounts DROP note
        up r3
            5 CREATE TABLE n (id int)
        lock AccessExclusiveLock on public.accounts
        tried 2 steps of 2 and rolled back; it would be at r3
        --- exit code 0
        ");
    let tried = project.run_on(&database.url(), &["upgrade", "--dry-run", "--format", "json"]).json();
    assert_eq!(
        (&tried["losses"][0]["object"], &tried["losses"][0]["rows"]),
        (&json!("public.accounts.note"), &json!(1000))
    );
    let quiet = project.run_on(&database.url(), &["upgrade", "r2", "-q"]);
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));
    project.revision("r4", "message: no mood\nparents: r3", "-- [up]\nALTER TABLE accounts DROP mood;\n");
    let upgraded = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(upgraded.code, 0);
    assert_snapshot!(upgraded.complaint(), @"
        up   r4  no mood
          loses column accounts.mood: about 4,000 values, 7.8 kB
        ");
    project.revision("r5", "parents: r4", "-- [up]\nDROP TABLE accounts;\n");
    let upgraded = project.run_on(&database.url(), &["upgrade", "--format", "json"]).json();
    assert_eq!(upgraded["losses"][0]["object"], "public.accounts");
}

#[test]
fn it_costs_one_round_trip_and_only_where_something_is_destroyed() {
    let (project, database) = at(&[(ACCOUNTS, ""), ("CREATE TABLE a (id int);", "DROP TABLE a;"), ("", "SELECT 1;")]);
    for number in 4..60 {
        let sections = format!("-- [up]\nCREATE TABLE t{number} (id int);\n-- [down]\nDROP TABLE t{number};\n");
        project.revision(&format!("r{number}"), &format!("parents: r{}", number - 1), &sections);
    }
    // However slow the machine is, no second session looks who is in the way.
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    let proxy = Proxy::start(database.server().address());
    let cost = |arguments: &[&str]| {
        let before = proxy.round_trips();
        project.ok(&proxy.url(&database), arguments);
        proxy.round_trips() - before
    };
    let nothing = cost(&["plan", "downgrade", "r2"]);
    assert_eq!(cost(&["plan", "downgrade", "r1"]), nothing + 1);
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(cost(&["plan", "downgrade", "r1"]), nothing + 1);
    let (one, many) = (cost(&["downgrade", "r58"]), cost(&["downgrade", "r4"]));
    assert_eq!(one, many);
}

#[test]
fn somebody_who_alters_a_table_is_not_waited_for() {
    let (project, database) = at(&[(ACCOUNTS, "DROP TABLE accounts;")]);
    let mut other = database.client();
    other.batch_execute("BEGIN; LOCK TABLE accounts").unwrap();
    let told = project.run_on(&database.url(), &["plan", "downgrade", "base", "--format", "json"]).json();
    assert_eq!(told["losses"][0]["rows"], 4000);
}

#[test]
fn what_has_run_before_an_interruption_is_there() {
    let (project, database) = (Project::new(), Database::new());
    let sections =
        "-- [up transaction=off]\nCREATE TABLE n (id int);\nSELECT 1 / (SELECT count(*) FROM fuel);\nDROP TABLE n;\n";
    project.revision("r1", "", sections);
    database.execute("CREATE TABLE fuel (id int)");
    assert_eq!(project.run_on(&database.url(), &["upgrade"]).code, 1);
    database.execute("INSERT INTO n SELECT generate_series(1, 7); INSERT INTO fuel VALUES (1); ANALYZE");
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert!(said.err.contains("loses table n: 7 rows"), "{said}");
    assert_eq!(database.tables(), ["fuel"]);
}
