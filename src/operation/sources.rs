//! What `[load]` sections read: whether it is there before anything runs.

use std::collections::HashSet;

use crate::database::run::{Load, Resume};
use crate::database::sources::Sources;
use crate::database::task::{Run, Task};
use crate::error::Error;
use crate::graph::Direction;
use crate::revision::{Revision, SectionKind};

/// The `[load]` sections of a revision, each with its number among those that run up.
pub fn loads(revision: &Revision) -> impl Iterator<Item = (usize, Load<'_>)> {
    revision.up().enumerate().filter_map(move |(index, section)| match &section.kind {
        SectionKind::Load(options) => Some((index, Load::new(revision, section, options))),
        _ => None,
    })
}

/// The `[load]` sections that a task still has before it, if it begins at `resume`.
pub fn loads_ahead<'r>(run: &'r Run<'_>, resume: Option<&Resume>) -> impl Iterator<Item = (usize, Load<'r>)> {
    let first = resume.map_or(0, |resume| resume.section);
    let runs_up = run.direction == Direction::Up;
    loads(run.revision).filter(move |(index, _)| runs_up && *index >= first)
}

/// Connects once to each source that the tasks are going to load from. `resume` is where the first of them begins.
///
/// # Errors
/// [`Error::Source`] for the first one that is not configured or can't be reached.
pub fn check_sources(sources: &Sources, run: &str, tasks: &[Task<'_>], resume: Option<&Resume>) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for (at, task) in tasks.iter().enumerate() {
        let Some(task) = task.run() else { continue };
        for (_, load) in loads_ahead(task, resume.filter(|_| at == 0)) {
            if seen.insert(load.source()) {
                let refused = |error| Error::Source { revision: task.entry.id.clone(), error };
                sources.open(load.source(), run).map_err(refused)?;
            }
        }
    }
    Ok(())
}
