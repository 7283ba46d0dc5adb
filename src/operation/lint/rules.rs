//! revgraph's own rules: each looks at a revision, at one of its statements, or at its sections together.

use crate::revision::Section;
use crate::revision::sql::Statement;

mod batches;
mod enums;
mod locks;
mod losses;
mod names;
mod seeds;
mod shape;

use super::Findings;
use super::news::News;

pub(super) use enums::of_sections;
pub(super) use names::sets_search_path;
pub(super) use seeds::volatile_columns;
pub(super) use shape::of_revision;

/// A statement and what is to be known of what comes before it.
pub(super) struct Scene<'s> {
    /// The text of the whole file.
    pub text: &'s str,
    /// The statement's section.
    pub section: &'s Section,
    /// The statement.
    pub statement: &'s Statement,
    /// What the revision has made before it.
    pub news: &'s News,
    /// Whether search_path was changed before it.
    pub search_path_set: bool,
}

impl<'s> Scene<'s> {
    /// The statement's text.
    fn sql(&self) -> &'s str {
        self.text.get(self.statement.span.clone()).unwrap_or_default()
    }
}

/// What the rules find in one statement.
pub(super) fn of_statement(scene: &Scene<'_>, found: &mut Findings<'_>) {
    losses::look_at(scene, found);
    seeds::look_at(scene, found);
    names::look_at(scene, found);
    locks::look_at(scene, found);
    batches::look_at(scene, found);
}
