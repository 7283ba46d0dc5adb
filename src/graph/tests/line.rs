//! a - b - c

use super::*;

fn line() -> Graph {
    graph("a\n b: a\n c: b")
}

#[test]
fn ends() {
    let line = line();
    assert_eq!((words(&line.heads()).as_str(), words(&line.bases()).as_str()), ("c", "a"));
    assert_eq!(resolve(&line, "head"), "c");
    assert_eq!(resolve(&line, "base"), "");
    assert_eq!(resolve(&line, "head-1"), "b");
    assert_eq!(resolve(&line, "base+2"), "b");
    assert_eq!(resolve(&line, "-1"), "b");
    assert_eq!(resolve(&line, "+1"), "bad_target");
    assert_eq!(resolve(&line, "current"), "bad_target");
}

#[test]
fn upgrades() {
    let line = line();
    assert_eq!(up(&line, "", "heads"), "a b c -> c");
    assert_eq!(up(&line, "a", "c"), "b c -> c");
    assert_eq!(up(&line, "c", "a"), "-> c");
    assert_eq!(up(&line, "", "+2"), "a b -> b");
    assert_eq!(up(&line, "a", "+3"), "relative_out_of_range");
    assert_eq!(up(&line, "a", "-1"), "relative_out_of_range");
    assert_eq!(up(&line, "a", "head-1"), "b -> b");
    assert_eq!(up(&line, "a", "current"), "-> a");
    // These make Alembic crash.
    assert_eq!(up(&line, "", "b+2"), "relative_out_of_range");
    assert_eq!(up(&line, "", "a-1"), "->");
    assert_eq!(up(&line, "", "a-2"), "relative_out_of_range");
    // Alembic walks down from the heads here.
    assert_eq!(up(&line, "", "base-1"), "relative_out_of_range");
}

#[test]
fn downgrades() {
    let line = line();
    assert_eq!(down(&line, "c", "base"), "c b a ->");
    assert_eq!(down(&line, "c", "a"), "c b -> a");
    assert_eq!(down(&line, "c", "-1"), "c -> b");
    assert_eq!(down(&line, "c", "-3"), "c b a ->");
    assert_eq!(down(&line, "c", "-4"), "relative_out_of_range");
    assert_eq!(down(&line, "c", "head-1"), "c -> b");
    assert_eq!(down(&line, "b", "b"), "-> b");
    assert_eq!(down(&line, "b", "c"), "not_on_path");
    assert_eq!(down(&line, "b", "+1"), "relative_out_of_range");
    assert_eq!(down(&line, "", "-1"), "relative_out_of_range");
    assert_eq!(down(&line, "", "base"), "->");
}

#[test]
fn history_is_newest_first_and_holds_both_ends() {
    let line = line();
    assert_eq!(history(&line, ":"), "c b a");
    assert_eq!(history(&line, "b:"), "c b");
    assert_eq!(history(&line, ":b"), "b a");
    assert_eq!(history(&line, "a:b"), "b a");
    assert_eq!(history(&line, "b:a"), "not_on_path");
    assert_eq!(history(&line, "-1:"), "c b");
    assert_eq!(history(&line, "-1:b"), "b a");
    assert_eq!(history(&line, "-9:"), "c b a");
    assert_eq!(history(&line, "a:+1"), "b a");
    assert_eq!(history(&line, "a:+9"), "c b a");
    assert_eq!(history(&line, "-1:+1"), "bad_target");
    assert_eq!(history(&line, "+1:"), "bad_target");
    assert_eq!(history(&line, ":-1"), "relative_out_of_range");
}

#[test]
fn history_up_to_where_a_database_is() {
    let line = line();
    let in_state = |heads: &str| listed(line.history(&":current".parse().unwrap(), Some(&at(&line, heads))));
    assert_eq!(in_state("b"), "b a");
    // Alembic shows everything here.
    assert_eq!(in_state(""), "");
}

#[test]
fn a_database_may_hold_what_the_graph_does_not() {
    let line = line();
    let state = at(&line, "b gone");
    assert_eq!((words(&state.applied()).as_str(), words(state.unknown()).as_str()), ("a b", "gone"));
    let error = plan_upgrade(&state, &targets("heads")).unwrap_err();
    assert_eq!(error, GraphError::UnknownApplied { ids: vec![id("gone")] });
}

#[test]
fn a_ledger_with_a_hole_is_closed_and_the_hole_told() {
    let line = line();
    let state = line.state_of(&[id("a"), id("c")].into_iter().collect());
    assert_eq!((words(&state.applied()).as_str(), words(state.gaps()).as_str()), ("a b c", "b"));
    assert!(at(&line, "c").gaps().is_empty());
}

#[test]
fn an_empty_graph_has_answers_too() {
    let none = graph("");
    assert_eq!((up(&none, "", "heads"), up(&none, "", "head")), ("->".to_owned(), "->".to_owned()));
    assert_eq!((down(&none, "", "base"), history(&none, ":")), ("->".to_owned(), String::new()));
    assert_eq!(up(&none, "", "+1"), "relative_out_of_range");
}
