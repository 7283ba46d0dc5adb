//! What can be compared with what.

use insta::assert_snapshot;

use super::Pair;
use crate::harness::{Database, Project};

#[test]
fn a_named_database_and_a_file() {
    let pair = Pair::new("CREATE TABLE t (a int); INSERT INTO t VALUES (1)", "CREATE TABLE t (a bigint)");
    let config = format!("[databases]\nold = \"{}\"\nnew = \"{}\"\n", pair.before.url(), pair.after.url());
    pair.project.write("revgraph.toml", config);
    assert_eq!(pair.project.run(&["diff", "old", "old"]).code, 0);
    assert_eq!(pair.project.run(&["diff", "old", "new"]).code, 3);
    let said = pair.project.ok("old", &["snapshot", "-o", "old.json", "--data"]);
    assert_eq!(said, "wrote 5 objects to old.json\n");
    assert_eq!(pair.project.run(&["diff", "old.json", "old", "--data"]).code, 0);
    let said = pair.project.run(&["diff", "old.json", "new", "--data"]).to_string();
    assert_snapshot!(said.replace(&pair.after.url().replace("?sslmode=disable", ""), "B"), @"
    --- old.json
    +++ B
    schema public
        table t
        ~ column a
            type: integer → bigint
    rows
      ~ public.t: 1 row → 0 rows
    1 changed, 1 with other rows
    --- exit code 3
    ");
    pair.project.ok("old", &["snapshot", "-o", "schema.json"]);
    let said = pair.project.run(&["diff", "schema.json", "old", "--data"]).to_string();
    assert_snapshot!(said, @"
    warning: rows were not compared: one side is a file without them
    no difference in what was compared
    --- exit code 3
    ");
    pair.project.ok("old", &["snapshot", "-o", "counts.json", "--counts"]);
    let said = pair.project.run(&["diff", "counts.json", "old", "--data"]).to_string();
    assert_snapshot!(said, @"
    warning: public.t has as many rows on both sides, but one of them has only counted them
    no difference in what was compared
    --- exit code 3
    ");
    assert_eq!(pair.project.run(&["diff", "counts.json", "old", "--counts"]).code, 0);
    assert_eq!(pair.project.run(&["diff", "old.json", "old", "--counts"]).code, 0);
}

#[test]
fn what_is_no_snapshot_is_told() {
    let project = Project::new();
    project.write("x.json", "{\"objects\": 1}");
    assert_snapshot!(project.run(&["diff", "x.json", "x.json"]), @"
    --- standard error
    error: x.json is no snapshot: missing field `format` at line 1 column 14
    help: `revgraph snapshot -o FILE` writes one
    --- exit code 1
    ");
    assert_snapshot!(project.run(&["diff", "nowhere", "x.json"]), @"
    --- standard error
    error: x.json is no snapshot: missing field `format` at line 1 column 14
    help: `revgraph snapshot -o FILE` writes one
    --- exit code 1
    ");
    assert_snapshot!(project.run(&["diff", "x.json"]), @"
    --- standard error
    error: there is nothing to compare it with
    help: name two sides, or a range of targets such as base:head
    --- exit code 1
    ");
}

#[test]
fn a_file_says_what_it_was_made_of() {
    let pair = Pair::new("CREATE SCHEMA app; CREATE TABLE app.t (); CREATE TABLE t ()", "");
    let url = pair.before.url();
    pair.project.ok(&url, &["snapshot", "--schema", "app", "-o", "app.json"]);
    assert_eq!(pair.project.run(&["diff", "app.json", &url, "--schema", "app"]).code, 0);
    let said = pair.project.run(&["diff", "app.json", &url]);
    assert_snapshot!(said, @"
    --- standard error
    error: app.json was made with --schema app alone
    help: compare it with the same schemas
    --- exit code 1
    ");
    let of_later = pair.project.ok(&url, &["snapshot"]).replace("\"format\": 1", "\"format\": 2");
    pair.project.write("later.json", of_later);
    assert_snapshot!(pair.project.run(&["diff", "later.json", &url]), @"
    --- standard error
    error: later.json is a snapshot of format 2, and this version reads format 1
    help: write it again with the version that is to read it
    --- exit code 1
    ");
}

#[test]
fn addresses_and_files_need_no_project() {
    let pair = Pair::new("CREATE TABLE t ()", "CREATE TABLE t ()");
    std::fs::remove_file(pair.project.path().join("revgraph.toml")).unwrap();
    assert_eq!(pair.diff(&[]), "no difference\n--- exit code 0");
    let said = pair.project.run(&["diff", "head", &pair.after.url()]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.err.contains("there is no revgraph.toml"), "{said}");
}

fn shop() -> Project {
    let project = Project::new();
    project.revision("aaaa", "message: a table", "-- [up]\nCREATE TABLE t (a int);\n-- [down]\nDROP TABLE t;\n");
    project.revision(
        "bbbb",
        "parents: aaaa\nmessage: a column",
        "-- [up]\nALTER TABLE t ADD b text;\nINSERT INTO t VALUES (1, 'x');\n-- [down]\nALTER TABLE t DROP b;\n",
    );
    project
}

#[test]
fn targets_are_built_in_scratch_databases() {
    let project = shop();
    assert_snapshot!(project.run(&["diff", "base:head", "--data"]), @"
    --- base
    +++ head
    schema public
      + table t
        + column a  integer
        + column b  text
    rows
      + public.t: 1 row
    3 added, 1 with other rows
    --- exit code 3
    ");
    assert_snapshot!(project.run(&["diff", "aaaa", "bbbb"]), @"
    --- aaaa
    +++ bbbb
    schema public
        table t
        + column b  text
    1 added
    --- exit code 3
    ");
    assert_eq!(project.run(&["diff", "base", "base"]).code, 0);
    assert_snapshot!(project.run(&["diff", "aaaa", "cccc"]), @"
    --- standard error
    error: no revision or label is called `cccc`
    help: `revgraph history` shows every revision and label
    --- exit code 1
    ");
}

#[test]
fn a_target_is_held_against_a_database() {
    let (project, database) = (shop(), Database::new());
    project.ok(&database.url(), &["upgrade", "aaaa"]);
    let said = project.run(&["diff", "aaaa", &database.url()]);
    assert_eq!((said.code, said.out.as_str()), (0, "no difference\n"), "{said}");
    assert_eq!(project.run(&["diff", "heads", &database.url()]).code, 3);
}
