//! `verify`: the `[verify]` sections of what is in effect, asked at any time.

use serde_json::json;

use crate::harness::{Database, Project, Said};

/// Three revisions with verifications, in effect, and a fourth that is not.
fn start() -> (Project, Database) {
    let (project, database) = (Project::new(), Database::new());
    let table = "-- [up]\nCREATE TABLE t (id int, email text);\nINSERT INTO t VALUES (1, 'a@x'), (2, 'b@x');\n-- [down]\nDROP TABLE t;\n\
                 -- [verify]\nSELECT id FROM t\n    WHERE email NOT LIKE '%@%';\n\
                 SELECT count(*) = count(DISTINCT email) AS ok, count(*) AS rows, count(DISTINCT email) AS emails FROM t;\n";
    project.revision("r1", "labels: first", table);
    project.revision("r2", "parents: r1", "-- [up]\n-- [down]\n");
    project.revision(
        "r3",
        "parents: r2\nlabels: third",
        "-- [up]\nCREATE TABLE u (id int);\n-- [down]\nDROP TABLE u;\n\
        -- [verify]\nSELECT count(*) = 0 AS ok FROM u;\n-- [verify]\nTABLE u;\n",
    );
    project.ok(&database.url(), &["upgrade"]);
    project.revision("r4", "parents: r3", "-- [up]\n-- [down]\n-- [verify]\nSELECT 1;\n");
    (project, database)
}

fn verify(project: &Project, database: &Database, arguments: &[&str]) -> String {
    let said = project.run_on(&database.url(), &[&["verify"], arguments].concat());
    Said { err: said.complaint(), ..said }.to_string()
}

#[test]
fn everything_that_is_in_effect() {
    let (project, database) = start();
    insta::assert_snapshot!(verify(&project, &database, &[]), @r"
          ok   r1:10  SELECT id FROM t
          ok   r1:12  SELECT count(*) = count(DISTINCT email) AS ok, count(*) AS rows, count(DISTINCT email) AS emails FROM t  emails 2, rows 2
          ok   r3:10  SELECT count(*) = 0 AS ok FROM u
          ok   r3:12  TABLE u
        ok: 4 verifications of 3 revisions held
        --- exit code 0
        ");
    database.execute("INSERT INTO t SELECT n, 'same' || n / 9 FROM generate_series(3, 9) n; DROP TABLE u");
    insta::assert_snapshot!(verify(&project, &database, &[]), @r#"
        failed r1:10  SELECT id FROM t
               id 3
               id 4
               id 5
               id 6
               id 7
               and 2 more
        failed r1:12  SELECT count(*) = count(DISTINCT email) AS ok, count(*) AS rows, count(DISTINCT email) AS emails FROM t
               emails 4, ok false, rows 9
         error r3:10  SELECT count(*) = 0 AS ok FROM u
               line 10: relation "u" does not exist
         error r3:12  TABLE u
               line 12: relation "u" does not exist
        4 of 4 verifications of 3 revisions failed
        --- exit code 3
        "#);
    let said = project.run_on(&database.url(), &["verify", "--format", "json", "r1"]);
    assert_eq!(said.code, 3);
    let told: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&told["revisions"], &told["failed"]), (&json!(1), &json!(2)));
    let counts = &told["verifications"][1];
    assert_eq!(counts["first"], json!([{ "ok": false, "rows": 9, "emails": 4 }]));
    assert_eq!(
        (&counts["revision"], &counts["line"], &counts["verdict"], &counts["rows"]),
        (&json!("r1"), &json!(12), &json!("failed"), &json!(1))
    );
}

#[test]
fn what_is_named() {
    let (project, database) = start();
    for (arguments, verified) in [
        (&["r1"][..], "2 verifications of 1 revision"),
        (&["head"], "2 verifications of 1 revision"),
        (&["third@base:third"], "4 verifications of 3 revisions"),
        (&["r2:head"], "2 verifications of 2 revisions"),
        (&["r1", "r3"], "4 verifications of 2 revisions"),
        (&["current"], "2 verifications of 1 revision"),
    ] {
        let said = verify(&project, &database, arguments);
        assert!(said.contains(verified), "{arguments:?} {said}");
    }
    insta::assert_snapshot!(verify(&project, &database, &["r4"]), @r"
        --- standard error
        error: r4 is not in effect in this database
        help: `revgraph current` shows where it is; what is not in effect can't be verified
        --- exit code 1
        ");
    insta::assert_snapshot!(verify(&project, &database, &["r5"]), @r"
        --- standard error
        error: no revision or label is called `r5`
        help: `revgraph history` shows every revision and label
        --- exit code 1
        ");
    insta::assert_snapshot!(verify(&project, &database, &["revisions/r1.sql"]), @r"
        --- standard error
        error: invalid value 'revisions/r1.sql' for '[TARGET]...': give a revision, not a file: what is in effect is verified

        For more information, try '--help'.
        --- exit code 2
        ");
}

#[test]
fn nothing_is_written() {
    let (project, database) = start();
    let sections = "-- [up]\nCREATE TABLE n (id int);\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'INSERT INTO n VALUES (1) RETURNING 1';\n\
                    -- [down]\nDROP FUNCTION f();\nDROP TABLE n;\n";
    project.revision("r4", "parents: r3", sections);
    project.ok(&database.url(), &["upgrade"]);
    let edited = format!(
        "{sections}-- [verify]\nSELECT true AS ok,\n   f();\nSELECT set_config('search_path', 'nowhere', false) = 'nowhere' AS ok;\nTABLE n;\nTABLE gone;\n"
    );
    project.revision("r4", "parents: r3", &edited);
    insta::assert_snapshot!(verify(&project, &database, &["r4"]), @r#"
         error r4:11  SELECT true AS ok,
               line 11: cannot execute INSERT in a read-only transaction
          ok   r4:13  SELECT set_config('search_path', 'nowhere', false) = 'nowhere' AS ok
          ok   r4:14  TABLE n
         error r4:15  TABLE gone
               line 15: relation "gone" does not exist
        2 of 4 verifications of 1 revision failed
        --- exit code 3
        "#);
    assert_eq!(database.value("SELECT count(*) FROM n"), "0");
}

#[test]
fn without_the_files_the_ledger_has_them() {
    let (project, database) = start();
    std::fs::remove_file(project.path().join("revisions/r3.sql")).unwrap();
    std::fs::remove_file(project.path().join("revisions/r4.sql")).unwrap();
    assert!(verify(&project, &database, &["--from-ledger"]).contains("4 verifications of 3 revisions"));
    let empty = Database::new();
    assert!(verify(&project, &empty, &[]).contains("0 verifications of 0 revisions"));
}

#[test]
fn a_baseline_has_its_own() {
    let (project, database) = start();
    project.write("revgraph.toml", "[scratch]\nserver = true\n");
    let other = Database::new();
    project.ok(&other.url(), &["upgrade", "r3"]);
    std::fs::remove_file(project.path().join("revisions/r4.sql")).unwrap();
    project.ok(&database.url(), &["squash", "--id", "b", "-m", "all", "--mode", "concat"]);
    // Not adopted yet, it is the members that are in effect.
    assert!(verify(&project, &other, &[]).contains("4 verifications of 3 revisions"));
    project.ok(&other.url(), &["upgrade"]);
    assert!(verify(&project, &other, &[]).contains("4 verifications of 1 revision"));
}

#[test]
fn counts_beside_ok_do_not_hinder_an_upgrade() {
    let (project, database) = (Project::new(), Database::new());
    let sections = |ok: &str| format!("-- [up]\n-- [down]\n-- [verify]\nSELECT {ok} AS ok, 3 AS here, 4 AS there;\n");
    project.revision("r1", "", &sections("true"));
    project.ok(&database.url(), &["upgrade", "--dry-run"]);
    project.ok(&database.url(), &["upgrade"]);
    for no in ["false", "NULL::boolean", "'true'"] {
        project.revision("r2", "parents: r1", &sections(no));
        let said = project.run_on(&database.url(), &["upgrade"]);
        assert_eq!(said.code, 1, "{said}");
        assert!(said.err.contains("the assertion is not true\n"), "{said}");
        assert_eq!(project.run_on(&database.url(), &["upgrade", "--dry-run"]).code, 1);
    }
    project.revision("r2", "parents: r1", "-- [up]\n-- [down]\n-- [verify]\nVALUES (true), (true);\n");
    assert_eq!(project.run_on(&database.url(), &["upgrade"]).code, 1);
}
