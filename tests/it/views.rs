//! The commands that show the files and need no database, whole, for people and for tools.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::harness::{Project, Said};

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
      ]
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

#[test]
fn a_project_without_revisions() {
    let project = Project::new();
    let commands = [
        &["heads"][..],
        &["history"],
        &["branches"],
        &["plan", "upgrade", "heads", "--from", "base"],
        &["plan", "downgrade", "base", "--from", "heads"],
        &["check"],
        &["heads", "--format", "json"],
        &["show", "head"],
    ];
    let all = || commands.map(|command| format!("$ {}\n{}\n", command.join(" "), project.run(command))).concat();
    assert_snapshot!(all(), @r#"
    $ heads
    --- exit code 0
    $ history
    --- exit code 0
    $ branches
    --- exit code 0
    $ plan upgrade heads --from base
    nothing to do; then at base
    --- exit code 0
    $ plan downgrade base --from heads
    nothing to do; then at base
    --- exit code 0
    $ check
    ok: 0 revisions sound
    --- exit code 0
    $ heads --format json
    {
      "heads": [],
      "bases": [],
      "real_heads": [],
      "real_bases": []
    }
    --- exit code 0
    $ show head
    --- exit code 0
    "#);
    let with_folder = all();
    // git keeps no empty folder.
    fs::remove_dir(project.path().join("revisions")).unwrap();
    assert_eq!(all(), with_folder);
}

#[test]
fn a_folder_that_was_asked_for_must_be_there() {
    let project = Project::new();
    project.write("revgraph.toml", "revisions = \"migrations\"\n");
    assert_snapshot!(said(&project, &["heads"]), @"
    --- standard error
    error: migrations: the folder of the revisions can't be read: No such file or directory (os error 2)
    help: `revgraph init` makes a new project; `revisions = …` in revgraph.toml names another folder
    --- exit code 1
    ");
    assert_eq!(project.run(&["heads", "--format", "json"]).error()["kind"], "file");
}

#[test]
fn the_project_is_found_from_within_and_by_name() {
    let project = branched();
    let inner = project.path().join("revisions");
    let from_within = Said::from(project.command(&["show", "left1"]).current_dir(&inner).output().unwrap());
    assert!(from_within.out.contains(&inner.join("left1.sql").display().to_string()), "{from_within}");
    let elsewhere = tempfile::TempDir::new().unwrap();
    let heads = project.run(&["heads"]).out;
    for folder in [project.path(), inner.as_path()] {
        let mut command = project.command(&["--project", &folder.display().to_string(), "heads"]);
        assert_eq!(Said::from(command.current_dir(elsewhere.path()).output().unwrap()).out, heads);
    }
    assert_eq!(project.run(&["heads", "-C", "revisions"]).out, heads);
    assert_snapshot!(said(&project, &["heads", "-C", "revisoins"]), @"
    --- standard error
    error: there is no folder {}/revisoins
    help: give --project a folder of the project
    --- exit code 1
    ");
    let outside = Said::from(project.command(&["heads", "--format", "json"]).current_dir("/").output().unwrap());
    assert_eq!(outside.error()["kind"], "no_project", "{outside}");
}

#[test]
fn mistakes_in_the_settings_are_placed() {
    let project = branched();
    let mut told = String::new();
    for settings in [
        "url = \"embedded\"\nrevisons = \"r\"\n",
        "lock_wait = \"soon\"\n",
        "[scratch\n",
        "ledger_schema = \"\"\n",
        "url = 5\n",
    ] {
        project.write("revgraph.toml", settings);
        told += &format!("{}\n", project.run(&["heads"]));
        assert_eq!(project.run(&["heads", "--format", "json"]).error()["kind"], "bad_configuration");
    }
    project.write("revgraph.toml", b"url = \"\xff\"\n");
    told += &said(&project, &["heads"]);
    assert_snapshot!(told, @r#"
    --- standard error
    error: unknown field `revisons`, expected one of `url`, `revisions`, `archive`, `ledger_schema`, `lock_timeout`, `statement_timeout`, `lock_wait`, `databases`, `scratch`
     --> revgraph.toml:2:1
      |
    2 | revisons = "r"
      | ^^^^^^^^
      |
      = help: the settings are url, revisions, archive, ledger_schema, lock_timeout, statement_timeout, lock_wait, [databases] and [scratch] server; an empty file is valid
    --- exit code 1
    --- standard error
    error: "soon" is not a duration: write a whole number and a unit: 500ms, 5s, 2min, 1h, 30d, or 0
     --> revgraph.toml:1:13
      |
    1 | lock_wait = "soon"
      |             ^^^^^^
      |
      = help: the settings are url, revisions, archive, ledger_schema, lock_timeout, statement_timeout, lock_wait, [databases] and [scratch] server; an empty file is valid
    --- exit code 1
    --- standard error
    error: unclosed table, expected `]`
     --> revgraph.toml:1:9
      |
    1 | [scratch
      |         ^
      |
      = help: the settings are url, revisions, archive, ledger_schema, lock_timeout, statement_timeout, lock_wait, [databases] and [scratch] server; an empty file is valid
    --- exit code 1
    --- standard error
    error: revgraph.toml: ledger_schema is empty
    help: name a schema
    --- exit code 1
    --- standard error
    error: invalid type: integer `5`, expected a string
     --> revgraph.toml:1:7
      |
    1 | url = 5
      |       ^
      |
      = help: the settings are url, revisions, archive, ledger_schema, lock_timeout, statement_timeout, lock_wait, [databases] and [scratch] server; an empty file is valid
    --- exit code 1
    --- standard error
    error: byte 0xff is not valid UTF-8
     --> revgraph.toml:1:8
      |
    1 | url = "�"
      |        ^
      |
      = help: save the file as UTF-8
    --- exit code 1
    "#);
}

#[test]
fn colours_are_where_they_are_asked_for() {
    let project = branched();
    let heads = |arguments: &[&str], no_color: bool| {
        let mut command = project.command(arguments);
        if !no_color {
            command.env_remove("NO_COLOR");
        }
        Said::from(command.output().unwrap())
    };
    assert_eq!(heads(&["heads"], true).out, heads(&["heads"], false).out);
    assert!(!heads(&["heads"], false).out.contains('\u{1b}'));
    assert!(heads(&["heads", "--color", "always"], true).out.starts_with("\u{1b}[36mjoin\u{1b}[0m"));
    assert!(heads(&["history", "--color", "always"], true).out.contains("\u{1b}[36mjoin\u{1b}[0m"));
    assert!(heads(&["show", "zzz", "--color", "always"], true).err.starts_with('\u{1b}'));
    assert!(!heads(&["heads", "--color", "always", "--format", "json"], true).out.contains('\u{1b}'));
}

#[test]
fn a_closed_pipe_is_quiet() {
    let project = branched();
    for arguments in [&["history"][..], &["history", "--format", "json"], &["show", "heads"]] {
        let mut child = project.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_can_not_be_written_is_an_error() {
    let project = branched();
    for arguments in [&["history"][..], &["heads", "--format", "json"], &["show", "heads"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let said = Said::from(project.command(arguments).stdout(full).output().unwrap());
        assert!(said.code == 1 && said.err.contains("standard output: No space left"), "{arguments:?}: {said}");
    }
}
