//! What a plan loses of what its `[retire]` sections bring back or put away.

use insta::assert_snapshot;
use serde_json::json;

use super::said;
use crate::harness::{Database, Project, Proxy};

/// A database at the last one of these revisions, each with its sections, analysed.
fn at(revisions: &[&str]) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    add(&project, 1, revisions);
    project.ok(&database.url(), &["upgrade", "-q"]);
    database.execute("ANALYZE");
    (project, database)
}

/// Adds revisions to the straight line of a project, the first of them with this number.
fn add(project: &Project, first: usize, revisions: &[&str]) {
    for (number, sections) in (first..).zip(revisions) {
        let parents = if number == 1 { String::new() } else { format!("parents: r{}", number - 1) };
        project.revision(&format!("r{number}"), &parents, sections);
    }
}

/// A text with the day that backup names end in masked, whichever it is.
fn undated(text: &str) -> String {
    let mut parts = text.split("_backup_2");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |masked, part| masked + "_backup_DAY" + part.get(7..).unwrap_or_default())
}

fn plan(project: &Project, database: &Database, arguments: &[&str]) -> String {
    undated(&said(&project.run_on(&database.url(), &[&["plan"], arguments].concat())))
}

/// What tools are told to be lost: each thing with its rows.
fn losses(project: &Project, database: &Database, arguments: &[&str]) -> Vec<String> {
    let arguments = [&["plan", "--format", "json"], arguments].concat();
    let told = project.run_on(&database.url(), &arguments).json();
    let losses = told["losses"].as_array().unwrap().iter();
    losses.map(|loss| undated(&format!("{} {} {}", loss["revision"], loss["object"], loss["rows"]))).collect()
}

const VISITS: &str = "-- [up]\nCREATE TABLE visits (id int PRIMARY KEY);\n\
                      INSERT INTO visits SELECT generate_series(1, 1500);\n-- [down]\nDROP TABLE visits;\n";

#[test]
fn a_table_that_comes_back_and_is_dropped() {
    let (project, database) = at(&[VISITS, "-- [retire]\ntable visits\n"]);
    assert_snapshot!(plan(&project, &database, &["downgrade", "base"]), @"
      down r2
      down r1
        loses table visits (now visits_backup_DAY): 1,500 rows, 128 kB
    r2 brings table visits back, which is visits_backup_DAY now
    2 steps; then at base
    --- exit code 0
    ");
    let refused = project.run_on(&database.url(), &["downgrade", "base", "--format", "json"]);
    assert_eq!((refused.code, refused.error()["kind"].as_str()), (1, Some("would_lose")), "{refused}");
    let loss = &refused.error()["details"]["losses"][0];
    assert_eq!(
        (undated(loss["object"].as_str().unwrap()).as_str(), &loss["rows"]),
        ("public.visits_backup_DAY", &json!(1500))
    );
    assert_eq!(database.applied(), ["r1", "r2"]);
    // A backup is made before the plan runs: it has the table under the name that it has then.
    let done = project.run_on(&database.url(), &["downgrade", "base", "--yes", "--backup", "--format", "json"]);
    assert_eq!(done.code, 0, "{done}");
    assert_eq!(undated(&done.json()["backup"]["objects"].to_string()), r#"["public.visits_backup_DAY"]"#);
    assert!(database.tables().is_empty());
}

#[test]
fn a_new_table_in_between() {
    let new = "-- [retire]\ntable visits\n-- [up]\nCREATE TABLE visits (id uuid);\n\
               INSERT INTO visits SELECT gen_random_uuid() FROM generate_series(1, 3);\n-- [down]\nDROP TABLE visits;\n";
    let (project, database) = at(&[VISITS, new]);
    assert_eq!(
        losses(&project, &database, &["downgrade", "base"]),
        [r#""r2" "public.visits" 3"#, r#""r1" "public.visits_backup_DAY" 1500"#]
    );
    assert_eq!(losses(&project, &database, &["downgrade", "r1"]), [r#""r2" "public.visits" 3"#]);
    // Without a database the text says the same.
    let told = project.run(&["plan", "downgrade", "base", "--from", "heads"]);
    assert_snapshot!(said(&told), @"
      down r2
        loses table visits
      down r1
        loses table visits
    r2 brings table visits back
    2 steps; then at base
    --- exit code 0
    ");
}

#[test]
fn a_name_that_was_put_away_twice() {
    let new = |rows: usize| {
        format!(
            "-- [retire]\ntable visits\n-- [up]\nCREATE TABLE visits AS SELECT generate_series(1, {rows});\n-- [down]\nDROP TABLE visits;\n"
        )
    };
    let (project, database) = at(&[VISITS, &new(2), &new(3)]);
    assert_eq!(
        losses(&project, &database, &["downgrade", "base"]),
        [
            r#""r3" "public.visits" 3"#,
            r#""r2" "public.visits_backup_DAY_2" 2"#,
            r#""r1" "public.visits_backup_DAY" 1500"#
        ]
    );
    // The same on a way up that drops one of them by its name.
    let (project, database) = at(&[VISITS]);
    let drop =
        "-- [up]\nDROP TABLE visits_backup_20261121_2;\n-- [up]\nDROP TABLE visits_backup_20261121;\n-- [down]\n";
    add(&project, 2, &[&new(2), "-- [retire]\ntable visits\n", drop]);
    assert_eq!(losses(&project, &database, &["upgrade", "heads"]), [r#""r4" "public.visits" 1500"#]);
}

#[test]
fn what_somebody_has_brought_back_by_hand() {
    let (project, database) = at(&[VISITS, "-- [retire]\ntable visits\n"]);
    project.ok(&database.url(), &["retired", "restore", "visits"]);
    assert_eq!(losses(&project, &database, &["downgrade", "base"]), [r#""r1" "public.visits" 1500"#]);
}

#[test]
fn columns_also_of_a_table_that_comes_back() {
    let (project, database) = at(&[
        "-- [up]\nCREATE SCHEMA app;\nCREATE TABLE app.people (id int);\n-- [down]\nDROP TABLE app.people;\nDROP SCHEMA app;\n",
        "-- [up]\nALTER TABLE app.people ADD email text;\nINSERT INTO app.people SELECT i, 'old' FROM generate_series(1, 40) i;\n\
         -- [down]\nALTER TABLE app.people DROP email;\n",
        "-- [retire]\ncolumn app.people.email\n-- [up]\nALTER TABLE app.people ADD email varchar;\n\
         UPDATE app.people SET email = 'new' WHERE id <= 7;\n-- [down]\nALTER TABLE app.people DROP email;\n",
        "-- [retire]\ntable app.people\n",
    ]);
    assert_snapshot!(plan(&project, &database, &["downgrade", "base"]), @"
      down r4
      down r3
        loses column app.people.email (now app.people_backup_DAY.email): 7 values, 28 bytes
      down r2
        loses column app.people.email (now app.people_backup_DAY.email_backup_DAY): 40 values, 160 bytes
      down r1
        loses table app.people (now app.people_backup_DAY): 40 rows, 16 kB
    r4 brings table app.people back, which is people_backup_DAY now
    r3 brings column app.people.email back, which is email_backup_DAY now
    4 steps; then at base
    --- exit code 0
    ");
    project.ok(&database.url(), &["downgrade", "r3"]);
    assert_eq!(
        losses(&project, &database, &["downgrade", "r1"]),
        [r#""r3" "app.people.email" 7"#, r#""r2" "app.people.email_backup_DAY" 40"#]
    );
}

#[test]
fn other_kinds_and_what_goes_with_them() {
    let make = "-- [up]\nCREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE days (id int, mood mood);\n\
                INSERT INTO days SELECT i, 'sad' FROM generate_series(1, 30) i;\n\
                CREATE VIEW moods AS SELECT id FROM days;\nCREATE MATERIALIZED VIEW counted AS SELECT * FROM moods;\n\
                CREATE SEQUENCE numbers;\nCREATE MATERIALIZED VIEW apart AS SELECT 1 AS one;\n\
                CREATE TABLE p (id int) PARTITION BY RANGE (id);\nCREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9);\n\
                CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (9) TO (99);\nINSERT INTO p SELECT generate_series(1, 20);\n\
                -- [down]\nDROP TABLE p1;\nDROP TABLE p;\nDROP MATERIALIZED VIEW apart;\nDROP SEQUENCE numbers;\n\
                DROP VIEW moods CASCADE;\nDROP TYPE mood CASCADE;\nDROP TABLE days;\n";
    let away = "-- [retire]\nview moods\nmaterialized view apart\nsequence numbers\ntype mood\ntable p\n";
    let (project, database) = at(&[make, away]);
    assert_snapshot!(plan(&project, &database, &["downgrade", "base"]), @"
      down r2
      down r1
        loses table p1 (now p1_backup_DAY): 8 rows, 8 kB
        loses table p (now p_backup_DAY): 20 rows, 16 kB
        loses materialized view apart (now apart_backup_DAY): 1 row, 8 kB
        loses sequence numbers (now numbers_backup_DAY)
        loses view moods (now moods_backup_DAY)
        loses materialized view public.counted (with view moods): 30 rows, 8 kB
        loses type mood
        loses column public.days.mood (with type mood): 30 values, 120 bytes
        loses table days: 30 rows, 8 kB
    r2 brings table p back, which is p_backup_DAY now
    r2 brings type mood back, which is mood_backup_DAY now
    r2 brings sequence numbers back, which is numbers_backup_DAY now
    r2 brings materialized view apart back, which is apart_backup_DAY now
    r2 brings view moods back, which is moods_backup_DAY now
    2 steps; then at base
    --- exit code 0
    ");
    project.ok(&database.url(), &["downgrade", "base", "--yes"]);
    assert!(database.tables().is_empty());
}

#[test]
fn what_goes_with_it_by_a_cascade() {
    let (project, database) =
        at(&["-- [up]\nCREATE TABLE t (id int);\n-- [down]\nDROP TABLE t CASCADE;\n", "-- [retire]\ntable t\n"]);
    let day = database.value("SELECT relname FROM pg_class WHERE relname LIKE 't_backup%'");
    database.execute(&format!(
        "CREATE MATERIALIZED VIEW m AS SELECT 1 AS one FROM generate_series(1, 5) LEFT JOIN {day} ON true"
    ));
    assert_eq!(
        losses(&project, &database, &["downgrade", "base"]),
        [r#""r1" "public.t_backup_DAY" 0"#, r#""r1" "public.m" 5"#]
    );
    // As with a name that the plan itself gives.
    let (project, database) = at(&[
        "-- [up]\nCREATE TABLE t (id int);\nCREATE MATERIALIZED VIEW m AS SELECT 1 AS one FROM generate_series(1, 5) LEFT JOIN t ON true;\n",
    ]);
    add(&project, 2, &["-- [up]\nALTER TABLE t RENAME TO u;\nDROP TABLE u CASCADE;\n"]);
    assert_eq!(losses(&project, &database, &["upgrade", "heads"]), [r#""r2" "public.t" 0"#, r#""r2" "public.m" 5"#]);
}

#[test]
fn a_type_by_another_name() {
    let make = "-- [up]\nCREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE days (mood mood);\nINSERT INTO days VALUES ('sad');\n";
    let (project, database) = at(&[make]);
    add(&project, 2, &["-- [up]\nALTER TYPE mood RENAME TO feeling;\nDROP TYPE feeling CASCADE;\n"]);
    assert_snapshot!(plan(&project, &database, &["upgrade", "heads"]), @"
      up   r2
        loses type feeling
        loses column public.days.mood (with type feeling): 1 value, 4 bytes
    1 step; then at r2
    --- exit code 0
    ");
}

#[test]
fn what_is_put_away_on_the_way_up() {
    let make = "-- [up]\nCREATE TABLE t (id int, note text);\nINSERT INTO t SELECT i, 'x' FROM generate_series(1, 50) i;\n\
                CREATE TABLE u (id int, note text);\nINSERT INTO u SELECT i, 'x' FROM generate_series(1, 60) i;\n";
    let (project, database) = at(&[make]);
    let day = database.value("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD')");
    add(
        &project,
        2,
        &[
            "-- [retire]\ntable t\ncolumn u.note\n",
            "-- [up]\nCREATE TABLE t (id int);\nALTER TABLE u ADD note text;\nINSERT INTO t VALUES (1);\n",
            // What is new is no loss.
            "-- [up]\nDROP TABLE t;\nALTER TABLE u DROP note;\n",
            &format!("-- [up]\nDROP TABLE t_backup_{day};\nALTER TABLE u DROP note_backup_{day};\n"),
        ],
    );
    assert_eq!(losses(&project, &database, &["upgrade", "r4"]), [""; 0]);
    assert_snapshot!(plan(&project, &database, &["upgrade", "heads"]), @"
      up   r2
      up   r3
      up   r4
      up   r5
        loses table t_backup_DAY (now t): 50 rows, 16 kB
        loses column u.note_backup_DAY (now u.note): 60 values, 120 bytes
    r2 retires table t
    r2 retires column u.note
    4 steps; then at r5
    --- exit code 0
    ");
    let done = project.run_on(&database.url(), &["upgrade", "--backup", "--format", "json"]);
    assert_eq!(done.code, 0, "{done}");
    assert_eq!(done.json()["backup"]["objects"], json!(["public.t", "public.u"]));
    assert_eq!(database.tables(), ["u"]);
}

#[test]
fn it_costs_no_further_round_trip() {
    let make = "-- [up]\nCREATE TABLE t (id int);\n-- [down]\nDROP TABLE t;\n";
    let (project, database) = at(&[make, "-- [retire]\ntable t\n"]);
    project.write("revgraph.toml", "lock_timeout = \"0\"\n");
    let proxy = Proxy::start(database.server().address());
    let cost = |arguments: &[&str]| {
        let before = proxy.round_trips();
        project.ok(&proxy.url(&database), arguments);
        proxy.round_trips() - before
    };
    let nothing = cost(&["plan", "downgrade", "r1"]);
    assert_eq!(cost(&["plan", "downgrade", "base"]), nothing + 1);
}

#[test]
fn a_way_down_that_goes_on_behind_its_retire() {
    let (project, database) = at(&[
        "-- [up]\nCREATE TABLE t (id int);\nCREATE TABLE fuel (id int);\n-- [down]\nDROP TABLE t;\nDROP TABLE fuel;\n",
        "-- [up]\nCREATE TABLE a (id int);\nCREATE TABLE b AS SELECT generate_series(1, 9);\n-- [retire]\ntable t\n\
         -- [down transaction=off]\nDROP TABLE a;\nSELECT 1 / (SELECT count(*) FROM fuel);\nDROP TABLE b;\n",
    ]);
    assert_eq!(project.run_on(&database.url(), &["downgrade", "r1", "--yes"]).code, 1);
    assert_eq!(database.tables(), ["b", "fuel", "t"]);
    // Another one of that name, which what is left doesn't touch.
    database.execute("INSERT INTO fuel VALUES (1); CREATE TABLE a AS SELECT 1");
    let refused = project.run_on(&database.url(), &["downgrade", "r1", "--format", "json"]);
    assert_eq!((refused.code, refused.error()["kind"].as_str()), (1, Some("would_lose")), "{refused}");
    let lost: Vec<_> =
        refused.error()["details"]["losses"].as_array().unwrap().iter().map(|loss| loss["object"].clone()).collect();
    assert_eq!(lost, ["public.b"]);
    assert_eq!(losses(&project, &database, &["downgrade", "r1"]), [r#""r2" "public.b" 9"#]);
    let tried = project.run_on(&database.url(), &["downgrade", "r1", "--dry-run", "--format", "json"]).json();
    assert_eq!(tried["losses"].as_array().unwrap().len(), 1, "{tried}");
    project.ok(&database.url(), &["downgrade", "r1", "--yes"]);
    assert_eq!(database.tables(), ["a", "fuel", "t"]);
}
