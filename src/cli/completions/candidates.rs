//! What may stand for an argument's value. All of it comes from files: to ask a database could take a while, and want a
//! password.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter};

use crate::cli::Cli;
use crate::cli::topics::TOPICS;
use crate::database::acts_on_terminal;
use crate::operation::lint::rule::RULES;
use crate::project::Project;
use crate::project::archive::Manifest;
use crate::revision::Revision;
use crate::schema::Aspect;

/// The targets that are words, and what they mean.
const WORDS: [(&str, &str); 6] = [
    ("heads", "every head"),
    ("head", "the only head"),
    ("base", "below every revision"),
    ("current", "what the database is at"),
    ("+1", "one revision up"),
    ("-1", "one revision down"),
];

/// What may stand behind the `@` of a branch, and what it means.
const POINTS: [(&str, &str); 5] = [
    ("head", "the only head of this branch"),
    ("heads", "every head of this branch"),
    ("base", "below this branch"),
    ("+1", "one revision up on this branch"),
    ("-1", "one revision down on this branch"),
];

/// Targets.
pub fn targets() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| beginning_with(current, targets_for))
}

/// Targets, and ranges of them: `a:b`.
pub fn ranges() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| beginning_with(current, |text| after_last(text, ':', targets_for)))
}

/// Targets with commas between them.
pub fn target_lists() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| beginning_with(current, |text| after_last(text, ',', targets_for)))
}

/// Targets, ranges, and files of revisions.
pub fn targets_and_files() -> ArgValueCompleter {
    let files = PathCompleter::file().filter(|path| path.extension().is_some_and(|extension| extension == "sql"));
    ArgValueCompleter::new(move |current: &OsStr| {
        let targets = beginning_with(current, |text| after_last(text, ':', targets_for));
        targets.into_iter().chain(files_for(&files, current)).collect()
    })
}

/// What `diff` compares: databases, targets and files.
pub fn sides() -> ArgValueCompleter {
    let files = PathCompleter::file().filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    ArgValueCompleter::new(move |current: &OsStr| {
        let own = |text: &str| databases_for(text).into_iter().chain(after_last(text, ':', targets_for)).collect();
        beginning_with(current, own).into_iter().chain(files_for(&files, current)).collect()
    })
}

/// Ids of revisions, and labels.
pub fn revisions_and_labels() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        beginning_with(current, |_| {
            let revisions = revisions();
            let labels = labels(&revisions).map(|(label, help)| candidate(label, help));
            labels.chain(revisions.iter().map(of_revision)).chain(members()).collect()
        })
    })
}

/// Ids of revisions; of those that a baseline replaced, where no other is meant.
pub fn revisions_only() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        beginning_with(current, |_| revisions().iter().map(of_revision).chain(members()).collect())
    })
}

/// Baselines that have an archive.
pub fn baselines() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| beginning_with(current, |_| baselines_of_archive()))
}

/// Baselines that have an archive, and the word for all of them.
pub fn expandable() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let all = candidate("all", "every baseline");
        beginning_with(current, |_| [all].into_iter().chain(baselines_of_archive()).collect())
    })
}

/// Baselines that have an archive, and what is in it.
pub fn archived() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        beginning_with(current, |_| baselines_of_archive().into_iter().chain(members()).collect())
    })
}

/// Databases: the names of revgraph.toml, and the one that needs none.
pub fn databases() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| beginning_with(current, databases_for))
}

/// What `--without` leaves unasked.
pub fn asked_databases() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let url = candidate("url", "the database under `url`");
        beginning_with(current, |_| configured_databases().into_iter().chain([url]).collect())
    })
}

/// Objects that `[retire]` sections of the files name.
pub fn retired() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        beginning_with(current, |_| revisions().iter().flat_map(retired_by).collect())
    })
}

/// Rules of `lint`.
pub fn rules() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        beginning_with(current, |_| RULES.iter().map(|rule| candidate(rule.name, rule.finds)).collect())
    })
}

/// What a comparison can pass over.
pub fn aspects() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        beginning_with(current, |_| Aspect::ALL.iter().map(|aspect| candidate(aspect.to_string(), "")).collect())
    })
}

/// Commands and topics.
pub fn subjects_of_help() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        beginning_with(current, |_| {
            let program = Cli::command();
            let about = |command: &Command| command.get_about().map(ToString::to_string).unwrap_or_default();
            let commands = program.get_subcommands().map(|command| candidate(command.get_name(), about(command)));
            commands.chain(TOPICS.iter().map(|topic| candidate(topic.name, topic.about))).collect()
        })
    })
}

/// Of what there is for a text, what begins with it.
fn beginning_with(
    current: &OsStr,
    there_is: impl FnOnce(&str) -> Vec<CompletionCandidate>,
) -> Vec<CompletionCandidate> {
    // An option is on its way: no file need be read for what can't be meant.
    let Some(text) = current.to_str().filter(|text| !text.starts_with("--")) else { return Vec::new() };
    let mut candidates = there_is(text);
    candidates.retain(|candidate| candidate.get_value().to_string_lossy().starts_with(text));
    candidates
}

/// Candidates for what stands behind the last of these signs, with what stands before it.
fn after_last(
    text: &str,
    sign: char,
    there_is: impl FnOnce(&str) -> Vec<CompletionCandidate>,
) -> Vec<CompletionCandidate> {
    let Some(at) = text.rfind(sign) else { return there_is(text) };
    let (before, rest) = text.split_at(at + sign.len_utf8());
    there_is(rest).into_iter().map(|candidate| candidate.add_prefix(before)).collect()
}

/// The targets that a text may become.
fn targets_for(text: &str) -> Vec<CompletionCandidate> {
    if let Some((branch, _)) = text.split_once('@') {
        return POINTS.iter().map(|(point, help)| candidate(format!("{branch}@{point}"), *help)).collect();
    }
    let words = WORDS.iter().map(|(word, help)| candidate(*word, *help));
    let revisions = revisions();
    let branches = labels(&revisions).flat_map(|(label, help)| {
        let head = candidate(format!("{label}@head"), format!("the only head of {label}"));
        [candidate(label, help), head]
    });
    words.chain(branches).chain(revisions.iter().map(of_revision)).chain(members()).collect()
}

fn databases_for(_: &str) -> Vec<CompletionCandidate> {
    let embedded = candidate("embedded", "the PostgreSQL inside revgraph");
    configured_databases().into_iter().chain([embedded]).collect()
}

/// The names alone: what stands behind them may hold a password.
fn configured_databases() -> Vec<CompletionCandidate> {
    let databases = project().map(|project| project.config.databases).unwrap_or_default();
    databases.keys().map(|name| candidate(name.as_str(), "")).collect()
}

fn files_for(files: &PathCompleter, current: &OsStr) -> Vec<CompletionCandidate> {
    // Nobody who has typed nothing thinks of a file first.
    if current.is_empty() { Vec::new() } else { files.complete(current) }
}

fn revisions() -> Vec<Revision> {
    project().map(|project| project.legible_revisions()).unwrap_or_default()
}

fn of_revision(revision: &Revision) -> CompletionCandidate {
    candidate(revision.id.as_str(), revision.message.as_str())
}

/// The labels of revisions, each with what its carrier is for. Helps differ: zsh draws together what has the same.
fn labels(revisions: &[Revision]) -> impl Iterator<Item = (&str, String)> {
    let help = |revision: &Revision| format!("branch of {}: {}", revision.id, revision.message);
    revisions.iter().flat_map(move |revision| revision.labels.iter().map(move |label| (label.as_str(), help(revision))))
}

fn baselines_of_archive() -> Vec<CompletionCandidate> {
    let manifests = project().map(|project| project.legible_manifests()).unwrap_or_default();
    manifests.iter().map(|manifest| candidate(manifest.baseline.as_str(), manifest.message.as_str())).collect()
}

/// What baselines replaced. There may be thousands, and few are ever meant: they are shown where nothing else fits.
fn members() -> Vec<CompletionCandidate> {
    let manifests = project().map(|project| project.legible_manifests()).unwrap_or_default();
    let of_manifest = |manifest: &Manifest| {
        let help = format!("replaced by {}", manifest.baseline);
        let members = manifest.revisions.iter();
        members.map(|member| candidate(member.id.as_str(), help.as_str()).hide(true)).collect::<Vec<_>>()
    };
    manifests.iter().flat_map(of_manifest).collect()
}

fn retired_by(revision: &Revision) -> Vec<CompletionCandidate> {
    let retirees = revision.retires().flat_map(|section| revision.retirees(section));
    retirees
        .map(|retiree| {
            let whole = retiree.to_string();
            // Without its kind a name needs no quotes in a shell.
            let name = whole.split_once(' ').map_or(whole.as_str(), |(_, name)| name);
            candidate(name, format!("{whole}, by {}", revision.id))
        })
        .collect()
}

/// A candidate whose help is one line that a terminal shows as it is.
fn candidate(value: impl Into<OsString>, help: impl AsRef<str>) -> CompletionCandidate {
    let visible = |c: char| if acts_on_terminal(c) { '\u{fffd}' } else { c };
    let help: String = help.as_ref().chars().map(visible).collect();
    CompletionCandidate::new(value).help((!help.is_empty()).then(|| help.into()))
}

/// The project that the words on the line are about.
fn project() -> Option<Project> {
    let words: Vec<OsString> = env::args_os().skip_while(|word| word != "--").skip(1).collect();
    Project::glance(&folder(&words).unwrap_or_default())
}

/// The folder that `--project` names among words, if it is there.
fn folder(words: &[OsString]) -> Option<PathBuf> {
    let is_option = |word: &OsString| word == "-C" || word == "--project";
    let apart = words.windows(2).find(|pair| is_option(&pair[0])).map(|pair| pair[1].as_os_str());
    let together = || {
        let rest = |word: &OsString| -> Option<String> {
            let word = word.to_str()?;
            word.strip_prefix("--project=").or_else(|| word.strip_prefix("-C")).map(str::to_owned)
        };
        words.iter().find_map(rest).map(OsString::from)
    };
    let folder = apart.map(OsStr::to_owned).or_else(together)?;
    Some(at_home(Path::new(&folder)))
}

/// A path with the home folder for a `~`, which the shell has not replaced yet.
fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_option_is_found_in_all_its_forms() {
        for (line, found) in [
            ("revgraph -C shop upgrade", Some("shop")),
            ("revgraph --project shop upgrade", Some("shop")),
            ("revgraph upgrade --project=shop", Some("shop")),
            ("revgraph -Cshop upgrade", Some("shop")),
            ("revgraph upgrade heads", None),
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(folder(&words).as_deref(), found.map(Path::new), "{line}");
        }
    }

    #[test]
    fn every_word_is_a_target() {
        for (word, _) in WORDS {
            assert!(word.parse::<crate::graph::Target>().is_ok(), "{word}");
        }
        for (point, _) in POINTS {
            assert!(format!("branch@{point}").parse::<crate::graph::Target>().is_ok(), "{point}");
        }
    }
}
