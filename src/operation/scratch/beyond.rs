//! What a revision's SQL changes beside the database that it runs in, as far as words tell.

use std::borrow::Cow;

use crate::revision::Revision;
use crate::revision::sql::{Lexeme, statements, tokens};

/// What a statement changes beside the database that it runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// Roles, or who is a member of which.
    Roles,
    /// All that a role owns, wherever it is.
    Owned,
    /// Tablespaces.
    Tablespaces,
    /// Subscriptions, which reach to another server.
    Subscriptions,
    /// Replication slots, which keep a database from being dropped, and origins.
    Replication,
    /// The settings, the comment and the privileges of a database. Which one is a matter of its name.
    Database,
    /// Databases that come or go.
    Databases,
    /// The settings of the server, or who may change them.
    System,
}

impl std::fmt::Display for Beyond {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Beyond::Roles => "a statement about roles",
            Beyond::Owned => "a statement about all that a role owns",
            Beyond::Tablespaces => "a statement about tablespaces",
            Beyond::Subscriptions => "a statement about subscriptions",
            Beyond::Replication => "a statement about replication",
            Beyond::Database | Beyond::Databases => "a statement about databases",
            Beyond::System => "a statement about the server's settings",
        })
    }
}

/// How deep literals in literals are looked into: a function's body, a string that it executes, one within that.
const DEPTH: usize = 4;
/// Stands for a placeholder of `format()`, which may become any word.
const ANY: &str = "%";
/// Stands for a quoted name, which is no keyword.
const NAME: &str = "\"";
/// What a placeholder is made into before the lexer sees it, to which it is one token then.
const PLACEHOLDER: &str = "\"%\"";
const END: &str = ";";

/// What of a revision's SQL, on either way, changes more than the database that it runs in, as far as words tell. They
/// count wherever they stand but in comments, for a DO block may build such a statement.
pub fn reaches_beyond(revision: &Revision) -> Vec<Beyond> {
    let sections = revision.up().chain(revision.down());
    sections.flat_map(|section| text_reaches_beyond(revision.source.slice(section.body.clone()))).collect()
}

/// The same of any SQL.
pub fn text_reaches_beyond(text: &str) -> Vec<Beyond> {
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut found: Vec<Beyond> = (0..words.len()).filter_map(|at| beyond(&words[at..])).collect();
    found.extend(statements(text).iter().filter_map(|statement| membership(text.get(statement.span.clone())?)));
    found
}

/// The words of a text and of all that is quoted in it, in capitals.
fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    gather(text, DEPTH, &mut found);
    found
}

fn gather(text: &str, depth: usize, found: &mut Vec<String>) {
    for token in tokens(text, 0) {
        let token_text = text.get(token.span).unwrap_or_default();
        match token.lexeme {
            Lexeme::Word => found.push(token_text.to_ascii_uppercase()),
            Lexeme::QuotedName if token_text == PLACEHOLDER => found.push(ANY.to_owned()),
            Lexeme::QuotedName => found.push(NAME.to_owned()),
            Lexeme::Semicolon => found.push(END.to_owned()),
            Lexeme::Text | Lexeme::Unterminated(_) if depth > 0 => gather(&inside(token_text), depth - 1, found),
            _ => {}
        }
    }
}

/// What a literal says. One that has no end is what an apostrophe in prose looks like, so that its text counts too.
fn inside(literal: &str) -> Cow<'_, str> {
    let start = literal.find(['\'', '$', '"', '*']).map_or(literal.len(), |start| start + 1);
    let (mark, body) = literal.split_at(start);
    if mark.ends_with('$') {
        // Tags hold no dollar sign.
        let body = body.split_once('$').map_or("", |(_, body)| body);
        return body.rsplit_once('$').and_then(|(body, _)| body.rsplit_once('$')).map_or(body, |(body, _)| body).into();
    }
    let body = body.strip_suffix('\'').unwrap_or(body).replace("''", "'");
    let body = if mark.starts_with(['E', 'e']) { body.replace("\\n", " ").replace("\\t", " ") } else { body };
    let placeholders = ["%s", "%I", "%L", "%1$s", "%2$s", "%3$s"];
    placeholders.iter().fold(body, |body, placeholder| body.replace(placeholder, PLACEHOLDER)).into()
}

/// What the words at the beginning say.
fn beyond(words: &[&str]) -> Option<Beyond> {
    let after = |at: usize| words.get(at).copied().unwrap_or_default();
    match (after(0), after(1), after(2)) {
        // A user mapping is the database's own.
        ("CREATE" | "ALTER" | "DROP" | ANY, "USER", "MAPPING") => None,
        ("CREATE" | "ALTER" | "DROP" | ANY, "ROLE" | "USER" | "GROUP", _) => Some(Beyond::Roles),
        ("DROP" | "REASSIGN", "OWNED", _) => Some(Beyond::Owned),
        ("CREATE" | "ALTER" | "DROP" | ANY, "TABLESPACE", _) => Some(Beyond::Tablespaces),
        ("CREATE" | "ALTER" | "DROP" | ANY, "SUBSCRIPTION", _) => Some(Beyond::Subscriptions),
        ("CREATE" | "DROP", "DATABASE", _) => Some(Beyond::Databases),
        // Hardly the scratch's.
        ("ALTER" | "ON", "DATABASE", _) => Some(Beyond::Database),
        ("ALTER", "SYSTEM", _) => Some(Beyond::System),
        // A table may have such a name; a comment, a label and these privileges it can't have.
        ("ON", "ROLE", _) if after(3) == "IS" => Some(Beyond::Roles),
        ("ON", "TABLESPACE", _) if after(3) == "IS" => Some(Beyond::Tablespaces),
        ("CREATE" | "ALL" | "PRIVILEGES" | ANY, "ON", "TABLESPACE") => Some(Beyond::Tablespaces),
        ("SET" | "SYSTEM" | "ALL" | "PRIVILEGES" | ANY, "ON", "PARAMETER") => Some(Beyond::System),
        // In a body; `membership` reads whole statements.
        ("GRANT", role, "TO") | ("REVOKE", role, "FROM") if role != END => Some(Beyond::Roles),
        (word, ..) if is_about_replication(word) => Some(Beyond::Replication),
        _ => None,
    }
}

/// The functions that make, move and drop slots and origins.
/// <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-REPLICATION>
fn is_about_replication(word: &str) -> bool {
    let verbs = ["PG_CREATE_", "PG_COPY_", "PG_DROP_"];
    let is_on_slot = word.contains("REPLICATION_SLOT") && verbs.iter().any(|verb| word.starts_with(verb));
    is_on_slot
        || matches!(
            word,
            "PG_REPLICATION_SLOT_ADVANCE"
                | "PG_REPLICATION_ORIGIN_CREATE"
                | "PG_REPLICATION_ORIGIN_DROP"
                | "PG_REPLICATION_ORIGIN_ADVANCE"
        )
}

/// `GRANT a TO b` has no ON, unlike a grant on an object.
fn membership(statement: &str) -> Option<Beyond> {
    let words = words(statement);
    let grants = matches!(words.first().map(String::as_str), Some("GRANT" | "REVOKE"));
    (grants && !words.iter().any(|word| word == "ON")).then_some(Beyond::Roles)
}
