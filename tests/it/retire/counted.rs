//! What `retired list` counts, and what it leaves alone.

use super::fix_day;
use crate::harness::{Database, Project};

/// Tables `a`, `b` and `c` with a column `note` each, of which `a`'s column and the others are retired.
fn retired() -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.revision(
        "r1",
        "",
        "-- [up]\nCREATE TABLE a (id int, note text);\nCREATE SCHEMA app;\nCREATE TABLE app.b (id int);\nCREATE TABLE c (id int);\n\
         INSERT INTO a VALUES (1, 'x'), (2, NULL);\nINSERT INTO app.b VALUES (1);\nINSERT INTO c VALUES (1), (2), (3);\n\
         -- [down]\nDROP TABLE a, app.b, c;\nDROP SCHEMA app;\n",
    );
    project.revision("r2", "parents: r1", "-- [retire]\ncolumn a.note\ntable app.b\ntable c\n");
    project.ok(&database.url(), &["upgrade", "r1"]);
    fix_day(&database, "20261121");
    project.ok(&database.url(), &["upgrade"]);
    (project, database)
}

/// Each object with its rows, as the list has them; `~` before an estimate.
fn listed(project: &Project, url: &str) -> String {
    let listed = project.run_on(url, &["retired", "list", "--format", "json"]).json();
    let one = |holding: &serde_json::Value| {
        let about = if holding["estimated"] == true { "~" } else { "" };
        format!("{} {about}{}", holding["object"].as_str().unwrap(), holding["rows"])
    };
    listed["retired"].as_array().unwrap().iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_large_table_is_not_read_for_its_column() {
    let (project, database) = retired();
    assert_eq!(listed(&project, &database.url()), "column a.note 1, table app.b 1, table c 3");
    // 8 rows on a page of 8 KiB: 80 MiB.
    database.execute(
        "ALTER TABLE a SET (fillfactor = 10); ALTER TABLE a ALTER COLUMN note_backup_20261121 SET STORAGE PLAIN; \
         INSERT INTO a SELECT id, repeat('x', 800) FROM generate_series(1, 10240) AS id",
    );
    assert_eq!(database.value("SELECT pg_total_relation_size('a') > 64 * 1024 * 1024"), "t");
    assert_eq!(listed(&project, &database.url()), "column a.note ~null, table app.b 1, table c 3");
}

#[test]
fn what_inherits_is_another_table() {
    let (project, database) = retired();
    database.execute("CREATE TABLE d () INHERITS (c_backup_20261121); INSERT INTO d VALUES (4), (5)");
    assert_eq!(listed(&project, &database.url()), "column a.note 1, table app.b 1, table c 3");
}

#[test]
fn what_may_not_be_read_is_left_uncounted_alone() {
    let (project, database) = retired();
    let reader = format!("reader_of_{}", database.name());
    database.execute(&format!(
        "CREATE ROLE {reader} LOGIN; GRANT USAGE ON SCHEMA revgraph TO {reader}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA revgraph TO {reader}; \
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA revgraph TO {reader}; \
         GRANT SELECT ON a, c_backup_20261121 TO {reader}; ANALYZE app.b_backup_20261121"
    ));
    let url = database.url().replace("postgres@", &format!("{reader}@"));
    let all = listed(&project, &url);
    database.execute(&format!("REVOKE SELECT ON a FROM {reader}"));
    let fewer = listed(&project, &url);
    database.execute("ALTER TABLE c_backup_20261121 ENABLE ROW LEVEL SECURITY");
    let hidden = listed(&project, &url);
    database.execute(&format!("DROP OWNED BY {reader}; DROP ROLE {reader}"));
    assert_eq!(all, "column a.note 1, table app.b ~1, table c 3");
    assert_eq!(fewer, "column a.note ~null, table app.b ~1, table c 3");
    assert_eq!(hidden, "column a.note ~null, table app.b ~1, table c ~null");
}

#[test]
fn what_is_locked_is_not_waited_for() {
    let (project, database) = retired();
    let mut other = database.client();
    let mut transaction = other.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE app.b_backup_20261121 IN ACCESS EXCLUSIVE MODE").unwrap();
    assert_eq!(listed(&project, &database.url()), "column a.note 1, table app.b ~null, table c 3");
    // A purge waits for it as for any other lock; it has listed them first.
    let said = project.run_on(&database.url(), &["retired", "purge", "c", "--yes"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn partitions_count_together_and_what_is_elsewhere_does_not() {
    let (project, database) = (Project::new(), Database::new());
    project.revision(
        "r1",
        "",
        "-- [up]\nCREATE TABLE p (id int, note text) PARTITION BY RANGE (id);\nCREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);\n\
         CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (9) TO (99);\nINSERT INTO p VALUES (1, 'x'), (10, NULL);\n\
         CREATE TABLE q (id int) PARTITION BY LIST (id);\nCREATE MATERIALIZED VIEW m AS SELECT 1 AS id;\nCREATE VIEW v AS SELECT 1;\n\
         -- [down]\nDROP VIEW v;\nDROP MATERIALIZED VIEW m;\nDROP TABLE p, q;\n",
    );
    project.revision("r2", "parents: r1", "-- [retire]\ntable p\ntable q\nmaterialized view m\nview v\n");
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(listed(&project, &database.url()), "table p 2, table q 0, materialized view m 1, view v ~null");
    let backup = database.value("SELECT backup FROM revgraph.retired WHERE object = 'table q'");
    database.execute(&format!(
        "CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing; \
         CREATE FOREIGN TABLE q1 PARTITION OF {backup} FOR VALUES IN (1) SERVER elsewhere"
    ));
    assert_eq!(listed(&project, &database.url()), "table p 2, table q ~null, materialized view m 1, view v ~null");
}
