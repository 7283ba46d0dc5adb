//! The text of a baseline's file.

use super::failure::SquashFailure;
use super::members::Members;
use crate::database::message::RESETS;
use crate::database::task::is_brief;
use crate::project::archive::Mode;
use crate::revision::{Draft, Replaced, Revision, Section, SectionKind, Undo};
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
        let retires = members.iter().any(|member| member.retires().next().is_some());
        let up = members.iter().map(|member| way_up(member, atomic, retires)).collect();
        let apart = |member: &Revision| atomic && resets_apart(member);
        let apart: Vec<bool> = members.iter().map(|member| apart(member)).collect();
        let no_way = members.iter().find_map(|member| match member.undo() {
            Undo::Sections => None,
            Undo::Irreversible(reason) => Some(format!("{}: {reason}", member.id)),
            Undo::Missing => Some(format!("{} has no way down", member.id)),
        });
        let atomic = members.iter().all(|member| member.down().all(|section| section.kind.is_transactional()));
        let down = no_way.map_or_else(
            || {
                let members = members.iter().zip(apart).rev();
                Way::Sections(members.map(|(member, apart)| way_down(member, atomic, retires, apart)).collect())
            },
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

/// A revision's way up as it stands in a baseline. Where all members are one transaction, which is then the baseline's, each
/// leaves the session as it would be without it: also by a function that it calls.
///
/// Where one of them `retires` objects, each way up has as many sections as its way down. Then what comes back does so in
/// the baseline where it does in the member: see [`Revision::way_down`].
fn way_up(revision: &Revision, atomic: bool, retires: bool) -> String {
    let (own, down) = (ups(revision), revision.down().count());
    let lacking = if retires { down.saturating_sub(own) } else { 0 };
    let mut text = empty(revision, "up").repeat(lacking) + &sections(revision, revision.up());
    if atomic && leaves_something(revision, revision.up()) {
        // Names are all that stands in [retire].
        text += &if resets_apart(revision) { empty(revision, "up") } else { String::new() };
        text += RESETS;
    }
    text
}

/// Its way down likewise; `apart` if its way up has a section more, which puts the session back.
fn way_down(revision: &Revision, atomic: bool, retires: bool, apart: bool) -> String {
    let (own, up) = (revision.down().count(), ups(revision));
    let lacking = if retires { up.saturating_sub(own) } else { 0 };
    let before = usize::from(apart);
    let mut text = empty(revision, "down").repeat(before) + &sections(revision, revision.down());
    if atomic && leaves_something(revision, revision.down()) {
        text += RESETS;
    }
    text + &empty(revision, "down").repeat(lacking)
}

/// How many sections of the way up are not `[retire]`.
fn ups(revision: &Revision) -> usize {
    revision.up().filter(|section| section.kind != SectionKind::Retire).count()
}

/// Whether what puts the session back after the way up has to stand in a section of its own.
fn resets_apart(revision: &Revision) -> bool {
    let ends_in_names = revision.up().last().is_some_and(|section| section.kind == SectionKind::Retire);
    ends_in_names && leaves_something(revision, revision.up())
}

/// A section that does nothing, under its revision's name.
fn empty(revision: &Revision, name: &str) -> String {
    format!("\n-- [{name}]\n{}", remark(revision))
}

fn remark(revision: &Revision) -> String {
    format!("-- {}: {}\n", revision.id, revision.message).replace(": \n", "\n")
}

/// Sections as they are, each under its revision's name.
fn sections<'r>(revision: &Revision, sections: impl Iterator<Item = &'r Section>) -> String {
    let mut text = String::new();
    for section in sections {
        let body = revision.source.slice(section.body.clone());
        let is_names = section.kind == SectionKind::Retire;
        let ends = is_names || body.trim_end().ends_with(';') || section.statements.is_empty();
        text += &format!("\n{}\n{}", revision.source.slice(section.heading.clone()), remark(revision));
        text += body.trim_matches('\n');
        // The last statement may end without a semicolon, and the text in a comment.
        text += if ends { "\n" } else { "\n;\n" };
    }
    text
}

/// Whether something may be left in the session by what runs.
fn leaves_something<'r>(revision: &Revision, sections: impl Iterator<Item = &'r Section>) -> bool {
    let mut statements =
        sections.filter(|section| section.kind != SectionKind::Retire).flat_map(|section| &section.statements);
    statements.any(|statement| !is_brief(revision.source.slice(statement.span.clone())))
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
