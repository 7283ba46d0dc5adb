//! `revgraph plan`

use std::str::FromStr;

use clap::ValueEnum;

use super::Outcome;
use super::completions::candidates;
use super::context::{Context, actor};
use super::deploying::at;
use super::losses::{Told, remarks};
use super::progress::step;
use super::render::{WARN, json, line, styled};
use super::retired::planned;
use super::terminal::say;
use crate::error::{Error, count, list};
use crate::graph::{GraphError, Plan, Target};
use crate::operation::deploy::{DeployOptions, messages_of};
use crate::operation::losses::{Step, by_text, losses, steps_of};
use crate::operation::plan::{Planned, plan_by_ledger, plan_from, rows_from};
use crate::operation::retired::{Passage, named, retirings};
use crate::operation::view::PlanView;
use crate::project::History;

/// Show what a command would do, and touch nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph plan upgrade                       to all heads
  revgraph plan downgrade -1
  revgraph plan downgrade -1 --exact          count what would be lost
  revgraph plan upgrade heads --from base     without a database
  revgraph plan stamp 3f9a --from 7c1d --format json")]
pub struct Args {
    /// The command
    command: Command,
    /// Where to; for an upgrade without it, `heads`
    #[arg(
        value_name = "TARGET",
        allow_negative_numbers = true,
        required_if_eq_any = [("command", "downgrade"), ("command", "stamp")],
        add = candidates::targets()
    )]
    targets: Vec<Target>,
    /// Start from these revisions instead of the database's, again for several, or separated by commas or spaces;
    /// `base` is an empty database
    #[arg(long, value_name = "TARGET", allow_hyphen_values = true, add = candidates::target_lists())]
    from: Vec<TargetList>,
    /// Count what would be lost, which reads all of it; without it, numbers are those of the statistics
    #[arg(long, conflicts_with = "from")]
    exact: bool,
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
    let (project, history, connecting) = match args.command {
        Command::Downgrade => context.history_to_complete_and_database(&actor()?, args.from.is_empty())?,
        Command::Upgrade | Command::Stamp => context.history_and_database(&actor()?, args.from.is_empty())?,
    };
    let command = match args.command {
        Command::Upgrade => Planned::Upgrade,
        Command::Downgrade => Planned::Downgrade,
        Command::Stamp => Planned::Stamp,
    };
    let targets = match args.targets.is_empty() {
        true => vec!["heads".parse()?],
        false => args.targets,
    };
    let (shown, plan, losses, retirings) = if args.from.is_empty() {
        let mut session = connecting.session_to_read(context)?;
        let options = DeployOptions { exact: args.exact, ..DeployOptions::from(&project.config) };
        let ledger = options.ledger();
        let state = ledger.read(session.client(), false)?;
        let (shown, plan) = plan_by_ledger(&history, session.client(), &ledger, command, &state, &targets)?;
        let retirings = retirings(session.client(), &ledger, &passages(command, &shown, &plan))?;
        let losses = losses(session.client(), &runs(command, &shown, &plan), &retirings, options.look())?;
        (shown, plan, losses, retirings)
    } else {
        let from: Vec<Target> = args.from.into_iter().flat_map(|list| list.0).collect();
        let (shown, plan) = plan_from(&history, command, &rows_from(&history, &from)?, &targets)?;
        let losses = by_text(&runs(command, &shown, &plan));
        let retirings = named(&passages(command, &shown, &plan));
        (shown, plan, losses, retirings)
    };
    let view = PlanView::of(&messages_of(&shown, &plan), &plan).losing(&losses);
    let kept = shown.kept_of(&plan);
    if context.is_json() {
        json(&PlanView { from_ledger: kept, retired: retirings, ..view });
        return Ok(Outcome::Done);
    }
    if !kept.is_empty() {
        let (note, lacking) = (styled(WARN, "note"), count(kept.len(), "revision"));
        say!("{note}: the files lack {lacking}, planned by what the ledger keeps: {}", list(&kept));
    }
    let told = Told::of(&losses);
    for (planned, shown) in plan.steps.iter().zip(&view.steps) {
        line(step(planned.action, shown.revision.as_str(), &shown.message));
        told.lines(&planned.revision).for_each(line);
    }
    remarks(&losses).for_each(line);
    retirings.iter().flat_map(planned).for_each(line);
    let steps = if plan.steps.is_empty() { "nothing to do".to_owned() } else { count(plan.steps.len(), "step") };
    line(format_args!("{steps}; then at {}", at(&plan.heads_after)));
    Ok(Outcome::Done)
}

/// What a plan runs: `stamp` runs nothing.
fn runs<'h>(command: Planned, history: &'h History, plan: &Plan) -> Vec<Step<'h>> {
    match command {
        Planned::Stamp => Vec::new(),
        Planned::Upgrade | Planned::Downgrade => steps_of(history, plan),
    }
}

/// The revisions that a plan runs; `stamp` runs none.
fn passages<'h>(command: Planned, history: &'h History, plan: &Plan) -> Vec<Passage<'h>> {
    match command {
        Planned::Stamp => Vec::new(),
        Planned::Upgrade | Planned::Downgrade => Passage::of_plan(history, plan),
    }
}
