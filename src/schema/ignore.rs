//! What a comparison is told to leave out.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// What a comparison leaves out. Empty: it compares everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignore(BTreeSet<Aspect>);

/// One aspect of a schema that can be left out, by the word that `--ignore` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// The order of a table's columns.
    ColumnOrder,
    /// The names of constraints, with those of their indexes.
    ConstraintNames,
    /// The names of indexes.
    IndexNames,
    /// Who owns what.
    Owners,
    /// What is granted to whom, default privileges among it.
    Grants,
    /// Comments.
    Comments,
    /// Security labels.
    SecurityLabels,
    /// The tablespaces that things are in.
    Tablespaces,
    /// The access methods of tables.
    TableAccessMethods,
    /// Storage parameters of tables such as `fillfactor`; those of an index are a part of its definition.
    StorageParameters,
    /// How columns are stored: `STORAGE` and `COMPRESSION`.
    Storage,
    /// The statistics targets of columns and indexes.
    StatisticsTargets,
    /// Which index a table is clustered on.
    Clustering,
    /// What identifies a row in logical replication.
    ReplicaIdentity,
    /// The versions of extensions.
    ExtensionVersions,
    /// The database itself: its owner, encoding, grants, and `ALTER DATABASE SET`.
    Database,
    /// Publications and subscriptions.
    Publications,
    /// Large objects.
    LargeObjects,
}

/// What an aspect is made of in a snapshot.
enum Covers {
    /// These attributes of objects of a kind; of every kind, where that is empty.
    Attributes(&'static [(&'static str, &'static [&'static str])]),
    /// All objects of these kinds.
    Kinds(&'static [&'static str]),
    /// The names of the objects of these kinds.
    Names(&'static [&'static str]),
}

impl Aspect {
    /// All there are, in the order of the manual.
    pub const ALL: &'static [Aspect] = &[
        Aspect::ColumnOrder,
        Aspect::ConstraintNames,
        Aspect::IndexNames,
        Aspect::Owners,
        Aspect::Grants,
        Aspect::Comments,
        Aspect::SecurityLabels,
        Aspect::Tablespaces,
        Aspect::TableAccessMethods,
        Aspect::StorageParameters,
        Aspect::Storage,
        Aspect::StatisticsTargets,
        Aspect::Clustering,
        Aspect::ReplicaIdentity,
        Aspect::ExtensionVersions,
        Aspect::Database,
        Aspect::Publications,
        Aspect::LargeObjects,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Aspect::ColumnOrder => "column-order",
            Aspect::ConstraintNames => "constraint-names",
            Aspect::IndexNames => "index-names",
            Aspect::Owners => "owners",
            Aspect::Grants => "grants",
            Aspect::Comments => "comments",
            Aspect::SecurityLabels => "security-labels",
            Aspect::Tablespaces => "tablespaces",
            Aspect::TableAccessMethods => "table-access-methods",
            Aspect::StorageParameters => "storage-parameters",
            Aspect::Storage => "storage",
            Aspect::StatisticsTargets => "statistics-targets",
            Aspect::Clustering => "clustering",
            Aspect::ReplicaIdentity => "replica-identity",
            Aspect::ExtensionVersions => "extension-versions",
            Aspect::Database => "database",
            Aspect::Publications => "publications",
            Aspect::LargeObjects => "large-objects",
        }
    }

    fn covers(self) -> &'static [Covers] {
        use Covers::{Attributes, Kinds, Names};
        match self {
            Aspect::ColumnOrder => &[Attributes(&[("column", &["position"])])],
            Aspect::ConstraintNames => &[Names(&["constraint"]), Attributes(&[("", &["not null name"])])],
            Aspect::IndexNames => &[Names(&["index"])],
            Aspect::Owners => &[Attributes(&[("", &["owner"])])],
            Aspect::Grants => &[Attributes(&[("", &["grants"])]), Kinds(&["default privileges", "grant"])],
            Aspect::Comments => &[Attributes(&[("", &["comment"])])],
            Aspect::SecurityLabels => &[Attributes(&[("", &["labels"])])],
            Aspect::Tablespaces => &[Attributes(&[("", &["tablespace"])])],
            Aspect::TableAccessMethods => {
                &[Attributes(&[("table", &["access method"]), ("materialized view", &["access method"])])]
            }
            Aspect::StorageParameters => {
                const NAMES: &[&str] = &["options", "toast options"];
                &[Attributes(&[("table", NAMES), ("materialized view", NAMES), ("constraint", NAMES)])]
            }
            Aspect::Storage => &[Attributes(&[("column", &["storage", "compression"])])],
            Aspect::StatisticsTargets => &[Attributes(&[("", &["statistics"])])],
            Aspect::Clustering => &[Attributes(&[("", &["clustered"])])],
            Aspect::ReplicaIdentity => &[Attributes(&[("", &["replica identity"])])],
            Aspect::ExtensionVersions => &[Attributes(&[("extension", &["version"])])],
            Aspect::Database => &[Kinds(&["database", "database setting"])],
            Aspect::Publications => {
                &[Kinds(&["publication", "publication table", "publication schema", "subscription"])]
            }
            Aspect::LargeObjects => &[Kinds(&["large object"])],
        }
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names nothing that can be ignored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing is called {word:?} here{}; there is {}", match .similar {
    Some(similar) => format!(": did you mean {similar}?"),
    None => String::new(),
}, words())]
pub struct UnknownAspect {
    /// The word.
    pub word: String,
    /// What may have been meant.
    pub similar: Option<Aspect>,
}

/// All words, separated by commas.
fn words() -> String {
    Aspect::ALL.iter().map(|aspect| aspect.word()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Aspect {
    type Err = UnknownAspect;

    fn from_str(text: &str) -> Result<Aspect, UnknownAspect> {
        // Underscores and capitals are no reason to refuse.
        let word = text.trim().to_ascii_lowercase().replace('_', "-");
        let named = Aspect::ALL.iter().copied().find(|aspect| aspect.word() == word);
        named.ok_or_else(|| UnknownAspect { similar: similar(&word), word: text.to_owned() })
    }
}

fn similar(word: &str) -> Option<Aspect> {
    const CLOSE: f64 = 0.75;
    let scored = Aspect::ALL.iter().map(|aspect| (strsim::jaro_winkler(aspect.word(), word), *aspect));
    let best = scored.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (best.0 >= CLOSE).then_some(best.1)
}

impl FromIterator<Aspect> for Ignore {
    fn from_iter<I: IntoIterator<Item = Aspect>>(aspects: I) -> Ignore {
        Ignore(aspects.into_iter().collect())
    }
}

impl Ignore {
    /// The aspects that are left out.
    pub fn aspects(&self) -> impl Iterator<Item = Aspect> + '_ {
        self.0.iter().copied()
    }

    fn any(&self, test: impl Fn(&Covers) -> bool) -> bool {
        self.0.iter().flat_map(|aspect| aspect.covers()).any(test)
    }

    /// Whether an attribute of objects of a kind is left out.
    pub(super) fn attribute(&self, kind: &str, name: &str) -> bool {
        self.any(|covers| match covers {
            Covers::Attributes(list) => {
                list.iter().any(|(of, names)| (of.is_empty() || *of == kind) && names.contains(&name))
            }
            Covers::Kinds(_) | Covers::Names(_) => false,
        })
    }

    /// Whether all objects of a kind are left out.
    pub(super) fn kind(&self, kind: &str) -> bool {
        self.any(|covers| matches!(covers, Covers::Kinds(kinds) if kinds.contains(&kind)))
    }

    /// Whether the names of objects of a kind are left out.
    pub(super) fn name(&self, kind: &str) -> bool {
        self.any(|covers| matches!(covers, Covers::Names(kinds) if kinds.contains(&kind)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        for aspect in Aspect::ALL {
            assert_eq!(aspect.word().parse(), Ok(*aspect));
        }
        assert_eq!("Column_Order".parse(), Ok(Aspect::ColumnOrder));
    }

    #[test]
    fn a_misspelt_word_finds_the_right_one() {
        let meant = |word: &str| word.parse::<Aspect>().unwrap_err().similar;
        assert_eq!(meant("owner"), Some(Aspect::Owners));
        assert_eq!(meant("index-name"), Some(Aspect::IndexNames));
        assert_eq!(meant("columnorder"), Some(Aspect::ColumnOrder));
        assert_eq!(meant("xyz"), None);
    }
}
