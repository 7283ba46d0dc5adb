//! A baseline's way down: it drops what the way up made, and undoes what that did to what was there before.

use std::collections::HashSet;

use super::clean::{Cleaner, sets_search_path};
use super::facts::Facts;
use super::manner::{Kept, Manner};
use super::split::Dump;
use super::surroundings;
use super::words::{Word, begins, find, joined, words};

/// The text of a `[down]` section, in two lengths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Down {
    /// Each object with all that goes with it by itself: a table with its indexes and triggers.
    pub brief: String,
    /// Each part of each object for itself. It never fails over what depends on a part, such as a function that an index
    /// uses and that needs the index's table.
    pub full: String,
}

/// Writes it. `before` and `after`: what surrounds the objects that the dump is of, without them and with them. `kept`:
/// what of them stays.
pub fn write(dump: &Dump<'_>, before: &Facts, after: &Facts, kept: &Kept) -> Down {
    let parts = Parts::of(dump);
    let manner = Manner::default();
    let mut cleaner = Cleaner::new(after, &manner);
    let is_noise = |words: &[Word<'_>]| begins(words, &["SET"]) || sets_search_path(words);
    let mut first: Vec<String> =
        surroundings::database(&after.database, &before.database, &after.role).into_iter().collect();
    first.extend(undone_privileges(dump, &mut cleaner));
    let (mut brief, mut full) = (first.clone(), first);
    for sql in &dump.before {
        let words = words(sql);
        if is_noise(&words) || kept.is_dropped_by(&words) || parts.is_attached(&words) {
            continue;
        }
        let Some(sql) = cleaner.clean(sql) else { continue };
        if !parts.go_by_themselves(&words) {
            brief.push(sql.clone());
        }
        full.push(sql);
    }
    let last = surroundings::public_schema(after, before, &after.role);
    Down { brief: text(brief.iter().chain(&last)), full: text(full.iter().chain(&last)) }
}

fn text<'s>(statements: impl Iterator<Item = &'s String>) -> String {
    statements.map(|sql| format!("{sql};\n")).collect()
}

/// What of a dump goes with something else.
struct Parts {
    /// Foreign keys, as `table constraint`: they are in the way when a table that they point to goes.
    foreign_keys: HashSet<(String, String)>,
    /// Sequences that belong to a column.
    owned: HashSet<String>,
    /// Policies that read a table, most likely another one: they are in the way when that goes. As `policy ON table`.
    reading_policies: HashSet<String>,
    /// Indexes of partitions that are parts of an index of the whole table.
    attached: HashSet<String>,
}

impl Parts {
    fn of(dump: &Dump<'_>) -> Parts {
        let of_kind = |kind: &'static str| {
            dump.entries.iter().filter(move |entry| entry.kind == kind).flat_map(|entry| &entry.statements)
        };
        let foreign_key = |sql: &&str| {
            let words = words(sql);
            let at = find(&words, &["ADD", "CONSTRAINT"])?;
            Some((table(&words[..at]), words.get(at + 2)?.text.to_owned()))
        };
        let owned = |sql: &&str| {
            let words = words(sql);
            let at = find(&words, &["OWNED", "BY"])?;
            Some(joined(words.get(2..at)?))
        };
        let reading_policy = |sql: &&str| {
            let words = words(sql);
            find(&words, &["FROM"]).and_then(|_| policy(&words))
        };
        let attached = |sql: &&str| {
            let words = words(sql);
            let at = find(&words, &["ATTACH", "PARTITION"])?;
            Some(joined(words.get(at + 2..)?))
        };
        Parts {
            foreign_keys: of_kind("FK CONSTRAINT").filter_map(foreign_key).collect(),
            owned: of_kind("SEQUENCE OWNED BY").filter_map(owned).collect(),
            reading_policies: of_kind("POLICY").filter_map(reading_policy).collect(),
            attached: of_kind("INDEX ATTACH").filter_map(attached).collect(),
        }
    }

    /// Whether the statement drops what PostgreSQL drops only with the whole that it is a part of: a partition's index, or
    /// the constraint that has one. An index is in the schema of its table.
    fn is_attached(&self, sql: &[Word<'_>]) -> bool {
        if begins(sql, &["DROP", "INDEX"]) {
            return self.attached.contains(&joined(&sql[2..]));
        }
        let Some(at) = find(sql, &["DROP", "CONSTRAINT"]).filter(|_| begins(sql, &["ALTER", "TABLE"])) else {
            return false;
        };
        let table = name(&sql[..at]);
        let schema = joined(&table[..table.len().saturating_sub(1)]);
        self.attached.contains(&(schema + &joined(&sql[at + 2..])))
    }

    /// Whether the statement drops what goes anyway with what it is a part of.
    fn go_by_themselves(&self, sql: &[Word<'_>]) -> bool {
        if let Some(at) = find(sql, &["DROP", "CONSTRAINT"]).filter(|_| begins(sql, &["ALTER", "TABLE"])) {
            let name = sql.get(at + 2).map(|word| word.text.to_owned()).unwrap_or_default();
            return !self.foreign_keys.contains(&(table(&sql[..at]), name));
        }
        let is = |keywords: &[&str]| begins(sql, keywords);
        is(&["DROP", "INDEX"])
            || is(&["DROP", "TRIGGER"])
            || is(&["DROP", "POLICY"]) && !policy(sql).is_some_and(|policy| self.reading_policies.contains(&policy))
            || is(&["DROP", "RULE"])
            || is(&["ALTER", "TABLE"]) && find(sql, &["DROP", "DEFAULT"]).is_some()
            || is(&["DROP", "SEQUENCE"]) && self.owned.contains(&joined(&sql[2..]))
    }
}

/// The table of `ALTER TABLE ONLY public.users`.
fn table(alter: &[Word<'_>]) -> String {
    joined(name(alter))
}

/// The words of its name.
fn name<'w, 'a>(alter: &'w [Word<'a>]) -> &'w [Word<'a>] {
    let name = if begins(alter, &["ALTER", "TABLE", "ONLY"]) { alter.get(3..) } else { alter.get(2..) };
    name.unwrap_or_default()
}

/// `own ON public.users` of `CREATE POLICY own ON public.users FOR …` and of what drops it: a name, and a qualified one.
fn policy(sql: &[Word<'_>]) -> Option<String> {
    sql.get(2..7).map(joined)
}

/// What takes back the privileges on what stays, the last first.
fn undone_privileges(dump: &Dump<'_>, cleaner: &mut Cleaner<'_>) -> Vec<String> {
    let entries = dump.entries.iter().filter(|entry| entry.kind == "ACL" || entry.kind == "DEFAULT ACL");
    let statements = entries.flat_map(|entry| &entry.statements).filter_map(|sql| cleaner.clean(sql));
    let mut undone: Vec<String> = statements.filter_map(|sql| mirrored(&sql)).collect();
    undone.reverse();
    undone
}

/// `GRANT … TO …` for `REVOKE … FROM …` and the other way round, for what is there without the chain: PostgreSQL's own
/// objects, and the privileges that objects will get.
fn mirrored(sql: &str) -> Option<String> {
    let words = words(sql);
    let of_defaults = begins(&words, &["ALTER", "DEFAULT", "PRIVILEGES"]);
    let system = |word: &Word<'_>| word.is("pg_catalog") || word.is("information_schema");
    let stays = find(&words, &["ON"]).is_some_and(|at| words[at..].iter().take(3).any(system));
    if !of_defaults && !stays {
        return None;
    }
    let (verb, from, to) = match (find(&words, &["GRANT"]), find(&words, &["REVOKE"])) {
        // REVOKE GRANT OPTION FOR has no mirror image.
        (Some(_), Some(_)) => return None,
        (Some(at), None) => (at, "TO", "REVOKE"),
        (None, Some(at)) => (at, "FROM", "GRANT"),
        (None, None) => return None,
    };
    let role = verb + words[verb..].iter().rposition(|word| word.is(from))?;
    let end = find(&words[role..], &["WITH", "GRANT", "OPTION"]).map_or(sql.len(), |at| words[role + at].span.start);
    Some(format!(
        "{}{to}{}{}{}",
        &sql[..words[verb].span.start],
        &sql[words[verb].span.end..words[role].span.start],
        if to == "GRANT" { "TO" } else { "FROM" },
        sql[words[role].span.end..end].trim_end(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn privileges_are_undone_by_their_mirror_image() {
        for (sql, undone) in [
            (
                "REVOKE ALL ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC",
                Some("GRANT ALL ON FUNCTION pg_catalog.pg_sleep(double precision) TO PUBLIC"),
            ),
            (
                "GRANT SELECT(oid) ON TABLE pg_catalog.pg_proc TO app WITH GRANT OPTION",
                Some("REVOKE SELECT(oid) ON TABLE pg_catalog.pg_proc FROM app"),
            ),
            (
                "ALTER DEFAULT PRIVILEGES FOR ROLE x IN SCHEMA app GRANT SELECT ON TABLES  TO app",
                Some("ALTER DEFAULT PRIVILEGES FOR ROLE x IN SCHEMA app REVOKE SELECT ON TABLES  FROM app"),
            ),
            ("GRANT SELECT ON TABLE public.users TO app", None),
        ] {
            assert_eq!(mirrored(sql).as_deref(), undone, "{sql}");
        }
    }
}
