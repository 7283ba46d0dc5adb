//! `test`: each revision up, down and up again in a scratch database.

use serde_json::{Value, json};

use crate::harness::{Project, Said};

/// A line of revisions, each with a header and its sections.
fn line(revisions: &[(&str, &str, &str)]) -> Project {
    let project = Project::new();
    let mut parent = String::new();
    for (id, header, sections) in revisions {
        project.revision(id, &format!("{header}{parent}"), sections);
        parent = format!("\nparents: {id}");
    }
    project
}

/// What the program says, without how long it took and what version the server is.
fn masked(said: &Said) -> String {
    let hide = |line: &str| match line.rsplit_once(" in ").zip(line.split_once(", in a private server")) {
        Some((_, (before, _))) => {
            let before = before.rsplit_once(" in ").map_or(before, |(before, _)| before);
            format!("{before} in …")
        }
        None => line.to_owned(),
    };
    said.to_string().lines().map(hide).collect::<Vec<_>>().join("\n")
}

fn test(project: &Project, arguments: &[&str]) -> String {
    masked(&project.run(&[&["test", "--scratch", "programs"], arguments].concat()))
}

/// The classes by revision, as tools get them.
fn classes(project: &Project, arguments: &[&str]) -> Vec<String> {
    let said = project.run(&[&["test", "--scratch", "programs", "--format", "json"], arguments].concat());
    let found: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said}"));
    let word =
        |revision: &Value| format!("{} {}", revision["id"].as_str().unwrap(), revision["class"].as_str().unwrap());
    found["revisions"].as_array().unwrap().iter().map(word).collect()
}

const TABLE: &str = "-- [up]\nCREATE TABLE t (id int PRIMARY KEY, name text, size int);\nINSERT INTO t VALUES (1, 'a', 2);\n\
                     -- [down]\nDROP TABLE t;\n";

#[test]
fn every_class() {
    let project = line(&[
        ("r01", "message: a table with a row", TABLE),
        ("r02", "message: a column", "-- [up]\nALTER TABLE t ADD c int;\n-- [down]\nALTER TABLE t DROP c;\n"),
        (
            "r03",
            "message: a column less",
            "-- [up]\nALTER TABLE t DROP size;\n-- [down]\nALTER TABLE t ADD size int;\nUPDATE t SET size = 2;\n",
        ),
        ("r04", "message: an enum", "-- [up]\nCREATE TYPE mood AS ENUM ('good');\n-- [down]\nDROP TYPE mood;\n"),
        ("r05", "message: a mood", "-- [up]\nALTER TYPE mood ADD VALUE IF NOT EXISTS 'bad';\n-- [down]\nSELECT 1;\n"),
        ("r06", "message: and another", "-- [up]\nALTER TYPE mood ADD VALUE 'mixed';\n-- [down]\nSELECT 1;\n"),
        (
            "r07",
            "message: forgets a table",
            "-- [up]\nCREATE TABLE IF NOT EXISTS left_behind (id int);\nCREATE VIEW v AS SELECT id FROM t;\n\
             -- [down]\nDROP VIEW v;\n",
        ),
        ("r08", "message: all gone\nirreversible: nobody keeps deleted rows", "-- [up]\nDELETE FROM t;\n"),
        ("r09", "message: forgets a row", "-- [up]\nINSERT INTO t VALUES (2, 'b');\n-- [down]\nSELECT 1;\n"),
        ("r10", "message: no way down", "-- [up]\nSELECT 1;\n"),
        ("r11", "message: a wrong way down", "-- [up]\nCREATE TABLE u ();\n-- [down]\nDROP TABLE uu;\n"),
        (
            "r12",
            "message: outside",
            "-- [up transaction=off]\nCREATE INDEX CONCURRENTLY i ON t (name);\n\
              -- [down transaction=off]\nDROP INDEX CONCURRENTLY i;\n",
        ),
    ]);
    insta::assert_snapshot!(test(&project, &[]), @r#"
    exact        r01  a table with a row
    exact        r02  a column
    order only   r03  a column less
        columns of public.t stand in another order
    exact        r04  an enum
    lossy        r05  a mood
        stays: bad of enum public.mood
    lossy        r06  and another
        stays: mixed of enum public.mood
        stays: so it can't be run up again: upgrade of r06 failed: enum label "mixed" already exists
    differs      r07  forgets a table
        down, it is not what was there before:
          schema public
            + table left_behind
              + column id  integer
          rows
            + public.left_behind: 0 rows
    irreversible r08  all gone
        nobody keeps deleted rows
    differs      r09  forgets a row
        down, it is not what was there before:
          rows
            ~ public.t: 0 rows → 1 row
    irreversible r10  no way down
        it has neither a [down] section nor a reason
    fails        r11  a wrong way down
        down: downgrade of r11 failed: table "uu" does not exist
        revisions/r11.sql:8:1
    exact        r12  outside
    12 revisions: 2 differs, 4 exact, 1 fails, 2 irreversible, 2 lossy, 1 order only in …
    --- exit code 3
    "#);
}

#[test]
fn roles_are_shared_by_no_two_databases() {
    let project = line(&[
        ("r1", "", "-- [up]\nCREATE ROLE scratch_group;\n-- [down]\nDROP ROLE scratch_group;\n"),
        ("r2", "", "-- [up]\nCREATE ROLE scratch_once IN ROLE scratch_group;\n-- [down]\nSELECT 1;\n"),
        ("r3", "", "-- [up]\nCREATE TABLE t (a int, b int);\n-- [down]\nDROP TABLE t;\n"),
        ("r4", "", "-- [up]\nALTER TABLE t DROP a;\n-- [down]\nALTER TABLE t ADD a int;\n"),
        ("r5", "", "-- [up]\nGRANT SELECT ON t TO scratch_once;\n-- [down]\nREVOKE SELECT ON t FROM scratch_once;\n"),
    ]);
    insta::assert_snapshot!(test(&project, &[]), @r#"
    exact        r1
    fails        r2
        up again: upgrade of r2 failed: role "scratch_once" already exists
        revisions/r2.sql:6:1
    exact        r3
    order only   r4
        columns of public.t stand in another order
    exact        r5
    5 revisions: 3 exact, 1 fails, 1 order only in …
    --- exit code 3
    "#);
}

#[test]
fn what_one_leaves_behind_does_not_disturb_the_next() {
    let project = line(&[
        ("r1", "", TABLE),
        // Its way down leaves the columns in another order, which the next one's INSERT would notice.
        (
            "r2",
            "",
            "-- [up]\nALTER TABLE t DROP name;\n-- [down]\nALTER TABLE t ADD name text;\nUPDATE t SET name = 'a';\n",
        ),
        ("r3", "", "-- [up]\nALTER TABLE t ADD name text;\n-- [down]\nALTER TABLE t DROP name;\n"),
        ("r4", "", "-- [up]\nINSERT INTO t VALUES (2, 3, 'x');\n-- [down]\nDELETE FROM t WHERE id = 2;\n"),
        // And this one leaves a table, which the next one makes.
        ("r5", "", "-- [up]\nCREATE TABLE IF NOT EXISTS w ();\nDROP TABLE w;\n-- [down]\nCREATE TABLE w ();\n"),
        ("r6", "", "-- [up]\nCREATE TABLE w ();\n-- [down]\nDROP TABLE w;\n"),
    ]);
    assert_eq!(classes(&project, &[]), ["r1 exact", "r2 order-only", "r3 exact", "r4 exact", "r5 differs", "r6 exact"]);
}

#[test]
fn those_that_do_not_need_one_that_fails_are_tested() {
    let project = Project::new();
    project.revision("a", "", TABLE);
    project.revision("b1", "parents: a", "-- [up]\nALTER TABLE t ADD x int;\nSELECT nothing;\n-- [down]\n");
    project.revision("b2", "parents: b1", "-- [up]\n-- [down]\n");
    project.revision("c1", "parents: a", "-- [up]\nALTER TABLE t ADD x int;\n-- [down]\nALTER TABLE t DROP x;\n");
    project.revision("c2", "parents: c1\ndepends_on: a", "-- [up]\n-- [down]\n");
    project.revision("d", "parents: b2, c2", "-- [up]\n-- [down]\n");
    project.revision(
        "e",
        "depends_on: c1",
        "-- [up transaction=off]\nCREATE INDEX CONCURRENTLY i ON t (x);\nVACUUM nothing;\n-- [down]\n",
    );
    project.revision("f", "", "-- [up]\nCREATE INDEX i ON t (x);\n-- [down]\nDROP INDEX i;\n");
    project.write(
        "revisions/f.sql",
        "-- revision: f\n-- depends_on: c2\n\n-- [up]\nCREATE INDEX i ON t (x);\n-- [down]\nDROP INDEX i;\n",
    );
    insta::assert_snapshot!(test(&project, &[]), @r#"
    exact        a
    fails        b1
        up: upgrade of b1 failed: column "nothing" does not exist
        revisions/b1.sql:6:8
    not tested   b2
        it needs b1, which fails
    exact        c1
    exact        c2
    not tested   d
        it needs b1, which fails
    fails        e
        up: upgrade of e failed: relation "nothing" does not exist
        revisions/e.sql:6:1
    exact        f
    8 revisions: 4 exact, 2 fails, 2 not tested in …
    --- exit code 3
    "#);
}

#[test]
fn one_that_is_not_asked_for_is_built_and_told_of_only_if_it_fails() {
    let project = line(&[
        ("r1", "", TABLE),
        (
            "r2",
            "",
            "-- [up]\nALTER TABLE t DROP name;\n-- [down]\nALTER TABLE t ADD name text;\nUPDATE t SET name = 'a';\n",
        ),
        ("r3", "", "-- [up]\nCREATE VIEW v AS SELECT id FROM t;\n-- [down]\nDROP VIEW v;\n"),
        ("r4", "", "-- [up]\nSELECT id FROM v;\n-- [down]\n"),
    ]);
    assert_eq!(classes(&project, &["--since", "r2"]), ["r3 exact", "r4 exact"]);
    assert_eq!(classes(&project, &["r2"]), ["r2 order-only"]);
    assert_eq!(classes(&project, &["r2:r3"]), ["r2 order-only", "r3 exact"]);
    assert_eq!(classes(&project, &[":r3", "--since", "r1"]), ["r2 order-only", "r3 exact"]);
    assert_eq!(classes(&project, &["--since", "heads"]), [""; 0]);
    project.revision("r2", "parents: r1", "-- [up]\nALTER TABLE t DROP nothing;\n-- [down]\n");
    let said = project.run(&["test", "--scratch", "programs", "--format", "json", "--since", "r2"]);
    assert_eq!(said.code, 3, "{said}");
    let found: Value = serde_json::from_str(&said.out).unwrap();
    let revisions = found["revisions"].as_array().unwrap();
    assert_eq!(revisions[0]["error"]["place"], json!({ "file": "revisions/r2.sql", "line": 5, "column": 1 }));
    assert_eq!((&revisions[0]["class"], &revisions[0]["on"]), (&json!("fails"), &json!("up")));
    assert_eq!((&revisions[1]["class"], &revisions[1]["needs"]), (&json!("not-tested"), &json!("r2")));
}

#[test]
fn rows_and_sequences_count() {
    let project = line(&[
        (
            "r1",
            "",
            "-- [up]\nCREATE TABLE s (id serial, at timestamptz DEFAULT clock_timestamp());\n-- [down]\nDROP TABLE s;\n",
        ),
        ("r2", "", "-- [up]\nINSERT INTO s DEFAULT VALUES;\n-- [down]\nDELETE FROM s;\n"),
        ("r3", "", "-- [up]\nUPDATE s SET id = id + 1;\n-- [down]\nSELECT 1;\n"),
        // The same number of other rows.
        ("r4", "", "-- [up]\nUPDATE s SET at = NULL;\n-- [down]\nUPDATE s SET at = '2000-01-01';\n"),
        ("r5", "", "-- [up]\nUPDATE s SET id = -id;\n-- [down]\nUPDATE s SET id = -id;\n"),
    ]);
    insta::assert_snapshot!(test(&project, &[]), @"
    exact        r1
    lossy        r2
        stays: the position of sequence public.s_id_seq: 1
    differs      r3
        down, it is not what was there before:
          rows
            ~ public.s: 1 row, but not the same
    differs      r4
        down, it is not what was there before:
          rows
            ~ public.s: 1 row, but not the same
    exact        r5
    5 revisions: 2 differs, 2 exact, 1 lossy in …
    --- exit code 3
    ");
}

#[test]
fn rows_that_are_others_each_time_do_not_count() {
    let project = line(&[
        (
            "r1",
            "",
            "-- [up]\nCREATE TABLE s (at timestamptz DEFAULT clock_timestamp());\nCREATE VIEW v AS SELECT at FROM s;\n\
             -- [down]\nDROP VIEW v;\nDROP TABLE s;\n",
        ),
        ("r2", "", "-- [up]\nINSERT INTO s DEFAULT VALUES;\n-- [down]\nDELETE FROM s;\n"),
        // What comes back is another object, and the same.
        ("r3", "", "-- [up]\nDROP VIEW v;\n-- [down]\nCREATE VIEW v AS SELECT at FROM s;\n"),
        // The large values of a table get a table of their own, which stays.
        ("r4", "", "-- [up]\nALTER TABLE s ADD note text;\n-- [down]\nALTER TABLE s DROP note;\n"),
    ]);
    assert_eq!(classes(&project, &[]), ["r1 exact", "r2 exact", "r3 exact", "r4 exact"]);
}

#[test]
fn sequences_are_put_back_for_those_that_follow() {
    let project = line(&[
        (
            "r1",
            "",
            "-- [up]\nCREATE SEQUENCE q;\nCREATE TABLE s (id int PRIMARY KEY DEFAULT nextval('q'));\n\
             -- [down]\nDROP TABLE s;\nDROP SEQUENCE q;\n",
        ),
        // No value was taken yet, neither before nor after.
        ("r2", "", "-- [up]\nALTER SEQUENCE q RESTART 5;\n-- [down]\nSELECT 1;\n"),
        ("r3", "", "-- [up]\nINSERT INTO s DEFAULT VALUES;\n-- [down]\nDELETE FROM s;\n"),
        // Such a row is there if the one before it has run up once.
        ("r4", "", "-- [up]\nSELECT 1 / count(*) FROM s WHERE id = 5;\n-- [down]\n"),
        ("r5", "", "-- [up]\nSELECT setval('q', 9);\n-- [down]\nSELECT setval('q', 5);\n"),
        // It takes its own value the second time.
        ("r6", "", "-- [up]\nINSERT INTO s VALUES (nextval('q') - 9 + 10);\n-- [down]\nSELECT 1 / 0;\n"),
    ]);
    let found = classes(&project, &[]);
    assert_eq!(found, ["r1 exact", "r2 lossy", "r3 lossy", "r4 exact", "r5 exact", "r6 fails"]);
}

#[test]
fn nothing_to_test() {
    let project = Project::new();
    insta::assert_snapshot!(test(&project, &[]), @"
    nothing to test
    --- exit code 0
    ");
}

#[cfg(feature = "embedded")]
#[test]
fn inside_revgraph() {
    let project = line(&[
        ("r1", "", TABLE),
        (
            "r2",
            "",
            "-- [up]\nALTER TABLE t DROP name;\n-- [down]\nALTER TABLE t ADD name text;\nUPDATE t SET name = 'a';\n",
        ),
        ("r3", "", "-- [up]\nALTER TABLE t ADD name text;\n-- [down]\nSELECT 1;\n"),
        ("r4", "", "-- [up]\nCREATE INDEX i ON t (name);\n-- [down]\nDROP INDEX i;\n"),
    ]);
    let said = project.run(&["test", "--scratch", "embedded", "--format", "json"]);
    let found: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said}"));
    assert_eq!(found["counts"], json!({ "differs": 1, "exact": 2, "order only": 1 }), "{said}");
}
