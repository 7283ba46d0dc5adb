//! What the tables of a database hold: counts, digests that don't depend on the order of the rows, and where the
//! sequences stand.
//!
//! A row's digest is SHA-256 over its text with the columns in the order of their names, so that it is the same wherever
//! PostgreSQL prints the values in the same way. A table's digest is made of the sums of the first and of the second 64
//! bits of its rows' digests: sums don't depend on the order, and a row that is there twice counts twice.

use std::collections::BTreeSet;

use postgres::SimpleQueryRow;

use super::snapshot::{Rows, TableRows, Unclaimed};
use crate::database::ledger::result_sets;
use crate::database::quote::{literal, text_array};
use crate::database::{Client, DatabaseError};

/// Whose rows are read, and how closely.
#[derive(Debug, Clone, Copy)]
pub struct RowsOptions<'a> {
    /// The schema of the ledger, which is never read.
    pub ledger_schema: &'a str,
    /// Only these schemas; none: all.
    pub schemas: Option<&'a [String]>,
    /// Whether the rows are only counted.
    pub only_counts: bool,
}

/// What was read, and what wasn't.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// What the tables hold.
    pub rows: Rows,
    /// Whose rows were not read: foreign tables, whose rows are somewhere else.
    pub not_read: Vec<Unclaimed>,
}

/// The name that large objects go by among the tables: that of the catalog that they are in.
pub const LARGE_OBJECTS: &str = "pg_catalog.pg_largeobject";

const DOING: &str = "the rows can't be read";

/// How values are printed: the same everywhere, whatever the server, the database, the role and the client's
/// environment say. Rows that a policy hides would go unnoticed: then PostgreSQL is to fail instead.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog, pg_temp; \
    SET LOCAL extra_float_digits = 1; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; \
    SET LOCAL TimeZone = 'UTC'; SET LOCAL bytea_output = 'hex'; SET LOCAL lc_monetary = 'C'; \
    SET LOCAL xmlbinary = 'base64'; SET LOCAL quote_all_identifiers = off; SET LOCAL row_security = off; \
    SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = 0; SET LOCAL constraint_exclusion = off; \
    SET LOCAL jit = off; SET LOCAL enable_nestloop = off;";

/// A relation's name, its columns in the order of their names, what restricts its rows, its kind, and whether PostgreSQL
/// has expressions to look at when it plans how to read it: those of its indexes and of its statistics. Of the tables of
/// an extension only those count that it leaves to its users, as `pg_dump` has it; partitions count each for itself.
const RELATIONS: &str = "SELECT format('%I.%I', n.nspname, c.relname), \
    (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname COLLATE \"C\") \
     FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), \
    config.condition, c.relkind::text, \
    EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)) \
    OR EXISTS (SELECT FROM pg_statistic_ext s WHERE s.stxrelid = c.oid AND to_jsonb(s) ->> 'stxexprs' IS NOT NULL) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN (SELECT e.oid AS extension, listed.oid, listed.condition FROM pg_extension e, \
     unnest(e.extconfig, e.extcondition) AS listed(oid, condition)) AS config ON config.oid = c.oid \
    WHERE (c.relkind IN ('r', 'f', 'S') OR c.relkind = 'm' AND c.relispopulated) AND c.relpersistence <> 't' \
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
    AND (config.oid IS NOT NULL OR NOT EXISTS (SELECT FROM pg_depend d \
     WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))";

/// Reads what the tables hold, as of one moment: two round trips, however many tables there are.
///
/// # Errors
/// What the server says, say that the role may not read a table, or that a policy would hide rows from it.
pub fn read(client: &mut Client, options: &RowsOptions<'_>) -> Result<Contents, DatabaseError> {
    let contents = in_transaction(client, options);
    // Whatever comes of it: the error that is told is the first one.
    if contents.is_err() {
        let _ = client.batch_execute("ROLLBACK");
    }
    contents
}

fn in_transaction(client: &mut Client, options: &RowsOptions<'_>) -> Result<Contents, DatabaseError> {
    let mut sets = query(client, &listing(options))?.into_iter().rev();
    let (surroundings, relations) = (sets.next().unwrap_or_default(), sets.next().unwrap_or_default());
    let surroundings = surroundings.first();
    let of_surroundings = |at| surroundings.and_then(|row| row.get(at));
    let relations: Vec<Relation> = relations.iter().filter_map(Relation::of).collect();
    let digest = Digest {
        encoding: if of_surroundings(0) == Some("SQL_ASCII") { "SQL_ASCII" } else { "UTF8" },
        only_counts: options.only_counts,
    };
    let mut message = String::new();
    for relation in &relations {
        message += &relation.question(&digest);
    }
    // They are in no schema: whoever asks for some schemas doesn't ask for them.
    if of_surroundings(1) == Some("t") && options.schemas.is_none() {
        message += &digest.of_large_objects();
    }
    let answers = query(client, &(message + "COMMIT;"))?;
    let mut contents = Contents { rows: understand(&relations, &answers), not_read: Vec::new() };
    let foreign = relations.iter().filter(|relation| relation.kind == Kind::Foreign);
    let objects: Vec<String> = foreign.map(|relation| format!("rows of foreign table {}", relation.name)).collect();
    if !objects.is_empty() {
        contents.not_read.push(Unclaimed { catalog: "pg_foreign_table".to_owned(), objects });
    }
    Ok(contents)
}

/// Each answer has the name that was asked about, and two values.
fn understand(relations: &[Relation], answers: &[Vec<SimpleQueryRow>]) -> Rows {
    let sequences: BTreeSet<&str> =
        relations.iter().filter(|one| one.kind == Kind::Sequence).map(|one| one.name.as_str()).collect();
    let mut rows = Rows::default();
    for row in answers.iter().flatten() {
        let (Some(name), Some(first)) = (row.get(0), row.get(1)) else { continue };
        let second = row.get(2);
        if !sequences.contains(name) {
            let table = TableRows { count: first.parse().unwrap_or_default(), digest: second.map(str::to_owned) };
            rows.tables.insert(name.to_owned(), table);
        } else if let Ok(value) = first.parse() {
            rows.sequences.insert(name.to_owned(), (value, second == Some("t")));
        }
    }
    rows
}

fn listing(options: &RowsOptions<'_>) -> String {
    let only = options.schemas.map(|schemas| format!(" AND n.nspname = ANY ({}::text[])", text_array(schemas)));
    format!(
        "{BEGIN} {RELATIONS} AND n.nspname <> {}{} ORDER BY 1; \
         SELECT getdatabaseencoding(), EXISTS (SELECT FROM pg_largeobject_metadata);",
        literal(options.ledger_schema),
        only.unwrap_or_default(),
    )
}

fn query(client: &mut Client, message: &str) -> Result<Vec<Vec<SimpleQueryRow>>, DatabaseError> {
    client.simple_query(message).map(result_sets).map_err(|error| DatabaseError::of(error, DOING))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Table,
    Foreign,
    Sequence,
}

/// Something that holds rows. Its parts are SQL as the server quoted it.
struct Relation {
    name: String,
    columns: String,
    condition: String,
    kind: Kind,
    has_expressions: bool,
}

impl Relation {
    fn of(row: &SimpleQueryRow) -> Option<Relation> {
        let kind = match row.get(3)? {
            "f" => Kind::Foreign,
            "S" => Kind::Sequence,
            _ => Kind::Table,
        };
        let text = |at| row.get(at).unwrap_or_default().to_owned();
        let has_expressions = row.get(4) == Some("t");
        Some(Relation { name: row.get(0)?.to_owned(), columns: text(1), condition: text(2), kind, has_expressions })
    }

    /// What to ask the server: nothing, or for a name and two values.
    fn question(&self, digest: &Digest) -> String {
        let Relation { name, columns, condition, kind, has_expressions } = self;
        match kind {
            Kind::Foreign => String::new(),
            Kind::Sequence => {
                format!("SELECT {}, last_value, is_called FROM {name};", literal(name))
            }
            Kind::Table => {
                let question = digest.of(name, &format!("ROW({columns})"), &format!("ONLY {name} {condition}"));
                // A condition is an extension's: it is read under our path, as pg_dump reads it.
                if *has_expressions && condition.is_empty() { planned_apart(&question) } else { question }
            }
        }
    }
}

/// A query that is planned under the session's own search path and runs under ours. To plan, PostgreSQL puts the bodies of
/// SQL functions into the expressions of indexes, and these may name things without a schema; values of types such as
/// regclass are printed when it runs. A cursor's plan is not made again when the path changes, as that of a prepared
/// statement is, but it has no parallel workers: so only where it must be.
fn planned_apart(query: &str) -> String {
    format!(
        "SET LOCAL search_path TO DEFAULT; DECLARE revgraph_rows NO SCROLL CURSOR FOR {query} \
         SET LOCAL search_path = pg_catalog, pg_temp; FETCH ALL FROM revgraph_rows; CLOSE revgraph_rows;"
    )
}

/// How the rows of a table are summed up. All functions and operators are named in full, because the path may be another
/// one where the query is planned, in which somebody has one that fits better.
struct Digest {
    encoding: &'static str,
    only_counts: bool,
}

impl Digest {
    fn of(&self, name: &str, row: &str, from: &str) -> String {
        let name = literal(name);
        if self.only_counts {
            return format!("SELECT {name}, pg_catalog.count(*), NULL FROM {from};");
        }
        let sum = |at: u32| {
            let part = format!("pg_catalog.substr(hash, {at}, 16)");
            format!("pg_catalog.sum(('x'::pg_catalog.text OPERATOR(pg_catalog.||) {part})::bit(64)::bigint)")
        };
        let digest = hash(&format!("pg_catalog.concat_ws(' ', {}, {})", sum(1), sum(17)), "UTF8");
        let hashes = hash(&format!("{row}::pg_catalog.text"), self.encoding);
        // OFFSET 0 keeps the planner from computing a hash once for each of its two uses.
        format!(
            "SELECT {name}, pg_catalog.count(*), pg_catalog.substr({digest}, 1, 32) \
             FROM (SELECT {hashes} AS hash FROM {from} OFFSET 0) AS hashed;"
        )
    }

    fn of_large_objects(&self) -> String {
        let row = "ROW(oid, sha256(lo_get(oid)))";
        self.of(LARGE_OBJECTS, row, "pg_largeobject_metadata")
    }
}

/// The SHA-256 of a text, as text. md5 is no quicker, and some servers refuse it.
fn hash(text: &str, encoding: &str) -> String {
    format!("pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to({text}, '{encoding}')), 'hex')")
}
