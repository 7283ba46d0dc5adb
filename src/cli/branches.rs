//! `revgraph branches`

use super::Outcome;
use super::context::Context;
use super::render::{json, line};
use super::show::headline;
use crate::error::Error;
use crate::operation::view::{RevisionView, RevisionsView, view};

/// Show the revisions that several others follow; needs no database
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph branches
  revgraph branches --format json")]
pub struct Args {}

/// Shows them.
pub fn run(_: Args, context: &Context) -> Result<Outcome, Error> {
    let (_, history) = context.history()?;
    let points: Vec<RevisionView> = history.graph.branch_points().iter().filter_map(|id| view(&history, id)).collect();
    if context.is_json() {
        json(&RevisionsView { revisions: points });
        return Ok(Outcome::Done);
    }
    for point in &points {
        line(headline(point));
        for child in point.children.iter().filter_map(|id| view(&history, id)) {
            line(format_args!("  -> {}", headline(&child)));
        }
    }
    Ok(Outcome::Done)
}
