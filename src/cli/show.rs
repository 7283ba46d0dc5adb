//! `revgraph show`

use super::Outcome;
use super::completions::candidates;
use super::context::{Context, actor};
use super::render::{DIM, GOOD, ID, WARN, json, line, styled, verbatim};
use crate::error::{Error, count};
use crate::graph::Target;
use crate::operation::baseline::overlay_up;
use crate::operation::view::{RevisionView, RevisionsView, view};
use crate::revision::RevisionId;

/// Show revisions and their SQL
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph show head
  revgraph show 3f9a accounts@base
  revgraph show current    what the database is at")]
pub struct Args {
    /// The revisions
    #[arg(value_name = "TARGET", allow_negative_numbers = true, required = true, add = candidates::targets())]
    targets: Vec<Target>,
}

/// Shows them.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let needs_database = args.targets.iter().any(Target::is_about_the_database);
    let (project, history, connecting) = context.history_and_database(&actor()?, needs_database)?;
    let rows = if needs_database { Some(connecting.rows(context, &project)?) } else { None };
    let history = overlay_up(&history, &rows.clone().unwrap_or_default(), &args.targets)?;
    let state = rows.as_ref().map(|rows| history.graph.state_of(rows));
    let mut ids: Vec<RevisionId> = Vec::new();
    for target in &args.targets {
        for id in history.graph.resolve(target, state.as_ref())? {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    let views: Vec<RevisionView> = ids.iter().filter_map(|id| view(&history, id)).collect();
    if context.is_json() {
        json(&RevisionsView { revisions: views });
        return Ok(Outcome::Done);
    }
    for (number, shown) in views.iter().enumerate() {
        if number > 0 {
            line("");
        }
        line(headline(shown));
        line(format_args!("{}", styled(DIM, &shown.path)));
        if let Some(revision) = history.get(shown.id) {
            line("");
            verbatim(revision.source.text().trim_end());
        }
    }
    Ok(Outcome::Done)
}

/// A revision on one line: id, labels, marks, message.
pub fn headline(view: &RevisionView) -> String {
    let mut text = styled(ID, view.id);
    if !view.labels.is_empty() {
        text += &format!(" ({})", styled(GOOD, view.labels.join(", ")));
    }
    let marks = [(view.head, "head"), (view.base, "base"), (view.merge, "merge"), (view.branch_point, "branch point")];
    for (_, mark) in marks.iter().filter(|(is, _)| *is) {
        text += &format!(" {}", styled(WARN, format_args!("[{mark}]")));
    }
    if !view.replaces.is_empty() {
        let number = count(view.replaces.len(), "revision");
        text += &format!(" {}", styled(WARN, format_args!("[baseline of {number}]")));
    }
    if !view.message.is_empty() {
        text += &format!("  {}", view.message);
    }
    text
}
