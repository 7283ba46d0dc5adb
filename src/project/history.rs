//! The revisions of a project: their files read, and their graph.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::archive::Archive;
use super::kept::Kept;
use super::overlay::OverlayError;
use crate::graph::{Action, Content, Graph, GraphError, Layout, Lineages, Node, NodeRef, Origin, Plan, Reference};
use crate::revision::{Problem, Revision, RevisionId};

/// All revisions of a project and how they hang together.
#[derive(Debug)]
pub struct History {
    /// The graph.
    pub graph: Graph,
    /// In plan order, as in the graph.
    revisions: Vec<Revision>,
    /// The baselines that are no nodes of the graph, because their members are.
    expanded: Vec<Revision>,
    /// What the graph is built from, where that is more than live files.
    layout: Option<Layout>,
    /// Where replaced revisions are, if there is such a place.
    archive: Option<Archive>,
    /// How many names the sinks of baselines have, where that is more than one.
    sinks: HashMap<RevisionId, usize>,
    /// What a database keeps of revisions that have no file, where it was asked.
    kept: Option<Arc<Kept>>,
    /// Files that make no graph by themselves, because others are missing; none of them is in the graph.
    incomplete: Option<Incomplete>,
}

/// Files that make no graph.
#[derive(Debug)]
struct Incomplete {
    revisions: Vec<Revision>,
    errors: Vec<GraphError>,
}

/// Why the files don't make a history. Everything that is wrong is there, not the first thing alone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The folder can't be read.
    #[error("{0}")]
    Folder(Problem),
    /// A squash or restore was interrupted, and can be neither finished nor undone.
    #[error("{0}")]
    Interrupted(Problem),
    /// Files can't be read, or not understood.
    #[error("{}", first_of(.0))]
    Problems(Vec<Problem>),
    /// The files are sound, but not the graph that they make.
    #[error("{}", first_of(.0))]
    Graph(Vec<GraphError>),
}

/// The first of what is wrong, and how much more there is.
fn first_of(errors: &[impl std::fmt::Display]) -> String {
    match errors {
        [] => String::new(),
        [only] => only.to_string(),
        [first, more @ ..] => format!("{first} (and {} more)", more.len()),
    }
}

impl History {
    /// Reads every `.sql` file of a folder. Files that begin with a dot are passed over.
    pub fn load(folder: &Path) -> Result<History, LoadError> {
        History::read(folder, None)
    }

    /// The same with the archive of what was replaced. Nothing of it is read before something of it is needed.
    pub fn load_with(folder: &Path, archive: Archive) -> Result<History, LoadError> {
        History::read(folder, Some(archive))
    }

    fn read(folder: &Path, archive: Option<Archive>) -> Result<History, LoadError> {
        History::with_archive(read_folder(folder)?, archive)
    }

    /// Reads a folder whose files make no graph, because of these errors: nothing stands in this history before it is
    /// completed.
    pub(super) fn load_incomplete(
        folder: &Path,
        archive: Archive,
        errors: Vec<GraphError>,
    ) -> Result<History, LoadError> {
        let empty = History::from_revisions(Vec::new()).map_err(LoadError::Graph)?;
        let incomplete = Some(Incomplete { revisions: read_folder(folder)?, errors });
        Ok(History { archive: Some(archive), incomplete, ..empty })
    }

    /// Why this history can't be used before it is completed; none if it can.
    pub fn check_complete(&self) -> Result<(), LoadError> {
        match &self.incomplete {
            Some(incomplete) => Err(LoadError::Graph(incomplete.errors.clone())),
            None => Ok(()),
        }
    }

    /// The ids that the files have, as revisions and as what baselines among them replace.
    pub fn names_in_files(&self) -> HashSet<&RevisionId> {
        let files = self.files().chain(&self.expanded);
        files.flat_map(|revision| std::iter::once(&revision.id).chain(&revision.replaces)).collect()
    }

    /// The revisions that have a live file.
    pub fn ids_of_files(&self) -> HashSet<&RevisionId> {
        self.files().map(|revision| &revision.id).collect()
    }

    /// The revisions of all files that were read, whether they make a graph or not.
    fn files(&self) -> impl Iterator<Item = &Revision> {
        self.revisions.iter().chain(self.incomplete.iter().flat_map(|incomplete| &incomplete.revisions))
    }

    /// This history with what a database keeps of the revisions that have no file: those that the files know nothing of
    /// stand in the graph, and where an archive lacks what a baseline replaces, it is taken from there.
    ///
    /// # Errors
    /// What is kept isn't what was recorded; or the files still make no graph with it.
    pub fn completed(&self, kept: Kept) -> Result<History, OverlayError> {
        let joining = kept.verified(kept.lacking(&self.names_in_files()))?;
        let sinks = match (&self.incomplete, &self.archive) {
            (Some(incomplete), Some(archive)) => sinks(&incomplete.revisions, archive)?,
            _ => self.sinks.clone(),
        };
        let (nodes, joining): (Vec<Node>, Vec<Revision>) = joining.into_iter().unzip();
        let layout = Layout::new(self.files().map(|revision| node_with(revision, &sinks)).chain(nodes).collect());
        let loose = self.incomplete.iter().flat_map(|incomplete| incomplete.revisions.iter().cloned());
        let made = self.laid_out(layout, loose.chain(joining));
        let made = made.map_err(|error| self.check_complete().err().unwrap_or(error))?;
        Ok(History { kept: Some(Arc::new(kept)), sinks, ..made })
    }

    /// Of the revisions that a plan runs, those that a database keeps and the files lack, in the plan's order.
    pub fn kept_of(&self, plan: &Plan) -> Vec<RevisionId> {
        let runs = plan.steps.iter().filter(|step| matches!(step.action, Action::Run(_)));
        let revisions = runs.filter_map(|step| self.get(&step.revision));
        let gave = |revision: &&Revision| self.kept().is_some_and(|kept| kept.gave(revision));
        revisions.filter(gave).map(|revision| revision.id.clone()).collect()
    }

    /// What a database keeps of revisions without a file, where it was asked.
    pub fn kept(&self) -> Option<&Kept> {
        self.kept.as_deref()
    }

    /// Takes revisions that are read already.
    pub fn from_revisions(revisions: Vec<Revision>) -> Result<History, Vec<GraphError>> {
        let graph = Graph::build(revisions.iter().map(node).collect())?;
        Ok(History::of(graph, revisions))
    }

    /// The same with the archive of what they replaced.
    pub fn with_archive(revisions: Vec<Revision>, archive: Option<Archive>) -> Result<History, LoadError> {
        match (Graph::build(revisions.iter().map(node).collect()), &archive) {
            (Ok(graph), _) => Ok(History { archive, ..History::of(graph, revisions) }),
            // Only the archive knows whether what they follow is one more name of a baseline's sink.
            (Err(errors), Some(known)) if errors.iter().any(|error| error.kind() == "parent_inside_baseline") => {
                let sinks = sinks(&revisions, known).map_err(|problem| LoadError::Problems(vec![problem]))?;
                let nodes = revisions.iter().map(|revision| node_with(revision, &sinks));
                let graph = Graph::build(nodes.collect()).map_err(LoadError::Graph)?;
                Ok(History { archive, sinks, ..History::of(graph, revisions) })
            }
            (Err(errors), _) => Err(LoadError::Graph(errors)),
        }
    }

    /// A graph with the revisions of its nodes, in any order.
    fn of(graph: Graph, mut revisions: Vec<Revision>) -> History {
        // By way of keys, so that each revision, a large thing, is moved once.
        revisions.sort_by_cached_key(|revision| graph.get(&revision.id).map(NodeRef::position));
        let (expanded, sinks) = (Vec::new(), HashMap::new());
        History { graph, revisions, expanded, layout: None, archive: None, sinks, kept: None, incomplete: None }
    }

    /// This history with more revisions, in the graph that a layout of them all makes: baselines that it has expanded
    /// are no nodes any more.
    pub(super) fn laid_out(&self, layout: Layout, more: impl Iterator<Item = Revision>) -> Result<History, LoadError> {
        let graph = layout.clone().build().map_err(LoadError::Graph)?;
        let revisions = self.revisions.iter().chain(&self.expanded).cloned().chain(more);
        let (revisions, mut expanded): (Vec<Revision>, Vec<Revision>) =
            revisions.partition(|revision| graph.get(&revision.id).is_some());
        expanded.retain(|revision| !revision.replaces.is_empty());
        let (archive, kept) = (self.archive.clone(), self.kept.clone());
        Ok(History { expanded, layout: Some(layout), archive, kept, ..History::of(graph, revisions) })
    }

    /// What the graph is built from.
    pub(super) fn layout(&self) -> Layout {
        self.layout.clone().unwrap_or_else(|| Layout::new(self.nodes().collect()))
    }

    /// The archive, if there is a place for one.
    pub fn archive(&self) -> Option<&Archive> {
        self.archive.as_ref()
    }

    /// A revision by its id; also a baseline that is expanded.
    pub fn get(&self, id: &RevisionId) -> Option<&Revision> {
        match self.graph.get(id) {
            Some(node) => self.revision_of(node),
            None => self.expanded.iter().find(|revision| revision.id == *id),
        }
    }

    /// The revision of a node of this history's graph.
    pub fn revision_of(&self, node: NodeRef<'_>) -> Option<&Revision> {
        self.revisions.get(node.position())
    }

    /// All revisions, in plan order.
    pub fn revisions(&self) -> impl Iterator<Item = &Revision> {
        self.revisions.iter()
    }

    /// The graph that there is with one revision more, or what is wrong then.
    pub fn graph_with(&self, revision: &Revision) -> Result<Graph, Vec<GraphError>> {
        Graph::build(self.nodes().chain([node(revision)]).collect())
    }

    /// Fails where the files would be no graph with these among them.
    pub fn check_with(&self, revisions: Vec<Revision>) -> Result<(), Vec<GraphError>> {
        Graph::build(self.nodes().chain(revisions.iter().map(node)).collect()).map(|_| ())
    }

    /// The graph's nodes, for whoever wants to add to them.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        self.revisions.iter().map(|revision| node_with(revision, &self.sinks))
    }

    /// The lineage of every revision.
    pub fn lineages(&self) -> Lineages<'_> {
        Lineages::compute(&self.graph, |node| match self.get(&node.id) {
            Some(revision) => Content { up: revision.up_checksum, carried: revision.lineage },
            // Every node of this graph was made from one of these revisions.
            None => Content { up: crate::revision::Checksum([0; 32]), carried: None },
        })
    }
}

/// All revisions of a folder.
fn read_folder(folder: &Path) -> Result<Vec<Revision>, LoadError> {
    let (paths, mut problems) = sql_files(folder).map_err(LoadError::Folder)?;
    let read = Files::read_all(&paths);
    problems.extend(read.problems);
    match problems[..] {
        [] => Ok(read.revisions),
        _ => Err(LoadError::Problems(problems)),
    }
}

/// The revisions of a folder that can be read, whatever is wrong with others.
pub(super) fn legible(folder: &Path) -> Vec<Revision> {
    sql_files(folder).map(|(paths, _)| Files::read_all(&paths).revisions).unwrap_or_default()
}

/// How many of the last revisions that a baseline replaces are one: a baseline, whose sink may be a baseline, and so on.
fn sinks(revisions: &[Revision], archive: &Archive) -> Result<HashMap<RevisionId, usize>, Problem> {
    let mut sinks = HashMap::new();
    for baseline in revisions {
        let mut names = 0;
        let mut last = baseline.replaces.last().cloned();
        while let Some(sink) = last.filter(|_| names < baseline.replaces.len()) {
            names += 1;
            let within = archive.manifest(&sink)?.and_then(|manifest| manifest.revisions.into_iter().next_back());
            last = within.map(|member| member.id);
        }
        if names > 1 {
            sinks.insert(baseline.id.clone(), names);
        }
    }
    Ok(sinks)
}

fn node_with(revision: &Revision, sinks: &HashMap<RevisionId, usize>) -> Node {
    Node { sinks: sinks.get(&revision.id).copied().unwrap_or(1), ..node(revision) }
}

/// A revision as a node of the graph.
pub(super) fn node(revision: &Revision) -> Node {
    let reference = |reference: &crate::revision::Reference| Reference {
        text: reference.text.clone(),
        line: u32::try_from(reference.line).ok(),
    };
    Node {
        parents: revision.parents.iter().map(reference).collect(),
        depends_on: revision.depends_on.iter().map(reference).collect(),
        labels: revision.labels.clone(),
        replaces: revision.replaces.clone(),
        created: revision.created,
        origin: Some(Origin { file: Arc::clone(revision.source.shared_path()), line: None }),
        ..Node::new(revision.id.clone())
    }
}

/// The folder's `.sql` files by name, so that messages come in an order that holds; and what is called so
/// without being a file.
fn sql_files(folder: &Path) -> Result<(Vec<PathBuf>, Vec<Problem>), Problem> {
    let unreadable = |error: std::io::Error| {
        Problem::without_place(folder, format!("the folder of the revisions can't be read: {error}"))
            .help("`revgraph init` makes a new project; `revisions = …` in revgraph.toml names another folder")
    };
    let (mut names, mut problems) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let bytes = name.as_encoded_bytes();
        if !bytes.ends_with(b".sql") || bytes.starts_with(b".") {
            continue;
        }
        if is_something_else(&entry) {
            problems.push(Problem::without_place(&entry.path(), "is not a file").help("give it another name"));
        } else {
            names.push(name);
        }
    }
    // Names, not paths, whose order takes them apart again and again.
    names.sort_unstable();
    let paths = names.into_iter().map(|name| folder.join(name)).collect();
    problems.sort_unstable_by(|one, other| one.path().cmp(other.path()));
    Ok((paths, problems))
}

/// Whether there is a folder, a pipe or the like, which must not be read: a pipe would be waited for. A link that
/// leads nowhere is left to whoever reads it.
fn is_something_else(entry: &fs::DirEntry) -> bool {
    match entry.file_type() {
        Ok(kind) if kind.is_symlink() => fs::metadata(entry.path()).is_ok_and(|target| !target.is_file()),
        Ok(kind) => !kind.is_file(),
        Err(_) => false,
    }
}

/// So many files are read by one thread; fewer are not worth another.
const FILES_A_THREAD: usize = 64;

/// What reading files gave.
struct Files {
    revisions: Vec<Revision>,
    problems: Vec<Problem>,
}

impl Files {
    /// Reads files on all cores. The order of the files holds.
    fn read_all(paths: &[PathBuf]) -> Files {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let mut shares = paths.chunks(paths.len().div_ceil(cores).max(FILES_A_THREAD));
        let mut files = Files { revisions: Vec::with_capacity(paths.len()), problems: Vec::new() };
        thread::scope(|scope| {
            let own = shares.next().unwrap_or_default();
            let others: Vec<_> = shares.map(|paths| scope.spawn(move || Files::of(paths))).collect();
            files.read(own);
            for other in others {
                // A thread that panicked goes on panicking here.
                let read = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                files.revisions.extend(read.revisions);
                files.problems.extend(read.problems);
            }
        });
        files
    }

    fn of(paths: &[PathBuf]) -> Files {
        let mut files = Files { revisions: Vec::with_capacity(paths.len()), problems: Vec::new() };
        files.read(paths);
        files
    }

    fn read(&mut self, paths: &[PathBuf]) {
        for path in paths {
            match Revision::read(path) {
                Ok(revision) => self.revisions.push(revision),
                Err(found) => self.problems.extend(found),
            }
        }
    }
}
