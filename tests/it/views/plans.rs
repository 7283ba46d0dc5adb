//! Plans from a place that is given.

use insta::assert_snapshot;

use super::{branched, said};
use crate::harness::Said;

#[test]
fn plans() {
    let project = branched();
    assert_snapshot!(said(&project, &["plan", "upgrade", "heads", "--from", "base"]), @"
      up   base0  begin
      up   left1  add left
      up   left2  more of it
      up   right1  add right
      up   join
      up   tree1  another tree
      up   tree2  lean on it
    7 steps; then at join, tree2
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["plan", "upgrade", "heads", "--from", "heads"]), @"
    nothing to do; then at join, tree2
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["plan", "upgrade", "tree@head", "--from", "base", "--format", "json"]), @r#"
    {
      "steps": [
        {
          "direction": "up",
          "revision": "base0",
          "message": "begin"
        },
        {
          "direction": "up",
          "revision": "right1",
          "message": "add right"
        },
        {
          "direction": "up",
          "revision": "tree1",
          "message": "another tree"
        },
        {
          "direction": "up",
          "revision": "tree2",
          "message": "lean on it"
        }
      ],
      "heads_after": [
        "tree2"
      ],
      "losses": [],
      "unseen": []
    }
    --- exit code 0
    "#);
    assert_snapshot!(said(&project, &["plan", "downgrade", "base0", "--from", "heads"]), @"
      down tree2  lean on it
      down join
      down right1  add right
      down left2  more of it
      down left1  add left
    5 steps; then at base0, tree1
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["plan", "stamp", "right1", "--from", "left2"]), @"
      up   right1  add right
    1 step; then at left2, right1
    --- exit code 0
    ");
}

/// Nothing here needs an `=` or a `--`.
#[test]
fn targets_with_signs_are_no_options() {
    let project = branched();
    let steps = |arguments: &[&str]| {
        let said: Said = project.run(&[&["--format", "json", "plan"], arguments].concat());
        let plan = said.json();
        let step = |step: &serde_json::Value| {
            format!("{} {}", step["direction"].as_str().unwrap(), step["revision"].as_str().unwrap())
        };
        plan["steps"].as_array().unwrap().iter().map(step).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(steps(&["downgrade", "-1", "--from", "left2"]), "down left2");
    assert_eq!(steps(&["downgrade", "--from", "left2", "-1"]), "down left2");
    assert_eq!(steps(&["downgrade", "--from", "left2", "--", "-1"]), "down left2");
    assert_eq!(steps(&["upgrade", "+1", "--from", "left1"]), "up left2");
    assert_eq!(steps(&["downgrade", "tree@-1", "--from", "heads"]), "down tree2");
    assert_eq!(steps(&["downgrade", "left2-1", "--from", "left2"]), "down left2");
}

#[test]
fn a_plan_starts_from_a_list_as_from_several_options() {
    let project = branched();
    let plan = |from: &[&str]| {
        let said = project.run(&[&["plan", "upgrade", "heads", "--format", "json"], from].concat());
        said.json()
    };
    let expected = plan(&["--from", "left2", "--from", "tree1"]);
    assert_eq!(expected["steps"].as_array().unwrap().len(), 3);
    for list in ["left2,tree1", "left2 tree1", " tree1, left2,", "left2,tree@tree1"] {
        assert_eq!(plan(&["--from", list]), expected, "{list}");
    }
    assert_eq!(plan(&["--from", "base"])["steps"].as_array().unwrap().len(), 7);
}

#[test]
fn without_from_a_plan_needs_a_database() {
    assert_snapshot!(said(&branched(), &["plan", "upgrade", "heads"]), @r#"
    --- standard error
    error: no database is named
    help: give --database, set DATABASE_URL or PGHOST and its kind, or write `url = "…"` into revgraph.toml ("embedded" runs PostgreSQL inside revgraph)
    --- exit code 1
    "#);
}
