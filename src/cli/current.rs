//! `revgraph current`

use super::Outcome;
use super::context::{Context, actor};
use super::render::{DIM, GOOD, ID, WARN, json, line, styled};
use crate::database::ledger::Ledger;
use crate::error::{Error, count, going_on, list};
use crate::operation::current::{Begun, Current, CurrentRevision, current};

/// Show where the database is
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph current
  revgraph current --check-heads    exit code 3 unless the database is at all heads
  revgraph current --format json")]
pub struct Args {
    /// Exit with code 3 unless the database is at all heads
    #[arg(long)]
    check_heads: bool,
}

/// Shows it.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let (project, history, connecting) = context.history_and_database(&actor()?, true)?;
    let mut session = connecting.session_to_read(context)?;
    let found = current(&history, &mut session, &Ledger::new(&project.config.ledger_schema))?;
    if context.is_json() {
        json(&found);
    } else {
        show(&found, context.is_verbose());
    }
    let behind = !found.pending_heads.is_empty() || !found.missing.is_empty();
    Ok(if args.check_heads && behind { Outcome::Found } else { Outcome::Done })
}

fn show(found: &Current, verbose: bool) {
    for revision in &found.current {
        line(shown(revision));
    }
    if found.current.is_empty() {
        line("base: nothing is in effect");
    }
    if !found.missing.is_empty() {
        let ids = list(&found.missing);
        line(format_args!("{}: in effect, but without a file: {ids}", styled(WARN, "missing")));
        line("  this checkout is older than the database, on another branch, or the database is another project's");
        line(
            "  `revgraph recover` writes their files from the ledger, `revgraph downgrade TARGET --from-ledger` undoes them by it",
        );
    }
    for Begun { revision, direction } in &found.unfinished {
        let way = format!("begun on its way {direction} and not ended; `{}` goes on", going_on(*direction));
        line(format_args!("{}: {revision} has {way} where it stopped", styled(WARN, "unfinished")));
    }
    if !found.pending_heads.is_empty() {
        line(format_args!("not in effect: {}", list(&found.pending_heads)));
    }
    if verbose {
        line(format_args!("{} in effect, lineage {}", count(found.applied, "revision"), found.lineage));
    }
}

fn shown(revision: &CurrentRevision) -> String {
    let mark = match (revision.head, &revision.within, revision.has_file) {
        (true, ..) => styled(GOOD, " (head)"),
        (_, Some(baseline), _) => styled(WARN, format_args!(" (inside {baseline})")),
        (_, None, false) => styled(WARN, " (no file)"),
        _ => String::new(),
    };
    let id = styled(ID, &revision.id);
    match revision.message.as_str() {
        "" => format!("{id}{mark}"),
        message => format!("{id}{mark}  {}", styled(DIM, message)),
    }
}
