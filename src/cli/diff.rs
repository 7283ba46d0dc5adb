//! `revgraph diff`

use std::path::Path;

use serde_json::json;

use super::Outcome;
use super::activity::Activity;
use super::completions::candidates;
use super::context::{Context, ScratchArgs, environment};
use super::render::json as print_json;
use crate::error::Error;
use crate::graph::{Range, Target};
use crate::operation::deploy::DeployOptions;
use crate::operation::diff::{Diff, DiffOptions, Side, Workshop, diff};
use crate::operation::snapshot::Contents;
use crate::project::{Config, Project, ProjectError};
use crate::schema::{Aspect, Ignore, ReadOptions};

pub mod tree;

/// Show how two databases differ
///
/// Each of A and B is a postgres:// URL, key=value pairs, a name from revgraph.toml's databases, `embedded`, a file that
/// `revgraph snapshot` wrote, or a target: what the revisions up to it make of an empty scratch database. What only A has is
/// marked -, what only B has +, what both have and is not the same ~.
/// Expressions whose texts differ are read again by PostgreSQL before they count as different. What no kind of object
/// describes is always listed as not compared; what was changed of PostgreSQL's own objects, but for grants on them, is neither
/// compared nor listed. Exits with code 3 if they differ, or if rows that were asked for could not
/// be compared; 0 if they are equal.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph diff staging production
  revgraph diff before.json production
  revgraph diff head~:head                   what the newest revision does; head~ is head-1
  revgraph diff base head~2                  what all do but the newest two
  revgraph diff heads production
  revgraph diff postgres://localhost/a postgres://localhost/b --schema app --ignore owners,grants
  revgraph diff staging production --data --format json")]
pub struct Args {
    /// What is taken as the older one
    #[arg(value_name = "A", allow_negative_numbers = true, add = candidates::sides())]
    before: String,
    /// What is taken as the newer one
    #[arg(value_name = "B", allow_negative_numbers = true, add = candidates::sides())]
    after: Option<String>,
    /// What doesn't count as a difference: column-order, constraint-names, index-names, owners, grants, comments,
    /// security-labels, tablespaces, table-access-methods, storage-parameters, storage, statistics-targets, clustering,
    /// replica-identity, extension-versions, database, publications, large-objects
    #[arg(long, value_name = "WHAT,…", value_delimiter = ',', add = candidates::aspects())]
    ignore: Vec<Aspect>,
    #[command(flatten)]
    parts: Parts,
    #[command(flatten)]
    scratch: ScratchArgs,
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
    // URLs and files need no project.
    let project = match context.project() {
        Err(Error::Project(ProjectError::NotFound(_))) => None,
        project => Some(project?),
    };
    let config = project.as_ref().map_or_else(Config::default, |project| project.config.clone());
    let sides = sides(&args, project.as_ref(), context)?;
    let options = args.parts.options(&config, args.ignore.into_iter().collect());
    let needs_history = sides.iter().any(|side| matches!(side, Side::Target(_)));
    let history = project.as_ref().filter(|_| needs_history).map(Project::history).transpose()?;
    let database = project.as_ref().and_then(|project| context.location(project).ok());
    let configured = project.as_ref().and_then(|project| context.configured(project));
    let environment = environment();
    let workshop = history.as_ref().map(|history| Workshop {
        history,
        options: DeployOptions::from(&config),
        scratch: args.scratch.options(&config, database.as_ref(), configured.as_ref()),
        environment: &environment,
    });
    let activity = Activity::begun(context, "comparing");
    let found = diff(&sides[0], &sides[1], workshop.as_ref(), &options)?;
    activity.end();
    if context.is_json() {
        print_json(&view(&sides, &found));
    } else {
        tree::show([&sides[0], &sides[1]], &found);
    }
    Ok(if found.difference.is_equal() { Outcome::Done } else { Outcome::Found })
}

/// What the arguments mean: two sides, or a range of targets.
fn sides(args: &Args, project: Option<&Project>, context: &Context) -> Result<[Side; 2], Error> {
    if let Some(after) = &args.after {
        return Ok([side(&args.before, project, context)?, side(after, project, context)?]);
    }
    if !args.before.contains(':') || is_address(&args.before) {
        return Err(Error::Invalid {
            message: "there is nothing to compare it with".to_owned(),
            help: "name two sides, or a range of targets such as base:head".to_owned(),
        });
    }
    let range: Range = args.before.parse()?;
    let end = |target: Option<Target>, otherwise: &str| match target {
        Some(target) => Ok(Side::Target(target)),
        None => otherwise.parse().map(Side::Target),
    };
    Ok([end(range.from, "base")?, end(range.to, "heads")?])
}

/// What one argument means: a database's name goes before a file, and that before a target.
fn side(text: &str, project: Option<&Project>, context: &Context) -> Result<Side, Error> {
    let is_named = project.is_some_and(|project| project.config.databases.contains_key(text)) || text == "embedded";
    if !is_named && Path::new(text).is_file() {
        return Ok(Side::File(text.into()));
    }
    match project {
        Some(project) if is_named || is_address(text) => Ok(Side::Database(context.named(project, text)?)),
        Some(_) => Ok(Side::Target(text.parse()?)),
        None if is_address(text) => {
            let nowhere = Project::new("", Config::default());
            Ok(Side::Database(context.named(&nowhere, text)?))
        }
        // What it is, only a project could say: there is none, and that is the error.
        None => context.project().map(|_| Side::File(text.into())),
    }
}

/// Whether a text says itself where a database is.
fn is_address(text: &str) -> bool {
    text.contains("://") || text.contains('=')
}

/// The difference for tools.
fn view(sides: &[Side; 2], found: &Diff) -> serde_json::Value {
    let mut view = json!(found.difference);
    view["before"] = json!({ "name": sides[0].to_string(), "server_version": found.before.server_version });
    view["after"] = json!({ "name": sides[1].to_string(), "server_version": found.after.server_version });
    view["equal"] = json!(found.difference.is_equal());
    view["expressions"] = json!(found.settled);
    view
}
