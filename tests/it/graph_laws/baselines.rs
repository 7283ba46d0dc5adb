//! What holds of baselines in random graphs, squashed up to three times at random, and of databases in random states.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;
use revgraph::graph::{
    Action, Content, Direction, Graph, Layout, Lineages, Node, Plan, Reference, Rows, Target, plan_downgrade,
    plan_upgrade,
};
use revgraph::revision::{Checksum, RevisionId};

use super::{Model, closure, closure_of, maximal, model, nodes, set, target};

/// Live revisions, and what was squashed away from them.
#[derive(Debug, Clone)]
struct Files {
    live: Vec<Node>,
    /// The direct members of each baseline, the sink last.
    archive: BTreeMap<RevisionId, Vec<Node>>,
    /// All that each baseline stands for, and its lineage.
    baselines: BTreeMap<RevisionId, (Vec<RevisionId>, Checksum)>,
}

fn content(node: &Node, files: &Files) -> Content {
    let mut up = [0; 32];
    up[..node.id.as_str().len()].copy_from_slice(node.id.as_str().as_bytes());
    Content { up: Checksum(up), carried: files.baselines.get(&node.id).map(|(_, lineage)| *lineage) }
}

impl Files {
    fn new(live: Vec<Node>) -> Files {
        Files { live, archive: BTreeMap::new(), baselines: BTreeMap::new() }
    }

    /// Puts a baseline in the place of a random set that it can stand for: below one revision, not below another, and
    /// without what others need as well.
    fn squash(&mut self, name: &str, sink: &Index, floor: &Index) {
        let graph = Graph::build(self.live.clone()).unwrap();
        let ids: Vec<RevisionId> = graph.revisions().map(|node| node.id().clone()).collect();
        let (sink, floor) = (sink.get(&ids), floor.get(&ids));
        let mut region: BTreeSet<RevisionId> = graph.ancestors(std::slice::from_ref(sink)).into_iter().collect();
        if floor != sink {
            let below = graph.ancestors(std::slice::from_ref(floor));
            region.retain(|id| !below.contains(id));
        }
        region.insert(sink.clone());
        loop {
            let needed = |id: &&RevisionId| {
                let node = graph.get(id).unwrap();
                let mut above = node.children().into_iter().chain(node.dependents());
                *id != sink && above.any(|above| !region.contains(above))
            };
            let Some(outside) = region.iter().find(needed).cloned() else { break };
            region.remove(&outside);
        }
        let lineage = Lineages::compute(&graph, |node| content(node, self)).of(sink).unwrap();
        let members: Vec<Node> = graph
            .revisions()
            .filter(|node| region.contains(node.id()))
            .map(|node| Node {
                parents: node.parents().into_iter().map(Reference::from).collect(),
                depends_on: node.depends_on().into_iter().map(Reference::from).collect(),
                ..node.node().clone()
            })
            .collect();
        let outside = |needed: fn(&Node) -> &Vec<Reference>| {
            let all: BTreeSet<&str> =
                members.iter().flat_map(needed).map(|reference| reference.text.as_str()).collect();
            let not_inside = |id: &&&str| !region.iter().any(|inside| inside.as_str() == **id);
            all.iter().filter(not_inside).map(|id| Reference::from(*id)).collect::<Vec<_>>()
        };
        let replaces: Vec<RevisionId> =
            members.iter().flat_map(|node| node.replaces.iter().chain([&node.id])).cloned().collect();
        let last = members.last().unwrap();
        let baseline = Node {
            parents: outside(|node| &node.parents),
            depends_on: outside(|node| &node.depends_on),
            sinks: if last.is_baseline() { last.sinks + 1 } else { 1 },
            replaces: replaces.clone(),
            created: last.created,
            ..Node::new(RevisionId::new(name).unwrap())
        };
        self.live.retain(|node| !region.contains(&node.id));
        self.live.push(baseline.clone());
        self.archive.insert(baseline.id.clone(), members);
        self.baselines.insert(baseline.id, (replaces, lineage));
    }

    /// The graph in which whatever must be is expanded, and the baselines that are.
    fn overlay(&self, rows: &Rows, targets: &[Target]) -> (Graph, BTreeSet<RevisionId>) {
        self.expanding(|graph, _| graph.to_expand(rows, targets))
    }

    /// The same for the way down.
    fn overlay_down(&self, rows: &Rows, target: &Target) -> (Graph, BTreeSet<RevisionId>) {
        self.expanding(|graph, layout| {
            let mut wanted = graph.to_expand(rows, std::slice::from_ref(target));
            if wanted.is_empty() {
                wanted = graph.undone(rows, target);
                let outline = self.wholly_expanded(layout.clone(), &wanted);
                wanted.retain(|id| outline.tears(&self.baselines[id].0, rows, target));
            }
            wanted
        })
    }

    fn expanding(&self, wanted: impl Fn(&Graph, &Layout) -> Vec<RevisionId>) -> (Graph, BTreeSet<RevisionId>) {
        let (mut layout, mut expanded) = (Layout::new(self.live.clone()), BTreeSet::new());
        loop {
            let graph = layout.clone().build().unwrap();
            let wanted = wanted(&graph, &layout);
            if wanted.is_empty() {
                return (graph, expanded);
            }
            for id in wanted {
                layout.expand(&id, self.archive[&id].clone());
                assert!(expanded.insert(id), "once is enough");
            }
        }
    }

    /// The graph in which some baselines are expanded, and all that they have within.
    fn wholly_expanded(&self, mut layout: Layout, baselines: &[RevisionId]) -> Graph {
        let mut all = baselines.to_vec();
        while let Some(id) = all.pop() {
            layout.expand(&id, self.archive[&id].clone());
            all.extend(self.archive[&id].iter().filter(|node| node.is_baseline()).map(|node| node.id.clone()));
        }
        layout.build().unwrap()
    }

    /// The rows of a database that has these originals; of the baselines that it could be at, those that `recorded`
    /// chooses. What is inside of a recorded one is recorded too.
    fn rows(&self, originals: &BTreeSet<RevisionId>, recorded: u8) -> Rows {
        let complete = |replaces: &[RevisionId]| {
            replaces.iter().all(|id| originals.contains(id) || self.baselines.contains_key(id))
        };
        let chosen = self
            .baselines
            .iter()
            .enumerate()
            .filter(|(number, (_, (replaces, _)))| recorded & (1 << number) != 0 && complete(replaces));
        let mut rows: BTreeMap<RevisionId, Vec<RevisionId>> =
            originals.iter().map(|id| (id.clone(), Vec::new())).collect();
        for (_, (id, (replaces, _))) in chosen {
            for id in replaces.iter().chain([id]) {
                rows.insert(
                    id.clone(),
                    self.baselines.get(id).map(|(replaces, _)| replaces.clone()).unwrap_or_default(),
                );
            }
        }
        Rows::new(rows, [])
    }

    /// The rows after the steps are done one by one. Between two steps the originals in effect are closed.
    fn run(&self, model: &Model, before: &Rows, plan: &Plan) -> BTreeSet<RevisionId> {
        let mut rows: BTreeSet<RevisionId> = set(&before.ids());
        for step in &plan.steps {
            let id = &step.revision;
            let within = self.baselines.get(id).map(|(replaces, _)| replaces.as_slice()).unwrap_or_default();
            let has_all = within.iter().all(|id| rows.contains(id));
            match step.action {
                Action::Run(Direction::Up) => {
                    assert!(rows.insert(id.clone()), "it was not in effect");
                    assert!(within.iter().all(|id| rows.insert(id.clone())), "nor was anything within");
                }
                Action::Run(Direction::Down) => {
                    assert!(rows.remove(id) || has_all && !within.is_empty(), "it was in effect");
                    assert!(within.iter().all(|id| rows.remove(id)), "and all within");
                }
                Action::Adopt => assert!(has_all && rows.insert(id.clone()), "all was there, but not it"),
                Action::Expand => assert!(has_all && rows.remove(id), "it was there"),
            }
            let originals = originals(model, &rows);
            assert_eq!(closure_of(model, &originals), originals, "what is in effect is closed");
            for (baseline, (replaces, _)) in &self.baselines {
                let torn = rows.contains(baseline) && !replaces.iter().all(|id| rows.contains(id));
                assert!(!torn, "{baseline} is recorded, and not all of it is in effect");
            }
        }
        rows
    }
}

fn originals(model: &Model, rows: &BTreeSet<RevisionId>) -> BTreeSet<RevisionId> {
    rows.iter().filter(|id| model.contains_key(*id)).cloned().collect()
}

#[derive(Debug, Clone)]
struct World {
    originals: Vec<Node>,
    files: Files,
    /// The heads that the database's originals have.
    heads: Vec<RevisionId>,
    /// Which baselines are recorded, of those that can be.
    recorded: u8,
    to: RevisionId,
}

fn world() -> impl Strategy<Value = World> {
    let squashes = prop::collection::vec((any::<Index>(), any::<Index>()), 1..4);
    let heads = prop::collection::vec(any::<Index>(), 0..4);
    (nodes(), squashes, heads, any::<u8>(), any::<Index>()).prop_map(|(nodes, squashes, heads, recorded, to)| {
        let mut files = Files::new(nodes.clone());
        for (number, (sink, floor)) in squashes.iter().enumerate() {
            files.squash(&format!("baseline{number}"), sink, floor);
        }
        let pick = |index: &Index| index.get(&nodes).id.clone();
        let (heads, to) = (heads.iter().map(pick).collect(), pick(&to));
        World { originals: nodes, files, heads, recorded, to }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn an_upgrade_brings_what_it_would_bring_without_baselines(world in world()) {
        let World { originals: nodes, files, heads, recorded, to } = world;
        let model = model(&nodes);
        let before = closure_of(&model, &heads);
        let rows = files.rows(&before, recorded);
        let targets = [target(&to)];
        let (graph, _) = files.overlay(&rows, &targets);
        let state = graph.state_of(&rows);
        prop_assert!(state.unknown().is_empty() && state.gaps().is_empty());
        let plan = plan_upgrade(&state, &targets).unwrap();
        let after = files.run(&model, &rows, &plan);
        let expected: BTreeSet<RevisionId> = before.union(&closure(&model, &to)).cloned().collect();
        prop_assert_eq!(originals(&model, &after), expected.clone());
        let heads_after = closure_of_heads(&files, &model, &plan.heads_after);
        prop_assert_eq!(heads_after, expected);
    }

    #[test]
    fn an_upgrade_of_all_ends_with_every_baseline_recorded(world in world()) {
        let World { originals: nodes, files, heads, recorded, .. } = world;
        let model = model(&nodes);
        let rows = files.rows(&closure_of(&model, &heads), recorded);
        let targets: [Target; 1] = ["heads".parse().unwrap()];
        let (graph, _) = files.overlay(&rows, &targets);
        let plan = plan_upgrade(&graph.state_of(&rows), &targets).unwrap();
        let after = files.run(&model, &rows, &plan);
        let all: BTreeSet<RevisionId> = model.keys().chain(files.baselines.keys()).cloned().collect();
        prop_assert_eq!(&after, &all);
        // Nothing is left to do then, and all is in effect for the collapsed graph.
        let rows = Rows::new(after.into_iter().map(|id| {
            let replaces = files.baselines.get(&id).map(|(replaces, _)| replaces.clone()).unwrap_or_default();
            (id, replaces)
        }), []);
        let (graph, expanded) = files.overlay(&rows, &targets);
        prop_assert!(expanded.is_empty());
        let again = plan_upgrade(&graph.state_of(&rows), &targets).unwrap();
        prop_assert!(again.steps.is_empty());
        let down = plan_downgrade(&graph.state_of(&rows), &"base".parse().unwrap()).unwrap();
        prop_assert!(files.run(&model, &rows, &down).is_empty());
        prop_assert_eq!(down.steps.len(), files.live.len(), "each of the live files, and nothing else");
    }

    #[test]
    fn a_downgrade_takes_what_it_would_take_without_baselines(world in world()) {
        let World { originals: nodes, files, heads, recorded, to } = world;
        let model = model(&nodes);
        let before = closure_of(&model, &heads);
        let rows = files.rows(&before, recorded);
        let (graph, expanded) = files.overlay_down(&rows, &target(&to));
        let is_child = |id: &RevisionId| model[id].parents.contains(&to);
        let stays = |id: &&RevisionId| !closure(&model, id).iter().any(is_child);
        let expected: BTreeSet<RevisionId> = before.iter().filter(stays).cloned().collect();
        // Nothing is expanded in vain: where all of it is there, the target is within, or a part goes and a part stays.
        for (replaces, _) in expanded.iter().map(|id| &files.baselines[id]) {
            let within = originals(&model, &replaces.iter().cloned().collect());
            let all_there = replaces.iter().all(|id| rows.has(id));
            let is_torn = !within.is_subset(&expected) && !within.is_disjoint(&expected);
            prop_assert!(!all_there || is_torn || within.contains(&to), "{replaces:?}");
        }
        match plan_downgrade(&graph.state_of(&rows), &target(&to)) {
            Ok(plan) => {
                let after = files.run(&model, &rows, &plan);
                prop_assert_eq!(originals(&model, &after), expected.clone());
                prop_assert_eq!(closure_of_heads(&files, &model, &plan.heads_after), expected);
            }
            Err(error) => {
                prop_assert_eq!(error.kind(), "not_on_path");
                prop_assert_eq!(&expected, &before);
                prop_assert!(!maximal(&model, &before).contains(&to));
            }
        }
    }

    #[test]
    fn no_squash_changes_a_lineage(world in world()) {
        let World { originals: nodes, files, heads, recorded, to } = world;
        let model = model(&nodes);
        let plain = Graph::build(nodes).unwrap();
        let before = Lineages::compute(&plain, |node| content(node, &files));
        let rows = files.rows(&closure_of(&model, &heads), recorded);
        for targets in [vec![], vec![target(&to)]] {
            let (graph, _) = files.overlay(&rows, &targets);
            let after = Lineages::compute(&graph, |node| content(node, &files));
            for revision in graph.revisions().filter(|revision| model.contains_key(revision.id())) {
                prop_assert_eq!(before.of(revision.id()), after.of(revision.id()));
            }
            for baseline in graph.baselines() {
                let sink = baseline.node().replaces.iter().rev().find(|id| model.contains_key(*id)).unwrap();
                prop_assert_eq!(before.of(sink), after.of(baseline.id()));
            }
        }
    }

    #[test]
    fn every_name_means_the_same_thing(world in world()) {
        let World { originals: nodes, files, heads, recorded, to } = world;
        let model = model(&nodes);
        let rows = files.rows(&closure_of(&model, &heads), recorded);
        let (graph, _) = files.overlay(&rows, &[target(&to)]);
        // Files that are older than every squash know all of it.
        let older = Graph::build(nodes).unwrap();
        prop_assert!(older.state_of(&rows).unknown().is_empty());
        for id in model.keys().chain(files.baselines.keys()) {
            prop_assert!(graph.bearer(id).is_some(), "{id}");
            prop_assert!(graph.resolve(&target(id), None).is_ok(), "{id}");
        }
    }
}

/// The originals that are in effect when these are the heads.
fn closure_of_heads(files: &Files, model: &Model, heads: &[RevisionId]) -> BTreeSet<RevisionId> {
    let within = |id: &RevisionId| match files.baselines.get(id) {
        Some((replaces, _)) => replaces.iter().filter(|id| model.contains_key(*id)).cloned().collect(),
        None => vec![id.clone()],
    };
    let heads: Vec<RevisionId> = heads.iter().flat_map(within).collect();
    closure_of(model, &heads)
}
