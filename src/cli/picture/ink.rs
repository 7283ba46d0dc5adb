//! What SVG and the page share: the pieces of lines, each once and with its colour.

use std::collections::BTreeMap;

use crate::graph::Relation;
use crate::graph::draw::{Drawing, Point};

/// How many colours lanes have, in turn.
pub const COLOURS: usize = 8;

/// A piece of a line: straight down a lane, or from one row to the next into another lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    /// Its upper end.
    pub from: Point,
    /// Its lower end.
    pub to: Point,
}

/// How a piece is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stroke {
    /// Solid or dashed.
    pub relation: Relation,
    /// The number of its colour: a branch has its own, also where it leaves another line and where it comes back.
    pub colour: usize,
}

/// The pieces of all lines by how they are drawn. Where lines run together there is one piece.
pub fn strokes(drawing: &Drawing) -> BTreeMap<Stroke, Vec<Piece>> {
    let mut strokes: BTreeMap<Stroke, Vec<Piece>> = BTreeMap::new();
    for line in &drawing.lines {
        for pair in line.points.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let colour = from.lane.max(to.lane) % COLOURS;
            strokes.entry(Stroke { relation: line.link.relation, colour }).or_default().push(Piece { from, to });
        }
    }
    for pieces in strokes.values_mut() {
        pieces.sort_unstable();
        pieces.dedup();
    }
    strokes
}
