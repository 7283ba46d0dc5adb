//! The text of a target: what a command is pointed at. Only syntax; [`super::Graph::resolve`] and the plans give it a meaning.

use std::fmt;
use std::str::FromStr;

use super::GraphError;

/// What a command is pointed at.
///
/// | text | meaning |
/// |---|---|
/// | `heads`, `head`, `base`, `current` | every head, the only head, nothing at all, what the database is at |
/// | `3f9a1c0b7d2e`, `3f9a`, `accounts` | a revision: by its id, a unique prefix, or a label that it carries |
/// | `accounts@head`, `accounts@heads`, `accounts@base`, `accounts@3f9a` | the same within a branch |
/// | `+2`, `-1`, `accounts@+2`, `accounts@-1` | counted from where the database is |
/// | `3f9a+1`, `head-1`, `base+2`, `accounts@base+2` | counted from a revision |
/// | `head~`, `3f9a~2`, `accounts@head~` | as git has it: `head-1`, `3f9a-2`, `accounts@head-1` |
///
/// A branch is everything above and below one revision, which stands before the `@`: by label, id or prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A point of the graph.
    Point {
        /// What stands before the `@`.
        branch: Option<Name>,
        /// The point.
        point: Point,
    },
    /// So many revisions above or below a point.
    Beside {
        /// What stands before the `@`.
        branch: Option<Name>,
        /// Where counting starts.
        point: Point,
        /// How far, and which way.
        offset: Offset,
    },
    /// So many revisions above or below where the database is; for showing revisions, below the heads.
    Relative {
        /// What stands before the `@`.
        branch: Option<Name>,
        /// How far, and which way.
        offset: Offset,
    },
}

/// A point of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Point {
    /// `head`: the only head.
    Head,
    /// `heads`: every head.
    Heads,
    /// `base`: below every revision.
    Base,
    /// `current`: the revisions that the database is at.
    Current,
    /// A revision.
    Name(Name),
}

/// An id, a prefix of one, or a label: letters, digits, `_`, `.` and `/`, and no word that is a [`Point`] of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// A number of revisions, at least one, and the way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offset {
    /// `+N`: towards the heads.
    Up(u32),
    /// `-N`: towards the bases.
    Down(u32),
}

impl Name {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Target {
    /// Whether only a database can say what it means when revisions are shown: `current`, and what counts from it.
    pub fn is_about_the_database(&self) -> bool {
        matches!(self, Target::Point { point: Point::Current, .. } | Target::Beside { point: Point::Current, .. })
    }

    /// What stands before the `@`.
    pub fn branch(&self) -> Option<&Name> {
        let (Target::Point { branch, .. } | Target::Beside { branch, .. } | Target::Relative { branch, .. }) = self;
        branch.as_ref()
    }
}

impl FromStr for Target {
    type Err = GraphError;

    /// Reads a target. Fails with `bad_target`, which says what is wrong with it.
    fn from_str(text: &str) -> Result<Target, GraphError> {
        let bad = |reason: &str| GraphError::BadTarget { text: text.to_owned(), reason: reason.to_owned() };
        if text.is_empty() {
            return Err(bad("it is empty"));
        }
        if text.contains(':') {
            return Err(bad("a range `from:to` can't be used here"));
        }
        let (branch, rest) = match text.split_once('@') {
            None => (None, text),
            Some((branch, rest)) => (Some(read_branch(branch).map_err(|reason| bad(&reason))?), rest),
        };
        let (point, offset) = split_offset(rest).map_err(|reason| bad(&reason))?;
        let point = (!point.is_empty()).then(|| read_point(point)).transpose().map_err(|reason| bad(&reason))?;
        if branch.is_some() && point == Some(Point::Current) {
            return Err(bad("`current` can't be narrowed to a branch"));
        }
        match (point, offset) {
            (Some(point), None) => Ok(Target::Point { branch, point }),
            (None, Some(offset)) => Ok(Target::Relative { branch, offset }),
            (Some(point), Some(offset)) => Ok(Target::Beside { branch, point, offset }),
            (None, None) => Err(bad("after the `@` goes `head`, `heads`, `base`, a revision, `+N` or `-N`")),
        }
    }
}

fn read_branch(text: &str) -> Result<Name, String> {
    if text.is_empty() {
        return Err("before the `@` goes a label or a revision".to_owned());
    }
    match read_point(text)? {
        Point::Name(name) => Ok(name),
        _ => Err(format!("before the `@` goes a label or a revision, not `{text}`")),
    }
}

fn read_point(text: &str) -> Result<Point, String> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/');
    match text {
        "head" => Ok(Point::Head),
        "heads" => Ok(Point::Heads),
        "base" => Ok(Point::Base),
        "current" => Ok(Point::Current),
        _ => match text.chars().find(|c| !allowed(*c)) {
            None => Ok(Point::Name(Name(text.to_owned()))),
            Some('+' | '-') => Err("after `+` or `-` goes a number, and nothing behind it".to_owned()),
            Some('@') => Err("it has more than one `@`".to_owned()),
            Some(other) => Err(format!("{other:?} can't be part of a revision's id or a label")),
        },
    }
}

/// Takes a `+N`, a `-N`, a `~` or a `~N` off the end. What is left of a text whose `+` or `-` has no number keeps the sign.
fn split_offset(text: &str) -> Result<(&str, Option<Offset>), String> {
    if let Some((before, steps)) = text.split_once('~') {
        return match steps {
            _ if before.is_empty() => Err("before the `~` goes a revision, as in `head~`".to_owned()),
            "" => Ok((before, Some(Offset::Down(1)))),
            _ if steps.bytes().all(|b| b.is_ascii_digit()) => {
                let (_, offset) = split_offset(&text[before.len()..].replace('~', "-"))?;
                Ok((before, offset))
            }
            _ => Err("after `~` goes a number or nothing".to_owned()),
        };
    }
    let before_digits = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &text[before_digits.len()..];
    let up = before_digits.strip_suffix('+');
    let Some(before) = up.or_else(|| before_digits.strip_suffix('-')).filter(|_| !digits.is_empty()) else {
        return Ok((text, None));
    };
    let steps = digits.parse().map_err(|_| format!("{digits} is more revisions than a graph can have"))?;
    match (steps, up) {
        (0, _) => Err("counting starts at 1".to_owned()),
        (_, Some(_)) => Ok((before, Some(Offset::Up(steps)))),
        (_, None) => Ok((before, Some(Offset::Down(steps)))),
    }
}

/// A part of the history: `from:to`, with either end left out where the history ends by itself.
/// Both ends belong to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// The lower end; none: `base`.
    pub from: Option<Target>,
    /// The upper end; none: `heads`.
    pub to: Option<Target>,
}

impl FromStr for Range {
    type Err = GraphError;

    /// Reads a range. Fails with `bad_target`, which says what is wrong with it.
    fn from_str(text: &str) -> Result<Range, GraphError> {
        let bad = |reason: &str| GraphError::BadTarget { text: text.to_owned(), reason: reason.to_owned() };
        let (from, to) = text.split_once(':').ok_or_else(|| bad("a range is `from:to`, `from:` or `:to`"))?;
        if to.contains(':') {
            return Err(bad("a range has one `:`"));
        }
        let end = |text: &str| (!text.is_empty()).then(|| text.parse()).transpose();
        Ok(Range { from: end(from)?, to: end(to)? })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(branch) = self.branch() {
            write!(f, "{branch}@")?;
        }
        match self {
            Target::Point { point, .. } => write!(f, "{point}"),
            Target::Beside { point, offset, .. } => write!(f, "{point}{offset}"),
            Target::Relative { offset, .. } => write!(f, "{offset}"),
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Point::Head => "head",
            Point::Heads => "heads",
            Point::Base => "base",
            Point::Current => "current",
            Point::Name(name) => name.as_str(),
        })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Offset::Up(steps) => write!(f, "+{steps}"),
            Offset::Down(steps) => write!(f, "-{steps}"),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(from) = &self.from {
            write!(f, "{from}")?;
        }
        f.write_str(":")?;
        if let Some(to) = &self.to {
            write!(f, "{to}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Target {
        text.parse().unwrap()
    }

    fn name(text: &str) -> Name {
        Name(text.to_owned())
    }

    fn reason(text: &str) -> String {
        match text.parse::<Target>() {
            Err(GraphError::BadTarget { reason, .. }) => reason,
            other => panic!("{text:?} is read as {other:?}"),
        }
    }

    #[test]
    fn every_form_reads_and_writes_back() {
        for text in [
            "heads",
            "head",
            "base",
            "current",
            "3f9a",
            "team.accounts",
            "x/y",
            "a@head",
            "a@heads",
            "a@base",
            "a@3f9a",
            "+2",
            "-1",
            "a@+2",
            "a@-1",
            "current-1",
            "3f9a+1",
            "3f9a-12",
            "head-1",
            "heads-1",
            "base+2",
            "a@base+2",
            "a@b-3",
        ] {
            assert_eq!(read(text).to_string(), text);
        }
    }

    #[test]
    fn forms_are_told_apart() {
        assert_eq!(read("a@b"), Target::Point { branch: Some(name("a")), point: Point::Name(name("b")) });
        assert_eq!(read("-1"), Target::Relative { branch: None, offset: Offset::Down(1) });
        assert_eq!(read("a@+2"), Target::Relative { branch: Some(name("a")), offset: Offset::Up(2) });
        assert_eq!(read("head-1"), Target::Beside { branch: None, point: Point::Head, offset: Offset::Down(1) });
        // Digits alone are an id, not an offset.
        assert_eq!(read("0012"), Target::Point { branch: None, point: Point::Name(name("0012")) });
        // For `show`, `-1` counts from the heads: only `current-1` always asks where the database is.
        assert_eq!(read("current-1"), Target::Beside { branch: None, point: Point::Current, offset: Offset::Down(1) });
    }

    #[test]
    fn what_is_no_target_is_told_why() {
        assert_eq!(reason(""), "it is empty");
        assert!(reason("+1junk").contains("nothing behind it"));
        assert!(reason("a+").contains("goes a number"));
        assert!(reason("+").contains("goes a number"));
        assert!(reason("--1").contains("goes a number"));
        assert!(reason("a+1+1").contains("nothing behind it"));
        assert!(reason("+0").contains("starts at 1"));
        assert!(reason("+99999999999").contains("99999999999"));
        assert!(reason("@head").contains("before the `@`"));
        assert!(reason("head@a").contains("not `head`"));
        assert!(reason("a@").contains("after the `@`"));
        assert!(reason("a@b@c").contains("more than one"));
        assert!(reason("a:b").contains("range"));
        assert!(reason("a b").contains("' '"));
        assert!(reason("a@current").contains("narrowed"));
    }

    #[test]
    fn a_tilde_counts_down_as_in_git() {
        for (text, same) in [
            ("head~", "head-1"),
            ("3f9a~2", "3f9a-2"),
            ("a@head~", "a@head-1"),
            ("current~12", "current-12"),
            ("0012~", "0012-1"),
        ] {
            assert_eq!(read(text), read(same), "{text}");
            assert_eq!(read(text).to_string(), same, "it is written in one way");
        }
        let range: Range = "base:head~".parse().unwrap();
        assert_eq!(range.to, Some(read("head-1")));
        assert!(reason("~").contains("goes a revision"));
        assert!(reason("a@~1").contains("goes a revision"));
        for text in ["head~x", "head~~", "head~-1", "head~+1", "head~1~"] {
            assert!(reason(text).contains("after `~` goes a number"), "{text}");
        }
        assert!(reason("head~0").contains("starts at 1"));
        assert!(reason("head+1~").contains("nothing behind it"));
        assert!(reason("a~@head").contains("'~' can't be part"));
    }

    #[test]
    fn ranges() {
        let range: Range = "base:head-1".parse().unwrap();
        assert_eq!(range, Range { from: Some(read("base")), to: Some(read("head-1")) });
        assert_eq!(":".parse::<Range>().unwrap(), Range::default());
        for text in ["a:", ":b", ":", "-3:current"] {
            assert_eq!(text.parse::<Range>().unwrap().to_string(), text);
        }
        for text in ["", "a", "a:b:c", "a:+1junk"] {
            assert_eq!(text.parse::<Range>().unwrap_err().kind(), "bad_target", "{text}");
        }
    }
}
