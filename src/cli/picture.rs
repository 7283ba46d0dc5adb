//! Drawing a picture of the history: with characters, as SVG, as a page, and for other programs.

use super::context::{Context, actor};
use crate::database::ledger::Ledger;
use crate::error::Error;
use crate::graph::{Range, Target};
use crate::operation::baseline::overlay_up;
use crate::operation::picture::{Expand, Picture, Side, expanded};
use crate::project::Project;

pub mod dot;
pub mod html;
mod ink;
pub mod look;
pub mod mermaid;
pub mod svg;
pub mod text;

/// A picture, and what it is of.
#[derive(Debug)]
pub struct Found {
    /// The picture.
    pub picture: Picture,
    /// What the project's folder is called.
    pub title: String,
    /// The database that was asked.
    pub database: Option<String>,
}

/// What a picture is asked to show.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Which revisions.
    pub range: Range,
    /// Whether with what a database has of them.
    pub indicate: bool,
    /// Which baselines are expanded.
    pub expand: Expand,
    /// Whether with what the others stand for.
    pub with_members: bool,
}

impl Asked {
    /// Reads the files, asks the database if that is needed, and draws.
    pub fn picture(&self, context: &Context) -> Result<Found, Error> {
        let ends: Vec<Target> = [&self.range.from, &self.range.to].into_iter().flatten().cloned().collect();
        let about_database = ends.iter().any(Target::is_about_the_database);
        let needs_database = self.indicate || about_database;
        let (project, history, connecting) = context.history_and_database(&actor()?, needs_database)?;
        let (mut side, mut database) = (None, None);
        if needs_database {
            database = connecting.location().map(ToString::to_string);
            let mut session = connecting.session_to_read(context)?;
            side = Some(Side::read(&history, &mut session, &Ledger::new(&project.config.ledger_schema))?);
        }
        // What is in effect is marked as far as it is shown: that expands nothing.
        let entered = side.as_ref().filter(|_| about_database).map(|side| side.rows().clone()).unwrap_or_default();
        let view = overlay_up(&history, &entered, &ends)?;
        let view = expanded(&view, &self.expand)?;
        let picture = Picture::of(&view, &self.range, side.as_ref(), self.with_members)?;
        Ok(Found { picture, title: title(&project), database })
    }
}

/// What the project's folder is called.
fn title(project: &Project) -> String {
    let root = std::path::absolute(std::path::Path::new(".").join(&project.root)).unwrap_or_default();
    root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
