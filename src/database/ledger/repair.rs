//! Mending rows that are there: a text that was agreed on, lineages that follow from it, what is unfinished.

use postgres::SimpleQueryRow;

use super::write::{Actor, Entry, values};
use super::{Ledger, ids};
use crate::database::quote::literal;
use crate::database::{Client, DatabaseError};
use crate::revision::{Checksum, RevisionId};

/// What a repair changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repair {
    /// Rows that are replaced, but for when and how they came.
    pub accept: Vec<Entry>,
    /// Lineages that are written.
    pub lineages: Vec<(RevisionId, Checksum)>,
    /// What is forgotten to be unfinished.
    pub forget: Vec<RevisionId>,
    /// The revisions that somebody asked for.
    pub about: Vec<RevisionId>,
}

/// A row as far as lineages go by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphRow {
    /// Its id.
    pub id: RevisionId,
    /// The rows that it follows.
    pub parents: Vec<RevisionId>,
    /// The rows that it depends on.
    pub depends_on: Vec<RevisionId>,
    /// What it stands for, if it is a baseline.
    pub replaces: Vec<RevisionId>,
    /// The checksum of its way up, where it is known.
    pub up: Option<Checksum>,
    /// Its lineage, likewise.
    pub lineage: Option<Checksum>,
}

impl Ledger {
    /// Every row of a revision in effect, without its text.
    pub fn graph_rows(&self, client: &mut Client) -> Result<Vec<GraphRow>, DatabaseError> {
        let query =
            format!("SELECT id, parents, depends_on, replaces, up_checksum, lineage FROM {}", self.name("applied"));
        let rows = self.rows(client, &query)?;
        rows.iter().map(graph_row).collect::<Option<_>>().ok_or_else(|| DatabaseError::damaged_ledger(&self.schema))
    }

    /// The transaction of a repair, with an event for each revision that it is about.
    pub fn repair(&self, actor: &Actor, generation: i64, repair: &Repair) -> String {
        let applied = self.name("applied");
        let mut text = self.begin() + &self.compare_and_swap(generation);
        for entry in &repair.accept {
            text += &format!(
                "UPDATE {applied} SET (id, parents, depends_on, labels, message, source, up_checksum, down_checksum, \
                 lineage, replaces) = ROW ({}) WHERE id OPERATOR(pg_catalog.=) {};\n",
                values(entry),
                literal(entry.id.as_str())
            );
        }
        for (id, lineage) in &repair.lineages {
            let id = literal(id.as_str());
            text += &format!("UPDATE {applied} SET lineage = '{lineage}' WHERE id OPERATOR(pg_catalog.=) {id};\n");
        }
        for id in &repair.forget {
            text += &self.finished(id);
        }
        for id in &repair.about {
            text += &self.event(actor, "repair", id);
        }
        text + "COMMIT;\n"
    }
}

fn graph_row(row: &SimpleQueryRow) -> Option<GraphRow> {
    let checksum = |column: usize| match row.get(column)? {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    };
    Some(GraphRow {
        id: RevisionId::new(row.get(0)?).ok()?,
        parents: ids(row.get(1)?)?,
        depends_on: ids(row.get(2)?)?,
        replaces: ids(row.get(3)?)?,
        up: checksum(4)?,
        lineage: checksum(5)?,
    })
}
