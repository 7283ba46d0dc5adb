//! How a statement outside of transactions ended whose client went away, as far as the catalog tells.
//!
//! A statement is asked about whose deployer holds the lock no more: nobody runs it any longer.

use super::quote::{literal, object};
use super::{Client, DatabaseError};
use crate::database::ledger::result_sets;
use crate::revision::statement::{NewIndex, ObjectName, Reader, new_index};

/// How a statement ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is done.
    Done,
    /// It isn't, and may run again.
    NotDone,
    /// It may run again whether it is done or not: it comes to the same.
    Repeatable,
    /// It stopped in the middle, and this statement does what is left of it.
    Finish(String),
}

/// What tells how a statement ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Question {
    /// Nothing need be asked: to run it again comes to the same.
    Repeatable,
    /// The only value of this query: `done`, `not done`, or the statement that does what is left.
    Query(String),
}

/// Finds out how a statement ended, and only looks. None: nobody can tell. `settings` are those that it ran under, such as a
/// `search_path`; the session is as it was afterwards.
pub fn find_out(client: &mut Client, settings: &str, sql: &str) -> Result<Option<Verdict>, DatabaseError> {
    let query = match question(sql) {
        None => return Ok(None),
        Some(Question::Repeatable) => return Ok(Some(Verdict::Repeatable)),
        Some(Question::Query(query)) => query,
    };
    let failed = |error| DatabaseError::of(error, "how the interrupted statement ended can't be looked up");
    let answer = client.simple_query(&format!("BEGIN READ ONLY;\n{settings}{query}"));
    // It takes the settings back as well, also those before one that failed.
    let undone = client.batch_execute("ROLLBACK");
    let answer = result_sets(answer.map_err(failed)?);
    undone.map_err(failed)?;
    let told = answer.into_iter().flatten().next().and_then(|row| row.get(0).map(str::to_owned));
    Ok(told.map(|told| match told.as_str() {
        "done" => Verdict::Done,
        "not done" => Verdict::NotDone,
        _ => Verdict::Finish(told),
    }))
}

/// What tells how a statement ended. Each kind is one of <https://www.postgresql.org/docs/current/sql-commands.html>.
fn question(sql: &str) -> Option<Question> {
    let mut reader = Reader::head(sql, 0..sql.len());
    const REPEATABLE: [&str; 13] = [
        "ANALYSE",
        "ANALYZE",
        "CHECKPOINT",
        "CLUSTER",
        "COMMENT",
        "DISCARD",
        "GRANT",
        "REFRESH",
        "REINDEX",
        "RESET",
        "REVOKE",
        "SET",
        "VACUUM",
    ];
    if let Some(index) = new_index(reader.clone()).filter(|index| index.concurrently) {
        return built(&index);
    }
    match () {
        () if reader.take_any(&REPEATABLE).is_some() => Some(Question::Repeatable),
        () if reader.take(&["CREATE"]) => creation(reader),
        () if reader.take(&["DROP"]) => removal(reader),
        () if reader.take(&["ALTER"]) => alteration(reader),
        () => None,
    }
}

fn creation(mut reader: Reader<'_>) -> Option<Question> {
    if reader.take(&["OR", "REPLACE"]) {
        return Some(Question::Repeatable);
    }
    if reader.take(&["DATABASE"]) {
        let (name, _) = reader.take_name()?;
        // One that was being dropped is still there, and of no use.
        return Some(done_if(&format!(
            "EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) {}::pg_catalog.name \
             AND datconnlimit OPERATOR(pg_catalog.<>) '-2'::pg_catalog.int4)",
            literal(&name)
        )));
    }
    if reader.take(&["TABLESPACE"]) {
        return Some(done_if(&tablespace(&reader.take_name()?.0)));
    }
    says_if_not_exists(&reader).then_some(Question::Repeatable)
}

/// A valid index of that name on that table: it is done. One that isn't valid is what it left, and is no index. Where
/// PostgreSQL chooses its name, nobody can tell.
fn built(index: &NewIndex) -> Option<Question> {
    Some(done_if(&format!(
        "EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid \
         WHERE i.indisvalid AND i.indrelid OPERATOR(pg_catalog.=) {}::pg_catalog.oid \
         AND c.relname OPERATOR(pg_catalog.=) {}::pg_catalog.name)",
        relation(&index.table),
        literal(index.name.as_deref()?)
    )))
}

fn removal(mut reader: Reader<'_>) -> Option<Question> {
    if reader.take(&["INDEX", "CONCURRENTLY"]) {
        reader.take_if_exists();
        let (index, _) = reader.take_object()?;
        return Some(done_if(&format!("{} IS NULL", relation(&index))));
    }
    let is_database = reader.take(&["DATABASE"]);
    if is_database || reader.take(&["TABLESPACE"]) {
        reader.take_if_exists();
        let (name, _) = reader.take_name()?;
        let there = match is_database {
            true => format!(
                "EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) {}::pg_catalog.name)",
                literal(&name)
            ),
            false => tablespace(&name),
        };
        return Some(done_if(&format!("NOT {there}")));
    }
    says_if_exists(&reader).then_some(Question::Repeatable)
}

fn alteration(mut reader: Reader<'_>) -> Option<Question> {
    if reader.take(&["SYSTEM"]) {
        return Some(Question::Repeatable);
    }
    if reader.take(&["DATABASE"]) {
        reader.take_name()?;
        return reader.take(&["SET", "TABLESPACE"]).then_some(Question::Repeatable);
    }
    if reader.take(&["TYPE"]) {
        let (name, _) = reader.take_object()?;
        return reader.take(&["ADD", "VALUE"]).then(|| enum_value(reader, &name)).flatten();
    }
    if !reader.take(&["TABLE"]) {
        return None;
    }
    reader.take_if_exists();
    reader.take(&["ONLY"]);
    let (table, _) = reader.take_object()?;
    if reader.take(&["VALIDATE", "CONSTRAINT"]) {
        let goes_on = reader.skip_comma();
        return (!goes_on).then_some(Question::Repeatable);
    }
    if !reader.take(&["DETACH", "PARTITION"]) {
        return None;
    }
    let (partition, _) = reader.take_object()?;
    reader.take_any(&["CONCURRENTLY", "FINALIZE"]).map(|_| detached(&table, &partition))
}

fn enum_value(mut reader: Reader<'_>, name: &ObjectName) -> Option<Question> {
    if reader.take_if_exists() {
        return Some(Question::Repeatable);
    }
    // A literal of the statement is one of the question, but for escapes that are told behind it.
    let value = match reader.rest() {
        [_, next, ..] if next.is("UESCAPE") => return None,
        [value, ..] if value.lexeme == crate::revision::sql::Lexeme::Text => value.text,
        _ => return None,
    };
    Some(done_if(&format!(
        "EXISTS (SELECT FROM pg_catalog.pg_enum WHERE enumtypid OPERATOR(pg_catalog.=) \
         pg_catalog.to_regtype({})::pg_catalog.oid AND enumlabel OPERATOR(pg_catalog.=) ({value})::pg_catalog.name)",
        literal(&object(name))
    )))
}

/// A partition that is half detached is neither: nothing but FINALIZE can be done with it.
fn detached(table: &ObjectName, partition: &ObjectName) -> Question {
    let finish = format!("ALTER TABLE {} DETACH PARTITION {} FINALIZE", object(table), object(partition));
    Question::Query(format!(
        "SELECT coalesce((SELECT CASE WHEN inhdetachpending THEN {} ELSE 'not done' END FROM pg_catalog.pg_inherits \
         WHERE inhparent OPERATOR(pg_catalog.=) {}::pg_catalog.oid \
         AND inhrelid OPERATOR(pg_catalog.=) {}::pg_catalog.oid), 'done')",
        literal(&finish),
        relation(table),
        relation(partition)
    ))
}

fn done_if(condition: &str) -> Question {
    Question::Query(format!("SELECT CASE WHEN {condition} THEN 'done' ELSE 'not done' END"))
}

fn relation(name: &ObjectName) -> String {
    format!("pg_catalog.to_regclass({})", literal(&object(name)))
}

fn tablespace(name: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_tablespace WHERE spcname OPERATOR(pg_catalog.=) {}::pg_catalog.name)",
        literal(name)
    )
}

/// Whether the words stand among those that name the kind and its options, before the first bracket.
fn says(reader: &Reader<'_>, words: &[&str]) -> bool {
    let head: Vec<_> = reader.rest().iter().take_while(|part| !part.is_symbol("(") && !part.is("AS")).collect();
    head.windows(words.len()).any(|here| here.iter().zip(words).all(|(part, word)| part.is(word)))
}

fn says_if_not_exists(reader: &Reader<'_>) -> bool {
    says(reader, &["IF", "NOT", "EXISTS"])
}

fn says_if_exists(reader: &Reader<'_>) -> bool {
    says(reader, &["IF", "EXISTS"])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the question is about: a part of its text.
    fn asks(sql: &str, about: &[&str]) {
        let Some(Question::Query(query)) = question(sql) else { panic!("no question: {sql}") };
        for part in about {
            assert!(query.contains(part), "{sql}: {query}");
        }
    }

    #[test]
    fn create_index_concurrently() {
        asks("CREATE INDEX CONCURRENTLY i ON t (a)", &["i.indisvalid", "to_regclass('\"t\"')", "'i'::pg_catalog.name"]);
        let spelt = "create unique index concurrently if not exists \"I 1\" on only App.\"T x\" using btree (a)";
        asks(spelt, &["to_regclass('\"app\".\"T x\"')", "'I 1'::pg_catalog.name"]);
        assert_eq!(question("CREATE INDEX CONCURRENTLY ON t (a)"), None);
        assert_eq!(question("CREATE INDEX i ON t (a)"), None);
    }

    #[test]
    fn drop_index_concurrently() {
        asks("DROP INDEX CONCURRENTLY IF EXISTS s.i CASCADE", &["to_regclass('\"s\".\"i\"') IS NULL THEN 'done'"]);
        assert_eq!(question("DROP INDEX i"), None);
        assert_eq!(question("DROP INDEX IF EXISTS i"), Some(Question::Repeatable));
    }

    #[test]
    fn alter_type_add_value() {
        asks("ALTER TYPE app.mood ADD VALUE 'it''s' BEFORE 'x'", &["to_regtype('\"app\".\"mood\"')", "('it''s')"]);
        asks("ALTER TYPE mood ADD VALUE E'a\\nb'", &["(E'a\\nb')"]);
        assert_eq!(question("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'x'"), Some(Question::Repeatable));
        assert_eq!(question("ALTER TYPE mood ADD VALUE U&'!0041' UESCAPE '!'"), None);
        assert_eq!(question("ALTER TYPE mood RENAME VALUE 'x' TO 'y'"), None);
    }

    #[test]
    fn detach_partition() {
        let about =
            ["inhdetachpending", "to_regclass('\"P\"')", "'ALTER TABLE \"order\" DETACH PARTITION \"P\" FINALIZE'"];
        asks("ALTER TABLE IF EXISTS ONLY \"order\" DETACH PARTITION \"P\" CONCURRENTLY", &about);
        asks("ALTER TABLE \"order\" DETACH PARTITION U&\"\\0050\" FINALIZE", &about);
        assert_eq!(question("ALTER TABLE t DETACH PARTITION p"), None);
    }

    #[test]
    fn databases_and_tablespaces() {
        asks("CREATE DATABASE d TEMPLATE x", &["EXISTS (SELECT FROM pg_catalog.pg_database", "'d'", "datconnlimit"]);
        asks("DROP DATABASE IF EXISTS d WITH (FORCE)", &["NOT EXISTS (SELECT FROM pg_catalog.pg_database", "'d'"]);
        asks("CREATE TABLESPACE s LOCATION '/x'", &["WHEN EXISTS (SELECT FROM pg_catalog.pg_tablespace", "'s'"]);
        asks("DROP TABLESPACE s", &["NOT EXISTS (SELECT FROM pg_catalog.pg_tablespace"]);
        assert_eq!(question("ALTER DATABASE d SET TABLESPACE s"), Some(Question::Repeatable));
        assert_eq!(question("ALTER DATABASE d RENAME TO e"), None);
    }

    #[test]
    fn what_may_run_again() {
        for sql in [
            "VACUUM (FULL) t",
            "analyze",
            "REINDEX TABLE CONCURRENTLY t",
            "CLUSTER",
            "ALTER SYSTEM SET work_mem = '1MB'",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "CREATE OR REPLACE VIEW v AS SELECT 1",
            "CREATE TABLE IF NOT EXISTS t (a int)",
            "CREATE UNLOGGED TABLE IF NOT EXISTS t (a int)",
            "DROP TABLE IF EXISTS t",
            "ALTER TABLE t VALIDATE CONSTRAINT c",
            "GRANT SELECT ON t TO r",
        ] {
            assert_eq!(question(sql), Some(Question::Repeatable), "{sql}");
        }
    }

    #[test]
    fn what_nobody_can_tell() {
        for sql in [
            "INSERT INTO t VALUES (1)",
            "UPDATE t SET a = a + 1",
            "DELETE FROM t",
            "TRUNCATE t",
            "SELECT f()",
            "CALL p()",
            "DO 'BEGIN END'",
            "CREATE TABLE t (a int DEFAULT f('IF NOT EXISTS'))",
            "CREATE TABLE t AS SELECT 'x' AS a WHERE true IS NOT NULL",
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DROP TABLE IF EXISTS t'",
            "DROP TABLE t",
            "ALTER TABLE t VALIDATE CONSTRAINT c, ADD COLUMN a int",
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int, DROP COLUMN b",
            "CREATE INDEX CONCURRENTLY U&\"\\006\" ON t (a)",
            "",
        ] {
            assert_eq!(question(sql), None, "{sql}");
        }
    }
}
