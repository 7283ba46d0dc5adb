//! What one baseline can stand for.

use super::*;

/// `a b c ← parents | depends_on`, or the error's kind and what it names.
fn region(graph: &Graph, from: &str, to: &str) -> String {
    let target = |text: &str| (!text.is_empty()).then(|| text.parse::<Target>().unwrap());
    match graph.region(target(from).as_ref(), target(to).as_ref()) {
        Ok(region) => {
            assert_eq!(region.is_closed(), region.parents.is_empty() && region.depends_on.is_empty());
            let (all, parents, depends_on) = (&region.revisions, &region.parents, &region.depends_on);
            format!("{} <- {} | {}", words(all), words(parents), words(depends_on)).trim_end().to_owned()
        }
        Err(RegionError::NotConvex { outside, relation, inside, .. }) => {
            format!("not_convex: {} {relation} {inside}", outside.id)
        }
        Err(error) => error.kind().to_owned(),
    }
}

#[test]
fn of_a_line_any_part() {
    let line = graph("a\nb: a\nc: b\nd: c");
    assert_eq!(region(&line, "", ""), "a b c d <-  |");
    assert_eq!(region(&line, "", "c"), "a b c <-  |");
    assert_eq!(region(&line, "b", "c"), "b c <- a |");
    assert_eq!(region(&line, "base", "b"), "a b <-  |");
    assert_eq!(region(&line, "head-1", "head"), "c d <- b |");
    assert_eq!(region(&line, "c", "c"), "nothing_to_squash");
    assert_eq!(region(&line, "", "a"), "nothing_to_squash");
    assert_eq!(region(&line, "", "base"), "nothing_to_squash");
    assert_eq!(region(&line, "d", "b"), "not_on_path");
    assert_eq!(region(&line, "nowhere", ""), "unknown_revision");
    assert_eq!(region(&line, "", "+1"), "bad_target");
    assert_eq!(region(&graph(""), "", ""), "nothing_to_squash");
}

#[test]
fn whoever_needs_one_inside_is_in_the_way() {
    let branched = graph("a\nb: a\nc: b\nside: b");
    assert_eq!(region(&branched, "", ""), "multiple_heads");
    assert_eq!(region(&branched, "", "heads"), "multiple_heads");
    assert_eq!(region(&branched, "", "c"), "not_convex: side follows b");
    assert_eq!(region(&branched, "", "b"), "a b <-  |", "the sink may be needed");
    assert_eq!(region(&branched, "c", "c"), "nothing_to_squash");
    let leaning = graph("a\nb: a\nc: b\ntree: | a");
    assert_eq!(region(&leaning, "", "c"), "not_convex: tree depends on a");
    assert_eq!(region(&leaning, "b", "c"), "b c <- a |");
    assert_eq!(region(&leaning, "", "tree"), "not_convex: b follows a");
}

#[test]
fn the_only_head_is_one_that_nothing_depends_on() {
    let leaning = graph("a\nb: a\ntree: | b");
    assert_eq!(region(&leaning, "", ""), "a b tree <-  |");
    assert_eq!(region(&leaning, "", "b"), "a b <-  |");
}

#[test]
fn a_merge_takes_all_its_branches_along() {
    let merged = graph("a\nl1: a\nl2: l1\nr1: a\nm: l2 r1\nn: m");
    assert_eq!(region(&merged, "", "m"), "a l1 l2 r1 m <-  |");
    assert_eq!(region(&merged, "l1", "m"), "l1 l2 m <- r1 |");
    assert_eq!(region(&merged, "l1", "l2"), "l1 l2 <- a |");
    assert_eq!(region(&merged, "", "l2"), "not_convex: r1 follows a");
    assert_eq!(region(&merged, "l2", "n"), "l2 m n <- l1 r1 |");
}

#[test]
fn what_is_needed_anyway_is_not_named() {
    let graph = graph("a\nb: a\nc: b\nother\nlast: other\nx: c | a other\ny: x | last b");
    assert_eq!(region(&graph, "x", "y"), "x y <- c | last");
    let other = super::graph("a\nb: a\nc: b a\nd: c a");
    assert_eq!(region(&other, "c", "d"), "c d <- b |");
    let leaning = super::graph("a\nb: | a\nc: a b\nd: c");
    assert_eq!(region(&leaning, "c", "d"), "c d <- a b |", "else `a` would be a head afterwards");
}

#[test]
fn the_error_names_what_is_in_the_way() {
    let branched = graph("a\nb: a\nc: b\nside: a");
    let error = branched.region(None, Some(&"c".parse().unwrap())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`side` follows `a`, which is below `c`: a baseline up to `c` would take it from under it"
    );
    assert_eq!(error.help().unwrap(), "squash `--to a`, or `--to` a revision that `side` is merged into");
}
