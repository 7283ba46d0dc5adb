//! `revgraph stamp`

use super::Outcome;
use super::activity::Activity;
use super::completions::candidates;
use super::context::{Context, Waits, actor};
use super::deploying::at;
use super::progress::{Answers, AtCommandLine, Steps, observer};
use super::render::{json, line};
use crate::error::Error;
use crate::graph::Target;
use crate::operation::deploy::Deployment;
use crate::operation::view::PlanView;

/// Write into the ledger where the database is, without running SQL
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph stamp head            the database is made by other means, and complete
  revgraph stamp 3f9a
  revgraph stamp base --purge    forget everything, whatever the ledger holds")]
pub struct Args {
    /// Where the database is
    #[arg(value_name = "TARGET", allow_negative_numbers = true, required = true, add = candidates::targets())]
    targets: Vec<Target>,
    /// Forget what the ledger says first
    #[arg(long)]
    purge: bool,
    #[command(flatten)]
    waits: Waits,
}

/// Stamps.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let actor = actor()?;
    let (project, history, connecting) = context.history_and_database(&actor, true)?;
    let options = args.waits.over(&project);
    let steps = Steps::new(Activity::new(context));
    let mut session = connecting.session(context, observer(context, steps.clone()))?;
    let mut attendant = AtCommandLine::new(context, Answers::default(), steps);
    let stamped = Deployment {
        history: &history,
        session: &mut session,
        actor: &actor,
        options: &options,
        attendant: &mut attendant,
    }
    .stamp(&args.targets, args.purge)?;
    if context.is_json() {
        json(&PlanView::of(&stamped.messages, &stamped.plan));
    } else if !context.is_quiet() {
        let said = if stamped.written { "stamped: the ledger says" } else { "nothing to do: the ledger says" };
        line(format_args!("{said} {}", at(&stamped.plan.heads_after)));
    }
    Ok(Outcome::Done)
}
