//! squawk's rules, through its library: each is asked, said in our words, and no matter for what is new.

use insta::assert_snapshot;

use super::findings;
use crate::harness::Project;

/// What is found in an [up] section whose first line is the fourth of the file.
fn found(up: &str) -> Vec<String> {
    findings("confirm: YES", &format!("-- [up]\n{up}\n-- [down]\nSELECT 1;\n"), &[])
}

fn off(up: &str) -> Vec<String> {
    findings("confirm: YES", &format!("-- [up transaction=off]\n{up}\n-- [down]\nSELECT 1;\n"), &[])
}

#[test]
fn what_takes_long_locks_is_found() {
    for (up, expected) in [
        ("CREATE INDEX ON t (a);", &["5:1 require-concurrent-index-creation"][..]),
        ("DROP INDEX i;", &["5:1 require-concurrent-index-deletion"]),
        ("ALTER TABLE t ADD CHECK (a > 0);", &["5:15 constraint-missing-not-valid"]),
        ("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u;", &["5:19 adding-foreign-key-constraint"]),
        ("ALTER TABLE t ADD a int DEFAULT 1 REFERENCES u;", &["5:35 adding-foreign-key-constraint"]),
        ("ALTER TABLE t ADD UNIQUE (a);", &["5:19 disallowed-unique-constraint"]),
        ("ALTER TABLE t ADD PRIMARY KEY (a);", &["5:19 adding-serial-primary-key-field"]),
        ("ALTER TABLE t ADD a uuid DEFAULT gen_random_uuid();", &["5:34 adding-field-with-default"]),
        ("ALTER TABLE t ALTER a SET NOT NULL;", &["5:23 adding-not-nullable-field"]),
        ("ALTER TABLE t ADD a int NOT NULL;", &["5:15 adding-required-field"]),
        ("ALTER TABLE t ALTER a TYPE text;", &["5:23 changing-column-type"]),
        ("ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0);", &["5:16 ban-alter-domain-with-add-constraint"]),
        ("TRUNCATE t CASCADE;", &["5:12 ban-truncate-cascade"]),
        ("ALTER TABLE t DETACH PARTITION p;", &["5:15 require-concurrent-partition-detach"]),
        ("REINDEX TABLE t;", &["5:1 require-concurrent-reindex"]),
    ] {
        assert_eq!(found(up), expected, "{up}");
    }
}

#[test]
fn what_the_running_release_misses_is_found() {
    for (up, expected) in [
        ("ALTER TABLE t RENAME a TO b;", "5:15 renaming-column"),
        ("ALTER TABLE t RENAME TO u;", "5:15 renaming-table"),
        ("ALTER VIEW v RENAME TO w;", "5:14 renaming-object"),
        ("ALTER TABLE t SET SCHEMA s;", "5:15 ban-set-schema"),
    ] {
        assert_eq!(found(up), [expected], "{up}");
    }
    let name = "x".repeat(64);
    assert_eq!(found(&format!("CREATE TABLE t (\n  {name} int);")), ["6:3 identifier-too-long"]);
}

#[test]
fn what_is_done_well_is_left_alone() {
    for up in [
        "ALTER TABLE t ADD a int DEFAULT 1 NOT NULL;",
        "ALTER TABLE t ADD a timestamptz DEFAULT now();",
        "ALTER TABLE t ADD a int REFERENCES u;",
        "ALTER TABLE t ADD CHECK (a > 0) NOT VALID;",
        "ALTER TABLE t VALIDATE CONSTRAINT c;",
        "ALTER TABLE t ADD UNIQUE USING INDEX i;",
        "SELECT 'CREATE INDEX ON t (a)'; -- DROP INDEX i;",
        "DO $$ BEGIN CREATE INDEX ON t (a); END $$;",
    ] {
        assert_eq!(found(up), [""; 0], "{up}");
    }
    for up in [
        "CREATE INDEX CONCURRENTLY i ON t (a);",
        "DROP INDEX CONCURRENTLY i;",
        "REINDEX TABLE CONCURRENTLY t;",
        "ALTER TABLE t DETACH PARTITION p CONCURRENTLY;",
    ] {
        assert_eq!(off(up), [""; 0], "{up}");
    }
}

#[test]
fn what_the_revision_made_itself_waits_for_nobody() {
    for made in [
        "CREATE TABLE t (a int, b int);",
        "CREATE TABLE public.t AS SELECT 1 AS a, 2 AS b;",
        "CREATE UNLOGGED TABLE t ();",
    ] {
        for up in [
            "CREATE INDEX ON t (a);",
            "ALTER TABLE t ADD UNIQUE (a), ADD c int NOT NULL, ALTER b SET NOT NULL;",
            "ALTER TABLE public.t RENAME b TO c;",
            "ALTER TABLE t RENAME TO u; CREATE INDEX ON u (a);",
        ] {
            assert_eq!(found(&format!("{made}\n{up}")), [""; 0], "{made} {up}");
        }
    }
    assert_eq!(found("CREATE MATERIALIZED VIEW t AS SELECT 1 AS a;\nCREATE INDEX ON t (a);"), [""; 0]);
    // In another section of the revision too, outside of transactions or not.
    let sections =
        "-- [up]\nCREATE TABLE t (a int);\n-- [up transaction=off]\nCREATE INDEX ON t (a);\n-- [down]\nSELECT 1;\n";
    assert_eq!(findings("", sections, &[]), [""; 0]);
    // But not what is made below it, or in another schema, or perhaps not made at all.
    assert_eq!(found("CREATE INDEX ON t (a);\nCREATE TABLE t (a int);").len(), 1);
    assert_eq!(found("CREATE TABLE x.t (a int);\nCREATE INDEX ON y.t (a);").len(), 1);
    assert_eq!(found("CREATE TABLE IF NOT EXISTS t (a int);\nCREATE INDEX ON t (a);").len(), 1);
}

#[test]
fn the_way_down_is_looked_at_where_asked() {
    let sections = "-- [up]\nCREATE INDEX CONCURRENTLY i ON t (a);\n-- [down]\nDROP INDEX i;\n"
        .replace("[up]", "[up transaction=off]");
    assert_eq!(findings("", &sections, &[]), [""; 0]);
    assert_eq!(findings("", &sections, &["--down"]), ["6:1 require-concurrent-index-deletion"]);
}

#[test]
fn matters_of_taste_are_asked_on_demand() {
    let sections = "-- [up]\nCREATE TABLE t (a serial, b char(3), c timestamp, d int);\n-- [down]\nDROP TABLE t;\n";
    assert_eq!(findings("", sections, &[]), [""; 0]);
    let with = ["--with", "prefer-identity,ban-char-field", "--with", "prefer-timestamp-tz,prefer-bigint-over-int"];
    assert_eq!(
        findings("", sections, &with),
        [
            "4:19 prefer-bigint-over-int",
            "4:19 prefer-identity",
            "4:29 ban-char-field",
            "4:40 prefer-timestamp-tz",
            "4:53 prefer-bigint-over-int",
        ]
    );
    assert_eq!(findings("", sections, &["--with", "require-table-schema"]), ["4:14 require-table-schema"]);
}

#[test]
fn its_words_are_ours() {
    let project = Project::new();
    project.revision(
        "a",
        "",
        "-- [up]\nSELECT 'ä'; CREATE INDEX i\n  ON app.\"T\" (a);\n-- [down]\nDROP INDEX app.i;\n",
    );
    assert_snapshot!(project.run(&["lint"]), @r#"
    warning: app."T": an index that is built without CONCURRENTLY on a table that was there before [require-concurrent-index-creation]
     --> revisions/a.sql:4:13
      |
    4 | SELECT 'ä'; CREATE INDEX i
      |             ^^^^^^^^^^^^^^
      |
      = note: nobody writes to the table until the index is built, which takes minutes on a large one
      = help: CREATE INDEX CONCURRENTLY, in a section of its own: `-- [up transaction=off]`

    1 finding in 1 revision
    --- exit code 3
    "#);
}

#[test]
fn what_it_might_not_survive_is_not_shown_to_it() {
    let deep = |text: &str, end: &str| format!("{}1{}", text.repeat(20_000), end.repeat(20_000));
    for up in [
        format!("ALTER TABLE t ADD CHECK ({});", deep("(", ")")),
        format!("ALTER TABLE t ADD CHECK ({});", deep("CASE WHEN true THEN ", " END")),
        format!("ALTER TABLE t ADD CHECK (1{} > 0);", " + 1".repeat(100_000)),
        format!("CREATE TABLE t AS {};", deep("SELECT * FROM (", ") x")),
        "ALTER TABLE t ADD CHECK (a >;".to_owned(),
        "CREATE VIEW v AS select 4 a select a 5  (gbtreekey_var, union into t;".to_owned(),
    ] {
        assert_eq!(found(&up), [""; 0], "{}", &up[..40]);
    }
    // What stands beside it is looked at.
    assert_eq!(found("ALTER TABLE t ADD CHECK;\nCREATE INDEX ON t (a);").len(), 1);
}
