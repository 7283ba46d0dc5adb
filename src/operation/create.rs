//! `revision` and `merge`: write a new revision file.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::files::{file_error, write_new};
use crate::error::{Error, list};
use crate::graph::{GraphError, Point, Target};
use crate::project::{History, LoadError, Project};
use crate::revision::{Draft, Revision, RevisionId, Source, label_mistake};

/// What the new revision is to be.
#[derive(Debug, Clone, Default)]
pub struct NewRevision {
    /// What it is for.
    pub message: String,
    /// The revisions that it follows; none: the only head.
    pub parents: Vec<Target>,
    /// Follow nothing, even if there are heads.
    pub base: bool,
    /// Allow a parent that is no head.
    pub splice: bool,
    /// Its labels.
    pub labels: Vec<String>,
    /// What must be in effect first: ids, prefixes or labels.
    pub depends_on: Vec<String>,
    /// Its id; none: a random one.
    pub id: Option<RevisionId>,
    /// When it is made.
    pub created: DateTime<Utc>,
}

/// What a new file holds below its header.
const BODY: &str = "-- [up]\n\n-- [down]\n";

/// Writes a revision that follows what it is told to, or the only head.
pub fn create(project: &Project, history: &History, new: NewRevision) -> Result<PathBuf, Error> {
    let parents = parents(history, &new)?;
    write(project, history, new, parents)
}

/// Writes a revision that merges the targets, or all heads.
pub fn merge(project: &Project, history: &History, new: NewRevision) -> Result<PathBuf, Error> {
    not_inside(history, &new)?;
    let parents = history.graph.merge_parents(&new.parents)?;
    write(project, history, new, parents)
}

fn parents(history: &History, new: &NewRevision) -> Result<Vec<RevisionId>, Error> {
    let graph = &history.graph;
    if new.base {
        return Ok(Vec::new());
    }
    if new.parents.is_empty() {
        let head: Target = "head".parse()?;
        return if graph.is_empty() { Ok(Vec::new()) } else { Ok(graph.resolve(&head, None)?) };
    }
    not_inside(history, new)?;
    let mut parents = Vec::new();
    for target in &new.parents {
        parents.extend(graph.resolve(target, None)?);
    }
    parents.sort_unstable();
    parents.dedup();
    let inner: Vec<RevisionId> =
        parents.iter().filter(|id| graph.get(id).is_some_and(|node| !node.is_head())).cloned().collect();
    if !inner.is_empty() && !new.splice {
        return Err(Error::Invalid {
            message: format!("{} is not a head: a revision that follows it makes a new branch", list(&inner)),
            help: "if a branch is what you want: --splice".to_owned(),
        });
    }
    Ok(parents)
}

/// Fails where a parent is inside a baseline.
fn not_inside(history: &History, new: &NewRevision) -> Result<(), GraphError> {
    let inside = |target: &Target| history.graph.entered_by(target).map(|baseline| (target.to_string(), baseline));
    match new.parents.iter().find_map(inside) {
        None => Ok(()),
        Some((parent, baseline)) => {
            Err(GraphError::ParentInsideBaseline { by: None, parent, baseline: baseline.id().clone() })
        }
    }
}

fn write(project: &Project, history: &History, new: NewRevision, parents: Vec<RevisionId>) -> Result<PathBuf, Error> {
    let depends_on = new.depends_on.iter().map(|reference| dependency(history, reference)).collect::<Result<_, _>>()?;
    let id = new_id(new.id)?;
    check_id(history, &id)?;
    check_labels(history, &new.labels, &id)?;
    let draft = Draft {
        id,
        message: new.message,
        parents,
        depends_on,
        labels: new.labels,
        created: new.created,
        replaces: None,
        irreversible: None,
        confirm: None,
        body: BODY.to_owned(),
    };
    let folder = project.revisions();
    fs::create_dir_all(&folder).map_err(|error| file_error(&folder, &error))?;
    let path = folder.join(draft.file_name());
    let text = draft.to_text();
    check_result(history, &path, &text)?;
    write_new(&path, &text)?;
    Ok(path)
}

/// The id that is given, or a random one.
pub fn new_id(given: Option<RevisionId>) -> Result<RevisionId, Error> {
    given.map_or_else(RevisionId::random, Ok).map_err(|error| Error::Invalid {
        message: format!("the system gives no random numbers: {error}"),
        help: "give an id with --id".to_owned(),
    })
}

/// What a dependency is written as: a label stays one, as in Alembic; of a prefix, which another revision may make
/// ambiguous some day, the whole id is written.
fn dependency(history: &History, reference: &str) -> Result<String, Error> {
    let target: Target = reference.parse()?;
    let Target::Point { branch: None, point: Point::Name(_) } = target else {
        let reason = "a revision depends on an id, the beginning of one, or a label".to_owned();
        return Err(GraphError::BadTarget { text: reference.to_owned(), reason }.into());
    };
    let found = history.graph.resolve(&target, None)?;
    let of_label = found
        .iter()
        .filter_map(|id| history.get(id))
        .any(|revision| revision.labels.iter().any(|label| label == reference));
    let ids = found.iter().map(RevisionId::to_string).collect::<Vec<_>>();
    Ok(if of_label { reference.to_owned() } else { ids.join(" ") })
}

/// Fails where the new file could not be read, or where the files would be no graph with it.
fn check_result(history: &History, path: &Path, text: &str) -> Result<(), Error> {
    let revision = Revision::parse(Source::from_text(path, text.to_owned())).map_err(LoadError::Problems)?;
    history.graph_with(&revision).map_err(LoadError::Graph)?;
    Ok(())
}

/// Fails where the id is taken, or would change what an older file means.
pub fn check_id(history: &History, id: &RevisionId) -> Result<(), Error> {
    let is_label = |revision: &&Revision| revision.labels.iter().any(|label| label == id.as_str());
    let names_another = |revision: &&Revision| {
        revision.parents.iter().chain(&revision.depends_on).any(|reference| reference.text == id.as_str())
    };
    let mistake = if history.get(id).is_some() {
        format!("revision {id} is there already")
    } else if let Some(revision) = history.revisions().find(is_label) {
        format!("{id} is a label of {}", revision.id)
    } else if let Some(revision) = history.revisions().find(names_another) {
        format!("{} calls another revision {id}, which would then be this one", revision.id)
    } else {
        return Ok(());
    };
    Err(Error::Invalid { message: mistake, help: "leave --id out for an id that is free".to_owned() })
}

fn check_labels(history: &History, labels: &[String], id: &RevisionId) -> Result<(), Error> {
    for (index, label) in labels.iter().enumerate() {
        let taken = history.revisions().find(|revision| revision.labels.contains(label));
        let mistake = match taken {
            Some(revision) => Some(format!("{} has it already", revision.id)),
            None if label == id.as_str() || RevisionId::new(label).is_ok_and(|id| history.get(&id).is_some()) => {
                Some("a revision is called so".to_owned())
            }
            None if labels[..index].contains(label) => Some("it is given twice".to_owned()),
            None => label_mistake(label),
        };
        if let Some(mistake) = mistake {
            return Err(Error::Invalid {
                message: format!("the label {label:?} can't be used: {mistake}"),
                help: "choose another one, of letters, digits, _, . and /".to_owned(),
            });
        }
    }
    Ok(())
}
