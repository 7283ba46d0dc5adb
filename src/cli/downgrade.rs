//! `revgraph downgrade`

use std::path::PathBuf;

use super::Outcome;
use super::completions::candidates;
use super::context::{Context, actor};
use super::deploying::{Job, RunArgs};
use super::hooks::Hooks;
use super::progress::Answers;
use crate::error::Error;
use crate::graph::{Direction, Target};
use crate::operation::backup::folder_of_texts;
use crate::operation::deploy::DeployOptions;

/// Undo revisions until a target is the newest
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph downgrade -1              the newest revision
  revgraph downgrade 3f9a            everything above 3f9a
  revgraph downgrade 3f9a~           3f9a too: X~ is what X-1 is, X~2 what X-2 is
  revgraph downgrade accounts@-1     one revision of one branch
  revgraph downgrade base            everything
  revgraph downgrade -1 --dry-run    try it, and roll it back
  revgraph downgrade 3f9a --from-ledger    where this checkout lacks what is above it
  revgraph downgrade -1 --yes --backup=dumps/     lose what it loses, and save that first")]
pub struct Args {
    /// The revision that is to be the newest, or `base`. With --sql also a range, a:b
    #[arg(value_name = "TARGET", allow_negative_numbers = true, add = candidates::ranges())]
    target: String,
    /// Undo what this checkout has no file of by what the database's ledger keeps of it, whose checksums are verified; on
    /// a terminal you are asked instead. The ledger lets go of it then: it is written as files first, into this folder;
    /// without a path, into one in backups/ or the folder that revgraph.toml names for them
    #[arg(long, value_name = "DIR", require_equals = true)]
    from_ledger: Option<Option<PathBuf>>,
    #[command(flatten)]
    run: RunArgs,
}

/// Downgrades.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let actor = actor()?;
    let online = args.run.is_online(std::slice::from_ref(&args.target));
    let (project, history, connecting) = context.history_to_complete_and_database(&actor, online)?;
    let given = args.from_ledger.clone().flatten();
    let keep = given.or_else(|| Some(folder_of_texts(&project, connecting.location()?)));
    let options = DeployOptions { keep, ..args.run.options(&project, context) };
    let answers = Answers { allows_ledger: args.from_ledger.is_some(), ..args.run.answers() };
    let direction = Direction::Down;
    let hooks = Hooks::of(&project, direction, args.run.no_hooks, context);
    let job = Job { context, project: &project, history: &history, actor: &actor, options, direction, answers, hooks };
    if args.run.sql {
        return job.script(connecting, &[args.target]);
    }
    let target: Target = args.target.parse()?;
    if args.run.dry_run {
        return job.dry_run(connecting, &[target]);
    }
    job.deploy(connecting, &args.run, |deployment| deployment.downgrade(&target))
}
