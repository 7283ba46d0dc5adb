//! The revision file: reading it, checking it, hashing it, writing it. Pure: no I/O but reading text.

use std::path::Path;

use chrono::{DateTime, Utc};

mod checksum;
mod header;
mod id;
pub mod name;
mod parse;
mod problem;
mod reference;
mod retire;
mod section;
mod source;
pub mod sql;
pub mod statement;
mod write;

pub use checksum::{Checksum, NoChecksum};
#[cfg(test)]
pub(crate) use header::KEYS as HEADER_KEYS;
pub use header::label_mistake;
pub use id::{IllegalId, RevisionId, is_reserved, list};
pub use problem::Problem;
pub use reference::Reference;
pub use retire::{Retiree, RetireeKind};
pub use section::{BatchOptions, DURATION_HELP, LoadOptions, RunOptions, Section, SectionKind, parse_duration};
pub use source::{Position, Source};
pub use write::{Draft, Replaced, file_name};

/// One node of the history: what it does up, down, and how it is verified. Made by [`Revision::parse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its id.
    pub id: RevisionId,
    /// What it is for, in a line.
    pub message: String,
    /// The revisions that it follows; none makes it a base, two or more a merge.
    pub parents: Vec<Reference>,
    /// The revisions that must be in effect first, without being parents.
    pub depends_on: Vec<Reference>,
    /// Its branch labels.
    pub labels: Vec<String>,
    /// When it was made.
    pub created: Option<DateTime<Utc>>,
    /// The revisions that it stands for, if it is a baseline.
    pub replaces: Vec<RevisionId>,
    /// The lineage that a baseline's proof has earned.
    pub lineage: Option<Checksum>,
    /// Why there is no way down, where the file says so.
    pub irreversible: Option<String>,
    /// The phrase that must be given before it runs.
    pub confirm: Option<String>,
    /// Its sections, in order.
    pub sections: Vec<Section>,
    /// What covers the sections that run up.
    pub up_checksum: Checksum,
    /// What covers the `[down]` sections.
    pub down_checksum: Checksum,
    /// The whole file.
    pub source: Source,
}

/// What a revision has for the way down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undo<'a> {
    /// At least one `[down]` section, which may be empty, or nothing but `[retire]` on the way up.
    Sections,
    /// None, for the reason that the header gives.
    Irreversible(&'a str),
    /// None, and no reason.
    Missing,
}

impl Revision {
    /// Reads a revision from a file's text, or gives all the problems of the file.
    pub fn parse(source: Source) -> Result<Revision, Vec<Problem>> {
        parse::parse(source)
    }

    /// Reads a revision from a file.
    pub fn read(path: &Path) -> Result<Revision, Vec<Problem>> {
        Source::read(path).map_err(|problem| vec![problem]).and_then(Revision::parse)
    }

    /// The sections that run up, in order.
    pub fn up(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|section| section.kind.is_up_side())
    }

    /// The sections that run down, in order.
    pub fn down(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|section| matches!(section.kind, SectionKind::Down(_)))
    }

    /// All that runs on the way down, in order: the `[down]` sections and, in reverse, the `[retire]` sections, whose
    /// objects come back by themselves. What stands below one of these on the way up is undone before it: it comes after
    /// as many of the `[down]` sections, or after all of them where there are fewer.
    pub fn way_down(&self) -> Vec<&Section> {
        let mut way: Vec<&Section> = self.down().collect();
        let downs = way.len();
        let (mut below, mut retires) = (0, 0);
        for section in self.sections.iter().rev().filter(|section| section.kind.is_up_side()) {
            if section.kind == SectionKind::Retire {
                way.insert(downs.min(below) + retires, section);
                retires += 1;
            } else {
                below += 1;
            }
        }
        way
    }

    /// The `[retire]` sections, in order.
    pub fn retires(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|section| section.kind == SectionKind::Retire)
    }

    /// The objects that one of its `[retire]` sections names, in order.
    pub fn retirees(&self, section: &Section) -> Vec<Retiree> {
        retire::read(&self.source, section.body.clone()).0
    }

    /// The sections that verify, in order.
    pub fn verify(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|section| section.kind == SectionKind::Verify)
    }

    /// What there is for the way down.
    pub fn undo(&self) -> Undo<'_> {
        match &self.irreversible {
            Some(reason) => Undo::Irreversible(reason),
            None if self.down().next().is_some() => Undo::Sections,
            // What is renamed away is renamed back.
            None if self.up().all(|section| section.kind == SectionKind::Retire) => Undo::Sections,
            None => Undo::Missing,
        }
    }

    /// The checksum of the first statements of sections, so many of each.
    pub fn checksum_of_statements<'a>(&self, parts: impl Iterator<Item = (&'a Section, usize)>) -> Checksum {
        checksum::of_statements(&self.source, parts)
    }

    /// Whether the revision is the same for who runs it: only comments or white space of its sections differ.
    pub fn differs_only_in_comments(&self, other: &Revision) -> bool {
        let texts = |revision: &Revision| -> Vec<(String, String)> {
            let sections = revision.sections.iter().filter(|section| section.kind != SectionKind::Verify);
            sections
                .map(|section| (section.kind.canonical(), revision.source.slice(section.body.clone()).to_owned()))
                .collect()
        };
        let (ours, theirs) = (texts(self), texts(other));
        ours.len() == theirs.len()
            && ours.iter().zip(&theirs).all(|((heading, body), (other_heading, other_body))| {
                heading == other_heading && sql::same_but_for_comments(body, other_body)
            })
    }
}

#[cfg(test)]
mod tests;
