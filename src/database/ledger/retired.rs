//! What was renamed away by `[retire]` sections: the statements that do it and undo it, and what the ledger keeps of it.

use postgres::SimpleQueryRow;
use postgres::error::SqlState;
use serde::Serialize;

use super::write::Actor;
use super::{Ledger, ids, result_sets};
use crate::database::quote::{identifier, literal};
use crate::database::{Client, DatabaseError};
use crate::revision::{Retiree, RetireeKind, RevisionId};

/// An object that was renamed away, or was renamed along with one: its index, say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retired {
    /// Its number: later ones are larger.
    pub number: i64,
    /// For what was renamed along with an object: that one's number.
    #[serde(skip)]
    pub part_of: Option<i64>,
    /// The revision whose `[retire]` section names it.
    pub revision: RevisionId,
    /// The object as the section names it.
    pub object: String,
    /// What its revision replaces, if that is in effect and a baseline; empty for another one in effect.
    #[serde(skip)]
    pub in_effect: Option<Vec<RevisionId>>,
    /// What it is: table, column, index, …
    pub kind: String,
    /// Its schema.
    pub schema: String,
    /// For a column or constraint: its table, as that is called now.
    pub relation: Option<String>,
    /// For a column or constraint: its table, as that was called then.
    #[serde(skip)]
    pub relation_then: Option<String>,
    /// What it was called.
    pub name: String,
    /// For a function or procedure: the types of its arguments.
    pub arguments: Option<String>,
    /// What it is called since.
    pub backup: String,
    /// When it was renamed, in UTC.
    pub retired_at: String,
    /// How long ago that is, in seconds of the server's clock.
    pub seconds: i64,
    /// The nonce of the run that did it.
    #[serde(skip)]
    pub run: String,
    /// Since when it has its name again, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored_at: Option<String>,
    /// When it was dropped, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purged_at: Option<String>,
}

impl Retired {
    /// Whether it was named by a section, and is there under its other name, as far as the ledger knows.
    pub fn is_away(&self) -> bool {
        self.part_of.is_none() && self.restored_at.is_none() && self.purged_at.is_none()
    }

    /// What it is called now, with its schema, and for a column its table.
    pub fn called_now(&self) -> String {
        let names = [Some(&self.schema), self.relation.as_ref(), Some(&self.backup)];
        names.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(".")
    }

    /// How near it is to a revision whose way down brings back an object of its name, as the ledger's function `undo_retire`
    /// sees it: it, or what it replaces, has put it away (2); what it is a part of has, or nothing in effect (1); another
    /// revision has (0).
    pub fn nearness(&self, revision: &RevisionId, replaced: &[RevisionId]) -> u8 {
        match &self.in_effect {
            _ if self.revision == *revision || replaced.contains(&self.revision) => 2,
            Some(replaces) if !replaces.contains(revision) => 0,
            _ => 1,
        }
    }
}

impl Ledger {
    /// Renames an object away.
    pub fn retire(&self, actor: &Actor, revision: &RevisionId, retiree: &Retiree) -> String {
        let (found, column) = found(retiree);
        format!(
            "SELECT {}({}, {}, {}, '{}', {found}, {});\n",
            self.name("retire"),
            literal(revision.as_str()),
            literal(&actor.run),
            literal(&retiree.to_string()),
            retiree.kind.word(),
            column.map_or("NULL".to_owned(), literal)
        )
    }

    /// Brings an object back on the way down of a revision.
    pub fn undo_retire(&self, revision: &RevisionId, retiree: &Retiree) -> String {
        let (object, revision) = (literal(&retiree.to_string()), literal(revision.as_str()));
        format!("SELECT {}({object}, {revision});\n", self.name("undo_retire"))
    }

    /// All that was retired and whose revision has not been undone, the oldest first, in one round trip. Nothing where the
    /// ledger is older than `[retire]`, is not there, or is not this role's to read.
    pub fn retired(&self, client: &mut Client) -> Result<Vec<Retired>, DatabaseError> {
        let time =
            |column: &str| format!("pg_catalog.to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
        let query = format!(
            "SELECT number, part_of, revision, object, kind, schema, {}(number), relation, name, arguments, backup, {}, \
             pg_catalog.floor(extract(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) retired_at))::pg_catalog.int8, \
             run, {}, {}, (SELECT a.replaces FROM {} AS a WHERE a.id OPERATOR(pg_catalog.=) r.revision) \
             FROM {} AS r WHERE undone_at IS NULL ORDER BY number",
            self.name("relation_now"),
            time("retired_at"),
            time("restored_at"),
            time("purged_at"),
            self.name("applied"),
            self.name("retired")
        );
        let messages = match client.simple_query(&(self.patience() + &query)) {
            Ok(messages) => messages,
            Err(error) if error.code().is_some_and(is_no_ledger) => return Ok(Vec::new()),
            Err(error) => return Err(DatabaseError::of(error, "the ledger can't be read")),
        };
        let rows = result_sets(messages).into_iter().nth(1).unwrap_or_default();
        rows.iter().map(row).collect::<Option<_>>().ok_or_else(|| DatabaseError::damaged_ledger(&self.schema))
    }
}

/// Whether it says that there is no ledger here that knows of retired objects.
fn is_no_ledger(code: &SqlState) -> bool {
    [SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_FUNCTION, SqlState::INSUFFICIENT_PRIVILEGE].contains(code)
}

/// The expression that finds what a line names, or the table that it is a column of, by the search path that holds there;
/// and the column.
pub fn found(retiree: &Retiree) -> (String, Option<&str>) {
    let (names, column) = match (retiree.kind, retiree.names.split_last()) {
        (RetireeKind::Column, Some((column, table))) => (table, Some(column.as_str())),
        _ => (retiree.names.as_slice(), None),
    };
    let name = names.iter().map(|name| identifier(name)).collect::<Vec<_>>().join(".");
    let (function, name) = match &retiree.arguments {
        Some(arguments) => ("to_regprocedure", format!("{name}({arguments})")),
        None if retiree.kind == RetireeKind::Type => ("to_regtype", name),
        None => ("to_regclass", name),
    };
    (format!("pg_catalog.{function}({})::pg_catalog.oid", literal(&name)), column)
}

fn row(row: &SimpleQueryRow) -> Option<Retired> {
    let text = |column: usize| row.get(column).map(str::to_owned);
    Some(Retired {
        number: row.get(0)?.parse().ok()?,
        part_of: row.get(1).and_then(|number| number.parse().ok()),
        revision: RevisionId::new(row.get(2)?).ok()?,
        object: text(3)?,
        kind: text(4)?,
        schema: text(5)?,
        relation: text(6),
        relation_then: text(7),
        name: text(8)?,
        arguments: text(9),
        backup: text(10)?,
        retired_at: text(11)?,
        seconds: row.get(12)?.parse().ok()?,
        run: text(13)?,
        restored_at: text(14),
        purged_at: text(15),
        in_effect: match row.get(16) {
            Some(array) => Some(ids(array)?),
            None => None,
        },
    })
}
