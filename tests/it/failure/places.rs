//! The place of an error: file, line, column, and the line with a mark.

use super::{fail, three};
use crate::harness::{Database, Project};

/// What is said of the first place that is named: `revisions/r.sql:7:15`.
fn place(said: &str) -> &str {
    said.split_once("--> ").map(|(_, rest)| rest.lines().next().unwrap()).unwrap_or_else(|| panic!("{said}"))
}

/// The word over the first marks, found by counting columns as they are shown.
fn marked(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    let at = lines.iter().position(|line| line.trim_start().starts_with("| ") && line.contains('^')).expect(said);
    let (from, marks) = (lines[at].find('^').unwrap(), lines[at].matches('^').count());
    lines[at - 1].chars().skip(from).take(marks).collect()
}

#[test]
fn characters_count_not_bytes() {
    // Two bytes, four, and two characters that are shown as one.
    for before in ["", "ä", "👍", "e\u{301}", "👩‍👩‍👧", "日本"] {
        let text = format!("-- {before}\nSELECT '{before}' AS \"{before}x\", gone;");
        let (project, database) = three(&text);
        let said = fail(&project, &database);
        let column = text.lines().nth(1).unwrap().chars().count() - "gone;".len() + 1;
        assert_eq!(place(&said.err), format!("revisions/r0002.sql:7:{column}"), "{}", said.err);
        let json = project.run_on(&database.url(), &["upgrade", "--format", "json"]).err;
        let told: serde_json::Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
        assert_eq!(told["error"]["details"]["place"]["column"], column, "{json}");
    }
}

#[test]
fn the_word_is_marked() {
    for before in ["", "ä", "👍👍 ", "\t"] {
        let (project, database) = three(&format!("SELECT '{before}', gone;"));
        let said = fail(&project, &database);
        if before.is_ascii() && before != "\t" {
            assert_eq!(marked(&said.err), "gone", "{}", said.err);
        }
        assert!(said.err.contains("^^^^\n"), "{}", said.err);
    }
}

#[test]
fn far_down_and_far_right() {
    let text = format!("{}SELECT '{}', gone;", "-- x\n".repeat(500), "y".repeat(3_000));
    let (project, database) = three(&text);
    let said = fail(&project, &database);
    assert_eq!(place(&said.err), "revisions/r0002.sql:506:3012");
    assert_eq!(marked(&said.err), "gone", "{}", said.err);
    assert!(said.err.len() < 3_000, "a long line is cut");
}

#[test]
fn in_a_later_message() {
    let (project, database) = (Project::new(), Database::new());
    let padding = format!("SELECT '{}';\n", "ä".repeat(200_000));
    project.revision("r1", "", &format!("-- [up]\n{padding}"));
    project.revision("r2", "parents: r1", &format!("-- [up]\n{padding}"));
    project.revision("r3", "parents: r2", "-- [up]\nSELECT 'ä', gone;\n");
    let said = fail(&project, &database);
    assert_eq!(place(&said.err), "revisions/r3.sql:5:13", "{}", said.err);
    assert_eq!(database.applied(), ["r1", "r2"]);
    assert!(said.err.contains("done and recorded before it: r1, r2; r3 was rolled back\n"), "{}", said.err);
}

#[test]
fn a_syntax_error_in_a_later_message() {
    let (project, database) = (Project::new(), Database::new());
    // Each fills a message by itself.
    let padding = format!("SELECT '{}';\n", "x".repeat(1 << 20));
    project.revision("r1", "", &format!("-- [up]\n{padding}"));
    project.revision("r2", "parents: r1", &format!("-- [up]\n{padding}"));
    project.revision("r3", "parents: r2", "-- [up]\nCREATE TABLE t ();\n");
    project.revision("r4", "parents: r3", "-- [up]\nSELEC 1;\n");
    let said = fail(&project, &database);
    assert_eq!(place(&said.err), "revisions/r4.sql:5:1", "{}", said.err);
    insta::assert_snapshot!(said.complaint(), @r#"
    error: syntax error at or near "SELEC"
     --> revisions/r4.sql:5:1
      |
    5 | SELEC 1;
      | ^^^^^
    error: upgrade of r4 failed: syntax error at or near "SELEC"
    done and recorded before it: r1, r2; of the rest PostgreSQL ran nothing; not begun: 1 revision of this upgrade
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
    assert_eq!(database.applied(), ["r1", "r2"]);
}

#[test]
fn at_the_very_end() {
    // The server finds something missing only behind the text, where revgraph's own statements are.
    let (project, database) = three("");
    project.revision("r0002", "parents: r0001", "-- [up]\nSELECT 1 +");
    let said = fail(&project, &database);
    insta::assert_snapshot!(said.complaint(), @r#"
    error: syntax error at or near ";"
     --> revisions/r0002.sql:5:11
      |
    5 | SELECT 1 +
      |           ^
    error: upgrade of r0002 failed: syntax error at or near ";"
    PostgreSQL found this before it ran anything: the database is as it was; not begun: 2 revisions of this upgrade
    help: mend the file or the data, and run the command again: it goes on from there
    "#);
}

#[test]
fn in_the_second_of_two_sections_and_on_the_way_down() {
    let (project, database) = (Project::new(), Database::new());
    let sections = "-- [up]\nCREATE TABLE a ();\n-- [up]\nCREATE TABLE b ();\n-- [down]\nDROP TABLE a;\n-- [down]\nDROP TABLE bb;\n";
    project.revision("r1", "", &sections.replace("CREATE TABLE b", "CREATE TABLE a"));
    let said = fail(&project, &database);
    assert!(said.err.contains("relation \"a\" already exists"), "{}", said.err);
    project.revision("r1", "", &sections.replace("b ()", "b (id nothing)"));
    assert_eq!(place(&fail(&project, &database).err), "revisions/r1.sql:6:20");
    project.revision("r1", "", sections);
    project.ok(&database.url(), &["upgrade"]);
    let said = project.run_on(&database.url(), &["downgrade", "base"]);
    assert_eq!((said.code, database.tables().len()), (1, 2), "{}", said.err);
}

/// A revision with this `[verify]` section, at line 6.
fn verified(query: &str) -> (Project, Database, String) {
    let (project, database) = (Project::new(), Database::new());
    let sections = format!(
        "-- [up]\nCREATE TABLE t AS SELECT generate_series(1, 3) AS id;\n-- [verify]\nSELECT 1 WHERE false;\n{query}"
    );
    project.revision("r1", "", &sections);
    let said = fail(&project, &database);
    assert!(database.tables().is_empty(), "it is rolled back");
    assert_eq!(database.value("SELECT to_regclass('t')"), "-");
    (project, database, said.complaint())
}

#[test]
fn a_verification_that_finds_rows() {
    let (.., said) = verified("SELECT id FROM t WHERE id > 1;");
    insta::assert_snapshot!(said, @r#"
        error: 2 rows where there should be none
         --> revisions/r1.sql:7:1
          |
        7 | SELECT id FROM t WHERE id > 1;
          | ^^^^^^
        detail: first row: {"id": 2}
        error: upgrade of r1 failed: 2 rows where there should be none
        no revision was completed; r1 was rolled back
        help: mend the data or the [verify] section; the revision was rolled back
        "#);
}

#[test]
fn an_assertion_that_is_not_true() {
    let (.., said) = verified("SELECT count(*) = 4 AS ok FROM t;");
    insta::assert_snapshot!(said, @r#"
        error: the assertion is not true
         --> revisions/r1.sql:7:1
          |
        7 | SELECT count(*) = 4 AS ok FROM t;
          | ^^^^^^
        detail: first row: {"ok": false}
        error: upgrade of r1 failed: the assertion is not true
        no revision was completed; r1 was rolled back
        help: mend the data or the [verify] section; the revision was rolled back
        "#);
    let (.., said) = verified("SELECT NULL::bool AS ok;");
    assert!(said.contains("the assertion is not true"), "{said}");
    let (.., said) = verified("SELECT true AS fine;");
    assert!(said.contains("1 row where there should be none"), "{said}");
}

#[test]
fn a_verification_is_a_query_and_nothing_else() {
    let (.., said) = verified("DELETE FROM t;");
    insta::assert_snapshot!(said, @"
    error: [verify] takes queries alone
     --> revisions/r1.sql:7:1
      |
    7 | DELETE FROM t;
      | ^^^^^^^^^^^^^
      |
      = help: begin it with SELECT, WITH, VALUES or TABLE: it passes when it returns no row
    error: 1 revision file can't be used
    help: mend the files; nothing was done
    ");
    let (.., said) = verified("WITH gone AS (DELETE FROM t RETURNING 1) SELECT * FROM gone;");
    assert_eq!(place(&said), "revisions/r1.sql:7:6", "{said}");
    let (.., said) = verified("SELECT 1) AS x; SELECT (1 --");
    assert!(said.contains("syntax error at or near \")\""), "{said}");
    let (.., said) = verified("SELECT nextval('s') FROM (SELECT set_config('a.b', 'c', false)) x;");
    assert!(said.contains("relation \"s\" does not exist"), "{said}");
}

#[test]
fn a_verification_with_a_mistake_is_placed() {
    let (.., said) = verified("SELECT 'ä',\n       gone FROM t;");
    assert_eq!(place(&said), "revisions/r1.sql:8:8", "{said}");
    assert_eq!(marked(&said), "gone");
    let (.., said) = verified("SELECT id FORM t;");
    assert_eq!(place(&said), "revisions/r1.sql:7:16", "{said}");
}

#[test]
fn verifications_that_hold_let_it_pass() {
    let (project, database) = (Project::new(), Database::new());
    let queries = "SELECT id FROM t WHERE id < 0 -- none\n;\nSELECT count(*) = 3 AS ok FROM t;\nVALUES (true) LIMIT 0;\n\
                   WITH w AS (SELECT 1) SELECT * FROM w WHERE false ORDER BY 1;";
    let sections = format!("-- [up]\nCREATE TABLE t AS SELECT generate_series(1, 3) AS id;\n-- [verify]\n{queries}\n");
    project.revision("r1", "", &sections);
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(database.applied(), ["r1"]);
}
