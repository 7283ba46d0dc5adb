//! What a database has of the things that a plan destroys.

use std::time::Duration;

use serde::Deserialize;

use crate::database::ledger::result_sets;
use crate::database::{Client, DatabaseError, quote};

/// What there is, by the catalogs and the statistics of one moment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    /// The schemas that the session looks for names in, in order.
    pub path: Vec<String>,
    /// The role of the session: what `$user` in a search_path stands for.
    pub user: String,
    /// Every schema.
    #[serde(deserialize_with = "or_none")]
    pub schemas: Vec<Named>,
    /// Every extension.
    #[serde(deserialize_with = "or_none")]
    pub extensions: Vec<Named>,
    /// The roles that were asked for.
    #[serde(deserialize_with = "or_none")]
    pub roles: Vec<Named>,
    /// The types that were asked for.
    #[serde(deserialize_with = "or_none")]
    pub types: Vec<Named>,
    /// The relations of the names that were asked for, and those that go with something.
    #[serde(deserialize_with = "or_none")]
    pub relations: Vec<Relation>,
    /// The columns that were asked for, and those that go with something.
    #[serde(deserialize_with = "or_none")]
    pub columns: Vec<Column>,
    /// What goes with something.
    #[serde(deserialize_with = "or_none")]
    pub also: Vec<Also>,
}

/// A schema, an extension, a role or a type.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub oid: u32,
    /// Only a type has one.
    pub schema: Option<String>,
    pub name: String,
}

/// A table, view, sequence or the like.
#[derive(Debug, Deserialize)]
pub(super) struct Relation {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    /// `pg_class.relkind`
    pub kind: char,
    /// By statistics, those of partitions added up; None where there are none.
    pub rows: Option<u64>,
    /// With indexes and TOAST, those of partitions added up; of an empty one 0.
    pub bytes: u64,
    /// How many of them hold rows.
    pub heap: u64,
    /// Whether it has not a single page: then it has no row for certain.
    pub empty: bool,
    /// Itself and its partitions, qualified and quoted.
    pub parts: Vec<String>,
    /// The tables that inherit from it without being partitions.
    pub heirs: Vec<u32>,
    /// The tables that a view shows rows of.
    pub shows: Vec<u32>,
}

/// A column of a relation.
#[derive(Debug, Deserialize)]
pub(super) struct Column {
    pub relation: u32,
    pub name: String,
    #[serde(rename = "type")]
    pub type_name: String,
    /// The share of nulls, by statistics.
    pub nulls: Option<f64>,
    /// How many bytes a value has, by statistics.
    pub width: Option<u32>,
}

/// Something that goes when something else goes.
#[derive(Debug, Deserialize)]
pub(super) struct Also {
    /// What kind of thing it goes with.
    pub kind: String,
    /// The oid of that.
    pub of: u32,
    /// The column of that.
    pub part: Option<String>,
    /// The table that goes, or that has the column.
    pub relation: Option<u32>,
    /// The column that goes.
    pub column: Option<String>,
    /// What goes and holds no rows: `view public.v`.
    pub what: Option<String>,
}

/// What to look up.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Relations, by their bare names.
    pub names: Vec<String>,
    /// Schemas that are named, beside those of the session's path.
    pub schemas: Vec<String>,
    /// Columns of these relations.
    pub columns: Vec<String>,
    /// Relations that are dropped with what depends on them.
    pub cascades: Vec<String>,
    /// The same of columns.
    pub cascading_columns: Vec<String>,
    /// Schemas that are dropped.
    pub dropped_schemas: Vec<String>,
    /// Extensions that are dropped.
    pub extensions: Vec<String>,
    /// Types that are dropped with what depends on them, by their bare names.
    pub types: Vec<String>,
    /// Roles whose property is dropped.
    pub roles: Vec<String>,
    /// Relations that are emptied with what refers to them.
    pub truncated: Vec<String>,
    /// Relations that rows are deleted from, which may be views.
    pub emptied: Vec<String>,
}

const QUERY: &str = include_str!("facts.sql");
/// To compile a query of catalogs takes ten times as long as to run it.
const NO_JIT: &str = "SET LOCAL jit = off;";
const DOING: &str = "what the plan would lose can't be read";
/// To measure a relation takes its weakest lock. Somebody who alters it meanwhile is not waited for any longer than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// The server's code for a lock that could not be had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Asks for all of it at once: one round trip. A second one where somebody holds a lock, for what the catalogs alone say.
pub(super) fn read(client: &mut Client, wanted: &Wanted) -> Result<Facts, DatabaseError> {
    let measured = ("pg_relation_size(c.oid)", "pg_total_relation_size(c.oid)");
    match ask(client, wanted, measured) {
        Err(DatabaseError::Server { error, .. }) if error.code == LOCK_NOT_AVAILABLE => {
            client.batch_execute("ROLLBACK").map_err(|error| DatabaseError::of(error, DOING))?;
            // A relation that nobody may look into is never taken for an empty one.
            ask(client, wanted, ("greatest(c.relpages, 1)::int8 * {block}", "c.relpages::int8 * {block}"))
        }
        result => result,
    }
}

fn ask(client: &mut Client, wanted: &Wanted, (heap, bytes): (&str, &str)) -> Result<Facts, DatabaseError> {
    let text = format!(
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;\nSET LOCAL lock_timeout = {};\n{NO_JIT}\n\
         SELECT pg_catalog.set_config('revgraph.path', pg_catalog.current_schemas(true)::pg_catalog.text, true);\n\
         SET LOCAL search_path = pg_catalog;\n{}\n;\nCOMMIT",
        PATIENCE.as_millis(),
        wanted.fill(&QUERY.replace("{heap}", heap).replace("{bytes}", bytes).replace("{block}", BLOCK))
    );
    let answer = client.simple_query(&text).map_err(|error| DatabaseError::of(error, DOING))?;
    let json = result_sets(answer).iter().rev().find_map(|rows| rows.first()?.get(0).map(str::to_owned));
    understand(&json.unwrap_or_default())
}

fn understand(json: &str) -> Result<Facts, DatabaseError> {
    serde_json::from_str(json).map_err(|error| DatabaseError::unexpected_answer(DOING, error))
}

const BLOCK: &str = "current_setting('block_size')::int8";

impl Wanted {
    /// All of its lists.
    pub fn lists(&mut self) -> [&mut Vec<String>; 11] {
        [
            &mut self.names,
            &mut self.schemas,
            &mut self.columns,
            &mut self.cascades,
            &mut self.cascading_columns,
            &mut self.dropped_schemas,
            &mut self.extensions,
            &mut self.types,
            &mut self.roles,
            &mut self.truncated,
            &mut self.emptied,
        ]
    }

    fn fill(&self, query: &str) -> String {
        let lists = [
            ("{names}", &self.names),
            ("{schemas}", &self.schemas),
            ("{columns}", &self.columns),
            ("{cascades}", &self.cascades),
            ("{cascading_columns}", &self.cascading_columns),
            ("{dropped_schemas}", &self.dropped_schemas),
            ("{extensions}", &self.extensions),
            ("{types}", &self.types),
            ("{roles}", &self.roles),
            ("{truncated}", &self.truncated),
            ("{emptied}", &self.emptied),
        ];
        // In one go: a name may look like one of these places.
        let mut filled = String::with_capacity(query.len());
        let mut rest = query;
        while let Some(at) = rest.find('{') {
            let (before, place) = rest.split_at(at);
            filled.push_str(before);
            match lists.iter().find(|(name, _)| place.starts_with(name)) {
                Some((name, list)) => {
                    filled.push_str(&quote::text_array(list));
                    rest = &place[name.len()..];
                }
                None => {
                    filled.push('{');
                    rest = &place[1..];
                }
            }
        }
        filled + rest
    }
}

/// `json_agg` of no rows is null.
fn or_none<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_nobody_can_read_is_no_lost_connection() {
        for json in ["", "null", r#"{"path": [], "user": null}"#] {
            let error = understand(json).unwrap_err();
            assert_eq!(error.kind(), "unexpected_answer", "{json}");
            assert!(!error.help().unwrap_or_default().contains("again"), "{error}");
        }
    }
}
