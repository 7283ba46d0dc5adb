//! `revgraph upgrade`

use super::Outcome;
use super::completions::candidates;
use super::context::{Context, actor};
use super::deploying::{Job, RunArgs};
use super::hooks::Hooks;
use crate::error::Error;
use crate::graph::{Direction, GraphError, Target};

/// Bring the database to a target
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph upgrade                      all heads
  revgraph upgrade +1                   one revision
  revgraph upgrade accounts@head 7c1d   one branch's head, and another revision
  revgraph upgrade --lock-wait 10min --retries 20   on a busy database
  revgraph upgrade --dry-run            try it, and roll it back
  revgraph upgrade --backup             save first what it would lose
  revgraph upgrade --sql > up.sql       a script for psql instead
  revgraph upgrade --sql base:head      the same without a database")]
pub struct Args {
    /// Where to; without it, `heads`. With --sql also a range, a:b
    #[arg(value_name = "TARGET", allow_negative_numbers = true, add = candidates::ranges())]
    targets: Vec<String>,
    #[command(flatten)]
    run: RunArgs,
}

/// Upgrades.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let texts = if args.targets.is_empty() { vec!["heads".to_owned()] } else { args.targets };
    let actor = actor()?;
    let (project, history, connecting) = context.history_and_database(&actor, args.run.is_online(&texts))?;
    let options = args.run.options(&project, context);
    let (direction, answers) = (Direction::Up, args.run.answers());
    let hooks = Hooks::of(&project, direction, args.run.no_hooks, context);
    let job = Job { context, project: &project, history: &history, actor: &actor, options, direction, answers, hooks };
    if args.run.sql {
        return job.script(connecting, &texts);
    }
    let targets = texts.iter().map(|text| text.parse()).collect::<Result<Vec<Target>, GraphError>>()?;
    if args.run.dry_run {
        return job.dry_run(connecting, &targets);
    }
    job.deploy(connecting, &args.run, |deployment| deployment.upgrade(&targets))
}
