//! `revgraph merge`

use chrono::Utc;

use super::Outcome;
use super::completions::candidates;
use super::context::Context;
use super::revision::{id, written};
use crate::error::Error;
use crate::graph::Target;
use crate::operation::create::{NewRevision, merge};
use crate::revision::RevisionId;

/// Write a revision that merges branches
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph merge heads -m 'merge accounts and billing'
  revgraph merge 3f9a 7c1d")]
pub struct Args {
    /// The revisions to merge; without any, all heads
    #[arg(value_name = "TARGET", allow_negative_numbers = true, add = candidates::targets())]
    targets: Vec<Target>,
    /// What the revision is for
    #[arg(long, short, default_value = "merge")]
    message: String,
    /// A branch label, again for several
    #[arg(long = "label", visible_alias = "branch-label", value_name = "LABEL")]
    labels: Vec<String>,
    /// The id; without it, a random one
    #[arg(long, visible_alias = "rev-id", value_parser = id)]
    id: Option<RevisionId>,
}

/// Writes the merge.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let (project, history, _lock) = context.history_to_write()?;
    let new = NewRevision {
        message: args.message,
        parents: args.targets,
        labels: args.labels,
        id: args.id,
        created: Utc::now(),
        ..NewRevision::default()
    };
    let path = merge(&project, &history, new)?;
    written(&path, false, context)
}
