//! Batches in scratch databases: `squash`, `test` and `drift`.

use crate::harness::{Database, Project};

/// A table with 12 rows, and a column that a batch with these options fills, five rows a run.
fn project(options: &str) -> Project {
    let project = Project::new();
    let table = "-- [up]\nCREATE TABLE t (id int PRIMARY KEY);\nINSERT INTO t SELECT generate_series(1, 12);\n\
                 -- [down]\nDROP TABLE t;\n";
    project.revision("r1", "message: a table", table);
    let filled = format!(
        "-- [up]\nALTER TABLE t ADD n int;\n-- [batch{options}]\nUPDATE t SET n = 2 * id WHERE id IN\n    \
         (SELECT id FROM t WHERE n IS NULL ORDER BY id LIMIT 5);\n-- [up]\nALTER TABLE t ALTER n SET NOT NULL;\n\
         -- [verify]\nSELECT id FROM t WHERE n <> 2 * id;\n-- [down]\nALTER TABLE t DROP n;\n"
    );
    project.revision("r2", "message: filled\nparents: r1", &filled);
    project
}

const ROWS: &str =
    "SELECT count(*), sum(n), (SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnotnull) FROM t";

/// Squashes, and gives the sections of the baseline, which must build in an empty database what the chain has built.
fn squash(project: &Project, mode: &str) -> String {
    let (chain, empty) = (Database::new(), Database::new());
    project.ok(&chain.url(), &["upgrade", "r1"]);
    let arguments = ["squash", "--scratch", "programs", "--id", "b", "-m", "all", "--mode", mode];
    let said = project.run_on(&chain.url(), &arguments);
    assert_eq!(said.code, 0, "{said}");
    project.ok(&empty.url(), &["upgrade"]);
    assert_eq!(empty.applied(), ["b", "r1", "r2"]);
    assert_eq!(empty.value(ROWS), "12 156 8");
    project.ok(&empty.url(), &["downgrade", "base", "--yes"]);
    assert!(empty.tables().is_empty());
    let mut files = std::fs::read_dir(project.path().join("revisions")).unwrap();
    let text = std::fs::read_to_string(files.next().unwrap().unwrap().path()).unwrap();
    text.split_once("\n\n").unwrap().1.to_owned()
}

#[test]
fn a_snapshot_has_its_rows() {
    let text = squash(&project(" pause=1h limit=1"), "snapshot");
    assert!(!text.contains("[batch") && text.contains("INSERT INTO"), "{text}");
}

#[test]
fn put_together_it_stays_a_batch() {
    insta::assert_snapshot!(squash(&project(" pause=1ms"), "concat"), @r"
        -- [up]
        -- r1: a table
        CREATE TABLE t (id int PRIMARY KEY);
        INSERT INTO t SELECT generate_series(1, 12);

        -- [up]
        -- r2: filled
        ALTER TABLE t ADD n int;

        -- [batch pause=1ms]
        -- r2: filled
        UPDATE t SET n = 2 * id WHERE id IN
            (SELECT id FROM t WHERE n IS NULL ORDER BY id LIMIT 5);

        -- [up]
        -- r2: filled
        ALTER TABLE t ALTER n SET NOT NULL;

        -- [verify]
        SELECT id FROM t WHERE n <> 2 * id;

        -- [down]
        -- r2: filled
        ALTER TABLE t DROP n;
        RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMP; DISCARD SEQUENCES; UNLISTEN *; CLOSE ALL;

        -- [down]
        -- r1: a table
        DROP TABLE t;
        ");
}

#[test]
fn a_database_within_finishes_along_the_archive() {
    let project = project("");
    let database = Database::new();
    project.ok(&database.url(), &["upgrade", "r1"]);
    squash(&project, "snapshot");
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.applied(), ["b", "r1", "r2"]);
    assert_eq!(database.value(ROWS), "12 156 8");
}

#[test]
fn its_way_down_is_tested_and_drift_is_seen() {
    // Neither waits for a pause nor stops at a limit: that is for databases which people use.
    let project = project(" pause=1h limit=1");
    let said = project.run(&["test", "--scratch", "programs", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said}"));
    let classes: Vec<&str> =
        found["revisions"].as_array().unwrap().iter().map(|revision| revision["class"].as_str().unwrap()).collect();
    assert_eq!((said.code, classes), (0, vec!["exact", "exact"]));

    let database = Database::new();
    project.ok(&database.url(), &["upgrade", "r1"]);
    let text = std::fs::read_to_string(project.path().join("revisions/r2.sql")).unwrap();
    project.write("revisions/r2.sql", text.replace(" pause=1h limit=1", ""));
    project.ok(&database.url(), &["upgrade"]);
    let drift = |code| assert_eq!(project.run_on(&database.url(), &["drift", "--scratch", "programs"]).code, code);
    drift(0);
    database.execute("ALTER TABLE t ALTER n DROP NOT NULL");
    drift(3);
}
