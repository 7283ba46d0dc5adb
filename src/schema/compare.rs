//! How two snapshots differ.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::ignore::Ignore;
use super::snapshot::{Attributes, Identity, Rows, Snapshot, TableRows};

/// How a snapshot (*before*) differs from another one (*after*). Made by [`compare`]; [`settle`](fn@super::settle) may
/// take things out again.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Difference {
    /// The objects that only *after* has.
    #[serde(serialize_with = "entries")]
    pub added: BTreeMap<Identity, Attributes>,
    /// The objects that only *before* has.
    #[serde(serialize_with = "entries")]
    pub removed: BTreeMap<Identity, Attributes>,
    /// The objects that both have and that aren't equal, in the order of their names.
    pub changed: Vec<Changed>,
    /// How the contents differ, where both snapshots know them.
    pub rows: RowsDifference,
    /// What was not looked at on one side or on both. It says nothing of whether the databases are equal.
    pub not_compared: Vec<NotCompared>,
}

/// An object that both snapshots have, with what differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    /// The object.
    #[serde(flatten)]
    pub identity: Identity,
    /// What differs of it, in the order of the attributes' names; never empty.
    pub attributes: Vec<AttributeChange>,
    /// Whether one side tells of it only what differs from what it was inherited from: then an attribute that is
    /// missing there isn't nothing.
    #[serde(skip)]
    pub(super) inherited: bool,
}

/// The attribute of an object of which only what is its own is told.
const INHERITED: &str = "inherited";

/// One thing that differs between the two sides of an object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttributeChange {
    /// The attribute's name.
    pub attribute: String,
    /// What *before* says; none where it has no such attribute.
    pub before: Option<Value>,
    /// What *after* says; none where it has no such attribute.
    pub after: Option<Value>,
}

/// How the contents differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RowsDifference {
    /// The tables whose rows are not the same, by qualified and quoted name. None: no such table on that side.
    pub tables: BTreeMap<String, Sides<TableRows>>,
    /// The sequences that don't stand at the same place: last value, and whether it was handed out.
    pub sequences: BTreeMap<String, Sides<(i64, bool)>>,
    /// Whether only one of the snapshots knows its contents, so that nothing could be said of them.
    pub one_sided: bool,
    /// The tables with as many rows on both sides that one side has only counted, so that nobody knows whether they are
    /// the same.
    pub only_counted: BTreeSet<String>,
}

/// What the two snapshots have under the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sides<T> {
    /// In *before*.
    pub before: Option<T>,
    /// In *after*.
    pub after: Option<T>,
}

/// An object that no kind describes, so that nobody knows whether it is the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotCompared {
    /// The system catalog that it is in.
    pub catalog: String,
    /// What it is, as PostgreSQL describes it.
    pub object: String,
    /// Whether *before* has it.
    pub before: bool,
    /// Whether *after* has it.
    pub after: bool,
}

impl Difference {
    /// Whether the two are equal, and nothing that was asked for of their rows was left out for want of an answer.
    pub fn is_equal(&self) -> bool {
        self.is_empty() && !self.rows.is_incomplete()
    }

    /// Whether the two are equal as far as they were compared; [`not_compared`](Self::not_compared) says how far.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty() && self.rows.is_empty()
    }
}

impl RowsDifference {
    /// Whether the contents are equal, as far as both are known.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.sequences.is_empty()
    }

    /// Whether one side knows less of its contents than the other, so that they were not compared, or not all of them.
    pub fn is_incomplete(&self) -> bool {
        self.one_sided || !self.only_counted.is_empty()
    }
}

/// Compares two snapshots, and leaves out what is to be ignored. Pure: two expressions of different text are different
/// here, see [`settle`](fn@super::settle).
pub fn compare(before: &Snapshot, after: &Snapshot, ignore: &Ignore) -> Difference {
    let (before_objects, after_objects) = (kept(&before.objects, ignore), kept(&after.objects, ignore));
    let mut difference = Difference {
        rows: rows(before.rows.as_ref(), after.rows.as_ref()),
        not_compared: not_compared(before, after),
        ..Difference::default()
    };
    let same_thing = same_under_other_names(&before_objects, &after_objects, ignore);
    for (identity, attributes) in &before_objects {
        if same_thing.before.contains(identity) {
            continue;
        }
        match after_objects.get(identity).filter(|_| !same_thing.after.contains(identity)) {
            None => {
                difference.removed.insert((*identity).clone(), owned(attributes));
            }
            Some(now) => {
                let inherited = attributes.contains_key(INHERITED) || now.contains_key(INHERITED);
                let attributes = changes(attributes, now);
                if !attributes.is_empty() {
                    difference.changed.push(Changed { identity: (*identity).clone(), attributes, inherited });
                }
            }
        }
    }
    for (identity, attributes) in &after_objects {
        let taken = before_objects.contains_key(identity) && !same_thing.before.contains(identity);
        if !taken && !same_thing.after.contains(identity) {
            difference.added.insert((*identity).clone(), owned(attributes));
        }
    }
    difference
}

/// The attributes of an object that count.
type Kept<'s> = BTreeMap<&'s str, &'s Value>;

/// The objects and attributes that are not ignored.
fn kept<'s>(objects: &'s BTreeMap<Identity, Attributes>, ignore: &Ignore) -> BTreeMap<&'s Identity, Kept<'s>> {
    let attributes = |identity: &Identity, attributes: &'s Attributes| {
        let counts = |(name, _): &(&str, &Value)| !ignore.attribute(&identity.kind, name);
        attributes.iter().map(|(name, value)| (name.as_str(), value)).filter(counts).collect()
    };
    let objects = objects.iter().filter(|(identity, _)| !ignore.kind(&identity.kind));
    objects.map(|(identity, all)| (identity, attributes(identity, all))).collect()
}

fn owned(attributes: &Kept<'_>) -> Attributes {
    attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())).collect()
}

fn changes(before: &Kept<'_>, after: &Kept<'_>) -> Vec<AttributeChange> {
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let differing = names.into_iter().filter(|name| before.get(name) != after.get(name));
    let change = |name: &str| AttributeChange {
        attribute: name.to_owned(),
        before: before.get(name).map(|value| (*value).clone()),
        after: after.get(name).map(|value| (*value).clone()),
    };
    differing.map(change).collect()
}

/// Objects of kinds whose names are ignored that the other side has too, be it under another name.
#[derive(Default)]
struct SameThing<'s> {
    before: BTreeSet<&'s Identity>,
    after: BTreeSet<&'s Identity>,
}

/// Pairs the objects whose names are ignored by what they are. Those of the same name go first, so that the rest is
/// as small as it can be; what finds no partner is then compared by name like everything else.
fn same_under_other_names<'s>(
    before: &BTreeMap<&'s Identity, Kept<'s>>,
    after: &BTreeMap<&'s Identity, Kept<'s>>,
    ignore: &Ignore,
) -> SameThing<'s> {
    let mut same = SameThing::default();
    let nameless = |identity: &Identity| ignore.name(&identity.kind);
    for (identity, attributes) in before.iter().filter(|(identity, _)| nameless(identity)) {
        if after.get(identity) == Some(attributes) {
            same.before.insert(identity);
            same.after.insert(identity);
        }
    }
    let mut candidates: HashMap<Essence, Vec<&'s Identity>> = HashMap::new();
    let left = after.iter().rev().filter(|(identity, _)| nameless(identity) && !same.after.contains(*identity));
    for (identity, attributes) in left {
        candidates.entry(Essence::of(identity, attributes)).or_default().push(identity);
    }
    let left: Vec<_> = before.iter().filter(|(id, _)| nameless(id) && !same.before.contains(*id)).collect();
    for (identity, attributes) in left {
        if let Some(partner) = candidates.get_mut(&Essence::of(identity, attributes)).and_then(Vec::pop) {
            same.before.insert(identity);
            same.after.insert(partner);
        }
    }
    same
}

/// What an object is, apart from its name.
#[derive(PartialEq, Eq, Hash)]
struct Essence {
    kind: String,
    parent: (Option<String>, String),
    attributes: String,
}

impl Essence {
    fn of(identity: &Identity, attributes: &Kept<'_>) -> Essence {
        // A map of texts to JSON is always JSON.
        let attributes = serde_json::to_string(attributes).unwrap_or_default();
        Essence { kind: identity.kind.clone(), parent: (identity.schema.clone(), identity.name.clone()), attributes }
    }
}

fn rows(before: Option<&Rows>, after: Option<&Rows>) -> RowsDifference {
    let (Some(before), Some(after)) = (before, after) else {
        return RowsDifference { one_sided: before.is_some() || after.is_some(), ..RowsDifference::default() };
    };
    RowsDifference {
        tables: differing(&before.tables, &after.tables, TableRows::is_same),
        sequences: differing(&before.sequences, &after.sequences, PartialEq::eq),
        one_sided: false,
        only_counted: only_counted(before, after),
    }
}

fn only_counted(before: &Rows, after: &Rows) -> BTreeSet<String> {
    let both = before.tables.iter().filter_map(|(name, one)| Some((name, one, after.tables.get(name)?)));
    let open = both.filter(|(_, one, other)| {
        one.count == other.count && one.count > 0 && one.digest.is_some() != other.digest.is_some()
    });
    open.map(|(name, ..)| name.clone()).collect()
}

impl TableRows {
    /// Whether both hold the same rows, as far as both tell: a side that was only counted has no digest.
    fn is_same(&self, other: &TableRows) -> bool {
        let digests = self.digest.as_ref().zip(other.digest.as_ref());
        self.count == other.count && digests.is_none_or(|(one, other)| one == other)
    }
}

fn differing<T: Clone>(
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
    same: impl Fn(&T, &T) -> bool,
) -> BTreeMap<String, Sides<T>> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let sides = |name: &String| Sides { before: before.get(name).cloned(), after: after.get(name).cloned() };
    let named = names.into_iter().map(|name| (name.clone(), sides(name)));
    named.filter(|(_, sides)| !matches!(sides, Sides { before: Some(b), after: Some(a) } if same(b, a))).collect()
}

fn not_compared(before: &Snapshot, after: &Snapshot) -> Vec<NotCompared> {
    let list = |snapshot: &Snapshot| -> BTreeSet<(String, String)> {
        let all = snapshot.not_compared.iter();
        let of = all.flat_map(|unclaimed| unclaimed.objects.iter().map(|object| (&unclaimed.catalog, object)));
        of.map(|(catalog, object)| (catalog.clone(), object.clone())).collect()
    };
    let (before, after) = (list(before), list(after));
    let of = |named: &(String, String)| NotCompared {
        catalog: named.0.clone(),
        object: named.1.clone(),
        before: before.contains(named),
        after: after.contains(named),
    };
    before.union(&after).map(of).collect()
}

/// As a snapshot has them: a list of objects, each with its name in it.
fn entries<S: Serializer>(objects: &BTreeMap<Identity, Attributes>, to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Entry<'a> {
        #[serde(flatten)]
        identity: &'a Identity,
        attributes: &'a Attributes,
    }
    to.collect_seq(objects.iter().map(|(identity, attributes)| Entry { identity, attributes }))
}

#[cfg(test)]
mod tests;
