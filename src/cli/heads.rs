//! `revgraph heads`

use super::Outcome;
use super::context::Context;
use super::render::{json, line};
use super::show::headline;
use crate::error::Error;
use crate::operation::view::{HeadsView, view};

/// Show the heads of the files; needs no database
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph heads
  revgraph heads --format json    with bases, and with depends_on counted as an edge")]
pub struct Args {}

/// Shows them.
pub fn run(_: Args, context: &Context) -> Result<Outcome, Error> {
    let (_, history) = context.history()?;
    if context.is_json() {
        json(&HeadsView::of(&history.graph));
        return Ok(Outcome::Done);
    }
    for id in history.graph.heads() {
        if let Some(view) = view(&history, &id) {
            line(headline(&view));
        }
    }
    Ok(Outcome::Done)
}
