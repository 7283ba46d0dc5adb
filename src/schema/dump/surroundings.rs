//! What is there before a chain runs and can be changed by it: the database as a whole, and the schema `public`.

use super::facts::{DatabaseFacts, Facts, Grant, PublicSchema, Setting};
use super::words::{Word, words};
use crate::database::quote::{identifier, literal};
use crate::revision::sql::Lexeme;

/// Settings whose values are lists of names, which a single literal would make one name of. PostgreSQL marks them
/// GUC_LIST_QUOTE; pg_dump has the same list.
const LISTS: [&str; 6] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// A `DO` block that takes the database as a whole from one state to the other: pg_dump leaves that out, and the
/// database has another name wherever the baseline runs. None where there is no difference.
pub fn database(from: &DatabaseFacts, to: &DatabaseFacts, deployer: &str) -> Option<String> {
    let gone =
        |setting: &&Setting| !to.settings.iter().any(|other| other.role == setting.role && other.name == setting.name);
    let mut commands: Vec<Vec<String>> = Vec::new();
    for setting in from.settings.iter().filter(gone) {
        commands.push(alter(setting, &format!("RESET {}", identifier_like(&setting.name)), Vec::new()));
    }
    for setting in to.settings.iter().filter(|setting| !from.settings.contains(setting)) {
        let values = values(setting);
        let places = vec!["%L"; values.len()].join(", ");
        commands.push(alter(setting, &format!("SET {} TO {places}", identifier_like(&setting.name)), values));
    }
    if from.comment != to.comment {
        let comment = to.comment.as_deref().map_or("NULL".to_owned(), literal_of);
        commands.push(vec!["COMMENT ON DATABASE %I IS %s".to_owned(), DATABASE.to_owned(), literal_of(&comment)]);
    }
    let missing = |grants: &[Grant], than: &[Grant]| -> Vec<Grant> {
        grants.iter().filter(|grant| !than.contains(grant)).cloned().collect()
    };
    for grant in missing(&from.grants, &to.grants) {
        commands.push(vec![
            format!("REVOKE {} ON DATABASE %I FROM {}", grant.privilege, grantee(&grant, deployer)),
            DATABASE.to_owned(),
        ]);
    }
    for grant in missing(&to.grants, &from.grants) {
        let option = if grant.grantable { " WITH GRANT OPTION" } else { "" };
        let grantee = grantee(&grant, deployer);
        commands
            .push(vec![format!("GRANT {} ON DATABASE %I TO {grantee}{option}", grant.privilege), DATABASE.to_owned()]);
    }
    (!commands.is_empty()).then(|| block(&commands))
}

/// The name of the database, where the block runs.
const DATABASE: &str = "pg_catalog.current_database()";

/// `ALTER DATABASE …` or `ALTER ROLE … IN DATABASE …`.
fn alter(setting: &Setting, action: &str, values: Vec<String>) -> Vec<String> {
    let head = match &setting.role {
        None => "ALTER DATABASE %I".to_owned(),
        Some(role) => format!("ALTER ROLE {} IN DATABASE %I", escaped(&identifier(role))),
    };
    [format!("{head} {action}"), DATABASE.to_owned()].into_iter().chain(values).collect()
}

/// A setting's name: `work_mem`, `my.own`.
fn identifier_like(name: &str) -> String {
    let quoted: Vec<String> = name.split('.').map(|part| escaped(&identifier(part))).collect();
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte == b'.');
    if plain(name) { name.to_owned() } else { quoted.join(".") }
}

fn values(setting: &Setting) -> Vec<String> {
    if !LISTS.contains(&setting.name.as_str()) {
        return vec![literal_of(&setting.value)];
    }
    let is_name = |word: &&Word<'_>| matches!(word.lexeme, Lexeme::Word | Lexeme::QuotedName);
    let words = words(&setting.value);
    let names: Vec<String> =
        words.iter().filter(is_name).filter_map(Word::name).map(|name| literal_of(&name)).collect();
    if names.is_empty() { vec![literal_of("")] } else { names }
}

fn grantee(grant: &Grant, deployer: &str) -> String {
    match &grant.grantee {
        None => "PUBLIC".to_owned(),
        Some(role) if role == deployer => "CURRENT_USER".to_owned(),
        Some(role) => escaped(&identifier(role)),
    }
}

/// For a format of `format()`.
fn escaped(text: &str) -> String {
    text.replace('%', "%%")
}

fn literal_of(text: &str) -> String {
    literal(text).trim_start().to_owned()
}

/// The first of each command is a format, the rest are its arguments, which are expressions.
fn block(commands: &[Vec<String>]) -> String {
    let mut lines = String::new();
    for command in commands {
        if let [format, arguments @ ..] = command.as_slice() {
            lines += &format!("    EXECUTE pg_catalog.format({}, {});\n", literal_of(format), arguments.join(", "));
        }
    }
    let mut tag = "$database$".to_owned();
    while lines.contains(&tag) {
        tag.insert(1, '_');
    }
    format!("DO {tag}\nBEGIN\n{lines}END\n{tag}")
}

/// What takes the schema `public` itself, not what is in it, from one state to the other, as far as pg_dump leaves that
/// out: it takes for granted that the schema is there, and writes its comment and its privileges, not always its owner.
pub fn public_schema(from: &Facts, to: &Facts) -> Vec<String> {
    match (&from.public, &to.public) {
        (Some(_), None) => vec!["DROP SCHEMA public".to_owned()],
        (None, Some(public)) => {
            let owner = public_owner(public, &to.role);
            vec!["CREATE SCHEMA public".to_owned(), owner]
        }
        (Some(old), Some(new)) if old.owner != new.owner => vec![public_owner(new, &to.role)],
        _ => Vec::new(),
    }
}

/// The comment of the schema `public`, as a statement, where it is another one.
pub fn public_comment(from: &Facts, to: &Facts) -> Option<String> {
    let comment = |facts: &Facts| facts.public.as_ref().and_then(|public| public.comment.clone());
    let public = to.public.as_ref()?;
    let text = public.comment.as_deref().map_or("NULL".to_owned(), literal_of);
    (comment(from) != comment(to)).then(|| format!("COMMENT ON SCHEMA public IS {text}"))
}

fn public_owner(public: &PublicSchema, deployer: &str) -> String {
    let owner = if public.owner == deployer { "CURRENT_USER".to_owned() } else { identifier(&public.owner) };
    format!("ALTER SCHEMA public OWNER TO {owner}")
}
