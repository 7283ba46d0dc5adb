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

/// `p`, its children `a` and `b`, their merge `m`, and `x`; `R` stands for `a` and `m`.
fn siblings(layout: impl Fn(&mut Layout)) -> Graph {
    let mut all = nodes("p\n b: p\n x: R");
    all.push(baseline("R", "p b", "a m"));
    let mut all = Layout::new(all);
    layout(&mut all);
    all.build().unwrap()
}

#[test]
fn a_way_down_may_keep_a_part_of_it() {
    let collapsed = siblings(|_| ());
    let expanded = siblings(|layout| layout.expand(&id("R"), nodes("a: p\n m: a b")));
    let all: Vec<RevisionId> = ["p", "b", "R", "x"].map(id).to_vec();
    let rows = collapsed.rows_at(&all);
    for (to, undone, torn, whole) in [("b", "R", true, false), ("p", "R", false, true), ("R", "", true, false)] {
        let target: Target = to.parse().unwrap();
        assert_eq!(words(&collapsed.undone(&rows, &target)), undone, "{to}");
        assert_eq!(expanded.tears(&[id("a"), id("m")], &rows, &target), torn, "{to}");
        assert_eq!(collapsed.goes_as_a_whole(&id("R"), &rows, &target), whole, "{to}");
    }
    let base: Target = "base".parse().unwrap();
    assert!(collapsed.goes_as_a_whole(&id("R"), &rows, &base) && !expanded.tears(&[id("a"), id("m")], &rows, &base));
    assert!(base.is_base() && !"b@base".parse::<Target>().unwrap().is_base());
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
