//! `revgraph backup`, and the backup that `--backup` makes before an upgrade or downgrade.

use std::path::PathBuf;

use super::Outcome;
use super::activity::Activity;
use super::connecting::Connecting;
use super::context::{Context, actor, environment};
use super::losses::size;
use super::render::{DIM, json, styled};
use super::terminal::say;
use crate::database::Session;
use crate::error::{Error, list};
use crate::operation::backup::{Backup, Scope, Standing, Wanted};
use crate::operation::deploy::Saving;

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
    let lock_timeout = project.config.lock_timeout;
    let wanted = Wanted { project: &project, location, to: args.output, before: "all", lock_timeout };
    let activity = Activity::begun(context, "saving all of the database");
    let (made, standing) = wanted.save_all(&environment(), &mut session)?;
    activity.end();
    if context.is_json() {
        json(&made);
    } else if !context.is_quiet() {
        tell(&made, "all of the database", &standing);
    }
    Ok(Outcome::Done)
}

/// Saves what a plan would lose; nothing if it loses nothing.
pub fn save(
    wanted: &Wanted<'_>,
    context: &Context,
    session: &mut Session,
    saving: &Saving<'_>,
) -> Result<Option<Backup>, Error> {
    let Some((made, scope)) = wanted.save_losses(&environment(), session, saving)? else {
        if !context.is_quiet() {
            match saving.losses.destroy() {
                true => say!("no backup: nothing of what this {} loses is in a table here", wanted.before),
                false => say!("no backup: this {} loses no rows that anybody knows of", wanted.before),
            }
        }
        return Ok(None);
    };
    if !context.is_quiet() {
        tell(&made, &what(&scope), saving.standing);
    }
    Ok(Some(made))
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
