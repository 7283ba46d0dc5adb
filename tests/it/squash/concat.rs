//! Baselines that are the revisions' own SQL, put together.

use super::{chain, dump, files, project, shown, squash, text_of};
use crate::harness::Database;

#[test]
fn each_revision_under_its_name() {
    let project = project(&[
        "-- [up]\nSET search_path = pg_catalog;\nCREATE TABLE public.a (id int) -- one\n\n-- [down]\nDROP TABLE a;\n",
        "-- [up lock_timeout=1s]\nCREATE TABLE b (id int);\n\n-- [verify]\nSELECT FROM a WHERE id = 1;\n\n-- [down]\nDROP TABLE b;\n",
        "-- [up]\nINSERT INTO a VALUES (1);\n\n-- [verify]\nSELECT count(*) = 1 AS ok FROM a;\n\n-- [down]\nDELETE FROM a;\n",
    ]);
    let (database, other) = (Database::new(), Database::new());
    project.ok(&other.url(), &["upgrade"]);
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--mode", "concat"]);
    assert_eq!(said.code, 0, "{said}");
    let text = text_of(&project);
    let (_, sections) = text.split_once("\n\n").unwrap();
    insta::assert_snapshot!(sections, @r"
    -- [up]
    -- r1
    SET search_path = pg_catalog;
    CREATE TABLE public.a (id int) -- one
    ;
    RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMP; DISCARD SEQUENCES; UNLISTEN *; CLOSE ALL;

    -- [up lock_timeout=1s]
    -- r2
    CREATE TABLE b (id int);

    -- [up]
    -- r3
    INSERT INTO a VALUES (1);
    RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMP; DISCARD SEQUENCES; UNLISTEN *; CLOSE ALL;

    -- [verify]
    SELECT count(*) = 1 AS ok FROM a;

    -- [down]
    -- r3
    DELETE FROM a;
    RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMP; DISCARD SEQUENCES; UNLISTEN *; CLOSE ALL;

    -- [down]
    -- r2
    DROP TABLE b;

    -- [down]
    -- r1
    DROP TABLE a;
    ");
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(dump(&database), dump(&other));
}

#[test]
fn a_mode_that_was_asked_for_has_no_other_reason() {
    let project = project(&[
        "-- [up]\nCREATE ROLE concat_reason;\n\n-- [down]\nDROP ROLE concat_reason;\n",
        "-- [up]\nCREATE TABLE t ();\n\n-- [down]\nDROP TABLE t;\n",
    ]);
    let database = Database::new();
    let made_of = |arguments: &[&str]| {
        let said = project.run_on(&database.url(), &[&["squash", "--dry-run", "--id", "b"], arguments].concat());
        assert_eq!(said.code, 0, "{said}");
        said.out.lines().find(|line| line.contains("made of")).unwrap().trim().to_owned()
    };
    assert_eq!(made_of(&["--mode", "concat"]), "made of      their own SQL, put together");
    let left_open = made_of(&[]);
    assert!(left_open.starts_with("made of      their own SQL, put together: "), "{left_open}");
}

#[test]
fn outside_of_transactions() {
    let project = project(&[
        "-- [up]\nCREATE TABLE t (id int);\n\n-- [down]\nDROP TABLE t;\n",
        "-- [up transaction=off]\nCREATE INDEX CONCURRENTLY i ON t (id);\n\n-- [down transaction=off]\nDROP INDEX CONCURRENTLY i;\n",
    ]);
    let database = Database::new();
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--mode", "concat"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(text_of(&project).contains("-- [up transaction=off]\n-- r2\nCREATE INDEX CONCURRENTLY i ON t (id);\n"));
    assert!(said.out.contains("way down     exact"), "{said}");
}

#[test]
fn what_is_volatile_is_compared_by_what_holds_still() {
    let ups = [
        "CREATE TABLE t (id int, at timestamptz DEFAULT clock_timestamp(), name text);",
        "INSERT INTO t (id, name) VALUES (1, 'a'), (2, 'b');",
    ];
    let squashed = squash(&ups, &["--mode", "concat"]);
    assert!(squashed.said.out.contains("public.t (at): 2 rows differ between two replays"), "{}", squashed.said);
    assert_eq!(squashed.value("SELECT string_agg(id || name, ' ' ORDER BY id) FROM t"), "1a 2b");
}

#[test]
fn a_part_of_a_chain() {
    let project = project(&[
        "-- [up]\nCREATE TABLE a (id int);\n\n-- [down]\nDROP TABLE a;\n",
        "-- [up]\nALTER TABLE a ADD b int;\n\n-- [down]\nALTER TABLE a DROP b;\n",
        "-- [up]\nALTER TABLE a ADD c int;\n\n-- [down]\nALTER TABLE a DROP c;\n",
        "-- [up]\nALTER TABLE a ADD d int;\n\n-- [down]\nALTER TABLE a DROP d;\n",
    ]);
    let database = Database::new();
    let said = project.run_on(&database.url(), &["squash", "--from", "r2", "--to", "r3", "--id", "b"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(
        said.out.contains("put together: it starts above r1, and a dump would hold what that builds as well"),
        "{said}"
    );
    assert!(text_of(&project).contains("-- parents:    r1\n"), "{}", text_of(&project));
    assert!(text_of(&project).contains("-- replaces:   r2, r3\n"), "{}", text_of(&project));
    assert_eq!(files(&project, "archive/b"), ["manifest.toml", "r2.sql", "r3.sql"]);
}

#[test]
fn without_a_way_down_there_is_none() {
    let project =
        project(&["-- [up]\nCREATE TABLE a (id int);\n\n-- [down]\nDROP TABLE a;\n", "-- [up]\nDROP TABLE a;\n"]);
    let database = Database::new();
    let said = project.run_on(&database.url(), &["squash", "--id", "b", "--mode", "concat"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(text_of(&project).contains("-- irreversible: r2 has no way down\n"), "{}", text_of(&project));
    assert!(said.out.contains("way down     irreversible"), "{said}");
}

#[test]
fn ways_down_that_are_wrong_stay_what_they_are() {
    let sections = |down: &str| format!("-- [up]\nCREATE TABLE a (id int);\n\n-- [down]\n{down}\n");
    let wrong = project(&[&sections("ALTER TABLE a RENAME TO left_over;"), "-- [up]\n\n-- [down]\n"]);
    let database = Database::new();
    let said = wrong.run_on(&database.url(), &["squash", "--id", "b", "--mode", "concat"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.out.contains("way down     as the originals: 2 objects not as before"), "{said}");
    let failing = project(&[&sections("DROP TABLE nothing;"), "-- [up]\n\n-- [down]\n"]);
    let said = failing.run_on(&database.url(), &["squash", "--id", "b", "--mode", "concat"]);
    assert_eq!(said.code, 0, "{said}");
    let reason = "-- irreversible: the way down of r1 does not run: table \"nothing\" does not exist\n";
    assert!(text_of(&failing).contains(reason), "{}", text_of(&failing));
}

#[test]
fn what_can_not_be_one_transaction_is_refused() {
    let project = chain(&[
        "CREATE TYPE mood AS ENUM ('a');",
        "ALTER TYPE mood ADD VALUE 'b';",
        "CREATE TABLE t (m mood DEFAULT 'b');",
    ]);
    let database = Database::new();
    let said = project.run_on(&database.url(), &["squash", "--from", "r2", "--id", "b"]);
    insta::assert_snapshot!(shown(&said), @r#"
    --- standard error
    error: unsafe use of new value "b" of enum type mood
      --> revisions/…_b_baseline.sql:16:32
       |
    16 | CREATE TABLE t (m mood DEFAULT 'b');
       |                                ^
    error: the baseline does not run: unsafe use of new value "b" of enum type mood
    help: no file was touched; what fails is the baseline and not the revisions: squash fewer of them, with --from and --to, so that what it is about stays outside
    --- exit code 1
    "#);
    assert_eq!(files(&project, "revisions"), ["r1.sql", "r2.sql", "r3.sql"]);
}
