//! What to do next.

use super::{Error, FromLedger, going_on};
use crate::graph::GraphError;
use crate::project::{BaselineError, KeptError, LoadError, ProjectError};

impl Error {
    /// What to do next, if there is something to say: in the words of the command line. [`Error::report`] has those of a
    /// program.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Error::Project(ProjectError::NotFound(_)) => {
                "`revgraph init` makes a project here; --project DIR names another folder".to_owned()
            }
            Error::Project(ProjectError::NoFolder(_)) => "give --project a folder of the project".to_owned(),
            Error::Project(ProjectError::Config(problem))
            | Error::Load(LoadError::Folder(problem) | LoadError::Interrupted(problem))
            | Error::Archive(problem) => {
                return problem.help_text().map(str::to_owned);
            }
            Error::Load(LoadError::Problems(_)) => "mend the files; nothing was done".to_owned(),
            Error::Load(LoadError::Graph(errors)) => return errors.first().and_then(GraphError::help),
            Error::Graph(error) => return error.help(),
            Error::Database(error) => return error.help(),
            Error::NoDatabase => {
                "give --database, set DATABASE_URL or PGHOST and its kind, or write `url = \"…\"` into \
                                  revgraph.toml (\"embedded\" runs PostgreSQL inside revgraph)"
                    .to_owned()
            }
            Error::UnknownDatabase(_) => {
                "give a postgres:// URL, key=value pairs, `embedded`, or a name of [databases] in revgraph.toml"
                    .to_owned()
            }
            Error::Changed(_) => "put the file back as it was, and make the change in a new revision: what has run is \
                                  not undone by editing it. If the edit is agreed and changes nothing that is in effect: \
                                  `revgraph repair --accept ID`"
                .to_owned(),
            Error::Missing(_) => {
                "this checkout is older than the database, on another branch, or the database is another project's. \
                 `revgraph recover` writes their files from the ledger, `revgraph downgrade TARGET --from-ledger` undoes \
                 them by it"
                    .to_owned()
            }
            Error::Gaps(_) => "`revgraph stamp` writes where the database really is".to_owned(),
            Error::Baseline(BaselineError::Gone { missing, is_embedded: true, .. }) if missing.is_empty() => {
                "nothing was done; have the program hold the archive too: embed!(\"revisions\", archive: \"archive\")".to_owned()
            }
            Error::Baseline(BaselineError::Gone { baseline, .. }) => {
                format!("nothing was done; take archive/{baseline}/ from version control: it is part of the project")
            }
            Error::Baseline(BaselineError::Edited { baseline, .. }) => {
                format!("put {baseline} back as `squash` wrote it, and make the change in a new revision above it")
            }
            Error::OtherHistory { baseline, differ } => {
                let accepts: Vec<String> = match differ.as_slice() {
                    [] => vec![format!("--accept {baseline}")],
                    differ => differ.iter().map(|change| format!("--accept {}", change.revision)).collect(),
                };
                format!("see whether the difference matters; `revgraph repair {}` takes it as it is", accepts.join(" "))
            }
            Error::NoWayDown { .. } => "name a target above it, or write its [down] section".to_owned(),
            Error::Step(failure) => return failure.help(),
            Error::Squash(failure) => return failure.help(),
            Error::Interrupted { command, .. } => format!(
                "look in the database whether it took effect: `{command} --resume-after` goes on behind it, \
                 `{command} --resume-at` runs it again"
            ),
            Error::Unfinished { direction, .. } => {
                format!("end it first: `{}` goes on where it stopped", going_on(*direction))
            }
            Error::LedgerKeepsMoving => "find out who else deploys to this database, and run it again".to_owned(),
            Error::NotConfirmed { phrase, .. } => format!("if that is what you want: --confirm {phrase:?}"),
            Error::Backup(error) => error.help(),
            Error::WouldLose { .. } => {
                "nothing was touched; if that is what you want: --yes, with --backup to save it first".to_owned()
            }
            Error::RetiredLost(lost) => {
                let revision = lost.first().map_or("it", |(revision, _)| revision.as_str());
                format!("nothing was done; stay at or above {revision}, or bring its rows back from a backup first")
            }
            Error::Archiving(error) => error.help(),
            Error::Region(error) => return error.help(),
            Error::LoadInRegion { revision, source_name } => format!(
                "squash what is below it or above it: `--to` or `--from` a neighbour of `{revision}`; or let a file of SQL \
                 stand for {source_name:?}, in revgraph.toml under [scratch]: sources = {{ {source_name} = \"….sql\" }}"
            ),
            Error::File { .. } => "check that the path exists and that you may write there".to_owned(),
            Error::BatchLimit { .. } => {
                "what it did stays; the next `revgraph upgrade` goes on with as many runs again".to_owned()
            }
            Error::Kept(KeptError::NoText(_)) => {
                "nothing was done; take the archive, or that file, from version control".to_owned()
            }
            Error::Kept(KeptError::Foreign { .. }) => "nothing was done; somebody has written into the ledger: `revgraph \
                                                       repair` shows what, `revgraph check` who may. Take the file \
                                                       from version control"
                .to_owned(),
            Error::OnlyInLedger { wanted: FromLedger::WayDown, .. } => {
                "its checksums match; `revgraph recover -o DIR` writes it there for reading, --from-ledger runs it".to_owned()
            }
            Error::OnlyInLedger { wanted: FromLedger::AsTheyRan, .. } => {
                "`revgraph check` shows which file is missing or edited; the ledger's checksums match, and --from-ledger \
                 runs what it keeps"
                    .to_owned()
            }
            Error::NotKept { .. } => "nothing was touched; `--from-ledger=DIR` names another folder for it".to_owned(),
            Error::NotAgreed(_) => "if that is what you want: --yes".to_owned(),
            Error::NeedsSession { .. } => {
                "connect to the server itself, not to the proxy: its settings, such as lock_timeout, would get lost \
                 there, or hold for others"
                    .to_owned()
            }
            Error::NeedsOwnConnection { .. } => {
                "have revgraph connect by itself, with `Project::connect`, or run `revgraph upgrade`".to_owned()
            }
            Error::Stopped(stopped) => return stopped.cause.help(),
            Error::NotRecorded { direction, .. } => format!(
                "it took effect: where `{0}` can't see that in the catalog, `{0} --resume-after` goes on behind it",
                going_on(*direction)
            ),
            Error::Hook { .. } => {
                "the database is at its target and stays there; run what is left of the hooks by hand".to_owned()
            }
            Error::Source { error, .. } => return error.help(),
            Error::LoadInScript { revision } => {
                format!("let `revgraph upgrade` run it; scripts can be of what is below and above `{revision}`")
            }
            Error::Invalid { help, .. } => help.clone(),
        };
        Some(text)
    }
}
