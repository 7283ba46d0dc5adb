//! Labels, and how far they spread.

use super::*;

fn labels(graph: &Graph, revision: &str) -> String {
    graph.get(&id(revision)).unwrap().labels().join(" ")
}

#[test]
fn upwards_to_everything_and_downwards_along_a_line() {
    let graph = graph("a\n b: a\n c: b | | fox\n d: c");
    for revision in ["a", "b", "c", "d"] {
        assert_eq!(labels(&graph, revision), "fox", "{revision}");
    }
}

#[test]
fn downwards_a_branch_point_ends_it() {
    let graph = graph("a\n b: a\n c: b | | fox\n d: c\n e: b");
    assert_eq!((labels(&graph, "c"), labels(&graph, "d")), ("fox".to_owned(), "fox".to_owned()));
    assert_eq!((labels(&graph, "b"), labels(&graph, "a"), labels(&graph, "e")), Default::default());
}

#[test]
fn downwards_a_merge_ends_it() {
    let graph = graph("a\n b\n m: a b | | fox\n n: m");
    assert_eq!((labels(&graph, "m"), labels(&graph, "n")), ("fox".to_owned(), "fox".to_owned()));
    assert_eq!((labels(&graph, "a"), labels(&graph, "b")), Default::default());
}

#[test]
fn a_branch_above_keeps_it_from_going_down() {
    let graph = graph("a\n b: a | | fox\n c: b\n d: b");
    assert_eq!((labels(&graph, "a").as_str(), labels(&graph, "c").as_str()), ("", "fox"));
}

#[test]
fn a_second_dependent_counts_as_a_branch() {
    let graph = graph("a\n b: a | | fox\n x: | a");
    assert_eq!((labels(&graph, "a").as_str(), labels(&graph, "x").as_str()), ("", ""));
    // One that is a child and depends on it as well is one dependent.
    let graph = super::graph("a\n b: a | a | fox");
    assert_eq!(labels(&graph, "a"), "fox");
}

#[test]
fn an_id_before_the_at_of_a_range_stands_for_its_only_label() {
    let graph = graph("a: | | ant\n b: a\n c: a");
    assert_eq!(history(&graph, "b@base:heads"), "c b a");
    // With two labels, or none, Alembic fails; then it is what is above and below.
    let two = super::graph("a: | | ant\n b: a | | bee\n c: a");
    assert_eq!(history(&two, "b@base:heads"), "b a");
    let none = super::graph("a\n b: a\n c: a");
    assert_eq!(history(&none, "b@base:heads"), "b a");
}

#[test]
fn several_meet() {
    let graph = graph("a: | | ant\n b: | | bee\n m: a b | | owl pig");
    assert_eq!(labels(&graph, "m"), "ant bee owl pig");
    assert_eq!(resolve(&graph, "pig"), "m");
    assert_eq!(resolve(&graph, "ant@pig"), "m");
}
