//! What a statement that builds an index beside its table's readers and writers leaves behind when it does not come to its
//! end: an index that is not valid, in the way of the next try, or for nothing.
//! <https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>
//! <https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY>

use super::quote::{literal, object};
use crate::revision::statement::{Reader, new_index};

/// A query that gives the statements which drop the invalid indexes of a CREATE INDEX CONCURRENTLY or a REINDEX
/// CONCURRENTLY of a table or an index, if there are any. None for any other statement, and for one that leaves the index's
/// name to PostgreSQL: which index it would be is not known.
pub fn drops(sql: &str) -> Option<String> {
    let index = new_index(Reader::head(sql, 0..sql.len())).filter(|index| index.concurrently);
    let (table, name) = match index {
        Some(index) => {
            let table = format!("pg_catalog.to_regclass({})::pg_catalog.oid", literal(&object(&index.table)));
            (table, format!("OPERATOR(pg_catalog.=) {}::pg_catalog.name", literal(&index.name?)))
        }
        // PostgreSQL calls the new one so, and the old one once it has taken its place.
        None => (reindexed_table(sql)?, "OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$'".to_owned()),
    };
    Some(format!(
        "SELECT pg_catalog.format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, c.relname) FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         WHERE NOT i.indisvalid AND i.indrelid OPERATOR(pg_catalog.=) {table} AND c.relname {name}"
    ))
}

/// The oid of the table whose indexes a REINDEX CONCURRENTLY builds anew, as SQL.
fn reindexed_table(sql: &str) -> Option<String> {
    let mut reader = Reader::head(sql, 0..sql.len());
    let is_reindex = reader.take(&["REINDEX"]);
    let mut concurrently = false;
    if reader.take_symbol("(") {
        let end = reader.rest().iter().position(|part| part.is_symbol(")"))?;
        concurrently = reader.rest().iter().take(end).any(|part| part.is("CONCURRENTLY"));
        let options = reader.parts().len() - reader.rest().len() + end;
        reader.go_to(options + 1);
    }
    let kind = reader.take_any(&["TABLE", "INDEX"])?;
    concurrently |= reader.take(&["CONCURRENTLY"]);
    let (name, _) = reader.take_object().filter(|_| is_reindex && concurrently)?;
    let relation = format!("pg_catalog.to_regclass({})::pg_catalog.oid", literal(&object(&name)));
    Some(match kind {
        "TABLE" => relation,
        _ => format!("(SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid OPERATOR(pg_catalog.=) {relation})"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_found_in_every_spelling() {
        for (sql, name, table) in [
            ("CREATE INDEX CONCURRENTLY i ON t (a)", "'i'", "'\"t\"'"),
            (
                "create unique index concurrently if not exists Ïndex on only App.\"T x\" using btree (a)",
                "'Ïndex'",
                "'\"app\".\"T x\"'",
            ),
            ("CREATE /* ON */ INDEX CONCURRENTLY \"On \"\"it\"\"\" ON t(a) WHERE b", "'On \"it\"'", "'\"t\"'"),
        ] {
            let query = drops(sql).unwrap();
            assert!(query.contains(&format!("to_regclass({table})")), "{sql}: {query}");
            assert!(
                query.ends_with(&format!("c.relname OPERATOR(pg_catalog.=) {name}::pg_catalog.name")),
                "{sql}: {query}"
            );
        }
        for sql in [
            "CREATE INDEX CONCURRENTLY ON t (a)",
            "CREATE INDEX i ON t (a)",
            "DROP INDEX CONCURRENTLY i",
            "REINDEX INDEX i",
            "CREATE INDEX CONCURRENTLY",
            "",
        ] {
            assert_eq!(drops(sql), None, "{sql}");
        }
    }

    #[test]
    fn what_is_reindexed_is_found() {
        let table = |name: &str| Some(format!("pg_catalog.to_regclass('{name}')::pg_catalog.oid"));
        assert_eq!(reindexed_table("REINDEX TABLE CONCURRENTLY App.t"), table("\"app\".\"t\""));
        assert_eq!(reindexed_table("reindex (verbose, concurrently) table \"T\""), table("\"T\""));
        let index = reindexed_table("REINDEX (VERBOSE) INDEX CONCURRENTLY i").unwrap();
        assert!(index.starts_with("(SELECT indrelid") && index.contains("to_regclass('\"i\"')"), "{index}");
        for sql in
            ["REINDEX TABLE t", "REINDEX SCHEMA CONCURRENTLY s", "REINDEX (VERBOSE) TABLE t", "REINDEX (", "SELECT 1"]
        {
            assert_eq!(reindexed_table(sql), None, "{sql}");
        }
    }
}
