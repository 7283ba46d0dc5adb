//! What baselines replaced: shown, verified, restored, pruned; and what is forged, tampered with or interrupted.

mod databases;
mod killed;
mod leftovers;
mod squashed;
mod tampered;

use insta::assert_snapshot;

use crate::harness::{Project, Said};
use squashed::{files, nested, squash, squashed};

/// What a command says, with `{}` in the place of the project's folder.
fn said(project: &Project, arguments: &[&str]) -> String {
    project.run(arguments).to_string().replace(&project.path().display().to_string(), "{}")
}

/// Puts a date that holds into a manifest that has been pruned now.
fn pruned_on_a_known_day(project: &Project, path: &str) {
    let manifest = std::fs::read_to_string(project.path().join(path)).unwrap();
    let today = manifest.lines().find(|line| line.starts_with("pruned = ")).unwrap();
    project.write(path, manifest.replace(today, "pruned = \"2026-11-22T00:00:00Z\""));
}

fn archive(project: &Project, arguments: &[&str]) -> Said {
    project.run(&[&["archive"], arguments].concat())
}

#[test]
fn an_empty_archive() {
    let project = Project::new();
    assert_snapshot!(said(&project, &["archive", "list"]), @"
    the archive is empty: `revgraph squash` makes a baseline
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["archive", "verify"]), @"
    ok: 0 baselines, 0 sound originals
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["archive", "show", "b1"]), @"
    --- standard error
    error: nothing in the archive is called `b1`
    help: `revgraph archive list` shows the baselines
    --- exit code 1
    ");
}

#[test]
fn list() {
    let project = nested();
    assert_snapshot!(said(&project, &["archive", "list"]), @"
    b2  all of it
      replaces  5 revisions (2 of them its own)
      originals 2 files, 332 bytes
      proved    2026-11-21 on PostgreSQL 15.18: 13 objects equal, way down exact, 1 with volatile rows

    b1 (replaced by b2)  all of it
      replaces  3 revisions
      originals 3 files, 276 bytes
      proved    2026-11-21 on PostgreSQL 15.18: 13 objects equal, way down exact, 1 with volatile rows
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["archive", "list", "--format", "json"]), @r#"
    {
      "baselines": [
        {
          "id": "b2",
          "message": "all of it",
          "created": "2026-11-21T02:24:35Z",
          "mode": "concat",
          "standing": "live",
          "replaces": 5,
          "members": 2,
          "files": 2,
          "bytes": 332,
          "pruned": null,
          "proof": {
            "at": "2026-11-21T02:24:35Z",
            "server": "PostgreSQL 15.18",
            "seconds": 1.25,
            "schema": "0505050505050505050505050505050505050505050505050505050505050505",
            "rows": "0606060606060606060606060606060606060606060606060606060606060606",
            "down": "exact",
            "volatile": [
              "public.users: 3 rows differ between two replays"
            ],
            "not_compared": [
              "2 large objects"
            ],
            "objects": {
              "index": 4,
              "table": 9
            }
          }
        },
        {
          "id": "b1",
          "message": "all of it",
          "created": "2026-11-21T02:24:35Z",
          "mode": "concat",
          "standing": "replaced",
          "replaced_by": "b2",
          "replaces": 3,
          "members": 3,
          "files": 3,
          "bytes": 276,
          "pruned": null,
          "proof": {
            "at": "2026-11-21T02:24:35Z",
            "server": "PostgreSQL 15.18",
            "seconds": 1.25,
            "schema": "0505050505050505050505050505050505050505050505050505050505050505",
            "rows": "0606060606060606060606060606060606060606060606060606060606060606",
            "down": "exact",
            "volatile": [
              "public.users: 3 rows differ between two replays"
            ],
            "not_compared": [
              "2 large objects"
            ],
            "objects": {
              "index": 4,
              "table": 9
            }
          }
        }
      ]
    }
    --- exit code 0
    "#);
}

#[test]
fn show() {
    let project = nested();
    assert_snapshot!(said(&project, &["archive", "show", "b2"]), @"
    b2  all of it
      replaces  5 revisions (2 of them its own)
      originals 2 files, 332 bytes
      proved    2026-11-21 on PostgreSQL 15.18: 13 objects equal, way down exact, 1 with volatile rows
      mode      concat
      created   2026-11-21T02:24:35Z
      volatile: public.users: 3 rows differ between two replays
      not compared: 2 large objects

    b1 [baseline]  all of it
    r0004  the fourth
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["archive", "show", "r0002"]), @"
    r0002 replaced by b1
    archive/b1/r0002.sql

    -- revision: r0002
    -- parents: r0001

    -- [up]
    CREATE TABLE t2 (id int);

    -- [down]
    DROP TABLE t2;
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["archive", "show", "b2", "--format", "json"]), @r#"
    {
      "baseline": {
        "id": "b2",
        "message": "all of it",
        "created": "2026-11-21T02:24:35Z",
        "mode": "concat",
        "standing": "live",
        "replaces": 5,
        "members": 2,
        "files": 2,
        "bytes": 332,
        "pruned": null,
        "proof": {
          "at": "2026-11-21T02:24:35Z",
          "server": "PostgreSQL 15.18",
          "seconds": 1.25,
          "schema": "0505050505050505050505050505050505050505050505050505050505050505",
          "rows": "0606060606060606060606060606060606060606060606060606060606060606",
          "down": "exact",
          "volatile": [
            "public.users: 3 rows differ between two replays"
          ],
          "not_compared": [
            "2 large objects"
          ],
          "objects": {
            "index": 4,
            "table": 9
          }
        },
        "revisions": [
          {
            "id": "b1",
            "baseline": "b2",
            "message": "all of it",
            "parents": [],
            "depends_on": [],
            "labels": [],
            "is_baseline": true,
            "path": "archive/b2/b1.sql",
            "has_file": true,
            "up_checksum": "72a1d332e2e24f871d18561925b093143f18741e1a151c215e1cc7e2b5481901",
            "down_checksum": "f42cda4520a63651cc5fb41c3954843cf4d012983f95b798c7c13feb6276f7e5",
            "lineage": "ed895c3bfd3fffee41ed0ad0cace8ee7c3b89b4270534fabaa04aedb939129f3"
          },
          {
            "id": "r0004",
            "baseline": "b2",
            "message": "the fourth",
            "parents": [
              "b1"
            ],
            "depends_on": [],
            "labels": [],
            "is_baseline": false,
            "path": "archive/b2/r0004.sql",
            "has_file": true,
            "up_checksum": "2e24cdb0de2f0c708691ff7a829daa9f9475a7f13a608df429bde971bdbadee4",
            "down_checksum": "1aebd08e49bf076936ac3737464c021580f4416eacb9b9edaf6fc3b59c40ce14",
            "lineage": "f8527315e524c3bc568d29dad996f6f9c34ecab0e51c4ba55c92e18d64e33718"
          }
        ]
      }
    }
    --- exit code 0
    "#);
    assert_snapshot!(said(&project, &["archive", "show", "r0002", "--format", "json"]), @r#"
    {
      "revision": {
        "id": "r0002",
        "baseline": "b1",
        "message": "",
        "parents": [
          "r0001"
        ],
        "depends_on": [],
        "labels": [],
        "is_baseline": false,
        "path": "archive/b1/r0002.sql",
        "has_file": true,
        "up_checksum": "a8d9f03173b162a24c1934a5b10afc57b907ac8ba145f69dbe8ab5b7a4ed5735",
        "down_checksum": "783824c3cc80f145bd67e5fd8467955e191d95576487d4c642dd1153857693e1",
        "lineage": "87c3791a463b37d8ef7633a271bed52aa6baa7dc6b627184ca6c95f00272e84d",
        "text": "-- revision: r0002\n-- parents: r0001\n\n-- [up]\nCREATE TABLE t2 (id int);\n\n-- [down]\nDROP TABLE t2;\n"
      }
    }
    --- exit code 0
    "#);
    assert_snapshot!(said(&project, &["archive", "show", "r000"]), @"
    --- standard error
    error: `r000` could be `r0001`, `r0002`, `r0003` and `r0004`
    help: give more characters of the id
    --- exit code 1
    ");
}

#[test]
fn verify() {
    let project = nested();
    assert_snapshot!(said(&project, &["archive", "verify"]), @"
    ok: 2 baselines, 5 sound originals
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["archive", "verify", "b1", "--format", "json"]), @r#"
    {
      "baselines": 1,
      "sound_files": 3,
      "findings": [],
      "not_recomputed": []
    }
    --- exit code 0
    "#);
}

#[test]
fn restore_gives_back_the_same_bytes() {
    let project = Project::new();
    project.chain(3);
    // Bytes that no checksum covers: a byte order mark, Windows line ends, white space at the end.
    project.write(
        "revisions/r0002.sql",
        "\u{feff}-- revision: r0002\r\n-- parents: r0001\r\n\r\n-- [up]\r\nSELECT 1;  \r\n\r\n",
    );
    let before = files(&project);
    squashed::squash(&project, "b1", &["r0001", "r0002", "r0003"]);
    assert_ne!(files(&project), before);
    assert_eq!(archive(&project, &["verify"]).code, 0);
    assert_snapshot!(said(&project, &["archive", "restore", "b1", "--no-database"]), @"
    restored revisions/r0001.sql
    restored revisions/r0002.sql
    restored revisions/r0003.sql
    removed  revisions/b1.sql
    note: no way down, which the baseline had: r0002
    3 revisions are back in the place of b1
    --- exit code 0
    ");
    assert_eq!(files(&project), before);
    assert_eq!(archive(&project, &["list"]).out, "the archive is empty: `revgraph squash` makes a baseline\n");
}

#[test]
fn restore_for_tools() {
    let project = squashed();
    assert_snapshot!(said(&project, &["archive", "restore", "b1", "--no-database", "--format", "json"]), @r#"
    {
      "baseline": "b1",
      "removed": "revisions/b1.sql",
      "revisions": [
        "r0001",
        "r0002",
        "r0003"
      ],
      "files": [
        "revisions/r0001.sql",
        "revisions/r0002.sql",
        "revisions/r0003.sql"
      ],
      "without_down": []
    }
    --- exit code 0
    "#);
}

#[test]
fn a_baseline_of_baselines_gives_them_back() {
    let project = nested();
    assert_snapshot!(said(&project, &["archive", "restore", "b1", "--no-database"]), @"
    --- standard error
    error: `b1` is itself replaced by `b2`
    help: restore that one first: `revgraph archive restore b2`
    --- exit code 1
    ");
    assert_eq!(archive(&project, &["restore", "b2", "--no-database"]).code, 0);
    assert!(project.path().join("revisions/b1.sql").exists() && project.path().join("archive/b1").exists());
    assert_eq!(archive(&project, &["verify"]).code, 0);
    assert_snapshot!(said(&project, &["archive", "restore", "b1", "--no-database"]), @"
    --- standard error
    error: with `b1` restored the revisions would not fit together: revision `r0004` (revisions/r0004.sql:2) follows `b1`, and there is no such revision
    help: write `r0003` under `parents` of `r0004`: it stands for the same
    --- exit code 1
    ");
}

#[test]
fn restore_of_a_baseline_below_another_one() {
    let project = Project::new();
    project.chain(4);
    squash(&project, "b1", &["r0001", "r0002"]);
    squash(&project, "b2", &["r0003", "r0004"]);
    let said = archive(&project, &["restore", "b1", "--no-database"]);
    assert!(said.err.contains("help: restore the baseline above it first: `revgraph archive restore b2`"), "{said}");
    assert_eq!(archive(&project, &["restore", "b2", "--no-database"]).code, 0);
}

#[test]
fn restore_of_what_is_no_baseline() {
    let project = squashed();
    assert_snapshot!(said(&project, &["archive", "restore", "r0002", "--no-database"]), @"
    --- standard error
    error: `r0002` is no baseline: it is one of the revisions that `b1` replaced
    help: name the baseline: `b1`
    --- exit code 1
    ");
    assert_snapshot!(said(&project, &["archive", "restore", "b9", "--no-database"]), @"
    --- standard error
    error: nothing in the archive is called `b9`
    help: `revgraph archive list` shows the baselines
    --- exit code 1
    ");
}

#[test]
fn prune_says_first_what_it_would_mean() {
    let project = nested();
    let before = files(&project);
    assert_snapshot!(said(&project, &["archive", "prune", "b2", "--no-database"]), @"
    to remove archive/b2/b1.sql
    to remove archive/b2/r0004.sql
    2 originals, 332 bytes
    then: a database that has a part of what `b2` replaced can't be upgraded past it
    then: a database made by `b2` can go below it only as a whole, by the baseline's own way down
    then: `archive restore b2` can't undo the squash
    then: `archive verify b2` can't compute its lineage anew
    then: what `b1` replaced can't be reached through `b2`, though it stays in the archive
    --- standard error
    error: 2 originals would be removed, and nothing was
    help: if that is what you want: --confirm
    --- exit code 1
    ");
    assert_eq!(files(&project), before);
    assert_snapshot!(said(&project, &["archive", "prune", "b2", "--no-database", "--format", "json"]), @r#"
    {
      "baseline": "b2",
      "files": [
        "archive/b2/b1.sql",
        "archive/b2/r0004.sql"
      ],
      "bytes": 332,
      "no_longer": [
        "a database that has a part of what `b2` replaced can't be upgraded past it",
        "a database made by `b2` can go below it only as a whole, by the baseline's own way down",
        "`archive restore b2` can't undo the squash",
        "`archive verify b2` can't compute its lineage anew",
        "what `b1` replaced can't be reached through `b2`, though it stays in the archive"
      ],
      "removed": false
    }
    --- standard error
    {"error":{"help":"if that is what you want: --confirm","kind":"not_confirmed","message":"2 originals would be removed, and nothing was"}}
    --- exit code 1
    "#);
    assert_snapshot!(said(&project, &["archive", "prune", "b2", "--no-database", "--confirm"]), @"
    removed archive/b2/b1.sql
    removed archive/b2/r0004.sql
    2 originals, 332 bytes
    now: a database that has a part of what `b2` replaced can't be upgraded past it
    now: a database made by `b2` can go below it only as a whole, by the baseline's own way down
    now: `archive restore b2` can't undo the squash
    now: `archive verify b2` can't compute its lineage anew
    now: what `b1` replaced can't be reached through `b2`, though it stays in the archive
    --- exit code 0
    ");
    let gone: Vec<String> = before.keys().filter(|path| !files(&project).contains_key(*path)).cloned().collect();
    assert_eq!(gone, ["archive/b2/b1.sql", "archive/b2/r0004.sql"]);
    pruned_on_a_known_day(&project, "archive/b2/manifest.toml");
    assert_snapshot!(said(&project, &["archive", "prune", "b2", "--no-database"]), @"
    of b2 no original is left
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["archive", "list"]), @"
    b2  all of it
      replaces  5 revisions (2 of them its own)
      originals 2 pruned on 2026-11-22, 0 kept
      proved    2026-11-21 on PostgreSQL 15.18: 13 objects equal, way down exact, 1 with volatile rows

    b1 (replaced by b2)  all of it
      replaces  3 revisions
      originals 3 files, 276 bytes
      proved    2026-11-21 on PostgreSQL 15.18: 13 objects equal, way down exact, 1 with volatile rows
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["archive", "show", "r0004"]), @"
    r0004 replaced by b2  the fourth
    archive/b2/r0004.sql

    the file is gone
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["archive", "verify"]), @"
    ok: 2 baselines, 3 sound originals
    --- exit code 0
    ");
    assert_snapshot!(said(&project, &["archive", "restore", "b2", "--no-database"]), @"
    --- standard error
    error: of `b2`, 2 originals have no file any more: b1, r0004
    help: they were pruned or are not committed: take them from version control
    --- exit code 1
    ");
}
