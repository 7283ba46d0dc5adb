//! Whether what a query gives can go into a table by binary COPY: its columns are there, and of the same types.

use std::collections::{HashMap, HashSet};

use postgres::SimpleQueryRow;

use super::query::{Load, Refused, refused};
use crate::database::ledger::result_sets;
use crate::database::quote::{identifier, literal};
use crate::database::{Client, ClientError, DatabaseError};

/// A column that a query gives.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
}

/// A type.
#[derive(Debug, Clone, Default)]
pub(super) struct Kind {
    /// As SQL has it.
    shown: String,
    form: Form,
}

/// What a type's values are in binary COPY data. Of the same form, they can be moved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Form {
    /// Plain text: the character types, and enums.
    Text,
    /// A type of PostgreSQL's own, by its oid, which is the same everywhere.
    BuiltIn(u32),
    /// A type of an extension, by its name: its oid is another one in each database.
    Named(String),
    /// Binary data name the parts' types by their oids, which are other ones in each database.
    Local(&'static str),
    /// No type at all.
    #[default]
    Unknown,
}

/// Oids from here on are given to what users and extensions make (FirstNormalObjectId).
const FIRST_OWN_OID: u32 = 16_384;

/// The types whose binary form is their text: text, varchar, char(n).
const TEXTS: [u32; 3] = [25, 1043, 1042];

/// The types of those oids, domains seen through: `ids` is a query of oids. Each name is qualified by hand, for a transaction
/// goes on in which the user's own are looked up.
fn types_sql(ids: &str) -> String {
    format!(
        "WITH RECURSIVE seen(asked, oid) AS (SELECT oid, oid FROM pg_catalog.pg_type WHERE oid OPERATOR(pg_catalog.=) ANY ({ids}) \
         UNION ALL SELECT seen.asked, t.typbasetype FROM seen JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) seen.oid \
         WHERE t.typtype OPERATOR(pg_catalog.=) 'd') \
         SELECT seen.asked, pg_catalog.format_type(seen.asked, NULL), t.oid, t.typname, t.typtype, e.oid, e.typtype \
         FROM seen JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) seen.oid AND t.typtype OPERATOR(pg_catalog.<>) 'd' \
         LEFT JOIN pg_catalog.pg_type e ON e.oid OPERATOR(pg_catalog.=) t.typelem AND t.typcategory OPERATOR(pg_catalog.=) 'A'"
    )
}

/// The types of those oids in a database.
pub(super) fn types(client: &mut Client, oids: impl Iterator<Item = u32>) -> Result<HashMap<u32, Kind>, ClientError> {
    let oids: Vec<String> = oids.map(|oid| oid.to_string()).collect();
    let ids = format!("'{{{}}}'::pg_catalog.oid[]", oids.join(","));
    let rows = result_sets(client.simple_query(&types_sql(&ids))?).into_iter().next().unwrap_or_default();
    Ok(by_oid(&rows))
}

fn by_oid(rows: &[SimpleQueryRow]) -> HashMap<u32, Kind> {
    let kind = |row: &SimpleQueryRow| {
        Some((row.get(0)?.parse().ok()?, Kind { shown: row.get(1)?.to_owned(), form: form(row)? }))
    };
    rows.iter().filter_map(kind).collect()
}

fn form(row: &SimpleQueryRow) -> Option<Form> {
    let oid: u32 = row.get(2)?.parse().ok()?;
    let (name, class) = (row.get(3)?, row.get(4)?);
    let part_is_own = row.get(5).is_some_and(|part| part.parse().is_ok_and(|part: u32| part >= FIRST_OWN_OID));
    Some(match class {
        "e" => Form::Text,
        _ if TEXTS.contains(&oid) || (name == "citext" && oid >= FIRST_OWN_OID) => Form::Text,
        "c" => Form::Local("a row type"),
        "p" => Form::Local("a pseudo-type"),
        _ if part_is_own => Form::Local("an array of a type of the database's own"),
        _ if oid < FIRST_OWN_OID => Form::BuiltIn(oid),
        _ => Form::Named(name.to_owned()),
    })
}

/// Holds a query's columns against the table.
pub(super) fn check(target: &mut Client, load: &Load<'_>, columns: &[Column]) -> Result<(), Refused> {
    match look(target, load)? {
        Some(table) => compare(load, &table, columns),
        None => Err(load.wrong(format!("there is no table {}", load.table()), None)),
    }
}

/// The same where the table may not be there yet.
pub(super) fn check_if_there(target: &mut Client, load: &Load<'_>, columns: &[Column]) -> Result<(), Refused> {
    look(target, load)?.map_or(Ok(()), |table| compare(load, &table, columns))
}

/// A column of the table.
struct Place {
    name: String,
    /// With its measures: `numeric(10,2)`.
    shown: String,
    kind: Kind,
    is_generated: bool,
}

/// The table's columns, in order; none if there is no such table.
fn look(target: &mut Client, load: &Load<'_>) -> Result<Option<Vec<Place>>, Refused> {
    let table = format!("pg_catalog.to_regclass({})::pg_catalog.oid", literal(load.table()));
    let text = format!(
        "SELECT FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) {table};\n\
         SELECT attname, pg_catalog.format_type(atttypid, atttypmod), atttypid, attgenerated OPERATOR(pg_catalog.<>) '' \
         FROM pg_catalog.pg_attribute WHERE attrelid OPERATOR(pg_catalog.=) {table} \
         AND attnum OPERATOR(pg_catalog.>) 0 AND NOT attisdropped ORDER BY attnum;\n{}",
        types_sql(&format!(
            "SELECT atttypid FROM pg_catalog.pg_attribute WHERE attrelid OPERATOR(pg_catalog.=) {table}"
        ))
    );
    let failed = |error| match DatabaseError::of(error, "the table's columns are looked up") {
        DatabaseError::Server { error, .. } => refused(*error, load.heading()),
        other => load.wrong(other.to_string(), other.help()),
    };
    let sets = result_sets(target.simple_query(&text).map_err(failed)?);
    let [table, columns, kinds] = sets.as_slice() else { return Ok(None) };
    let kinds = by_oid(kinds);
    let place = |row: &SimpleQueryRow| {
        let kind = kinds.get(&row.get(2)?.parse().ok()?).cloned().unwrap_or_default();
        Some(Place {
            name: row.get(0)?.to_owned(),
            shown: row.get(1)?.to_owned(),
            kind,
            is_generated: row.get(3)? == "t",
        })
    };
    Ok((!table.is_empty()).then(|| columns.iter().filter_map(place).collect()))
}

fn compare(load: &Load<'_>, table: &[Place], columns: &[Column]) -> Result<(), Refused> {
    if columns.is_empty() {
        return Err(load.wrong("the query gives no column".to_owned(), None));
    }
    let mut seen = HashSet::new();
    columns.iter().try_for_each(|column| {
        if !seen.insert(&column.name) {
            let hint = "give each a name of its own with AS";
            return Err(load.wrong(format!("the query gives two columns {:?}", column.name), Some(hint.to_owned())));
        }
        match table.iter().find(|place| place.name == column.name) {
            Some(place) => fits(load, place, column),
            None => {
                let names: Vec<&str> =
                    table.iter().filter(|place| !place.is_generated).map(|place| place.name.as_str()).collect();
                let hint = format!("name it as one of them with AS: {}", names.join(", "));
                let message = format!("{} has no column {:?}, which the query gives", load.table(), column.name);
                Err(load.wrong(message, Some(hint)))
            }
        }
    })
}

fn fits(load: &Load<'_>, place: &Place, column: &Column) -> Result<(), Refused> {
    let name = identifier(&place.name);
    let name = name.trim_matches('"');
    if place.is_generated {
        let hint = "leave it out of the query: the table computes it".to_owned();
        return Err(load.wrong(format!("the column {name} of {} is generated", load.table()), Some(hint)));
    }
    for (kind, whose) in [(&column.kind, "the query's"), (&place.kind, "the table's")] {
        if let Form::Local(what) = kind.form {
            let message = format!("{whose} column {name} is of type {}, {what}: COPY can't move it", kind.shown);
            let hint = "send it as text, text[] or jsonb into a column of that type, and convert it in an [up] section";
            return Err(load.wrong(message, Some(hint.to_owned())));
        }
    }
    if place.kind.form == column.kind.form {
        return Ok(());
    }
    let message = format!(
        "the column {name} of {} is of type {}, and the query gives {}",
        load.table(),
        place.shown,
        column.kind.shown
    );
    let hint = format!("cast it in the query: {}::{} AS {0}", identifier(&place.name), place.shown);
    Err(load.wrong(message, Some(hint)))
}
