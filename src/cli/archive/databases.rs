//! Which databases are asked whether they still need what is to be taken away.

use crate::cli::completions::candidates;
use crate::cli::connecting::Connecting;
use crate::cli::context::{Context, actor};
use crate::database::Location;
use crate::database::ledger::{Ledger, LedgerState};
use crate::error::Error;
use crate::operation::archive::{ArchiveError, Asked, Told};
use crate::project::Project;

/// What `--without` calls the database that is under `url`.
const URL: &str = "url";

/// Who is asked.
#[derive(Debug, clap::Args)]
pub struct Asking {
    /// Don't ask this database of revgraph.toml: a name under `[databases]`, or `url`. May be given again
    #[arg(long, value_name = "NAME", add = candidates::asked_databases())]
    without: Vec<String>,
    /// Ask no database whether it would be left without a way
    #[arg(long, conflicts_with = "without")]
    no_database: bool,
}

impl Asking {
    /// Asks the database that the command is for, and all that revgraph.toml names: any of them may have a part of
    /// what a baseline replaced. One that can't be asked is an error, for nobody knows what it has.
    pub fn ask(&self, context: &Context, project: &Project) -> Result<Answers, Error> {
        self.check(project)?;
        let mut answers = Answers { exempts_some: self.no_database || !self.without.is_empty(), asked: Vec::new() };
        if self.no_database {
            return Ok(answers);
        }
        let mut seen = Vec::new();
        for (name, location) in self.listed(context, project) {
            let location = match (location, &name) {
                (Err(error), Some(name)) => return Err(not_asked(name, &error)),
                (location, _) => location?,
            };
            if seen.contains(&location.to_string()) {
                continue;
            }
            seen.push(location.to_string());
            let state = state(context, project, location);
            let state = match &name {
                Some(name) => state.map_err(|error| not_asked(name, &error))?,
                None => state?,
            };
            answers.asked.push(Asked { name, state });
        }
        Ok(answers)
    }

    /// The databases that are to be asked. Those of the settings first, for these have names to be told by.
    fn listed(&self, context: &Context, project: &Project) -> Vec<(Option<String>, Result<Location, Error>)> {
        let settings = project.config.databases.keys().map(|name| (name.as_str(), name.as_str()));
        let settings = settings.chain(project.config.url.iter().map(|url| (URL, url.as_str())));
        let (exempt, asked): (Vec<_>, Vec<_>) = settings
            .map(|(name, text)| (name, context.resolve(project, text)))
            .partition(|(name, _)| self.exempts(name));
        let exempt: Vec<String> =
            exempt.into_iter().filter_map(|(_, location)| Some(location.ok()?.to_string())).collect();
        let mut listed: Vec<_> = asked.into_iter().map(|(name, location)| (Some(name.to_owned()), location)).collect();
        match context.location(project) {
            Err(Error::NoDatabase) => {}
            Ok(location) if !context.names_database() && exempt.contains(&location.to_string()) => {}
            location => listed.push((None, location)),
        }
        listed
    }

    fn exempts(&self, name: &str) -> bool {
        self.without.iter().any(|without| without == name)
    }

    /// A misspelt name must not exempt nobody in silence.
    fn check(&self, project: &Project) -> Result<(), Error> {
        let is_known = |name: &&String| {
            project.config.databases.contains_key(*name) || (*name == URL && project.config.url.is_some())
        };
        match self.without.iter().find(|name| !is_known(name)) {
            None => Ok(()),
            Some(name) => Err(Error::Invalid {
                message: format!("--without {name:?}: revgraph.toml names no such database"),
                help: "it takes a name under [databases], or `url`".to_owned(),
            }),
        }
    }
}

/// What databases have said.
pub struct Answers {
    asked: Vec<Asked>,
    exempts_some: bool,
}

impl Answers {
    /// The same for an operation.
    pub fn told(&self) -> Told<'_> {
        match self.asked.as_slice() {
            [] if self.exempts_some => Told::NoneHas,
            [] => Told::Nothing,
            asked => Told::By(asked),
        }
    }
}

fn state(context: &Context, project: &Project, location: Location) -> Result<LedgerState, Error> {
    if matches!(&location, Location::Embedded(directory) if !directory.exists()) {
        // To look would be to make it.
        return Ok(LedgerState::default());
    }
    let mut session = Connecting::new(Ok(location), &actor()?).session_to_read(context)?;
    Ok(Ledger::new(&project.config.ledger_schema).read(session.client(), false)?)
}

fn not_asked(name: &str, error: &Error) -> Error {
    ArchiveError::NotAsked { database: name.to_owned(), reason: error.to_string() }.into()
}
