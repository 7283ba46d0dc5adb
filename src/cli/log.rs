//! `revgraph log`

use super::Outcome;
use super::context::Context;
use super::render::{BAD, DIM, GOOD, ID, json, line, styled};
use crate::database::ledger::{Event, Ledger};
use crate::error::Error;

/// Show what was done to the database, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The graph of revisions is drawn by `revgraph history --graph`.

Examples:
  revgraph log
  revgraph log -n 100 --format json")]
pub struct Args {
    /// How many events
    #[arg(long, short = 'n', default_value_t = 20)]
    number: u32,
    /// There is none: events follow each other. `revgraph history --graph` draws the revisions
    #[arg(long, hide = true)]
    graph: bool,
}

/// Shows the events.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    if args.graph {
        return Err(Error::Invalid {
            message: "`log` shows what was done to the database, which is no graph".to_owned(),
            help: "`revgraph history --graph` draws the revisions".to_owned(),
        });
    }
    let project = context.project()?;
    let mut session = context.open_to_read(&project)?;
    let ledger = Ledger::new(&project.config.ledger_schema);
    let exists = ledger.read(session.client(), false)?.exists;
    let events = if exists { ledger.events(session.client(), args.number)? } else { Vec::new() };
    if context.is_json() {
        json(&serde_json::json!({ "events": events }));
        return Ok(Outcome::Done);
    }
    for event in &events {
        show(event);
    }
    if events.is_empty() {
        line("nothing was done to this database yet");
    }
    Ok(Outcome::Done)
}

fn show(event: &Event) {
    let outcome = match event.outcome.as_str() {
        "done" => styled(GOOD, "done  "),
        _ => styled(BAD, "failed"),
    };
    let time = event.milliseconds.map(|time| format!(" {time} ms")).unwrap_or_default();
    let who = styled(DIM, format_args!("{}@{} revgraph {}", event.actor, event.host, event.client));
    let revision = event.revision.as_deref().unwrap_or("");
    line(format_args!("{} {outcome} {:<10} {}{time}  {who}", event.at, event.action, styled(ID, revision)));
    if let Some(error) = &event.error {
        line(format_args!("    {error}"));
    }
}
