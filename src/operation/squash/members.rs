//! What a squash takes: the set, and what it hangs on.

use std::collections::HashSet;

use crate::error::Error;
use crate::graph::{Region, Target};
use crate::operation::region::region;
use crate::operation::scratch::{Beyond, reaches_beyond};
use crate::operation::sources::loads;
use crate::project::{History, Scratch};
use crate::revision::{Checksum, Revision, RevisionId, Section};
use crate::schema::dump::Manner;

/// The revisions that a baseline is to replace.
#[derive(Debug)]
pub struct Members<'h> {
    /// The revisions in plan order; the last one is the sink.
    pub revisions: Vec<&'h Revision>,
    /// All that they need and that is not among them, in plan order.
    pub below: Vec<&'h Revision>,
    /// The same in terms of the graph.
    pub region: Region,
    /// The lineage of the sink.
    pub lineage: Checksum,
}

impl<'h> Members<'h> {
    /// Takes what lies from `from` up to `to`, both included. Without `from` all that `to` needs, without `to` up to
    /// the only head.
    ///
    /// # Errors
    /// What [`region`] can fail with; a section that no scratch can run.
    pub fn choose(
        history: &'h History,
        settings: &Scratch,
        from: Option<&Target>,
        to: Option<&Target>,
    ) -> Result<Self, Error> {
        let graph = &history.graph;
        let region = region(history, settings, from, to)?;
        let revisions: Vec<&Revision> = region.revisions.iter().filter_map(|id| history.get(id)).collect();
        let inside: HashSet<&RevisionId> = region.revisions.iter().collect();
        let needed = graph.ancestors(&region.revisions);
        let below = needed.iter().filter(|id| !inside.contains(id)).filter_map(|id| history.get(id)).collect();
        // A region has a sink, and that is a revision of this history.
        let lineage = region.sink().and_then(|sink| history.lineages().of(sink)).unwrap_or(Checksum([0; 32]));
        Ok(Members { revisions, below, region, lineage })
    }

    /// The ids that a baseline stands for, through all levels, in plan order.
    pub fn ids(&self) -> Vec<RevisionId> {
        let with_own =
            |revision: &&Revision| revision.replaces.iter().chain([&revision.id]).cloned().collect::<Vec<_>>();
        self.revisions.iter().flat_map(with_own).collect()
    }

    /// The labels, each once.
    pub fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = self.revisions.iter().flat_map(|revision| revision.labels.clone()).collect();
        let mut seen = HashSet::new();
        labels.retain(|label| seen.insert(label.clone()));
        labels
    }

    /// How their statements speak of schemas and extensions.
    pub fn manner(&self) -> Manner {
        let text = |member: &&'h Revision, section: &'h Section| member.source.slice(section.body.clone());
        let ups = self.revisions.iter().flat_map(|member| member.up().map(move |section| text(member, section)));
        let downs = self.revisions.iter().flat_map(|member| member.down().map(move |section| text(member, section)));
        Manner::of(ups, downs)
    }

    /// All revisions that are to run in a scratch.
    pub fn all(&self) -> impl Iterator<Item = &'h Revision> + '_ {
        self.below.iter().chain(&self.revisions).copied()
    }

    /// Why `pg_dump` can't make the baseline, as far as the files tell.
    pub fn against_snapshot(&self) -> Option<String> {
        if let Some(below) = self.below.last() {
            return Some(format!("it starts above {}, and a dump would hold what that builds as well", below.id));
        }
        if let Some(retires) = self.revisions.iter().find(|revision| revision.retires().next().is_some()) {
            return Some(format!("{} retires objects, and their names depend on the day on which it runs", retires.id));
        }
        if let Some((_, load)) = self.revisions.iter().copied().flat_map(loads).next() {
            let (id, source) = (&load.revision().id, load.source());
            return Some(format!(
                "{id} has a [load] section, and a dump would hold the rows that stand for {source:?}"
            ));
        }
        let beyond = self.revisions.iter().find_map(|revision| Some((&revision.id, beyond_database(revision)?)));
        beyond.map(|(id, what)| format!("{id} has {what}, which pg_dump leaves out: it belongs to the whole server"))
    }

    /// Whether something of them reaches beyond the database that it runs in, and would be found there by the next one.
    pub fn reach_beyond(&self) -> bool {
        self.all().any(|revision| beyond_database(revision).is_some())
    }
}

/// What a revision changes that can't be seen in its database. What it changes of the database itself can.
fn beyond_database(revision: &Revision) -> Option<Beyond> {
    reaches_beyond(revision).into_iter().find(|beyond| *beyond != Beyond::Database)
}
