//! The canonical description of a database.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a database is: every object that its users made, by name. Two databases with equal objects have the same
/// schema, as far as [`Snapshot::not_compared`] is empty. It is also the file that `revgraph snapshot` writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The server's `server_version_num`, such as 150018.
    pub server_version: u32,
    /// The objects.
    #[serde(with = "entries")]
    pub objects: BTreeMap<Identity, Attributes>,
    /// What is in the database and what no kind of object describes.
    pub not_compared: Vec<Unclaimed>,
    /// What the tables hold, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Rows>,
}

/// What an object is called. The order is that of reading: by schema, in it by name, then the object's parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The schema that it is in; none for what is in no schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Its name; a function's with the types of its arguments; for a part of an object, that object's.
    pub name: String,
    /// A part of the object: a column, a constraint, an index, a trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// What kind of object it is: the name of the file under `catalog/` that read it, or what that file says.
    pub kind: String,
}

/// What is known of an object, by name. A text that PostgreSQL prints from a parsed expression is `{"sql": "…"}`.
pub type Attributes = BTreeMap<String, Value>;

/// Objects of one catalog that no kind describes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unclaimed {
    /// The system catalog that they are in.
    pub catalog: String,
    /// What they are, as PostgreSQL describes them.
    pub objects: Vec<String>,
}

/// What the tables hold and where the sequences stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// By the table's qualified and quoted name.
    pub tables: BTreeMap<String, TableRows>,
    /// By the sequence's qualified and quoted name: its last value and whether it was handed out.
    pub sequences: BTreeMap<String, (i64, bool)>,
}

/// What one table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRows {
    /// How many rows.
    pub count: u64,
    /// A digest that does not depend on their order; none where only counts were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind)?;
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        write!(f, "{}", self.name)?;
        match &self.part {
            Some(part) => write!(f, ".{part}"),
            None => Ok(()),
        }
    }
}

/// JSON knows only texts as keys: a list of objects instead, each with its name in it.
mod entries {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Attributes, Identity};

    #[derive(Serialize, Deserialize)]
    struct Entry<I, A> {
        #[serde(flatten)]
        identity: I,
        attributes: A,
    }

    pub fn serialize<S: Serializer>(objects: &BTreeMap<Identity, Attributes>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(objects.iter().map(|(identity, attributes)| Entry { identity, attributes }))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Identity, Attributes>, D::Error> {
        let entries = Vec::<Entry<Identity, Attributes>>::deserialize(from)?;
        Ok(entries.into_iter().map(|entry| (entry.identity, entry.attributes)).collect())
    }
}
