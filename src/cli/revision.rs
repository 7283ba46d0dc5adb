//! `revgraph revision`

use std::path::Path;

use chrono::Utc;

use super::Outcome;
use super::completions::candidates;
use super::context::Context;
use super::edit::open_editor;
use super::render::{json, line};
use crate::error::Error;
use crate::graph::{GraphError, Target};
use crate::operation::create::{NewRevision, create};
use crate::revision::RevisionId;

/// Write a new revision file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph revision -m 'add users'
  revgraph revision -m 'add roles' --parent 3f9a --splice --label roles
  revgraph new -m 'join them' --depends-on roles --edit")]
pub struct Args {
    /// What the revision is for
    #[arg(long, short)]
    message: String,
    /// The revision that it follows, again for several; `base` for none; without it, the only head
    #[arg(long = "parent", visible_alias = "head", value_name = "TARGET", allow_negative_numbers = true, add = candidates::targets())]
    parents: Vec<Target>,
    /// Allow a parent that is no head, which makes a new branch
    #[arg(long)]
    splice: bool,
    /// A branch label, again for several
    #[arg(long = "label", visible_alias = "branch-label", value_name = "LABEL")]
    labels: Vec<String>,
    /// What must be in effect first without being a parent: an id, a prefix or a label; again for several
    #[arg(long, value_name = "REVISION", add = candidates::revisions_and_labels())]
    depends_on: Vec<String>,
    /// The id; without it, a random one
    #[arg(long, visible_alias = "rev-id", value_parser = id)]
    id: Option<RevisionId>,
    /// Open the new file in $VISUAL or $EDITOR
    #[arg(long)]
    edit: bool,
}

/// Takes an id from the command line.
pub fn id(text: &str) -> Result<RevisionId, GraphError> {
    RevisionId::new(text).map_err(|reason| GraphError::IllegalRevisionId { text: text.to_owned(), reason })
}

/// Writes the revision.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let (project, history, lock) = context.history_to_write()?;
    let base: Target = "base".parse()?;
    let asks_for_base = args.parents.contains(&base);
    if asks_for_base && args.parents.len() > 1 {
        return Err(Error::Invalid {
            message: "`base` is no parent beside another".to_owned(),
            help: "--parent base makes a revision without parents".to_owned(),
        });
    }
    let new = NewRevision {
        message: args.message,
        base: asks_for_base,
        parents: args.parents,
        splice: args.splice,
        labels: args.labels,
        depends_on: args.depends_on,
        id: args.id,
        created: Utc::now(),
    };
    let path = create(&project, &history, new)?;
    drop(lock);
    written(&path, args.edit, context)
}

/// Says what was written, and opens it if that is wanted.
pub fn written(path: &Path, edit: bool, context: &Context) -> Result<Outcome, Error> {
    if context.is_json() {
        json(&serde_json::json!({ "path": path }));
    } else {
        line(format_args!("wrote {}", path.display()));
    }
    if edit {
        open_editor(path)?;
    }
    Ok(Outcome::Done)
}
