//! A baseline's way up: the objects of a dump under headings, and settings that end with it.

use super::clean::Cleaner;
use super::facts::Facts;
use super::manner::Manner;
use super::split::{Dump, Entry};
use super::surroundings;
use super::words::{begins, words};

/// Writes statements with settings, headings and blank lines where they belong.
#[derive(Default)]
struct Writer {
    text: String,
    path: Path,
    /// Whether the statement before stands on several lines.
    after_block: bool,
}

/// What `search_path` is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Path {
    /// What the session has.
    #[default]
    Session,
    /// Empty: what a dump's qualified names need to mean what they say.
    Empty,
}

/// Writes the text of the `[up]` section that takes a database from the one state to the other, which the dump is of.
pub fn write(dump: &Dump<'_>, before: &Facts, after: &Facts, manner: &Manner) -> String {
    let mut cleaner = Cleaner::new(after, manner);
    let mut writer = Writer::default();
    writer.set_path(Path::Empty);
    let makes_functions = dump.entries.iter().any(|entry| entry.kind == "FUNCTION" || entry.kind == "PROCEDURE");
    if makes_functions {
        // A function's body may name what is made after it.
        writer.line("SET LOCAL check_function_bodies = off");
    }
    let of_public = surroundings::public_schema(before, after, &after.role);
    if !of_public.is_empty() {
        writer.heading("the schema public");
        of_public.iter().for_each(|sql| writer.line(sql));
    }
    let mut current = "";
    for (index, entry) in dump.entries.iter().enumerate() {
        let statements: Vec<String> = entry.statements.iter().filter_map(|sql| cleaner.clean(sql)).collect();
        if statements.is_empty() {
            continue;
        }
        if let Some((group, _)) = group(entry.kind).filter(|(group, _)| *group != current) {
            current = group;
            writer.heading(&heading(&dump.entries[index..], group));
        }
        statements.iter().for_each(|sql| writer.statement(sql));
    }
    if let Some(block) = surroundings::database(&before.database, &after.database, &after.role) {
        writer.heading("the database");
        writer.line(&block);
    }
    if makes_functions || writer.path != Path::Session {
        writer.heading("settings as they were");
    }
    if makes_functions {
        writer.line("SET LOCAL check_function_bodies TO DEFAULT");
    }
    writer.set_path(Path::Session);
    writer.text
}

/// The kinds of the entries up to the next group, each once.
fn heading(entries: &[Entry<'_>], wanted: &str) -> String {
    let mut labels: Vec<&str> = Vec::new();
    for (group, label) in entries.iter().filter_map(|entry| group(entry.kind)) {
        if group != wanted {
            break;
        }
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels.join(", ")
}

impl Writer {
    fn set_path(&mut self, path: Path) {
        if self.path != path {
            self.path = path;
            self.line(match path {
                Path::Empty => "SET LOCAL search_path = ''",
                Path::Session => "SET LOCAL search_path TO DEFAULT",
            });
        }
    }

    fn heading(&mut self, heading: &str) {
        self.text += &format!("\n-- {heading}\n");
        self.after_block = false;
    }

    /// Rows and what is computed of them come with the search path of the session: functions that checks, generated
    /// columns and domains call may have been written for it.
    fn statement(&mut self, sql: &str) {
        let words = words(sql);
        let computes = begins(&words, &["INSERT"]) || begins(&words, &["REFRESH"]);
        let sets = begins(&words, &["SET"]) || begins(&words, &["RESET"]) || begins(&words, &["SELECT"]);
        if !sets {
            self.set_path(if computes { Path::Session } else { Path::Empty });
        }
        self.line(sql);
    }

    fn line(&mut self, sql: &str) {
        let is_block = sql.contains('\n');
        let at_heading =
            self.text.is_empty() || self.text.rsplit('\n').nth(1).is_some_and(|line| line.starts_with("-- "));
        if !at_heading && (is_block || self.after_block) {
            self.text.push('\n');
        }
        self.text += sql;
        self.text += ";\n";
        self.after_block = is_block;
    }
}

/// The group of a kind of entry, and what a heading calls the kind. Tables, sequences and views depend on each other
/// in any order, so that they are one group. None for what goes with what it is about.
fn group(kind: &str) -> Option<(&'static str, &'static str)> {
    let alone = |name| Some((name, name));
    match kind {
        "COMMENT" | "SECURITY LABEL" => None,
        "SCHEMA" => alone("schemas"),
        "EXTENSION" => alone("extensions"),
        "TYPE" | "DOMAIN" | "SHELL TYPE" => alone("types"),
        "FUNCTION" | "PROCEDURE" | "AGGREGATE" => alone("functions"),
        "PROCEDURAL LANGUAGE" => alone("languages"),
        "CAST" => alone("casts"),
        "TRANSFORM" => alone("transforms"),
        "COLLATION" => alone("collations"),
        "CONVERSION" => alone("conversions"),
        "ACCESS METHOD" => alone("access methods"),
        kind if kind.starts_with("OPERATOR") => alone("operators"),
        kind if kind.starts_with("TEXT SEARCH") => alone("text search"),
        "FOREIGN DATA WRAPPER" | "SERVER" | "USER MAPPING" => alone("foreign servers"),
        "TABLE" | "TABLE ATTACH" => Some(("relations", "tables")),
        "FOREIGN TABLE" => Some(("relations", "foreign tables")),
        "SEQUENCE" | "SEQUENCE OWNED BY" => Some(("relations", "sequences")),
        "VIEW" => Some(("relations", "views")),
        "MATERIALIZED VIEW" => Some(("relations", "materialized views")),
        "DEFAULT" => Some(("relations", "defaults")),
        "BLOB" | "BLOBS" | "BLOB METADATA" => alone("large objects"),
        "TABLE DATA" => alone("rows"),
        "SEQUENCE SET" => alone("sequence positions"),
        "CONSTRAINT" | "CHECK CONSTRAINT" => alone("constraints"),
        "INDEX" | "INDEX ATTACH" => alone("indexes"),
        "STATISTICS" => alone("statistics"),
        "RULE" => alone("rules"),
        "TRIGGER" => alone("triggers"),
        "FK CONSTRAINT" => alone("foreign keys"),
        "POLICY" | "ROW SECURITY" => alone("row level security"),
        kind if kind.starts_with("PUBLICATION") => alone("publications"),
        kind if kind.starts_with("SUBSCRIPTION") => alone("subscriptions"),
        "ACL" => alone("privileges"),
        "DEFAULT ACL" => alone("default privileges"),
        "EVENT TRIGGER" => alone("event triggers"),
        "MATERIALIZED VIEW DATA" => alone("contents of materialized views"),
        _ => alone("others"),
    }
}
