//! Rows that come out differently each time they are made.

use std::ops::Range;

use super::Scene;
use crate::operation::lint::Findings;
use crate::operation::lint::rule::{VOLATILE_DEFAULT, VOLATILE_SEED};
use crate::revision::sql::{Lexeme, Token, tokens};
use crate::revision::statement::Reader;

/// Functions that depend on the clock, on chance, on who runs them or on where.
const FUNCTIONS: [&str; 27] = [
    "clock_timestamp",
    "current_database",
    "current_setting",
    "gen_random_bytes",
    "gen_random_uuid",
    "gen_salt",
    "inet_client_addr",
    "inet_client_port",
    "inet_server_addr",
    "inet_server_port",
    "now",
    "pg_backend_pid",
    "pg_current_wal_lsn",
    "pg_current_xact_id",
    "pg_postmaster_start_time",
    "random",
    "random_normal",
    "statement_timestamp",
    "timeofday",
    "transaction_timestamp",
    "txid_current",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
    "version",
];

/// The same without parentheses, as the standard wants them.
const KEYWORDS: [&str; 9] = [
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "system_user",
];

pub(super) fn look_at(scene: &Scene<'_>, found: &mut Findings<'_>) {
    let mut reader = Reader::head(scene.text, scene.statement.span.clone());
    let Some(word) = reader.take_any(&["INSERT", "UPDATE", "MERGE", "WITH"]) else { return };
    if !scene.section.kind.is_up_side() || (word == "WITH" && !changes_rows(scene.sql())) {
        return;
    }
    let mut told: Vec<String> = Vec::new();
    for (name, span) in volatile(scene.text, scene.statement.span.clone()) {
        // A seed of a thousand rows says the same a thousand times.
        if !told.contains(&name) {
            found.add(&VOLATILE_SEED, span, format!("{name} gives another value at each replay"));
            told.push(name);
        }
    }
    if word == "INSERT" {
        defaults(scene, reader, found);
    }
}

/// Whether a WITH statement writes rows.
fn changes_rows(sql: &str) -> bool {
    let writes = |token: &Token| {
        let word = sql.get(token.span.clone()).unwrap_or_default();
        token.lexeme == Lexeme::Word && ["INSERT", "UPDATE", "MERGE"].iter().any(|verb| word.eq_ignore_ascii_case(verb))
    };
    tokens(sql, 0).any(|token| writes(&token))
}

/// What is volatile in these bytes of a text, with its places.
fn volatile(text: &str, span: Range<usize>) -> impl Iterator<Item = (String, Range<usize>)> + '_ {
    let counts = |token: &Token| !matches!(token.lexeme, Lexeme::Space | Lexeme::LineComment | Lexeme::BlockComment);
    let mut tokens = tokens(text.get(..span.end).unwrap_or_default(), span.start).filter(counts).peekable();
    std::iter::from_fn(move || {
        loop {
            let token = tokens.next()?;
            if token.lexeme != Lexeme::Word {
                continue;
            }
            let word = text.get(token.span.clone()).unwrap_or_default().to_ascii_lowercase();
            let is_call = tokens.peek().is_some_and(|next| next.lexeme == Lexeme::Open);
            if is_call && FUNCTIONS.contains(&word.as_str()) {
                return Some((format!("{word}()"), token.span));
            }
            if KEYWORDS.contains(&word.as_str()) {
                return Some((word, token.span));
            }
        }
    })
}

/// Columns of a table that this revision has made, which a volatile default fills for an INSERT that leaves them out.
fn defaults(scene: &Scene<'_>, mut reader: Reader<'_>, found: &mut Findings<'_>) {
    if !reader.take(&["INTO"]) {
        return;
    }
    let Some((table, span)) = reader.take_object() else { return };
    if reader.take(&["AS"]) {
        reader.take_name();
    }
    let named = match reader.take_symbol("(") {
        true => listed(&mut reader),
        false if reader.take(&["DEFAULT", "VALUES"]) => Vec::new(),
        // Without a list, the values are those of all columns.
        false => return,
    };
    for (column, function) in scene.news.volatile_columns(&table) {
        if !named.contains(column) {
            let table = table.shown();
            let message = format!("{table}.{column} is filled by its default, {function}, at each replay anew");
            found.add(&VOLATILE_DEFAULT, span.clone(), message);
        }
    }
}

/// The names of a list in parentheses, of which the first has been taken.
fn listed(reader: &mut Reader<'_>) -> Vec<String> {
    let mut names = Vec::new();
    while let Some((name, _)) = reader.take_name() {
        names.push(name);
        if !reader.take_symbol(",") {
            break;
        }
    }
    names
}

/// The columns of a CREATE TABLE that have a volatile default, and what that is.
pub(in super::super) fn volatile_columns(text: &str, span: Range<usize>) -> Vec<(String, String)> {
    let reader = Reader::new(text, span);
    let body: Vec<_> = reader.parts().iter().skip_while(|part| !part.is_symbol("(")).skip(1).collect();
    let of_column = |parts: &[&crate::revision::statement::Part<'_>]| {
        let name = parts.first()?.name()?;
        let default = parts.iter().skip_while(|part| part.depth != 1 || !part.is("DEFAULT"));
        let place = default.clone().next()?.span.start..default.last()?.span.end;
        let (function, _) = volatile(text, place).next()?;
        Some((name, function))
    };
    body.split(|part| part.depth == 1 && part.is_symbol(",")).filter_map(of_column).collect()
}
