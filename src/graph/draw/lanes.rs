//! Which lane each item stands in, and each line runs in.

use super::order::heights;
use super::{Drawing, Line, Link, Point, Relation, by_item};

/// What runs down a lane: the lines to one item, by one relation.
struct Lane {
    below: usize,
    relation: Relation,
    /// The numbers of the lines.
    riders: Vec<usize>,
}

/// A drawing in the making, from the top.
struct Pen {
    lanes: Vec<Option<Lane>>,
    lines: Vec<Line>,
    width: usize,
}

/// Draws items in the order that they have. Lines to the same item run together as soon as they can, and a line that is
/// joined by others is the leftmost of them.
pub(super) fn draw(items: Vec<usize>, links: &[Link]) -> Drawing {
    let mut needs = by_item(items.len(), links);
    let heights = heights(items.len(), &needs);
    let mut rows = vec![0; items.len()];
    for (row, item) in items.iter().enumerate() {
        rows[*item] = row;
    }
    let mut pen = Pen { lanes: Vec::new(), lines: Vec::new(), width: 0 };
    let mut lanes = Vec::with_capacity(items.len());
    for (row, item) in items.iter().enumerate() {
        let at = Point { row, lane: pen.arrive(row, *item) };
        lanes.push(at.lane);
        let mut below = std::mem::take(&mut needs[*item]);
        // In a cycle something that is needed stands above.
        below.retain(|link| rows[link.below] > row);
        // The longest way down goes straight on.
        below.sort_by_key(|link| (link.relation, std::cmp::Reverse(heights[link.below]), link.below));
        for link in below {
            pen.leave(at, link);
        }
    }
    Drawing { items, lanes, width: pen.width, lines: pen.lines }
}

impl Pen {
    /// Ends the lines that lead to an item, and says in which lane it stands: in the leftmost of theirs, a parent's where
    /// there is one; in the leftmost free one where none leads to it.
    fn arrive(&mut self, row: usize, item: usize) -> usize {
        let is_for = |lane: &Option<Lane>| lane.as_ref().filter(|lane| lane.below == item).map(|lane| lane.relation);
        let waiting: Vec<(Relation, usize)> =
            self.lanes.iter().enumerate().filter_map(|(at, lane)| Some((is_for(lane)?, at))).collect();
        let own = waiting.iter().min().map_or_else(|| self.free_near(0), |(_, lane)| *lane);
        for (_, lane) in waiting {
            for rider in self.lanes[lane].take().map(|lane| lane.riders).unwrap_or_default() {
                self.turn(rider, row, lane, own);
            }
        }
        self.width = self.width.max(own + 1);
        own
    }

    /// Begins the line from an item to one that it needs.
    fn leave(&mut self, at: Point, link: Link) {
        let rider = self.lines.len();
        self.lines.push(Line { link, points: vec![at] });
        let runs_to = |lane: &Option<Lane>| {
            lane.as_ref().is_some_and(|lane| (lane.below, lane.relation) == (link.below, link.relation))
        };
        let new = |riders| Some(Lane { below: link.below, relation: link.relation, riders });
        let lane = match self.lanes.iter().position(runs_to) {
            Some(lane) if lane > at.lane && self.is_free(at.lane) => {
                // The others come over to this one, which goes straight on.
                let mut riders = self.lanes[lane].take().map(|lane| lane.riders).unwrap_or_default();
                riders.iter().for_each(|rider| self.turn(*rider, at.row + 1, lane, at.lane));
                riders.push(rider);
                self.put(at.lane, new(riders));
                return;
            }
            Some(lane) => {
                if let Some(lane) = &mut self.lanes[lane] {
                    lane.riders.push(rider);
                }
                lane
            }
            None => {
                let lane = self.free_near(at.lane);
                self.put(lane, new(vec![rider]));
                lane
            }
        };
        if lane != at.lane {
            self.lines[rider].points.push(Point { row: at.row + 1, lane });
        }
    }

    /// Has a line that runs in one lane be in another one at a row.
    fn turn(&mut self, rider: usize, row: usize, from: usize, to: usize) {
        let points = &mut self.lines[rider].points;
        let is_at = |points: &[Point], row: usize| points.last().is_some_and(|point| point.row == row);
        if is_at(points, row) {
            // It has come into the lane just now, and goes on to the other one at once.
            points.pop();
        } else if from != to && !is_at(points, row - 1) {
            points.push(Point { row: row - 1, lane: from });
        }
        points.push(Point { row, lane: to });
    }

    fn is_free(&self, lane: usize) -> bool {
        self.lanes.get(lane).is_none_or(Option::is_none)
    }

    /// The free lane that is nearest, of two the left one.
    fn free_near(&self, lane: usize) -> usize {
        let free = (0..=self.lanes.len().max(lane)).filter(|lane| self.is_free(*lane));
        free.min_by_key(|free| free.abs_diff(lane)).unwrap_or(lane)
    }

    fn put(&mut self, at: usize, lane: Option<Lane>) {
        if self.lanes.len() <= at {
            self.lanes.resize_with(at + 1, || None);
        }
        self.lanes[at] = lane;
        self.width = self.width.max(at + 1);
    }
}
