//! A dump's statements, freed of what only says what is so anyway, and of what would last longer than they.

use std::fmt::Write;

use super::facts::Facts;
use super::manner::Manner;
use super::words::{Word, begins, find, joined, words};
use crate::database::quote::literal;

/// Settings that pg_dump makes for its own sake: for the session that restores, or to what they are by default.
const NOISE: [&str; 10] = [
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "transaction_timeout",
    "client_encoding",
    "standard_conforming_strings",
    "check_function_bodies",
    "xmloption",
    "client_min_messages",
    "row_security",
];

/// Cleans statements one after another.
pub struct Cleaner<'f> {
    facts: &'f Facts,
    manner: &'f Manner,
    /// What `default_tablespace` and `default_table_access_method` stand at, as the dump writes it.
    defaults: [(&'static str, String); 2],
}

impl<'f> Cleaner<'f> {
    /// For the dump of the database that the facts are of, made by who speaks in that manner.
    pub fn new(facts: &'f Facts, manner: &'f Manner) -> Cleaner<'f> {
        let defaults = [("default_tablespace", "''".to_owned()), ("default_table_access_method", "heap".to_owned())];
        Cleaner { facts, manner, defaults }
    }

    /// The statement as a baseline has it; none where it has none.
    pub fn clean(&mut self, sql: &str) -> Option<String> {
        let words = words(sql);
        let is = |keywords: &[&str]| begins(&words, keywords);
        if is(&["SET"]) {
            return self.setting(sql, &words);
        }
        // Large objects come in transactions of their own.
        let of_public = ["GRANT", "REVOKE", "COMMENT"].into_iter().any(|verb| is(&[verb]))
            && find(&words, &["ON", "SCHEMA", "public"]).is_some();
        if of_public || is(&["ALTER", "SCHEMA", "public"]) {
            // It is told by what has become of it: see `surroundings`.
            return None;
        }
        let is_control = matches!(&words[..], [one] if one.is("BEGIN") || one.is("COMMIT"));
        if is_control || sets_search_path(&words) {
            return None;
        }
        if is(&["ALTER"]) && self.is_of_deployer(&words)
            || self.is_extension_comment(&words)
            || self.is_at_start(&words)
        {
            return None;
        }
        if is(&["CREATE", "EXTENSION"]) {
            return Some(self.extension(sql, &words));
        }
        if let [_, _, name] = &words[..]
            && is(&["CREATE", "SCHEMA"])
            && name.name().is_some_and(|name| self.manner.is_shared(&name))
        {
            return Some(format!("CREATE SCHEMA IF NOT EXISTS {}", name.text));
        }
        let names_roles =
            is(&["GRANT"]) || is(&["REVOKE"]) || is(&["ALTER", "DEFAULT", "PRIVILEGES"]) || is(&["CREATE", "POLICY"]);
        if names_roles || is(&["CREATE", "USER", "MAPPING"]) || is(&["DROP", "USER", "MAPPING"]) {
            return Some(self.for_current_user(sql, &words));
        }
        Some(sql.to_owned())
    }

    /// A `SET` that matters becomes one that ends with the transaction.
    fn setting(&mut self, sql: &str, words: &[Word<'_>]) -> Option<String> {
        let name = words.get(1)?.text;
        if NOISE.contains(&name) {
            return None;
        }
        if let Some((_, current)) = self.defaults.iter_mut().find(|(default, _)| *default == name) {
            let value = joined(words.get(3..).unwrap_or_default());
            if *current == value {
                return None;
            }
            *current = value;
        }
        Some(format!("SET LOCAL {}", &sql[words[1].span.start..]))
    }

    /// `… OWNER TO` the role that runs the baseline anyway.
    fn is_of_deployer(&self, words: &[Word<'_>]) -> bool {
        matches!(words, [.., owner, to, role]
            if owner.is("OWNER") && to.is("TO") && role.name().as_ref() == Some(&self.facts.role))
    }

    /// `COMMENT ON EXTENSION e IS '…'` with what the extension says of itself: it comes with the extension, and only
    /// the extension's owner may write it.
    fn is_extension_comment(&self, words: &[Word<'_>]) -> bool {
        let [comment, on, extension, name, is, text] = words else { return false };
        let own = name.name().and_then(|name| self.facts.extensions.get(&name)?.comment.clone());
        let is_own = own.is_some() && own == text.literal();
        comment.is("COMMENT") && on.is("ON") && extension.is("EXTENSION") && is.is("IS") && is_own
    }

    /// `SELECT pg_catalog.setval('s', 1, false)` of a sequence that has handed out nothing and starts there.
    fn is_at_start(&self, words: &[Word<'_>]) -> bool {
        let Some(at) = find(words, &["setval"]) else { return false };
        let [_, _, sequence, _, value, _, called, _] = &words[at..] else { return false };
        let start = sequence.literal().and_then(|name| self.facts.sequences.get(&name).copied());
        called.is("false") && start.is_some_and(|start| value.text.parse() == Ok(start))
    }

    /// With its version, where that is not the one that comes without being named.
    fn extension(&self, sql: &str, words: &[Word<'_>]) -> String {
        let name = find(words, &["EXISTS"]).and_then(|at| words.get(at + 1)).and_then(Word::name);
        match name.and_then(|name| self.facts.extensions.get(&name)) {
            Some(extension) if extension.default_version.as_ref() != Some(&extension.version) => {
                format!("{sql} VERSION {}", literal(&extension.version))
            }
            _ => sql.to_owned(),
        }
    }

    /// With `CURRENT_USER` for the role that ran the chain: another one may run the baseline.
    pub fn for_current_user(&self, sql: &str, words: &[Word<'_>]) -> String {
        let mut text = String::with_capacity(sql.len());
        let mut copied = 0;
        for (index, word) in words.iter().enumerate() {
            let introduces = |before: &Word<'_>| ["TO", "FROM", "ROLE", "FOR"].into_iter().any(|one| before.is(one));
            let is_role = index.checked_sub(1).and_then(|before| words.get(before)).is_some_and(introduces);
            if is_role && word.name().as_ref() == Some(&self.facts.role) {
                // Writing to a String can't fail.
                let _ = write!(text, "{}CURRENT_USER", &sql[copied..word.span.start]);
                copied = word.span.end;
            }
        }
        text + &sql[copied..]
    }
}

/// `SELECT pg_catalog.set_config('search_path', '', false)`: a baseline sets it for its own transaction.
pub fn sets_search_path(words: &[Word<'_>]) -> bool {
    begins(words, &["SELECT"])
        && find(words, &["set_config"])
            .is_some_and(|at| words.get(at + 2).is_some_and(|word| word.text == "'search_path'"))
}
