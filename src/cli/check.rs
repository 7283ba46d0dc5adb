//! `revgraph check`

use super::Outcome;
use super::context::{Context, actor};
use super::render::{GOOD, ID, WARN, diff, json, line, styled};
use crate::database::ledger::Ledger;
use crate::error::{Error, count, going_on, list};
use crate::operation::check::{ChangedRevision, Findings, check_database, check_files};
use crate::operation::current::Begun;

/// Check the files, and the database against them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph check            exit code 3 when something is found
  revgraph check --files    the files alone, without a database")]
pub struct Args {
    /// The files alone, without a database
    #[arg(long)]
    files: bool,
}

/// Checks. Without a database that is named, the files are all there is to check.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let (project, history, connecting) = context.history_and_database(&actor()?, !args.files)?;
    let alone = args.files || !connecting.leads_anywhere();
    let findings = if alone {
        check_files(&history)?
    } else {
        let mut session = connecting.session_to_read(context)?;
        check_database(&history, &mut session, &Ledger::new(&project.config.ledger_schema))?
    };
    if context.is_json() {
        json(&findings);
    } else {
        show(&findings, history.graph.len(), alone);
    }
    Ok(if findings.is_clean() { Outcome::Done } else { Outcome::Found })
}

fn show(findings: &Findings, files: usize, alone: bool) {
    let found = |what: &str, ids: &[crate::revision::RevisionId]| {
        if !ids.is_empty() {
            line(format_args!("{}: {}", styled(WARN, what), list(ids)));
        }
    };
    findings.changed.iter().for_each(changed);
    found("in effect, but without a file", &findings.missing);
    found("needed by others in effect, but not in effect", &findings.gaps);
    for Begun { revision, direction } in &findings.unfinished {
        let way = format!("{revision}, on its way {direction}: `{}` goes on where it stopped", going_on(*direction));
        line(format_args!("{}: {way}", styled(WARN, "unfinished")));
    }
    found("pending", &findings.pending);
    found("edited after it was proved", &findings.edited_baselines);
    found(
        "without a manifest in the archive, so that nothing says whether it was proved",
        &findings.unproved_baselines,
    );
    found("upgrade adopts, all of it being in effect by then", &findings.to_adopt);
    found("neither [down] nor irreversible", &findings.without_down);
    found("the way down is another one than when it ran (allowed)", &findings.down_changed);
    if !findings.ledger_writers.is_empty() {
        let roles = findings.ledger_writers.join(", ");
        line(format_args!("{}: can write the ledger and do not own it: {roles}", styled(WARN, "warning")));
        line(
            "  what is in the ledger is run by `--from-ledger` of `downgrade`, `drift` and `verify`: revoke it, unless it is meant",
        );
    }
    if !findings.retired_long_ago.is_empty() {
        let objects = findings.retired_long_ago.join(", ");
        line(format_args!(
            "{}: {objects}",
            styled(WARN, "retired for more than 30 days (`revgraph retired purge` drops it)")
        ));
    }
    if findings.is_clean() {
        let with = if alone { "" } else { ", and the database agrees" };
        line(format_args!("{}: {} sound{with}", styled(GOOD, "ok"), count(files, "revision")));
    }
}

/// Shows what was changed since it ran.
pub fn changed(change: &ChangedRevision) {
    let what = match (change.only_comments, change.only_lineage) {
        (true, _) => "comments or white space",
        (_, true) => "its place in the graph",
        _ => "its SQL",
    };
    line(format_args!("{} {} ({}): {what}", styled(WARN, "changed since it ran"), styled(ID, &change.id), change.path));
    diff(&change.diff).for_each(line);
}
