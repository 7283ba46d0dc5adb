//! `revgraph plan`

use std::str::FromStr;

use clap::ValueEnum;

use super::Outcome;
use super::context::{Context, actor};
use super::progress::step;
use super::render::{json, line};
use super::retired::planned;
use super::upgrade::at;
use crate::error::{Error, count};
use crate::graph::{GraphError, Plan, Target};
use crate::operation::deploy::messages_of;
use crate::operation::plan::{Planned, plan_by_ledger, plan_from, rows_from};
use crate::operation::retired::{Passage, named, retirings};
use crate::operation::view::PlanView;
use crate::project::History;

/// Show what a command would do, and touch nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph plan upgrade heads
  revgraph plan downgrade -1
  revgraph plan upgrade heads --from base     without a database
  revgraph plan stamp 3f9a --from 7c1d --format json")]
pub struct Args {
    /// The command
    command: Command,
    /// Where to
    #[arg(value_name = "TARGET", allow_negative_numbers = true, required = true)]
    targets: Vec<Target>,
    /// Start from these revisions instead of the database's, again for several, or separated by commas or spaces;
    /// `base` is an empty database
    #[arg(long, value_name = "TARGET", allow_hyphen_values = true)]
    from: Vec<TargetList>,
}

/// One target or several, as a revision file lists them.
#[derive(Debug, Clone)]
struct TargetList(Vec<Target>);

impl FromStr for TargetList {
    type Err = GraphError;

    fn from_str(text: &str) -> Result<TargetList, GraphError> {
        let mut items: Vec<&str> = text.split([' ', '\t', ',']).filter(|item| !item.is_empty()).collect();
        if items.is_empty() {
            // Then the text itself says what is wrong with it.
            items.push(text);
        }
        items.into_iter().map(str::parse).collect::<Result<_, _>>().map(TargetList)
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Command {
    Upgrade,
    Downgrade,
    Stamp,
}

/// Shows the plan.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let (project, history, connecting) = context.history_and_database(&actor()?, args.from.is_empty())?;
    let command = match args.command {
        Command::Upgrade => Planned::Upgrade,
        Command::Downgrade => Planned::Downgrade,
        Command::Stamp => Planned::Stamp,
    };
    let (shown, plan, retirings) = if args.from.is_empty() {
        let mut session = connecting.session_to_read(context)?;
        let ledger = crate::database::ledger::Ledger::new(&project.config.ledger_schema);
        let state = ledger.read(session.client(), false)?;
        let (shown, plan) = plan_by_ledger(&history, command, &state, &args.targets)?;
        let retirings = retirings(session.client(), &ledger, &passages(command, &shown, &plan))?;
        (shown, plan, retirings)
    } else {
        let from: Vec<Target> = args.from.into_iter().flat_map(|list| list.0).collect();
        let (shown, plan) = plan_from(&history, command, &rows_from(&history, &from)?, &args.targets)?;
        let retirings = named(&passages(command, &shown, &plan));
        (shown, plan, retirings)
    };
    let view = PlanView::of(&messages_of(&shown, &plan), &plan);
    if context.is_json() {
        let mut view = serde_json::json!(view);
        if !retirings.is_empty() {
            view["retired"] = serde_json::json!(retirings);
        }
        json(&view);
        return Ok(Outcome::Done);
    }
    for (planned, shown) in plan.steps.iter().zip(&view.steps) {
        line(step(planned.action, shown.revision.as_str(), &shown.message));
    }
    retirings.iter().flat_map(planned).for_each(line);
    let steps = if plan.steps.is_empty() { "nothing to do".to_owned() } else { count(plan.steps.len(), "step") };
    line(format_args!("{steps}; then at {}", at(&plan.heads_after)));
    Ok(Outcome::Done)
}

/// The revisions that a plan runs; `stamp` runs none.
fn passages<'h>(command: Planned, history: &'h History, plan: &Plan) -> Vec<Passage<'h>> {
    match command {
        Planned::Stamp => Vec::new(),
        Planned::Upgrade | Planned::Downgrade => Passage::of_plan(history, plan),
    }
}
