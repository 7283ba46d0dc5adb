//! The text of a baseline's file.

use super::members::Members;
use crate::database::message::RESETS;
use crate::project::archive::Mode;
use crate::revision::sql::{Lexeme, StatementKind, tokens};
use crate::revision::{Draft, Replaced, Revision, Section, Undo};

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
    /// The sections that a dump came to.
    pub fn of_dump(up: &str, down: &str, verify: Vec<String>) -> Body {
        let down = Way::Sections(format!("-- [down]\n{down}"));
        Body { mode: Mode::Snapshot, up: format!("-- [up]\n{up}"), verify, down }
    }

    /// The members' own sections: up in plan order, down the other way round.
    pub fn of_members(members: &[&Revision], verify: Vec<String>) -> Body {
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
        Body { mode: Mode::Concat, up, verify, down }
    }
}

/// A revision's sections as they are, the first one under its name. Where all members are one transaction, which is
/// then the baseline's, each leaves the session as it would be without it.
fn sections<'r>(revision: &Revision, sections: impl Iterator<Item = &'r Section>, atomic: bool) -> String {
    let mut text = String::new();
    for section in sections {
        let body = revision.source.slice(section.body.clone());
        let ends = body.trim_end().ends_with(';') || section.statements.is_empty();
        text += &format!("{}\n", revision.source.slice(section.heading.clone()));
        text += &format!("-- {}: {}\n", revision.id, revision.message).replace(": \n", "\n");
        text += body.trim_matches('\n');
        // The last statement may end without a semicolon, and the text in a comment.
        text += if ends { "\n" } else { "\n;\n" };
        if atomic && changes_session(revision, section) {
            text += RESETS;
        }
        text.push('\n');
    }
    text
}

/// Whether something of a section may last longer than its statements. The words count wherever they stand.
fn changes_session(revision: &Revision, section: &Section) -> bool {
    const WORDS: [&str; 6] = ["SET_CONFIG", "TEMP", "TEMPORARY", "PG_TEMP", "LISTEN", "DECLARE"];
    let body = revision.source.slice(section.body.clone());
    let word = |text: &str| WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    let begins_with_set = |sql: &str| sql.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SET "));
    section.statements.iter().any(|statement| {
        statement.kind == StatementKind::Setting || begins_with_set(revision.source.slice(statement.span.clone()))
    }) || tokens(body, 0).any(|token| match token.lexeme {
        Lexeme::Word => word(&body[token.span]),
        Lexeme::Text => body[token.span].split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(word),
        _ => false,
    })
}

/// The whole file.
pub fn draft(heading: &Heading, members: &Members<'_>, body: &Body) -> Draft {
    let mut text = format!("{}\n", body.up.trim_end());
    if !body.verify.is_empty() {
        text += "\n-- [verify]\n";
        for query in &body.verify {
            text += &format!("{query};\n");
        }
    }
    let irreversible = match &body.down {
        Way::Sections(down) => {
            text += &format!("\n{}\n", down.trim_end());
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
        body: text,
    }
}
