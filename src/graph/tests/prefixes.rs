//! Names given in part.

use super::*;

fn names() -> Graph {
    graph("3f9a01: | | accounts\n 3f9b02: 3f9a01\n 3f9b03: 3f9a01\n abc: 3f9b02 | | ab12")
}

#[test]
fn a_unique_beginning_is_enough() {
    let graph = names();
    assert_eq!(resolve(&graph, "3f9a"), "3f9a01");
    assert_eq!(resolve(&graph, "3f9"), "ambiguous_prefix");
    assert_eq!(resolve(&graph, "3f9b"), "ambiguous_prefix");
    assert_eq!(resolve(&graph, "3f9b02"), "3f9b02");
    assert_eq!(resolve(&graph, "acc"), "3f9a01");
    assert_eq!(resolve(&graph, "3f9a011"), "unknown_revision");
}

#[test]
fn a_name_of_three_characters_cannot_be_abbreviated() {
    let graph = names();
    assert_eq!(resolve(&graph, "abc"), "abc");
    // Only the label is long enough to be meant.
    assert_eq!(resolve(&graph, "ab"), "abc");
    assert_eq!(resolve(&super::graph("abc"), "ab"), "unknown_revision");
}

#[test]
fn within_a_branch_fewer_characters_do() {
    let graph = names();
    assert_eq!(resolve(&graph, "abc@3f9b"), "3f9b02");
    assert_eq!(resolve(&graph, "abc@3f9b03"), "not_in_branch");
    assert_eq!(resolve(&graph, "3f9a@3f9b"), "ambiguous_prefix");
    assert_eq!(resolve(&graph, "3f9b@3f9a"), "ambiguous_prefix");
    assert_eq!(resolve(&graph, "3f9b03@ab"), "unknown_revision");
}

#[test]
fn parents_and_dependencies_may_be_abbreviated() {
    let graph = graph("3f9a01\n 3f9b02: 3f9a\n zz: 3f9a01 3f9a | 3f9b");
    let zz = graph.get(&id("zz")).unwrap();
    assert_eq!((zz.parents(), zz.depends_on()), (vec![&id("3f9a01")], vec![&id("3f9b02")]));
}

#[test]
fn a_misspelt_name_is_answered_with_those_it_could_be() {
    let error = names().resolve(&"acounts".parse().unwrap(), None).unwrap_err();
    assert_eq!(error, GraphError::UnknownRevision { name: "acounts".into(), close: vec!["accounts".into()] });
    assert_eq!(error.help().unwrap(), "did you mean `accounts`?");
}
