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
    for (take, grant) in changes(&from.grants, &to.grants) {
        let statement = privilege(take, grant, "DATABASE %I", &escaped(&grantee(grant, deployer)));
        commands.push(vec![statement, DATABASE.to_owned()]);
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

/// The privileges that only one side has: first those to be taken, each with whether it is one of those.
fn changes<'g>(from: &'g [Grant], to: &'g [Grant]) -> impl Iterator<Item = (bool, &'g Grant)> {
    let gone = from.iter().filter(|grant| !to.contains(grant)).map(|grant| (true, grant));
    gone.chain(to.iter().filter(|grant| !from.contains(grant)).map(|grant| (false, grant)))
}

fn privilege(take: bool, grant: &Grant, object: &str, grantee: &str) -> String {
    let (privilege, option) = (&grant.privilege, if grant.grantable { " WITH GRANT OPTION" } else { "" });
    match take {
        true => format!("REVOKE {privilege} ON {object} FROM {grantee}"),
        false => format!("GRANT {privilege} ON {object} TO {grantee}{option}"),
    }
}

fn grantee(grant: &Grant, deployer: &str) -> String {
    grant.grantee.as_ref().map_or("PUBLIC".to_owned(), |grantee| role(grantee, deployer))
}

fn role(name: &str, deployer: &str) -> String {
    if name == deployer { "CURRENT_USER".to_owned() } else { identifier(name) }
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

/// What takes the schema `public` itself, not what is in it, from one state to the other. pg_dump takes for granted that
/// the schema is there, and not always says all that has become of it.
pub fn public_schema(from: &Facts, to: &Facts, deployer: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let stays = match (&from.public, &to.public) {
        (Some(old), Some(new)) if old.oid == new.oid => Some(old.clone()),
        (Some(_), _) => {
            statements.push("DROP SCHEMA public".to_owned());
            None
        }
        (None, _) => None,
    };
    let Some(new) = &to.public else { return statements };
    let mut old = stays.unwrap_or_else(|| {
        statements.push("CREATE SCHEMA public".to_owned());
        PublicSchema::created_by(deployer)
    });
    if old.owner != new.owner {
        statements.push(format!("ALTER SCHEMA public OWNER TO {}", role(&new.owner, deployer)));
        // What the owner may goes over to the new one.
        let moved = old.grants.iter_mut().filter(|grant| grant.grantee.as_ref() == Some(&old.owner));
        moved.for_each(|grant| grant.grantee = Some(new.owner.clone()));
    }
    if old.comment != new.comment {
        let text = new.comment.as_deref().map_or("NULL".to_owned(), literal_of);
        statements.push(format!("COMMENT ON SCHEMA public IS {text}"));
    }
    for (take, grant) in changes(&old.grants, &new.grants) {
        statements.push(privilege(take, grant, "SCHEMA public", &grantee(grant, deployer)));
    }
    statements
}

impl PublicSchema {
    /// As `CREATE SCHEMA` makes it.
    fn created_by(role: &str) -> PublicSchema {
        let grant = |privilege: &str| Grant {
            grantee: Some(role.to_owned()),
            privilege: privilege.to_owned(),
            grantable: false,
        };
        let grants = ["CREATE", "USAGE"].map(grant).into();
        PublicSchema { oid: String::new(), owner: role.to_owned(), comment: None, grants }
    }
}
