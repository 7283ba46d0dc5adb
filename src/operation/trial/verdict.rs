//! What the snapshots of a test say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fingerprint::Fingerprint;
use super::{Class, Way};
use crate::database::Client;
use crate::error::Error;
use crate::operation::diff::Diff;
use crate::schema::{AttributeChange, Changed, Difference, Ignore, Snapshot, compare, settle};

/// What two snapshots that should be equal come to.
#[derive(Debug)]
pub struct Finding {
    /// What differs, apart from what follows.
    diff: Box<Diff>,
    /// Tables whose columns stand in another order.
    reordered: Vec<String>,
    /// What stays because nothing can undo it.
    stays: Vec<String>,
}

impl Finding {
    /// Of rows and sequences alone, where there are the same objects before the way up and after the way down.
    pub fn of_rows(before: &Fingerprint, back: &Fingerprint) -> Finding {
        finding(rows(before), rows(back), None)
    }

    /// Of how many rows there are, after two ways up.
    pub fn of_counts(first: &Fingerprint, again: &Fingerprint) -> Finding {
        finding(counted(rows(first)), counted(rows(again)), None)
    }

    /// Whether something differs that should not.
    pub fn is_wrong(&self) -> bool {
        !self.diff.difference.is_empty()
    }

    /// The class of a revision of which this is what is wrong.
    pub fn into_class(self, after: Way) -> Class {
        Class::Differs { after, diff: self.diff }
    }
}

/// Holds what is there after the way down against what was there before the way up. `client` has what is there.
pub fn undone(before: Snapshot, back: Snapshot, client: &mut Client) -> Finding {
    finding(before, back, Some(client))
}

/// Holds what is there after the second way up against what the first one made. Rows are only counted, for they may hold
/// the time or a random number; sequences go on where they were.
pub fn repeated(first: Snapshot, again: Snapshot, client: &mut Client) -> Finding {
    finding(counted(first), counted(again), Some(client))
}

/// A snapshot of nothing but rows.
fn rows(fingerprint: &Fingerprint) -> Snapshot {
    let rows = Some(fingerprint.rows().clone());
    Snapshot { server_version: 0, objects: BTreeMap::new(), not_compared: Vec::new(), rows }
}

fn counted(mut snapshot: Snapshot) -> Snapshot {
    if let Some(rows) = &mut snapshot.rows {
        rows.sequences.clear();
        rows.tables.values_mut().for_each(|table| table.digest = None);
    }
    snapshot
}

fn finding(before: Snapshot, after: Snapshot, client: Option<&mut Client>) -> Finding {
    let mut difference = compare(&before, &after, &Ignore::default());
    // Both are of the same database, where only the later one can be asked.
    let settled = settle(&mut difference, None, client);
    let reordered = take_out_order(&mut difference);
    let stays = take_out_what_stays(&mut difference);
    // What is not compared is no news in each of the tests.
    difference.not_compared.clear();
    Finding { diff: Box::new(Diff { difference, settled, before, after }), reordered, stays }
}

/// The class of a revision that was run up, down and, if that is possible, up again.
pub fn class(undone: Finding, repeated: Result<Finding, Error>) -> Class {
    let stays = undone.stays.clone();
    if undone.is_wrong() {
        return undone.into_class(Way::Down);
    }
    let repeated = match repeated {
        Ok(repeated) => repeated,
        Err(error) if !stays.is_empty() && is_there_already(&error) => {
            return Class::Lossy { stays: with(stays, format!("so it can't be run up again: {error}")) };
        }
        Err(error) => return Class::Fails { on: Way::UpAgain, error: Box::new(error) },
    };
    if repeated.is_wrong() {
        return repeated.into_class(Way::UpAgain);
    }
    let tables: BTreeSet<String> = undone.reordered.into_iter().chain(repeated.reordered).collect();
    match (stays.is_empty(), tables.is_empty()) {
        (false, _) => Class::Lossy { stays },
        (true, false) => Class::OrderOnly { tables: tables.into_iter().collect() },
        (true, true) => Class::Exact,
    }
}

fn with(mut list: Vec<String>, more: String) -> Vec<String> {
    list.push(more);
    list
}

/// Whether a revision fails because what it makes is there.
fn is_there_already(error: &Error) -> bool {
    matches!(error, Error::Step(failure) if failure.error.code == "42710")
}

/// Takes out where a column stands, and gives the tables whose columns do not stand where they did.
fn take_out_order(difference: &mut Difference) -> Vec<String> {
    let mut tables = BTreeSet::new();
    difference.changed.retain_mut(|Changed { identity, attributes, .. }| {
        let all = attributes.len();
        if identity.kind == "column" {
            attributes.retain(|change| change.attribute != "position");
        }
        if attributes.len() < all {
            let schema = identity.schema.as_ref().map(|schema| format!("{schema}."));
            tables.insert(format!("{}{}", schema.unwrap_or_default(), identity.name));
        }
        !attributes.is_empty()
    });
    tables.into_iter().collect()
}

/// Takes out the values that an enum has more than it had, which PostgreSQL can't drop, and positions of sequences, which
/// no transaction takes back.
/// <https://www.postgresql.org/docs/current/sql-altertype.html>
fn take_out_what_stays(difference: &mut Difference) -> Vec<String> {
    let mut stays = Vec::new();
    difference.changed.retain_mut(|Changed { identity, attributes, .. }| {
        if identity.kind == "enum" {
            attributes.retain(|change| match more_values(change) {
                None => true,
                Some(values) => {
                    let schema = identity.schema.as_deref().unwrap_or_default();
                    stays.push(format!("{} of enum {schema}.{}", values.join(", "), identity.name));
                    false
                }
            });
        }
        !attributes.is_empty()
    });
    difference.rows.sequences.retain(|name, sides| match (&sides.before, &sides.after) {
        (Some(_), Some((value, _))) => {
            stays.push(format!("the position of sequence {name}: {value}"));
            false
        }
        _ => true,
    });
    stays
}

/// The values that an enum has now and did not have, if it has lost none and the order of the others is the same.
fn more_values(change: &AttributeChange) -> Option<Vec<String>> {
    let list = |value: &Option<Value>| -> Option<Vec<String>> {
        value.as_ref()?.as_array()?.iter().map(|label| label.as_str().map(str::to_owned)).collect()
    };
    if change.attribute != "values" {
        return None;
    }
    let (before, after) = (list(&change.before)?, list(&change.after)?);
    let (kept, new): (Vec<String>, Vec<String>) = after.into_iter().partition(|label| before.contains(label));
    (kept == before).then_some(new)
}
