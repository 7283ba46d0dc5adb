use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;

/// Links from lines of `above: parents | depends_on`, with items as numbers.
fn links(text: &str) -> Vec<Link> {
    let line = |line: &str| -> Vec<Link> {
        let (above, rest) = line.split_once(':').unwrap();
        let above = above.trim().parse().unwrap();
        let lists = rest.split('|').zip([Relation::Parent, Relation::Dependency]);
        let link = |(list, relation): (&str, Relation)| {
            let numbers: Vec<usize> = list.split_whitespace().map(|number| number.parse().unwrap()).collect();
            numbers.into_iter().map(move |below| Link { above, below, relation })
        };
        lists.flat_map(link).collect()
    };
    text.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(line).collect()
}

/// A drawing as text: `item@lane` of each row, then each line's way as `above>below row,lane …`.
fn shown(drawing: &Drawing) -> String {
    let places = drawing.items.iter().zip(&drawing.lanes).map(|(item, lane)| format!("{item}@{lane}"));
    let line = |line: &Line| {
        let points = line.points.iter().map(|point| format!(" {},{}", point.row, point.lane)).collect::<String>();
        format!("{}>{}{points}", line.link.above, line.link.below)
    };
    let lines: Vec<String> = drawing.lines.iter().map(line).collect();
    format!("{}\n{}", places.collect::<Vec<_>>().join(" "), lines.join("\n"))
}

#[test]
fn a_line_is_one_lane() {
    let drawing = Drawing::new(3, &links("0: 1\n1: 2"));
    assert_eq!(shown(&drawing), "0@0 1@0 2@0\n0>1 0,0 1,0\n1>2 1,0 2,0");
    assert_eq!(drawing.width, 1);
}

#[test]
fn a_merge_opens_lanes_and_a_fork_closes_them() {
    // 0 merges 1 and 2, 3; all stand on 4.
    let drawing = Drawing::new(5, &links("0: 1 2\n1: 4\n2: 3\n3: 4"));
    // The shorter branch comes first, beside the longer one, and joins it where both stand on the same.
    assert_eq!(
        shown(&drawing),
        "0@0 1@1 2@0 3@0 4@0\n0>2 0,0 2,0\n0>1 0,0 1,1\n1>4 1,1 3,1 4,0\n2>3 2,0 3,0\n3>4 3,0 4,0"
    );
}

#[test]
fn a_dependency_has_a_lane_of_its_own() {
    let drawing = Drawing::new(3, &links("0: 1 | 2\n1: 2"));
    assert_eq!(shown(&drawing), "0@0 1@0 2@0\n0>1 0,0 1,0\n0>2 0,0 1,1 2,0\n1>2 1,0 2,0");
}

#[test]
fn of_two_links_between_two_items_the_parent_is_drawn() {
    let drawing = Drawing::new(2, &links("0: 1 | 1"));
    assert_eq!(drawing.lines.len(), 1);
    assert_eq!(drawing.lines[0].link.relation, Relation::Parent);
}

#[test]
fn two_trees_come_one_after_the_other() {
    // Newest first, they would alternate: 0 and 2 are one tree, 1 and 3 another.
    assert_eq!(order(4, &links("0: 2\n1: 3")), [0, 2, 1, 3]);
}

#[test]
fn two_trees_that_lean_on_each_other_stay_beside_each_other() {
    // 0, 2, 4, 6 are a tree of which each depends on one of 1, 3, 5, 7: one after the other, four lines are under way.
    let links = links("0: 2 | 1\n2: 4 | 3\n4: 6 | 5\n6: | 7\n1: 3\n3: 5\n5: 7");
    assert_eq!(order(8, &links), [0, 2, 4, 6, 1, 3, 5, 7]);
    let drawing = Drawing::new(8, &links);
    assert_eq!((drawing.items, drawing.width), ((0..8).collect(), 3));
}

#[test]
fn a_cycle_is_drawn_without_one_of_its_lines() {
    let drawing = Drawing::new(3, &links("0: 1\n1: 2\n2: 1"));
    assert_eq!(drawing.items, [0, 1, 2]);
    assert_eq!(drawing.lines.iter().map(|line| line.link.above).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn nothing_is_an_empty_drawing() {
    assert_eq!(Drawing::new(0, &[]), Drawing::default());
    assert_eq!(Drawing::new(1, &links("0: 0 5")).lines, []);
}

/// Up to 40 items, each standing on any of the older ones; some of the links are dependencies.
fn any_links() -> impl Strategy<Value = (usize, Vec<Link>)> {
    (1..40_usize).prop_flat_map(|count| {
        let link = (0..count, 0..count, prop::bool::weighted(0.8)).prop_map(|(one, other, is_parent)| Link {
            above: one.min(other),
            below: one.max(other),
            relation: if is_parent { Relation::Parent } else { Relation::Dependency },
        });
        (Just(count), prop::collection::vec(link, 0..2 * count))
    })
}

/// Every place that a line goes through, row by row.
fn places(line: &Line) -> Vec<Point> {
    let mut places = vec![line.points[0]];
    for pair in line.points.windows(2) {
        assert!(pair[0].row < pair[1].row, "it goes down: {line:?}");
        assert!(pair[0].lane == pair[1].lane || pair[0].row + 1 == pair[1].row, "it turns within a row: {line:?}");
        places.extend((pair[0].row + 1..=pair[1].row).map(|row| Point { row, lane: pair[1].lane }));
    }
    places
}

proptest! {
    #[test]
    fn what_holds_for_every_drawing((count, links) in any_links()) {
        let drawing = Drawing::new(count, &links);
        let mut items = drawing.items.clone();
        items.sort_unstable();
        prop_assert_eq!(items, (0..count).collect::<Vec<_>>(), "each item has a row");

        let dots: HashMap<usize, Point> = drawing.items.iter().zip(&drawing.lanes).enumerate()
            .map(|(row, (item, lane))| (*item, Point { row, lane: *lane })).collect();
        let expected: HashSet<(usize, usize)> =
            links.iter().filter(|link| link.above != link.below).map(|link| (link.above, link.below)).collect();
        let drawn: HashSet<(usize, usize)> =
            drawing.lines.iter().map(|line| (line.link.above, line.link.below)).collect();
        prop_assert_eq!(drawn.len(), drawing.lines.len(), "each link once");
        prop_assert_eq!(drawn, expected, "every link is drawn");

        let taken: HashSet<Point> = dots.values().copied().collect();
        for line in &drawing.lines {
            let way = places(line);
            prop_assert_eq!(way[0], dots[&line.link.above]);
            prop_assert_eq!(way[way.len() - 1], dots[&line.link.below]);
            for place in &way[1..way.len() - 1] {
                prop_assert!(!taken.contains(place), "{:?} goes through an item at {:?}", line, place);
            }
            prop_assert!(way.iter().all(|place| place.lane < drawing.width));
        }
    }

    #[test]
    fn lines_that_run_together_lead_to_one_item((count, links) in any_links()) {
        let drawing = Drawing::new(count, &links);
        let mut runs: HashMap<Point, (usize, Relation)> = HashMap::new();
        for line in &drawing.lines {
            let way = places(line);
            for place in &way[1..way.len() - 1] {
                let leads_to = (line.link.below, line.link.relation);
                prop_assert_eq!(*runs.entry(*place).or_insert(leads_to), leads_to);
            }
        }
    }

    #[test]
    fn the_order_of_links_is_no_matter((count, mut links) in any_links()) {
        let drawing = Drawing::new(count, &links);
        links.reverse();
        prop_assert_eq!(drawing, Drawing::new(count, &links));
    }
}
