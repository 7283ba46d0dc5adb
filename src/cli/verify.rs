//! `revgraph verify`

use serde_json::{Map, Value};

use super::Outcome;
use super::activity::Activity;
use super::completions::candidates;
use super::context::{Context, actor};
use super::from_ledger::FromLedgerArgs;
use super::render::{BAD, DIM, GOOD, ID, json, line, styled};
use crate::error::{Error, count};
use crate::operation::deploy::DeployOptions;
use crate::operation::select::Subject;
use crate::operation::verify::{Verdict, Verification, Verified, verify};
use crate::revision::RevisionId;

/// Ask the [verify] sections of revisions in effect again, without changing anything
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A query passes when it returns no row, or one row whose column `ok` is true; what stands beside
it in that row is shown. They run in one transaction that can't write.

Examples:
  revgraph verify                     of all revisions in effect; exit code 3 when one fails
  revgraph verify head accounts@head
  revgraph verify 3f9a:head           a range
  revgraph verify --from-ledger       also of those that this checkout lacks, or has edited
  revgraph verify --format json")]
pub struct Args {
    /// Whose: targets or ranges A:B; without it, of all revisions in effect
    #[arg(value_name = "TARGET", allow_negative_numbers = true, value_parser = subject, add = candidates::ranges())]
    subjects: Vec<Subject>,
    #[command(flatten)]
    ledger: FromLedgerArgs,
}

fn subject(text: &str) -> Result<Subject, String> {
    match text.parse() {
        Ok(Subject::File(_)) => Err("give a revision, not a file: what is in effect is verified".to_owned()),
        Ok(subject) => Ok(subject),
        Err(error) => Err(error.to_string()),
    }
}

/// Verifies.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let (project, history, connecting) = context.history_and_database(&actor()?, true)?;
    let mut session = connecting.session_to_read(context)?;
    let activity = Activity::begun(context, "verifying");
    let allows = &mut |revisions: &[RevisionId]| args.ledger.allow(revisions, context, &activity);
    let found = verify(&history, &mut session, &DeployOptions::from(&project.config), &args.subjects, allows)?;
    activity.end();
    if context.is_json() {
        json(&found);
    } else {
        show(&found);
    }
    Ok(if found.failed == 0 { Outcome::Done } else { Outcome::Found })
}

fn show(found: &Verified) {
    found.verifications.iter().for_each(verification);
    let all = count(found.verifications.len(), "verification");
    let of = count(found.revisions, "revision");
    match found.failed {
        0 => line(format_args!("{}: {all} of {of} held", styled(GOOD, "ok"))),
        failed => line(format_args!("{} of {all} of {of} failed", styled(BAD, failed))),
    }
}

fn verification(one: &Verification) {
    let place = format!("{}:{}", styled(ID, &one.revision), one.line);
    match &one.verdict {
        Verdict::Held { shown } => {
            let shown = columns(shown);
            let beside = if shown.is_empty() { String::new() } else { format!("  {shown}") };
            line(format_args!("{} {place}  {}{beside}", styled(GOOD, "  ok  "), styled(DIM, &one.sql)));
        }
        Verdict::Failed { rows, first } => {
            line(format_args!("{} {place}  {}", styled(BAD, "failed"), one.sql));
            first.iter().for_each(|row| line(format_args!("       {}", columns(row))));
            let more = rows.saturating_sub(first.len() as u64);
            if more > 0 {
                line(format_args!("       and {more} more"));
            }
        }
        Verdict::Error { message, at } => {
            line(format_args!("{} {place}  {}", styled(BAD, " error"), one.sql));
            line(format_args!("       line {at}: {message}"));
        }
    }
}

/// The columns of a row, side by side: `students 120, emails 118`.
fn columns(row: &Map<String, Value>) -> String {
    let column = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name} {}", text.escape_debug()),
        value => format!("{name} {value}"),
    };
    row.iter().map(column).collect::<Vec<_>>().join(", ")
}
