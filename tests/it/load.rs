//! `[load]`: rows of another database, streamed into a table.

mod killed;
mod mistakes;
mod scratch;
mod sources;
mod stopped;
mod types;

use crate::harness::{Database, Project, Said};

/// A database to load from, one to load into, and a project that knows both.
struct Pair {
    source: Database,
    target: Database,
    project: Project,
}

impl Pair {
    /// `source` is what the source holds; `table` is what the target has, and `section` is what loads it.
    fn new(source: &str, table: &str, section: &str) -> Pair {
        let pair = Pair { source: Database::new(), target: Database::new(), project: Project::new() };
        pair.project.write("revgraph.toml", format!("[databases]\nv1 = \"{}\"\n", pair.source.url()));
        pair.source.execute(source);
        pair.project.revision("table", "", &format!("-- [up]\n{table}\n-- [down]\nDROP TABLE t;\n"));
        pair.section(section);
        pair
    }

    /// Writes the revision that loads.
    fn section(&self, section: &str) {
        self.project.revision("load", "parents: table", &format!("{section}\n-- [down]\nTRUNCATE t;\n"));
    }

    fn upgrade(&self) -> Said {
        self.project.run_on(&self.target.url(), &["upgrade"])
    }

    #[track_caller]
    fn loads(&self) {
        let said = self.upgrade();
        assert_eq!(said.code, 0, "{said}");
        assert_eq!(self.target.applied(), ["load", "table"]);
        assert!(self.target.rows(UNFINISHED).is_empty());
    }

    /// What is said of a load that fails, once nothing of it is in.
    #[track_caller]
    fn refused(&self) -> String {
        let said = self.upgrade();
        assert_eq!(said.code, 1, "{said}");
        assert_eq!(self.target.applied(), ["table"]);
        assert_eq!(self.target.value("SELECT count(*) FROM t"), "0");
        said.complaint()
    }
}

const UNFINISHED: &str = "SELECT revision, section, rows, runs, position FROM revgraph.unfinished";

/// All that a query gives, for comparing.
fn digest(database: &Database, query: &str) -> String {
    let rows = format!("SELECT count(*), sum(hashtextextended(q::text, 0)) FROM ({query}) AS q");
    database.rows(&rows).join("\n")
}

#[test]
fn rows_come_over_in_one_transaction() {
    let pair = Pair::new(
        "CREATE TABLE s AS SELECT id, 'name ' || id AS name FROM generate_series(1, 120000) AS id",
        "CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL);",
        "-- [load from=v1 into=t]\nSELECT id, name FROM s ORDER BY id;",
    );
    pair.loads();
    let query = |table: &str| format!("SELECT id, name FROM {table}");
    assert_eq!(digest(&pair.target, &query("t")), digest(&pair.source, &query("s")));
    assert_eq!(pair.target.value("SELECT count(DISTINCT xmin::text) FROM t"), "1");
    assert_eq!(pair.target.events(), ["upgrade table done", "upgrade load done"]);
    // Down and up again.
    pair.project.ok(&pair.target.url(), &["downgrade", "table", "--yes"]);
    assert_eq!(pair.target.value("SELECT count(*) FROM t"), "0");
    pair.loads();
    assert_eq!(pair.target.value("SELECT count(*) FROM t"), "120000");
}

#[test]
fn with_a_key_each_range_is_a_transaction() {
    let pair = Pair::new(
        "CREATE TABLE s AS SELECT id, 'name ' || id AS name FROM generate_series(1, 120000) AS id",
        "CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL);",
        "-- [load from=v1 into=t key=id]\nSELECT id, name FROM s;",
    );
    pair.loads();
    let ranges = "SELECT min(id), max(id), count(*) FROM t GROUP BY xmin::text ORDER BY 1";
    assert_eq!(pair.target.rows(ranges), ["1 50000 50000", "50001 100000 50000", "100001 120000 20000"]);
}

#[test]
fn an_empty_source_is_no_mistake() {
    for key in ["", " key=id"] {
        let pair = Pair::new(
            "CREATE TABLE s (id int)",
            "CREATE TABLE t (id int);",
            &format!("-- [load from=v1 into=t{key}]\nTABLE s;"),
        );
        pair.loads();
        assert_eq!(pair.target.value("SELECT count(*) FROM t"), "0");
    }
}

#[test]
fn sections_of_all_kinds_stand_beside_it() {
    let pair = Pair::new(
        "CREATE TABLE s AS SELECT id FROM generate_series(1, 3) AS id",
        "CREATE TABLE t (id int, doubled int);",
        "-- [up]\nINSERT INTO t VALUES (0);\n-- [load from=v1 into=t key=id]\nSELECT id FROM s\n  -- the last of them\n;\n\
         -- [load from=v1 into=t]\nVALUES (4)\n-- [up]\nUPDATE t SET doubled = 2 * id;\n\
         -- [verify]\nSELECT count(*) = 5 AS ok FROM t;",
    );
    // It has no name that the table knows.
    let said = pair.upgrade();
    assert_eq!(said.code, 1, "{said}");
    assert!(said.err.contains("t has no column \"column1\""), "{said}");
    assert_eq!(pair.target.rows(UNFINISHED), ["load 2 0 0 -"]);
    let mended = std::fs::read_to_string(pair.project.path().join("revisions/load.sql")).unwrap();
    pair.project.write("revisions/load.sql", mended.replace("VALUES (4)", "SELECT 4 AS id"));
    pair.loads();
    assert_eq!(pair.target.rows("SELECT * FROM t ORDER BY id"), ["0 0", "1 2", "2 4", "3 6", "4 8"]);
}

#[test]
fn a_dry_run_counts_and_moves_nothing() {
    let pair = Pair::new(
        "CREATE TABLE s AS SELECT id FROM generate_series(1, 1234) AS id",
        "CREATE TABLE t (id int);",
        "-- [load from=v1 into=t key=id]\nSELECT id FROM s;\n-- [load from=v1 into=t]\nSELECT id FROM s WHERE id > 1200;",
    );
    let url = pair.target.url();
    insta::assert_snapshot!(pair.project.ok(&url, &["upgrade", "--dry-run"]), @r#"
        up table
            4 CREATE TABLE t (id int)
        up load
            5 SELECT id FROM s  1234 rows from v1 into t
            7 SELECT id FROM s WHERE id > 1200  34 rows from v1 into t
        not tried load: the rows of its [load] are only counted, and what comes behind that was left out
        tried 2 steps of 2 and rolled back; it would be at load
        "#);
    let json = pair.project.run_on(&url, &["upgrade", "--dry-run", "--format", "json"]).json();
    let loads = &json["steps"][1]["statements"];
    assert_eq!((&loads[0]["rows"], &loads[1]["rows"]), (&1234.into(), &34.into()));
    assert_eq!(loads[1]["load"], serde_json::json!({"from": "v1", "into": "t"}));
    assert!(pair.target.tables().is_empty());
    // It finds what the load itself would be refused for.
    pair.section("-- [load from=v1 into=t]\nSELECT id::text FROM s;");
    let said = pair.project.run_on(&url, &["upgrade", "--dry-run"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.err.contains("the column id of t is of type integer, and the query gives text"), "{said}");
}

#[test]
fn a_script_can_not_have_it() {
    let pair = Pair::new("", "CREATE TABLE t (id int);", "-- [load from=v1 into=t]\nSELECT 1 AS id;");
    let said = pair.project.run_on(&pair.target.url(), &["upgrade", "--sql"]);
    assert_eq!(said.code, 1, "{said}");
    insta::assert_snapshot!(said.complaint(), @r#"
        error: load has a [load] section: a script for psql can't read another database
        help: let `revgraph upgrade` run it; scripts can be of what is below and above `load`
        "#);
    assert_eq!(said.out, "");
    // The way down has nothing of it.
    let down = pair.project.run(&["downgrade", "--sql", "load:table"]);
    assert!(down.code == 0 && down.out.contains("TRUNCATE t"), "{down}");
}
