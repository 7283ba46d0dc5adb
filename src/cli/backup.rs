//! `revgraph backup`, and the backup that `--backup` makes before an upgrade or downgrade.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::Utc;

use super::Outcome;
use super::activity::Activity;
use super::connecting::Connecting;
use super::context::{Context, actor, environment};
use super::losses::size;
use super::render::{DIM, json, styled};
use super::terminal::say;
use crate::database::ledger::Ledger;
use crate::database::{Location, Session};
use crate::error::{Error, list};
use crate::operation::backup::{Backup, PlannedAction, Request, Scope, Standing, back_up, file_for, name_for};
use crate::operation::current::current;
use crate::operation::deploy::Saving;
use crate::project::Project;

/// Dump the whole database with pg_dump, and say in a manifest what it is of
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph backup                       into backups/, or the directory of [backup] in revgraph.toml
  revgraph backup -o before_lunch.dump")]
pub struct Args {
    /// The file, or a folder for it
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
}

/// Dumps all of it.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let project = context.project()?;
    let location = context.location(&project)?;
    let mut session = Connecting::new(Ok(location.clone()), &actor()?).session_to_read(context)?;
    let standing = standing(&project, &mut session)?;
    let file = file(&project, args.output.as_deref(), &location, "all");
    let activity = Activity::begun(context, "saving all of the database");
    let made = back_up(Request {
        location: &location,
        environment: &environment(),
        server_version: session.client().server_version(),
        scope: &Scope::All,
        file: &file,
        lock_timeout: project.config.lock_timeout,
        standing: &standing,
        plan: Vec::new(),
    })?;
    activity.end();
    if context.is_json() {
        json(&made);
    } else if !context.is_quiet() {
        tell(&made, "all of the database", &standing);
    }
    Ok(Outcome::Done)
}

/// Where the database is. Files that are in no order, or not those of this database, are no reason to go without a backup.
fn standing(project: &Project, session: &mut Session) -> Result<Standing, Error> {
    let ledger = Ledger::new(&project.config.ledger_schema);
    let told = project.history().ok().and_then(|history| current(&history, session, &ledger).ok());
    Ok(Standing {
        ledger: ledger.schema().to_owned(),
        heads: told.as_ref().map(|current| current.heads.clone()),
        lineage: told.map(|current| current.lineage),
    })
}

/// The file for a backup: the given one, or one in the project's folder of backups.
fn file(project: &Project, given: Option<&Path>, location: &Location, what: &str) -> PathBuf {
    file_for(&project.backups(), given, called(location), what, Utc::now())
}

/// The folder for texts that leave the ledger, in the project's folder of backups.
pub fn folder_of_texts(project: &Project, location: &Location) -> PathBuf {
    project.backups().join(name_for(called(location), "ledger", Utc::now()))
}

fn called(location: &Location) -> &str {
    match location {
        Location::Server(spec) => spec.database(),
        Location::Embedded(_) => "embedded",
    }
}

/// What `--backup` asks for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The project, which says where backups go.
    pub project: &'a Project,
    /// The database.
    pub location: Location,
    /// The file or folder that the command line names.
    pub to: Option<PathBuf>,
    /// `upgrade` or `downgrade`.
    pub command: &'static str,
    /// How long pg_dump waits for a lock.
    pub lock_timeout: Duration,
}

impl Wanted<'_> {
    /// Saves what a plan would lose; nothing if it loses nothing.
    pub fn make(&self, context: &Context, session: &mut Session, saving: &Saving<'_>) -> Result<Option<Backup>, Error> {
        let scope = Scope::of(saving.losses, session.client(), &saving.standing.ledger)?;
        let Some(scope) = scope else {
            if !context.is_quiet() {
                match saving.losses.destroy() {
                    true => say!("no backup: nothing of what this {} loses is in a table here", self.command),
                    false => say!("no backup: this {} loses no rows that anybody knows of", self.command),
                }
            }
            return Ok(None);
        };
        let made = back_up(Request {
            location: &self.location,
            environment: &environment(),
            server_version: session.client().server_version(),
            scope: &scope,
            file: &file(self.project, self.to.as_deref(), &self.location, self.command),
            lock_timeout: self.lock_timeout,
            standing: saving.standing,
            plan: saving
                .plan
                .iter()
                .map(|step| PlannedAction { direction: step.action.to_string(), revision: step.id.clone() })
                .collect(),
        })?;
        if !context.is_quiet() {
            tell(&made, &what(&scope), saving.standing);
        }
        Ok(Some(made))
    }
}

/// So many tables are named.
const NAMED: usize = 5;

fn what(scope: &Scope) -> String {
    let objects = scope.objects();
    let named = objects.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let tables = match objects.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    };
    match scope {
        Scope::All => "all of the database".to_owned(),
        Scope::Tables(_) => tables,
        Scope::Contents { .. } => format!("all definitions, and the rows of {tables}"),
    }
}

/// Says where it is and how it comes back.
fn tell(made: &Backup, what: &str, standing: &Standing) {
    say!("saved {what} to {} ({})", made.file.display(), size(made.bytes));
    say!("{} {}", styled(DIM, "  to restore:"), made.restore);
    let note = match made.restore.contains("_restored") {
        true => "into a new, empty database of that name".to_owned(),
        false => {
            let heads = standing.heads.as_deref().map_or("where it was".to_owned(), list);
            format!("all or nothing; the tables become what they were: first bring the database back to {heads}")
        }
    };
    say!("{}", styled(DIM, format_args!("  ({note})")));
}
