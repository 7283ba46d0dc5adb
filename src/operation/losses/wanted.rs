//! What is to be known of a database for what a plan does.

use super::away::{Back, Named};
use super::facts::Wanted;
use super::script::{Event, Happening, relation_names};
use crate::database::ledger::Retired;
use crate::revision::statement::{Destruction, Loss, Made, ObjectKind, ObjectName};

/// What is to be known for these happenings.
pub(super) fn wanted(happenings: &[Happening]) -> Wanted {
    let mut wanted = Wanted::default();
    for name in relation_names(happenings) {
        note(&mut wanted, name);
    }
    for (_, event) in happenings {
        match event {
            Event::Path(Some(path)) => wanted.schemas.extend(path.iter().cloned()),
            Event::Made(Made::RenamedColumn(_, from, _)) => wanted.columns.push(from.clone()),
            Event::RenamedSchema(from, _) => wanted.schemas.push(from.clone()),
            Event::Destroyed(destruction) => want(&mut wanted, destruction),
            _ => {}
        }
    }
    // What is meant by a name that the plan gives is looked up by the one that it has before.
    for (_, event) in happenings.iter().rev() {
        match event {
            Event::Made(Made::Renamed(from, to)) => follow(&mut wanted, &from.name, |name| name == to.name),
            Event::Made(Made::RenamedColumn(_, from, to)) => follow_column(&mut wanted, from, |name| name == to),
            Event::PutAway(away) => {
                let is_it = |name: &str| away.candidates.iter().any(|candidate| candidate == name);
                match &away.object {
                    Named::Whole(name) => follow(&mut wanted, &name.name, is_it),
                    Named::Column(_, column) => follow_column(&mut wanted, column, is_it),
                    Named::Routine => {}
                }
            }
            Event::Back(Back { rows: Some(rows), .. }) => rows.iter().for_each(|row| want_back(&mut wanted, row)),
            _ => {}
        }
    }
    for list in wanted.lists() {
        list.sort();
        list.dedup();
    }
    wanted
}

fn note(wanted: &mut Wanted, name: &ObjectName) {
    wanted.names.push(name.name.clone());
    wanted.schemas.extend(name.schema.clone());
}

fn want(wanted: &mut Wanted, destruction: &Destruction) {
    let object = &destruction.object;
    let name = object.name.name.clone();
    wanted.columns.extend(object.part.clone());
    match (object.kind, &destruction.loss) {
        (ObjectKind::Schema, _) => wanted.dropped_schemas.push(name),
        (ObjectKind::Extension, _) => wanted.extensions.push(name),
        (ObjectKind::Type | ObjectKind::Domain, _) => {
            wanted.types.push(name);
            wanted.schemas.extend(object.name.schema.clone());
        }
        (ObjectKind::Owned, _) => wanted.roles.push(name),
        (ObjectKind::Column, Loss::Drop) if destruction.cascade => {
            wanted.cascading_columns.extend(object.part.clone());
        }
        (_, Loss::Drop) if destruction.cascade => wanted.cascades.push(name),
        (_, Loss::Truncate) if destruction.cascade => {
            wanted.truncated.push(name.clone());
            wanted.emptied.push(name);
        }
        (_, Loss::Truncate | Loss::DeleteAll | Loss::DeleteSome) => wanted.emptied.push(name),
        _ => {}
    }
}

/// Wants a relation or type by its name before the plan as it is wanted by a later one.
fn follow(wanted: &mut Wanted, before: &str, is_later: impl Fn(&str) -> bool) {
    let Wanted { names, cascades, types, truncated, emptied, .. } = wanted;
    for list in [names, cascades, types, truncated, emptied] {
        if list.iter().any(|name| is_later(name)) {
            list.push(before.to_owned());
        }
    }
}

/// The same of a column.
fn follow_column(wanted: &mut Wanted, before: &str, is_later: impl Fn(&str) -> bool) {
    for list in [&mut wanted.columns, &mut wanted.cascading_columns] {
        if list.iter().any(|name| is_later(name)) {
            list.push(before.to_owned());
        }
    }
}

/// Wants what comes back by what it is called as long as it is away, if the plan has a use for it.
fn want_back(wanted: &mut Wanted, row: &Retired) {
    let is_it = |name: &String| *name == row.name;
    match &row.relation {
        None if wanted.names.iter().chain(&wanted.types).any(is_it) => {
            wanted.schemas.push(row.schema.clone());
            follow(wanted, &row.backup, |name| name == row.name);
        }
        Some(table) if row.kind == "column" && wanted.columns.iter().any(is_it) => {
            note(wanted, &ObjectName { schema: Some(row.schema.clone()), name: table.clone() });
            follow_column(wanted, &row.backup, |name| name == row.name);
        }
        _ => {}
    }
}
