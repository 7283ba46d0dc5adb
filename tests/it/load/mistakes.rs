//! What a load is refused for, with the place and what to do.

use super::{Pair, UNFINISHED};
use crate::harness::Project;

/// What is said where the table is `t (id int, name text, day date, doubled int GENERATED …)`.
fn said_of(source: &str, section: &str) -> String {
    let table = "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id int CHECK (id <> 7), name varchar(20), day date, \
                 amount numeric(10,2), moods mood[], doubled int GENERATED ALWAYS AS (2 * id) STORED);";
    Pair::new(source, table, section).refused()
}

#[test]
fn columns_that_do_not_fit() {
    let said = |query: &str| said_of("", &format!("-- [load from=v1 into=t]\n{query};"));
    insta::assert_snapshot!(said("SELECT 1 AS id, now()::timestamp AS day"), @"");
    insta::assert_snapshot!(said("SELECT 1::bigint AS id"), @"");
    insta::assert_snapshot!(said("SELECT 1.5::float8 AS amount"), @"");
    insta::assert_snapshot!(said("SELECT 1 AS id, 'x' AS mail"), @"");
    insta::assert_snapshot!(said("SELECT 1 AS id, 2 AS doubled"), @"");
    insta::assert_snapshot!(said("SELECT 1 AS id, 2 AS id"), @"");
    insta::assert_snapshot!(said("SELECT '{}'::text[] AS moods"), @"");
}

#[test]
fn mistakes_in_the_query_have_their_place() {
    let said = |query: &str| said_of("CREATE TABLE s (id int); INSERT INTO s VALUES (1), (0)", query);
    insta::assert_snapshot!(said("-- [load from=v1 into=t]\nSELECT id,\n       nmae\nFROM s;"), @"");
    insta::assert_snapshot!(said("-- [load from=v1 into=t key=id]\nSELECT id FROM\n  s WHERE ide > 1;"), @"");
    // Only known when it runs: no place within the query.
    insta::assert_snapshot!(said("-- [load from=v1 into=t key=id]\nSELECT 1 / id AS id FROM s;"), @"");
    // A source is only read.
    insta::assert_snapshot!(said("-- [load from=v1 into=t]\nSELECT nextval('n')::int AS id;"), @"");
}

#[test]
fn a_source_is_never_written() {
    let pair = Pair::new(
        "CREATE TABLE s (id int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'INSERT INTO s VALUES (1) RETURNING id'",
        "CREATE TABLE t (id int);",
        "-- [load from=v1 into=t]\nSELECT f() AS id;",
    );
    let said = pair.refused();
    assert!(said.contains("the source \"v1\": cannot execute INSERT in a read-only transaction"), "{said}");
    pair.section("-- [load from=v1 into=t]\nWITH new AS (INSERT INTO s VALUES (2) RETURNING id) SELECT id FROM new;");
    let said = pair.refused();
    assert!(said.contains("the source \"v1\""), "{said}");
    assert_eq!(pair.source.value("SELECT count(*) FROM s"), "0");
}

#[test]
fn what_the_table_says_against_rows() {
    insta::assert_snapshot!(said_of("", "-- [load from=v1 into=t]\nSELECT 7 AS id;"), @"");
    insta::assert_snapshot!(said_of("", "-- [load from=v1 into=t]\nSELECT repeat('x', 21) AS name;"), @"");
    insta::assert_snapshot!(said_of("", "-- [load from=v1 into=nowhere]\nSELECT 1 AS id;"), @"");
}

#[test]
fn rows_that_a_trigger_leaves_out_are_missed() {
    let table = "CREATE TABLE t (id int); CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN IF NEW.id % 2 = 0 THEN RETURN NULL; END IF; RETURN NEW; END $$; \
                 CREATE TRIGGER odd BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION odd();";
    let pair = Pair::new("", table, "-- [load from=v1 into=t]\nSELECT generate_series(1, 10) AS id;");
    insta::assert_snapshot!(pair.refused(), @"");
}

#[test]
fn keys_that_are_none() {
    let said = |key: &str, query: &str| said_of("", &format!("-- [load from=v1 into=t key={key}]\n{query};"));
    insta::assert_snapshot!(said("nr", "SELECT 1 AS id"), @"");
    insta::assert_snapshot!(said("amount", "SELECT 1.0 AS amount"), @"");
    insta::assert_snapshot!(said("id", "VALUES (1), (2), (2)") , @"");
    insta::assert_snapshot!(said("id", "SELECT * FROM (VALUES (1), (2), (2)) AS v (id)"), @"");
    insta::assert_snapshot!(said("id", "SELECT * FROM (VALUES (1), (NULL), (2)) AS v (id)"), @"");
    let blurred = "CREATE COLLATION blurred (provider = icu, locale = 'und-u-ks-level2', deterministic = false)";
    insta::assert_snapshot!(
        said_of(blurred, "-- [load from=v1 into=t key=name]\nSELECT 'a' COLLATE blurred AS name;"),
        @""
    );
}

/// 50,000 rows go in before the one that doesn't.
fn half_way(last: &str) -> Pair {
    let pair = Pair::new(
        "CREATE TABLE s AS SELECT id, 1 AS x FROM generate_series(1, 60000) AS id",
        "CREATE TABLE t (id int, x int NOT NULL);",
        "-- [load from=v1 into=t key=id]\nSELECT id, x FROM s;",
    );
    pair.source.execute(last);
    let said = pair.upgrade();
    assert_eq!(said.code, 1, "{said}");
    assert_eq!(pair.target.rows(UNFINISHED), ["load 0 50000 1 [load from=v1 into=t key=id] 50000"]);
    assert_eq!(pair.target.value("SELECT count(*) FROM t"), "50000");
    pair
}

#[test]
fn what_failed_half_way_goes_on_when_it_is_mended() {
    let pair = half_way("UPDATE s SET x = NULL WHERE id = 55555");
    insta::assert_snapshot!(pair.upgrade().complaint(), @"");
    pair.source.execute("UPDATE s SET x = 1");
    pair.loads();
    assert_eq!(pair.target.value("SELECT count(*) || ' ' || count(DISTINCT id) FROM t"), "60000 60000");
}

#[test]
fn a_key_that_is_twice_is_found_at_the_border_of_a_range() {
    let pair = Pair::new(
        "CREATE TABLE s AS SELECT id FROM generate_series(1, 60000) AS id; INSERT INTO s VALUES (50000)",
        "CREATE TABLE t (id int);",
        "-- [load from=v1 into=t key=id]\nSELECT id FROM s;",
    );
    // The two are the last one of a range and the first one of the next: neither is in.
    for _ in 0..2 {
        let said = pair.refused();
        assert!(said.contains("the key \"id\" is \"50000\" in more than one row"), "{said}");
    }
}

#[test]
fn a_null_is_found_behind_the_keys_that_are_in() {
    let pair = half_way("INSERT INTO s VALUES (NULL, 1)");
    for _ in 0..2 {
        let said = pair.upgrade();
        assert!(said.code == 1 && said.err.contains("the key \"id\" is null"), "{said}");
    }
    pair.source.execute("DELETE FROM s WHERE id IS NULL");
    pair.loads();
}

#[test]
fn another_line_does_not_go_on_where_this_one_stopped() {
    let pair = half_way("UPDATE s SET x = NULL WHERE id = 60000");
    pair.section("-- [load from=v1 into=t key=x]\nSELECT id, 1 AS x FROM s;");
    let said = pair.upgrade();
    assert_eq!(said.code, 1, "{said}");
    insta::assert_snapshot!(said.complaint(), @"");
    // The query may be mended; what is in was right.
    pair.section("-- [load from=v1 into=t key=id]\nSELECT id, coalesce(x, 1) AS x FROM s;");
    pair.loads();
}

#[test]
fn a_file_is_refused_whose_load_is_no_query() {
    let project = Project::new();
    project.revision("a", "", "-- [load from=v1 into=t]\nDELETE FROM s;\n");
    insta::assert_snapshot!(project.run(&["heads"]).complaint(), @"");
}
