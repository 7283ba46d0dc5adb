//! Stamps.

use super::*;

/// a - b - c and b - d; x - y, where y depends on a.
fn forest() -> Graph {
    graph("a: | | ant\n b: a\n c: b\n d: b\n x: | | fox\n y: x | a")
}

#[test]
fn related_heads_go_and_others_stay() {
    let graph = forest();
    assert_eq!(stamp(&graph, "", "c"), "a b c -> c");
    assert_eq!(stamp(&graph, "c d", "b"), "d c -> b");
    assert_eq!(stamp(&graph, "c", "d"), "d -> c d");
    assert_eq!(stamp(&graph, "c x", "a"), "c b -> a x");
    // y needs a, so it is above it.
    assert_eq!(stamp(&graph, "y", "a"), "y x -> a");
    assert_eq!(stamp(&graph, "b", "b"), "-> b");
    assert_eq!(stamp(&graph, "b", "heads"), "c d x y -> c d y");
}

#[test]
fn base_takes_all_and_of_a_branch_what_is_related() {
    let graph = forest();
    assert_eq!(stamp(&graph, "c y", "base"), "y x c b a ->");
    assert_eq!(stamp(&graph, "c x", "fox@base"), "x -> c");
    assert_eq!(stamp(&graph, "c d x", "ant@base"), "d c b a -> x");
    // y needs what carries ant.
    assert_eq!(stamp(&graph, "c y", "ant@base"), "y x c b a ->");
}

#[test]
fn several_targets() {
    let graph = forest();
    assert_eq!(stamp(&graph, "", "c y"), "a b c x y -> c y");
    // Going down to several: Alembic's bookkeeping fails with KeyError.
    assert_eq!(stamp(&graph, "c y", "b x"), "y c -> b x");
    // Alembic would write both.
    assert_eq!(stamp(&graph, "", "b c"), "overlapping_targets");
    assert_eq!(stamp(&graph, "c", "-1"), "bad_target");
    assert_eq!(stamp(&graph, "c", ""), "-> c");
}

#[test]
fn a_label_before_the_at_takes_no_unrelated_head_away() {
    let graph = forest();
    assert_eq!(stamp(&graph, "b", "ant@d"), "d -> d");
    // Alembic would drop c here, because it is related to ant.
    assert_eq!(stamp(&graph, "c", "ant@d"), "d -> c d");
}

#[test]
fn rows_go_before_rows_come() {
    let graph = forest();
    let plan = plan_stamp(&at(&graph, "c"), &targets("b y")).unwrap();
    let steps: Vec<String> = plan.steps.iter().map(|step| format!("{} {}", step.action, step.revision)).collect();
    assert_eq!(steps, ["down c", "up x", "up y"]);
}
