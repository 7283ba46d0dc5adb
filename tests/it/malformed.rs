//! Bad files: every mistake is told with its place, all of them in one go, and nothing hangs or panics.

mod size;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use insta::assert_snapshot;

use crate::harness::Project;

/// What is wrong with the files of a project, a line each, and that there is nothing else to say.
fn problems(project: &Project) -> String {
    let said = project.run(&["heads", "--format", "json"]);
    assert_eq!((said.code, said.out.as_str(), said.err.lines().count()), (1, "", 1), "{said}");
    let error = said.error();
    let line = |problem: &serde_json::Value| {
        let text = |key: &str| problem[key].as_str().unwrap_or("?").to_owned();
        let file = text("file");
        let file = file.trim_start_matches("revisions/");
        match (&problem["line"], &problem["column"]) {
            (serde_json::Value::Null, _) => format!("{file}: {}", text("message")),
            (line, column) => format!("{file}:{line}:{column}: {}", text("message")),
        }
    };
    error["details"].as_array().expect("details").iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A project of these files: a name without its ending, and a text.
fn files<T: AsRef<[u8]>>(files: &[(&str, T)]) -> Project {
    let project = Project::new();
    for (name, text) in files {
        project.write(&format!("revisions/{name}.sql"), text);
    }
    project
}

#[test]
fn every_mistake_of_a_header_is_placed() {
    let project = files(&[
        ("00_good", "-- revision: good\n-- [up]\n"),
        ("01_unknown_key", "-- revision: a\n-- parnets: b\n-- [up]\n"),
        ("02_duplicate_key", "-- revision: a\n-- message: one\n-- message: two\n-- [up]\n"),
        ("03_no_id", "-- message: x\n-- [up]\n"),
        ("04_empty_id", "-- revision:\n-- [up]\n"),
        ("05_illegal_id", "-- revision: a-b\n-- [up]\n"),
        ("06_reserved_id", "-- revision: heads\n-- [up]\n"),
        ("07_two_ids", "-- revision: a b\n-- [up]\n"),
        ("08_no_key", "-- revision: a\n-- just words\n-- [up]\n"),
        ("09_label", "-- revision: a\n-- labels: fine, b@d head\n-- [up]\n"),
        ("10_created", "-- revision: a\n-- created: 2026-13-01T00:00:00Z\n-- [up]\n"),
        ("11_irreversible", "-- revision: a\n-- irreversible: it drops\n-- [up]\n-- [down]\n"),
        ("12_no_reason", "-- revision: a\n-- irreversible:\n-- [up]\n"),
        ("13_windows", "\u{feff}-- revision: a\r\n-- parents: b\r\n-- nökey: ä\r\n-- [up]\r\n"),
        ("14_long_id", &format!("-- revision: {}\n-- [up]\n", "x".repeat(65))),
    ]);
    assert_snapshot!(problems(&project), @r#"
    01_unknown_key.sql:2:4: unknown key "parnets" in the header
    02_duplicate_key.sql:3:4: the key "message" is given twice
    03_no_id.sql:1:1: the header has no `-- revision:` line
    04_empty_id.sql:1:13: illegal revision id: an id can't be empty
    05_illegal_id.sql:1:14: illegal revision id: '-' can't be part of an id: use A-Z, a-z, 0-9 and _
    06_reserved_id.sql:1:14: illegal revision id: "heads" can't be an id: it is a word that targets use
    07_two_ids.sql:1:14: illegal revision id: ' ' can't be part of an id: use A-Z, a-z, 0-9 and _
    08_no_key.sql:2:1: a header line must be `-- key: value`
    09_label.sql:2:18: illegal label "b@d": '@' can't be part of it
    09_label.sql:2:22: illegal label "head": targets use this word
    10_created.sql:2:13: `created` is not a time: "2026-13-01T00:00:00Z"
    11_irreversible.sql:2:18: an irreversible revision has a [down] section
    12_no_reason.sql:2:17: `irreversible` needs its reason
    13_windows.sql:3:4: unknown key "nökey" in the header
    14_long_id.sql:1:14: illegal revision id: an id has at most 64 characters, this one has 65
    "#);
    let error = project.run(&["heads", "--format", "json"]).error();
    assert_eq!(error["kind"], "bad_revision_file");
    assert_eq!(
        error["message"],
        "revisions/01_unknown_key.sql:2:4: unknown key \"parnets\" in the header (and 14 more)"
    );
}

#[test]
fn every_mistake_of_a_body_is_placed() {
    let body = |body: &str| format!("-- revision: a\n{body}");
    let project = files(&[
        ("01_empty_file", String::new()),
        ("02_header_alone", "-- revision: a\n".to_owned()),
        ("03_unknown_section", body("-- [up]\n-- [dwon]\n")),
        ("04_unknown_option", body("-- [up speed=9]\n")),
        ("05_option_without_value", body("-- [up transaction=]\n")),
        ("06_text_first", body("SELECT 1;\n-- [up]\n")),
        ("07_comment_first", body("/* licence */\n-- [up]\n")),
        ("08_down_alone", body("-- [down]\n")),
        ("09_down_above_up", body("-- [down]\n-- [up]\n")),
        ("10_nearly_a_section", body("-- [up]\nSELECT 1;\n--[down]\nSELECT 2;\n")),
        ("11_section_without_name", body("-- []\n")),
        ("12_capitals", body("-- [UP]\n")),
        ("13_begin", body("-- [up]\nSELECT 1;\n  begin;\n")),
        ("14_commit", body("-- [up]\n-- [down]\nCOMMIT AND CHAIN;\n")),
        ("15_vacuum", body("-- [up]\nVACUUM;\n")),
        ("16_psql", body("-- [up]\n\\connect it's\nSELECT 1;\n\\d\n")),
        ("17_copy", body("-- [up]\nCOPY t FROM STDIN;\n1\tit's\n\\.\nSELECT 1;\n")),
        ("18_string", body("-- [up]\nSELECT 'it''s\n-- [down]\n")),
        ("19_dollar_quote", body("-- [up]\nDO $x$ BEGIN END $y$;\n")),
        ("20_comment", body("-- [up]\n/* /* */\n-- [down]\n")),
        ("21_quoted_name", body("-- [up]\nSELECT \"a\n")),
        ("22_two_batches", body("-- [batch]\nDELETE FROM a; DELETE FROM b;\n")),
        ("23_load_from_nowhere", body("-- [load into=t]\nSELECT 1;\n")),
    ]);
    assert_snapshot!(problems(&project), @r#"
    01_empty_file.sql:1:1: the header has no `-- revision:` line
    02_header_alone.sql:2:1: the file has no [up] section
    03_unknown_section.sql:3:5: unknown section "dwon"
    04_unknown_option.sql:2:8: [up] has no option "speed"
    05_option_without_value.sql:2:8: "transaction=" is not option=value
    06_text_first.sql:2:1: text before the first section
    07_comment_first.sql:2:1: text before the first section
    08_down_alone.sql:3:1: the file has no [up] section
    09_down_above_up.sql:3:1: [up] stands below [down]
    10_nearly_a_section.sql:4:1: almost a section's line, but only a comment
    11_section_without_name.sql:2:5: a section line without a name
    12_capitals.sql:2:5: unknown section "UP"
    13_begin.sql:4:3: BEGIN inside [up], which is one transaction as it is
    14_commit.sql:4:1: COMMIT inside [down], which is one transaction as it is
    15_vacuum.sql:3:1: VACUUM does not run inside a transaction, and [up] is one
    16_psql.sql:3:1: psql's meta-commands do not work here
    16_psql.sql:5:1: psql's meta-commands do not work here
    17_copy.sql:3:1: COPY … FROM STDIN does not work here: its data are not SQL
    18_string.sql:3:8: the string that begins here has no end
    19_dollar_quote.sql:3:4: the dollar-quoted string that begins here has no end
    20_comment.sql:3:1: the comment that begins here has no end
    21_quoted_name.sql:3:8: the quoted name that begins here has no end
    22_two_batches.sql:2:1: [batch] takes exactly one statement, not 2
    23_load_from_nowhere.sql:2:5: [load] needs the option from=
    "#);
}

#[test]
fn what_is_no_text_is_refused() {
    let project = files(&[
        ("1_utf16", &b"\xff\xfe-\0-\0 \0"[..]),
        ("2_utf16_without_mark", b"-\0-\0 \0r\0"),
        ("3_nul", b"-- revision: a\n-- [up]\nSELECT '\0';\n"),
        ("4_latin1", b"-- revision: a\r\n-- message: sch\xf6n\r\n-- [up]\r\n"),
        ("5_cut", b"-- revision: a\n-- [up]\nSELECT '\xc3"),
    ]);
    assert_snapshot!(problems(&project), @"
    1_utf16.sql:1:1: byte 0xff is not valid UTF-8
    2_utf16_without_mark.sql:1:2: a NUL character, which PostgreSQL takes nowhere
    3_nul.sql:3:9: a NUL character, which PostgreSQL takes nowhere
    4_latin1.sql:2:16: byte 0xf6 is not valid UTF-8
    5_cut.sql:3:9: byte 0xc3 is not valid UTF-8
    ");
}

#[test]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let project = files(&[("good", "-- revision: good\n-- [up]\n")]);
    let revisions = project.path().join("revisions");
    fs::create_dir(revisions.join("folder.sql")).unwrap();
    symlink(".", revisions.join("link_to_folder.sql")).unwrap();
    symlink("nowhere", revisions.join("link_to_nothing.sql")).unwrap();
    symlink("/dev/zero", revisions.join("link_to_device.sql")).unwrap();
    assert!(Command::new("mkfifo").arg(revisions.join("pipe.sql")).status().unwrap().success());
    assert_snapshot!(project.run(&["heads"]), @"
    --- standard error
    error: revisions/folder.sql: is not a file
    help: give it another name
    error: revisions/link_to_device.sql: is not a file
    help: give it another name
    error: revisions/link_to_folder.sql: is not a file
    help: give it another name
    error: revisions/pipe.sql: is not a file
    help: give it another name
    error: revisions/link_to_nothing.sql: can't be read: No such file or directory (os error 2)
    error: 5 revision files can't be used
    help: mend the files; nothing was done
    --- exit code 1
    ");
}

#[test]
fn what_may_not_be_read_is_told() {
    let project = files(&[("secret", "-- revision: a\n-- [up]\n")]);
    let path = project.path().join("revisions/secret.sql");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        return; // The superuser may read everything.
    }
    assert_eq!(problems(&project), "secret.sql: can't be read: Permission denied (os error 13)");
}

#[test]
fn people_see_each_place_and_how_many_files_are_bad() {
    let project = files(&[
        ("1", "-- revision: a\n-- labels: x@y\n-- [up]\n\tSELECT 'ä', BEGIN;\n  COMMIT;\n"),
        ("2", "-- revision: b\n-- [down]\n"),
    ]);
    assert_snapshot!(project.run(&["history"]), @r#"
    --- standard error
    error: illegal label "x@y": '@' can't be part of it
     --> revisions/1.sql:2:12
      |
    2 | -- labels: x@y
      |            ^^^
      |
      = help: a label is made of letters, digits, _, . and /
    error: COMMIT inside [up], which is one transaction as it is
     --> revisions/1.sql:5:3
      |
    5 |   COMMIT;
      |   ^^^^^^
      |
      = help: take it out: revgraph begins and commits, together with the ledger's row
    error: the file has no [up] section
     --> revisions/2.sql:2:11
      |
    2 | -- [down]
      |          ^
      |
      = help: add a line `-- [up]`, at column 1 and with nothing behind it; it may be empty
    error: 2 revision files can't be used
    help: mend the files; nothing was done
    --- exit code 1
    "#);
}

#[test]
fn what_is_no_revision_is_passed_over() {
    let project = files(&[("good", "-- revision: good\n-- [up]\n"), (".hidden", "not SQL")]);
    fs::create_dir(project.path().join("revisions/sub")).unwrap();
    for name in ["sub/a.sql", "notes.md", "b.sql~", "c.SQL"] {
        project.write(&format!("revisions/{name}"), "not SQL");
    }
    project.write("linked", "-- revision: linked\n-- [up]\n");
    symlink("../linked", project.path().join("revisions/link.sql")).unwrap();
    assert_snapshot!(project.run(&["heads"]), @"
    good [head] [base]
    linked [head] [base]
    --- exit code 0
    ");
}

const QUOTED: &str = "\
-- revision: a
-- [up]
SELECT '
-- [down]
', E'\\'
-- [down]
', \"
-- [down]
\", $a$ $$ $b$
-- [down]
$a$, U&'
-- [down]
';
/* /* */
-- [down]
*/
  -- [down]
CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC
  SELECT CASE WHEN true THEN 1 END;
  SELECT 2;
END;
";

#[test]
fn a_section_counts_only_outside_of_literals_and_comments() {
    let project = files(&[("a", QUOTED)]);
    assert_snapshot!(project.run(&["check", "--files"]), @"
    neither [down] nor irreversible: a
    --- exit code 3
    ");
    project.write("revisions/a.sql", format!("{QUOTED}-- [down]\n"));
    assert_snapshot!(project.run(&["check", "--files"]), @"
    ok: 1 revision sound
    --- exit code 0
    ");
}

#[test]
fn line_ends_and_a_mark_change_no_checksum() {
    let sums = |text: String| {
        let project = files(&[("a", text)]);
        let said = project.run(&["show", "a", "--format", "json"]).json();
        let revision = &said["revisions"][0];
        (revision["up_checksum"].clone(), revision["down_checksum"].clone())
    };
    let unix = sums(format!("{QUOTED}-- [down]\nSELECT 3;\n"));
    assert_eq!(unix, sums(format!("{QUOTED}-- [down]\nSELECT 3;\n").replace('\n', "\r\n")));
    assert_eq!(unix, sums(format!("\u{feff}{QUOTED}-- [down]\nSELECT 3;  \n\n\n")));
    assert_ne!(unix, sums(format!("{QUOTED}-- [down]\nSELECT 4;\n")));
}
