//! Names that last: what is retired is called after the day on which that was, so that two databases with the same history
//! have other names. For a comparison it is called what it was called, with a remark.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::database::ledger::{Ledger, Retired};
use crate::database::quote::identifier;
use crate::database::{Client, DatabaseError};
use crate::schema::{Identity, Snapshot};

/// What every backup name has in it. Where no object has it, the ledger need not be asked.
const MARK: &str = "_backup_";

/// A snapshot in which retired objects have names that don't depend on the day: `users (retired)`, and `users (retired 2)`
/// for one that was retired before it. Takes a round trip where anything looks retired, and none otherwise.
///
/// # Errors
/// The ledger can't be read.
pub fn with_lasting_names(
    mut snapshot: Snapshot,
    client: &mut Client,
    ledger: &Ledger,
) -> Result<Snapshot, DatabaseError> {
    let is_marked = |identity: &Identity| {
        identity.name.contains(MARK) || identity.part.as_deref().is_some_and(|part| part.contains(MARK))
    };
    if !snapshot.objects.keys().any(is_marked) {
        return Ok(snapshot);
    }
    let names = Names::of(&ledger.retired(client)?);
    if names.is_empty() {
        return Ok(snapshot);
    }
    let objects = std::mem::take(&mut snapshot.objects).into_iter();
    snapshot.objects = objects
        .map(|(identity, attributes)| {
            let attributes = attributes.into_iter().map(|(name, value)| (name, names.in_value(value))).collect();
            (names.in_identity(identity), attributes)
        })
        .collect();
    if let Some(rows) = &mut snapshot.rows {
        rows.tables = renamed(std::mem::take(&mut rows.tables), &names);
        rows.sequences = renamed(std::mem::take(&mut rows.sequences), &names);
    }
    Ok(snapshot)
}

fn renamed<V>(map: BTreeMap<String, V>, names: &Names) -> BTreeMap<String, V> {
    map.into_iter().map(|(name, value)| (names.in_text(&name), value)).collect()
}

/// The lasting names by the names that there are: as they are, and as they stand in texts, with their quotes doubled.
struct Names(HashMap<String, String>);

impl Names {
    fn of(retired: &[Retired]) -> Names {
        let mut seen = HashMap::new();
        let mut names = HashMap::new();
        let is_away = |retired: &&Retired| retired.restored_at.is_none() && retired.purged_at.is_none();
        let by_backup = retired.iter().map(|one| ((kind_of_name(&one.kind), &one.schema, &one.backup), one)).collect();
        // The one that was retired last has no number.
        for one in retired.iter().rev().filter(is_away) {
            let original = original_name(one, &by_backup);
            let object = (&one.kind, &one.schema, &one.relation_then, original, &one.arguments);
            let number: &mut usize = seen.entry(object).or_default();
            *number += 1;
            let lasting = match *number {
                1 => format!("{original} (retired)"),
                number => format!("{original} (retired {number})"),
            };
            names.entry(in_quotes(&one.backup)).or_insert_with(|| in_quotes(&lasting));
            names.entry(one.backup.clone()).or_insert(lasting);
        }
        Names(names)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn in_identity(&self, identity: Identity) -> Identity {
        Identity { name: self.in_text(&identity.name), part: identity.part.map(|part| self.in_text(&part)), ..identity }
    }

    fn in_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.in_text(&text)),
            Value::Array(values) => Value::Array(values.into_iter().map(|value| self.in_value(value)).collect()),
            Value::Object(values) => {
                Value::Object(values.into_iter().map(|(name, value)| (name, self.in_value(value))).collect())
            }
            other => other,
        }
    }

    /// A text in which each name that stands by itself is the lasting one.
    fn in_text(&self, text: &str) -> String {
        if !text.contains(MARK) {
            return text.to_owned();
        }
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((at, name, lasting)) = self.first(rest, text.len() - rest.len(), text) {
            result.push_str(&rest[..at]);
            result.push_str(lasting);
            rest = &rest[at + name.len()..];
        }
        result + rest
    }

    /// The first of the names in the rest of a text, which begins at `from`: where, and what it is to be.
    fn first<'n>(&'n self, rest: &str, from: usize, text: &str) -> Option<(usize, &'n str, &'n str)> {
        let stands_alone = |at: usize, length: usize| {
            let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
            let (start, end) = (from + at, from + at + length);
            !text[..start].ends_with(is_part) && !text[end..].starts_with(is_part)
        };
        let found = self.0.iter().filter_map(|(name, lasting)| {
            let at = rest.match_indices(name.as_str()).map(|(at, _)| at).find(|at| stands_alone(*at, name.len()))?;
            Some((at, name.as_str(), lasting.as_str()))
        });
        // Of two at the same place, the longer one is meant: a name may hold spaces.
        found.min_by_key(|(at, name, _)| (*at, std::cmp::Reverse(name.len())))
    }
}

/// What an object was called before anything was retired: a column's constraint that was renamed with it is renamed once
/// more with its table.
fn original_name<'r>(one: &'r Retired, by_backup: &HashMap<(&str, &String, &String), &'r Retired>) -> &'r String {
    let before = by_backup.get(&(kind_of_name(&one.kind), &one.schema, &one.name));
    let before = before.filter(|before| before.number < one.number);
    before.map_or(&one.name, |before| original_name(before, by_backup))
}

/// A constraint's name is that of its index, which renames it too.
fn kind_of_name(kind: &str) -> &str {
    if kind == "constraint" { "index" } else { kind }
}

/// A name as it stands between quotes.
fn in_quotes(name: &str) -> String {
    let quoted = identifier(name);
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}
