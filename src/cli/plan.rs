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
use crate::graph::{GraphError, Target};
use crate::operation::deploy::DeployOptions;
use crate::operation::plan::{Foreseen, Planned};

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
    let foreseen = if args.from.is_empty() {
        let mut session = connecting.session_to_read(context)?;
        let options = DeployOptions { exact: args.exact, ..DeployOptions::from(&project.config) };
        Foreseen::by_database(&history, session.client(), &options, command, &targets)?
    } else {
        let from: Vec<Target> = args.from.into_iter().flat_map(|list| list.0).collect();
        Foreseen::by_files(&history, &from, command, &targets)?
    };
    let view = foreseen.view();
    if context.is_json() {
        json(&view);
        return Ok(Outcome::Done);
    }
    let (plan, kept) = (&foreseen.plan, &view.from_ledger);
    if !kept.is_empty() {
        let (note, lacking) = (styled(WARN, "note"), count(kept.len(), "revision"));
        say!("{note}: the files lack {lacking}, planned by what the ledger keeps: {}", list(kept));
    }
    let told = Told::of(&foreseen.losses);
    for (planned, shown) in plan.steps.iter().zip(&view.steps) {
        line(step(planned.action, shown.revision.as_str(), &shown.message));
        told.lines(&planned.revision).for_each(line);
    }
    remarks(&foreseen.losses).for_each(line);
    foreseen.retirings.iter().flat_map(planned).for_each(line);
    let steps = if plan.steps.is_empty() { "nothing to do".to_owned() } else { count(plan.steps.len(), "step") };
    line(format_args!("{steps}; then at {}", at(&plan.heads_after)));
    Ok(Outcome::Done)
}
