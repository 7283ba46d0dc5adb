//! `revgraph archive`

mod databases;

use clap::Subcommand;

use databases::Asking;

use super::Outcome;
use super::completions::candidates;
use super::context::Context;
use super::render::{BAD, DIM, GOOD, ID, WARN, json, line, styled, verbatim};
use crate::error::{Error, count, list};
use crate::operation::archive::list::{ArchiveView, BaselineView, Standing};
use crate::operation::archive::prune::{Pruning, look, prune};
use crate::operation::archive::restore::{Restored, restore};
use crate::operation::archive::show::{MemberView, Shown, show};
use crate::operation::archive::verify::{Finding, Verified, verify};
use crate::operation::archive::{ArchiveError, list as archive_list};

/// The revisions that baselines replaced
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph archive list                     the baselines, and what is kept of each
  revgraph archive show 3f9a                a baseline, or a revision that one replaced
  revgraph archive verify                   exit code 3 when something is found
  revgraph archive restore 3f9a             undo a squash
  revgraph archive prune 3f9a --confirm     remove originals that no longer serve")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(ListArgs),
    Show(ShowArgs),
    Verify(VerifyArgs),
    Restore(RestoreArgs),
    Prune(PruneArgs),
}

/// List the baselines, the newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph archive list
  revgraph archive list --format json")]
struct ListArgs {}

/// Show a baseline with what it replaced and its proof, or one of those with its text
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph archive show 3f9a
  revgraph archive show 3f9a --format json")]
struct ShowArgs {
    /// The id of a baseline or of a revision that one replaced, or the beginning of it
    #[arg(value_name = "REVISION", add = candidates::archived())]
    name: String,
}

/// Check that the archive is what was proved: files, checksums, lineages. Exit code 3 when something is found
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph archive verify
  revgraph archive verify 3f9a 81d2")]
struct VerifyArgs {
    /// The baselines; without any, the whole archive
    #[arg(value_name = "BASELINE", add = candidates::baselines())]
    baselines: Vec<String>,
}

/// Undo a squash: the originals come back as they were, and the baseline goes
///
/// The database is asked whether it would be left without a way, and so is every one that revgraph.toml names.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph archive restore 3f9a                  refused if a database would be left without a way
  revgraph archive restore 3f9a --without old    that one of [databases] is not asked
  revgraph archive restore 3f9a --no-database    no database has these revisions")]
struct RestoreArgs {
    /// The baseline: its id or the beginning of it
    #[arg(value_name = "BASELINE", add = candidates::baselines())]
    baseline: String,
    #[command(flatten)]
    asking: Asking,
}

/// Remove the originals of a baseline, and keep its manifest
///
/// The database is asked whether it still needs them, and so is every one that revgraph.toml names.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph archive prune 3f9a              what would go, and what would no longer be possible
  revgraph archive prune 3f9a --confirm")]
struct PruneArgs {
    /// The baseline: its id or the beginning of it
    #[arg(value_name = "BASELINE", add = candidates::baselines())]
    baseline: String,
    /// Remove them
    #[arg(long)]
    confirm: bool,
    #[command(flatten)]
    asking: Asking,
}

/// Lists, shows, verifies, restores or prunes.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    match args.command {
        Command::List(_) => run_list(context),
        Command::Show(args) => run_show(&args, context),
        Command::Verify(args) => run_verify(&args, context),
        Command::Restore(args) => run_restore(&args, context),
        Command::Prune(args) => run_prune(&args, context),
    }
}

fn run_list(context: &Context) -> Result<Outcome, Error> {
    let (project, history) = context.history()?;
    let found = archive_list::list(&project.archive(), &history)?;
    match context.is_json() {
        true => json(&found),
        false => show_list(&found),
    }
    Ok(Outcome::Done)
}

fn show_list(found: &ArchiveView) {
    if found.baselines.is_empty() {
        line("the archive is empty: `revgraph squash` makes a baseline");
    }
    for (number, baseline) in found.baselines.iter().enumerate() {
        if number > 0 {
            line("");
        }
        headline(baseline);
        facts(baseline);
    }
}

fn headline(baseline: &BaselineView) {
    let standing = match &baseline.standing {
        Standing::Live => String::new(),
        Standing::ReplacedBy(by) => styled(DIM, format_args!(" (replaced by {by})")),
        Standing::Missing => styled(BAD, " (its own file is missing)"),
    };
    let message = if baseline.message.is_empty() { String::new() } else { format!("  {}", baseline.message) };
    line(format_args!("{}{standing}{message}", styled(ID, &baseline.id)));
}

fn facts(baseline: &BaselineView) {
    let BaselineView { replaces, members, files, bytes, proof, .. } = baseline;
    let levels = if replaces > members { format!(" ({members} of them its own)") } else { String::new() };
    line(format_args!("  replaces  {}{levels}", count(*replaces, "revision")));
    let originals = match (baseline.pruned, members - files) {
        (_, 0) => format!("{}, {bytes} bytes", count(*files, "file")),
        (Some(at), gone) => styled(WARN, format_args!("{gone} pruned on {}, {files} kept", at.format("%Y-%m-%d"))),
        (None, gone) => styled(BAD, format_args!("{gone} missing, {files} kept")),
    };
    line(format_args!("  originals {originals}"));
    let objects: u64 = proof.objects.values().sum();
    let frozen = match proof.volatile.len() {
        0 => String::new(),
        tables => format!(", {tables} with volatile rows"),
    };
    line(format_args!(
        "  proved    {} on {}: {objects} objects equal, way down {}{frozen}",
        proof.at.format("%Y-%m-%d"),
        proof.server,
        proof.down
    ));
}

fn run_show(args: &ShowArgs, context: &Context) -> Result<Outcome, Error> {
    let (project, history) = context.history()?;
    let found = show(&project.archive(), &history, &args.name)?;
    match (context.is_json(), &found) {
        (true, found) => json(found),
        (false, Shown::Baseline { baseline, revisions }) => show_baseline(baseline, revisions),
        (false, Shown::Revision { member, text }) => show_member(member, text.as_deref()),
    }
    Ok(Outcome::Done)
}

fn show_baseline(baseline: &BaselineView, revisions: &[MemberView]) {
    headline(baseline);
    facts(baseline);
    line(format_args!("  mode      {}", baseline.mode));
    line(format_args!("  created   {}", baseline.created.format("%Y-%m-%dT%H:%M:%SZ")));
    for (name, notes) in [("volatile", &baseline.proof.volatile), ("not compared", &baseline.proof.not_compared)] {
        notes.iter().for_each(|note| line(format_args!("  {}: {note}", styled(WARN, name))));
    }
    line("");
    for member in revisions {
        let mark = match (member.is_baseline, member.has_file) {
            (true, _) => styled(GOOD, " [baseline]"),
            (false, true) => String::new(),
            (false, false) => styled(WARN, " (no file)"),
        };
        let message = if member.message.is_empty() { String::new() } else { format!("  {}", member.message) };
        line(format_args!("{}{mark}{message}", styled(ID, &member.id)));
    }
}

fn show_member(member: &MemberView, text: Option<&str>) {
    let message = if member.message.is_empty() { String::new() } else { format!("  {}", member.message) };
    line(format_args!("{} replaced by {}{message}", styled(ID, &member.id), styled(ID, &member.baseline)));
    line(styled(DIM, &member.path));
    line("");
    match text {
        Some(text) => verbatim(text.trim_end()),
        None => line(styled(WARN, "the file is gone")),
    }
}

fn run_verify(args: &VerifyArgs, context: &Context) -> Result<Outcome, Error> {
    let (project, history) = context.history()?;
    let verified = verify(&project.archive(), &history, &args.baselines)?;
    match context.is_json() {
        true => json(&verified),
        false => show_verified(&verified),
    }
    Ok(if verified.findings.is_empty() { Outcome::Done } else { Outcome::Found })
}

fn show_verified(verified: &Verified) {
    for Finding { path, message, .. } in &verified.findings {
        line(format_args!("{}: {path}: {message}", styled(BAD, "found")));
    }
    if !verified.not_recomputed.is_empty() {
        let ids = list(&verified.not_recomputed);
        line(format_args!("{}: what they need is nowhere, so their lineage is not known: {ids}", styled(WARN, "note")));
    }
    let looked_at =
        format!("{}, {}", count(verified.baselines, "baseline"), count(verified.sound_files, "sound original"));
    match verified.findings.len() {
        0 => line(format_args!("{}: {looked_at}", styled(GOOD, "ok"))),
        found => line(format_args!("{looked_at}, {}", count(found, "finding"))),
    }
}

fn run_restore(args: &RestoreArgs, context: &Context) -> Result<Outcome, Error> {
    let (project, history) = context.history()?;
    let answers = args.asking.ask(context, &project)?;
    let restored = restore(&project, &history, &args.baseline, answers.told())?;
    match context.is_json() {
        true => json(&restored),
        false if context.is_quiet() => {}
        false => show_restored(&restored),
    }
    Ok(Outcome::Done)
}

fn show_restored(restored: &Restored) {
    let Restored { baseline, removed, revisions, .. } = restored;
    restored.files.iter().for_each(|file| line(format_args!("restored {file}")));
    line(format_args!("removed  {removed}"));
    if !restored.without_down.is_empty() {
        let ids = list(&restored.without_down);
        let note = styled(WARN, "note");
        line(format_args!("{note}: no way down, which the baseline had: {ids}"));
    }
    let back = if revisions.len() == 1 { "is" } else { "are" };
    line(format_args!("{} {back} back in the place of {}", count(revisions.len(), "revision"), styled(ID, baseline)));
}

fn run_prune(args: &PruneArgs, context: &Context) -> Result<Outcome, Error> {
    let (project, history) = context.history()?;
    let answers = args.asking.ask(context, &project)?;
    let pruning = look(&project, &history, &args.baseline, answers.told())?;
    if !args.confirm {
        let files = pruning.files.len();
        match context.is_json() {
            true => json(&pruning),
            false => show_pruning(&pruning),
        }
        return if files == 0 { Ok(Outcome::Done) } else { Err(ArchiveError::NotConfirmed { files }.into()) };
    }
    let pruning = prune(&project, pruning, chrono::Utc::now())?;
    match context.is_json() {
        true => json(&pruning),
        false if context.is_quiet() => {}
        false => show_pruning(&pruning),
    }
    Ok(Outcome::Done)
}

fn show_pruning(pruning: &Pruning) {
    if pruning.files.is_empty() {
        return line(format_args!("of {} no original is left", styled(ID, &pruning.baseline)));
    }
    let (what, then) = if pruning.removed { ("removed", "now") } else { ("to remove", "then") };
    pruning.files.iter().for_each(|file| line(format_args!("{what} {file}")));
    line(format_args!("{}, {} bytes", count(pruning.files.len(), "original"), pruning.bytes));
    for no_longer in &pruning.no_longer {
        line(format_args!("{} {no_longer}", styled(WARN, format_args!("{then}:"))));
    }
}
