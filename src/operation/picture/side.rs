//! What a database adds to a picture.

use std::collections::HashSet;

use super::{Item, Standing};
use crate::database::Session;
use crate::database::ledger::{Ledger, StoredRevision};
use crate::error::Error;
use crate::graph::{Extent, Graph, NodeRef, Rows};
use crate::operation::compare::changed;
use crate::operation::current::outermost;
use crate::project::History;
use crate::revision::{Revision, RevisionId};

/// What a database has of a history, and beside it.
#[derive(Debug, Clone, Default)]
pub struct Side {
    rows: Rows,
    /// In effect, or begun, and unknown to the files; the newest first.
    missing: Vec<Item>,
    edited: HashSet<RevisionId>,
}

impl Side {
    /// Reads it: a round trip, one more where files are missing or were edited.
    pub fn read(history: &History, session: &mut Session, ledger: &Ledger) -> Result<Side, Error> {
        let state = ledger.read(session.client(), false)?;
        let rows = state.rows();
        let unknown = history.graph.state_of(&rows).unknown().to_vec();
        let stored = ledger.stored(session.client(), &unknown)?;
        let changes = changed(history, session.client(), ledger, &state)?;
        let begun = state.unfinished.iter().map(|unfinished| &unfinished.revision);
        let begun = begun.filter(|id| history.graph.bearer(id).is_none() && !rows.has(id));
        let mut missing: Vec<Item> = begun.map(|id| Item { unfinished: true, ..nameless(id) }).collect();
        let in_effect = outermost(&stored);
        // The ledger gives them as they came.
        missing.extend(in_effect.into_iter().rev().map(|stored| missing_item(stored, &rows)));
        let edited = changes.up.into_iter().map(|change| change.revision).collect();
        Ok(Side { rows, missing, edited })
    }

    /// The ledger's rows.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Whether a revision in effect is another one in its file by now.
    pub fn is_edited(&self, id: &RevisionId) -> bool {
        self.edited.contains(id)
    }

    /// Whether the node is a baseline of which a part is in effect.
    pub(super) fn has_a_part_of(&self, graph: &Graph, node: NodeRef<'_>) -> bool {
        node.node().is_baseline() && graph.extent(node, &self.rows) == Extent::Part
    }

    /// Those that have no file and stand, by way of others of them, on a revision that is shown.
    pub(super) fn missing(&self, is_shown: impl Fn(&RevisionId) -> bool) -> Vec<Item> {
        let mut shown: HashSet<&RevisionId> =
            self.missing.iter().map(|item| &item.id).filter(|id| is_shown(id)).collect();
        // What is needed comes last, so one pass from there finds them all; a ledger that is damaged may take more.
        loop {
            let before = shown.len();
            for item in self.missing.iter().rev() {
                if item.needs().any(|id| is_shown(id) || shown.contains(id)) {
                    shown.insert(&item.id);
                }
            }
            if shown.len() == before {
                break;
            }
        }
        self.missing.iter().filter(|item| shown.contains(&item.id)).cloned().collect()
    }
}

/// Something that only its id is known of.
fn nameless(id: &RevisionId) -> Item {
    Item {
        id: id.clone(),
        message: String::new(),
        parents: Vec::new(),
        depends_on: Vec::new(),
        labels: Vec::new(),
        created: None,
        head: false,
        merge: false,
        replaces: 0,
        archived: None,
        irreversible: None,
        path: None,
        state: Some(Standing::Pending),
        unfinished: false,
        edited: false,
        cut: false,
        source: None,
        members: None,
    }
}

/// A revision as the ledger has it. Its text is shown as it is there: nothing of it is run.
fn missing_item(stored: &StoredRevision, rows: &Rows) -> Item {
    let parsed = Revision::parse(stored.source.clone()).ok();
    Item {
        message: stored.message.clone(),
        parents: stored.parents.clone(),
        depends_on: stored.depends_on.clone(),
        created: parsed.as_ref().and_then(|revision| revision.created),
        irreversible: parsed.and_then(|revision| revision.irreversible),
        merge: stored.parents.len() > 1,
        replaces: stored.replaces.len(),
        state: Some(Standing::Applied),
        unfinished: rows.has_begun(&stored.id),
        source: Some(stored.source.clone()).filter(|source| !source.text().is_empty()),
        ..nameless(&stored.id)
    }
}
