//! `revgraph retired`

use std::time::Duration;

use clap::Subcommand;
use serde_json::json;

use super::Outcome;
use super::activity::Activity;
use super::completions::candidates;
use super::connecting::Connecting;
use super::context::{Context, Waits, actor, duration};
use super::losses::size;
use super::progress::{Steps, ask_for_phrase, observer};
use super::render::{DIM, GOOD, ID, WARN, json as print_json, line, styled};
use super::terminal::{ask_yes, say};
use crate::database::ledger::{Ledger, Retired};
use crate::error::{Error, count};
use crate::graph::Direction;
use crate::operation::retired::{Choice, Holding, Keeper, Purged, Purger, Retiring, chosen, list};
use crate::project::Project;
use crate::revision::Revision;

/// The objects that `[retire]` sections have renamed away
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph retired list                         what there is, since when, and how much
  revgraph retired restore app.users            give it its name again
  revgraph retired purge --older-than 30d       drop what has been away for so long")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(ListArgs),
    Restore(RestoreArgs),
    Purge(PurgeArgs),
}

/// List what is retired: what it is called now, since when, and how much it holds
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph retired list
  revgraph retired list --format json")]
struct ListArgs {}

/// Give a retired object its name again, while its revision stays in effect
///
/// The way down of that revision then finds it there, and leaves it alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph retired restore app.users
  revgraph retired restore 'column app.users.name'
  revgraph retired restore users_backup_20261121")]
struct RestoreArgs {
    /// The object as its section names it, with or without its kind, or the name that it has now
    #[arg(value_name = "NAME", add = candidates::retired())]
    name: String,
    #[command(flatten)]
    waits: Waits,
}

/// Drop retired objects for good, all of them or none
///
/// Where the revision that retired one of them asks for a phrase, so does this. The way down of that revision is refused
/// from then on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph retired purge --older-than 30d --dry-run     what would be dropped
  revgraph retired purge --older-than 30d --yes
  revgraph retired purge --older-than 30d --confirm 'DELETE OLD TABLES'
  revgraph retired purge app.users --yes                this one, since whenever")]
struct PurgeArgs {
    /// These alone, by the names that `restore` takes
    #[arg(value_name = "NAME", required_unless_present = "older_than", add = candidates::retired())]
    names: Vec<String>,
    /// Only what has been away for so long: 30d, 12h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    older_than: Option<Duration>,
    /// Show what would be dropped, and drop nothing
    #[arg(long)]
    dry_run: bool,
    /// Drop it without asking; what a revision retired that asks for a phrase needs --confirm
    #[arg(long, short)]
    yes: bool,
    /// A phrase that the `confirm:` of a revision asks for, again for several: it allows to drop what that revision retired,
    /// and the rest needs --yes
    #[arg(long, value_name = "PHRASE")]
    confirm: Vec<String>,
    #[command(flatten)]
    waits: Waits,
}

/// Lists, restores or purges.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let project = context.project()?;
    match args.command {
        Command::List(ListArgs {}) => list_them(&project, context),
        Command::Restore(args) => restore(&args, &project, context),
        Command::Purge(args) => purge(&args, &project, context),
    }
}

fn list_them(project: &Project, context: &Context) -> Result<Outcome, Error> {
    let ledger = Ledger::new(&project.config.ledger_schema);
    let holdings = list(context.open_to_read(project)?.client(), &ledger)?;
    if context.is_json() {
        print_json(&json!({ "retired": holdings }));
    } else if holdings.is_empty() {
        line("nothing is retired");
    }
    if !context.is_json() {
        holdings.iter().for_each(|holding| line(described(holding)));
    }
    Ok(Outcome::Done)
}

fn restore(args: &RestoreArgs, project: &Project, context: &Context) -> Result<Outcome, Error> {
    let restored = keep(project, context, &args.waits, |keeper| keeper.restore(&args.name))?;
    if context.is_json() {
        print_json(&json!({ "restored": restored }));
    } else if !context.is_quiet() {
        let (what, backup) = (&restored.object, &restored.backup);
        line(format_args!("{} {what}, which was {backup}", styled(GOOD, "restored")));
    }
    Ok(Outcome::Done)
}

fn purge(args: &PurgeArgs, project: &Project, context: &Context) -> Result<Outcome, Error> {
    let choice = Choice { names: args.names.clone(), older_than: args.older_than.unwrap_or_default() };
    let purged = if args.dry_run {
        let ledger = Ledger::new(&project.config.ledger_schema);
        chosen(list(context.open_to_read(project)?.client(), &ledger)?, &choice)?
    } else {
        let mut purger = AtCommandLine { context, args };
        keep(project, context, &args.waits, |keeper| keeper.purge(&choice, &mut purger))?
    };
    let Purged { dropped, left_out } = &purged;
    if context.is_json() {
        print_json(&json!({ "purged": dropped, "left_out": left_out, "dry_run": args.dry_run }));
        return Ok(Outcome::Done);
    }
    if dropped.is_empty() {
        line("nothing to drop");
    } else if args.dry_run {
        line(format_args!("{} {}:", styled(WARN, "would drop"), count(dropped.len(), "object")));
        dropped.iter().for_each(|holding| line(format_args!("  {}", described(holding))));
    } else {
        line(format_args!("{} {}", styled(GOOD, "dropped"), count(dropped.len(), "object")));
    }
    for holding in left_out {
        let Retired { object, .. } = &holding.retired;
        line(format_args!(
            "{} {object}: there is no {} any more",
            styled(WARN, "left out"),
            holding.retired.called_now()
        ));
    }
    Ok(Outcome::Done)
}

/// Opens the database for somebody who changes what is retired.
fn keep<T>(
    project: &Project,
    context: &Context,
    waits: &Waits,
    act: impl FnOnce(&mut Keeper<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let actor = actor()?;
    let connecting = Connecting::new(context.location(project), &actor);
    let mut session = connecting.session(context, observer(context, Steps::new(Activity::new(context))))?;
    let options = waits.over(project);
    act(&mut Keeper {
        session: &mut session,
        actor: &actor,
        options: &options,
        waiting: &mut |holder| {
            if !context.is_quiet() {
                say!("waiting for another deployer: {holder}");
            }
        },
    })
}

/// Answers for a purge with what the command line says, and asks on a terminal.
struct AtCommandLine<'a> {
    context: &'a Context,
    args: &'a PurgeArgs,
}

impl Purger for AtCommandLine<'_> {
    fn losing(&mut self, losses: &[Holding]) {
        if !self.context.is_quiet() && !self.context.is_json() {
            say!("this drops for good:");
            losses.iter().for_each(|loss| say!("  {}", described(loss)));
        }
    }

    fn consents(&mut self, losses: &[&Holding]) -> bool {
        self.args.yes || ask_yes(&format!("drop {}?", count(losses.len(), "object")))
    }

    fn confirms(&mut self, revision: &Revision, phrase: &str) -> bool {
        self.args.confirm.iter().any(|given| given == phrase) || ask_for_phrase(revision, phrase)
    }
}

/// A retired object with what it holds, on a line.
fn described(holding: &Holding) -> String {
    let Holding { retired, rows, bytes, .. } = holding;
    let mut holds = Vec::new();
    if !holding.is_there {
        holds.push(styled(WARN, "not there any more"));
    }
    if let Some(rows) = rows {
        let noun = if retired.kind == "column" { "value" } else { "row" };
        let about = if holding.estimated { "about " } else { "" };
        holds.push(format!("{about}{}", count(usize::try_from(*rows).unwrap_or(usize::MAX), noun)));
    }
    holds.extend(bytes.map(size));
    let holds = if holds.is_empty() { String::new() } else { format!("  {}", holds.join(", ")) };
    let since = format!("retired {} ago by {}", age(retired.seconds), styled(ID, &retired.revision));
    format!("{}  {}{holds}  {since}", retired.object, styled(DIM, retired.called_now()))
}

/// A time that has passed, in its largest unit.
fn age(seconds: i64) -> String {
    let (length, noun) = match seconds {
        86_400.. => (86_400, "day"),
        3_600.. => (3_600, "hour"),
        60.. => (60, "minute"),
        _ => (1, "second"),
    };
    count(usize::try_from(seconds / length).unwrap_or(0), noun)
}

/// What a plan does with an object, on a line, and on further lines what still uses it.
pub fn planned(retiring: &Retiring) -> Vec<String> {
    let Retiring { revision, object, used_by, named_by, .. } = retiring;
    let revision = styled(ID, revision);
    let mut lines = match (retiring.direction, retiring.is_there, &retiring.backup) {
        (Direction::Up, Some(false), _) => vec![format!("{revision} retires {object}, which is not there yet")],
        (Direction::Up, ..) => vec![format!("{revision} retires {object}")],
        (Direction::Down, _, Some(backup)) => vec![format!("{revision} brings {object} back, which is {backup} now")],
        (Direction::Down, ..) => vec![format!("{revision} brings {object} back")],
    };
    lines.extend(used_by.iter().map(|user| format!("  goes on using it under its new name: {user}")));
    lines.extend(named_by.iter().map(|user| format!("  {}: {user}", styled(WARN, "has its name in its text"))));
    lines
}

/// What was put away, on a line.
pub fn put_away(retired: &Retired) -> String {
    format!("retired {} as {}", retired.object, retired.called_now())
}
