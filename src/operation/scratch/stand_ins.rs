//! What stands in scratch databases for those that `[load]` sections read: others, made by files of the project.

use std::collections::BTreeSet;
use std::path::Path;

use super::beyond::{Beyond, text_reaches_beyond};
use crate::database::scratch::Scratch;
use crate::database::sources::Sources;
use crate::database::{DatabaseError, ServerError};
use crate::error::Error;
use crate::operation::deploy::place;
use crate::operation::sources::loads;
use crate::project::Scratch as Settings;
use crate::revision::sql::statements;
use crate::revision::{Problem, Revision, Source};

/// What is wrong with such a file, for tools.
const KIND: &str = "bad_scratch_source";

/// Makes a database for each source that the revisions load from and that the settings have a file for. Where they have
/// none, the load itself is refused.
///
/// # Errors
/// A file can't be read, or its SQL doesn't run.
pub fn stand_ins<'r>(
    settings: &Settings,
    revisions: impl IntoIterator<Item = &'r Revision>,
    make: &mut dyn FnMut() -> Result<Scratch, Error>,
) -> Result<Sources, Error> {
    let made = files(settings, revisions).into_iter().map(|(name, path)| {
        let source = Source::read(path).map_err(|problem| problem.kind_of(KIND))?;
        let mut scratch = make()?;
        fill(&mut scratch, &source)?;
        Ok((name.to_owned(), scratch))
    });
    Ok(Sources::stand_ins(made.collect::<Result<Vec<_>, Error>>()?))
}

/// What of the files that these revisions need changes more than its own database.
pub(super) fn reach_beyond(settings: &Settings, revisions: &[&Revision]) -> Option<(String, Beyond)> {
    files(settings, revisions.iter().copied()).into_iter().find_map(|(_, path)| {
        // One that can't be read is told when it is to run.
        let source = Source::read(path).ok()?;
        Some((path.display().to_string(), *text_reaches_beyond(source.text()).first()?))
    })
}

/// The sources that revisions load from, each with its file.
fn files<'s, 'r>(
    settings: &'s Settings,
    revisions: impl IntoIterator<Item = &'r Revision>,
) -> BTreeSet<(&'s str, &'s Path)> {
    let wanted = revisions.into_iter().flat_map(loads);
    wanted
        .filter_map(|(_, load)| settings.sources.get_key_value(load.source()))
        .map(|(name, path)| (name.as_str(), path.as_path()))
        .collect()
}

/// Runs a file's SQL: all of it is one transaction.
fn fill(scratch: &mut Scratch, source: &Source) -> Result<(), Error> {
    let Err(failed) = scratch.client().run(source.text()) else { return Ok(()) };
    match DatabaseError::of(failed.error, "a source of a scratch is made") {
        DatabaseError::Server { error, .. } => Err(problem(source, failed.done, &error).into()),
        other => Err(other.into()),
    }
}

/// The server's error at its place in the file: a character's, or that of the statement.
fn problem(source: &Source, done: Option<usize>, error: &ServerError) -> Problem {
    let text = source.text();
    let at = match error.position {
        Some(position) => text.char_indices().nth(position - 1).map(|(at, _)| at),
        None => done.and_then(|done| Some(statements(text).get(done)?.span.start)),
    };
    let help = "it is sent to the server as it is: SQL alone, no COPY FROM stdin and none of psql's commands";
    place(source, at, &error.message).kind_of(KIND).help(error.help().unwrap_or(help.to_owned()))
}
