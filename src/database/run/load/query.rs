//! What one `[load]` asks of its source.

use super::columns::{Column, types};
use super::key::{KEY_TYPES, KeyType};
use crate::database::ledger::{Progress, result_sets};
use crate::database::message::{Timeouts, byte_offset};
use crate::database::quote::{identifier, literal};
use crate::database::sources::SourceError;
use crate::database::{Client, ClientError, DatabaseError, ServerError};
use crate::revision::{LoadOptions, Revision, Section};

/// A `[load]` section.
#[derive(Debug, Clone, Copy)]
pub struct Load<'r> {
    revision: &'r Revision,
    section: &'r Section,
    options: &'r LoadOptions,
}

/// What is wrong with a load, and where in the revision's file.
#[derive(Debug)]
pub struct Refused {
    /// What the server said, or revgraph in its place.
    pub error: ServerError,
    /// The byte offset in the file.
    pub offset: usize,
}

pub(super) fn refused(error: ServerError, offset: usize) -> Refused {
    Refused { error, offset }
}

/// The name of the query where it is part of another one.
const LOADED: &str = "revgraph_loaded";

impl<'r> Load<'r> {
    /// The section of that revision with these options.
    pub fn new(revision: &'r Revision, section: &'r Section, options: &'r LoadOptions) -> Load<'r> {
        Load { revision, section, options }
    }

    /// The name of its source.
    pub fn source(&self) -> &'r str {
        &self.options.from
    }

    /// The revision that it is of.
    pub fn revision(&self) -> &'r Revision {
        self.revision
    }

    /// The section.
    pub(super) fn section(&self) -> &'r Section {
        self.section
    }

    /// The table that it fills, as SQL has it.
    pub fn table(&self) -> &'r str {
        &self.options.into
    }

    /// Where its line says what it is.
    pub(super) fn heading(&self) -> usize {
        self.section.heading.start + "-- [".len()
    }

    /// Where its query begins. It has exactly one: the file would not have been read otherwise.
    pub fn query_start(&self) -> usize {
        self.section.statements.first().map_or(self.section.body.start, |statement| statement.span.start)
    }

    /// Its query.
    pub fn query(&self) -> &'r str {
        let statement = self.section.statements.first();
        statement.map_or("", |statement| self.revision.source.slice(statement.span.clone()))
    }

    /// How many rows it would move, `done` being what it has moved before. `target` is where they would go: if the table
    /// is there, its columns are compared.
    ///
    /// # Errors
    /// What the load itself would be refused for before its first row.
    pub fn count(
        &self,
        source: &mut Client,
        target: &mut Client,
        done: &Progress,
        timeouts: Timeouts,
    ) -> Result<u64, Refused> {
        let query = Query::prepare(source, self, done, timeouts)?;
        super::columns::check_if_there(target, self, query.columns())?;
        let before = "SELECT pg_catalog.count(*) FROM (\n";
        let text = format!("{before}{}\n) AS {LOADED}{}", self.query(), query.behind());
        let counted = source.simple_query(&text).map_err(|error| self.source_refused(error, before.len()))?;
        self.end(source)?;
        let count = result_sets(counted).into_iter().flatten().next().and_then(|row| row.get(0)?.parse().ok());
        count.ok_or_else(|| self.wrong("the source has given no count".to_owned(), None))
    }

    /// Ends the transaction on the source.
    pub(super) fn end(&self, source: &mut Client) -> Result<(), Refused> {
        source.batch_execute("COMMIT").map_err(|error| self.source_refused(error, 0))
    }

    /// The position in the ledger when rows up to that key are in. It says of which load, for under another heading the key
    /// would mean something else.
    pub(super) fn position(&self, key: &str) -> String {
        format!("{} {key}", self.section.kind.canonical())
    }

    /// The key at which an earlier run has stopped.
    fn key_done(&self, done: &Progress) -> Result<Option<String>, Refused> {
        let Some(position) = &done.position else { return Ok(None) };
        let own = position.strip_prefix(&self.section.kind.canonical()).and_then(|rest| rest.strip_prefix(' '));
        own.map(|key| Some(key.to_owned())).ok_or_else(|| {
            let begun = position.split_inclusive(']').next().unwrap_or_default();
            let message = format!("rows are in that another line has loaded: -- {begun}");
            self.wrong(
                message,
                Some("put the line back as it was: the load goes on behind the last key that is in".to_owned()),
            )
        })
    }

    /// Something about it as a whole, which is told at its line.
    pub(super) fn wrong(&self, message: String, hint: Option<String>) -> Refused {
        refused(ServerError::of_revgraph("RG003", message, hint), self.heading())
    }

    /// It was told to stop, and did so between two statements.
    pub(super) fn stopped(&self) -> Refused {
        refused(ServerError::stopped(), self.heading())
    }

    /// The two sides have not counted the same.
    pub(super) fn miscounted(&self, sent: u64, taken: u64) -> Refused {
        let message = format!("{:?} has sent {sent} rows, and {} has taken {taken}", self.source(), self.table());
        self.wrong(message, Some("look for a trigger of the table that leaves rows out".to_owned()))
    }

    /// The source can't be opened.
    pub fn unreadable(&self, error: SourceError) -> Refused {
        self.wrong(error.to_string(), error.help())
    }

    /// What the source says against it. `before` characters stand before the query in what was sent.
    pub(super) fn source_refused(&self, error: ClientError, before: usize) -> Refused {
        let source = self.source();
        match DatabaseError::of(error, "reading it") {
            DatabaseError::Server { error, .. } => {
                let within = error.position.and_then(|position| position.checked_sub(1 + before));
                let offset = self.query_start() + within.map_or(0, |at| byte_offset(self.query(), at));
                let message = format!("the source {source:?}: {}", error.message);
                refused(ServerError { message, ..*error }, offset)
            }
            DatabaseError::ConnectionLost { reason, .. } => {
                let message = format!("the connection to the source {source:?} was lost ({reason})");
                let goes_on = "run it again: it goes on behind the last key that is in";
                let begins = "run it again: nothing of this section is in";
                let hint = if self.options.key.is_some() { goes_on } else { begins };
                self.wrong(message, Some(hint.to_owned()))
            }
            DatabaseError::Stopped => self.stopped(),
            other => self.wrong(format!("the source {source:?}: {other}"), other.help()),
        }
    }
}

/// A query that the source has understood, in a transaction there.
pub(super) struct Query<'l> {
    load: &'l Load<'l>,
    columns: Vec<Column>,
    key: Option<Key>,
}

/// The column by which it goes.
struct Key {
    /// Its number.
    column: usize,
    name: String,
    kind: KeyType,
    /// The last one that is in.
    done: Option<String>,
}

impl<'l> Query<'l> {
    /// Begins a transaction on the source, which has one snapshot for all of it and can't write, and asks what the query
    /// gives.
    pub(super) fn prepare(
        source: &mut Client,
        load: &'l Load<'l>,
        done: &Progress,
        timeouts: Timeouts,
    ) -> Result<Query<'l>, Refused> {
        // However long it takes, as pg_dump has it. A lock that somebody holds there is another matter. The session may
        // be one in which an earlier load has failed.
        let begin = format!(
            "ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; \
             SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = {}",
            timeouts.lock
        );
        source.batch_execute(&begin).map_err(|error| load.source_refused(error, 0))?;
        let described = source.describe(load.query()).map_err(|error| load.source_refused(error, 0))?;
        let types =
            types(source, described.iter().map(|(_, oid)| *oid)).map_err(|error| load.source_refused(error, 0))?;
        let key = match load.options.key_column() {
            Some(name) => Some(key(load, &described, name, done)?),
            None => None,
        };
        let column = |(name, oid): (String, u32)| Column { name, kind: types.get(&oid).cloned().unwrap_or_default() };
        let columns = described.into_iter().map(column).collect();
        let query = Query { load, columns, key };
        query.check_key(source)?;
        Ok(query)
    }

    pub(super) fn load(&self) -> &'l Load<'l> {
        self.load
    }

    /// What it gives.
    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The number and the type of the key's column.
    pub(super) fn key(&self) -> Option<(usize, KeyType)> {
        self.key.as_ref().map(|key| (key.column, key.kind))
    }

    /// What leaves out the rows that are in.
    fn behind(&self) -> String {
        match &self.key {
            Some(Key { name, kind, done: Some(done), .. }) => {
                let (column, kind) = (identifier(name), kind.name());
                format!(" WHERE {LOADED}.{column} OPERATOR(pg_catalog.>) {}::pg_catalog.{kind}", literal(done))
            }
            _ => String::new(),
        }
    }

    /// The statement for the source, and how many characters of it stand before the query.
    pub(super) fn copy_out(&self) -> (String, usize) {
        let query = self.load.query();
        let (before, after) = match &self.key {
            None => ("COPY (\n".to_owned(), String::new()),
            Some(key) => (
                "COPY (SELECT * FROM (\n".to_owned(),
                format!(") AS {LOADED}{} ORDER BY {LOADED}.{}", self.behind(), identifier(&key.name)),
            ),
        };
        (format!("{before}{query}\n{after}) TO STDOUT (FORMAT binary)"), before.len())
    }

    /// The statement for the target.
    pub(super) fn copy_in(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|column| identifier(&column.name)).collect();
        format!("COPY {} ({}) FROM STDIN (FORMAT binary)", self.load.table(), names.join(", "))
    }

    /// What can be told of a key before its rows come. Where some are in, a null would not come any more, for it is
    /// neither behind a key nor before it.
    fn check_key(&self, source: &mut Client) -> Result<(), Refused> {
        let Some(Key { name, kind, done, .. }) = &self.key else { return Ok(()) };
        let query = self.load.query();
        let column = format!("{LOADED}.{}", identifier(name));
        let mut ask = |sql: String| -> Result<bool, Refused> {
            let answer = source.simple_query(&sql).map_err(|error| self.load.source_refused(error, 0).at_start())?;
            Ok(result_sets(answer).iter().any(|rows| !rows.is_empty()))
        };
        if done.is_some() && ask(format!("SELECT FROM (\n{query}\n) AS {LOADED} WHERE {column} IS NULL LIMIT 1"))? {
            return Err(self.null_key());
        }
        // Only text has collations, some of which take different texts for equal.
        let collation =
            format!("pg_catalog.pg_collation_for((SELECT {column} FROM (\n{query}\n) AS {LOADED} LIMIT 0))");
        let blurs = format!(
            "SELECT FROM pg_catalog.pg_collation WHERE oid OPERATOR(pg_catalog.=) \
             {collation}::pg_catalog.regcollation::pg_catalog.oid AND NOT collisdeterministic"
        );
        // The type regcollation is new in 13.
        if *kind == KeyType::Text && source_version(source) >= 13 {
            let answer = source.simple_query(&blurs).map_err(|error| self.load.source_refused(error, 0).at_start())?;
            if result_sets(answer).iter().any(|rows| !rows.is_empty()) {
                let message = format!("the collation of the key {name:?} takes different texts for equal");
                let hint = format!("give it another one in the query: {} COLLATE \"C\" AS {0}", identifier(name));
                return Err(self.load.wrong(message, Some(hint)));
            }
        }
        Ok(())
    }

    pub(super) fn null_key(&self) -> Refused {
        let name = self.key.as_ref().map_or("", |key| &key.name);
        let hint = "leave those rows out in the query, or load them by a section of their own without key=";
        self.load.wrong(format!("the key {name:?} is null in a row of the query"), Some(hint.to_owned()))
    }

    pub(super) fn key_twice(&self, value: &str) -> Refused {
        let name = self.key.as_ref().map_or("", |key| &key.name);
        let hint = "take a column that is unique in what the query gives, or leave key= out";
        self.load
            .wrong(format!("the key {name:?} is {value:?} in more than one row of the query"), Some(hint.to_owned()))
    }
}

impl Refused {
    /// The same for a statement of revgraph's own around the query: a place in it leads nowhere.
    fn at_start(self) -> Refused {
        Refused { error: ServerError { position: None, ..self.error }, ..self }
    }
}

fn source_version(source: &Client) -> u32 {
    source.server_version()
}

/// Finds the key among the columns.
fn key(load: &Load<'_>, columns: &[(String, u32)], name: String, done: &Progress) -> Result<Key, Refused> {
    let mut found = columns.iter().enumerate().filter(|(_, (column, _))| *column == name);
    let (Some((column, (_, oid))), None) = (found.next(), found.next()) else {
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let hint = format!("its columns are {}", names.join(", "));
        return Err(load.wrong(format!("the query does not give one column {name:?}, the key"), Some(hint)));
    };
    let Some(kind) = KeyType::of_oid(*oid) else {
        let message = format!("a load can't go by the key {name:?}: its type may write equal values in several ways");
        let hint = format!("cast it in the query to {KEY_TYPES}");
        return Err(load.wrong(message, Some(hint)));
    };
    Ok(Key { column, name, kind, done: load.key_done(done)? })
}
