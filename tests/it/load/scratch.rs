//! Revisions that load, in scratch databases: `test`, `squash`, `diff` and `drift`.

use super::Pair;
use crate::harness::Said;

/// Three revisions, the one in the middle a load; a column that is computed of what came.
fn pair() -> Pair {
    let pair = Pair::new(
        "CREATE TABLE s AS SELECT id, 'name ' || id AS name FROM generate_series(1, 70000) AS id",
        "CREATE TABLE t (id int, name text);",
        "-- [load from=v1 into=t key=id]\nSELECT id, name FROM s;",
    );
    let sections = "-- [up]\nALTER TABLE t ADD COLUMN upper text;\nUPDATE t SET upper = upper(name);\n\
                    -- [down]\nALTER TABLE t DROP COLUMN upper;\n-- [verify]\nSELECT FROM t WHERE upper IS NULL;\n";
    pair.project.revision("upper", "parents: load", sections);
    pair
}

impl Pair {
    /// Says in the settings what stands for the source: a file of SQL.
    fn with_stand_in(self, sql: &str) -> Pair {
        self.project.write("fixtures/v1.sql", sql);
        let settings = "\n[scratch]\nfrom = \"programs\"\nsources = { v1 = \"fixtures/v1.sql\" }\n";
        let path = self.project.path().join("revgraph.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text + settings).unwrap();
        self
    }

    fn run(&self, arguments: &[&str]) -> Said {
        self.project.run_on(&self.target.url(), arguments)
    }
}

const STAND_IN: &str = "CREATE TABLE s (id int, name text);\nINSERT INTO s VALUES (1, 'a'), (2, 'b');\n";

#[test]
fn a_scratch_has_nothing_to_load_from() {
    let pair = pair();
    let said = pair.run(&["squash", "--id", "base0", "--scratch", "programs"]);
    assert_eq!(said.code, 1, "{said}");
    insta::assert_snapshot!(said.complaint(), @r#"
        error: load has a [load] section: a scratch database has nothing to load from
        help: squash what is below it or above it: `--to` or `--from` a neighbour of `load`; or let a file of SQL stand for "v1", in revgraph.toml under [scratch]: sources = { v1 = "….sql" }
        "#);
    let said = pair.run(&["test", "--scratch", "programs"]);
    assert_eq!(said.code, 3, "{said}");
    insta::assert_snapshot!(said.out.lines().take(3).collect::<Vec<_>>().join("\n"), @r#"
        exact        table
        fails        load
            up: load can't load: a scratch database has nothing to load from: what is to stand for "v1" there is not configured
        "#);
    for command in [&["diff", "base:heads", "--scratch", "programs"][..], &["drift", "--scratch", "programs"]] {
        pair.run(&["upgrade"]);
        let said = pair.run(command);
        assert!(
            said.code == 1 && said.err.contains("load can't load: a scratch database has nothing to load from"),
            "{said}"
        );
    }
}

#[test]
fn a_file_stands_for_the_source() {
    let pair = pair().with_stand_in(STAND_IN);
    let said = pair.run(&["test"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.out.contains("3 exact"), "{said}");
    let json = pair.run(&["diff", "table:upper", "--counts", "--format", "json"]);
    assert!(json.code == 3 && json.out.contains("\"upper\""), "{json}");
    assert_eq!(pair.upgrade().code, 0);
    let said = pair.run(&["drift"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn a_load_that_fails_spoils_no_other_one_from_there() {
    let pair = pair().with_stand_in(STAND_IN);
    pair.section("-- [load from=v1 into=t]\nSELECT nothing FROM s;");
    let other = "-- [load from=v1 into=t]\nSELECT id, name FROM s;\n-- [down]\nTRUNCATE t;\n";
    pair.project.revision("other", "parents: table", other);
    let said = pair.run(&["test"]);
    assert_eq!(said.code, 3, "{said}");
    let told: Vec<&str> = said.out.lines().take(7).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    exact        table
    fails        load
        up: upgrade of load failed: the source "v1": column "nothing" does not exist
        revisions/load.sql:5:8
    exact        other
    not tested   upper
        it needs load, which fails
    "#);
}

#[test]
fn a_squash_keeps_the_load_and_is_proved_with_the_file() {
    let pair = pair().with_stand_in(STAND_IN);
    let said = pair.run(&["squash", "--id", "base0", "--mode", "snapshot"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.err.contains("load has a [load] section, and a dump would hold the rows"), "{said}");
    let said = pair.run(&["squash", "--id", "base0"]);
    assert_eq!(said.code, 0, "{said}");
    let baseline = pair.baseline();
    assert!(baseline.contains("-- [load from=v1 into=t key=id]\n") && !baseline.contains("'a'"), "{baseline}");
    // The baseline loads what there is, not what stood for it.
    let said = pair.upgrade();
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(pair.target.applied(), ["base0", "load", "table", "upper"]);
    assert_eq!(pair.target.value("SELECT count(upper) FROM t"), "70000");
    pair.project.ok(&pair.target.url(), &["downgrade", "base", "--yes"]);
    assert!(pair.target.tables().is_empty());
}

impl Pair {
    fn baseline(&self) -> String {
        let folder = std::fs::read_dir(self.project.path().join("revisions")).unwrap();
        let files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        std::fs::read_to_string(&files[0]).unwrap()
    }
}

#[test]
fn a_file_that_does_not_run_is_shown_with_the_place() {
    let pair = pair().with_stand_in("CREATE TABLE s (id int, name text);\n\nINSERT INTO s VALUES (1, b);\n");
    insta::assert_snapshot!(pair.run(&["test"]).complaint(), @r#"
        error: column "b" does not exist
         --> fixtures/v1.sql:3:26
          |
        3 | INSERT INTO s VALUES (1, b);
          |                          ^
          |
          = help: it is sent to the server as it is: SQL alone, no COPY FROM stdin and none of psql's commands
        "#);
    let pair = self::pair().with_stand_in(&STAND_IN.replace("(2,", "(1 / 0,"));
    insta::assert_snapshot!(pair.run(&["squash"]).complaint(), @r#"
        error: division by zero
         --> fixtures/v1.sql:2:1
          |
        2 | INSERT INTO s VALUES (1, 'a'), (1 / 0, 'b');
          | ^^^^^^
          |
          = help: it is sent to the server as it is: SQL alone, no COPY FROM stdin and none of psql's commands
        "#);
    std::fs::remove_file(pair.project.path().join("fixtures/v1.sql")).unwrap();
    let said = pair.run(&["test"]);
    assert!(said.code == 1 && said.err.contains("fixtures/v1.sql"), "{said}");
}

#[test]
fn a_file_that_makes_roles_is_not_for_the_target_s_server() {
    let pair = pair().with_stand_in(&format!("CREATE ROLE legacy;\n{STAND_IN}"));
    let path = pair.project.path().join("revgraph.toml");
    let text =
        std::fs::read_to_string(&path).unwrap().replace("from = \"programs\"", "server = true\nfrom = \"server\"");
    std::fs::write(path, format!("url = \"{}\"\n{text}", pair.target.url())).unwrap();
    let said = pair.project.run(&["test"]);
    assert!(said.code == 1 && said.err.contains("fixtures/v1.sql has a statement about roles"), "{said}");
}
