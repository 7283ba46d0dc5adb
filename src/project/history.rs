//! The revisions of a project: their files read, and their graph.

use std::collections::HashMap;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crate::graph::{Content, Graph, GraphError, Lineages, Node, Origin, Reference};
use crate::revision::{Problem, Revision, RevisionId};

/// All revisions of a project and how they hang together.
#[derive(Debug)]
pub struct History {
    /// The graph.
    pub graph: Graph,
    revisions: HashMap<RevisionId, Revision>,
}

/// Why the files don't make a history. Everything that is wrong is there, not the first thing alone.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Files can't be read, or not understood.
    #[error("{} of the revision files can't be used", .0.len())]
    Problems(Vec<Problem>),
    /// The files are sound, but not the graph that they make.
    #[error("the revisions do not make a graph")]
    Graph(Vec<GraphError>),
}

impl History {
    /// Reads every `.sql` file of a folder. Files that begin with a dot are passed over.
    pub fn load(folder: &Path) -> Result<History, LoadError> {
        let paths = sql_files(folder).map_err(|problem| LoadError::Problems(vec![problem]))?;
        let revisions = read_all(&paths).map_err(LoadError::Problems)?;
        History::from_revisions(revisions).map_err(LoadError::Graph)
    }

    /// Takes revisions that are read already.
    pub fn from_revisions(revisions: Vec<Revision>) -> Result<History, Vec<GraphError>> {
        let graph = Graph::build(revisions.iter().map(node).collect())?;
        let revisions = revisions.into_iter().map(|revision| (revision.id.clone(), revision)).collect();
        Ok(History { graph, revisions })
    }

    /// A revision by its id.
    pub fn get(&self, id: &RevisionId) -> Option<&Revision> {
        self.revisions.get(id)
    }

    /// All revisions, in no order.
    pub fn revisions(&self) -> impl Iterator<Item = &Revision> {
        self.revisions.values()
    }

    /// The graph's nodes, for whoever wants to add to them.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        self.revisions.values().map(node)
    }

    /// The lineage of every revision.
    pub fn lineages(&self) -> Lineages<'_> {
        Lineages::compute(&self.graph, |node| match self.revisions.get(&node.id) {
            Some(revision) => Content { up: revision.up_checksum, carried: revision.lineage },
            // Every node of this graph was made from one of these revisions.
            None => Content { up: crate::revision::Checksum([0; 32]), carried: None },
        })
    }
}

/// A revision as a node of the graph.
fn node(revision: &Revision) -> Node {
    let line = |offset: usize| u32::try_from(revision.source.position(offset).line).ok();
    let reference = |reference: &crate::revision::Reference| Reference {
        text: reference.text.clone(),
        line: line(reference.span.start),
    };
    Node {
        parents: revision.parents.iter().map(reference).collect(),
        depends_on: revision.depends_on.iter().map(reference).collect(),
        labels: revision.labels.clone(),
        replaces: revision.replaces.clone(),
        created: revision.created,
        origin: Some(Origin { file: Arc::from(revision.source.path()), line: None }),
        ..Node::new(revision.id.clone())
    }
}

/// The folder's `.sql` files by name, so that messages come in an order that holds.
fn sql_files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let unreadable = |error: std::io::Error| {
        Problem::without_place(folder, format!("the folder of the revisions can't be read: {error}"))
            .help("`revgraph init` makes a new project; `revisions = …` in revgraph.toml names another folder")
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".sql") && !name.starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

/// So many files are read by one thread; fewer are not worth another.
const FILES_A_THREAD: usize = 64;

fn read_all(paths: &[PathBuf]) -> Result<Vec<Revision>, Vec<Problem>> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = paths.len().div_ceil(cores).max(FILES_A_THREAD);
    let results: Vec<Result<Revision, Vec<Problem>>> = thread::scope(|scope| {
        let read = |paths: &[PathBuf]| paths.iter().map(|path| Revision::read(path)).collect::<Vec<_>>();
        let mut shares = paths.chunks(share);
        let own = shares.next().unwrap_or_default();
        let others: Vec<_> = shares.map(|paths| scope.spawn(move || read(paths))).collect();
        let mut results = read(own);
        for other in others {
            // A thread that panicked goes on panicking here.
            results.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    });
    let mut revisions = Vec::with_capacity(results.len());
    let mut problems = Vec::new();
    for result in results {
        match result {
            Ok(revision) => revisions.push(revision),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(revisions) } else { Err(problems) }
}
