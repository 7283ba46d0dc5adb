//! The text of a baseline's file.

use super::failure::SquashFailure;
use super::members::Members;
use crate::database::message::RESETS;
use crate::database::task::is_brief;
use crate::project::archive::Mode;
use crate::revision::{Draft, Replaced, Revision, Section, Undo};
use crate::schema::dump::{Kept, Sections};

/// What the caller decides of a baseline.
#[derive(Debug, Clone)]
pub struct Heading {
    /// Its id.
    pub id: crate::revision::RevisionId,
    /// What it is for.
    pub message: String,
    /// When it is made.
    pub created: chrono::DateTime<chrono::Utc>,
}

/// A baseline's sections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// How they came about.
    pub mode: Mode,
    /// The sections that run up, with their heading lines.
    pub up: String,
    /// Queries that must hold in the end.
    pub verify: Vec<String>,
    /// The way down.
    pub down: Way,
    /// What the way down leaves, because it may have been there before.
    pub kept: Kept,
    /// The phrase that it wants typed.
    pub confirm: Option<String>,
    /// What of its members it has not.
    pub left_out: Vec<String>,
}

/// A baseline's way down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The `[down]` sections, with their heading lines.
    Sections(String),
    /// None, for this reason.
    Irreversible(String),
}

impl Body {
    /// The sections that a dump came to, with the shorter way down or the longer one.
    pub fn of_dump(sections: &Sections, full: bool, members: &[&Revision], verify: Vec<String>) -> Body {
        let mut left_out = Vec::new();
        let mut remarks = String::new();
        for member in members {
            if let Some(phrase) = &member.confirm {
                // An empty database has nothing to lose, and any other one has had the members.
                left_out.push(format!("confirm of {}: {phrase}", member.id));
            }
            if let Undo::Irreversible(reason) = member.undo() {
                left_out.push(format!("{} is irreversible, the baseline is not: {reason}", member.id));
                remarks += &format!("-- {} is irreversible: {reason}\n", member.id);
            }
        }
        let down = if full { &sections.down.full } else { &sections.down.brief };
        Body {
            mode: Mode::Snapshot,
            up: format!("-- [up]\n{}", sections.up),
            verify,
            down: Way::Sections(format!("-- [down]\n{remarks}{down}")),
            kept: sections.kept.clone(),
            confirm: None,
            left_out,
        }
    }

    /// The members' own sections: up in plan order, down the other way round.
    ///
    /// # Errors
    /// They want different phrases typed.
    pub fn of_members(members: &[&Revision], verify: Vec<String>) -> Result<Body, SquashFailure> {
        let atomic = members.iter().all(|member| member.up().all(|section| section.kind.is_transactional()));
        let up = members.iter().map(|member| sections(member, member.up(), atomic)).collect();
        let no_way = members.iter().find_map(|member| match member.undo() {
            Undo::Sections => None,
            Undo::Irreversible(reason) => Some(format!("{}: {reason}", member.id)),
            Undo::Missing => Some(format!("{} has no way down", member.id)),
        });
        let atomic = members.iter().all(|member| member.down().all(|section| section.kind.is_transactional()));
        let down = no_way.map_or_else(
            || Way::Sections(members.iter().rev().map(|member| sections(member, member.down(), atomic)).collect()),
            Way::Irreversible,
        );
        let (kept, left_out) = (Kept::default(), Vec::new());
        Ok(Body { mode: Mode::Concat, up, verify, down, kept, confirm: phrase(members)?, left_out })
    }
}

/// The phrase that all want typed who want one.
fn phrase(members: &[&Revision]) -> Result<Option<String>, SquashFailure> {
    let phrases = || members.iter().filter_map(|member| Some((&member.id, member.confirm.as_ref()?)));
    let first = phrases().next().map(|(_, phrase)| phrase);
    match phrases().all(|(_, phrase)| Some(phrase) == first) {
        true => Ok(first.cloned()),
        false => Err(SquashFailure::Phrases(phrases().map(|(id, phrase)| format!("`{phrase}` of {id}")).collect())),
    }
}

/// A revision's sections as they are, the first one under its name. Where all members are one transaction, which is
/// then the baseline's, each leaves the session as it would be without it: also by a function that it calls.
fn sections<'r>(revision: &Revision, sections: impl Iterator<Item = &'r Section>, atomic: bool) -> String {
    let mut text = String::new();
    let mut leaves_nothing = true;
    for section in sections {
        let body = revision.source.slice(section.body.clone());
        let ends = body.trim_end().ends_with(';') || section.statements.is_empty();
        text += &format!("\n{}\n", revision.source.slice(section.heading.clone()));
        text += &format!("-- {}: {}\n", revision.id, revision.message).replace(": \n", "\n");
        text += body.trim_matches('\n');
        // The last statement may end without a semicolon, and the text in a comment.
        text += if ends { "\n" } else { "\n;\n" };
        leaves_nothing &=
            section.statements.iter().all(|statement| is_brief(revision.source.slice(statement.span.clone())));
    }
    if atomic && !leaves_nothing {
        text += RESETS;
    }
    text
}

/// The whole file.
pub fn draft(heading: &Heading, members: &Members<'_>, body: &Body) -> Draft {
    let mut text = format!("{}\n", body.up.trim());
    if !body.verify.is_empty() {
        text += "\n-- [verify]\n";
        for query in &body.verify {
            text += &format!("{query};\n");
        }
    }
    let irreversible = match &body.down {
        Way::Sections(down) => {
            text += &format!("\n{}\n", down.trim());
            None
        }
        Way::Irreversible(reason) => Some(reason.clone()),
    };
    Draft {
        id: heading.id.clone(),
        message: heading.message.clone(),
        parents: members.region.parents.clone(),
        depends_on: members.region.depends_on.iter().map(ToString::to_string).collect(),
        labels: members.labels(),
        created: heading.created,
        replaces: Some(Replaced { ids: members.ids(), lineage: members.lineage }),
        irreversible,
        confirm: body.confirm.clone(),
        body: text,
    }
}
