//! What a CREATE INDEX CONCURRENTLY leaves behind when it does not come to its end: an index that is not valid,
//! and in the way of the next try.
//! <https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>

use super::quote::literal;
use crate::revision::sql::{Lexeme, tokens};

/// A query that gives the statements which drop the invalid index of a CREATE INDEX CONCURRENTLY, if there is one.
/// None for any other statement, and for one that leaves the index's name to PostgreSQL: which index it would be is
/// not known.
pub fn drops(sql: &str) -> Option<String> {
    let (name, table) = index_and_table(sql)?;
    Some(format!(
        "SELECT pg_catalog.format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, c.relname) FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace \
         WHERE NOT i.indisvalid AND i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({})::pg_catalog.oid \
         AND c.relname OPERATOR(pg_catalog.=) {}::pg_catalog.name",
        literal(&table),
        literal(&name)
    ))
}

/// The name of the index, and the table as it is written.
fn index_and_table(sql: &str) -> Option<(String, String)> {
    let is_space = |lexeme: Lexeme| matches!(lexeme, Lexeme::Space | Lexeme::LineComment | Lexeme::BlockComment);
    let words = tokens(sql, 0).filter(|token| !is_space(token.lexeme));
    let mut words = words.map(|token| (token.lexeme, &sql[token.span])).peekable();
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    words.next_if(|(_, word)| is(word, "CREATE"))?;
    words.next_if(|(_, word)| is(word, "UNIQUE"));
    words.next_if(|(_, word)| is(word, "INDEX"))?;
    words.next_if(|(_, word)| is(word, "CONCURRENTLY"))?;
    if words.next_if(|(_, word)| is(word, "IF")).is_some() {
        words.nth(1)?;
    }
    let name = match words.next()? {
        (Lexeme::QuotedName, name) => name.trim_matches('"').replace("\"\"", "\""),
        (Lexeme::Word, name) if !is(name, "ON") => name.to_lowercase(),
        _ => return None,
    };
    words.next_if(|(_, word)| is(word, "ON"))?;
    words.next_if(|(_, word)| is(word, "ONLY"));
    let table = words.take_while(|(lexeme, word)| *lexeme != Lexeme::Open && !is(word, "USING"));
    Some((name, table.map(|(_, word)| word).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_found_in_every_spelling() {
        for (sql, name, table) in [
            ("CREATE INDEX CONCURRENTLY i ON t (a)", "i", "t"),
            (
                "create unique index concurrently if not exists I on only App.\"T x\" using btree (a)",
                "i",
                "App.\"T x\"",
            ),
            ("CREATE /* ON */ INDEX CONCURRENTLY \"On \"\"it\" ON t(a) WHERE b", "On \"it", "t"),
        ] {
            assert_eq!(index_and_table(sql), Some((name.to_owned(), table.to_owned())), "{sql}");
        }
        for sql in [
            "CREATE INDEX CONCURRENTLY ON t (a)",
            "CREATE INDEX i ON t (a)",
            "DROP INDEX CONCURRENTLY i",
            "REINDEX INDEX CONCURRENTLY i",
            "CREATE INDEX CONCURRENTLY",
            "",
        ] {
            assert_eq!(index_and_table(sql), None, "{sql}");
        }
    }
}
