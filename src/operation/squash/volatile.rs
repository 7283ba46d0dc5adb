//! What is not the same when the same revisions run a second time: times, random ids, objects that have their names of
//! these.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::database::ledger::result_sets;
use crate::database::quote::literal;
use crate::database::{Client, DatabaseError};
use crate::error::count;
use crate::schema::rows::LARGE_OBJECTS;
use crate::schema::{Attributes, Changed, Difference, Identity, Ignore, Snapshot, compare};

/// What differs between two replays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Volatile {
    /// Objects that the other replay has not built, but for the parts of such objects.
    pub objects: Vec<Identity>,
    /// Attributes of objects that both have built.
    pub attributes: BTreeMap<Identity, Vec<String>>,
    /// By the table's qualified and quoted name.
    pub tables: BTreeMap<String, VolatileTable>,
    /// Sequences that stand elsewhere.
    pub sequences: Vec<String>,
    /// What no comparison covers and only one of them has.
    pub uncompared: Vec<String>,
}

/// A table whose rows differ between two replays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VolatileTable {
    /// How many rows one replay left and the other didn't.
    pub rows: usize,
    /// The columns whose values differ.
    pub columns: Vec<String>,
}

impl Volatile {
    /// Compares two replays, and looks more closely at the rows where they differ.
    pub fn find(first: &Snapshot, second: &Snapshot, clients: [&mut Client; 2]) -> Result<Volatile, DatabaseError> {
        let found = compare(first, second, &Ignore::default());
        let whole = |part: &Identity| found.removed.keys().any(|whole| whole.part.is_none() && is_of(part, whole));
        let objects = found.removed.keys().filter(|object| object.part.is_none() || !whole(object)).cloned().collect();
        let names = |changed: &Changed| changed.attributes.iter().map(|change| change.attribute.clone()).collect();
        let attributes = found.changed.iter().map(|changed| (changed.identity.clone(), names(changed))).collect();
        let [one, other] = clients;
        let mut tables = BTreeMap::new();
        // What only one of them has is an object that differs.
        for (name, _) in found.rows.tables.iter().filter(|(_, sides)| sides.before.is_some() && sides.after.is_some()) {
            let (first, second) = (Details::read(one, name)?, Details::read(other, name)?);
            tables.insert(name.clone(), first.against(&second));
        }
        let moved = found.rows.sequences.iter().filter(|(_, sides)| sides.before.is_some() && sides.after.is_some());
        let sequences = moved.map(|(name, _)| name.clone()).collect();
        let uncompared = uncompared(first, second);
        Ok(Volatile { objects, attributes, tables, sequences, uncompared })
    }

    /// Why no snapshot can stand for the revisions, if that is so: a way down of its own would look for objects that the
    /// databases which ran the revisions don't have.
    pub fn against_snapshot(&self) -> Option<String> {
        let object = called(self.objects.first()?);
        Some(format!("{object} is called otherwise each time they run, and a dump knows one name only"))
    }

    /// One line each, for the proof.
    pub fn lines(&self) -> Vec<String> {
        let table = |(name, table): (&String, &VolatileTable)| {
            let columns = match table.columns.as_slice() {
                [] => String::new(),
                columns => format!(" ({})", columns.join(", ")),
            };
            let verb = if table.rows == 1 { "differs" } else { "differ" };
            format!("{name}{columns}: {} {verb} between two replays", count(table.rows, "row"))
        };
        let sequence = |name: &String| format!("{name}: stands elsewhere after another replay");
        let object = |object: &Identity| format!("{}: another replay has not built it", called(object));
        let attributes = |(object, names): (&Identity, &Vec<String>)| {
            format!("{} ({}): differs between two replays", called(object), names.join(", "))
        };
        let schema = self.objects.iter().map(object).chain(self.attributes.iter().map(attributes));
        schema.chain(self.tables.iter().map(table)).chain(self.sequences.iter().map(sequence)).collect()
    }

    /// Takes out of a difference between a replay and something that was computed anew what is not the same from replay
    /// to replay either: of those tables the columns that hold still must be equal, of which there must be as many rows.
    /// Of objects that are called otherwise each time there must be as many of each kind, and tables of as many rows.
    pub fn take_out(&self, difference: &mut Difference, clients: [&mut Client; 2]) -> Result<(), DatabaseError> {
        for changed in &mut difference.changed {
            if let Some(volatile) = self.attributes.get(&changed.identity) {
                changed.attributes.retain(|change| !volatile.contains(&change.attribute));
            }
        }
        difference.changed.retain(|changed| !changed.attributes.is_empty());
        if self.are_under_other_names(difference) {
            difference.removed.clear();
            difference.added.clear();
            difference.rows.tables.retain(|_, sides| sides.before.is_some() && sides.after.is_some());
            difference.rows.sequences.retain(|_, sides| sides.before.is_some() && sides.after.is_some());
        }
        let rows = &mut difference.rows;
        rows.sequences.retain(|name, sides| sides.after.is_none() || !self.sequences.contains(name));
        let [one, other] = clients;
        for (name, volatile) in &self.tables {
            if rows.tables.get(name).is_some_and(|sides| sides.after.is_some()) {
                let [first, second] = [Details::read(one, name)?, Details::read(other, name)?];
                if first.without(&volatile.columns) == second.without(&volatile.columns) {
                    rows.tables.remove(name);
                }
            }
        }
        Ok(())
    }
}

/// What no comparison covers and only one of them has, as PostgreSQL describes it.
pub fn uncompared(one: &Snapshot, other: &Snapshot) -> Vec<String> {
    let names = |snapshot: &Snapshot| -> BTreeSet<String> {
        snapshot.not_compared.iter().flat_map(|unclaimed| &unclaimed.objects).cloned().collect()
    };
    names(one).symmetric_difference(&names(other)).cloned().collect()
}

/// Whether an object is a part of another one.
fn is_of(part: &Identity, whole: &Identity) -> bool {
    (&part.schema, &part.name) == (&whole.schema, &whole.name)
}

/// What people call an object.
fn called(object: &Identity) -> String {
    let names = object.schema.iter().chain([&object.name]).chain(&object.part);
    format!("{} {}", object.kind.replace('_', " "), names.cloned().collect::<Vec<_>>().join("."))
}

impl Volatile {
    /// Whether all objects that only one side has may be the same ones by other names.
    fn are_under_other_names(&self, difference: &Difference) -> bool {
        let is_one = |object: &Identity| {
            self.objects.iter().any(|one| one == object || (one.part.is_none() && is_of(object, one)))
        };
        let kinds = |objects: &BTreeMap<Identity, Attributes>| sorted(objects.keys().map(|object| object.kind.clone()));
        let tables = || difference.rows.tables.values();
        let gone = tables().filter(|sides| sides.after.is_none()).filter_map(|sides| sides.before.as_ref());
        let new = tables().filter(|sides| sides.before.is_none()).filter_map(|sides| sides.after.as_ref());
        difference.removed.keys().all(is_one)
            && kinds(&difference.removed) == kinds(&difference.added)
            && sorted(gone.map(|table| table.count)) == sorted(new.map(|table| table.count))
    }
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items
}

/// The rows of a table, each as a digest of each of its columns' values, in no order.
struct Details {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Details {
    fn read(client: &mut Client, table: &str) -> Result<Details, DatabaseError> {
        let doing = "rows that differ between two replays can't be read";
        let mut query =
            |sql: &str| client.simple_query(sql).map(result_sets).map_err(|error| DatabaseError::of(error, doing));
        let text = |row: &postgres::SimpleQueryRow, at| row.get(at).unwrap_or_default().to_owned();
        if table == LARGE_OBJECTS {
            // Each has one number and one content.
            let sets = query(
                "SELECT oid, pg_catalog.encode(pg_catalog.sha256(pg_catalog.lo_get(oid)), 'hex') \
                              FROM pg_catalog.pg_largeobject_metadata",
            )?;
            let rows = sets.iter().flatten().map(|row| vec![text(row, 0), text(row, 1)]).collect();
            return Ok(Details { columns: vec!["oid".to_owned(), "content".to_owned()], rows });
        }
        let sets = query(&format!(
            "SELECT attname, pg_catalog.quote_ident(attname) FROM pg_catalog.pg_attribute \
             WHERE attrelid = {}::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            literal(table)
        ))?;
        let names: Vec<(String, String)> = sets.iter().flatten().map(|row| (text(row, 0), text(row, 1))).collect();
        let digest = |(_, name): &(String, String)| {
            format!("pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to({name}::text, 'UTF8')), 'hex')")
        };
        let digests: Vec<String> = names.iter().map(digest).collect();
        let sets = query(&format!("SELECT {} FROM ONLY {table}", digests.join(", ")))?;
        let row = |row: &postgres::SimpleQueryRow| (0..names.len()).map(|at| text(row, at)).collect();
        let rows = sets.iter().flatten().map(row).collect();
        Ok(Details { columns: names.into_iter().map(|(name, _)| name).collect(), rows })
    }

    /// Which columns differ as a whole, and how many rows the other one has not.
    fn against(&self, other: &Details) -> VolatileTable {
        let column = |details: &Details, at: usize| {
            let mut values: Vec<String> = details.rows.iter().filter_map(|row| row.get(at).cloned()).collect();
            values.sort_unstable();
            values
        };
        let differs = |at: &usize| column(self, *at) != column(other, *at);
        let columns = (0..self.columns.len()).filter(differs).map(|at| self.columns[at].clone()).collect();
        let mut left: HashMap<&Vec<String>, usize> = HashMap::new();
        for row in &other.rows {
            *left.entry(row).or_default() += 1;
        }
        let is_new = |row: &&Vec<String>| match left.get_mut(*row) {
            Some(number) if *number > 0 => {
                *number -= 1;
                false
            }
            _ => true,
        };
        VolatileTable { rows: self.rows.iter().filter(is_new).count(), columns }
    }

    /// The rows without some columns, in an order of their own.
    fn without(&self, columns: &[String]) -> Vec<Vec<&String>> {
        let kept = |row: &'_ Vec<String>| -> Vec<usize> {
            (0..row.len()).filter(|at| self.columns.get(*at).is_some_and(|name| !columns.contains(name))).collect()
        };
        let mut rows: Vec<Vec<&String>> =
            self.rows.iter().map(|row| kept(row).into_iter().map(|at| &row[at]).collect()).collect();
        rows.sort_unstable();
        rows
    }
}
