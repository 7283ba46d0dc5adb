//! The ledger's own tables, versioned by refinery: an old ledger upgrades itself, all or nothing.

use postgres::SimpleQueryMessage;

use crate::database::error::CREATING_SCHEMA;
use crate::database::{Client, ClientError};
use refinery::{Migration, Runner};
use refinery_core::Migrate;
use refinery_core::traits::sync::{Query, Transaction};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Ledger;
use crate::database::message::BEGIN;
use crate::database::quote;

/// The migrations, oldest first. `{schema}` in them is the ledger's schema.
const MIGRATIONS: [(&str, &str); 5] = [
    ("V1__ledger", include_str!("migrations/V1__ledger.sql")),
    ("V2__progress", include_str!("migrations/V2__progress.sql")),
    ("V3__retired", RETIRED),
    ("V4__verify", include_str!("migrations/V4__verify.sql")),
    ("V5__retired_exactly", RETIRED_EXACTLY),
];

const RETIRED: &str = include_str!("migrations/V3__retired.sql");
const RETIRED_EXACTLY: &str = include_str!("migrations/V5__retired_exactly.sql");

/// The table in which refinery keeps what it did.
pub const HISTORY_TABLE: &str = "schema_history";

/// The newest version of the ledger's tables that this revgraph knows.
pub const VERSION: i32 = 5;

/// The first one that knows of retired objects.
pub const RETIRED_VERSION: i32 = 3;

/// Creates the ledger in `schema`, or brings it to the newest version that is known. Takes four round trips. The caller holds
/// the lock: refinery takes none.
pub fn install(client: &mut Client, ledger: &Ledger) -> Result<(), refinery::Error> {
    let schema = ledger.schema();
    run(&mut Batched { client, patience: ledger.patience(), revokes: revokes(schema) }, schema)
}

/// The SQL that [`install`] would run in a database with a ledger of that version; 0: without any.
pub fn script(schema: &str, version: i32) -> Result<String, refinery::Error> {
    let known = |migration: Migration| {
        let (name, checksum) = (migration.name().to_owned(), migration.checksum());
        Migration::applied(migration.version(), name, OffsetDateTime::UNIX_EPOCH, checksum)
    };
    let there = migrations(schema)?.into_iter().filter(|migration| migration.version() <= version).map(known);
    let mut recorder = Recorder { there: there.collect(), text: String::new() };
    run(&mut recorder, schema)?;
    Ok(recorder.text + &revokes(schema) + ";\n")
}

/// A query whose column of that name says whether a ledger is of an older version than this revgraph's.
pub fn is_older(schema: &str, name: &str) -> String {
    format!("SELECT max(version) < {VERSION} AS {name} FROM {}.{HISTORY_TABLE}", quote::identifier(schema))
}

/// What of the ledger a `[retire]` section needs and one of that version, or none, has not: for a transaction that is rolled
/// back.
pub fn retire_script(schema: &str, version: i32) -> String {
    let schema = quote::identifier(schema);
    let missing =
        [(RETIRED_VERSION, RETIRED), (VERSION, RETIRED_EXACTLY)].into_iter().filter(|(number, _)| *number > version);
    let create = if version == 0 { create_schema(&schema) + ";\n" } else { String::new() };
    create + &missing.map(|(_, sql)| sql.replace("{schema}", &schema)).collect::<String>()
}

/// Has what is retired in a scratch called after the same day on every day: what is built twice is the same twice.
pub fn scratch_day(schema: &str) -> String {
    format!(
        "{BEGIN}CREATE OR REPLACE FUNCTION {}.backup_day() RETURNS pg_catalog.text LANGUAGE sql \
         SET search_path = pg_catalog AS $day$ SELECT '20000101' $day$;\nCOMMIT",
        quote::identifier(schema)
    )
}

fn run<C: Query<Vec<Migration>> + Migrate>(connection: &mut C, schema: &str) -> Result<(), refinery::Error> {
    let migrations = migrations(schema)?;
    let schema = quote::identifier(schema);
    connection.assert_schema(&schema)?;
    let mut runner = Runner::new(&migrations).set_grouped(true);
    runner.set_migration_table_name(format!("{schema}.{HISTORY_TABLE}"));
    runner.run(connection)?;
    Ok(())
}

/// The migrations of a ledger in that schema.
fn migrations(schema: &str) -> Result<Vec<Migration>, refinery::Error> {
    let schema = quote::identifier(schema);
    MIGRATIONS.iter().map(|(name, sql)| Migration::unapplied(name, &sql.replace("{schema}", &schema))).collect()
}

/// Takes away what default privileges of the database may have granted to everybody.
fn revokes(schema: &str) -> String {
    let schema = quote::identifier(schema);
    let each = |objects: &str| format!("REVOKE ALL ON {objects} {schema} FROM PUBLIC");
    ["SCHEMA", "ALL TABLES IN SCHEMA", "ALL SEQUENCES IN SCHEMA", "ALL FUNCTIONS IN SCHEMA"].map(each).join(";\n")
}

/// Makes the schema unless it is there. IF NOT EXISTS would ask for the right to make one even then.
fn create_schema(quoted: &str) -> String {
    let body = format!(
        "BEGIN IF pg_catalog.to_regnamespace({}) IS NULL THEN \
         CREATE SCHEMA {quoted}; REVOKE ALL ON SCHEMA {quoted} FROM PUBLIC; END IF; END",
        quote::literal(quoted)
    );
    format!("DO {}", quote::literal(&body))
}

/// Creates the schema first: refinery wants it to be there.
trait AssertSchema: Transaction + Sized {
    fn assert_schema(&mut self, quoted: &str) -> Result<(), refinery::Error> {
        use refinery_core::error::WrapMigrationError;
        self.execute([create_schema(quoted).as_str()].into_iter()).migration_err(CREATING_SCHEMA, None)?;
        Ok(())
    }
}

impl<T: Transaction> AssertSchema for T {}

/// A client whose transactions are one message each, and so one round trip.
struct Batched<'a> {
    client: &'a mut Client,
    /// What each of them begins with.
    patience: String,
    /// What each of them ends with.
    revokes: String,
}

impl Transaction for Batched<'_> {
    type Error = ClientError;

    fn execute<'a, T: Iterator<Item = &'a str>>(&mut self, queries: T) -> Result<usize, ClientError> {
        // Several statements of one message are one transaction: it takes no BEGIN.
        let queries: Vec<&str> = queries.collect();
        let patience = &self.patience;
        // A schema that somebody else has made is his: that nothing of his is revoked is no news.
        let settings = "SET LOCAL client_min_messages = error; SET LOCAL search_path = pg_catalog";
        // Migrations come several at once. Before them there may be a ledger that isn't this role's: they say so.
        let revokes = if queries.len() > 1 { &self.revokes } else { "" };
        let message = format!("{settings};\n{};\n{revokes}", queries.join(";\n"));
        self.client.batch_execute(&format!("{BEGIN}{patience}{message};\nCOMMIT"))?;
        Ok(queries.len())
    }
}

impl Query<Vec<Migration>> for Batched<'_> {
    fn query(&mut self, query: &str) -> Result<Vec<Migration>, ClientError> {
        let messages = self.client.simple_query(&format!("{}{query}", self.patience))?;
        Ok(messages.iter().filter_map(applied_migration).collect())
    }
}

impl Migrate for Batched<'_> {}

/// A row of refinery's history. One that somebody has damaged is passed over; refinery then finds its
/// version missing and says so.
fn applied_migration(message: &SimpleQueryMessage) -> Option<Migration> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    let applied_on = OffsetDateTime::parse(row.get("applied_on")?, &Rfc3339).ok()?;
    let name = row.get("name")?.to_owned();
    Some(Migration::applied(row.get("version")?.parse().ok()?, name, applied_on, row.get("checksum")?.parse().ok()?))
}

/// Stands in for a database, and keeps what it is told.
struct Recorder {
    /// The migrations that its ledger has.
    there: Vec<Migration>,
    text: String,
}

impl Transaction for Recorder {
    type Error = std::convert::Infallible;

    fn execute<'a, T: Iterator<Item = &'a str>>(&mut self, queries: T) -> Result<usize, Self::Error> {
        let queries: Vec<&str> = queries.collect();
        for query in &queries {
            self.text.push_str(query.trim_end().trim_end_matches(';'));
            self.text.push_str(";\n");
        }
        Ok(queries.len())
    }
}

impl Query<Vec<Migration>> for Recorder {
    fn query(&mut self, _: &str) -> Result<Vec<Migration>, Self::Error> {
        Ok(self.there.clone())
    }
}

impl Migrate for Recorder {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_newest_migration() {
        assert!(MIGRATIONS.last().unwrap().0.starts_with(&format!("V{VERSION}__")));
    }

    #[test]
    fn the_script_names_its_schema_everywhere() {
        let script = script("my \"ledger\"", 0).unwrap();
        assert!(script.starts_with(
            "DO 'BEGIN IF pg_catalog.to_regnamespace(''\"my \"\"ledger\"\"\"'') IS NULL THEN CREATE SCHEMA"
        ));
        assert!(script.contains("INSERT INTO \"my \"\"ledger\"\"\".schema_history (version,"));
        assert!(!script.contains("{schema}"));
    }

    #[test]
    fn the_script_leaves_out_what_is_there() {
        let script = script("revgraph", VERSION - 1).unwrap();
        assert!(!script.contains(".applied ("), "{script}");
        assert_eq!(script.matches("INSERT INTO \"revgraph\".schema_history").count(), 1, "{script}");
    }
}
