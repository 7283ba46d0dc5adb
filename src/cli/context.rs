//! What every command shares: the global options, the project, and the way to the database.

use std::ffi::OsStr;
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::completions::candidates;
use super::connecting::Connecting;
use super::terminal::say;
use crate::database::connect::{ConnectionSpec, Environment};
use crate::database::ledger::Actor;
use crate::database::scratch::Likeness;
use crate::database::sources::Sources;
use crate::database::{DatabaseError, Location, Session};
use crate::error::Error;
pub use crate::operation::actor::actor;
use crate::operation::deploy::{DeployOptions, Wishes};
use crate::operation::scratch::ScratchOptions;
use crate::project::archive::Lock;
use crate::project::{Config, History, LoadError, Project, ScratchSource};
use crate::revision::{DURATION_HELP, parse_duration};

/// How results are shown. Every command knows the first two; `graph` knows them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For tools.
    Json,
    /// A picture, for a README or a browser.
    Svg,
    /// One page with everything in it: search, zoom, each revision's SQL.
    Html,
    /// For Graphviz.
    Dot,
    /// For Mermaid, which many forges draw within Markdown.
    Mermaid,
}

/// What `--format` takes where a command says nothing else of it.
fn text_or_json() -> impl TypedValueParser<Value = Format> {
    let values = [Format::Text, Format::Json].iter().filter_map(ValueEnum::to_possible_value);
    PossibleValuesParser::new(values).map(|name| match name.as_str() {
        "json" => Format::Json,
        _ => Format::Text,
    })
}

/// When colours are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes it so, for all that is printed.
    pub fn decide(self) {
        let choice = match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// The options that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The project's folder, or one within it
    #[arg(long, short = 'C', global = true, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// The database: a postgres:// URL, key=value pairs, `embedded`, or a name from revgraph.toml's databases.
    /// Without it: DATABASE_URL, then `url` in revgraph.toml, then the PG* variables
    #[arg(long, short = 'd', global = true, value_name = "DATABASE", add = candidates::databases())]
    pub database: Option<String>,
    /// How results are shown: `text` where nothing is said
    #[arg(long, global = true, value_parser = text_or_json(), value_name = "FORMAT")]
    pub format: Option<Format>,
    /// When colours are used
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Say more: what the server says, the text of errors in full
    #[arg(long, short = 'v', global = true)]
    pub verbose: bool,
    /// Say nothing but errors and what was asked for
    #[arg(long, short = 'q', global = true, conflicts_with = "verbose")]
    pub quiet: bool,
}

/// The options of commands that deploy.
#[derive(Debug, Args)]
pub struct Waits {
    /// How long to wait for another deployer
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub lock_wait: Option<Duration>,
    /// How long a statement waits for a lock (0: for ever)
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub lock_timeout: Option<Duration>,
    /// How long a statement may run (0: for ever)
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub statement_timeout: Option<Duration>,
    /// How often a step is run again that did not get a lock, or was in a deadlock
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
}

impl Waits {
    /// The project's options with what the command line says over them.
    pub fn over(&self, project: &Project) -> DeployOptions {
        let Waits { lock_wait, lock_timeout, statement_timeout, retries } = *self;
        Wishes { lock_wait, lock_timeout, statement_timeout, retries }.over(&project.config)
    }
}

/// A time as an option gives it.
pub fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| DURATION_HELP.to_owned())
}

/// The options of commands that build revisions in scratch databases.
#[derive(Debug, Args)]
pub struct ScratchArgs {
    /// Where scratch databases are made: on the target's server (only where revgraph.toml allows it), in a private
    /// server run from PostgreSQL's programs on this machine, or in the PostgreSQL inside revgraph. Without it, the
    /// first of these that works
    #[arg(long, value_name = "WHERE", value_enum, hide_possible_values = false)]
    scratch: Option<ScratchPlace>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ScratchPlace {
    Server,
    Programs,
    Embedded,
}

impl ScratchArgs {
    /// The project's settings with what the command line says over them. `configured` is the database whose server
    /// the settings speak of, as [`Context::configured`] gives it.
    pub fn options<'a>(
        &self,
        config: &'a Config,
        target: Option<&'a Location>,
        configured: Option<&'a Location>,
    ) -> ScratchOptions<'a> {
        let from = self.scratch.map(|place| match place {
            ScratchPlace::Server => ScratchSource::Server,
            ScratchPlace::Programs => ScratchSource::Programs,
            ScratchPlace::Embedded => ScratchSource::Embedded,
        });
        ScratchOptions { settings: &config.scratch, from, target, configured, likeness: Likeness::default() }
    }
}

/// The environment of this process.
pub fn environment() -> Environment {
    let environment = Environment::new(|name| std::env::var_os(name));
    // As libpq does, whatever USER says. In a container the system may know no name for who runs.
    match whoami::username() {
        Ok(name) => environment.user(name),
        Err(_) => environment,
    }
}

/// The global options, put to use.
#[derive(Debug)]
pub struct Context {
    global: Global,
}

/// Variables that say by themselves where a server is.
const SERVER_VARIABLES: [&str; 6] = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE"];

impl Context {
    /// Takes the options; colours are decided here, once.
    pub fn new(global: Global) -> Context {
        global.color.decide();
        Context { global }
    }

    /// Whether results are for tools.
    pub fn is_json(&self) -> bool {
        self.global.format == Some(Format::Json)
    }

    /// Whether to say more.
    pub fn is_verbose(&self) -> bool {
        self.global.verbose
    }

    /// Whether to say nothing but what was asked for.
    pub fn is_quiet(&self) -> bool {
        self.global.quiet
    }

    /// The folder that `--project` names, or this one.
    pub fn folder(&self) -> PathBuf {
        self.global.project.clone().unwrap_or_default()
    }

    /// The project, with nothing interrupted in it.
    pub fn project(&self) -> Result<Project, Error> {
        let project = Project::find(self.folder())?;
        if let Some(recovered) = project.recover()?.filter(|_| !self.is_quiet()) {
            let (kind, baseline) = (recovered.kind, recovered.baseline);
            let what = if recovered.finished { "finished" } else { "undone" };
            say!("note: the {kind} of `{baseline}` had been interrupted; it is {what} now");
        }
        Ok(project)
    }

    /// The project and its history. The history is never freed: the process ends with the command, and to free
    /// 10,000 revisions takes a good part of the time that it takes to read them.
    pub fn history(&self) -> Result<(Project, ManuallyDrop<History>), Error> {
        let project = self.project()?;
        let history = project.history()?;
        Ok((project, ManuallyDrop::new(history)))
    }

    /// The same for a command that writes revisions. Others wait until the lock is let go.
    pub fn history_to_write(&self) -> Result<(Project, ManuallyDrop<History>, Lock), Error> {
        let project = self.project()?;
        let (history, lock) = project.history_to_write()?;
        Ok((project, ManuallyDrop::new(history), lock))
    }

    /// Where the database is: the command line goes before DATABASE_URL, that before the project's settings,
    /// and those before the PG* variables, which may be there for other programs.
    pub fn location(&self, project: &Project) -> Result<Location, Error> {
        let url = std::env::var_os("DATABASE_URL").filter(|url| !url.is_empty());
        if let Some(text) = &self.global.database {
            return named(project, text);
        }
        if let Some(url) = url {
            return named(project, &url.to_string_lossy());
        }
        if let Some(url) = &project.config.url {
            return named(project, url);
        }
        let set = |name: &&str| std::env::var_os(name).is_some_and(|value| value != OsStr::new(""));
        if SERVER_VARIABLES.iter().any(set) {
            return Ok(server(None)?);
        }
        Err(Error::NoDatabase)
    }

    /// The database that a text names, with what the user should be told of how it is reached.
    pub fn named(&self, project: &Project, text: &str) -> Result<Location, Error> {
        let location = named(project, text)?;
        warn(&location);
        Ok(location)
    }

    /// The database that the project's settings are about: the one under `url`; where there is none, the one that the
    /// command is for.
    pub fn configured(&self, project: &Project) -> Option<Location> {
        match &project.config.url {
            Some(url) => named(project, url).ok(),
            None => self.location(project).ok(),
        }
    }

    /// The databases that `[load]` sections read: all that are configured by name.
    pub fn sources(&self, project: &Project) -> Sources {
        let location = |(name, url): (&String, &String)| (name.clone(), direct(project, url));
        Sources::configured(project.config.databases.iter().map(location))
    }

    /// The database that a text names, without a word of how it is reached.
    pub fn resolve(&self, project: &Project, text: &str) -> Result<Location, Error> {
        named(project, text)
    }

    /// Whether the command line says which database is meant.
    pub fn names_database(&self) -> bool {
        self.global.database.is_some()
    }

    /// The project and its history, and the way to the database. If that `will_be_used`, a server is connected to
    /// while the files are read; whatever becomes of it, what is wrong with the files is told first.
    pub fn history_and_database(
        &self,
        actor: &Actor,
        will_be_used: bool,
    ) -> Result<(Project, ManuallyDrop<History>, Connecting), Error> {
        self.read_and_connect(actor, will_be_used, Project::history)
    }

    /// The same for a command that completes files of which some are missing by what the database keeps of them.
    pub fn history_to_complete_and_database(
        &self,
        actor: &Actor,
        will_be_used: bool,
    ) -> Result<(Project, ManuallyDrop<History>, Connecting), Error> {
        match will_be_used {
            true => self.read_and_connect(actor, true, Project::history_to_complete),
            false => self.history_and_database(actor, false),
        }
    }

    fn read_and_connect(
        &self,
        actor: &Actor,
        will_be_used: bool,
        read: impl FnOnce(&Project) -> Result<History, LoadError>,
    ) -> Result<(Project, ManuallyDrop<History>, Connecting), Error> {
        let project = self.project()?;
        let mut connecting = Connecting::new(self.location(&project), actor);
        if will_be_used {
            connecting.begin();
        }
        let history = read(&project)?;
        Ok((project, ManuallyDrop::new(history), connecting))
    }

    /// Opens the database for a command that only reads it.
    pub fn open_to_read(&self, project: &Project) -> Result<Session, Error> {
        Connecting::new(self.location(project), &actor()?).session_to_read(self)
    }
}

/// Says what is questionable about how a server is reached.
fn warn(location: &Location) {
    if let Location::Server(spec) = location {
        for warning in spec.warnings() {
            say!("warning: {warning}");
        }
    }
}

fn named(project: &Project, text: &str) -> Result<Location, Error> {
    if let Some(url) = project.config.databases.get(text) {
        return Ok(direct(project, url)?);
    }
    let looks_like_one = text.is_empty() || text == "embedded" || text.contains("://") || text.contains('=');
    if looks_like_one {
        return Ok(direct(project, text)?);
    }
    // A URL that is misspelt may hold a password.
    let is_name = !text.contains(['@', ':', '/']);
    Err(Error::UnknownDatabase(is_name.then(|| text.to_owned())))
}

fn direct(project: &Project, text: &str) -> Result<Location, DatabaseError> {
    match text {
        "embedded" => Ok(Location::Embedded(project.embedded_database())),
        _ => server(Some(text)),
    }
}

fn server(text: Option<&str>) -> Result<Location, DatabaseError> {
    let spec = ConnectionSpec::resolve(text, &environment())?;
    Ok(Location::Server(Box::new(spec)))
}
