//! Targets that name nothing, too much, or lead nowhere.

use insta::assert_snapshot;

use super::{project, told};
use crate::harness::Project;

/// Two branches from one base, a merge of one of them, and another tree that depends on the first.
///
/// ```text
/// base0 ── left1 ── left2 ─┐
///   └───── right1 ─────────┴─ join
///   └───── third1            (head)
/// tree1 ── tree2             (head; tree2 depends on right1)
/// ```
fn branched() -> Project {
    project(&[
        ("base0", "labels: first"),
        ("left1", "parents: base0\nlabels: left"),
        ("left2", "parents: left1"),
        ("right1", "parents: base0\nlabels: right"),
        ("join", "parents: left2 right1"),
        ("third1", "parents: base0"),
        ("tree1", "labels: tree"),
        ("tree2", "parents: tree1\ndepends_on: right1"),
    ])
}

#[test]
fn targets_that_name_nothing() {
    let project = branched();
    assert_snapshot!(told(&project, &["show", "lefty1"]), @"
    unknown_revision
    --- standard error
    error: no revision or label is called `lefty1`
    help: did you mean `left1`, `left` and `left2`?
    --- exit code 1
    ");
    assert_snapshot!(told(&project, &["plan", "upgrade", "zzz", "--from", "base"]), @"
    unknown_revision
    --- standard error
    error: no revision or label is called `zzz`
    help: `revgraph history` shows every revision and label
    --- exit code 1
    ");
    assert_snapshot!(told(&project, &["plan", "upgrade", "tre@head", "--from", "base"]), @"
    ambiguous_prefix
    --- standard error
    error: `tre` could be `tree`, `tree1` and `tree2`
    help: give more characters of the id
    --- exit code 1
    ");
    assert_snapshot!(told(&project, &["plan", "upgrade", "heads", "--from", "elsewhere"]), @"
    unknown_revision
    --- standard error
    error: no revision or label is called `elsewhere`
    help: `revgraph history` shows every revision and label
    --- exit code 1
    ");
}

#[test]
fn targets_that_are_not_unique() {
    let project = branched();
    project.revision("left1b", "parents: third1", "-- [up]");
    assert_snapshot!(told(&project, &["show", "lef"]), @"
    ambiguous_prefix
    --- standard error
    error: `lef` could be `left`, `left1`, `left1b` and `left2`
    help: give more characters of the id
    --- exit code 1
    ");
    assert_snapshot!(told(&project, &["plan", "upgrade", "head", "--from", "base"]), @"
    multiple_heads
    --- standard error
    error: `head` means a single head, and there are 3: `join`, `left1b` and `tree2`
    help: use `heads` for all of them, name one (`ID`, `LABEL@head`), or join them with `revgraph merge`
    --- exit code 1
    ");
    assert_snapshot!(told(&project, &["show", "first@head"]), @"
    multiple_heads
    --- standard error
    error: `first@head` means a single head, and there are 2: `join` and `left1b`
    help: use `heads` for all of them, name one (`ID`, `LABEL@head`), or join them with `revgraph merge`
    --- exit code 1
    ");
}

#[test]
fn targets_that_are_not_in_the_branch_or_on_the_way() {
    let project = branched();
    assert_snapshot!(told(&project, &["show", "tree@left1"]), @"
    not_in_branch
    --- standard error
    error: revision `left1` is neither above nor below `tree`
    help: leave out the part before the `@`, or name another branch
    --- exit code 1
    ");
    assert_snapshot!(told(&project, &["plan", "downgrade", "left2", "--from", "right1"]), @"
    not_on_path
    --- standard error
    error: `left2` can't be reached: `left2` is not in effect in the database, so there is no way down to it
    help: `revgraph history` shows what follows what
    --- exit code 1
    ");
    assert_snapshot!(told(&project, &["history", "-r", "left1:right1"]), @"
    not_on_path
    --- standard error
    error: `left1:right1` can't be reached: `left1` is not below the upper end
    help: `revgraph history` shows what follows what
    --- exit code 1
    ");
    assert_snapshot!(told(&project, &["plan", "upgrade", "left1", "left2", "--from", "base"]), @"
    overlapping_targets
    --- standard error
    error: `left1` and `left2` overlap: `left1` is below `left2`
    help: name only `left2`
    --- exit code 1
    ");
}

#[test]
fn counting_that_leads_nowhere() {
    let project = branched();
    assert_snapshot!(told(&project, &["plan", "upgrade", "+1", "--from", "base0"]), @"
    ambiguous_relative
    --- standard error
    error: `+1` is ambiguous: `base0` has several children: `left1`, `right1` and `third1`
    help: name a revision, or narrow it to a branch: `LABEL@+1`
    --- exit code 1
    ");
    assert_snapshot!(told(&project, &["plan", "upgrade", "+9", "--from", "left1"]), @"
    relative_out_of_range
    --- standard error
    error: `+9` goes too far: only 2 revisions lie that way
    help: `base` and `heads` are the ends of the history
    --- exit code 1
    ");
    assert_snapshot!(told(&project, &["plan", "upgrade", "-1", "--from", "left1"]), @"
    relative_out_of_range
    --- standard error
    error: `-1` leads away from where an upgrade goes
    help: use `revgraph downgrade` to go down
    --- exit code 1
    ");
    assert_snapshot!(told(&project, &["plan", "downgrade", "-1", "--from", "left1,right1"]), @"
    ambiguous_relative
    --- standard error
    error: `-1` is ambiguous: counting could start at several revisions: `left1` and `right1`
    help: name a revision, or narrow it to a branch: `LABEL@-1`
    --- exit code 1
    ");
    assert_snapshot!(told(&project, &["plan", "downgrade", "-1", "--from", "join"]), @"
    ambiguous_relative
    --- standard error
    error: `-1` is ambiguous: `join` has several parents: `left2` and `right1`
    help: name the revision that is meant
    --- exit code 1
    ");
}

#[test]
fn texts_that_are_no_targets() {
    let project = branched();
    assert_snapshot!(told(&project, &["plan", "upgrade", "+1junk", "--from", "base"]), @"
    bad_target
    --- standard error
    error: `+1junk` is not a target here: after `+` or `-` goes a number, and nothing behind it
    help: targets are `heads`, `head`, `base`, an id or its beginning, a label, `LABEL@head`, `+1`, `-1`, `ID+1`
    --- exit code 1
    ");
    for (arguments, kind) in [
        (&["show", ""][..], "bad_target"),
        (&["show", "a b"], "bad_target"),
        (&["show", "+1"], "bad_target"),
        (&["show", "head@left"], "bad_target"),
        (&["history", "-r", "left1"], "bad_target"),
        (&["history", "-r", "a:b:c"], "bad_target"),
        (&["plan", "stamp", "+1", "--from", "base"], "bad_target"),
        (&["plan", "upgrade", "heads", "--from", ""], "bad_target"),
        (&["plan", "upgrade", "heads", "--from", "current"], "bad_target"),
        (&["plan", "upgrade", "heads", "--from", ","], "bad_target"),
        (&["merge", "left1"], "bad_target"),
        (&["revision", "-m", "x", "--id", "no-id", "--parent", "join"], "illegal_revision_id"),
    ] {
        let said = told(&project, arguments);
        assert!(said.starts_with(&format!("{kind}\n")) && said.ends_with("exit code 1"), "{arguments:?}: {said}");
    }
}
