//! A line with a baseline in the place of its middle: `p`, `B` for `a b c`, `x`.

use super::*;

fn baseline(name: &str, parents: &str, replaces: &str) -> Node {
    Node {
        parents: parents.split_whitespace().map(Reference::from).collect(),
        replaces: replaces.split_whitespace().map(id).collect(),
        ..Node::new(id(name))
    }
}

fn collapsed(above: &str) -> Result<Graph, Vec<GraphError>> {
    let mut all = nodes("p");
    all.push(Node { labels: vec!["core".to_owned()], ..baseline("B", "p", "aaaa1 aaab2 cccc3") });
    all.extend(nodes(above));
    Graph::build(all)
}

fn expanded(above: &str) -> Graph {
    let mut all = nodes("p");
    all.push(Node { labels: vec!["core".to_owned()], ..baseline("B", "p", "aaaa1 aaab2 cccc3") });
    all.extend(nodes(above));
    let mut layout = Layout::new(all);
    layout.expand(&id("B"), nodes("aaaa1: p\n aaab2: aaaa1 | | core\n cccc3: aaab2"));
    layout.build().unwrap()
}

#[test]
fn every_member_is_a_name_of_it() {
    let graph = collapsed("x: cccc3").unwrap();
    for name in ["aaaa1", "aaab2", "cccc3", "cccc", "B", "core"] {
        assert_eq!(resolve(&graph, name), "B", "{name}");
    }
    assert_eq!(resolve(&graph, "aaa"), "ambiguous_prefix", "as targets they mean two things");
    assert!(graph.get(&id("aaaa1")).is_none(), "it is no revision of its own");
    assert_eq!(graph.bearer(&id("aaaa1")).unwrap().id(), &id("B"));
    assert_eq!(words(&graph.heads()), "x");
}

#[test]
fn expanded_it_is_a_name_of_its_sink() {
    let graph = expanded("x: B\n y: cccc3\n z: p | aaaa1");
    assert_eq!(resolve(&graph, "B"), "cccc3");
    assert_eq!(resolve(&graph, "core"), "cccc3", "the labels are the live files'");
    assert_eq!(resolve(&graph, "aaaa"), "aaaa1");
    let parents = |name: &str| words(&graph.get(&id(name)).unwrap().parents().into_iter().cloned().collect::<Vec<_>>());
    assert_eq!((parents("x"), parents("y")), ("cccc3".to_owned(), "cccc3".to_owned()));
    let needed = graph.get(&id("z")).unwrap().depends_on();
    assert_eq!(needed, [&id("cccc3")], "what depends on a part from outside depends on all of it");
}

#[test]
fn only_its_sink_can_be_followed() {
    let kinds = |above| -> Vec<&str> { collapsed(above).unwrap_err().iter().map(GraphError::kind).collect() };
    assert_eq!(kinds("x: aaaa1"), ["parent_inside_baseline"]);
    assert_eq!(kinds("x: aaaa\n y: aaab"), ["parent_inside_baseline", "parent_inside_baseline"]);
    assert!(collapsed("x: cccc3\n y: B\n z: p | aaaa1").is_ok());
    assert_eq!(kinds("aaaa1: p"), ["duplicate_revision"]);
    assert_eq!(kinds("x: p | | aaaa1"), ["duplicate_branch_label"]);
    let mut twice = nodes("p");
    twice.extend([baseline("B", "p", "a b"), baseline("C", "p", "b c")]);
    let error = &Graph::build(twice).unwrap_err()[0];
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        ("duplicate_revision", "revision `b` is replaced by `B` and `C`")
    );
    let own = vec![baseline("B", "", "a B")];
    assert_eq!(Graph::build(own).unwrap_err()[0].kind(), "duplicate_revision");
    assert!(Graph::build(vec![baseline("B", "", "a a")]).is_ok(), "to say it twice is to say it once");
}

#[test]
fn counting_does_not_cross_it() {
    let graph = collapsed("x: B\n y: x").unwrap();
    assert_eq!(resolve(&graph, "p+1"), "relative_crosses_baseline");
    assert_eq!(resolve(&graph, "B-1"), "relative_crosses_baseline");
    assert_eq!(resolve(&graph, "y-3"), "relative_crosses_baseline");
    assert_eq!(resolve(&graph, "y-2"), "B");
    assert_eq!(resolve(&graph, "B+2"), "y");
    assert_eq!(up(&graph, "p", "+1"), "relative_crosses_baseline");
    assert_eq!(down(&graph, "B", "-1"), "relative_crosses_baseline");
    assert_eq!(history(&graph, "-2:x"), "relative_crosses_baseline");
    let graph = expanded("x: B");
    assert_eq!((resolve(&graph, "p+1"), resolve(&graph, "x-4")), ("aaaa1".to_owned(), "p".to_owned()));
}

#[test]
fn what_must_be_expanded() {
    let graph = collapsed("x: B").unwrap();
    let rows = |text: &str| text.split_whitespace().map(id).collect::<Rows>();
    let wanted = |held: &str, to: &str| words(&graph.to_expand(&rows(held), &targets(to)));
    assert_eq!(wanted("p aaaa1", "heads"), "B", "a part of it is in effect");
    assert_eq!(wanted("p", "aaab2"), "B", "a target is inside");
    assert_eq!(wanted("p", "aaab2+1"), "B");
    for (held, to) in [("", "heads"), ("p", "cccc3"), ("p aaaa1 aaab2 cccc3", "heads"), ("p B aaaa1 aaab2 cccc3", "p")]
    {
        assert_eq!(wanted(held, to), "", "{held}, {to}");
    }
    let begun = Rows::new([(id("p"), Vec::new())], [id("aaaa1")]);
    assert_eq!(words(&graph.to_expand(&begun, &[])), "B", "something inside has begun");
}

#[test]
fn a_baseline_of_other_files_is_no_unknown_revision() {
    let graph = graph("p\n a: p\n b: a");
    let ids = |text: &str| text.split_whitespace().map(id).collect::<Vec<_>>();
    let rows = |replaces: &str| {
        let plain = ids("p a b").into_iter().map(|id| (id, Vec::new()));
        Rows::new(plain.chain([(id("N"), ids("a b")), (id("O"), ids(replaces))]), [])
    };
    let state = graph.state_of(&rows("p N a b"));
    assert!(state.unknown().is_empty());
    let plan = plan_downgrade(&state, &"a".parse().unwrap()).unwrap();
    let steps: Vec<String> = plan.steps.iter().map(|step| format!("{} {}", step.action, step.revision)).collect();
    assert_eq!(steps, ["expand O", "expand N", "down b"], "the outer one first");
    assert_eq!(words(graph.state_of(&rows("a b c")).unknown()), "O", "c is not known here");
    assert_eq!(words(graph.state_of(&rows("O")).unknown()), "O");
}
