//! `revgraph test`

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use super::Outcome;
use super::activity::Activity;
use super::completions::candidates;
use super::context::{Context, ScratchArgs, environment};
use super::diff::tree;
use super::progress::seconds;
use super::render::{BAD, DIM, GOOD, ID, WARN, json as print_json, line, styled};
use crate::database::ledger::Ledger;
use crate::error::{Error, count};
use crate::graph::{GraphError, Target};
use crate::operation::deploy::DeployOptions;
use crate::operation::trial::{Class, Selection, TestOptions, Tested, Way, test};
use crate::project::{History, Project};

/// Try each revision's way down in a scratch database
///
/// Each revision runs up, down and up again, in plan order, where everything before it is in effect. It is exact if the
/// way down leads back to what was before, rows included, and the way up from there to the same as the first time; order
/// only if columns stand in another order then; lossy if something stays that PostgreSQL has no way to undo, such as a
/// value of an enum; differs if it is something else; irreversible if its file says so; it fails with an error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph test                       every revision; exit code 3 if one differs or fails
  revgraph test 3f9a:heads            a part of the history, both ends included
  revgraph test head                  the newest revision alone
  revgraph test --since 3f9a          in CI: what is not in that revision or below it
  revgraph test --format json")]
pub struct Args {
    /// What to test: A:B, where either end may be left out, or a target for that revision alone
    #[arg(value_name = "RANGE", allow_hyphen_values = true, add = candidates::ranges())]
    range: Option<String>,
    /// Don't test this revision and those below it, only build them
    #[arg(long, value_name = "TARGET", allow_hyphen_values = true, add = candidates::targets())]
    since: Option<Target>,
    #[command(flatten)]
    scratch: ScratchArgs,
}

/// Tests, and says of each revision what was found.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let (project, history) = context.history()?;
    let selection = selection(&args, context, &project, &history)?;
    let location = match context.location(&project) {
        Err(Error::NoDatabase) => None,
        location => Some(location?),
    };
    let deploy = DeployOptions::from(&project.config);
    let configured = context.configured(&project);
    let scratch = args.scratch.options(&project.config, location.as_ref(), configured.as_ref());
    let options = TestOptions { deploy: &deploy, scratch: &scratch, environment: &environment() };
    let activity = Activity::new(context);
    activity.begin("up, down and up again in scratch databases", Some(selection.tested.len()));
    let begun = Instant::now();
    let mut all = Vec::new();
    let place = test(&history, &selection, &options, &mut |tested| {
        if !context.is_json() && (!context.is_quiet() || tested.class.is_wrong()) {
            show(&tested, &history);
        }
        activity.advance(1);
        all.push(tested);
    })?;
    activity.end();
    if context.is_json() {
        print_json(&view(&all, &history, &place, begun));
    } else if all.is_empty() {
        line("nothing to test");
    } else if !context.is_quiet() {
        line(format_args!("{} in {}, in {}", summary(&all), seconds(begun.elapsed()), place));
    }
    let is_wrong = all.iter().any(|tested| tested.class.is_wrong());
    Ok(if is_wrong { Outcome::Found } else { Outcome::Done })
}

/// What to test. A database is asked only where a target is about it.
fn selection(args: &Args, context: &Context, project: &Project, history: &History) -> Result<Selection, Error> {
    let range = args.range.as_deref();
    let is_about_it = |text: &str| {
        let targets = text.split(':').filter(|text| !text.is_empty());
        let mut targets = targets.map(str::parse::<Target>).collect::<Result<Vec<_>, GraphError>>()?.into_iter();
        Ok::<bool, GraphError>(targets.any(|target| target.is_about_the_database()))
    };
    let needs = range.map(is_about_it).transpose()?.unwrap_or_default()
        || args.since.as_ref().is_some_and(Target::is_about_the_database);
    let state = match needs {
        true => {
            let mut session = context.open_to_read(project)?;
            let state = Ledger::new(&project.config.ledger_schema).read(session.client(), false)?;
            Some(history.graph.state_of(&state.rows()))
        }
        false => None,
    };
    Selection::new(history, range, args.since.as_ref(), state.as_ref())
}

fn show(tested: &Tested, history: &History) {
    let class = &tested.class;
    let style = match class {
        Class::Exact => GOOD,
        Class::OrderOnly { .. } | Class::Lossy { .. } | Class::Irreversible { .. } => WARN,
        Class::Differs { .. } | Class::Fails { .. } | Class::NotTested { .. } => BAD,
    };
    let message = history.get(&tested.revision).map_or("", |revision| revision.message.as_str());
    let word = styled(style, format_args!("{:<12}", class.word()));
    line(format!("{word} {}  {message}", styled(ID, &tested.revision)).trim_end());
    for detail in details(class) {
        line(format_args!("    {detail}"));
    }
}

/// The way that a class is about, as a phrase.
fn on(way: Way) -> &'static str {
    match way {
        Way::Up => "up",
        Way::Down => "down",
        Way::UpAgain => "up again",
    }
}

fn details(class: &Class) -> Vec<String> {
    match class {
        Class::Exact => Vec::new(),
        Class::OrderOnly { tables } => vec![format!("columns of {} stand in another order", tables.join(", "))],
        Class::Lossy { stays } => stays.iter().map(|what| format!("stays: {what}")).collect(),
        Class::Irreversible { reason: Some(reason) } => vec![reason.clone()],
        Class::Irreversible { reason: None } => vec!["it has neither a [down] section nor a reason".to_owned()],
        Class::NotTested { needs } => vec![format!("it needs {}, which fails", styled(ID, needs))],
        Class::Differs { after, diff } => {
            let what = match after {
                Way::UpAgain => "up again, it is not what the first time made",
                _ => "down, it is not what was there before",
            };
            std::iter::once(format!("{what}:"))
                .chain(tree::tree(diff).into_iter().map(|line| format!("  {line}")))
                .collect()
        }
        Class::Fails { on: way, error } => {
            let mut lines = vec![format!("{}: {error}", on(*way))];
            if let Error::Step(failure) = &**error {
                lines.push(styled(DIM, place(failure)));
                lines.extend(failure.error.detail.clone());
            }
            lines
        }
    }
}

/// Where a statement failed: `revisions/x.sql:12:3`.
fn place(failure: &crate::error::StepFailure) -> String {
    let path = failure.problem.path().display();
    match failure.problem.position() {
        Some(position) => format!("{path}:{}:{}", position.line, position.column),
        None => path.to_string(),
    }
}

/// How many there are of each class, in the order of the words: `2 exact, 1 fails`.
fn summary(all: &[Tested]) -> String {
    let counts = counts(all);
    let counts: Vec<String> = counts.iter().map(|(word, number)| format!("{number} {word}")).collect();
    format!("{}: {}", count(all.len(), "revision"), counts.join(", "))
}

fn counts(all: &[Tested]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for tested in all {
        *counts.entry(tested.class.word()).or_default() += 1;
    }
    counts
}

/// The results for tools.
fn view(all: &[Tested], history: &History, place: &str, begun: Instant) -> Value {
    let revision = |tested: &Tested| {
        let mut view = json!({
            "id": tested.revision,
            "message": history.get(&tested.revision).map_or("", |revision| revision.message.as_str()),
            "class": tested.class.word().replace(' ', "-"),
        });
        match &tested.class {
            Class::Exact => {}
            Class::OrderOnly { tables } => view["tables"] = json!(tables),
            Class::Lossy { stays } => view["stays"] = json!(stays),
            Class::Irreversible { reason } => view["reason"] = json!(reason),
            Class::NotTested { needs } => view["needs"] = json!(needs),
            Class::Differs { after, diff } => {
                view["after"] = json!(after);
                view["difference"] = json!(diff.difference);
            }
            Class::Fails { on, error } => {
                view["on"] = json!(on);
                view["error"] = json!({ "kind": error.kind(), "message": error.to_string() });
                if let Error::Step(failure) = &**error {
                    view["error"]["place"] = json!(place_of(failure));
                }
            }
        }
        view
    };
    json!({
        "revisions": all.iter().map(revision).collect::<Vec<_>>(),
        "counts": counts(all),
        "scratch": place,
        "milliseconds": begun.elapsed().as_millis() as u64,
    })
}

fn place_of(failure: &crate::error::StepFailure) -> Value {
    let position = failure.problem.position();
    json!({
        "file": failure.problem.path().display().to_string(),
        "line": position.map(|position| position.line),
        "column": position.map(|position| position.column),
    })
}
