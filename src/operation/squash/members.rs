//! What a squash takes: the set, and what it hangs on.

use std::collections::HashSet;

use super::failure::SquashFailure;
use crate::error::Error;
use crate::graph::{Graph, Target};
use crate::project::History;
use crate::revision::{Checksum, Revision, RevisionId, SectionKind};

/// The revisions that a baseline is to replace. They have one head, and nothing else hangs on any but that.
#[derive(Debug)]
pub struct Members<'h> {
    /// The revisions in plan order; the last one is the sink.
    pub revisions: Vec<&'h Revision>,
    /// All that they need and that is not among them, in plan order.
    pub below: Vec<&'h Revision>,
    /// The revisions outside that members follow.
    pub parents: Vec<RevisionId>,
    /// The revisions outside that members depend on.
    pub depends_on: Vec<RevisionId>,
    /// The lineage of the sink.
    pub lineage: Checksum,
}

impl<'h> Members<'h> {
    /// Takes all that `to` needs, itself included, but for what `from` needs. Without `to` it is the only head.
    ///
    /// # Errors
    /// What a target can fail with; a revision in the way; fewer than two revisions; a section that no scratch can run.
    pub fn choose(history: &'h History, from: Option<&Target>, to: Option<&Target>) -> Result<Self, Error> {
        let graph = &history.graph;
        let head: Target = "head".parse()?;
        let tops = graph.resolve(to.unwrap_or(&head), None)?;
        let [sink] = &tops[..] else { return Err(SquashFailure::NoSink(tops).into()) };
        let from = from.map(|from| graph.resolve(from, None)).transpose()?.unwrap_or_default();
        let needed = graph.ancestors(std::slice::from_ref(sink));
        let below: HashSet<RevisionId> = graph.ancestors(&from).into_iter().collect();
        let (below, members): (Vec<_>, Vec<_>) = needed.into_iter().partition(|id| below.contains(id));
        if members.len() < 2 {
            return Err(SquashFailure::TooFew(members).into());
        }
        nothing_in_the_way(graph, &members, sink)?;
        let set: HashSet<&RevisionId> = members.iter().collect();
        let nodes = || members.iter().filter_map(|id| graph.get(id));
        let parents = outside(&set, nodes().flat_map(|node| node.parents()));
        let mut depends_on = outside(&set, nodes().flat_map(|node| node.depends_on()));
        depends_on.retain(|id| !parents.contains(id));
        let revisions: Vec<&Revision> = members.iter().filter_map(|id| history.get(id)).collect();
        revisions.iter().try_for_each(|revision| can_run_in_scratch(revision))?;
        // It is a revision of this history.
        let lineage = history.lineages().of(sink).unwrap_or(Checksum([0; 32]));
        let below = below.iter().filter_map(|id| history.get(id)).collect();
        Ok(Members { revisions, below, parents, depends_on, lineage })
    }

    /// The ids that a baseline stands for, through all levels, in plan order.
    pub fn ids(&self) -> Vec<RevisionId> {
        let with_own = |revision: &&Revision| revision.replaces.iter().chain([&revision.id]).cloned().collect::<Vec<_>>();
        self.revisions.iter().flat_map(with_own).collect()
    }

    /// The labels, each once.
    pub fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = self.revisions.iter().flat_map(|revision| revision.labels.clone()).collect();
        let mut seen = HashSet::new();
        labels.retain(|label| seen.insert(label.clone()));
        labels
    }

    /// Whether one of them has this id.
    pub fn contains(&self, id: &RevisionId) -> bool {
        self.revisions.iter().any(|revision| revision.id == *id)
    }
}

/// Whoever has a member for a parent or a dependency without being one must have the sink: then nothing leaves the set
/// and comes back, for what is above the sink can't be below it.
fn nothing_in_the_way(graph: &Graph, members: &[RevisionId], sink: &RevisionId) -> Result<(), Error> {
    let inside: HashSet<&RevisionId> = members.iter().filter(|id| *id != sink).collect();
    let set: HashSet<&RevisionId> = members.iter().collect();
    for node in graph.revisions().filter(|node| !set.contains(node.id())) {
        let needs = node.parents().into_iter().chain(node.depends_on()).find(|id| inside.contains(id));
        if let Some(needs) = needs {
            let failure =
                SquashFailure::InTheWay { revision: node.id().clone(), needs: needs.clone(), sink: sink.clone() };
            return Err(failure.into());
        }
    }
    Ok(())
}

fn outside<'g>(set: &HashSet<&RevisionId>, ids: impl Iterator<Item = &'g RevisionId>) -> Vec<RevisionId> {
    let mut ids: Vec<RevisionId> = ids.filter(|id| !set.contains(id)).cloned().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn can_run_in_scratch(revision: &Revision) -> Result<(), Error> {
    let section = revision.up().find(|section| !matches!(section.kind, SectionKind::Up(_)));
    match section {
        None => Ok(()),
        Some(section) => {
            Err(Error::UnsupportedSection { revision: revision.id.clone(), section: section.kind.name() })
        }
    }
}
