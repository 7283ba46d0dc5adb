//! Where rows come from: what is configured, reached, changed meanwhile.

use super::{Pair, UNFINISHED};
use crate::harness::{Database, PASSWORD, Project, Proxy, Secure};

/// A project whose first revision makes a table and whose second one loads it.
fn project(configured: &str) -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    project.write("revgraph.toml", configured);
    project.revision("table", "", "-- [up]\nCREATE TABLE t (id int);\n-- [down]\nDROP TABLE t;\n");
    project.revision("load", "parents: table", "-- [load from=v1 into=t]\nSELECT id FROM s;\n-- [down]\nTRUNCATE t;\n");
    (project, database)
}

#[test]
fn nothing_is_touched_where_a_source_is_not_there() {
    for (configured, complaint) in [
        (
            "",
            "error: load can't load: no database is called \"v1\" in revgraph.toml\nhelp: say where it is, in revgraph.toml \
              under [databases]: v1 = \"postgres://…\"\n",
        ),
        (
            "[databases]\nv1 = \"postgres://u:s3cret@127.0.0.1:1/x?sslmode=disable\"\n",
            "error: load can't load: the source \"v1\" can't be read: ",
        ),
        (
            "[databases]\nv1 = \"postgres://u:s3cret@127.0.0.1:port/x\"\n",
            "error: load can't load: the source \"v1\" can't be read: ",
        ),
    ] {
        let (project, database) = project(configured);
        let said = project.run_on(&database.url(), &["upgrade"]);
        assert_eq!(said.code, 1, "{said}");
        assert!(said.complaint().starts_with(complaint), "{said}");
        assert!(!said.err.contains("s3cret"), "{said}");
        assert!(database.tables().is_empty());
        assert_eq!(database.value("SELECT to_regclass('revgraph.applied')"), "-");
        // What doesn't need it goes through, and on the way down nobody asks for it.
        project.ok(&database.url(), &["upgrade", "table"]);
        project.ok(&database.url(), &["downgrade", "base", "--yes"]);
    }
}

#[test]
fn a_server_with_a_password_and_tls() {
    let secure = Secure::shared();
    let mut client = secure.server.client("postgres");
    client
        .batch_execute("DROP TABLE IF EXISTS s; CREATE TABLE s AS SELECT 42 AS id; GRANT SELECT ON s TO tls_only")
        .unwrap();
    let password: String = PASSWORD.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let url = |sslmode: &str| {
        let (port, root) = (secure.server.port(), secure.root_file());
        format!(
            "postgres://tls_only:{password}@localhost:{port}/postgres?sslmode={sslmode}&sslrootcert={}",
            root.display()
        )
    };
    let (project, database) = project(&format!("[databases]\nv1 = \"{}\"\n", url("verify-full")));
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.rows("TABLE t"), ["42"]);
    project.ok(&database.url(), &["downgrade", "table", "--yes"]);
    project.write("revgraph.toml", format!("[databases]\nv1 = \"{}\"\n", url("disable").replace(&password, "wr0ng")));
    let said = project.run_on(&database.url(), &["upgrade"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("the source \"v1\" can't be read") && !said.err.contains("wr0ng"), "{said}");
}

#[test]
fn a_source_that_goes_away_is_named_and_gone_on_from() {
    let pair = Pair::new(
        "CREATE TABLE s AS SELECT id FROM generate_series(1, 200000) AS id",
        "CREATE TABLE t (id int PRIMARY KEY);",
        "-- [load from=v1 into=t key=id]\nSELECT id FROM s;",
    );
    let proxy = Proxy::start(pair.source.server().address());
    pair.project.ok(&pair.target.url(), &["upgrade", "table"]);
    pair.project.write("revgraph.toml", format!("[databases]\nv1 = \"{}\"\n", proxy.url(&pair.source)));
    // A row is 10 bytes, and a message of 5 around it. The first connection only looks whether the source is there.
    let said = {
        let mut command = pair.project.command(&["--database", &pair.target.url(), "upgrade"]);
        proxy.cut_later(1, 1_000_000);
        crate::harness::Said::from(command.output().unwrap())
    };
    assert_eq!(said.code, 1, "{said}");
    assert!(said.err.contains("the connection to the source \"v1\" was lost"), "{said}");
    assert!(said.err.contains("goes on behind the last key"), "{said}");
    assert_eq!(pair.target.rows(UNFINISHED), ["load 0 50000 1 [load from=v1 into=t key=id] 50000"]);
    let said = pair.upgrade();
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(pair.target.value("SELECT count(*) || ' ' || max(id) FROM t"), "200000 200000");
}

#[test]
fn one_snapshot_for_a_run_and_a_new_one_for_the_next() {
    // The rows of the source say which snapshot they were read in: a row is there twice over, before and after a change.
    let pair = Pair::new(
        "CREATE TABLE s AS SELECT id, 'old' AS state FROM generate_series(1, 60000) AS id",
        "CREATE TABLE t (id int, state text);",
        "-- [load from=v1 into=t key=id]\nSELECT id, state FROM s;",
    );
    pair.project.revision(
        "table",
        "",
        "-- [up]\nCREATE TABLE t (id int, state text CHECK (state <> 'bad'));\n-- [down]\nDROP TABLE t;\n",
    );
    pair.source.execute("UPDATE s SET state = 'bad' WHERE id = 60000");
    assert_eq!(pair.upgrade().code, 1);
    // One that went, one that came below what is in, one above it.
    pair.source.execute(
        "UPDATE s SET state = 'new'; DELETE FROM s WHERE id = 1; INSERT INTO s VALUES (-5, 'new'), (70000, 'new')",
    );
    pair.loads();
    let states = "SELECT state, count(*), min(id), max(id) FROM t GROUP BY 1 ORDER BY 1";
    assert_eq!(pair.target.rows(states), ["new 10001 50001 70000", "old 50000 1 50000"]);
}
