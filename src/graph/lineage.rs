//! The lineage: a hash over a revision and everything below it.
//!
//! Two databases whose heads have the same lineages ran the same history, or one that was proved equal to it.

use petgraph::Incoming;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use sha2::{Digest, Sha256};

use super::node::{Node, Relation};
use super::{Dag, Graph, RevisionId};
use crate::revision::Checksum;

/// Begins every hash of a revision, so that none can be taken for a hash of something else.
const REVISION_TAG: &[u8] = b"revgraph lineage v1\0";

/// Begins every hash of a database.
const DATABASE_TAG: &[u8] = b"revgraph database lineage v1\0";

/// What the lineage of a revision covers of the revision itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// The checksum of what it does up.
    pub up: Checksum,
    /// The lineage that a baseline carries in its header: that of the head of what it replaces. It stands for the
    /// revision and everything below it, so that a squash changes no lineage above.
    pub carried: Option<Checksum>,
}

/// The lineage of every revision of a graph. Made by [`Lineages::compute`].
#[derive(Debug)]
pub struct Lineages<'g> {
    graph: &'g Graph,
    /// In plan order.
    lineages: Vec<Checksum>,
}

impl<'g> Lineages<'g> {
    /// Computes all lineages, from what each revision's own content is.
    ///
    /// A lineage is the SHA-256 of: a tag; the id's length in bytes and the id; the up checksum; the number of
    /// parents and their lineages, sorted; the number of dependencies and their lineages, sorted. Numbers are 64 bits,
    /// big-endian. Lengths and numbers stand first so that no two revisions can be hashed as the same bytes.
    pub fn compute(graph: &'g Graph, content: impl Fn(&Node) -> Content) -> Lineages<'g> {
        let mut lineages = Vec::with_capacity(graph.len());
        for node in graph.dag.node_indices() {
            let content = content(&graph.dag[node]);
            let lineage = content.carried.unwrap_or_else(|| lineage(&graph.dag, node, content.up, &lineages));
            lineages.push(lineage);
        }
        Lineages { graph, lineages }
    }

    /// The lineage of a revision; none where the graph doesn't have it.
    pub fn of(&self, id: &RevisionId) -> Option<Checksum> {
        self.lineages.get(self.graph.index(id)?.index()).copied()
    }
}

/// The lineage of a database: the hash of its heads' lineages, sorted. An empty database has one too.
pub fn database_lineage(heads: impl IntoIterator<Item = Checksum>) -> Checksum {
    let mut hash = Sha256::new_with_prefix(DATABASE_TAG);
    hash_sorted(&mut hash, heads.into_iter().collect());
    Checksum(hash.finalize().into())
}

/// `below`: the lineages of all that comes before the node in plan order, so of all that it needs.
fn lineage(dag: &Dag, node: NodeIndex, up: Checksum, below: &[Checksum]) -> Checksum {
    let needed = |relation| {
        let edges = dag.edges_directed(node, Incoming).filter(move |edge| *edge.weight() == relation);
        edges.map(|edge| below[edge.source().index()]).collect()
    };
    lineage_of(&dag[node].id, up, needed(Relation::Parent), needed(Relation::Dependency))
}

/// The lineage of a revision, from its id, its up checksum, and the lineages of its parents and dependencies in any
/// order: what [`Lineages::compute`] says is hashed.
pub fn lineage_of(id: &RevisionId, up: Checksum, parents: Vec<Checksum>, depends_on: Vec<Checksum>) -> Checksum {
    let id = id.as_str();
    let mut hash = Sha256::new_with_prefix(REVISION_TAG);
    hash_number(&mut hash, id.len());
    hash.update(id);
    hash.update(up.0);
    hash_sorted(&mut hash, parents);
    hash_sorted(&mut hash, depends_on);
    Checksum(hash.finalize().into())
}

fn hash_sorted(hash: &mut Sha256, mut lineages: Vec<Checksum>) {
    lineages.sort_unstable();
    hash_number(hash, lineages.len());
    for lineage in lineages {
        hash.update(lineage.0);
    }
}

fn hash_number(hash: &mut Sha256, number: usize) {
    hash.update((number as u64).to_be_bytes());
}
