//! `revgraph drift`

use serde_json::json;

use super::Outcome;
use super::activity::Activity;
use super::completions::candidates;
use super::context::{Context, ScratchArgs, environment};
use super::diff::{Parts, tree};
use super::from_ledger::FromLedgerArgs;
use super::render::{GOOD, WARN, json as print_json, line, styled};
use crate::error::{Error, count, list};
use crate::operation::deploy::DeployOptions;
use crate::operation::drift::{Drift, DriftOptions, drift};
use crate::revision::RevisionId;
use crate::schema::Aspect;

/// Show how the database differs from what its applied revisions build
///
/// The revisions in effect are built in a scratch database, from the files where they are what ran, else, with
/// --from-ledger, from the text that the ledger keeps. What only the revisions build is marked -, what only the database has +, what is not the same
/// ~.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph drift                            exit code 3 if there is any
  revgraph drift --database production --ignore owners,grants
  revgraph drift --schema app --format json
  revgraph drift --scratch programs         build in a private server, run for it
  revgraph drift --from-ledger              where this checkout lacks what ran, or has edited it")]
pub struct Args {
    /// What doesn't count as a difference, as in `revgraph diff`
    #[arg(long, value_name = "WHAT,…", value_delimiter = ',', add = candidates::aspects())]
    ignore: Vec<Aspect>,
    #[command(flatten)]
    parts: Parts,
    #[command(flatten)]
    ledger: FromLedgerArgs,
    #[command(flatten)]
    scratch: ScratchArgs,
}

/// Shows it.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let (project, history) = context.history()?;
    let location = context.location(&project)?;
    let mut session = context.open_to_read(&project)?;
    let activity = Activity::new(context);
    let configured = context.configured(&project);
    let options = DriftOptions {
        diff: &args.parts.options(&project.config, args.ignore.into_iter().collect()),
        deploy: &DeployOptions::from(&project.config),
        scratch: args.scratch.options(&project.config, Some(&location), configured.as_ref()),
        environment: &environment(),
    };
    let allows = &mut |revisions: &[RevisionId]| args.ledger.allow(revisions, context, &activity);
    let found = drift(&history, &mut session, options, activity.observer(), allows, &|revisions| {
        activity.begin("building what is applied in a scratch database", Some(revisions))
    })?;
    activity.end();
    if context.is_json() {
        print_json(&view(&found));
    } else {
        show(&found, &location.to_string());
    }
    Ok(if found.diff.difference.is_empty() { Outcome::Done } else { Outcome::Found })
}

fn show(found: &Drift, database: &str) {
    if !found.unfinished.is_empty() {
        let ids = list(&found.unfinished);
        line(format_args!("{}: begun and not ended, so not built: {ids}", styled(WARN, "note")));
    }
    let revisions = count(found.revisions, "applied revision");
    if found.diff.difference.is_empty() {
        tree::tree(&found.diff).into_iter().for_each(line);
        let place = &found.place;
        let build = if found.revisions == 1 { "builds" } else { "build" };
        line(format_args!("{}: the database is what its {revisions} {build} in {place}", styled(GOOD, "no drift")));
    } else {
        tree::show([&format!("{revisions}, built in {}", found.place), &database], &found.diff);
    }
}

/// The drift for tools: as `diff` shows it.
fn view(found: &Drift) -> serde_json::Value {
    let mut view = json!(found.diff.difference);
    view["equal"] = json!(found.diff.difference.is_empty());
    view["revisions"] = json!(found.revisions);
    view["scratch"] = json!(found.place);
    view["unfinished"] = json!(found.unfinished);
    view["expressions"] = json!(found.diff.settled);
    view
}
