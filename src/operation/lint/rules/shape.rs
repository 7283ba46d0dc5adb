//! What a revision has for the way down.

use std::ops::Range;

use crate::operation::lint::Findings;
use crate::operation::lint::rule::{EMPTY_DOWN, MISSING_DOWN, THIN_REASON};
use crate::revision::{Revision, Section, SectionKind, Undo};

/// Words that stand where a reason should.
const NO_REASONS: [&str; 14] =
    ["yes", "true", "no", "none", "n/a", "na", "-", "x", "?", "todo", "tbd", "irreversible", "can't", "cannot"];

pub(in super::super) fn of_revision(revision: &Revision, found: &mut Findings<'_>) {
    let up = revision.up().next().map_or(0..0, |section| section.heading.clone());
    match revision.undo() {
        Undo::Missing => {
            found.add(&MISSING_DOWN, up, format!("{} has no way down, and no reason for that", revision.id))
        }
        Undo::Irreversible(reason) => {
            let words = reason.trim_end_matches(['.', '!']).to_lowercase();
            if NO_REASONS.contains(&words.as_str()) {
                found.add(&THIN_REASON, place_of(revision, reason), format!("{reason:?} is no reason"));
            }
        }
        Undo::Sections => {
            // What is retired comes back without a [down].
            let is_to_be_undone =
                |section: &Section| section.kind != SectionKind::Retire && !section.statements.is_empty();
            let does_something = revision.up().any(is_to_be_undone);
            let undoes_nothing = revision.down().all(|section| section.statements.is_empty());
            if does_something && undoes_nothing {
                let down = revision.down().next().map_or(up, |section| section.heading.clone());
                found.add(&EMPTY_DOWN, down, "[down] has no statement, and [up] has some");
            }
        }
    }
}

/// Where the header gives the reason.
fn place_of(revision: &Revision, reason: &str) -> Range<usize> {
    let header = revision.source.text().split_inclusive('\n');
    let mut end = 0;
    for line in header {
        end += line.len();
        let value = line.trim_start_matches('-').trim_start().strip_prefix("irreversible:");
        if value.is_some_and(|value| value.trim() == reason) {
            let start = end - line.len() + line.trim_end().len() - reason.len();
            return start..start + reason.len();
        }
    }
    0..0
}
