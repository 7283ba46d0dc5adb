//! depends_on: what must be there without being a parent.

use super::*;

/// x - y beside a - b, where b depends on x.
fn beside() -> Graph {
    graph("a: | | ant\n b: a | x\n x: | | fox\n y: x")
}

#[test]
fn heads_and_real_heads() {
    let graph = graph("a\n b: a | x\n x");
    assert_eq!((words(&graph.heads()).as_str(), words(&graph.real_heads()).as_str()), ("b x", "b"));
    assert_eq!((words(&graph.bases()).as_str(), words(&graph.real_bases()).as_str()), ("a x", "a x"));
    assert_eq!(words(&super::graph("x\n b: | x").real_bases()), "x");
    // `head` counts x, `heads` doesn't.
    assert_eq!(up(&graph, "", "head"), "multiple_heads");
    assert_eq!(up(&graph, "", "heads"), "a x b -> b");
}

#[test]
fn a_dependency_comes_along_and_is_implied() {
    let graph = beside();
    assert_eq!(up(&graph, "", "b"), "a x b -> b");
    assert_eq!(words(&at(&graph, "b").heads()), "b");
    assert_eq!(words(&at(&graph, "b").current()), "b x");
    assert_eq!(words(&at(&graph, "b y").current()), "b y");
}

#[test]
fn a_dependency_stays_when_what_needs_it_goes() {
    let graph = beside();
    assert_eq!(down(&graph, "b", "a"), "b -> a x");
    assert_eq!(down(&graph, "b", "-1"), "b -> a x");
    assert_eq!(down(&graph, "b y", "fox@base"), "y b x -> a");
    // x is in effect, but no child of it is.
    assert_eq!(down(&graph, "b", "x"), "not_on_path");
    assert_eq!(down(&graph, "b y", "x"), "y -> b");
}

#[test]
fn an_implied_branch_counts_as_where_the_database_is() {
    let graph = beside();
    assert_eq!(up(&graph, "b", "fox@+1"), "y -> b y");
    assert_eq!(down(&graph, "b", "fox@-1"), "b x -> a");
}

#[test]
fn a_redundant_dependency_is_harmless() {
    // Alembic plans this and then fails with KeyError in its own bookkeeping.
    let graph = graph("aaaa\n bbbb: aaaa\n cccc\n dddd: cccc | aaaa bbbb");
    assert_eq!(up(&graph, "", "dddd"), "aaaa bbbb cccc dddd -> dddd");
    assert_eq!(down(&graph, "dddd", "cccc"), "dddd -> bbbb cccc");
    let on_its_parent = super::graph("a\n b: a | a");
    assert_eq!(up(&on_its_parent, "", "b"), "a b -> b");
    assert_eq!(down(&on_its_parent, "b", "a"), "b -> a");
}

#[test]
fn a_label_means_the_revision_that_carries_it() {
    let graph = graph("x\n y: x | | fox\n z: y\n b: | fox");
    assert_eq!(graph.get(&id("b")).unwrap().depends_on(), [&id("y")]);
    assert_eq!(graph.get(&id("y")).unwrap().dependents(), [&id("b")]);
    assert_eq!(up(&graph, "", "b"), "x y b -> b");
}

#[test]
fn heads_of_a_branch_may_need_each_other() {
    let graph = graph("a: | | ant\n b: a\n c: a | b");
    assert_eq!(up(&graph, "", "ant@heads"), "overlapping_targets");
    assert_eq!(up(&graph, "", "heads"), "a b c -> c");
    assert_eq!(history(&graph, ":ant@heads"), "overlapping_targets");
    assert_eq!(history(&graph, "ant@heads:c"), "overlapping_targets");
}

#[test]
fn heads_of_several_labels_may_need_each_other() {
    let graph = graph("s: | | schools\n t: | s | teachers\n u: t");
    assert_eq!(up(&graph, "", "schools@head teachers@head"), "s t u -> u");
    assert_eq!(up(&graph, "", "t u"), "overlapping_targets");
}

#[test]
fn history_follows_dependencies_down_but_parents_up() {
    let graph = beside();
    assert_eq!(history(&graph, ":b"), "b x a");
    assert_eq!(history(&graph, "a:b"), "b a");
    assert_eq!(history(&graph, "x:b"), "x");
}
