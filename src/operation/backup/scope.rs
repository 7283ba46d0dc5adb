//! How much of a database a backup holds.

use super::program::can_be_said;
use crate::database::ledger::result_sets;
use crate::database::{Client, DatabaseError, quote};
use crate::operation::losses::{LossKind, Losses};

/// How much of a database a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    All,
    /// Tables, qualified and quoted, with what belongs to them: indexes, constraints, triggers.
    Tables(Vec<String>),
    /// All definitions, but the contents of some tables alone: where the plan also drops what these tables need, such as
    /// their types or the functions of their triggers.
    Contents {
        /// The tables, qualified and quoted.
        tables: Vec<String>,
        /// All the others.
        others: Vec<String>,
        /// The ledger's schema, which is left out.
        without: String,
    },
}

const DOING: &str = "the tables can't be listed";

impl Scope {
    /// What a plan would lose: None if that is nothing that a dump could hold. Where that are more tables than can be named
    /// to pg_dump, it is all of the database.
    pub fn of(losses: &Losses, client: &mut Client, ledger: &str) -> Result<Option<Scope>, DatabaseError> {
        let scope = Scope::exactly(losses, client, ledger)?;
        Ok(scope.map(|scope| if can_be_said(&scope) { scope } else { Scope::All }))
    }

    fn exactly(losses: &Losses, client: &mut Client, ledger: &str) -> Result<Option<Scope>, DatabaseError> {
        let mut tables: Vec<String> =
            losses.losses.iter().filter_map(|loss| loss.there.as_ref()).flat_map(|there| there.parts.clone()).collect();
        tables.sort();
        tables.dedup();
        if tables.is_empty() && !losses.losses.iter().any(|loss| loss.kind == LossKind::Attribute) {
            return Ok(None);
        }
        if !losses.drop_definitions && !tables.is_empty() {
            return Ok(Some(Scope::Tables(tables)));
        }
        if tables.is_empty() {
            // The rows are in whatever has the type.
            return Ok(Some(Scope::All));
        }
        let others = others(client, &tables)?;
        Ok(Some(Scope::Contents { tables, others, without: ledger.to_owned() }))
    }

    /// The tables whose contents it holds; none for all of the database.
    pub fn objects(&self) -> Vec<String> {
        match self {
            Scope::All => Vec::new(),
            Scope::Tables(tables) | Scope::Contents { tables, .. } => tables.clone(),
        }
    }

    /// What it is, for a manifest.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Scope::All => "all",
            Scope::Tables(_) => "tables",
            Scope::Contents { .. } => "definitions of all, contents of tables",
        }
    }
}

/// All tables but these.
fn others(client: &mut Client, tables: &[String]) -> Result<Vec<String>, DatabaseError> {
    let query = format!(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{{r,m}}'::pg_catalog.\"char\"[]) AND n.nspname OPERATOR(pg_catalog.!~) '^(pg_|information_schema$)' \
         AND NOT pg_catalog.format('%I.%I', n.nspname, c.relname) OPERATOR(pg_catalog.=) ANY ({}::pg_catalog.text[])",
        quote::text_array(tables)
    );
    let answer = client.simple_query(&query).map_err(|error| DatabaseError::of(error, DOING))?;
    let rows = result_sets(answer).into_iter().next().unwrap_or_default();
    Ok(rows.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect())
}
