//! `revgraph lint`

use serde::Serialize;

use super::Outcome;
use super::completions::candidates;
use super::context::Context;
use super::render::{DIM, GOOD, ID, finding, json, line, styled};
use super::terminal::say;
use crate::database::ledger::Ledger;
use crate::error::{Error, count};
use crate::graph::Target;
use crate::operation::lint::rule::{self, RULES};
use crate::operation::lint::{Finding, FindingView, LintOptions, Rule, lint};
use crate::operation::select::{Subject, select};
use crate::project::{History, LoadError, Project};
use crate::revision::{Problem, Revision};

/// Look for SQL that works and still hurts: long locks, lost data, seeds that no replay gives again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is meant is allowed in the file: `-- lint: allow RULE, RULE because …` in the header for the
whole of it, which changes no checksum; or above a statement or behind it, for that one.
DO blocks and the bodies of functions are not looked into.

Examples:
  revgraph lint                          all revisions; exit code 3 when something is found
  revgraph lint --since 3f9a             in CI: what a branch adds to it
  revgraph lint --since current          what the next upgrade of the database runs
  revgraph lint head accounts@heads
  revgraph lint revisions/20261121T022435Z_3f9a1c0b7d2e_add_users.sql
  revgraph lint --with if-not-exists --without renaming-column
  revgraph lint --rules")]
pub struct Args {
    /// What to look at: targets, ranges A:B, or files (*.sql), for which no project is needed; without it all revisions
    #[arg(value_name = "TARGET|FILE", allow_negative_numbers = true, add = candidates::targets_and_files())]
    subjects: Vec<Subject>,
    /// Leave out what this revision needs, and itself
    #[arg(long, value_name = "REV", allow_hyphen_values = true, add = candidates::targets())]
    since: Option<Target>,
    /// Ask this rule too, which is asked on demand alone
    #[arg(long, value_name = "RULE", value_parser = askable_rule, value_delimiter = ',', add = candidates::rules())]
    with: Vec<&'static Rule>,
    /// Leave this rule out
    #[arg(long, value_name = "RULE", value_parser = rule, value_delimiter = ',', add = candidates::rules())]
    without: Vec<&'static Rule>,
    /// Look at the `[down]` sections too: they take locks as well
    #[arg(long)]
    down: bool,
    /// List the rules
    #[arg(long, conflicts_with_all = ["subjects", "since", "down"])]
    rules: bool,
}

fn rule(name: &str) -> Result<&'static Rule, String> {
    rule::find(name).ok_or_else(|| "no rule is called so: `revgraph lint --rules` lists them".to_owned())
}

/// A rule that this build has.
fn askable_rule(name: &str) -> Result<&'static Rule, String> {
    let rule = rule(name)?;
    if rule.is_built() { Ok(rule) } else { Err("this revgraph was built without squawk's rules".to_owned()) }
}

/// What tools get.
#[derive(Serialize)]
struct Report<'f> {
    /// How many revisions were looked at.
    revisions: usize,
    findings: Vec<FindingView<'f>>,
}

/// Looks.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    if args.rules {
        list_rules(context);
        return Ok(Outcome::Done);
    }
    let mut revisions = files(&args.subjects)?;
    let only_files = !args.subjects.is_empty() && revisions.len() == args.subjects.len();
    let loaded = if only_files { None } else { Some(context.history()?) };
    let options = LintOptions { with: args.with, without: args.without, down: args.down };
    let mut findings: Vec<Finding> = Vec::new();
    let mut looked_at = revisions.len();
    if let Some((project, history)) = &loaded {
        let of_history = in_history(context, project, history, &args.subjects, args.since.as_ref())?;
        revisions.retain(|file| !of_history.iter().any(|revision| revision.id == file.id));
        looked_at = of_history.len() + revisions.len();
        findings.extend(of_history.into_iter().flat_map(|revision| lint(revision, &options)));
    }
    findings.extend(revisions.iter().flat_map(|revision| lint(revision, &options)));
    if context.is_json() {
        json(&Report { revisions: looked_at, findings: findings.iter().map(Finding::view).collect() });
    } else {
        show(&findings, looked_at);
        if !RULES.iter().any(|rule| rule.squawk && rule.is_built()) {
            say!("{}: built without squawk's rules, this revgraph looks at no locks", styled(DIM, "note"));
        }
    }
    Ok(if findings.is_empty() { Outcome::Done } else { Outcome::Found })
}

/// The revisions of the files that are named.
fn files(subjects: &[Subject]) -> Result<Vec<Revision>, Error> {
    let (mut revisions, mut problems): (Vec<Revision>, Vec<Problem>) = (Vec::new(), Vec::new());
    for subject in subjects {
        let Subject::File(path) = subject else { continue };
        match Revision::read(path) {
            Ok(revision) => revisions.push(revision),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(revisions) } else { Err(LoadError::Problems(problems).into()) }
}

/// The revisions of the project's history that are meant. A database is asked only where a target is about one.
fn in_history<'h>(
    context: &Context,
    project: &Project,
    history: &'h History,
    subjects: &[Subject],
    since: Option<&Target>,
) -> Result<Vec<&'h Revision>, Error> {
    let asks = subjects.iter().any(Subject::is_about_the_database) || since.is_some_and(Target::is_about_the_database);
    if !asks {
        return select(history, subjects, since, None);
    }
    let mut session = context.open_to_read(project)?;
    let state = Ledger::new(&project.config.ledger_schema).read(session.client(), false)?;
    select(history, subjects, since, Some(&history.graph.state_of(&state.rows())))
}

fn show(findings: &[Finding], revisions: usize) {
    for found in findings {
        finding(found);
        line("");
    }
    let looked_at = count(revisions, "revision");
    match findings {
        [] => line(format_args!("{}: nothing found in {looked_at}", styled(GOOD, "ok"))),
        _ => line(format_args!("{} in {looked_at}", count(findings.len(), "finding"))),
    }
}

fn list_rules(context: &Context) {
    let rules = RULES.into_iter().filter(|rule| rule.is_built());
    if context.is_json() {
        return json(&serde_json::json!({ "rules": rules.collect::<Vec<_>>() }));
    }
    for rule in rules {
        let marks = [(rule.opt_in, " (with --with)"), (rule.squawk, " (squawk)")];
        let marks: String = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
        line(format_args!("{}{}", styled(ID, rule.name), styled(DIM, marks)));
        line(format_args!("    {}", rule.finds));
        line(format_args!("    why:  {}", rule.why));
        line(format_args!("    help: {}", rule.help));
    }
}
