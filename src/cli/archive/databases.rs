//! Which databases are asked whether they still need what is to be taken away.

use crate::cli::completions::candidates;
use crate::cli::connecting::Connecting;
use crate::cli::context::{Context, actor};
use crate::database::{Location, Session};
use crate::error::Error;
use crate::operation::archive::ask::{Answers, Exempt, Guide, ask};
use crate::project::Project;

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
    /// Asks all that the command line does not exempt.
    pub fn ask(&self, context: &Context, project: &Project) -> Result<Answers, Error> {
        let exempt = if self.no_database { Exempt::All } else { Exempt::These(&self.without) };
        ask(project, exempt, &AtCommandLine { context, project })
    }
}

/// Finds databases by the command line, the environment and the settings.
struct AtCommandLine<'a> {
    context: &'a Context,
    project: &'a Project,
}

impl Guide for AtCommandLine<'_> {
    fn locate(&self, text: &str) -> Result<Location, Error> {
        self.context.resolve(self.project, text)
    }

    fn target(&self) -> Result<Location, Error> {
        self.context.location(self.project)
    }

    fn names_target(&self) -> bool {
        self.context.names_database()
    }

    fn open(&self, location: Location) -> Result<Session, Error> {
        Connecting::new(Ok(location), &actor()?).session_to_read(self.context)
    }
}
