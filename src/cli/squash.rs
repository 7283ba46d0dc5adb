//! `revgraph squash`

use std::path::PathBuf;

use chrono::{SubsecRound, Utc};
use clap::ValueEnum;
use serde_json::json;

use super::Outcome;
use super::activity::Activity;
use super::completions::candidates;
use super::context::{Context, ScratchArgs, environment};
use super::render::{DIM, GOOD, ID, WARN, json as print_json, line, styled, verbatim};
use super::revision::id;
use crate::error::{Error, count};
use crate::graph::Target;
use crate::operation::create::new_id;
use crate::operation::deploy::DeployOptions;
use crate::operation::squash::{Heading, Squash, SquashRequest, Squashing};
use crate::project::Project;
use crate::project::archive::{Mode, Proof};
use crate::revision::RevisionId;

/// Replace many revisions by one baseline, after both were built and found to be the same
///
/// The revisions run in a scratch database, and the baseline in another one; what is there is compared object by object
/// and row by row, also after the baseline's way down. Only if nothing differs are files touched: the baseline goes to
/// the revisions, and they go to the archive. Databases need nothing: the next upgrade sees that they have it all.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  revgraph squash -m 'everything up to version 2'
  revgraph squash --to 3f9a -m 'version 1'      up to that revision; what follows it stays
  revgraph squash --dry-run -o baseline.sql     all but touching the files
  revgraph squash --from 7c1d --to 9e02 --mode concat -m 'accounts'")]
pub struct Args {
    /// The last revision to go in; without it, the only head
    #[arg(long, value_name = "TARGET", allow_negative_numbers = true, add = candidates::targets())]
    to: Option<Target>,
    /// The first revision to go in; without it, all that the last one needs
    #[arg(long, value_name = "TARGET", allow_negative_numbers = true, add = candidates::targets())]
    from: Option<Target>,
    /// What the baseline is for
    #[arg(long, short, default_value = "baseline")]
    message: String,
    /// How the baseline is made: by pg_dump from what the revisions have built, or of the revisions' own SQL. Without
    /// it, by pg_dump where that is possible
    #[arg(long, value_name = "MODE", value_enum, hide_possible_values = false)]
    mode: Option<ModeArg>,
    /// The baseline's id; without it, a random one
    #[arg(long, visible_alias = "rev-id", value_parser = id)]
    id: Option<RevisionId>,
    /// Make and prove the baseline, and touch no file of the project; print the baseline, or write it with --output
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: the file to write the baseline to
    #[arg(long, short, value_name = "FILE", requires = "dry_run")]
    output: Option<PathBuf>,
    #[command(flatten)]
    scratch: ScratchArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeArg {
    Snapshot,
    Concat,
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Mode {
        match mode {
            ModeArg::Snapshot => Mode::Snapshot,
            ModeArg::Concat => Mode::Concat,
        }
    }
}

/// Squashes.
pub fn run(args: Args, context: &Context) -> Result<Outcome, Error> {
    let (project, history) = context.history()?;
    let location = match context.location(&project) {
        Err(Error::NoDatabase) => None,
        location => Some(location?),
    };
    let heading = Heading { id: new_id(args.id)?, message: args.message, created: Utc::now().trunc_subsecs(0) };
    let request = SquashRequest { from: args.from, to: args.to, mode: args.mode.map(Mode::from), heading };
    let activity = Activity::new(context);
    let configured = context.configured(&project);
    let squashing = Squashing {
        project: &project,
        history: &history,
        options: &DeployOptions::from(&project.config),
        scratch: &args.scratch.options(&project.config, location.as_ref(), configured.as_ref()),
        environment: &environment(),
        planned: &|steps| activity.begin("squashing: building in scratch databases", Some(steps)),
        observer: activity.observer(),
    };
    let squash = squashing.squash(&request)?;
    activity.end();
    if args.dry_run {
        return dry(&squash, args.output, context);
    }
    let path = squash.put_in_place(&project)?;
    let archive = project.archive().folder_of(&squash.baseline.manifest.baseline);
    if context.is_json() {
        let mut view = view(&squash);
        view["path"] = json!(path);
        view["archive"] = json!(archive);
        print_json(&view);
    } else {
        show(&squash);
        line(format_args!("wrote {}", path.display()));
        line(format_args!("moved {} to {}", count(squash.region.revisions.len(), "file"), archive.display()));
        next(&project);
    }
    Ok(Outcome::Done)
}

fn next(project: &Project) {
    let folders = format!("{} and {}", project.config.revisions.display(), project.config.archive.display());
    line(styled(DIM, format_args!("commit {folders} together; `revgraph archive restore` undoes it")));
}

fn dry(squash: &Squash, output: Option<PathBuf>, context: &Context) -> Result<Outcome, Error> {
    let text = &squash.baseline.text;
    if let Some(path) = &output {
        let refused =
            |error: std::io::Error| Error::File { path: path.display().to_string(), reason: error.to_string() };
        std::fs::write(path, text).map_err(refused)?;
    }
    if context.is_json() {
        let mut view = view(squash);
        view["text"] = json!(text);
        print_json(&view);
    } else {
        if output.is_none() {
            verbatim(text);
        }
        show(squash);
        if let Some(path) = &output {
            line(format_args!("wrote {}", path.display()));
        }
        line("dry run: no file of the project was touched");
    }
    Ok(Outcome::Done)
}

/// The squash for tools.
fn view(squash: &Squash) -> serde_json::Value {
    let manifest = &squash.baseline.manifest;
    json!({
        "baseline": manifest.baseline,
        "mode": manifest.mode.to_string(),
        "reason": squash.why_concat,
        "replaces": squash.region.revisions,
        "lineage": manifest.lineage,
        "proof": manifest.proof,
        "rows": squash.rows.0,
        "sequences": squash.rows.1,
        "same_expressions": squash.same_expressions,
        "scratch": squash.place,
    })
}

/// How wide the words before the facts of a proof are set.
const WIDTH: usize = "not compared".len();

fn show(squash: &Squash) {
    let manifest = &squash.baseline.manifest;
    let proof = &manifest.proof;
    let members = count(squash.region.revisions.len(), "revision");
    line(format_args!("{}: {members} are one baseline, {}", styled(GOOD, "proved"), styled(ID, &manifest.baseline)));
    let made = match (manifest.mode, &squash.why_concat) {
        (Mode::Snapshot, _) => "a snapshot of what they build".to_owned(),
        (Mode::Concat, None) => "their own SQL, put together".to_owned(),
        (Mode::Concat, Some(reason)) => format!("their own SQL, put together: {reason}"),
    };
    fact("made of", &made);
    fact("objects", &objects(proof));
    if squash.same_expressions > 0 {
        fact("", &format!("{} with other texts mean the same", count(squash.same_expressions, "expression")));
    }
    let (rows, sequences) = squash.rows;
    let rows = count(usize::try_from(rows).unwrap_or(usize::MAX), "row");
    fact("contents", &format!("{rows}, the positions of {}", count(sequences, "sequence")));
    fact("way down", &proof.down);
    several("volatile", &proof.volatile);
    several("not compared", &proof.not_compared);
    if !proof.left_out.is_empty() {
        several("left out", &proof.left_out);
    }
    fact("built in", &format!("{} ({:.1} s)", squash.place, proof.seconds));
}

fn objects(proof: &Proof) -> String {
    let counts = proof.objects.iter().map(|(kind, number)| format!("{number} {}", kind.replace('_', " ")));
    let all: u64 = proof.objects.values().sum();
    let kinds: Vec<String> = counts.collect();
    format!("{} the same: {}", count(usize::try_from(all).unwrap_or(usize::MAX), "object"), kinds.join(", "))
}

/// So many facts of a kind are shown; the manifest has them all.
const SHOWN: usize = 8;

fn several(name: &str, facts: &[String]) {
    let Some((first, more)) = facts.split_first() else { return fact(name, "nothing") };
    fact(name, &styled(WARN, first));
    more.iter().take(SHOWN - 1).for_each(|one| fact("", &styled(WARN, one)));
    if facts.len() > SHOWN {
        fact("", &format!("and {} more, all in the manifest", facts.len() - SHOWN));
    }
}

fn fact(name: &str, text: &str) {
    line(format_args!("  {} {text}", styled(DIM, format_args!("{name:<WIDTH$}"))));
}
