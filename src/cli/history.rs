//! `revgraph history`

use chrono::SecondsFormat;

use super::Outcome;
use super::completions::candidates;
use super::context::{Context, actor};
use super::picture::Asked;
use super::picture::text::{self, Manner};
use super::render::{DIM, GOOD, json, lines, styled};
use super::show::headline;
use crate::error::Error;
use crate::graph::{Range, Target};
use crate::operation::baseline::overlay_up;
use crate::operation::view::{RevisionView, RevisionsView, view};
use crate::revision::RevisionId;

/// Show the revisions, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A drawing:
  ○ revision   ◎ merge   ◇ baseline   ▫ archived: a baseline stands for it   ╷ depends_on   ~ more below
  With -i: filled (● ◉ ◆ ▪) what is in effect, hollow what is pending, ◈ a baseline partly in effect,
  ✗ in effect and without a file here, ◐ begun and not ended
  Where the locale is not UTF-8: o m b a, in effect * M B A, then b, x and %

Examples:
  revgraph history
  revgraph history -r 3f9a:head
  revgraph history -r -3:current    the last three in the database
  revgraph history -i -v            with what is in effect, in full
  revgraph history --graph          drawn; `revgraph graph` writes pictures and pages
  revgraph history -g -i            drawn, with what a database has of it")]
pub struct Args {
    /// From one target to another, a:b; either may be left out
    #[arg(long, short, value_name = "A:B", allow_hyphen_values = true, add = candidates::ranges())]
    range: Option<Range>,
    /// Mark what is in effect in the database
    #[arg(long, short, visible_alias = "indicate-current")]
    indicate: bool,
    /// Draw the graph
    #[arg(long, short)]
    graph: bool,
}

/// Shows them.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    if args.graph && !context.is_json() {
        let asked = Asked { range: args.range.unwrap_or_default(), indicate: args.indicate, ..Asked::default() };
        let found = asked.picture(context)?;
        text::print(&found.picture, Manner::of_output(context.is_verbose(), context.is_quiet()));
        return Ok(Outcome::Done);
    }
    let range = args.range.unwrap_or_default();
    let ends: Vec<Target> = [&range.from, &range.to].into_iter().flatten().cloned().collect();
    let about_database = ends.iter().any(Target::is_about_the_database);
    let needs_database = args.indicate || about_database;
    let (project, history, connecting) = context.history_and_database(&actor()?, needs_database)?;
    let rows = if needs_database { Some(connecting.rows(context, &project)?) } else { None };
    // What is in effect is marked as far as it is shown: that expands nothing.
    let entered = rows.clone().filter(|_| about_database).unwrap_or_default();
    let history = overlay_up(&history, &entered, &ends)?;
    let state = rows.as_ref().map(|rows| history.graph.state_of(rows));
    let ids = history.graph.history(&range, state.as_ref())?;
    let views = ids.iter().filter_map(|id| {
        let applied = state.as_ref().map(|state| state.contains(id));
        Some(RevisionView { applied, ..view(&history, id)? })
    });
    if context.is_json() {
        json(&RevisionsView { revisions: views.collect() });
    } else {
        lines(views.map(|view| text(&view, context.is_verbose())));
    }
    Ok(Outcome::Done)
}

fn text(view: &RevisionView<'_>, verbose: bool) -> String {
    let mark = match view.applied {
        Some(true) => styled(GOOD, "* "),
        Some(false) => "  ".to_owned(),
        None => String::new(),
    };
    let mut text = mark + &headline(view);
    if !verbose {
        return text;
    }
    let ids = |ids: &[&RevisionId]| ids.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
    let parents = if view.parents.is_empty() { "base".to_owned() } else { ids(&view.parents) };
    text += &format!("\n    parents: {parents}");
    if !view.depends_on.is_empty() {
        text += &format!("\n    depends_on: {}", ids(&view.depends_on));
    }
    if let Some(created) = &view.created {
        text += &format!("\n    created: {}", created.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    }
    text + &format!("\n    {}", styled(DIM, &view.path))
}
