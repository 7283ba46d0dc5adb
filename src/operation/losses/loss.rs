//! One thing that is lost, as it is told.

use std::collections::{HashMap, HashSet};

use serde::{Serialize, Serializer};

use crate::error::count;
use crate::revision::RevisionId;
use crate::revision::statement::ObjectName;

/// All that a plan loses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Losses {
    /// In the order of the plan.
    pub losses: Vec<Loss>,
    /// What the plan runs and nobody can look into.
    pub unseen: Vec<Unseen>,
    /// Whether the plan also drops what tables may need: types, functions, schemas.
    #[serde(skip)]
    pub drop_definitions: bool,
}

impl Losses {
    /// Whether anything may be lost: something that is there, and isn't certainly empty.
    pub fn destroy(&self) -> bool {
        self.losses.iter().any(Loss::destroys)
    }

    /// What may be lost, in a few words: `2 tables and 1 column`.
    pub fn summary(&self) -> String {
        let mut kinds: Vec<(LossKind, usize)> = Vec::new();
        for loss in self.losses.iter().filter(|loss| loss.destroys()) {
            match kinds.iter_mut().find(|(kind, _)| *kind == loss.kind) {
                Some((_, number)) => *number += 1,
                None => kinds.push((loss.kind, 1)),
            }
        }
        let told: Vec<String> = kinds.into_iter().map(|(kind, number)| count(number, kind.word())).collect();
        match told.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, first)) => format!("{} and {last}", first.join(", ")),
            None => "nothing".to_owned(),
        }
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.losses.is_empty() && self.unseen.is_empty()
    }

    /// Without what is certainly empty: what is told where a plan runs, and isn't just looked at.
    pub fn serious(&self) -> Losses {
        let destroying: HashSet<&RevisionId> =
            self.losses.iter().filter(|loss| loss.destroys()).map(|loss| &loss.revision).collect();
        let is_root = |loss: &Loss| matches!(loss.kind, LossKind::Other(_)) && destroying.contains(&loss.revision);
        let is_serious = |loss: &&Loss| loss.destroys() || is_root(loss);
        Losses { losses: self.losses.iter().filter(is_serious).cloned().collect(), ..self.clone() }
    }

    /// What each revision loses.
    pub fn by_revision(&self) -> HashMap<&RevisionId, Vec<&Loss>> {
        let mut found: HashMap<&RevisionId, Vec<&Loss>> = HashMap::new();
        for loss in &self.losses {
            found.entry(&loss.revision).or_default().push(loss);
        }
        found
    }
}

/// One thing that a step destroys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Loss {
    /// The revision.
    pub revision: RevisionId,
    /// `up` or `down`.
    pub direction: String,
    /// What it is.
    pub kind: LossKind,
    /// Its name, with its schema where a database was asked.
    pub object: String,
    /// What happens to it.
    pub how: How,
    /// How many rows, or values of a column other than null; None where nobody knows. Of those that some are deleted of, all.
    pub rows: Option<u64>,
    /// How many bytes on disk: of a table with its indexes, and 0 if it has no row.
    pub bytes: Option<u64>,
    /// Whether the rows are counted, or there are certainly none. Otherwise they come from statistics.
    pub exact: bool,
    /// What it goes with: `schema app`, dropped with CASCADE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// What else goes with it and holds no rows: `view public.v`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub takes: Vec<String>,
    /// Whether the rows of the whole are meant as the statement says it, for people: `accounts`.
    #[serde(skip)]
    pub shown: String,
    /// What there is of it in the database; None where no database was asked.
    #[serde(skip)]
    pub there: Option<There>,
}

/// Where the rows are that are lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct There {
    /// The table, with its schema.
    pub table: ObjectName,
    /// The column, if it is one's values alone.
    pub column: Option<String>,
    /// The bytes on disk in which the table's rows are.
    pub heap: u64,
    /// Whether it is partitioned: then its partitions hold its rows.
    pub is_partitioned: bool,
    /// The table and its partitions, qualified and quoted.
    pub parts: Vec<String>,
}

/// What is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LossKind {
    /// A table.
    Table,
    /// A column.
    Column,
    /// A materialized view.
    MaterializedView,
    /// A sequence, with where it stood.
    Sequence,
    /// An attribute of a composite type, in whatever has that type.
    Attribute,
    /// Anything else that a CASCADE begins with; its keyword.
    Other(&'static str),
}

impl LossKind {
    /// The keyword, in lowercase.
    pub fn word(self) -> &'static str {
        match self {
            LossKind::Table => "table",
            LossKind::Column => "column",
            LossKind::MaterializedView => "materialized view",
            LossKind::Sequence => "sequence",
            LossKind::Attribute => "attribute",
            LossKind::Other(word) => word,
        }
    }

    /// Whether it may hold rows.
    pub fn holds_rows(self) -> bool {
        matches!(self, LossKind::Table | LossKind::Column | LossKind::MaterializedView)
    }
}

impl Serialize for LossKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// What happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum How {
    /// It is dropped.
    Drop,
    /// It is truncated.
    Truncate,
    /// All of its rows are deleted.
    Delete,
    /// Rows of it are deleted that meet a condition.
    DeleteSome,
    /// Its values are cut to a type.
    Narrow(String),
    /// Its values go over to an enum by way of text.
    EnumRebuild(String),
}

impl How {
    /// Whether rows go, and what holds them stays.
    pub fn empties(&self) -> bool {
        matches!(self, How::Truncate | How::Delete | How::DeleteSome)
    }

    /// A word for tools.
    pub fn word(&self) -> &'static str {
        match self {
            How::Drop => "drop",
            How::Truncate => "truncate",
            How::Delete => "delete",
            How::DeleteSome => "delete_some",
            How::Narrow(_) => "narrow",
            How::EnumRebuild(_) => "enum_rebuild",
        }
    }
}

impl Serialize for How {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl Loss {
    /// Whether anything may be lost: not where there is certainly no row.
    pub fn destroys(&self) -> bool {
        match self.kind {
            // A view or a foreign table holds nothing itself, and leads to rows.
            LossKind::Other(_) if !self.how.empties() => false,
            _ => !(self.exact && self.rows == Some(0)),
        }
    }

    /// Whether the whole table goes, or all of its rows.
    pub fn is_whole(&self) -> bool {
        self.kind != LossKind::Column
    }
}

/// What a plan runs and nobody can look into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unseen {
    /// The revision.
    pub revision: RevisionId,
    /// `up` or `down`.
    pub direction: String,
    /// The line of its file.
    pub line: usize,
    /// What it is: `a DO block`, `the function purge`.
    pub what: String,
}
