//! Lineages.

use super::*;
use crate::revision::Checksum;

fn content(node: &Node) -> Content {
    let mut up = [0; 32];
    up[..node.id.as_str().len()].copy_from_slice(node.id.as_str().as_bytes());
    Content { up: Checksum(up), carried: None }
}

fn of(graph: &Graph, revision: &str) -> Checksum {
    Lineages::compute(graph, content).of(&id(revision)).unwrap()
}

#[test]
fn it_covers_what_is_below_and_nothing_else() {
    let line = graph("a\n b: a\n c: b");
    assert_eq!(of(&line, "b"), of(&graph("a\n b: a\n d: b\n e: | b"), "b"));
    let changed = Lineages::compute(&line, |node| match node.id.as_str() {
        "b" => Content { up: Checksum([7; 32]), carried: None },
        _ => content(node),
    });
    assert_eq!(changed.of(&id("a")), Some(of(&line, "a")));
    assert_ne!(changed.of(&id("b")), Some(of(&line, "b")));
    assert_ne!(changed.of(&id("c")), Some(of(&line, "c")));
    assert_eq!(changed.of(&id("nosuch")), None);
}

#[test]
fn a_parent_is_not_a_dependency_and_their_order_is_nothing() {
    let graphs = ["a\n b\n c: a b", "a\n b\n c: b a", "a\n b\n c: a | b", "a\n b\n c: | a b", "a\n b\n c: a b | a"];
    let lineages = graphs.map(|text| of(&graph(text), "c"));
    assert_eq!(lineages[0], lineages[1]);
    for (one, other) in [(0, 2), (0, 3), (0, 4), (2, 3)] {
        assert_ne!(lineages[one], lineages[other], "{one} {other}");
    }
}

#[test]
fn a_baseline_carries_the_lineage_of_what_it_replaces() {
    let chain = graph("a\n b: a\n c: b");
    let squashed = graph("base0\n c: base0");
    let carried = of(&chain, "b");
    let lineages = Lineages::compute(&squashed, |node| match node.id.as_str() {
        "base0" => Content { carried: Some(carried), ..content(node) },
        _ => content(node),
    });
    assert_eq!(lineages.of(&id("c")), Some(of(&chain, "c")));
}

#[test]
fn a_database_has_the_lineage_of_its_heads() {
    let graph = graph("a\n b: a\n c: a");
    let lineages = Lineages::compute(&graph, content);
    let heads = |ids: [&str; 2]| database_lineage(ids.map(|name| lineages.of(&id(name)).unwrap()));
    assert_eq!(heads(["b", "c"]), heads(["c", "b"]));
    assert_ne!(heads(["b", "c"]), heads(["b", "b"]));
    assert_ne!(database_lineage([]), database_lineage([of(&graph, "a")]));
    assert_ne!(database_lineage([of(&graph, "a")]), of(&graph, "a"));
}

/// Ledgers hold lineages, so the way they are computed can never change. This value was computed by another
/// program from the description of [`Lineages::compute`].
#[test]
fn the_computation_is_fixed() {
    let hex: String = of(&graph("a\n b: a"), "b").0.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "44e86565068775aa50920c35a0fd34a23bea0bc10473508d4a8fc68851dde043");
}
