//! Which databases are asked whether they still need what is to be taken away, and what they say.

use super::{ArchiveError, Asked, Told};
use crate::database::ledger::{Ledger, LedgerState};
use crate::database::{Location, Session};
use crate::error::Error;
use crate::project::Project;

/// What exempts the database that is under `url`.
const URL: &str = "url";

/// Whoever knows the way to databases.
pub trait Guide {
    /// The database that a text means: a name under `[databases]`, or what says where one is.
    fn locate(&self, text: &str) -> Result<Location, Error>;
    /// The one that the command is for; [`Error::NoDatabase`] if there is none.
    fn target(&self) -> Result<Location, Error>;
    /// Whether somebody has named that one for this command.
    fn names_target(&self) -> bool;
    /// Opens one to read.
    fn open(&self, location: Location) -> Result<Session, Error>;
}

/// Who is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exempt<'a> {
    /// Nobody is.
    All,
    /// These of the settings: names under `[databases]`, or `url`.
    These(&'a [String]),
}

/// What databases have said.
#[derive(Debug)]
pub struct Answers {
    asked: Vec<Asked>,
    exempts_some: bool,
}

impl Answers {
    /// The same for what depends on it.
    pub fn told(&self) -> Told<'_> {
        match self.asked.as_slice() {
            [] if self.exempts_some => Told::NoneHas,
            [] => Told::Nothing,
            asked => Told::By(asked),
        }
    }
}

/// Asks the database that the command is for, and all that the settings name: any of them may have a part of what a baseline
/// replaced.
///
/// # Errors
/// One of them can't be asked, for nobody knows what it has; an exempt one is not in the settings.
pub fn ask(project: &Project, exempt: Exempt<'_>, guide: &dyn Guide) -> Result<Answers, Error> {
    let Exempt::These(names) = exempt else { return Ok(Answers { asked: Vec::new(), exempts_some: true }) };
    check(project, names)?;
    let mut answers = Answers { exempts_some: !names.is_empty(), asked: Vec::new() };
    let mut seen = Vec::new();
    for (name, location) in listed(project, names, guide) {
        let not_asked = |error: Error| match &name {
            Some(name) => ArchiveError::NotAsked { database: name.clone(), reason: error.to_string() }.into(),
            None => error,
        };
        let location = location.map_err(not_asked)?;
        if seen.contains(&location.to_string()) {
            continue;
        }
        seen.push(location.to_string());
        let state = state(project, guide, location).map_err(not_asked)?;
        answers.asked.push(Asked { name, state });
    }
    Ok(answers)
}

/// The databases that are to be asked. Those of the settings first, for these have names to be told by.
fn listed(project: &Project, exempt: &[String], guide: &dyn Guide) -> Vec<(Option<String>, Result<Location, Error>)> {
    let settings = project.config.databases.keys().map(|name| (name.as_str(), name.as_str()));
    let settings = settings.chain(project.config.url.iter().map(|url| (URL, url.as_str())));
    let (exempt, asked): (Vec<_>, Vec<_>) = settings
        .map(|(name, text)| (name, guide.locate(text)))
        .partition(|(name, _)| exempt.iter().any(|exempt| exempt == name));
    let exempt: Vec<String> = exempt.into_iter().filter_map(|(_, location)| Some(location.ok()?.to_string())).collect();
    let mut listed: Vec<_> = asked.into_iter().map(|(name, location)| (Some(name.to_owned()), location)).collect();
    match guide.target() {
        Err(Error::NoDatabase) => {}
        Ok(location) if !guide.names_target() && exempt.contains(&location.to_string()) => {}
        location => listed.push((None, location)),
    }
    listed
}

/// A misspelt name must not exempt nobody in silence.
fn check(project: &Project, exempt: &[String]) -> Result<(), Error> {
    let config = &project.config;
    let is_known = |name: &&String| config.databases.contains_key(*name) || (*name == URL && config.url.is_some());
    match exempt.iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => Err(Error::Invalid {
            message: format!("--without {name:?}: revgraph.toml names no such database"),
            help: "it takes a name under [databases], or `url`".to_owned(),
        }),
    }
}

fn state(project: &Project, guide: &dyn Guide, location: Location) -> Result<LedgerState, Error> {
    if matches!(&location, Location::Embedded(directory) if !directory.exists()) {
        // To look would be to make it.
        return Ok(LedgerState::default());
    }
    let mut session = guide.open(location)?;
    Ok(Ledger::new(&project.config.ledger_schema).read(session.client(), false)?)
}
