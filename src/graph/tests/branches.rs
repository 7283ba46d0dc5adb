//! Two branches above one base, and two bases.

use super::*;

/// ```text
///     c - d   (d carries `fox`)
/// a - b
///     e - f
/// ```
fn branched() -> Graph {
    graph("a\n b: a\n c: b\n d: c | | fox\n e: b\n f: e")
}

#[test]
fn shape() {
    let graph = branched();
    assert_eq!(words(&graph.heads()), "d f");
    assert_eq!(words(&graph.branch_points()), "b");
    let b = graph.get(&id("b")).unwrap();
    assert!(b.is_branch_point() && !b.is_head() && !b.is_base() && !b.is_merge());
    assert_eq!(b.children(), [&id("c"), &id("e")]);
}

#[test]
fn one_head_among_several_must_be_named() {
    let graph = branched();
    assert_eq!(up(&graph, "", "head"), "multiple_heads");
    assert_eq!(up(&graph, "", "heads"), "a b c d e f -> d f");
    assert_eq!(up(&graph, "", "e@head"), "a b e f -> f");
    assert_eq!(up(&graph, "", "fox@head"), "a b c d -> d");
    assert_eq!(up(&graph, "", "b@head"), "multiple_heads");
    assert_eq!(up(&graph, "d", "e@heads"), "e f -> d f");
    assert_eq!(up(&graph, "", "c@head e@head"), "a b c d e f -> d f");
    assert_eq!(up(&graph, "", "c d"), "overlapping_targets");
}

#[test]
fn counting_up_needs_one_way() {
    let graph = branched();
    assert_eq!(up(&graph, "", "+2"), "a b -> b");
    assert_eq!(up(&graph, "b", "+1"), "ambiguous_relative");
    assert_eq!(up(&graph, "b", "fox@+2"), "c d -> d");
    assert_eq!(up(&graph, "b", "b@e+1"), "e f -> f");
    // Upwards, the branch only chooses among children: e itself need not be in it.
    assert_eq!(up(&graph, "b", "fox@e+1"), "relative_out_of_range");
    assert_eq!(up(&graph, "b", "fox@e-1"), "not_in_branch");
    // The branch isn't there yet, so counting starts at the branch point.
    assert_eq!(up(&graph, "f", "c@+1"), "c -> c f");
    assert_eq!(up(&graph, "c e", "+1"), "ambiguous_relative");
    assert_eq!(up(&graph, "c e", "fox@+1"), "d -> d e");
}

#[test]
fn downgrades_take_every_branch_above() {
    let graph = branched();
    assert_eq!(down(&graph, "d f", "a"), "f e d c b -> a");
    assert_eq!(down(&graph, "d f", "c"), "d -> c f");
    assert_eq!(down(&graph, "d", "e"), "not_on_path");
    // The part before the @ keeps to one of b's children …
    assert_eq!(down(&graph, "d f", "fox@b"), "d c -> f");
    assert_eq!(down(&graph, "d f", "f@b"), "f e -> d");
    // … and fails where it is not above any.
    assert_eq!(down(&graph, "d f", "a@b"), "not_on_path");
    assert_eq!(down(&graph, "d f", "fox@base"), "f e d c b a ->");
    assert_eq!(down(&graph, "d f", "fox@head"), "multiple_heads");
}

#[test]
fn counting_down_needs_one_start() {
    let graph = branched();
    // Alembic takes one of the two and warns.
    assert_eq!(down(&graph, "d f", "-1"), "ambiguous_relative");
    assert_eq!(down(&graph, "d f", "fox@-1"), "d -> c f");
    assert_eq!(down(&graph, "d f", "fox@-2"), "d c -> f");
    assert_eq!(down(&graph, "d", "-2"), "d c -> b");
    // From one head it stays on its own line.
    assert_eq!(down(&graph, "d f", "b@-1"), "ambiguous_relative");
    // Alembic crashes here.
    assert_eq!(down(&graph, "", "fox@-1"), "relative_out_of_range");
}

#[test]
fn an_unknown_branch_is_never_passed_over() {
    let graph = branched();
    assert_eq!(resolve(&graph, "nosuch@d"), "unknown_branch");
    assert_eq!(resolve(&graph, "nosuch@base"), "unknown_branch");
    assert_eq!(down(&graph, "d", "nosuch@c"), "unknown_branch");
    assert_eq!(resolve(&graph, "fox@e"), "not_in_branch");
    // Alembic's kind for these: it looks for a revision to compare the heads with.
    assert_eq!(resolve(&graph, "nosuch@head"), "unknown_revision");
    assert_eq!(up(&graph, "", "nosuch@+1"), "unknown_revision");
}

#[test]
fn history_of_a_branch() {
    let graph = branched();
    assert_eq!(history(&graph, ":"), "f e d c b a");
    assert_eq!(history(&graph, ":e"), "e b a");
    assert_eq!(history(&graph, "e:heads"), "f e");
    assert_eq!(history(&graph, "b:fox@head"), "d c b");
    assert_eq!(history(&graph, "fox@base:heads"), "d c b a");
    assert_eq!(history(&graph, "-1:heads"), "f e d c");
    assert_eq!(history(&graph, "fox@-1:heads"), "d c");
    assert_eq!(history(&graph, "c:e"), "not_on_path");
    assert_eq!(history(&graph, ":head"), "multiple_heads");
}

#[test]
fn bases_are_alternatives_too() {
    let graph = graph("a: | | ant\n b: a\n x: | | fox\n y: x");
    assert_eq!(up(&graph, "", "+1"), "ambiguous_relative");
    assert_eq!(up(&graph, "", "fox@+1"), "x -> x");
    assert_eq!(up(&graph, "b", "fox@+2"), "x y -> b y");
    assert_eq!(up(&graph, "", "ant@base+2"), "a b -> b");
    assert_eq!(down(&graph, "b y", "fox@base"), "y x -> b");
    assert_eq!(down(&graph, "b y", "base"), "y x b a ->");
    assert_eq!(down(&graph, "b y", "fox@-2"), "y x -> b");
}
