//! How it is told what a plan would lose.

use std::collections::HashMap;

use super::render::{BAD, WARN, styled};
use crate::operation::losses::{How, Loss, LossKind, Losses, Unseen};
use crate::revision::RevisionId;

/// What the revisions of a plan lose, to be told beneath each.
pub struct Told<'l>(HashMap<&'l RevisionId, Vec<&'l Loss>>);

impl<'l> Told<'l> {
    /// For a plan's losses.
    pub fn of(losses: &'l Losses) -> Told<'l> {
        Told(losses.by_revision())
    }

    /// The lines about a revision.
    pub fn lines(&self, revision: &RevisionId) -> impl Iterator<Item = String> {
        self.0.get(revision).into_iter().flatten().flat_map(|loss| lines_of(loss))
    }
}

/// One loss, and what goes with it.
fn lines_of(loss: &Loss) -> impl Iterator<Item = String> + use<> {
    let style = if loss.destroys() { BAD } else { WARN };
    let (verb, object) = what(loss);
    let with = loss.with.as_ref().map(|with| format!(" (with {with})")).unwrap_or_default();
    let first = format!("    {} {object}{with}{}", styled(style, verb), amount(loss));
    std::iter::once(first).chain(taken(loss))
}

/// The lines about all of a plan's losses together: why some amounts are unknown, and what nobody has looked into.
pub fn remarks(losses: &Losses) -> impl Iterator<Item = String> + use<> {
    uncounted(losses).into_iter().chain(unseen(losses))
}

/// Said once: a large schema that was never analysed would say it a hundred times.
fn uncounted(losses: &Losses) -> Option<String> {
    let is_uncounted = |loss: &&Loss| loss.there.is_some() && loss.rows.is_none();
    let uncounted: Vec<&Loss> = losses.losses.iter().filter(is_uncounted).collect();
    let why = match uncounted.iter().any(|loss| loss.kind.holds_rows()) {
        _ if uncounted.is_empty() => return None,
        true => "not analysed since there were any",
        false => "there are no statistics of what it shows",
    };
    Some(format!("{}: {why}; `--exact` counts them", styled(WARN, "unknown")))
}

fn unseen(losses: &Losses) -> Option<String> {
    let told = |unseen: &Unseen| format!("{} ({}, line {})", unseen.what, unseen.revision, unseen.line);
    let all: Vec<String> = losses.unseen.iter().map(told).collect();
    (!all.is_empty()).then(|| format!("{}: what is done by {}", styled(WARN, "not looked into"), all.join(", ")))
}

/// `loses`, `table accounts`
fn what(loss: &Loss) -> (&'static str, String) {
    let object = format!("{} {}", loss.kind.word(), loss.shown);
    match &loss.how {
        How::Drop => ("loses", object),
        How::Truncate | How::Delete => ("empties", object),
        How::DeleteSome => ("deletes rows of", object),
        How::Narrow(to) => ("narrows", format!("{object} to {to}")),
        How::EnumRebuild(to) => ("moves", format!("{object} to the enum {to}")),
    }
}

/// How much of it there is; nothing where nobody has looked.
fn amount(loss: &Loss) -> String {
    if loss.there.is_none() {
        return String::new();
    }
    let noun = if loss.kind == LossKind::Column { "value" } else { "row" };
    let bytes = loss.bytes.map(size);
    match loss.rows {
        Some(0) if loss.exact && noun == "row" => ": empty".to_owned(),
        Some(0) if loss.exact => ": no value".to_owned(),
        Some(rows) => {
            let some = if loss.how == How::DeleteSome { "some of " } else { "" };
            let about = if loss.exact { "" } else { "about " };
            let plural = if rows == 1 { "" } else { "s" };
            let bytes = bytes.map(|bytes| format!(", {bytes}")).unwrap_or_default();
            format!(": {some}{about}{} {noun}{plural}{bytes}", grouped(rows))
        }
        None => {
            let bytes = bytes.map(|bytes| format!("{bytes}, ")).unwrap_or_default();
            format!(": {bytes}{noun}s unknown")
        }
    }
}

/// What goes with it and holds no rows: so much of it is told.
const TOLD: usize = 8;

fn taken(loss: &Loss) -> Option<String> {
    let told = loss.takes.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
    let more = match loss.takes.len().saturating_sub(TOLD) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    (!told.is_empty()).then(|| format!("      and with it {told}{more}"))
}

/// `1,204,331`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes as PostgreSQL's `pg_size_pretty` has it: a kilobyte has 1024, and what is below ten has a decimal.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let rounded = if value < 9.95 { (value * 10.0).round() / 10.0 } else { value.round() };
    format!("{rounded} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::{grouped, size};

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0, 999, 1_000, 1_204_331].map(grouped), ["0", "999", "1,000", "1,204,331"]);
        let sizes = [0, 1_023, 8_192, 1_300_000, 327_155_712, 1_073_741_823, 5_000_000_000_000];
        assert_eq!(sizes.map(size), ["0 bytes", "1023 bytes", "8 kB", "1.2 MB", "312 MB", "1 GB", "4.5 TB"]);
    }
}
