//! `revgraph diff`

use std::path::Path;

use serde_json::json;

use super::Outcome;
use super::context::Context;
use super::render::json as print_json;
use crate::error::Error;
use crate::operation::diff::{Diff, DiffOptions, Side, diff};
use crate::operation::snapshot::Contents;
use crate::project::{Config, Project, ProjectError};
use crate::schema::{Aspect, Ignore, ReadOptions};

pub mod tree;

/// Show how two databases differ
///
/// Each of A and B is a postgres:// URL, key=value pairs, a name from revgraph.toml's databases, `embedded`, or a file
/// that `revgraph snapshot` wrote. What only A has is marked -, what only B has +, what both have and is not the same ~.
/// Expressions whose texts differ are read again by PostgreSQL before they count as different. What no kind of object
/// describes is always listed as not compared.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph diff staging production
  revgraph diff before.json embedded
  revgraph diff postgres://localhost/a postgres://localhost/b --schema app --ignore owners,grants
  revgraph diff staging production --data --format json
Exit codes: 0 equal, 1 failed, 2 wrong usage, 3 different.")]
pub struct Args {
    /// What is taken as the older one
    #[arg(value_name = "A")]
    before: String,
    /// What is taken as the newer one
    #[arg(value_name = "B")]
    after: String,
    /// What doesn't count as a difference: column-order, constraint-names, index-names, owners, grants, comments,
    /// security-labels, tablespaces, table-access-methods, storage-parameters, storage, statistics-targets, clustering,
    /// replica-identity, extension-versions, database, publications, large-objects
    #[arg(long, value_name = "WHAT,…", value_delimiter = ',')]
    ignore: Vec<Aspect>,
    #[command(flatten)]
    parts: Parts,
}

/// What of a database is looked at.
#[derive(Debug, clap::Args)]
pub struct Parts {
    /// Look at this schema alone, again for several; without it at all, and at what is in no schema
    #[arg(long, value_name = "NAME")]
    schema: Vec<String>,
    /// Look at the rows too: a count and a digest for each table, and where the sequences stand
    #[arg(long)]
    data: bool,
    /// Count the rows only
    #[arg(long, conflicts_with = "data")]
    counts: bool,
}

impl Parts {
    /// The options of a comparison.
    pub fn options(&self, config: &Config, ignore: Ignore) -> DiffOptions {
        let schemas = (!self.schema.is_empty()).then(|| self.schema.clone());
        let contents = match (self.data, self.counts) {
            (true, _) => Contents::Digests,
            (_, true) => Contents::Counts,
            _ => Contents::None,
        };
        let read = ReadOptions { ledger_schema: config.ledger_schema.clone(), schemas };
        DiffOptions { read, ignore, contents }
    }
}

/// Shows the difference.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let project = Surroundings::of(context)?;
    let sides = [project.side(&args.before, context)?, project.side(&args.after, context)?];
    let options = args.parts.options(&project.config(), args.ignore.into_iter().collect());
    let found = diff(&sides[0], &sides[1], &options)?;
    if context.is_json() {
        print_json(&view(&sides, &found));
    } else {
        tree::show([&sides[0], &sides[1]], &found);
    }
    Ok(if found.difference.is_empty() { Outcome::Done } else { Outcome::Found })
}

/// The project, if there is one: URLs and files need none.
enum Surroundings {
    Project(Project),
    None(ProjectError),
}

impl Surroundings {
    fn of(context: &Context) -> Result<Surroundings, Error> {
        match context.project() {
            Ok(project) => Ok(Surroundings::Project(project)),
            Err(Error::Project(error @ ProjectError::NotFound(_))) => Ok(Surroundings::None(error)),
            Err(error) => Err(error),
        }
    }

    fn config(&self) -> Config {
        match self {
            Surroundings::Project(project) => project.config.clone(),
            Surroundings::None(_) => Config::default(),
        }
    }
}

impl Surroundings {
    /// What an argument means. A name of the project goes before a file, and whatever can be a URL before both.
    fn side(&self, text: &str, context: &Context) -> Result<Side, Error> {
        let is_named = matches!(self, Surroundings::Project(project) if project.config.databases.contains_key(text));
        if !is_named && Path::new(text).is_file() {
            return Ok(Side::File(text.into()));
        }
        match self {
            Surroundings::Project(project) => Ok(Side::Database(context.named(project, text)?)),
            Surroundings::None(_) if text.contains("://") || text.contains('=') => {
                Ok(Side::Database(context.named(&Project { root: "".into(), config: Config::default() }, text)?))
            }
            Surroundings::None(_) => context.project().map(|_| Side::File(text.into())),
        }
    }
}

/// The difference for tools.
fn view(sides: &[Side; 2], found: &Diff) -> serde_json::Value {
    let mut view = json!(found.difference);
    view["before"] = json!({ "name": sides[0].to_string(), "server_version": found.before.server_version });
    view["after"] = json!({ "name": sides[1].to_string(), "server_version": found.after.server_version });
    view["equal"] = json!(found.difference.is_empty());
    view["expressions"] = json!(found.settled);
    view
}
