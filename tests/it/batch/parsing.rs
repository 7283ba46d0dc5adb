//! What a `[batch]` section may hold.

use crate::harness::Project;

#[test]
fn it_takes_one_statement_that_touches_rows() {
    let project = Project::new();
    let sections = [
        "-- [batch]\n",
        "-- [batch]\nUPDATE d SET a = 1;\nUPDATE d SET a = 2;\n",
        "-- [batch]\nSELECT 1;\n",
        "-- [batch]\nWITH a AS (SELECT 'update') SELECT 1;\n",
        "-- [batch]\n  /* insert */ VACUUM;\n",
        "-- [batch limit=0]\nDELETE FROM d;\n",
        "-- [batch speed=9]\nDELETE FROM d;\n",
        "-- [batch pause=5]\nDELETE FROM d;\n",
    ];
    for (number, sections) in sections.iter().enumerate() {
        project.revision(&format!("r{number}"), "", sections);
    }
    let said = project.run(&["heads"]);
    assert_eq!(said.code, 1);
    insta::assert_snapshot!(said.err, @r#"
        error: [batch] takes exactly one statement, not 0
         --> revisions/r0.sql:3:1
          |
        3 | -- [batch]
          | ^^^^^^^^^^
          |
          = help: give each its own section
        error: [batch] takes exactly one statement, not 2
         --> revisions/r1.sql:3:1
          |
        3 | -- [batch]
          | ^^^^^^^^^^
          |
          = help: give each its own section
        error: [batch] takes a statement that touches rows
         --> revisions/r2.sql:4:1
          |
        4 | SELECT 1;
          | ^^^^^^^^
          |
          = help: begin it with INSERT, UPDATE, DELETE, MERGE or WITH: it runs until it touches none
        error: [batch] takes a statement that touches rows
         --> revisions/r3.sql:4:1
          |
        4 | WITH a AS (SELECT 'update') SELECT 1;
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: begin it with INSERT, UPDATE, DELETE, MERGE or WITH: it runs until it touches none
        error: [batch] takes a statement that touches rows
         --> revisions/r4.sql:4:16
          |
        4 |   /* insert */ VACUUM;
          |                ^^^^^^
          |
          = help: begin it with INSERT, UPDATE, DELETE, MERGE or WITH: it runs until it touches none
        error: "0" is not a number of times
         --> revisions/r5.sql:3:11
          |
        3 | -- [batch limit=0]
          |           ^^^^^^^
          |
          = help: give a whole number from 1 on
        error: [batch] has no option "speed"
         --> revisions/r6.sql:3:11
          |
        3 | -- [batch speed=9]
          |           ^^^^^^^
          |
          = help: its options are pause= and limit=
        error: "5" is not a duration
         --> revisions/r7.sql:3:11
          |
        3 | -- [batch pause=5]
          |           ^^^^^^^
          |
          = help: write a whole number and a unit: 500ms, 5s, 2min, 1h, 30d, or 0
        error: 8 revision files can't be used
        help: mend the files; nothing was done
        "#);
}
