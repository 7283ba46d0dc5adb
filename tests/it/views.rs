//! The commands that show the files and need no database, whole, for people and for tools.

mod plans;
mod surroundings;

use insta::assert_snapshot;

use crate::harness::Project;

/// Two branches from one base, their merge, and another tree that depends on one of them:
///
/// ```text
/// base0 ── left1 ── left2 ─┐
///   └───── right1 ─────────┴─ join      (head)
/// tree1 ── tree2                        (head; tree2 depends on right1)
/// ```
fn branched() -> Project {
    let project = Project::new();
    let sections = "-- [up]\nSELECT 1;\n\n-- [down]\nSELECT 2;\n";
    for (id, header) in [
        ("base0", "message: begin\nlabels: first\ncreated: 2026-01-01T00:00:00Z"),
        ("left1", "message: add left\nparents: base0\nlabels: left\ncreated: 2026-01-02T00:00:00Z"),
        ("left2", "message: more of it\nparents: left1\ncreated: 2026-01-03T00:00:00Z"),
        ("right1", "message: add right\nparents: base0\nlabels: right\ncreated: 2026-01-04T00:00:00Z"),
        ("join", "parents: left2 right1\ncreated: 2026-01-05T00:00:00Z"),
        ("tree1", "message: another tree\nlabels: tree\ncreated: 2026-01-06T00:00:00Z"),
        ("tree2", "message: lean on it\nparents: tree1\ndepends_on: right1\ncreated: 2026-01-07T00:00:00Z"),
    ] {
        project.revision(id, header, sections);
    }
    project
}

/// What a command says, with `{}` in the place of the project's folder.
fn said(project: &Project, arguments: &[&str]) -> String {
    project.run(arguments).to_string().replace(&project.path().display().to_string(), "{}")
}

#[test]
fn heads() {
    let project = branched();
    assert_snapshot!(said(&project, &["heads"]), @"
    join (first, left, right) [head] [merge]
    tree2 (tree) [head]  lean on it
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["heads", "--format", "json"]), @r#"
    {
      "heads": [
        "join",
        "tree2"
      ],
      "bases": [
        "base0",
        "tree1"
      ],
      "real_heads": [
        "join",
        "tree2"
      ],
      "real_bases": [
        "base0",
        "tree1"
      ]
    }
    --- exit code 0
    "#);
}

#[test]
fn history() {
    let project = branched();
    assert_snapshot!(said(&project, &["history"]), @"
    tree2 (tree) [head]  lean on it
    tree1 (tree) [base]  another tree
    join (first, left, right) [head] [merge]
    right1 (first, right)  add right
    left2 (first, left)  more of it
    left1 (first, left)  add left
    base0 (first) [base] [branch point]  begin
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["history", "-v", "-r", "left2:"]), @"
    join (first, left, right) [head] [merge]
        parents: left2, right1
        created: 2026-01-05T00:00:00Z
        revisions/join.sql
    left2 (first, left)  more of it
        parents: left1
        created: 2026-01-03T00:00:00Z
        revisions/left2.sql
    --- exit code 0
    ");
}

#[test]
fn ranges_of_the_history() {
    let project = branched();
    let ids = |range: &str| {
        let said = project.run(&["history", "-r", range, "--format", "json"]).json();
        let ids = said["revisions"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>().join(" ")
    };
    let ranges = ["left1:join", "base:left2", "left1:", ":right1", "tree@base:heads", "-2:tree2", ":", "left1:left1"];
    assert_snapshot!(ranges.map(|range| format!("{range:16} {}", ids(range))).join("\n"), @"
    left1:join       join left2 left1
    base:left2       left2 left1 base0
    left1:           join left2 left1
    :right1          right1 base0
    tree@base:heads  tree2 tree1 right1 base0
    -2:tree2         tree2 tree1 right1 base0
    :                tree2 tree1 join right1 left2 left1 base0
    left1:left1      left1
    ");
    assert_snapshot!(said(&project, &["history", "-r", "base0:+2"]), @"
    --- standard error
    error: `+2` is ambiguous: `base0` has several children: `left1` and `right1`
    help: name a revision, or narrow it to a branch: `LABEL@+2`
    --- exit code 1
    ");
}

#[test]
fn show() {
    let project = branched();
    assert_snapshot!(said(&project, &["show", "left", "head-1@tree"]), @"
    --- standard error
    error: `head-1@tree` is not a target here: after `+` or `-` goes a number, and nothing behind it
    help: targets are `heads`, `head`, `base`, an id or its beginning, a label, `LABEL@head`, `+1`, `-1`, `ID+1`
    --- exit code 1
    ");
    assert_snapshot!(said(&project, &["show", "left", "tree@head", "left1"]), @"
    left1 (first, left)  add left
    revisions/left1.sql

    -- revision: left1
    -- message: add left
    -- parents: base0
    -- labels: left
    -- created: 2026-01-02T00:00:00Z

    -- [up]
    SELECT 1;

    -- [down]
    SELECT 2;

    tree2 (tree) [head]  lean on it
    revisions/tree2.sql

    -- revision: tree2
    -- message: lean on it
    -- parents: tree1
    -- depends_on: right1
    -- created: 2026-01-07T00:00:00Z

    -- [up]
    SELECT 1;

    -- [down]
    SELECT 2;
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["show", "join", "--format", "json"]), @r#"
    {
      "revisions": [
        {
          "id": "join",
          "message": "",
          "parents": [
            "left2",
            "right1"
          ],
          "depends_on": [],
          "children": [],
          "labels": [
            "first",
            "left",
            "right"
          ],
          "own_labels": [],
          "created": "2026-01-05T00:00:00Z",
          "head": true,
          "base": false,
          "merge": true,
          "branch_point": false,
          "irreversible": null,
          "path": "revisions/join.sql",
          "up_checksum": "7507afc667e6566dc654f81fd0a36ab9c39a1959787224aeeb9b11ba015ae580",
          "down_checksum": "8c2f986c2b9a1999b3910f0f28cca0e90d1bf75f467ac9fdd1c5f667464858b2"
        }
      ]
    }
    --- exit code 0
    "#);
    assert_snapshot!(said(&project, &["show", "base"]), @"--- exit code 0");
    assert_snapshot!(said(&project, &["show", "base", "--format", "json"]), @r#"
    {
      "revisions": []
    }
    --- exit code 0
    "#);
    // As for Alembic's show, counted from the heads: no database is asked.
    assert_snapshot!(said(&project, &["show", "tree@-1"]), @"
    tree1 (tree) [base]  another tree
    revisions/tree1.sql

    -- revision: tree1
    -- message: another tree
    -- labels: tree
    -- created: 2026-01-06T00:00:00Z

    -- [up]
    SELECT 1;

    -- [down]
    SELECT 2;
    --- exit code 0
    ");
}

#[test]
fn branches() {
    let project = branched();
    assert_snapshot!(said(&project, &["branches"]), @"
    base0 (first) [base] [branch point]  begin
      -> left1 (first, left)  add left
      -> right1 (first, right)  add right
    --- exit code 0
    ");
    let points = project.run(&["branches", "--format", "json"]).json();
    assert_eq!(points["revisions"][0]["children"], serde_json::json!(["left1", "right1"]));
}

#[test]
fn check_of_the_files() {
    let project = branched();
    assert_snapshot!(said(&project, &["check"]), @"
    ok: 7 revisions sound
    --- exit code 0
    ");
    project.revision("oneway", "parents: tree2", "-- [up]\nSELECT 1;");
    project.revision("known", "parents: tree2\nirreversible: it drops", "-- [up]\nSELECT 1;");
    assert_snapshot!(said(&project, &["check", "--files"]), @"
    neither [down] nor irreversible: oneway
    --- exit code 3
    ");
    let said = project.run(&["check", "--files", "--format", "json"]);
    assert_eq!((said.code, said.err.as_str()), (3, ""), "{said}");
    assert!(said.out.contains("\"without_down\": [\n    \"oneway\"\n  ]"), "{said}");
}
