//! How an expression is read again by PostgreSQL: what is made of it, and where its text is then printed.

use serde::Serialize;

use crate::database::quote::{identifier, literal};
use crate::revision::sql::{Lexeme, tokens};
use crate::schema::Identity;

/// Where the text goes in a step.
const TEXT: char = '\u{1}';
/// Where it goes as a literal.
const QUOTED: char = '\u{2}';

/// A text of each side, and how the server reads and prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipe {
    /// What to run, in order; a SELECT gives the statement to run.
    steps: Vec<String>,
    /// The query for the text as it is printed then. It must be of the form of those that came in.
    print: String,
    /// The text of *before* and that of *after*; none where a side has no such expression.
    pub texts: [Option<String>; 2],
}

/// The ways to read an expression again; what one of them settles is settled. None for what isn't known, or for a
/// text that isn't the single expression or definition that PostgreSQL prints: it may come from a file that somebody
/// wrote, and must not be able to do anything else than to be read.
pub fn recipes(identity: &Identity, attribute: &str, texts: [Option<&str>; 2]) -> Vec<Recipe> {
    let texts = texts.map(|text| text.map(|text| text.trim_end().trim_end_matches(';')));
    if !texts.iter().flatten().all(|text| is_contained(text)) {
        return Vec::new();
    }
    match (identity.kind.as_str(), attribute) {
        ("column", "default") => vec![column_default(identity, texts)],
        ("column", "expression") => vec![generated(identity, texts)],
        ("constraint", "check") => vec![condition(identity, texts), domain_check(identity, texts)],
        ("constraint", "exclusion") => vec![exclusion(identity, texts)],
        ("domain", "default") => vec![domain_default(identity, texts)],
        ("index", "definition") => vec![index(identity, texts)],
        ("policy", "using" | "check") => vec![condition(identity, texts)],
        ("table", "partition by") => vec![partition_key(identity, texts)],
        ("view" | "materialized view", "definition") => vec![view(texts.map(|text| text.map(str::to_owned)))],
        _ => Vec::new(),
    }
}

/// Whether a text can't end what it is put into: its parentheses match, no literal is open, nothing follows it.
fn is_contained(text: &str) -> bool {
    let mut depth = 0_usize;
    for token in tokens(text, 0) {
        depth = match token.lexeme {
            Lexeme::Open => depth + 1,
            Lexeme::Close if depth == 0 => return false,
            Lexeme::Close => depth - 1,
            Lexeme::Semicolon | Lexeme::Backslash | Lexeme::Unterminated(_) => return false,
            Lexeme::LineComment | Lexeme::BlockComment => return false,
            _ => depth,
        };
    }
    depth == 0 && !text.contains([TEXT, QUOTED])
}

/// The qualified name of the object, or of the one that it is a part of.
fn object(identity: &Identity) -> String {
    let schema = identity.schema.as_deref().unwrap_or_default();
    format!("{}.{}", identifier(schema), identifier(&identity.name))
}

fn part(identity: &Identity) -> String {
    identifier(identity.part.as_deref().unwrap_or_default())
}

fn copy_of(identity: &Identity) -> String {
    format!("CREATE TEMPORARY TABLE revgraph_table (LIKE {})", object(identity))
}

fn owned(texts: [Option<&str>; 2]) -> [Option<String>; 2] {
    texts.map(|text| text.map(str::to_owned))
}

/// A query, as a view.
fn view(texts: [Option<String>; 2]) -> Recipe {
    Recipe {
        steps: vec![format!("CREATE TEMPORARY VIEW revgraph_view AS {TEXT}")],
        print: "SELECT rtrim(pg_get_viewdef('pg_temp.revgraph_view'::regclass), ';')".to_owned(),
        texts,
    }
}

/// A condition on the rows of a table, as that of a view of it: so its columns have their types, and so has the row.
fn condition(identity: &Identity, texts: [Option<&str>; 2]) -> Recipe {
    let table = object(identity);
    view(texts.map(|text| text.map(|text| format!("SELECT 1 AS one FROM ONLY {table} WHERE ({text})"))))
}

/// A default is converted to its column's type, and one that comes to NULL is none.
fn column_default(identity: &Identity, texts: [Option<&str>; 2]) -> Recipe {
    Recipe {
        steps: vec![
            copy_of(identity),
            format!("ALTER TABLE pg_temp.revgraph_table ALTER COLUMN {} SET DEFAULT ({TEXT})", part(identity)),
        ],
        print: DEFAULT.to_owned(),
        texts: owned(texts),
    }
}

const DEFAULT: &str =
    "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'pg_temp.revgraph_table'::regclass";

fn generated(identity: &Identity, texts: [Option<&str>; 2]) -> Recipe {
    let column = identity.part.as_deref().unwrap_or_default();
    let renewed = format!(
        "SELECT format('ALTER TABLE pg_temp.revgraph_table DROP COLUMN %1$I, ADD COLUMN %1$I %2$s GENERATED ALWAYS AS \
         (%3$s) STORED', attname, format_type(atttypid, atttypmod), {QUOTED}) \
         FROM pg_attribute WHERE attrelid = {}::regclass AND attname = {}",
        literal(&object(identity)),
        literal(column),
    );
    Recipe { steps: vec![copy_of(identity), renewed], print: DEFAULT.to_owned(), texts: owned(texts) }
}

fn partition_key(identity: &Identity, texts: [Option<&str>; 2]) -> Recipe {
    Recipe {
        steps: vec![format!("{} PARTITION BY {TEXT}", copy_of(identity))],
        print: "SELECT pg_get_partkeydef('pg_temp.revgraph_table'::regclass)".to_owned(),
        texts: owned(texts),
    }
}

/// From the access method on, as the snapshot has it.
fn index(identity: &Identity, texts: [Option<&str>; 2]) -> Recipe {
    Recipe {
        steps: vec![copy_of(identity), format!("CREATE INDEX revgraph_index ON pg_temp.revgraph_table {TEXT}")],
        print: "SELECT regexp_replace(pg_get_indexdef('pg_temp.revgraph_index'::regclass), '^.*? (USING .*)$', '\\1')"
            .to_owned(),
        texts: owned(texts),
    }
}

fn exclusion(identity: &Identity, texts: [Option<&str>; 2]) -> Recipe {
    Recipe {
        steps: vec![
            copy_of(identity),
            format!("ALTER TABLE pg_temp.revgraph_table ADD CONSTRAINT revgraph_constraint {TEXT}"),
        ],
        print: "SELECT pg_get_constraintdef(oid) FROM pg_constraint \
                WHERE conrelid = 'pg_temp.revgraph_table'::regclass AND conname = 'revgraph_constraint'"
            .to_owned(),
        texts: owned(texts),
    }
}

/// A domain over the domain has the same values.
fn domain_check(identity: &Identity, texts: [Option<&str>; 2]) -> Recipe {
    let domain = object(identity);
    Recipe {
        steps: vec![format!(
            "CREATE DOMAIN pg_temp.revgraph_domain AS {domain} CONSTRAINT revgraph_constraint CHECK ({TEXT})"
        )],
        print: "SELECT pg_get_expr(conbin, 0) FROM pg_constraint \
                WHERE contypid = 'pg_temp.revgraph_domain'::regtype AND conname = 'revgraph_constraint'"
            .to_owned(),
        texts: owned(texts),
    }
}

fn domain_default(identity: &Identity, texts: [Option<&str>; 2]) -> Recipe {
    Recipe {
        steps: vec![format!("CREATE DOMAIN pg_temp.revgraph_domain AS {} DEFAULT ({TEXT})", object(identity))],
        print: "SELECT pg_get_expr(typdefaultbin, 0) FROM pg_type WHERE oid = 'pg_temp.revgraph_domain'::regtype"
            .to_owned(),
        texts: owned(texts),
    }
}
