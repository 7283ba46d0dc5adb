//! What a revision in a picture looks like, whatever it is drawn with.

use std::borrow::Cow;

use crate::error::count;
use crate::operation::picture::{Item, Picture, Standing};

/// What kind of revision it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// One like most.
    Plain,
    /// With several parents.
    Merge,
    /// It stands for others.
    Baseline,
    /// A baseline stands for it.
    Archived,
}

/// How it stands to a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fill {
    /// None was asked.
    Unknown,
    /// In effect.
    Applied,
    /// A part of it is.
    Partly,
    /// Not in effect.
    Pending,
    /// In effect, and without a file.
    Missing,
    /// Begun and not ended.
    Unfinished,
}

/// What is said of a revision beside its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// A branch label.
    Label,
    /// It is a head.
    Head,
    /// It has several parents.
    Merge,
    /// It stands for others.
    Baseline,
    /// A baseline stands for it.
    Archived,
    /// Something is not as it should be.
    Bad,
    /// Something deserves a look.
    Warn,
}

/// One of these with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark<'p> {
    /// What it is about.
    pub kind: MarkKind,
    /// What it says.
    pub text: Cow<'p, str>,
}

impl Shape {
    /// The shape of a revision.
    pub fn of(item: &Item) -> Shape {
        match item {
            _ if item.is_baseline() => Shape::Baseline,
            _ if item.archived.is_some() => Shape::Archived,
            _ if item.merge => Shape::Merge,
            _ => Shape::Plain,
        }
    }

    /// As style sheets call it.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Plain => "plain",
            Shape::Merge => "merge",
            Shape::Baseline => "baseline",
            Shape::Archived => "archived",
        }
    }

    /// As people call it.
    pub fn words(self) -> &'static str {
        match self {
            Shape::Plain => "revision",
            Shape::Merge => "merge",
            Shape::Baseline => "baseline",
            Shape::Archived => "archived",
        }
    }
}

impl Fill {
    /// The fill of a revision.
    pub fn of(item: &Item) -> Fill {
        match item.state {
            _ if item.unfinished => Fill::Unfinished,
            None => Fill::Unknown,
            Some(_) if item.is_missing() => Fill::Missing,
            Some(Standing::Applied) => Fill::Applied,
            Some(Standing::Partly) => Fill::Partly,
            Some(Standing::Pending) => Fill::Pending,
        }
    }

    /// As style sheets call it.
    pub fn name(self) -> &'static str {
        match self {
            Fill::Unknown => "unknown",
            Fill::Applied => "applied",
            Fill::Partly => "partly",
            Fill::Pending => "pending",
            Fill::Missing => "missing",
            Fill::Unfinished => "unfinished",
        }
    }

    /// As people call it.
    pub fn words(self) -> &'static str {
        match self {
            Fill::Unknown => "",
            Fill::Applied => "in effect",
            Fill::Partly => "partly in effect",
            Fill::Pending => "pending",
            Fill::Missing => "no file here",
            Fill::Unfinished => "unfinished",
        }
    }
}

impl MarkKind {
    /// As style sheets call it.
    pub fn name(self) -> &'static str {
        match self {
            MarkKind::Label => "label",
            MarkKind::Head => "head",
            MarkKind::Merge => "merge",
            MarkKind::Baseline => "baseline",
            MarkKind::Archived => "archived",
            MarkKind::Bad => "bad",
            MarkKind::Warn => "warn",
        }
    }
}

/// So many labels are shown; a head may have those of everything below it.
const LABELS: usize = 3;

/// All that is said of a revision beside its message, in order.
pub fn marks(item: &Item) -> Vec<Mark<'_>> {
    let mark = |kind, text: &'static str| Mark { kind, text: Cow::Borrowed(text) };
    let mut marks: Vec<Mark<'_>> =
        item.labels.iter().map(|label| Mark { kind: MarkKind::Label, text: Cow::Borrowed(label.as_str()) }).collect();
    if marks.len() > LABELS + 1 {
        let more = format!("+{}", marks.len() - LABELS);
        marks.truncate(LABELS);
        marks.push(Mark { kind: MarkKind::Label, text: Cow::Owned(more) });
    }
    if item.head {
        marks.push(mark(MarkKind::Head, "head"));
    }
    if item.merge {
        marks.push(mark(MarkKind::Merge, "merge"));
    }
    if item.is_baseline() {
        let text = format!("baseline of {}", count(item.replaces, "revision"));
        marks.push(Mark { kind: MarkKind::Baseline, text: Cow::Owned(text) });
    }
    if item.archived.is_some() {
        marks.push(mark(MarkKind::Archived, "archived"));
    }
    if item.state == Some(Standing::Partly) {
        marks.push(mark(MarkKind::Warn, "partly in effect"));
    }
    if item.is_missing() {
        marks.push(mark(MarkKind::Bad, "no file here"));
    }
    if item.unfinished {
        marks.push(mark(MarkKind::Bad, "unfinished"));
    }
    if item.edited {
        marks.push(mark(MarkKind::Warn, "edited"));
    }
    marks
}

/// Whether a database was asked.
pub fn has_states(picture: &Picture) -> bool {
    picture.items.iter().any(|item| item.state.is_some())
}

/// A text of at most so many columns; of a longer one, what fits with a mark that more was there.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut left = columns.saturating_sub(1);
    let kept = text.char_indices().find(|(_, c)| match left.checked_sub(c.width().unwrap_or(0)) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    });
    let kept = kept.map_or(text, |(at, _)| &text[..at]);
    Cow::Owned(format!("{}…", kept.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn what_is_too_long_is_cut_by_columns() {
        for (text, columns, shown) in [
            ("four", 4, "four"),
            ("fives", 4, "fiv…"),
            ("two words", 5, "two…"),
            ("漢字漢字", 8, "漢字漢字"),
            ("漢字漢字", 6, "漢字…"),
            ("x", 0, "…"),
        ] {
            assert_eq!(cut(text, columns), shown, "{text} in {columns}");
        }
    }
}
