//! A picture as tools read it: the JSON shape that does not change.

use serde::Serialize;

use super::{Item, Picture};
use crate::graph::Relation;
use crate::revision::RevisionId;

/// A picture with everything by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PictureView<'p> {
    /// The revisions, from the top.
    pub revisions: Vec<PlacedView<'p>>,
    /// The lines between them.
    pub lines: Vec<LineView<'p>>,
    /// How many lanes there are.
    pub lanes: usize,
}

/// A revision and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlacedView<'p> {
    /// The revision.
    #[serde(flatten)]
    pub item: &'p Item,
    /// Its row, from the top, from 0.
    pub row: usize,
    /// Its lane, from the left, from 0.
    pub lane: usize,
}

/// A line from a revision down to one that it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineView<'p> {
    /// The revision that needs the other one.
    pub from: &'p RevisionId,
    /// The revision that is needed.
    pub to: &'p RevisionId,
    /// `parent` or `depends_on`.
    pub relation: &'static str,
    /// Row and lane of its beginning, its turns and its end; straight in between.
    pub points: Vec<(usize, usize)>,
}

impl Picture {
    /// The picture as tools read it.
    pub fn view(&self) -> PictureView<'_> {
        let placed = self.rows().enumerate().map(|(row, (item, lane))| PlacedView { item, row, lane });
        let line = |line: &crate::graph::draw::Line| {
            Some(LineView {
                from: &self.items.get(line.link.above)?.id,
                to: &self.items.get(line.link.below)?.id,
                relation: relation(line.link.relation),
                points: line.points.iter().map(|point| (point.row, point.lane)).collect(),
            })
        };
        PictureView {
            revisions: placed.collect(),
            lines: self.drawing.lines.iter().filter_map(line).collect(),
            lanes: self.drawing.width,
        }
    }
}

/// A relation as tools and style sheets call it.
fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Parent => "parent",
        Relation::Dependency => "depends_on",
    }
}
