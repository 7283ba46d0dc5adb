//! What is wrong with a graph, a target or a plan: for people whole, for tools with its kind, message and help.

mod targets;

use insta::assert_snapshot;

use crate::harness::{Project, Said};

/// A project of revisions: id, header lines.
fn project(revisions: &[(&str, &str)]) -> Project {
    let project = Project::new();
    for (id, header) in revisions {
        project.revision(id, header, "-- [up]\n-- [down]\n");
    }
    project
}

/// What the program says to tools and to people, which must be the same in substance. A line for tools: the error's
/// kind; then what people see.
fn told(project: &Project, arguments: &[&str]) -> String {
    let for_people = project.run(arguments);
    let for_tools = project.run(&[arguments, &["--format", "json"]].concat());
    let error = for_tools.error();
    assert_eq!((for_tools.code, for_tools.out.as_str()), (for_people.code, ""), "{for_tools}");
    let message = error["message"].as_str().expect("a message");
    let message = message.split(" (and ").next().unwrap_or_default();
    assert!(for_people.err.contains(message), "{message}\n{for_people}");
    assert!(!error["help"].is_null(), "{error}");
    format!("{}\n{for_people}", error["kind"].as_str().expect("a kind"))
}

#[test]
fn cycles() {
    let ring =
        project(&[("aaaa", "parents: cccc"), ("bbbb", "parents: aaaa"), ("cccc", "parents: bbbb"), ("dddd", "")]);
    assert_snapshot!(told(&ring, &["heads"]), @"
    cycle
    --- standard error
    error: the parents of these revisions form a cycle: `aaaa` (revisions/aaaa.sql) → `cccc` (revisions/cccc.sql) → `bbbb` (revisions/bbbb.sql) → `aaaa`
    help: one of them must not need the next: change its `parents` or `depends_on`
    --- exit code 1
    ");
    let own_parent = project(&[("aaaa", "message: x\nparents: aaaa")]);
    assert_snapshot!(told(&own_parent, &["heads"]), @"
    self_loop
    --- standard error
    error: revision `aaaa` (revisions/aaaa.sql:3) has itself as a parent
    help: take `aaaa` out of its own header
    --- exit code 1
    ");
}

#[test]
fn cycles_by_dependency() {
    let ring =
        project(&[("aaaa", "labels: fox"), ("bbbb", "parents: aaaa\ndepends_on: cccc"), ("cccc", "depends_on: bbbb")]);
    assert_snapshot!(told(&ring, &["history"]), @"
    dependency_cycle
    --- standard error
    error: these revisions need each other: `bbbb` (revisions/bbbb.sql) → `cccc` (revisions/cccc.sql) → `bbbb`
    help: one of them must not need the next: change its `parents` or `depends_on`
    --- exit code 1
    ");
    let own = project(&[("aaaa", "labels: fox\ndepends_on: fox")]);
    assert_snapshot!(told(&own, &["history"]), @"
    dependency_self_loop
    --- standard error
    error: revision `aaaa` (revisions/aaaa.sql:3) depends on itself
    help: take `aaaa` out of its own header
    --- exit code 1
    ");
}

#[test]
fn a_parent_that_is_not_there() {
    let typo =
        project(&[("3f9a1c0b7d2e", ""), ("7c1d22aa90fe", "parents: 3f9a1c0b7d2f"), ("aaaa", "depends_on: gone")]);
    assert_snapshot!(told(&typo, &["heads"]), @"
    missing_parent
    --- standard error
    error: revision `7c1d22aa90fe` (revisions/7c1d22aa90fe.sql:2) follows `3f9a1c0b7d2f`, and there is no such revision
    help: did you mean `3f9a1c0b7d2e`? If a file is gone, `revgraph recover` writes it from a database that has it
    error: revision `aaaa` (revisions/aaaa.sql:2) depends on `gone`, and there is no such revision
    help: is a file missing, or not committed? If a file is gone, `revgraph recover` writes it from a database that has it
    --- exit code 1
    ");
    let label = project(&[("aaaa", "labels: fox"), ("bbbb", "parents: fox")]);
    assert_snapshot!(told(&label, &["heads"]), @"
    missing_parent
    --- standard error
    error: revision `bbbb` (revisions/bbbb.sql:2) follows `fox`, and there is no such revision
    help: did you mean `aaaa`? If a file is gone, `revgraph recover` writes it from a database that has it
    --- exit code 1
    ");
}

#[test]
fn names_that_are_not_unique() {
    let labels = project(&[
        ("aaaa", "labels: fox"),
        ("bbbb", "labels: fox"),
        ("fish", "labels: owl\nparents: aaaa"),
        ("cccc", "labels: fish"),
    ]);
    assert_snapshot!(told(&labels, &["heads"]), @"
    duplicate_branch_label
    --- standard error
    error: label `fish` is used more than once: `fish` (revisions/fish.sql) and `cccc` (revisions/cccc.sql)
    help: a label is carried by one revision: it spreads to those above by itself
    error: label `fox` is used more than once: `aaaa` (revisions/aaaa.sql) and `bbbb` (revisions/bbbb.sql)
    help: a label is carried by one revision: it spreads to those above by itself
    --- exit code 1
    ");
    let twins = project(&[("aaaa", "")]);
    twins.write("revisions/copy.sql", "-- revision: aaaa\n-- [up]\n");
    assert_snapshot!(told(&twins, &["heads"]), @"
    duplicate_revision
    --- standard error
    error: revision `aaaa` is there 2 times: revisions/aaaa.sql, revisions/copy.sql
    help: give the copy an id of its own, or remove the file that is not meant
    --- exit code 1
    ");
    let prefix = project(&[("abcd1", ""), ("abcd2", ""), ("bbbb", "message: x\nparents: abcd")]);
    assert_snapshot!(told(&prefix, &["heads"]), @"
    ambiguous_prefix
    --- standard error
    error: `abcd` in revision `bbbb` (revisions/bbbb.sql:3) could be `abcd1` and `abcd2`
    help: give more characters of the id
    --- exit code 1
    ");
}

#[test]
fn every_mistake_of_a_graph_comes_at_once() {
    let project = project(&[
        ("aaaa", "parents: aaaa"),
        ("bbbb", "parents: gone"),
        ("cccc", "parents: dddd"),
        ("dddd", "parents: cccc"),
    ]);
    let error = project.run(&["heads", "--format", "json"]).error();
    let kinds: Vec<&str> =
        error["details"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["cycle", "missing_parent", "self_loop"]);
    assert_eq!(error["kind"], "cycle");
    assert_snapshot!(project.run(&["heads"]), @"
    --- standard error
    error: the parents of these revisions form a cycle: `cccc` (revisions/cccc.sql) → `dddd` (revisions/dddd.sql) → `cccc`
    help: one of them must not need the next: change its `parents` or `depends_on`
    error: revision `bbbb` (revisions/bbbb.sql:2) follows `gone`, and there is no such revision
    help: is a file missing, or not committed? If a file is gone, `revgraph recover` writes it from a database that has it
    error: revision `aaaa` (revisions/aaaa.sql:2) has itself as a parent
    help: take `aaaa` out of its own header
    --- exit code 1
    ");
}

#[test]
fn an_id_that_is_none_has_its_kind_in_a_file_too() {
    let project = Project::new();
    project.write("revisions/a.sql", "-- revision: no-id\n-- [up]\n");
    assert_eq!(project.run(&["heads", "--format", "json"]).error()["kind"], "illegal_revision_id");
}

#[test]
fn wrong_usage_has_its_own_code() {
    let project = Project::new();
    assert_snapshot!(project.run(&["heads", "--nope"]), @"
    --- standard error
    error: unexpected argument '--nope' found

    Usage: revgraph heads [OPTIONS]

    For more information, try '--help'.
    --- exit code 2
    ");
    for (arguments, message) in [
        (&["heads", "--nope"][..], "unexpected argument '--nope' found"),
        (&["plan", "downgrade"], "the following required arguments were not provided: <TARGET>..."),
        (
            &["plan", "sideways", "head"],
            "invalid value 'sideways' for '<COMMAND>' [possible values: upgrade, downgrade, stamp]",
        ),
        (&["frobnicate"], "unrecognized subcommand 'frobnicate'"),
        (&[], "'revgraph' requires a subcommand but one was not provided"),
    ] {
        let said = project.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{said}");
        assert_eq!(said.error()["kind"], "usage");
        assert!(said.error()["message"].as_str().unwrap().starts_with(message), "{said}");
    }
}

#[test]
#[cfg(unix)]
fn arguments_need_not_be_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let output = Project::new().command(&["show"]).arg(OsStr::from_bytes(b"\xff")).output().unwrap();
    let said = Said::from(output);
    assert_eq!(said.code, 2, "{said}");
}
