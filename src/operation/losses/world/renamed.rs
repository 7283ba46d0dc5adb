//! What the things of a world are called, as a plan makes and renames them.

use super::{Thing, World};
use crate::operation::losses::away::{Back, Named, PutAway};
use crate::revision::statement::{Made, ObjectName};

/// What became of a column within the plan.
#[derive(Debug, Clone)]
pub(super) enum ColumnFate {
    New,
    /// It was called so before.
    Was(String),
    Gone,
}

impl World<'_> {
    /// Something comes to be, or gets another name.
    pub(super) fn made(&mut self, made: &Made) {
        match made {
            Made::Table(name) | Made::Other(name) => self.names.make(name),
            Made::Columns(table, columns) => {
                let Some((table, _)) = self.names.find(table) else { return };
                self.fates.extend(columns.iter().map(|column| (table.clone(), column.clone(), ColumnFate::New)));
            }
            Made::Renamed(from, to) => {
                let Some((before, after)) = self.names.rename(from, to) else { return };
                self.fates.iter_mut().filter(|(table, _, _)| *table == before).for_each(|fate| fate.0 = after.clone());
            }
            Made::RenamedColumn(table, from, to) => {
                let Some((table, _)) = self.names.find(table) else { return };
                let fate = match self.fate(&table, from) {
                    Some(fate) => fate,
                    None => ColumnFate::Was(from.clone()),
                };
                self.fates.push((table.clone(), from.clone(), ColumnFate::Gone));
                self.fates.push((table, to.clone(), fate));
            }
        }
    }

    /// What became of a column that is called so now; None: nothing that the plan does.
    pub(super) fn fate(&self, table: &ObjectName, column: &str) -> Option<ColumnFate> {
        let found = self.fates.iter().rev().find(|(of, name, _)| of == table && name == column);
        found.map(|(_, _, fate)| fate.clone())
    }

    /// A relation is gone, or nothing that the plan speaks of means it any more.
    pub(super) fn take(&mut self, name: &ObjectName) {
        let Some((full, _)) = self.names.find(name) else { return };
        self.names.take(name);
        self.fates.retain(|(table, _, _)| *table != full);
    }

    /// A `[retire]` section renames something away.
    pub(super) fn put_away(&mut self, away: &PutAway) {
        match &away.object {
            Named::Whole(name) => {
                let Some((full, _)) = self.names.find(name) else { return };
                let in_full = |name: &String| ObjectName { schema: full.schema.clone(), name: name.clone() };
                let is_free = |backup: &ObjectName| {
                    let found = self.names.find(backup).map(|(_, thing)| thing);
                    !matches!(found, Some(Thing::There(_) | Thing::Type(_) | Thing::New))
                };
                match away.candidates.iter().map(in_full).find(is_free) {
                    Some(backup) => self.made(&Made::Renamed(full, backup)),
                    None => self.take(&full),
                }
            }
            Named::Column(table, column) => {
                let Some((table, _)) = self.names.find(table) else { return };
                match away.candidates.iter().find(|backup| self.fate(&table, backup).is_none()) {
                    Some(backup) => self.made(&Made::RenamedColumn(table, column.clone(), backup.clone())),
                    None => self.fates.push((table, column.clone(), ColumnFate::Gone)),
                }
            }
            Named::Routine => {}
        }
    }

    /// What a `[retire]` section has renamed away gets its name again.
    pub(super) fn bring_back(&mut self, back: &Back) {
        let Some(rows) = &back.rows else { return self.bring_back_unknown(&back.object) };
        for row in rows {
            let full = |name: &str| ObjectName { schema: Some(row.schema.clone()), name: name.to_owned() };
            match (row.kind.as_str(), &row.relation) {
                ("column", Some(table)) => {
                    // The table itself may have come back before.
                    let Some(table) = self.names.now(&row.schema, table) else { continue };
                    self.made(&Made::RenamedColumn(table, row.backup.clone(), row.name.clone()));
                }
                ("column" | "constraint" | "index" | "statistics" | "function" | "procedure", _) => {}
                _ => self.made(&Made::Renamed(full(&row.backup), full(&row.name))),
            }
        }
    }

    /// The same where no database was asked.
    fn bring_back_unknown(&mut self, object: &Named) {
        match object {
            Named::Whole(name) => self.names.make_unknown(name),
            Named::Column(table, column) => {
                let Some((table, _)) = self.names.find(table) else { return };
                self.fates.push((table, column.clone(), ColumnFate::Was(column.clone())));
            }
            Named::Routine => {}
        }
    }
}
