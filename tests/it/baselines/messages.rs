//! What the commands say of baselines, and what they refuse.

use std::fs;

use super::{LINE, at, folder, originals, rows, squash, squashed, table};
use crate::harness::{Database, Project, Said};

fn kind(said: &Said) -> String {
    assert_eq!(said.code, 1, "{said}");
    said.error()["kind"].as_str().unwrap().to_owned()
}

fn kind_of(project: &Project, url: &str, arguments: &[&str]) -> String {
    kind(&project.run_on(url, &[arguments, &["--format", "json"]].concat()))
}

#[test]
fn plans_without_a_database() {
    let project = squashed(&LINE);
    let plan = |arguments: &[&str]| {
        let said = project.run(&[&["plan"], arguments, &["--format", "json"]].concat()).json();
        let steps = said["steps"].as_array().unwrap().iter();
        let steps =
            steps.map(|step| format!("{} {}", step["direction"].as_str().unwrap(), step["revision"].as_str().unwrap()));
        let steps: Vec<String> = steps.collect();
        let heads: Vec<&str> =
            said["heads_after"].as_array().unwrap().iter().map(|head| head.as_str().unwrap()).collect();
        format!("{}; then {}", steps.join(", "), heads.join(" "))
    };
    for (arguments, expected) in [
        (&["upgrade", "x", "--from", "base"][..], "up p, up line, up x; then x"),
        (&["upgrade", "b", "--from", "base"], "up p, up a, up b; then b"),
        (&["upgrade", "d", "--from", "base"], "up p, up line; then line"),
        (&["upgrade", "d", "--from", "c"], "up d, adopt line; then line"),
        (&["upgrade", "line", "--from", "b"], "up c, up d, adopt line; then line"),
        (&["upgrade", "c+1", "--from", "b"], "up c, up d, adopt line; then line"),
        (&["upgrade", "x", "--from", "line"], "up x; then x"),
        (&["downgrade", "d", "--from", "x"], "down x; then line"),
        (&["downgrade", "c", "--from", "x"], "expand line, down x, down d; then c"),
        (&["downgrade", "-1", "--from", "c"], "down c; then b"),
        (&["downgrade", "-1", "--from", "x"], "down x; then line"),
        (&["downgrade", "p", "--from", "x"], "down x, down line; then p"),
        (&["stamp", "b", "--from", "x"], "expand line, down x, down d, down c; then b"),
        (&["stamp", "x", "--from", "b"], "up c, up d, adopt line, up x; then x"),
    ] {
        assert_eq!(plan(arguments), expected, "{arguments:?}");
    }
    let said = project.run(&["plan", "downgrade", "c", "--from", "x"]);
    insta::assert_snapshot!(said, @"
      expand line  stands for a, b, c, d
      down x  makes x
        loses table x
      down d  makes d
        loses table d
    3 steps; then at c
    --- exit code 0
    ");
}

#[test]
fn relative_targets_do_not_cross() {
    let project = squashed(&LINE);
    for arguments in [
        &["upgrade", "p@+2", "--from", "base"][..],
        &["upgrade", "+1", "--from", "p"],
        &["upgrade", "p+1", "--from", "base"],
        &["upgrade", "p+2", "--from", "base"],
        &["downgrade", "-1", "--from", "line"],
        &["downgrade", "-2", "--from", "x"],
        &["downgrade", "x-2", "--from", "x"],
    ] {
        let said = project.run(&[&["plan"], arguments, &["--format", "json"]].concat());
        assert_eq!(kind(&said), "relative_crosses_baseline", "{arguments:?}");
    }
    insta::assert_snapshot!(project.run(&["plan", "downgrade", "-1", "--from", "line"]), @"
    --- standard error
    error: `-1` would cross the baseline `line`, which stands for several revisions
    help: name a revision, also one inside the baseline, or `base` or `heads`
    --- exit code 1
    ");
    for arguments in [
        ["upgrade", "x-1", "--from", "base"],
        ["upgrade", "c+1", "--from", "base"],
        ["downgrade", "c-1", "--from", "x"],
    ] {
        assert_eq!(project.run(&[&["plan"], &arguments[..]].concat()).code, 0, "{arguments:?}");
    }
}

#[test]
fn what_a_new_revision_can_follow() {
    let project = squashed(&LINE);
    table(&project, "late", "depends_on: b\nparents: x");
    let plan = project.run(&["plan", "upgrade", "late", "--from", "b"]);
    assert!(plan.out.contains("up   d\n") || plan.out.contains("up   d  "), "b means all of the baseline: {plan}");
    let said = project.run(&["revision", "-m", "new", "--parent", "c", "--format", "json"]);
    assert_eq!(kind(&said), "parent_inside_baseline");
    let said = project.run(&["merge", "c", "late", "--format", "json"]);
    assert_eq!(kind(&said), "parent_inside_baseline");
    project.revision("inside", "message: from another branch\nparents: b", "-- [up]\n-- [down]\n");
    insta::assert_snapshot!(project.run(&["heads"]), @"
    --- standard error
    error: revision `inside` (revisions/inside.sql:3) follows `b`, which is inside the baseline `line`
    help: let it follow `line` or a later revision, and see whether its SQL still fits; or undo the squash with `revgraph archive restore line`
    --- exit code 1
    ");
    project.revision("inside", "parents: line", "-- [up]\n-- [down]\n");
    assert_eq!(project.run(&["heads"]).code, 0);
}

#[test]
fn one_revision_twice() {
    let project = squashed(&LINE);
    table(&project, "b", "parents: a");
    insta::assert_snapshot!(project.run(&["heads"]), @"
    --- standard error
    error: revision `b` is there (revisions/b.sql) and is also replaced by `line` (revisions/line.sql)
    help: the archive has it: remove the file of `b` that came back, say by a merge in version control
    --- exit code 1
    ");
    fs::remove_file(project.path().join("revisions/b.sql")).unwrap();
    let text = fs::read_to_string(project.path().join("revisions/line.sql")).unwrap();
    project.write("revisions/other.sql", text.replace("-- revision: line", "-- revision: other"));
    let said = project.run(&["heads", "--format", "json"]);
    assert_eq!(kind(&said), "duplicate_revision");
    assert!(said.err.contains("replaced by"), "{said}");
}

#[test]
fn the_collapsed_view() {
    let project = squashed(&LINE);
    insta::assert_snapshot!(project.run(&["history"]), @"
    z [head]
    y [head]  makes y
    x [head]  makes x
    q [base]
    line [branch point] [baseline of 4 revisions]  stands for a, b, c, d
    p [base]
    --- exit code 0
    ");
    let shown = project.run(&["show", "line", "--format", "json"]).json();
    assert_eq!(shown["revisions"][0]["replaces"], serde_json::json!(["a", "b", "c", "d"]));
    insta::assert_snapshot!(project.run(&["show", "b"]), @"
    b  makes b
    archive/line/b.sql

    -- revision: b
    -- parents: a
    -- message: makes b

    -- [up]
    CREATE TABLE b ();
    -- [down]
    DROP TABLE b;
    --- exit code 0
    ");
    assert!(project.ok("", &["show", "d"]).starts_with("line"), "the sink is all of it");
    insta::assert_snapshot!(project.run(&["history", "-r", "b:x"]), @"
    x [head]  makes x
    d [branch point]  makes d
    c  makes c
    b  makes b
    --- exit code 0
    ");
}

#[test]
fn where_a_database_is() {
    let project = squashed(&LINE);
    let database = at(&["c", "q"]);
    let url = database.url();
    insta::assert_snapshot!(project.ok(&url, &["current"]), @"
    c (inside line)  makes c
    q
    not in effect: x, y, z
    ");
    insta::assert_snapshot!(project.ok(&url, &["history", "-i"]), @"
      z [head]
      y [head]  makes y
      x [head]  makes x
    * q [base]
      line [branch point] [baseline of 4 revisions]  stands for a, b, c, d
    * p [base]
    ");
    assert_eq!(project.run_on(&url, &["check"]).code, 3);
    project.ok(&url, &["upgrade", "c"]);
    project.ok(&url, &["upgrade", "d"]);
    assert_eq!(project.ok(&url, &["current"]), "line  stands for a, b, c, d\nq\nnot in effect: x, y, z\n");
    let complete = at(&["heads"]);
    let said = project.run_on(&complete.url(), &["check"]);
    insta::assert_snapshot!(said.out, @"
    upgrade adopts, all of it being in effect by then: line
    ok: 6 revisions sound, and the database agrees
    ");
    assert_eq!(said.code, 0);
    let lineage = |url: &str| {
        let said = project.run_on(url, &["current", "--format", "json"]).json();
        said["lineage"].as_str().unwrap().to_owned()
    };
    let before = lineage(&complete.url());
    project.ok(&complete.url(), &["upgrade"]);
    assert_eq!(lineage(&complete.url()), before);
}

#[test]
fn another_history_is_not_adopted() {
    let (other, database) = (originals(), Database::new());
    other.revision(
        "b",
        "parents: a\nmessage: makes b",
        "-- [up]\nCREATE TABLE b (extra int);\n-- [down]\nDROP TABLE b;\n",
    );
    other.ok(&database.url(), &["upgrade"]);
    let (project, before) = (squashed(&LINE), rows(&database));
    let url = database.url();
    insta::assert_snapshot!(project.run_on(&url, &["upgrade"]).complaint(), @"
    error: the database has all that the baseline line replaces, but by another history: b changed

    b in archive/line/b.sql: its SQL changed
      --- as it ran
      +++ the file now
      @@ -3,6 +3,6 @@
       -- message: makes b
       
       -- [up]
      -CREATE TABLE b (extra int);
      +CREATE TABLE b ();
       -- [down]
       DROP TABLE b;
    help: see whether the difference matters; `revgraph repair --accept b` takes it as it is
    ");
    // With nothing above it that would tell of it as well, it is the same.
    for lower in [None, Some("d"), Some("c")] {
        if let Some(target) = lower {
            other.ok(&url, &["downgrade", target]);
        }
        let expected = if lower == Some("c") { "changed_revision" } else { "other_history" };
        for command in [&["upgrade"][..], &["upgrade", "line"], &["upgrade", "--dry-run"], &["upgrade", "--sql"]] {
            assert_eq!(kind_of(&project, &url, command), expected);
        }
        let found = project.run_on(&url, &["check", "--format", "json"]);
        let found: serde_json::Value = serde_json::from_str(&found.out).unwrap();
        assert_eq!(found["changed"][0]["id"], "b", "{found}");
    }
    assert_ne!(rows(&database), before);
    assert!(!rows(&database).contains("line"));
    other.ok(&url, &["upgrade", "d"]);
    // Down it goes along the originals, each by its own way.
    project.ok(&database.url(), &["downgrade", "p"]);
    assert_eq!(super::last_run(&database), "down d, down c, down b, down a");
}

#[test]
fn what_was_edited_after_its_proof_is_refused() {
    let (project, fresh) = (squashed(&LINE), Database::new());
    let adopting = at(&["d"]);
    let file = project.path().join("revisions/line.sql");
    let text = fs::read_to_string(&file).unwrap();
    for (from, to) in [("CREATE TABLE c ();", "CREATE TABLE c (id int);"), ("DROP TABLE c;", "DROP TABLE c CASCADE;")] {
        fs::write(&file, text.replace(from, to)).unwrap();
        for database in [&fresh, &adopting] {
            assert_eq!(kind_of(&project, &database.url(), &["upgrade"]), "edited_baseline");
        }
        assert!(fresh.tables().is_empty());
        assert_eq!(project.run(&["check", "--files"]).code, 3);
    }
    insta::assert_snapshot!(project.run_on(&fresh.url(), &["upgrade"]).complaint(), @"
    error: the baseline line was edited after it was proved: its way down is another one than its manifest says
    help: put line back as `squash` wrote it, and make the change in a new revision above it
    ");
}

#[test]
fn what_has_no_manifest_is_told_to_be_unproved() {
    let (project, fresh, adopting) = (squashed(&LINE), Database::new(), at(&["d"]));
    assert_eq!(project.run(&["check", "--files"]).code, 0);
    fs::remove_dir_all(folder(&project, "line")).unwrap();
    let said = project.run(&["check", "--files"]);
    insta::assert_snapshot!(said, @"
    without a manifest in the archive, so that nothing says whether it was proved: line
    --- exit code 3
    ");
    let found = project.run(&["check", "--files", "--format", "json"]).out;
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["unproved_baselines"], serde_json::json!(["line"]));
    for database in [&fresh, &adopting] {
        let said = project.run_on(&database.url(), &["upgrade", "d"]);
        assert_eq!(said.code, 0, "{said}");
        assert!(said.err.contains("warning: the archive has no manifest of line: nothing says"), "{said}");
        // What has run is no news.
        assert!(!project.run_on(&database.url(), &["upgrade", "x"]).err.contains("manifest"));
    }
}

#[test]
fn an_archive_that_is_gone_or_unreadable() {
    let (project, inside) = (squashed(&LINE), at(&["b"]));
    let (recorded, url) = (at(&["x"]), inside.url());
    project.ok(&recorded.url(), &["upgrade", "x"]);
    let manifest = folder(&project, "line").join("manifest.toml");
    fs::write(&manifest, "not a manifest").unwrap();
    // Whoever needs nothing of it opens nothing of it.
    for command in [
        &["heads"][..],
        &["history"],
        &["show", "line"],
        &["current"],
        &["upgrade", "z"],
        &["downgrade", "d"],
        &["upgrade"],
    ] {
        project.ok(&recorded.url(), command);
    }
    project.ok(&url, &["current"]);
    assert_eq!(kind_of(&project, &url, &["upgrade"]), "bad_manifest");
    assert_eq!(kind_of(&project, &recorded.url(), &["downgrade", "c"]), "bad_manifest");
    fs::remove_dir_all(folder(&project, "line")).unwrap();
    insta::assert_snapshot!(project.run_on(&url, &["upgrade"]).complaint(), @"
    error: revisions inside the baseline line are needed, and the archive has nothing of it
    help: nothing was done; take archive/line/ from version control: it is part of the project
    ");
    assert_eq!(kind_of(&project, &recorded.url(), &["downgrade", "c"]), "only_in_ledger");
    assert_eq!(rows(&inside), "a b p", "nothing was touched");
    // As a whole it goes up and down without its archive.
    project.ok(&recorded.url(), &["downgrade", "p"]);
    project.ok(&recorded.url(), &["upgrade", "x"]);
    assert_eq!(rows(&recorded), "a<line b<line c<line d<line p q x line");
    let unknown = "SELECT count(*) FROM revgraph.applied WHERE source = '' AND up_checksum = ''";
    assert_eq!(recorded.value(unknown), "4");
    project.ok(&recorded.url(), &["upgrade"]);
    // The originals still know their ids.
    originals().ok(&recorded.url(), &["downgrade", "b"]);
    assert_eq!(rows(&recorded), "a b p q");
    let one = squashed(&LINE);
    fs::remove_file(folder(&one, "line").join("c.sql")).unwrap();
    assert!(one.run_on(&url, &["upgrade"]).err.contains("the archive lacks c"));
}

#[test]
fn the_sink_of_a_sink() {
    let project = originals();
    squash(&project, "top", &["c", "d"]);
    table(&project, "w", "parents: top");
    squash(&project, "line", &["a", "b", "top"]);
    // `x` and `y` follow d, `w` follows top: to all of them it is the baseline.
    let heads = project.run(&["heads", "--format", "json"]).json();
    assert_eq!(heads["heads"], serde_json::json!(["w", "x", "y", "z"]));
    let database = at(&["heads"]);
    project.ok(&database.url(), &["upgrade"]);
    assert_eq!(rows(&database), "a b c d p q w x y z top line");
    project.ok(&database.url(), &["downgrade", "c"]);
    assert_eq!(rows(&database), "a b c p q");
}
