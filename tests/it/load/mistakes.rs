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
    insta::assert_snapshot!(said("SELECT 1 AS id, now()::timestamp AS day"), @r#"
        error: the column day of t is of type date, and the query gives timestamp without time zone
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t]
          |     ^^^^
        error: upgrade of load failed: the column day of t is of type date, and the query gives timestamp without time zone
        done and recorded before it: table; load was rolled back
        help: cast it in the query: "day"::date AS "day"
        "#);
    insta::assert_snapshot!(said("SELECT 1::bigint AS id"), @r#"
        error: the column id of t is of type integer, and the query gives bigint
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t]
          |     ^^^^
        error: upgrade of load failed: the column id of t is of type integer, and the query gives bigint
        done and recorded before it: table; load was rolled back
        help: cast it in the query: "id"::integer AS "id"
        "#);
    insta::assert_snapshot!(said("SELECT 1.5::float8 AS amount"), @r#"
        error: the column amount of t is of type numeric(10,2), and the query gives double precision
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t]
          |     ^^^^
        error: upgrade of load failed: the column amount of t is of type numeric(10,2), and the query gives double precision
        done and recorded before it: table; load was rolled back
        help: cast it in the query: "amount"::numeric(10,2) AS "amount"
        "#);
    insta::assert_snapshot!(said("SELECT 1 AS id, 'x' AS mail"), @r#"
        error: t has no column "mail", which the query gives
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t]
          |     ^^^^
        error: upgrade of load failed: t has no column "mail", which the query gives
        done and recorded before it: table; load was rolled back
        help: name it as one of them with AS: id, name, day, amount, moods
        "#);
    insta::assert_snapshot!(said("SELECT 1 AS id, 2 AS doubled"), @r#"
        error: the column doubled of t is generated
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t]
          |     ^^^^
        error: upgrade of load failed: the column doubled of t is generated
        done and recorded before it: table; load was rolled back
        help: leave it out of the query: the table computes it
        "#);
    insta::assert_snapshot!(said("SELECT 1 AS id, 2 AS id"), @r#"
        error: the query gives two columns "id"
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t]
          |     ^^^^
        error: upgrade of load failed: the query gives two columns "id"
        done and recorded before it: table; load was rolled back
        help: give each a name of its own with AS
        "#);
    insta::assert_snapshot!(said("SELECT '{}'::text[] AS moods"), @r#"
        error: the table's column moods is of type mood[], an array of a type of the database's own: COPY can't move it
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t]
          |     ^^^^
        error: upgrade of load failed: the table's column moods is of type mood[], an array of a type of the database's own: COPY can't move it
        done and recorded before it: table; load was rolled back
        help: send it as text, text[] or jsonb into a column of that type, and convert it in an [up] section
        "#);
}

#[test]
fn mistakes_in_the_query_have_their_place() {
    let said = |query: &str| said_of("CREATE TABLE s (id int); INSERT INTO s VALUES (1), (0)", query);
    insta::assert_snapshot!(said("-- [load from=v1 into=t]\nSELECT id,\n       nmae\nFROM s;"), @r#"
    error: the source "v1": column "nmae" does not exist
     --> revisions/load.sql:6:8
      |
    6 |        nmae
      |        ^^^^
    error: upgrade of load failed: the source "v1": column "nmae" does not exist
    done and recorded before it: table; load was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
    insta::assert_snapshot!(said("-- [load from=v1 into=t key=id]\nSELECT id FROM\n  s WHERE ide > 1;"), @r#"
        error: the source "v1": column "ide" does not exist
         --> revisions/load.sql:6:11
          |
        6 |   s WHERE ide > 1;
          |           ^^^
        error: upgrade of load failed: the source "v1": column "ide" does not exist
        done and recorded before it: table; load was rolled back
        help: Perhaps you meant to reference the column "s.id".
        "#);
    // Only known when it runs: no place within the query.
    insta::assert_snapshot!(said("-- [load from=v1 into=t key=id]\nSELECT 1 / id AS id FROM s;"), @r#"
    error: the source "v1": division by zero
     --> revisions/load.sql:5:1
      |
    5 | SELECT 1 / id AS id FROM s;
      | ^^^^^^
    error: upgrade of load failed: the source "v1": division by zero
    done and recorded before it: table; load was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
    // A source is only read.
    insta::assert_snapshot!(said("-- [load from=v1 into=t]\nSELECT nextval('n')::int AS id;"), @r#"
    error: the source "v1": relation "n" does not exist
     --> revisions/load.sql:5:16
      |
    5 | SELECT nextval('n')::int AS id;
      |                ^
    error: upgrade of load failed: the source "v1": relation "n" does not exist
    done and recorded before it: table; load was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
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
    insta::assert_snapshot!(said_of("", "-- [load from=v1 into=t]\nSELECT 7 AS id;"), @r#"
    error: new row for relation "t" violates check constraint "t_id_check"
     --> revisions/load.sql:4:5
      |
    4 | -- [load from=v1 into=t]
      |     ^^^^
    detail: Failing row contains (7, null, null, null, null, 14).
    where: COPY t, line 1
    error: upgrade of load failed: new row for relation "t" violates check constraint "t_id_check"
    done and recorded before it: table; load was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
    insta::assert_snapshot!(said_of("", "-- [load from=v1 into=t]\nSELECT repeat('x', 21) AS name;"), @"
    error: value too long for type character varying(20)
     --> revisions/load.sql:4:5
      |
    4 | -- [load from=v1 into=t]
      |     ^^^^
    where: COPY t, line 1, column name
    error: upgrade of load failed: value too long for type character varying(20)
    done and recorded before it: table; load was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    ");
    insta::assert_snapshot!(said_of("", "-- [load from=v1 into=nowhere]\nSELECT 1 AS id;"), @"
    error: there is no table nowhere
     --> revisions/load.sql:4:5
      |
    4 | -- [load from=v1 into=nowhere]
      |     ^^^^
    error: upgrade of load failed: there is no table nowhere
    done and recorded before it: table; load was rolled back
    help: mend the file or the data, and run the command again: it goes on from there
    ");
}

#[test]
fn rows_that_a_trigger_leaves_out_are_missed() {
    let table = "CREATE TABLE t (id int); CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN IF NEW.id % 2 = 0 THEN RETURN NULL; END IF; RETURN NEW; END $$; \
                 CREATE TRIGGER odd BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION odd();";
    let pair = Pair::new("", table, "-- [load from=v1 into=t]\nSELECT generate_series(1, 10) AS id;");
    insta::assert_snapshot!(pair.refused(), @r#"
        error: "v1" has sent 10 rows, and t has taken 5
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t]
          |     ^^^^
        error: upgrade of load failed: "v1" has sent 10 rows, and t has taken 5
        done and recorded before it: table; load was rolled back
        help: look for a trigger of the table that leaves rows out
        "#);
}

#[test]
fn keys_that_are_none() {
    let said = |key: &str, query: &str| said_of("", &format!("-- [load from=v1 into=t key={key}]\n{query};"));
    insta::assert_snapshot!(said("nr", "SELECT 1 AS id"), @r#"
        error: the query does not give one column "nr", the key
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t key=nr]
          |     ^^^^
        error: upgrade of load failed: the query does not give one column "nr", the key
        done and recorded before it: table; load was rolled back
        help: its columns are id
        "#);
    insta::assert_snapshot!(said("amount", "SELECT 1.0 AS amount"), @r#"
        error: a load can't go by the key "amount": its type may write equal values in several ways
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t key=amount]
          |     ^^^^
        error: upgrade of load failed: a load can't go by the key "amount": its type may write equal values in several ways
        done and recorded before it: table; load was rolled back
        help: cast it in the query to smallint, integer, bigint, uuid or text
        "#);
    insta::assert_snapshot!(said("id", "VALUES (1), (2), (2)") , @r#"
        error: the query does not give one column "id", the key
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t key=id]
          |     ^^^^
        error: upgrade of load failed: the query does not give one column "id", the key
        done and recorded before it: table; load was rolled back
        help: its columns are column1
        "#);
    insta::assert_snapshot!(said("id", "SELECT * FROM (VALUES (1), (2), (2)) AS v (id)"), @r#"
        error: the key "id" is "2" in more than one row of the query
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t key=id]
          |     ^^^^
        error: upgrade of load failed: the key "id" is "2" in more than one row of the query
        done and recorded before it: table; load was rolled back
        help: take a column that is unique in what the query gives, or leave key= out
        "#);
    insta::assert_snapshot!(said("id", "SELECT * FROM (VALUES (1), (NULL), (2)) AS v (id)"), @r#"
        error: the key "id" is null in a row of the query
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t key=id]
          |     ^^^^
        error: upgrade of load failed: the key "id" is null in a row of the query
        done and recorded before it: table; load was rolled back
        help: leave those rows out in the query, or load them by a section of their own without key=
        "#);
    let blurred = "CREATE COLLATION blurred (provider = icu, locale = 'und-u-ks-level2', deterministic = false)";
    insta::assert_snapshot!(
        said_of(blurred, "-- [load from=v1 into=t key=name]\nSELECT 'a' COLLATE blurred AS name;"),
        @r#"
        error: the collation of the key "name" takes different texts for equal
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t key=name]
          |     ^^^^
        error: upgrade of load failed: the collation of the key "name" takes different texts for equal
        done and recorded before it: table; load was rolled back
        help: give it another one in the query: "name" COLLATE "C" AS "name"
        "#
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
    insta::assert_snapshot!(pair.upgrade().complaint(), @r#"
    load goes on where it stopped:
      SELECT id, x FROM s
    error: null value in column "x" of relation "t" violates not-null constraint
     --> revisions/load.sql:4:5
      |
    4 | -- [load from=v1 into=t key=id]
      |     ^^^^
    detail: Failing row contains (55555, null).
    where: COPY t, line 5555
    error: upgrade of load failed: null value in column "x" of relation "t" violates not-null constraint
    no revision was completed; load stopped there, and the ledger knows where: what it had done outside of transactions stays
    help: mend the file or the data, and run the command again: it goes on at that statement
    "#);
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
    insta::assert_snapshot!(said.complaint(), @r#"
        load goes on where it stopped:
          SELECT id, 1 AS x FROM s
        error: rows are in that another line has loaded: -- [load from=v1 into=t key=id]
         --> revisions/load.sql:4:5
          |
        4 | -- [load from=v1 into=t key=x]
          |     ^^^^
        error: upgrade of load failed: rows are in that another line has loaded: -- [load from=v1 into=t key=id]
        no revision was completed; load stopped there, and the ledger knows where: what it had done outside of transactions stays
        help: put the line back as it was: the load goes on behind the last key that is in
        "#);
    // The query may be mended; what is in was right.
    pair.section("-- [load from=v1 into=t key=id]\nSELECT id, coalesce(x, 1) AS x FROM s;");
    pair.loads();
}

#[test]
fn a_file_is_refused_whose_load_is_no_query() {
    let project = Project::new();
    project.revision("a", "", "-- [load from=v1 into=t]\nDELETE FROM s;\n");
    insta::assert_snapshot!(project.run(&["heads"]).complaint(), @r#"
        error: [load] takes a query, which only reads
         --> revisions/a.sql:4:1
          |
        4 | DELETE FROM s;
          | ^^^^^^^^^^^^^
          |
          = help: begin it with SELECT, WITH, VALUES or TABLE: it runs on the other database, and its rows come here
        error: 1 revision file can't be used
        help: mend the files; nothing was done
        "#);
}
