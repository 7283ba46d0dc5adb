//! Columns that a table has from its parent.

use std::collections::HashMap;

use serde_json::Value;

use super::Attributes;
use super::row::Row;

/// The attribute of a column that is its parent's.
const INHERITED: &str = "inherited";

/// Takes from the columns of child tables what they have from their parent, and the columns that have nothing else: a
/// column added to a table with fifty partitions is one change. What the parent has and the child has not is null.
pub fn forget_what_is_inherited(rows: &mut Vec<Row>) {
    let columns: HashMap<(u32, &str), &Row> = rows.iter().filter_map(|row| Some((column(row)?, row))).collect();
    let own: Vec<Option<Attributes>> = rows
        .iter()
        .map(|row| {
            let (_, name) = column(row)?;
            let parent = columns.get(&(row.like?, name))?;
            Some(own_attributes(&row.attributes, &parent.attributes))
        })
        .collect();
    let mut own = own.into_iter();
    rows.retain_mut(|row| match own.next().flatten() {
        None => true,
        Some(own) => {
            let has_own = !own.is_empty();
            row.attributes = own;
            row.attributes.insert(INHERITED.to_owned(), true.into());
            has_own
        }
    });
}

/// A column, by the table that it is in and its name.
fn column(row: &Row) -> Option<(u32, &str)> {
    if row.identity.kind != "column" {
        return None;
    }
    Some((row.place.1, row.identity.part.as_deref()?))
}

fn own_attributes(attributes: &Attributes, parent: &Attributes) -> Attributes {
    let gone = parent.keys().filter(|name| !attributes.contains_key(*name)).map(|name| (name.clone(), Value::Null));
    let own = attributes.iter().filter(|(name, value)| parent.get(*name) != Some(value));
    let own = own.map(|(name, value)| (name.clone(), value.clone()));
    gone.chain(own).filter(|(name, _)| name != INHERITED).collect()
}
