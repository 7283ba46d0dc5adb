//! The lineages of rows that stand above a changed one.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::database::ledger::GraphRow;
use crate::graph::lineage_of;
use crate::revision::{Checksum, RevisionId};

/// The lineages that differ from those that the rows have, once `changed` rows are as they are given here: of these and
/// of all that stands on them. The rows `given` have lineages that are given, and only what stands on them is computed.
///
/// A baseline carries the lineage that its proof has earned, and with it goes the last of what it replaces: neither is
/// computed. Where something below isn't known, nothing above it is.
pub fn relined(rows: &[GraphRow], changed: &[RevisionId], given: &[RevisionId]) -> Vec<(RevisionId, Checksum)> {
    let baselines = rows.iter().filter_map(|row| Some((&row.id, row.replaces.last()?)));
    let carried: HashSet<&RevisionId> = baselines.flat_map(|(id, sink)| [id, sink]).chain(given).collect();
    let mut lineages: HashMap<&RevisionId, Option<Checksum>> = rows.iter().map(|row| (&row.id, row.lineage)).collect();
    let mut touched: HashSet<&RevisionId> = changed.iter().chain(given).collect();
    let mut found = Vec::new();
    for row in in_order(rows) {
        let below = || row.parents.iter().chain(&row.depends_on);
        if carried.contains(&row.id) || !(touched.contains(&row.id) || below().any(|id| touched.contains(id))) {
            continue;
        }
        let of = |ids: &[RevisionId]| -> Option<Vec<Checksum>> {
            ids.iter().map(|id| lineages.get(id).copied().flatten()).collect()
        };
        let (Some(up), Some(parents), Some(depends_on)) = (row.up, of(&row.parents), of(&row.depends_on)) else {
            continue;
        };
        let lineage = lineage_of(&row.id, up, parents, depends_on);
        if row.lineage != Some(lineage) {
            touched.insert(&row.id);
            lineages.insert(&row.id, Some(lineage));
            found.push((row.id.clone(), lineage));
        }
    }
    found
}

/// The rows with what each stands on before it. Rows in a circle, which revgraph never wrote, are left out.
fn in_order(rows: &[GraphRow]) -> Vec<&GraphRow> {
    let by_id: HashMap<&RevisionId, &GraphRow> = rows.iter().map(|row| (&row.id, row)).collect();
    let mut waits_for: HashMap<&RevisionId, usize> = HashMap::new();
    let mut above: HashMap<&RevisionId, Vec<&GraphRow>> = HashMap::new();
    for row in rows {
        let below: HashSet<&RevisionId> =
            row.parents.iter().chain(&row.depends_on).filter(|id| by_id.contains_key(id)).collect();
        waits_for.insert(&row.id, below.len());
        below.into_iter().for_each(|id| above.entry(id).or_default().push(row));
    }
    let mut ready: VecDeque<&GraphRow> = rows.iter().filter(|row| waits_for.get(&row.id) == Some(&0)).collect();
    let mut ordered = Vec::with_capacity(rows.len());
    while let Some(row) = ready.pop_front() {
        ordered.push(row);
        for next in above.remove(&row.id).unwrap_or_default() {
            let left = waits_for.entry(&next.id).or_default();
            *left = left.saturating_sub(1);
            if *left == 0 {
                ready.push_back(next);
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> RevisionId {
        RevisionId::new(text).unwrap()
    }

    fn up(text: &str) -> Checksum {
        Checksum::of_bytes(text.as_bytes())
    }

    /// A chain whose lineages are right, the newest row first.
    fn chain(ids: &[&str]) -> Vec<GraphRow> {
        let mut rows: Vec<GraphRow> = Vec::new();
        for (number, text) in ids.iter().enumerate() {
            let below: Vec<RevisionId> = number.checked_sub(1).map(|below| id(ids[below])).into_iter().collect();
            let lineages = rows.first().map(|row: &GraphRow| row.lineage.unwrap()).into_iter().collect();
            let lineage = Some(lineage_of(&id(text), up(text), lineages, Vec::new()));
            let (depends_on, replaces) = (Vec::new(), Vec::new());
            rows.insert(
                0,
                GraphRow { id: id(text), parents: below, depends_on, replaces, up: Some(up(text)), lineage },
            );
        }
        rows
    }

    fn ids(found: &[(RevisionId, Checksum)]) -> Vec<&str> {
        found.iter().map(|(id, _)| id.as_str()).collect()
    }

    #[test]
    fn a_change_goes_all_the_way_up() {
        let mut rows = chain(&["a", "b", "c", "d"]);
        assert!(relined(&rows, &[id("b")], &[]).is_empty(), "nothing has changed");
        rows[2].up = Some(up("other"));
        let found = relined(&rows, &[id("b")], &[]);
        assert_eq!(ids(&found), ["b", "c", "d"]);
        let below = rows[3].lineage.unwrap();
        assert_eq!(found[0].1, lineage_of(&id("b"), up("other"), vec![below], Vec::new()));
        assert_eq!(found[1].1, lineage_of(&id("c"), up("c"), vec![found[0].1], Vec::new()));
    }

    #[test]
    fn it_stops_where_a_baseline_carries_its_own() {
        let mut rows = chain(&["a", "b", "c", "d"]);
        let baseline = GraphRow { id: id("line"), replaces: vec![id("b"), id("c")], ..rows[1].clone() };
        rows.push(baseline);
        rows[2].up = Some(up("other"));
        assert_eq!(ids(&relined(&rows, &[id("b")], &[])), ["b"], "c is the last of what the baseline replaces");
    }

    #[test]
    fn what_is_not_known_stays_so() {
        let mut rows = chain(&["a", "b", "c"]);
        rows[2].up = Some(up("other"));
        rows[1].up = None;
        assert_eq!(ids(&relined(&rows, &[id("a")], &[])), ["a"]);
        // A circle is nothing to follow.
        let mut circle = chain(&["a", "b"]);
        circle[1].parents = vec![id("b")];
        assert!(relined(&circle, &[id("a")], &[]).is_empty());
    }

    #[test]
    fn a_dependency_counts_as_well() {
        let mut rows = chain(&["a", "b"]);
        let lineage = lineage_of(&id("z"), up("z"), Vec::new(), vec![rows[1].lineage.unwrap()]);
        let z = GraphRow {
            id: id("z"),
            parents: Vec::new(),
            depends_on: vec![id("a")],
            up: Some(up("z")),
            lineage: Some(lineage),
            ..rows[0].clone()
        };
        rows.push(z);
        rows[1].up = Some(up("other"));
        let mut found = relined(&rows, &[id("a")], &[]);
        found.sort();
        assert_eq!(ids(&found), ["a", "b", "z"]);
    }
}
