//! Which item stands above which.

use super::{Link, Relation, by_item};

/// The order of items in a picture, from the top: everything above what it needs, and what belongs to one line together,
/// as in `git log --topo-order`. Items are numbered from the newest to the oldest; what comes first otherwise is the newer
/// one. Of the lines below a merge, the longest comes last, so that the shorter ones run beside it for a short way only.
///
/// Where links make a cycle, which no graph of files does, the newest item of it comes first.
pub fn order(count: usize, links: &[Link]) -> Vec<usize> {
    let needs = by_item(count, links);
    let mut waits_for = vec![0_usize; count];
    for link in links {
        waits_for[link.below] += 1;
    }
    let heights = heights(count, &needs);
    let mut ready: Vec<usize> = (0..count).rev().filter(|item| waits_for[*item] == 0).collect();
    let mut is_placed = vec![false; count];
    let mut newest_left = 0;
    let mut items = Vec::with_capacity(count);
    while items.len() < count {
        let next = ready.pop().or_else(|| {
            // Only a cycle is left.
            newest_left += is_placed[newest_left..].iter().position(|is_placed| !is_placed)?;
            Some(newest_left)
        });
        let Some(item) = next else { break };
        if std::mem::replace(&mut is_placed[item], true) {
            continue;
        }
        items.push(item);
        let mut below = needs[item].clone();
        // What is to come first goes last onto the stack.
        below.sort_by_key(|link| {
            (link.relation == Relation::Parent, std::cmp::Reverse(heights[link.below]), std::cmp::Reverse(link.below))
        });
        for link in below {
            waits_for[link.below] = waits_for[link.below].saturating_sub(1);
            if waits_for[link.below] == 0 {
                ready.push(link.below);
            }
        }
    }
    items
}

/// How many items stand below each, along the longest way down.
pub(super) fn heights(count: usize, needs: &[Vec<Link>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut above = vec![Vec::new(); count];
    for link in needs.iter().flatten() {
        above[link.below].push(link.above);
    }
    let mut heights = vec![0; count];
    let mut done: Vec<usize> = (0..count).filter(|item| waiting[*item] == 0).collect();
    while let Some(item) = done.pop() {
        for &next in &above[item] {
            heights[next] = heights[next].max(heights[item] + 1);
            waiting[next] -= 1;
            if waiting[next] == 0 {
                done.push(next);
            }
        }
    }
    heights
}
