//! What a revision has made itself, up to one of its statements. Nobody else has data in it or waits for its locks.

use super::rules::volatile_columns;
use crate::revision::sql::Statement;
use crate::revision::statement::{Made, ObjectName, made};

/// What is new.
#[derive(Debug, Clone, Default)]
pub(super) struct News {
    tables: Vec<ObjectName>,
    others: Vec<ObjectName>,
    columns: Vec<(ObjectName, String)>,
    /// Columns of new tables whose default differs each time: table, column, and what the default calls.
    volatile: Vec<(ObjectName, String, String)>,
}

impl News {
    /// Takes in what a statement makes.
    pub fn take(&mut self, text: &str, statement: &Statement) {
        match made(text, statement.span.clone()) {
            Some(Made::Table(name)) => {
                let columns = volatile_columns(text, statement.span.clone());
                self.volatile.extend(columns.into_iter().map(|(column, calls)| (name.clone(), column, calls)));
                self.tables.push(name);
            }
            Some(Made::Other(name)) => self.others.push(name),
            Some(Made::Columns(table, columns)) => {
                self.columns.extend(columns.into_iter().map(|column| (table.clone(), column)));
            }
            Some(Made::Renamed(from, to)) => self.rename(&from, &to),
            Some(Made::RenamedColumn(table, from, to)) => {
                let new = self.columns.iter_mut().find(|(of, name)| of.may_be(&table) && *name == from);
                new.into_iter().for_each(|(_, name)| name.clone_from(&to));
            }
            None => {}
        }
    }

    fn rename(&mut self, from: &ObjectName, to: &ObjectName) {
        let tables = self.columns.iter_mut().map(|(table, _)| table);
        for name in self.tables.iter_mut().chain(&mut self.others).chain(tables).filter(|name| name.may_be(from)) {
            *name = to.clone();
        }
    }

    /// Whether a table or materialized view is new.
    pub fn has_table(&self, name: &ObjectName) -> bool {
        self.tables.iter().any(|table| table.may_be(name))
    }

    /// Whether an object of any kind is new.
    pub fn has(&self, name: &ObjectName) -> bool {
        self.has_table(name) || self.others.iter().any(|other| other.may_be(name))
    }

    /// The columns of a new table whose default differs each time, and what that calls.
    pub fn volatile_columns(&self, table: &ObjectName) -> impl Iterator<Item = (&String, &String)> {
        let of_table = self.volatile.iter().filter(|(of, _, _)| of.may_be(table));
        of_table.map(|(_, column, calls)| (column, calls))
    }

    /// Whether a column is new.
    pub fn has_column(&self, table: &ObjectName, column: &str) -> bool {
        self.has_table(table) || self.columns.iter().any(|(of, name)| of.may_be(table) && name == column)
    }
}
