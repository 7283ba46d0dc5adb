//! What one baseline can stand for, against what the words say of it.

use revgraph::graph::RegionError;

use super::*;

/// Whether a revision outside needs directly one inside that isn't the sink.
fn someone_is_in_the_way(model: &Model, inside: &BTreeSet<RevisionId>, sink: &RevisionId) -> bool {
    let covered = |id: &RevisionId| inside.contains(id) && id != sink;
    let needs = |needs: &Needs| needs.parents.union(&needs.depends_on).any(covered);
    model.iter().any(|(id, needed)| !inside.contains(id) && needs(needed))
}

/// Whether a path leaves the set and comes back.
fn is_left_and_entered(model: &Model, inside: &BTreeSet<RevisionId>) -> bool {
    let needs_one_inside = |id: &RevisionId| closure(model, id).iter().any(|below| inside.contains(below));
    let outside_and_needed =
        |id: &&RevisionId| !inside.contains(*id) && inside.iter().any(|above| closure(model, above).contains(*id));
    model.keys().filter(outside_and_needed).any(needs_one_inside)
}

/// The nodes with one more in the place of those inside.
fn collapsed(
    nodes: &[Node],
    inside: &BTreeSet<RevisionId>,
    sink: &RevisionId,
    region: &revgraph::graph::Region,
) -> Vec<Node> {
    let baseline = id(9_999);
    let renamed = |references: &[Reference]| -> Vec<Reference> {
        let rename = |one: &Reference| if one.text == sink.as_str() { Reference::from(&baseline) } else { one.clone() };
        references.iter().map(rename).collect()
    };
    let outside = nodes.iter().filter(|node| !inside.contains(&node.id));
    let outside = outside.map(|node| Node {
        parents: renamed(&node.parents),
        depends_on: renamed(&node.depends_on),
        ..node.clone()
    });
    let in_place = Node {
        parents: region.parents.iter().map(Reference::from).collect(),
        depends_on: region.depends_on.iter().map(Reference::from).collect(),
        ..Node::new(baseline.clone())
    };
    outside.chain([in_place]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_region_is_what_lies_between_and_nobody_else_needs(
        (nodes, to, _heads) in world(),
        first in prop::option::of(any::<Index>()),
    ) {
        let (model, graph) = (model(&nodes), Graph::build(nodes.clone()).unwrap());
        let below = closure(&model, &to);
        let from = first.map(|index| index.get(&nodes).id.clone());
        let above_from = |id: &&RevisionId| from.as_ref().is_none_or(|from| closure(&model, id).contains(from));
        let inside: BTreeSet<RevisionId> = below.iter().filter(above_from).cloned().collect();
        match graph.region(from.as_ref().map(target).as_ref(), Some(&target(&to))) {
            Ok(region) => {
                prop_assert_eq!(set(&region.revisions), inside.clone());
                prop_assert_eq!(region.sink(), Some(&to));
                prop_assert!(!someone_is_in_the_way(&model, &inside, &to) && !is_left_and_entered(&model, &inside));
                let needed: Vec<RevisionId> = region.parents.iter().chain(&region.depends_on).cloned().collect();
                prop_assert_eq!(&closure_of(&model, &needed) | &inside, below);
                for (at, one) in needed.iter().enumerate() {
                    let others: Vec<_> = needed.iter().enumerate().filter(|(other, _)| *other != at).collect();
                    let depends = region.depends_on.contains(one);
                    let needless = others.iter().any(|(_, other)| closure(&model, other).contains(one));
                    prop_assert!(!needless || !depends, "{one} is needed anyway");
                }
                prop_assert!(Graph::build(collapsed(&nodes, &inside, &to, &region)).is_ok());
            }
            Err(RegionError::NotConvex { outside, inside: needed, sink, .. }) => {
                prop_assert!(someone_is_in_the_way(&model, &inside, &to));
                prop_assert!(inside.contains(&needed) && needed != to && sink == to);
                let needs = &model[&outside.id];
                prop_assert!(!inside.contains(&outside.id));
                prop_assert!(needs.parents.contains(&needed) || needs.depends_on.contains(&needed));
            }
            Err(RegionError::NothingToSquash { only }) => {
                prop_assert!(inside.len() == 1 && only == Some(to));
            }
            Err(RegionError::Target(error)) => {
                prop_assert_eq!(error.kind(), "not_on_path");
                prop_assert!(from.is_some_and(|from| !below.contains(&from)));
            }
        }
    }
}
