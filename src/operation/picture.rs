//! A picture of the history: what is in it, what is to be seen of each revision, and where it stands.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::graph::draw::{Drawing, Link};
use crate::graph::{NodeRef, Range, Relation, State};
use crate::project::History;
use crate::revision::{RevisionId, Source};

mod archived;
mod expand;
mod side;
mod view;

pub use expand::{Expand, expanded};
pub use side::Side;
pub use view::{LineView, PictureView, PlacedView};

/// A picture, for whoever draws it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picture {
    /// What is in it, the newest first. The drawing knows these by their places here.
    pub items: Vec<Item>,
    /// Where everything stands.
    pub drawing: Drawing,
}

/// A revision in a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Its id.
    pub id: RevisionId,
    /// What it is for.
    pub message: String,
    /// The ids of its parents.
    pub parents: Vec<RevisionId>,
    /// The ids that it depends on.
    pub depends_on: Vec<RevisionId>,
    /// The labels that it carries; of a head, all that name it.
    pub labels: Vec<String>,
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// Whether it is a head of the files.
    pub head: bool,
    /// Whether it has several parents.
    pub merge: bool,
    /// How many revisions it stands for, if it is a baseline.
    pub replaces: usize,
    /// The baseline that it is a direct member of, if it comes from the archive.
    pub archived: Option<RevisionId>,
    /// Why it can't be undone, where its file says so.
    pub irreversible: Option<String>,
    /// Its file; none where there is none.
    pub path: Option<String>,
    /// Whether it is in effect, where a database was asked.
    pub state: Option<Standing>,
    /// Whether it has begun and not ended, in whichever direction.
    pub unfinished: bool,
    /// Whether its file isn't what ran.
    pub edited: bool,
    /// Whether something that it needs is outside of the picture.
    pub cut: bool,
    /// Its text; none where nobody has it.
    #[serde(skip)]
    pub source: Option<Source>,
    /// What it stands for, if it is a baseline and that was asked for.
    #[serde(skip)]
    pub members: Option<Picture>,
}

/// How much of a revision is in effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Applied,
    /// It is a baseline of which only a part is.
    Partly,
    /// It isn't.
    Pending,
}

impl Standing {
    /// As tools and style sheets call it.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Applied => "applied",
            Standing::Partly => "partly",
            Standing::Pending => "pending",
        }
    }
}

impl Serialize for Standing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Item {
    /// Whether it is in the database, but no file has it.
    pub fn is_missing(&self) -> bool {
        self.path.is_none() && self.archived.is_none()
    }

    /// The ids of all that it needs.
    fn needs(&self) -> impl Iterator<Item = &RevisionId> {
        self.parents.iter().chain(&self.depends_on)
    }

    /// Whether it stands for others.
    pub fn is_baseline(&self) -> bool {
        self.replaces > 0
    }
}

impl Picture {
    /// Draws the revisions of a range, and what a database has without a file above any of them. `with_members`: and what
    /// baselines stand for, as far as the archive has it.
    ///
    /// # Errors
    /// A range that means nothing here, see [`crate::graph::Graph::history`]; an archive that can't be read.
    pub fn of(history: &History, range: &Range, side: Option<&Side>, with_members: bool) -> Result<Picture, Error> {
        let state = side.map(|side| history.graph.state_of(side.rows()));
        let known_as = |id: &RevisionId| history.graph.bearer(id).map(|node| node.id().clone());
        let ids = history.graph.history(range, state.as_ref())?;
        let nodes: Vec<NodeRef<'_>> = ids.iter().filter_map(|id| history.graph.get(id)).collect();
        let mut items: Vec<Item> = nodes.iter().filter_map(|node| item(history, *node, state.as_ref(), side)).collect();
        if let Some(side) = side {
            let is_whole = *range == Range::default();
            // Directly above what it stands on, the oldest first.
            for missing in side.missing(|id| is_whole || ids.contains(id)).into_iter().rev() {
                let needs: Vec<RevisionId> =
                    missing.needs().map(|id| known_as(id).unwrap_or_else(|| id.clone())).collect();
                let place = items.iter().position(|item| needs.contains(&item.id)).unwrap_or(0);
                items.insert(place, missing);
            }
        }
        if with_members {
            archived::add(history, side, &mut items)?;
        }
        Ok(Picture::new(items, known_as))
    }

    /// Draws items whose needs are those of them that have these ids, or that are `known_as` another of them.
    fn new(mut items: Vec<Item>, known_as: impl Fn(&RevisionId) -> Option<RevisionId>) -> Picture {
        let numbers: HashMap<RevisionId, usize> =
            items.iter().enumerate().map(|(number, item)| (item.id.clone(), number)).collect();
        let number = |id: &RevisionId| numbers.get(id).or_else(|| numbers.get(&known_as(id)?)).copied();
        let mut links = Vec::new();
        for (above, item) in items.iter_mut().enumerate() {
            let parents = item.parents.iter().map(|id| (id, Relation::Parent));
            let needs = parents.chain(item.depends_on.iter().map(|id| (id, Relation::Dependency)));
            for (id, relation) in needs {
                match number(id) {
                    Some(below) => links.push(Link { above, below, relation }),
                    None => item.cut = true,
                }
            }
        }
        Picture { drawing: Drawing::new(items.len(), &links), items }
    }

    /// The items in the order of their rows, each with its lane.
    pub fn rows(&self) -> impl Iterator<Item = (&Item, usize)> {
        let places = self.drawing.items.iter().zip(&self.drawing.lanes);
        places.filter_map(|(number, lane)| Some((self.items.get(*number)?, *lane)))
    }
}

/// A revision of the history.
fn item(history: &History, node: NodeRef<'_>, state: Option<&State<'_>>, side: Option<&Side>) -> Option<Item> {
    let revision = history.revision_of(node)?;
    let is_head = node.is_head();
    let labels = if is_head { node.labels() } else { revision.labels.iter().map(String::as_str).collect() };
    let ids = |ids: Vec<&RevisionId>| ids.into_iter().cloned().collect::<Vec<_>>();
    let is_applied = |state: &State<'_>| match state.contains(node.id()) {
        true => Standing::Applied,
        false if side.is_some_and(|side| side.has_a_part_of(&history.graph, node)) => Standing::Partly,
        false => Standing::Pending,
    };
    Some(Item {
        id: revision.id.clone(),
        message: revision.message.clone(),
        parents: ids(node.parents()),
        depends_on: ids(node.depends_on()),
        labels: labels.into_iter().map(str::to_owned).collect(),
        created: revision.created,
        head: is_head,
        merge: node.is_merge(),
        replaces: revision.replaces.len(),
        archived: node.node().within.clone(),
        irreversible: revision.irreversible.clone(),
        path: Some(revision.source.path().display().to_string()),
        state: state.map(is_applied),
        unfinished: side.is_some_and(|side| side.rows().has_begun(&revision.id)),
        edited: side.is_some_and(|side| side.is_edited(&revision.id)),
        cut: false,
        source: Some(revision.source.clone()),
        members: None,
    })
}
