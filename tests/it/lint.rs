//! `lint`: what it finds, what it leaves alone, and what is allowed.

mod allowing;
mod choice;
mod rules;
#[cfg(feature = "lint")]
mod squawk;

use std::path::Path;

use insta::assert_snapshot;

use crate::harness::{Project, Said};

/// The rules that find something in a revision `a` of this header and these sections, and where: `line:column rule`.
fn findings(header: &str, sections: &str, options: &[&str]) -> Vec<String> {
    let project = Project::new();
    project.revision("a", header, sections);
    places(&project.run(&[&["lint", "--format", "json"], options].concat()))
}

fn places(said: &Said) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("no JSON: {said}"));
    let findings = report["findings"].as_array().expect("findings");
    assert_eq!(said.code, if findings.is_empty() { 0 } else { 3 }, "{said}");
    let place = |finding: &serde_json::Value| {
        format!("{}:{} {}", finding["line"], finding["column"], finding["rule"].as_str().expect("a rule"))
    };
    findings.iter().map(place).collect()
}

/// The same for the statements of an [up] section alone, whose first line is the fourth of the file; the way down is
/// there. squawk's rules are left out.
fn own(up: &str) -> Vec<String> {
    let found = findings("", &format!("-- [up]\n{up}\n-- [down]\nSELECT 1;\n"), &[]);
    let of_squawk = |found: &&String| found.split_once(' ').is_some_and(|(_, rule)| SQUAWK.contains(&rule));
    found.iter().filter(|found| !of_squawk(found)).cloned().collect()
}

/// squawk's rules that stand in the way of a test of ours.
const SQUAWK: [&str; 3] = ["changing-column-type", "ban-truncate-cascade", "require-concurrent-index-creation"];

#[test]
fn a_finding_is_shown_with_its_place_why_and_what_to_do() {
    let project = Project::new();
    project.revision("a", "", "-- [up]\nCREATE TABLE t (id int);\n\n-- [down]\nDROP TABLE t;\n");
    project.revision("b", "parents: a", "-- [up]\nTRUNCATE t;\nINSERT INTO t VALUES (random() * 9);\n\n-- [down]\n");
    assert_snapshot!(project.run(&["lint"]), @"
    warning: empties table t, and nobody is asked [unconfirmed-loss]
     --> revisions/b.sql:5:10
      |
    5 | TRUNCATE t;
      |          ^
      |
      = note: it runs with the next deployment, whoever deploys; what it takes is back only from a backup
      = help: add `-- confirm: SOME PHRASE` to the header, so that nobody runs it unaware; or put what goes into a [retire] section

    warning: random() gives another value at each replay [volatile-seed]
     --> revisions/b.sql:6:23
      |
    6 | INSERT INTO t VALUES (random() * 9);
      |                       ^^^^^^
      |
      = note: two databases that ran the same history hold different data, and a squash would freeze what one replay happened to give
      = help: write the value out as a literal; leave the clock, chance and the user's name to column defaults of rows that the app makes

    warning: [down] has no statement, and [up] has some [empty-down]
     --> revisions/b.sql:8:1
      |
    8 | -- [down]
      | ^^^^^^^^^
      |
      = note: a downgrade reports success and changes nothing; the next upgrade then fails on what is still there
      = help: undo what [up] does, or put `-- irreversible: …` with the reason into the header

    3 findings in 2 revisions
    --- exit code 3
    ");
}

#[test]
fn tools_get_all_of_it() {
    let project = Project::new();
    project.revision("a", "", "-- [up]\n");
    assert_snapshot!(project.run(&["lint", "--format", "json"]), @r#"
    {
      "revisions": 1,
      "findings": [
        {
          "rule": "missing-down",
          "revision": "a",
          "file": "revisions/a.sql",
          "line": 3,
          "column": 1,
          "message": "a has no way down, and no reason for that",
          "why": "a downgrade that meets it stops before it has begun, and whoever must go back has to write the SQL in that very night",
          "help": "write the [down] section now, or say in the header why there is none: `-- irreversible: …`"
        }
      ]
    }
    --- exit code 3
    "#);
}

#[test]
fn nothing_found_is_said() {
    let project = Project::new();
    project.revision("a", "", "-- [up]\nCREATE TABLE t (id int);\n\n-- [down]\nDROP TABLE t;\n");
    assert_snapshot!(project.run(&["lint"]), @"
    ok: nothing found in 1 revision
    --- exit code 0
    ");
}

#[test]
fn the_history_that_this_repository_ships_says_what_it_allows() {
    let said = Project::new().run(&["lint", "-C", env!("CARGO_MANIFEST_DIR")]);
    assert_eq!((said.code, said.out.lines().count()), (0, 1), "{said}");
    // The originals of its baseline in the baseline's place.
    let without_headers = Project::new();
    for folder in ["revisions", "archive/a136ce22edef"] {
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            if path.extension().is_some_and(|kind| kind == "sql") && !text.contains("-- replaces:") {
                let text: String = text.split_inclusive('\n').filter(|line| !line.starts_with("-- lint:")).collect();
                without_headers.write(&format!("revisions/{}", path.file_name().unwrap().to_str().unwrap()), text);
            }
        }
    }
    let found = places(&without_headers.run(&["lint", "--format", "json"]));
    assert_eq!(found.len(), if cfg!(feature = "lint") { 25 } else { 4 }, "{found:?}");
}

#[test]
fn the_rules_are_listed() {
    let said = Project::new().run(&["lint", "--rules", "--format", "json"]).json();
    let rules = said["rules"].as_array().unwrap();
    let names: Vec<&str> =
        rules.iter().filter(|rule| rule["squawk"] == false).map(|rule| rule["name"].as_str().unwrap()).collect();
    assert_snapshot!(names.join("\n"), @r"
        missing-down
        empty-down
        thin-reason
        unconfirmed-loss
        narrowing-type
        whole-table-update
        drop-cascade
        volatile-seed
        volatile-default
        unqualified-name
        new-enum-value
        refresh-blocks-readers
        rewrite-blocks-everyone
        change-outside-transaction
        cluster-wide
        endless-batch
        unknown-rule
        if-not-exists
        ");
    assert_eq!(rules.iter().any(|rule| rule["squawk"] == true), cfg!(feature = "lint"));
    let listed = Project::new().run(&["lint", "--rules"]);
    let entry: Vec<&str> = listed.out.lines().skip_while(|line| !line.starts_with("if-not-exists")).take(4).collect();
    assert_snapshot!(entry.join("\n"), @"
    if-not-exists (with --with)
        IF NOT EXISTS or IF EXISTS, where the history says whether it is there
        why:  what is there already may be something else, and the ledger says that it is this
        help: leave it out: revgraph runs a revision once, and an error tells of a database that is not what its history says
    ");
}

#[test]
fn a_statement_that_refuses_transactions_never_gets_as_far() {
    let project = Project::new();
    project.revision("a", "", "-- [up]\nSELECT 1;\n  VACUUM t;\n");
    assert_snapshot!(project.run(&["lint"]), @"
    --- standard error
    error: VACUUM does not run inside a transaction, and [up] is one
     --> revisions/a.sql:5:3
      |
    5 |   VACUUM t;
      |   ^^^^^^^^
      |
      = help: put it into a section of its own: `-- [up transaction=off]`
    error: 1 revision file can't be used
    help: mend the files; nothing was done
    --- exit code 1
    ");
}
