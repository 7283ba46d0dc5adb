//! Where the parts of a picture stand: one row a revision, the newest first, and lanes beside each other for lines that run
//! at the same time. Pure geometry, in whole rows and lanes; whoever draws decides how large these are.

use super::Relation;

mod lanes;
mod order;
#[cfg(test)]
mod tests;

pub use order::order;

/// A line from one item to another that it needs. Items are known by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The item that needs the other one.
    pub above: usize,
    /// The item that is needed.
    pub below: usize,
    /// What the needed one is to it.
    pub relation: Relation,
}

/// A picture's geometry, made by [`Drawing::new`]. No two items stand at one place, no line passes through the place of an
/// item that it neither begins nor ends at, and each line goes down only. The same items and links give the same picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drawing {
    /// The item of each row, from the top.
    pub items: Vec<usize>,
    /// The lane of each row's item, from 0.
    pub lanes: Vec<usize>,
    /// How many lanes there are.
    pub width: usize,
    /// The lines.
    pub lines: Vec<Line>,
}

/// The way of a link through a drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What is linked.
    pub link: Link,
    /// Where it begins, where it changes its lane, and where it ends; straight in between. It changes lanes only from one
    /// row to the next, and may skip any number of lanes there.
    pub points: Vec<Point>,
}

/// A place in a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// The row, from the top, from 0.
    pub row: usize,
    /// The lane, from the left, from 0.
    pub lane: usize,
}

impl Drawing {
    /// Draws items that are numbered from the newest to the oldest. Of several links between the same two items one is
    /// drawn, a parent's where there is one; links that lead nowhere, and those without which there would be no cycle,
    /// are left out.
    ///
    /// What belongs to one line comes together, see [`order()`], unless it takes fewer lanes to have all in the order of
    /// their numbers: so it does where two trees grow beside each other for long, and one leans on the other.
    pub fn new(count: usize, links: &[Link]) -> Drawing {
        let links = distinct(count, links);
        let together = lanes::draw(order(count, &links), &links);
        if links.iter().any(|link| link.below < link.above) {
            return together;
        }
        let by_number = lanes::draw((0..count).collect(), &links);
        if by_number.width < together.width { by_number } else { together }
    }
}

/// Links between items that there are, each pair's once, by the items that need.
fn distinct(count: usize, links: &[Link]) -> Vec<Link> {
    let is_one = |link: &&Link| link.above < count && link.below < count && link.above != link.below;
    let mut links: Vec<Link> = links.iter().filter(is_one).copied().collect();
    links.sort_unstable();
    links.dedup_by_key(|link| (link.above, link.below));
    links
}

/// The links of each item to what it needs.
fn by_item(count: usize, links: &[Link]) -> Vec<Vec<Link>> {
    let mut needs = vec![Vec::new(); count];
    for link in links {
        needs[link.above].push(*link);
    }
    needs
}
