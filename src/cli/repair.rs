//! `revgraph repair`

use super::Outcome;
use super::activity::Activity;
use super::check::changed;
use super::completions::candidates;
use super::context::{Context, Waits, actor};
use super::progress::{Answers, AtCommandLine, Steps, observer};
use super::render::{GOOD, ID, WARN, json, line, styled};
use crate::database::ledger::Ledger;
use crate::error::{Error, count, going_on, list};
use crate::operation::deploy::Deployment;
use crate::operation::repair::{Diagnosis, ForeignRow, IdleHolder, Mends, Repaired, StoppedAt, diagnose};
use crate::revision::RevisionId;

/// Show what is wrong in the database's ledger, and mend it
///
/// Without options it shows, and touches nothing; exit code 3 if something is found. Each mend is one transaction under
/// the deployers' lock, and is in `revgraph log`. No SQL of a revision is run.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph repair                         what is wrong, and what mends it
  revgraph repair --accept 3f9a1c0b7d2e   its file was edited, and that is agreed
  revgraph repair --forget 3f9a1c0b7d2e   it stopped in the middle, and was undone by hand
  revgraph repair --accept 3f9a1c0b7d2e --yes --format json")]
pub struct Args {
    /// The edit of this revision is agreed: its file takes the place of what the ledger has, and the lineages of all that
    /// stand on it are computed anew. Again for several
    #[arg(long, value_name = "ID", value_parser = RevisionId::new, add = candidates::revisions_only())]
    accept: Vec<RevisionId>,
    /// This revision has not begun, whatever the ledger says: what it had done was undone or ended by hand. Again for
    /// several
    #[arg(long, value_name = "ID", value_parser = RevisionId::new, add = candidates::revisions_only())]
    forget: Vec<RevisionId>,
    /// Do it without asking
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    waits: Waits,
}

/// Shows or mends.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let actor = actor()?;
    let (project, history, connecting) = context.history_to_complete_and_database(&actor, true)?;
    let mends = Mends { accept: args.accept, forget: args.forget };
    if mends == Mends::default() {
        let mut session = connecting.session_to_read(context)?;
        let found = diagnose(&history, &mut session, &Ledger::new(&project.config.ledger_schema))?;
        match context.is_json() {
            true => json(&found),
            false => show(&found),
        }
        return Ok(if found.is_clean() { Outcome::Done } else { Outcome::Found });
    }
    let options = args.waits.over(&project);
    let steps = Steps::new(Activity::new(context));
    let mut session = connecting.session(context, observer(context, steps.clone()))?;
    let answers = Answers { yes: args.yes, ..Answers::default() };
    let mut attendant = AtCommandLine::new(context, answers, steps);
    let repaired = Deployment {
        history: &history,
        session: &mut session,
        actor: &actor,
        options: &options,
        attendant: &mut attendant,
    }
    .repair(&mends)?;
    match context.is_json() {
        true => json(&repaired),
        false if context.is_quiet() => {}
        false => show_repaired(&repaired),
    }
    Ok(Outcome::Done)
}

fn show_repaired(repaired: &Repaired) {
    let Repaired { accepted, lineages, forgotten } = repaired;
    if !accepted.is_empty() {
        let lineages = count(lineages.len(), "lineage");
        line(format_args!("{} {}; {lineages} written", styled(GOOD, "accepted"), list(accepted)));
    }
    if !forgotten.is_empty() {
        line(format_args!("{} {}", styled(GOOD, "forgotten"), list(forgotten)));
    }
}

fn show(found: &Diagnosis) {
    found.unfinished.iter().for_each(unfinished);
    for change in &found.changed {
        changed(change);
        remedy(&format!(
            "agreed? `revgraph repair --accept {}` takes the file as what ran; else put it back",
            change.id
        ));
    }
    for ForeignRow { revision, what, has_file } in &found.foreign {
        let id = styled(ID, revision);
        line(format_args!("{} {id}: the text in the ledger is not what was recorded: {what}", styled(WARN, "foreign")));
        remedy(&match has_file {
            true => format!("`revgraph repair --accept {revision}` puts the file's text there"),
            false => "take its file from version control, then `revgraph repair --accept` it".to_owned(),
        });
        remedy("`revgraph check` tells who may write the ledger");
    }
    if !found.missing.is_empty() {
        line(format_args!("{}: in effect, but without a file: {}", styled(WARN, "missing"), list(&found.missing)));
        remedy(
            "`revgraph recover` writes their files from the ledger, `revgraph downgrade TARGET --from-ledger` undoes them by it",
        );
    }
    if !found.gaps.is_empty() {
        let ids = list(&found.gaps);
        line(format_args!("{}: needed by others in effect, but not in effect: {ids}", styled(WARN, "gaps")));
        remedy("`revgraph stamp` writes where the database really is");
    }
    if let Some(IdleHolder { pid, who, .. }) = &found.idle_holder {
        line(format_args!(
            "{}: the deployers' lock is held by a session that does nothing: {who}",
            styled(WARN, "lock")
        ));
        remedy("the lock goes with that session: its client may be gone, or a pool may keep the session");
        remedy(&format!("if nobody deploys: SELECT pg_terminate_backend({pid})"));
    }
    if let Some(reason) = &found.not_compared {
        line(format_args!("{}: the files can't be compared: {reason}", styled(WARN, "files")));
    }
    if !found.down_changed.is_empty() {
        let ids = list(&found.down_changed);
        line(format_args!("{}: the way down is another one than when it ran (allowed): {ids}", styled(WARN, "note")));
    }
    if found.is_clean() {
        line(format_args!("{}: nothing is wrong in the ledger", styled(GOOD, "ok")));
    }
}

fn unfinished(stopped: &StoppedAt) {
    let StoppedAt { revision, direction, section, statement, unknown_outcome, stale } = stopped;
    let id = styled(ID, revision);
    let outcome = if *unknown_outcome { ", and nobody knows how that ended" } else { "" };
    let place = format!("stopped on its way {direction} in section {section} at statement {statement}{outcome}");
    line(format_args!("{} {id}: {place}", styled(WARN, "unfinished")));
    match stale {
        true => remedy(&format!("it is stale, for that way is done: `revgraph repair --forget {revision}`")),
        false => {
            remedy(&format!("`{}` goes on where it stopped", going_on(*direction)));
            remedy(&format!(
                "if it was undone or ended by hand: `revgraph repair --forget {revision}`, or `revgraph stamp`"
            ));
        }
    }
}

fn remedy(text: &str) {
    line(format_args!("  {text}"));
}
