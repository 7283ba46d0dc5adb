//! Whether everything that is in a database was looked at.

use std::collections::BTreeMap;

use postgres::SimpleQueryRow;

use super::Unclaimed;
use super::row::{Place, Row};
use crate::database::ledger::result_sets;
use crate::database::{Client, DatabaseError, quote};

/// Every object that a user made, by its place.
pub const OBJECTS: &str = include_str!("census.sql");

/// The catalogs of this database that [`OBJECTS`] does not count and that hold more than parts of what it counts: those
/// of a PostgreSQL that is newer than this program.
pub const CATALOGS: &str = include_str!("catalogs.sql");

/// What was counted, and then what is left of it.
#[derive(Debug)]
pub struct Census {
    objects: Vec<Place>,
    catalogs: Vec<Unknown>,
}

/// A catalog that this program does not know.
#[derive(Debug)]
struct Unknown {
    name: String,
    has_oid: bool,
}

impl Census {
    /// Reads the answers to [`OBJECTS`] and [`CATALOGS`].
    pub fn understand(objects: &[SimpleQueryRow], catalogs: &[SimpleQueryRow]) -> Option<Census> {
        let catalog =
            |row: &SimpleQueryRow| Some(Unknown { name: row.get(0)?.to_owned(), has_oid: row.get(1)? == "t" });
        Some(Census {
            objects: objects.iter().map(place).collect::<Option<_>>()?,
            catalogs: catalogs.iter().map(catalog).collect::<Option<_>>()?,
        })
    }

    /// Takes out what is known.
    pub fn take(&mut self, is_known: impl Fn(Place) -> bool) {
        self.objects.retain(|place| !is_known(*place));
    }

    /// What is left, as PostgreSQL describes it; and it names what stray remarks are about. Those about nothing go: when a
    /// subscription is dropped its comment stays. Where there is nothing of either, nothing is asked.
    ///
    /// # Errors
    /// The connection is lost, or the server refuses to read a catalog.
    pub fn describe(self, client: &mut Client, remarks: &mut Vec<Row>) -> Result<Vec<Unclaimed>, DatabaseError> {
        if self.objects.is_empty() && self.catalogs.is_empty() && remarks.is_empty() {
            return Ok(Vec::new());
        }
        let of_remarks: Vec<Place> = remarks.iter().map(|row| row.place).collect();
        let mut queries = vec![description(&of_remarks), description(&self.objects)];
        queries.extend(self.catalogs.iter().map(Unknown::query));
        let answer = client.simple_query(&queries.join(";\n"));
        let sets = result_sets(answer.map_err(|error| DatabaseError::of(error, "the objects can't be counted"))?);
        let mut names = sets.first().map(Vec::as_slice).unwrap_or_default().iter();
        remarks.retain_mut(|remark| match names.next().and_then(|row| row.get(1)) {
            Some(name) => {
                name.clone_into(&mut remark.identity.name);
                true
            }
            None => false,
        });
        Ok(by_catalog(sets.iter().skip(1).flatten().filter_map(pair)))
    }
}

/// Asks for the catalog of each place and a description of what is there, in this order; null where nothing is any more.
fn description(places: &[Place]) -> String {
    let row = |(number, (class, oid, sub)): (usize, &Place)| format!("({number}, {class}::oid, {oid}::oid, {sub})");
    let rows: Vec<String> = places.iter().enumerate().map(row).collect();
    // A list of rows can't be empty.
    let rows = if rows.is_empty() { "(0, NULL::oid, NULL::oid, 0)".to_owned() } else { rows.join(", ") };
    format!(
        "SELECT class::pg_catalog.regclass, pg_catalog.pg_describe_object(class, oid, sub) \
         FROM (VALUES {rows}) place (number, class, oid, sub) ORDER BY number"
    )
}

impl Unknown {
    /// Asks for its name and each of its objects, which nobody can describe; or for how many rows it has.
    fn query(&self) -> String {
        let (name, catalog) = (quote::literal(&self.name), quote::identifier(&self.name));
        match self.has_oid {
            true => format!(
                "SELECT {name}, pg_catalog.concat('oid ', oid) FROM pg_catalog.{catalog} \
                 WHERE oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid ORDER BY oid"
            ),
            false => format!(
                "SELECT {name}, pg_catalog.concat(pg_catalog.count(*), ' rows') FROM pg_catalog.{catalog} \
                 HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0"
            ),
        }
    }
}

fn place(row: &SimpleQueryRow) -> Option<Place> {
    Some((row.get(0)?.parse().ok()?, row.get(1)?.parse().ok()?, row.get(2)?.parse().ok()?))
}

fn pair(row: &SimpleQueryRow) -> Option<(String, String)> {
    Some((row.get(0)?.to_owned(), row.get(1)?.to_owned()))
}

fn by_catalog(described: impl Iterator<Item = (String, String)>) -> Vec<Unclaimed> {
    let mut catalogs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (catalog, object) in described {
        catalogs.entry(catalog).or_default().push(object);
    }
    let unclaimed = catalogs.into_iter().map(|(catalog, mut objects)| {
        objects.sort();
        Unclaimed { catalog, objects }
    });
    unclaimed.collect()
}
