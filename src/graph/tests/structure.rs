//! What is not a graph.

use std::path::Path;
use std::sync::Arc;

use super::*;

fn errors(text: &str) -> Vec<GraphError> {
    Graph::build(nodes(text)).unwrap_err()
}

fn kinds(text: &str) -> String {
    errors(text).iter().map(GraphError::kind).collect::<Vec<_>>().join(" ")
}

#[test]
fn kinds_of_errors() {
    assert_eq!(kinds("a: b"), "missing_parent");
    assert_eq!(kinds("a: | b"), "missing_parent");
    assert_eq!(kinds("a: a"), "self_loop");
    assert_eq!(kinds("a: | a"), "dependency_self_loop");
    assert_eq!(kinds("a: | fox | fox"), "dependency_self_loop");
    assert_eq!(kinds("a: b\n b: a"), "cycle");
    assert_eq!(kinds("a: | b\n b: | a"), "dependency_cycle");
    assert_eq!(kinds("a: | b\n b: a"), "dependency_cycle");
    assert_eq!(kinds("a\n a"), "duplicate_revision");
    assert_eq!(kinds("a: | | fox\n b: | | fox"), "duplicate_branch_label");
    assert_eq!(kinds("a: | | fox fox"), "duplicate_branch_label");
    assert_eq!(kinds("a: | | b\n b"), "duplicate_branch_label");
    assert_eq!(kinds("3f9a01\n 3f9a02\n b: 3f9a"), "ambiguous_prefix");
    // A parent is a revision, not a branch.
    assert_eq!(kinds("a: | | fox\n b: fox"), "missing_parent");
}

#[test]
fn all_errors_are_told_at_once() {
    let text = "a: a\n b: nosuch\n c: d\n d: c\n e: | f\n f: | e\n g\n g\n h: | | fox\n i: | | fox";
    let expected =
        "cycle dependency_cycle duplicate_branch_label duplicate_revision missing_parent self_loop".to_owned();
    assert_eq!(kinds(text), expected);
    let backwards: Vec<&str> = text.lines().rev().collect();
    assert_eq!(errors(&backwards.join("\n")), errors(text));
}

#[test]
fn a_cycle_is_named_in_its_order() {
    // Alembic accepts this one: the cycle hangs between a base and a head.
    let found = errors("a\n b: a d\n c: b\n d: c\n e: d");
    let [GraphError::Cycle { revisions }] = &found[..] else {
        panic!("{found:?}");
    };
    let ids: Vec<&str> = revisions.iter().map(|cited| cited.id.as_str()).collect();
    assert_eq!(ids, ["b", "d", "c"]);
    assert!(found[0].to_string().ends_with("`b` → `d` → `c` → `b`"));
}

#[test]
fn of_a_knot_the_shortest_cycle_is_named() {
    let found = errors("a: b c\n b: a\n c: d\n d: a");
    assert!(found[0].to_string().ends_with("`a` → `b` → `a`"), "{found:?}");
    assert_eq!(found.len(), 1);
}

#[test]
fn a_long_cycle_is_found_and_its_message_stays_short() {
    let count = 20_000;
    let name = |number: usize| format!("r{:05}", number % count);
    let text: Vec<String> = (0..count).map(|number| format!("{}: {}", name(number + 1), name(number))).collect();
    let found = errors(&text.join("\n"));
    assert_eq!(found[0].kind(), "cycle");
    assert!(found[0].to_string().len() < 300);
}

#[test]
fn long_lists_are_cut() {
    let heads = |count: usize| (1..=count).map(|number| format!("b{number}: a\n")).collect::<String>();
    let message = |count| {
        let graph = graph(&format!("a\n{}", heads(count)));
        plan_upgrade(&at(&graph, ""), &targets("head")).unwrap_err().to_string()
    };
    assert_eq!(message(3), "`head` means a single head, and there are 3: `b1`, `b2` and `b3`");
    assert!(message(8).ends_with("`b7` and `b8`"));
    assert!(message(20).ends_with("and 12 more"));
}

#[test]
fn messages_name_the_files() {
    let origin = |file: &str, line| Some(Origin { file: Arc::from(Path::new(file)), line });
    let mut child = node("b: nosuch");
    child.origin = origin("revisions/b.sql", Some(1));
    child.parents[0].line = Some(3);
    let missing = Graph::build(vec![child]).unwrap_err();
    assert_eq!(
        missing[0].to_string(),
        "revision `b` (revisions/b.sql:3) follows `nosuch`, and there is no such revision"
    );
    let twice = ["one.sql", "two.sql"].map(|file| Node { origin: origin(file, None), ..node("a") });
    let twice = Graph::build(twice.to_vec()).unwrap_err();
    assert_eq!(twice[0].to_string(), "revision `a` is there 2 times: one.sql, two.sql");
}
