//! `-- lint: allow …`

use insta::assert_snapshot;

use super::{findings, own};
use crate::harness::Project;

#[test]
fn the_header_allows_for_the_whole_file() {
    let up = "-- [up]\nTRUNCATE a;\nUPDATE b SET c = now();\n-- [down]\nSELECT 1;\n";
    let found = |header: &str| findings(header, up, &[]);
    assert_eq!(found("").len(), 3);
    assert_eq!(found("lint: allow volatile-seed, whole-table-update"), ["5:10 unconfirmed-loss"]);
    assert_eq!(
        found("lint: allow volatile-seed whole-table-update\nlint: allow unconfirmed-loss because a is empty"),
        [""; 0]
    );
}

#[test]
fn a_comment_allows_for_its_statement() {
    for up in [
        "-- lint: allow unconfirmed-loss\nTRUNCATE a;",
        "-- lint: allow unconfirmed-loss because it is empty\n-- as everybody knows\n\nTRUNCATE a;",
        "TRUNCATE a; -- lint: allow unconfirmed-loss",
        "TRUNCATE\n  a; -- lint: allow unconfirmed-loss",
        "-- lint: allow unconfirmed-loss\nALTER TABLE a\n  DROP b,\n  DROP c;",
        "ALTER TABLE a\n  ADD d int,\n  -- lint: allow unconfirmed-loss\n  DROP c;",
        "ALTER TABLE a\n  ADD d int,\n  DROP c -- lint: allow unconfirmed-loss\n  ;",
    ] {
        assert_eq!(own(up), [""; 0], "{up}");
    }
}

#[test]
fn a_comment_allows_for_nothing_else() {
    assert_eq!(own("-- lint: allow unconfirmed-loss\nTRUNCATE a;\nTRUNCATE b;"), ["6:10 unconfirmed-loss"]);
    assert_eq!(own("TRUNCATE a; -- lint: allow unconfirmed-loss\nTRUNCATE b;"), ["5:10 unconfirmed-loss"]);
    assert_eq!(own("-- lint: allow volatile-seed\nTRUNCATE a;"), ["5:10 unconfirmed-loss"]);
    assert_eq!(own("SELECT '-- lint: allow unconfirmed-loss\n';TRUNCATE a;"), ["5:12 unconfirmed-loss"]);
    assert_eq!(own("ALTER TABLE a\n  -- lint: allow unconfirmed-loss\n  DROP b,\n  DROP c;"), ["7:8 unconfirmed-loss"]);
    // Above a section's line it is for that line.
    let down = "-- [up]\nSELECT 1;\n-- lint: allow empty-down\n-- [down]\n";
    assert_eq!(findings("", down, &[]), [""; 0]);
}

#[test]
fn a_name_that_is_no_rule_is_found() {
    let project = Project::new();
    project.revision(
        "a",
        "",
        "-- [up]\n-- lint: allow volatile-seeds, sloth\nINSERT INTO t VALUES (1);\n-- [down]\nSELECT 1;\n",
    );
    assert_snapshot!(project.run(&["lint"]), @r#"
    warning: no rule is called "volatile-seeds"; did you mean `volatile-seed`? [unknown-rule]
     --> revisions/a.sql:4:16
      |
    4 | -- lint: allow volatile-seeds, sloth
      |                ^^^^^^^^^^^^^^
      |
      = note: it allows nothing, and reads as if it did
      = help: `revgraph lint --rules` lists the names

    warning: no rule is called "sloth" [unknown-rule]
     --> revisions/a.sql:4:32
      |
    4 | -- lint: allow volatile-seeds, sloth
      |                                ^^^^^
      |
      = note: it allows nothing, and reads as if it did
      = help: `revgraph lint --rules` lists the names

    2 findings in 1 revision
    --- exit code 3
    "#);
}

#[test]
fn allowing_in_the_header_changes_no_checksum() {
    let project = Project::new();
    let sums = |header: &str| {
        project.revision("a", header, "-- [up]\nSELECT 1;\n-- [down]\nSELECT 2;\n");
        let shown = project.run(&["show", "a", "--format", "json"]).json();
        (shown["revisions"][0]["up_checksum"].clone(), shown["revisions"][0]["down_checksum"].clone())
    };
    assert_eq!(sums(""), sums("lint: allow volatile-seed"));
}

#[test]
fn a_header_line_that_allows_nothing_is_a_mistake() {
    let project = Project::new();
    project.revision("a", "lint: off", "-- [up]\n");
    assert_snapshot!(project.run(&["heads"]), @"
    --- standard error
    error: `lint` takes `allow` and names of rules
     --> revisions/a.sql:2:10
      |
    2 | -- lint: off
      |          ^^^
      |
      = help: write `-- lint: allow volatile-seed`; `revgraph lint --rules` lists the names
    error: 1 revision file can't be used
    help: mend the files; nothing was done
    --- exit code 1
    ");
}
