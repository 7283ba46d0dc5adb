//! `revgraph downgrade`

use super::Outcome;
use super::context::{Context, actor};
use super::upgrade::{Job, RunArgs};
use crate::error::Error;
use crate::graph::{Direction, Target};

/// Undo revisions until a target is the newest
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph downgrade -1              the newest revision
  revgraph downgrade 3f9a            everything above 3f9a
  revgraph downgrade accounts@-1     one revision of one branch
  revgraph downgrade base            everything
  revgraph downgrade -1 --dry-run    try it, and roll it back")]
pub struct Args {
    /// The revision that is to be the newest, or `base`. With --sql also a range, a:b
    #[arg(value_name = "TARGET", allow_negative_numbers = true)]
    target: String,
    #[command(flatten)]
    run: RunArgs,
}

/// Downgrades.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let actor = actor()?;
    let online = args.run.is_online(std::slice::from_ref(&args.target));
    let (project, history, connecting) = context.history_and_database(&actor, online)?;
    let options = args.run.options(&project, context);
    let job = Job { context, history: &history, actor: &actor, options, direction: Direction::Down };
    if args.run.sql {
        return job.script(connecting, &[args.target]);
    }
    let target: Target = args.target.parse()?;
    if args.run.dry_run {
        return job.dry_run(connecting, &[target]);
    }
    job.deploy(connecting, &args.run.confirm, |deployment| deployment.downgrade(&target))
}
