//! `revgraph.toml`: what a project says of itself. An empty file is valid.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use crate::revision::{DURATION_HELP, Problem, Source, parse_duration};

/// The name of the file that marks a project's root.
pub const FILE_NAME: &str = "revgraph.toml";

/// The settings of a project, defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Where the database is, unless the command line or the environment says it: a URL, a `key=value`
    /// string or `embedded`.
    pub url: Option<String>,
    /// The folder of the revisions, from the project's root.
    pub revisions: PathBuf,
    /// The folder of the archive, from the project's root.
    pub archive: PathBuf,
    /// The schema that the ledger lives in.
    pub ledger_schema: String,
    /// How long a statement waits for a lock.
    #[serde(deserialize_with = "duration")]
    pub lock_timeout: Duration,
    /// How long a statement may run; the server's own setting if there is none.
    #[serde(deserialize_with = "optional_duration")]
    pub statement_timeout: Option<Duration>,
    /// How long to wait for another deployer.
    #[serde(deserialize_with = "duration")]
    pub lock_wait: Duration,
    /// How often a step is run again that did not get a lock.
    pub retries: u32,
    /// Other databases, by name.
    pub databases: BTreeMap<String, String>,
    /// Where scratch databases may be made.
    pub scratch: Scratch,
    /// Where backups go.
    pub backup: BackupSettings,
    /// What is to run after a deployment.
    pub hooks: Hooks,
}

/// Where backups go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackupSettings {
    /// The folder, from the project's root.
    pub directory: PathBuf,
}

impl Default for BackupSettings {
    fn default() -> BackupSettings {
        BackupSettings { directory: "backups".into() }
    }
}

/// Commands for the system's shell, run in the project's root after a deployment that did something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hooks {
    /// After an upgrade has reached its target.
    pub after_upgrade: Vec<String>,
    /// After a downgrade has.
    pub after_downgrade: Vec<String>,
}

/// Where scratch databases may be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scratch {
    /// Whether the target's own server may hold them: the server of `url`, and no other one that a command names.
    pub server: bool,
    /// The only place that they may come from; without it, the first that works.
    pub from: Option<ScratchSource>,
    /// Roles that are there before the first revision, since revisions may grant to them.
    pub roles: Vec<String>,
    /// What stands there for the databases that `[load]` sections read: by their names, the files of SQL that make them. As
    /// paths from the project's root; once the file is read, with that before them.
    pub sources: BTreeMap<String, PathBuf>,
}

/// Where scratch databases come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScratchSource {
    /// The target's own server.
    Server,
    /// A private server, run from PostgreSQL's programs on this machine.
    Programs,
    /// The PostgreSQL inside revgraph.
    Embedded,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            url: None,
            revisions: "revisions".into(),
            archive: "archive".into(),
            ledger_schema: "revgraph".to_owned(),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: None,
            lock_wait: Duration::from_secs(60),
            retries: 3,
            databases: BTreeMap::new(),
            scratch: Scratch::default(),
            backup: BackupSettings::default(),
            hooks: Hooks::default(),
        }
    }
}

impl Config {
    /// Reads the file of a project, or says where it is wrong.
    pub fn read(path: &Path) -> Result<Config, Problem> {
        let mut config = Config::parse(&Source::read(path).map_err(|problem| problem.kind_of(KIND))?)?;
        let root = path.parent().unwrap_or(Path::new(""));
        for file in config.scratch.sources.values_mut() {
            *file = root.join(&*file);
        }
        Ok(config)
    }

    /// Reads settings from text.
    pub fn parse(source: &Source) -> Result<Config, Problem> {
        let config: Config = toml::from_str(source.text()).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            // The file is shown with the mistake, but for what may hold a password.
            let message = said_without_secrets(error.message().trim());
            Problem::at(&without_secrets(source), span, message).kind_of(KIND).help(HELP)
        })?;
        match config.ledger_schema.as_str() {
            "" => {
                let problem = Problem::without_place(source.path(), "ledger_schema is empty");
                Err(problem.kind_of(KIND).help("name a schema"))
            }
            _ => Ok(config),
        }
    }
}

/// The same text, byte for byte as long, with asterisks for what may say where a database is, and with which password.
fn without_secrets(source: &Source) -> Source {
    // Within a string of several lines no line tells what it is a part of.
    let lasting = ["\"\"\"", "'''"].iter().filter_map(|quotes| source.text().find(quotes)).min();
    let mut at = 0;
    let line = |line: &str| {
        let from = at;
        at += line.len();
        let shown = match lasting {
            Some(start) if start <= from => 0,
            Some(start) if start < at => key(line),
            _ => harmless(line),
        };
        let (shown, hidden) = line.split_at(shown);
        let mask = |c: char| if c == '\n' { "\n".to_owned() } else { "*".repeat(c.len_utf8()) };
        shown.to_owned() + &hidden.chars().map(mask).collect::<String>()
    };
    let text = source.text().split_inclusive('\n').map(line).collect();
    Source::from_text(source.path(), text)
}

/// How many bytes of a line tell nobody's secret: all of them, or its key.
fn harmless(line: &str) -> usize {
    let key = key(line);
    let rest = line.get(key..).unwrap_or_default();
    // Without a key nobody knows what a value is of.
    let is_value = key == 0 && rest.contains(['"', '\'']);
    if is_value || may_be_secret(rest) { key } else { line.len() }
}

/// How many bytes of a line are its key, with the equals sign; 0 where there is no plain one.
fn key(line: &str) -> usize {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    match line.split_once('=') {
        Some((key, _)) if !key.trim().is_empty() && key.trim().chars().all(is_plain) => key.len() + 1,
        _ => 0,
    }
}

/// Whether a value may be a connection string, or a part of one.
fn may_be_secret(value: &str) -> bool {
    value.contains(['@', ':', '=', '%']) || value.to_ascii_lowercase().contains("pass")
}

/// What the parser says, without a value that it repeats and that may be a connection string.
fn said_without_secrets(message: &str) -> String {
    let quoted = |quote: char| {
        let start = message.find(quote)? + 1;
        let end = message.rfind(&format!("{quote}, expected")).or_else(|| message.rfind(quote))?;
        message.get(start..end).filter(|value| may_be_secret(value))
    };
    match quoted('"').or_else(|| quoted('`')) {
        Some(value) => message.replacen(value, "…", 1),
        None => message.to_owned(),
    }
}

/// What is wrong with the settings, for tools.
const KIND: &str = "bad_configuration";

const HELP: &str = "the settings are url, revisions, archive, ledger_schema, lock_timeout, statement_timeout, lock_wait, \
                    retries, [databases], [scratch] server, from, roles, sources, [backup] directory, [hooks] after_upgrade \
                     and after_downgrade; an empty file is valid";

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text).ok_or_else(|| de::Error::custom(format!("{text:?} is not a duration: {DURATION_HELP}")))
}

fn optional_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    duration(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Problem> {
        Config::parse(&Source::from_text(Path::new("revgraph.toml"), text.to_owned()))
    }

    #[test]
    fn an_empty_file_is_valid() {
        assert_eq!(parse(""), Ok(Config::default()));
    }

    #[test]
    fn settings_are_read() {
        let config = parse("url = \"embedded\"\nlock_timeout = \"2s\"\n[databases]\nold = \"postgres://x\"\n").unwrap();
        assert_eq!(config.url.as_deref(), Some("embedded"));
        assert_eq!(config.lock_timeout, Duration::from_secs(2));
        assert_eq!(config.databases["old"], "postgres://x");
    }

    /// The text that is shown with a mistake, and what is said of it.
    fn shown(text: &str) -> String {
        let problem = parse(text).expect_err(text);
        let (shown, _) = problem.place().expect(text);
        assert_eq!(shown.text().len(), text.len(), "places stay where they are: {}", shown.text());
        format!("{}\n{}", shown.text(), problem.message())
    }

    #[test]
    fn a_password_is_not_shown_with_a_mistake() {
        let texts = [
            "lock_wait = \"1s\"\nurl = \"postgres://app:s3cret@h/db\n",
            "url \"postgres://app:s3cret@db/app\"\n",
            "url \"postgres://app:s3cret@db/app?sslmode=require\"\n",
            "url: postgres://app:s3cret@db/app?sslmode=require\n",
            "\"url\" \"postgres://app:s3cret@db/app?sslmode=require\"\n",
            "url = \"host=db password=s3cret\n",
            "url \"host=db password=s3cret\"\n",
            "url = \"host=db password='a\ns3cret'\"\n",
            "url = \"\"\"\nhost=db password=\ns3cret\n\"\"\"\nnothing\n",
            "url = '''\nhost=db\npassword\n= s3cret\n",
            "url = \"host=db PGPASSWORD s3cret\n",
            "databases = { old = \"postgres://app:s3cret@db/app\", new }\n",
            "databases = [\n\"postgres://app:s3cret@db/app\"\n",
            "url = postgres://app:s3cret@db/app\n",
            "\"postgres://app:s3cret@db/app\" = 1\n",
            "[\"postgres://app:s3cret@db/app\"]\n",
            // Sound as text, and of the wrong kind: the parser repeats the value.
            "lock_wait = \"postgres://app:s3cret@db/app\"\n",
            "scratch = \"host=db password=s3cret\"\n",
            "[scratch]\nserver = \"postgres://app:s3cret@db/app\"\n",
            "[scratch]\nfrom = \"postgres://app:s3cret@db/app\"\n",
            "retries = \"postgres://app:s3cret@db/app\"\n",
        ];
        for text in texts {
            assert!(!shown(text).contains("s3cret"), "{text}\nis shown as\n{}", shown(text));
        }
        assert_eq!(parse(texts[0]).unwrap_err().position().map(|position| position.line), Some(2));
        let wrong_kind = parse(texts.last().unwrap()).unwrap_err();
        assert_eq!(wrong_kind.message(), "invalid type: string \"…\", expected u32");
    }

    #[test]
    fn what_is_harmless_is_shown() {
        for text in ["revisons = \"r\"", "lock_wait = \"soon\"", "[scratch", "url = 5", "retries = -1"] {
            assert!(shown(text).starts_with(&format!("{text}\n")), "{}", shown(text));
        }
        assert!(shown("url = \"embedded\"\nretries = -1\n\"\"\"").starts_with("url = \"embedded\"\nretries = -1\n***"));
    }

    #[test]
    fn mistakes_are_placed() {
        let problem = parse("url = \"embedded\"\nrevisons = \"r\"\n").unwrap_err();
        assert_eq!(problem.position().map(|p| (p.line, p.column)), Some((2, 1)));
        let problem = parse("lock_wait = \"soon\"").unwrap_err();
        assert_eq!(problem.position().map(|p| (p.line, p.column)), Some((1, 13)));
        assert!(problem.message().starts_with("\"soon\" is not a duration"), "{problem}");
    }
}
