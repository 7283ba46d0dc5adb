//! ```text
//!     b
//! a <   > m - n
//!     c
//! ```

use super::*;

fn diamond() -> Graph {
    graph("a\n b: a\n c: a\n m: b c\n n: m")
}

#[test]
fn shape() {
    let graph = diamond();
    let m = graph.get(&id("m")).unwrap();
    assert!(m.is_merge() && !m.is_branch_point());
    assert_eq!(m.parents(), [&id("b"), &id("c")]);
    assert_eq!(words(&graph.ancestors(&[id("m")])), "a b c m");
    assert_eq!(words(&graph.descendants(&[id("c")])), "c m n");
}

#[test]
fn both_sides_come_first() {
    let graph = diamond();
    assert_eq!(up(&graph, "", "head"), "a b c m n -> n");
    assert_eq!(up(&graph, "b", "m"), "c m -> m");
    assert_eq!(up(&graph, "b c", "+1"), "ambiguous_relative");
    assert_eq!(up(&graph, "b", "+1"), "c m -> m");
}

#[test]
fn going_below_a_merge_opens_it() {
    let graph = diamond();
    assert_eq!(down(&graph, "n", "m"), "n -> m");
    assert_eq!(down(&graph, "n", "b"), "n m -> b c");
    assert_eq!(down(&graph, "n", "a"), "n m c b -> a");
    assert_eq!(down(&graph, "n", "-2"), "ambiguous_relative");
    assert_eq!(down(&graph, "n", "m-1"), "ambiguous_relative");
}

#[test]
fn what_can_be_merged() {
    let open = graph("a\n b: a\n c: a\n x: | | fox\n d: c | b");
    let parents = |names: &str| listed(open.merge_parents(&targets(names)));
    // d depends on b: both are heads all the same.
    assert_eq!(parents(""), "b d x");
    assert_eq!(parents("b d"), "b d");
    assert_eq!(parents("heads"), "d x");
    assert_eq!(parents("c@head fox"), "d x");
    assert_eq!(parents("c d"), "overlapping_targets");
    assert_eq!(parents("b"), "bad_target");
    assert_eq!(parents("b b"), "bad_target");
}
