//! What holds for every graph, tried on random ones.

#![allow(clippy::unwrap_used, clippy::panic)] // a helper of a test may fail like the test itself

mod baselines;
mod regions;

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use proptest::prelude::*;
use proptest::sample::Index;
use revgraph::graph::{
    Action, Content, Direction, Graph, Lineages, Node, Plan, Reference, State, Target, plan_downgrade, plan_stamp,
    plan_upgrade,
};
use revgraph::revision::{Checksum, RevisionId};

/// What a graph should be: each revision's parents and dependencies. The laws are stated on this, without the library.
type Model = BTreeMap<RevisionId, Needs>;

#[derive(Debug, Clone)]
struct Needs {
    parents: BTreeSet<RevisionId>,
    depends_on: BTreeSet<RevisionId>,
}

fn id(number: usize) -> RevisionId {
    // Spread over the order of ids, so that this order says nothing about what comes first.
    RevisionId::new(&format!("{:04x}{number:04}", number * 40_503 % 65_521)).unwrap()
}

/// Up to 24 revisions, each with up to three parents and two dependencies among those before it.
fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let below = |most| prop::collection::vec(any::<Index>(), 0..=most);
    prop::collection::vec((below(3), below(2), 0..4_i64), 1..24).prop_map(|revisions| {
        let node = |(number, (parents, depends_on, created)): (usize, (Vec<Index>, Vec<Index>, i64))| {
            let references = |chosen: Vec<Index>| -> Vec<Reference> {
                let chosen = if number == 0 { Vec::new() } else { chosen };
                let ids: BTreeSet<RevisionId> = chosen.iter().map(|index| id(index.index(number))).collect();
                ids.iter().map(Reference::from).collect()
            };
            Node {
                parents: references(parents),
                depends_on: references(depends_on),
                created: (created > 0).then(|| DateTime::from_timestamp(created, 0).unwrap()),
                ..Node::new(id(number))
            }
        };
        revisions.into_iter().enumerate().map(node).collect()
    })
}

fn model(nodes: &[Node]) -> Model {
    let ids = |references: &[Reference]| references.iter().map(|one| RevisionId::new(&one.text).unwrap()).collect();
    let needs = |node: &Node| Needs { parents: ids(&node.parents), depends_on: ids(&node.depends_on) };
    nodes.iter().map(|node| (node.id.clone(), needs(node))).collect()
}

/// A revision and everything that it needs.
fn closure(model: &Model, of: &RevisionId) -> BTreeSet<RevisionId> {
    let mut closed = BTreeSet::from([of.clone()]);
    for below in model[of].parents.union(&model[of].depends_on) {
        closed.extend(closure(model, below));
    }
    closed
}

fn closure_of<'a>(model: &Model, ids: impl IntoIterator<Item = &'a RevisionId>) -> BTreeSet<RevisionId> {
    ids.into_iter().flat_map(|id| closure(model, id)).collect()
}

fn maximal(model: &Model, closed: &BTreeSet<RevisionId>) -> BTreeSet<RevisionId> {
    let needed: BTreeSet<&RevisionId> =
        closed.iter().flat_map(|id| model[id].parents.union(&model[id].depends_on)).collect();
    closed.iter().filter(|id| !needed.contains(id)).cloned().collect()
}

fn set(ids: &[RevisionId]) -> BTreeSet<RevisionId> {
    let set: BTreeSet<RevisionId> = ids.iter().cloned().collect();
    assert_eq!(set.len(), ids.len(), "no revision comes twice");
    set
}

fn steps(plan: &Plan, direction: Direction) -> Vec<RevisionId> {
    plan.steps.iter().filter(|step| step.action == Action::Run(direction)).map(|step| step.revision.clone()).collect()
}

/// What is in effect after the steps are done one by one. Fails where, between two steps, something would be missing.
fn run(model: &Model, before: &BTreeSet<RevisionId>, plan: &Plan) -> BTreeSet<RevisionId> {
    let mut applied = before.clone();
    for step in &plan.steps {
        match step.action {
            Action::Run(Direction::Up) => assert!(applied.insert(step.revision.clone()), "it was not in effect"),
            Action::Run(Direction::Down) => assert!(applied.remove(&step.revision), "it was in effect"),
            Action::Adopt | Action::Expand => panic!("there is no baseline"),
        }
        assert_eq!(closure_of(model, &applied), applied, "what is in effect is closed");
    }
    assert_eq!(set(&plan.heads_after), maximal(model, &applied));
    applied
}

fn target(id: &RevisionId) -> Target {
    id.as_str().parse().unwrap()
}

/// A graph, what it should be, one of its revisions, and heads that a database may be at.
fn world() -> impl Strategy<Value = (Vec<Node>, RevisionId, Vec<RevisionId>)> {
    let chosen = prop::collection::vec(any::<Index>(), 0..4);
    (nodes(), any::<Index>(), chosen).prop_map(|(nodes, one, heads)| {
        let pick = |index: &Index| index.get(&nodes).id.clone();
        let (one, heads) = (pick(&one), heads.iter().map(pick).collect());
        (nodes, one, heads)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_upgrade_is_what_the_target_needs_and_is_not_there((nodes, to, heads) in world()) {
        let (model, graph) = (model(&nodes), Graph::build(nodes).unwrap());
        let before = closure_of(&model, &heads);
        let plan = plan_upgrade(&graph.state_at(heads), &[target(&to)]).unwrap();
        let expected: BTreeSet<_> = closure(&model, &to).difference(&before).cloned().collect();
        prop_assert_eq!(set(&steps(&plan, Direction::Up)), expected);
        prop_assert!(steps(&plan, Direction::Down).is_empty());
        run(&model, &before, &plan);
    }

    #[test]
    fn a_downgrade_is_what_needs_a_child_of_the_target((nodes, to, heads) in world()) {
        let (model, graph) = (model(&nodes), Graph::build(nodes).unwrap());
        let before = closure_of(&model, &heads);
        let is_child = |id: &RevisionId| model[id].parents.contains(&to);
        let leaves = |id: &&RevisionId| closure(&model, id).iter().any(is_child);
        let expected: BTreeSet<_> = before.iter().filter(leaves).cloned().collect();
        match plan_downgrade(&graph.state_at(heads), &target(&to)) {
            Ok(plan) => {
                prop_assert_eq!(set(&steps(&plan, Direction::Down)), expected);
                run(&model, &before, &plan);
            }
            Err(error) => {
                prop_assert_eq!(error.kind(), "not_on_path");
                prop_assert!(expected.is_empty() && !maximal(&model, &before).contains(&to));
            }
        }
    }

    #[test]
    fn base_takes_everything_down((nodes, _to, heads) in world()) {
        let (model, graph) = (model(&nodes), Graph::build(nodes).unwrap());
        let before = closure_of(&model, &heads);
        let plan = plan_downgrade(&graph.state_at(heads), &"base".parse().unwrap()).unwrap();
        prop_assert!(run(&model, &before, &plan).is_empty());
    }

    #[test]
    fn down_to_base_is_the_way_up_backwards((nodes, to, _heads) in world()) {
        let graph = Graph::build(nodes).unwrap();
        let up = plan_upgrade(&graph.state_at([]), &[target(&to)]).unwrap();
        let down = plan_downgrade(&graph.state_at(up.heads_after.clone()), &"base".parse().unwrap()).unwrap();
        let mut back = steps(&down, Direction::Down);
        back.reverse();
        prop_assert_eq!(back, steps(&up, Direction::Up));
        prop_assert!(down.heads_after.is_empty());
    }

    #[test]
    fn one_step_up_is_undone_by_one_step_down((nodes, _to, heads) in world()) {
        let graph = Graph::build(nodes).unwrap();
        let before = graph.state_at(heads);
        let (up, down): (Target, Target) = ("+1".parse().unwrap(), "-1".parse().unwrap());
        let Ok(plan) = plan_upgrade(&before, &[up]) else {
            return Ok(());
        };
        let after = graph.state_at(plan.heads_after);
        // With dependencies that came along, or with several heads, there is no one step back.
        if let (1, Ok(plan)) = (plan.steps.len(), plan_downgrade(&after, &down)) {
            prop_assert_eq!(graph.state_at(plan.heads_after).applied(), before.applied());
        }
    }

    #[test]
    fn a_stamp_replaces_what_is_related((nodes, to, heads) in world()) {
        let (model, graph) = (model(&nodes), Graph::build(nodes).unwrap());
        let before = closure_of(&model, &heads);
        let plan = plan_stamp(&graph.state_at(heads), &[target(&to)]).unwrap();
        let related = |head: &RevisionId| closure(&model, head).contains(&to) || closure(&model, &to).contains(head);
        let mut expected: BTreeSet<_> = maximal(&model, &before).into_iter().filter(|head| !related(head)).collect();
        expected.insert(to);
        prop_assert_eq!(set(&plan.heads_after), expected.clone());
        prop_assert_eq!(run(&model, &before, &plan), closure_of(&model, &expected));
    }

    #[test]
    fn nothing_depends_on_the_order_of_the_nodes((nodes, to, heads) in world(), shuffle in any::<u64>()) {
        let mut shuffled = nodes.clone();
        shuffled.sort_by_key(|node| node.id.as_str().bytes().fold(shuffle, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }));
        let answers = |nodes: Vec<Node>| {
            let graph = Graph::build(nodes).unwrap();
            let state = graph.state_at(heads.clone());
            let all: Vec<RevisionId> = graph.revisions().map(|revision| revision.id().clone()).collect();
            (all, plan_upgrade(&state, &[target(&to)]), plan_downgrade(&state, &target(&to)), graph.history(&":".parse().unwrap(), None))
        };
        prop_assert_eq!(answers(nodes), answers(shuffled));
    }

    #[test]
    fn of_what_could_come_next_the_oldest_comes_first(nodes in nodes()) {
        let age: BTreeMap<RevisionId, _> = nodes.iter().map(|node| (node.id.clone(), node.created)).collect();
        let (model, graph) = (model(&nodes), Graph::build(nodes).unwrap());
        let mut waiting: BTreeSet<RevisionId> = model.keys().cloned().collect();
        for revision in graph.revisions() {
            let ready = |id: &&RevisionId| {
                model[*id].parents.union(&model[*id].depends_on).all(|below| !waiting.contains(below))
            };
            let next = waiting.iter().filter(ready).min_by_key(|id| (age[*id], *id)).cloned();
            prop_assert_eq!(next.as_ref(), Some(revision.id()));
            waiting.remove(revision.id());
        }
    }

    #[test]
    fn a_prefix_names_the_only_revision_that_begins_so((nodes, one, _heads) in world(), length in 1_usize..8) {
        let graph = Graph::build(nodes.clone()).unwrap();
        let prefix = &one.as_str()[..length];
        let matching = nodes.iter().filter(|node| node.id.as_str().starts_with(prefix)).count();
        match graph.resolve(&prefix.parse().unwrap(), None) {
            Ok(found) => prop_assert!(matching == 1 && found == [one]),
            Err(error) => prop_assert!(matching > 1 && error.kind() == "ambiguous_prefix"),
        }
    }

    #[test]
    fn a_lineage_changes_exactly_where_something_below_does((nodes, changed, _heads) in world()) {
        let (model, graph) = (model(&nodes), Graph::build(nodes).unwrap());
        let same = |_: &Node| Content { up: Checksum([1; 32]), carried: None };
        let (before, after) = (Lineages::compute(&graph, same), Lineages::compute(&graph, |node| Content {
            up: Checksum([if node.id == changed { 2 } else { 1 }; 32]),
            carried: None,
        }));
        for id in model.keys() {
            prop_assert_eq!(before.of(id) != after.of(id), closure(&model, id).contains(&changed));
        }
    }

    #[test]
    fn a_state_is_the_same_by_heads_and_by_rows((nodes, _to, heads) in world()) {
        let (model, graph) = (model(&nodes), Graph::build(nodes).unwrap());
        let applied = closure_of(&model, &heads);
        let (by_heads, by_rows) = (graph.state_at(heads), graph.state_of(&applied.iter().cloned().collect()));
        prop_assert_eq!(set(&by_rows.applied()), applied.clone());
        prop_assert_eq!((by_heads.applied(), by_heads.heads()), (by_rows.applied(), by_rows.heads()));
        prop_assert!(by_rows.gaps().is_empty());
        let without_child = |id: &&RevisionId| !applied.iter().any(|child| model[child].parents.contains(*id));
        prop_assert_eq!(set(&by_heads.current()), applied.iter().filter(without_child).cloned().collect());
    }

    #[test]
    fn no_text_makes_anything_panic((nodes, _to, heads) in world(), text in "[a-f0-9@+:/.-]{0,9}|(head|heads|base|current|[0-9a-f]{1,3})([+-][0-9]{1,2})?(@(head|base|[0-9a-f]{1,4})?([+-][0-9])?)?") {
        let graph = Graph::build(nodes).unwrap();
        let state: State = graph.state_at(heads);
        if let Ok(target) = text.parse::<Target>() {
            prop_assert_eq!(target.to_string().parse::<Target>(), Ok(target.clone()));
            let _ = plan_upgrade(&state, std::slice::from_ref(&target));
            let _ = plan_downgrade(&state, &target);
            let _ = plan_stamp(&state, std::slice::from_ref(&target));
            let _ = graph.resolve(&target, Some(&state));
        }
        if let Ok(range) = text.parse() {
            let _ = graph.history(&range, Some(&state));
        }
    }
}
