//! A difference as a tree: schemas, the objects in them, and the parts of those.

use std::collections::BTreeMap;
use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use similar::TextDiff;

use crate::cli::render::{DIM, GOOD, WARN, lines, styled};
use crate::operation::diff::Diff;
use crate::schema::{AttributeChange, Attributes, Difference, Identity, NotCompared, RowsDifference, Sides, TableRows};

const REMOVED: Style = AnsiColor::Red.on_default();
const HEADING: Style = Style::new().bold();

/// What became of an object.
#[derive(Clone, Copy)]
enum Fate<'d> {
    Added(&'d Attributes),
    Removed(&'d Attributes),
    Changed(&'d [AttributeChange]),
}

/// The objects of one schema that differ: for each name the object itself and its parts, in order.
type Branch<'d> = BTreeMap<&'d str, BTreeMap<(Option<&'d str>, &'d str), Fate<'d>>>;

/// Shows a difference between two sides that go by these names.
pub fn show(sides: [&dyn Display; 2], found: &Diff) {
    let difference = &found.difference;
    let mut out = Vec::new();
    if !difference.is_empty() {
        out.push(format!("{} {}", styled(REMOVED, "---"), sides[0]));
        out.push(format!("{} {}", styled(GOOD, "+++"), sides[1]));
    }
    out.extend(tree(found));
    out.push(summary(difference));
    lines(out.into_iter());
}

/// The lines of a difference.
pub fn tree(found: &Diff) -> Vec<String> {
    let difference = &found.difference;
    let mut out = Vec::new();
    for (schema, branch) in branches(difference) {
        show_branch(schema, &branch, found, &mut out);
    }
    show_rows(&difference.rows, &mut out);
    show_not_compared(&difference.not_compared, &mut out);
    for reason in &found.settled.not_possible {
        out.push(format!("{}: {reason}; what differs in text only may be the same", styled(WARN, "warning")));
    }
    if difference.rows.one_sided {
        out.push(format!("{}: rows were not compared: one side is a file without them", styled(WARN, "warning")));
    }
    for table in &difference.rows.only_counted {
        let what = "has as many rows on both sides, but one of them has only counted them";
        out.push(format!("{}: {table} {what}", styled(WARN, "warning")));
    }
    out
}

fn branches(difference: &Difference) -> BTreeMap<Option<&str>, Branch<'_>> {
    let added = difference.added.iter().map(|(identity, attributes)| (identity, Fate::Added(attributes)));
    let removed = difference.removed.iter().map(|(identity, attributes)| (identity, Fate::Removed(attributes)));
    let changed = difference.changed.iter().map(|changed| (&changed.identity, Fate::Changed(&changed.attributes)));
    let mut branches: BTreeMap<_, Branch<'_>> = BTreeMap::new();
    for (identity, fate) in added.chain(removed).chain(changed) {
        let branch = branches.entry(schema_of(identity)).or_default();
        let place = (identity.part.as_deref(), identity.kind.as_str());
        branch.entry(identity.name.as_str()).or_default().insert(place, fate);
    }
    branches
}

/// A schema stands at the head of what is in it.
fn schema_of(identity: &Identity) -> Option<&str> {
    match identity.kind.as_str() {
        SCHEMA => Some(&identity.name),
        _ => identity.schema.as_deref(),
    }
}

const SCHEMA: &str = "schema";

fn show_branch(schema: Option<&str>, branch: &Branch<'_>, found: &Diff, out: &mut Vec<String>) {
    let own = |name: &str| branch.get(name).and_then(|places| places.get(&(None, SCHEMA)));
    match schema {
        None => out.push(styled(HEADING, "in no schema")),
        Some(schema) => match own(schema) {
            Some(fate) => show_object(0, SCHEMA, schema, *fate, out),
            None => out.push(styled(HEADING, format_args!("schema {schema}"))),
        },
    }
    for (name, places) in branch {
        let objects = places.iter().filter(|((part, kind), _)| part.is_none() && *kind != SCHEMA);
        let parts = places.iter().filter_map(|((part, kind), fate)| Some((part.as_ref()?, kind, fate)));
        let before = out.len();
        for ((_, kind), fate) in objects {
            show_object(1, kind, name, *fate, out);
        }
        for (index, (part, kind, fate)) in parts.enumerate() {
            if index == 0 && out.len() == before {
                let kind = found.kind_of(schema, name).unwrap_or("object");
                out.push(format!("    {kind} {name}"));
            }
            show_object(2, kind, part, *fate, out);
        }
    }
}

fn show_object(depth: usize, kind: &str, name: &str, fate: Fate<'_>, out: &mut Vec<String>) {
    let (style, mark) = match fate {
        Fate::Added(_) => (GOOD, '+'),
        Fate::Removed(_) => (REMOVED, '-'),
        Fate::Changed(_) => (WARN, '~'),
    };
    let indent = "  ".repeat(depth);
    let what = styled(style, format_args!("{mark} {kind} {name}"));
    match fate {
        Fate::Added(attributes) | Fate::Removed(attributes) => {
            let gist = gist(attributes).map(|gist| format!("  {}", styled(DIM, gist)));
            out.push(format!("{indent}{what}{}", gist.unwrap_or_default()));
        }
        Fate::Changed(changes) => {
            out.push(format!("{indent}{what}"));
            changes.iter().for_each(|change| show_change(&format!("{indent}    "), change, out));
        }
    }
}

/// The one thing that says most of an object, if it fits beside its name.
fn gist(attributes: &Attributes) -> Option<String> {
    const TELLING: [&str; 6] = ["definition", "check", "exclusion", "type", "expression", "version"];
    let value = TELLING.iter().find_map(|name| attributes.get(*name))?;
    Some(shown(value)).filter(|text| fits(text))
}

fn show_change(indent: &str, change: &AttributeChange, out: &mut Vec<String>) {
    let name = &change.attribute;
    let [before, after] = [&change.before, &change.after].map(|value| match value {
        Some(value) => shown(value),
        // What isn't there of a flag is that it isn't set.
        None if [&change.before, &change.after].into_iter().flatten().any(Value::is_boolean) => "no".to_owned(),
        None => "none".to_owned(),
    });
    if fits(&before) && fits(&after) {
        out.push(format!("{indent}{name}: {} → {}", styled(REMOVED, before), styled(GOOD, after)));
        return;
    }
    out.push(format!("{indent}{name}:"));
    let text = TextDiff::from_lines(&before, &after);
    for group in text.grouped_ops(CONTEXT) {
        for line in group.iter().flat_map(|op| text.iter_changes(op)) {
            let style = match line.tag() {
                similar::ChangeTag::Delete => REMOVED,
                similar::ChangeTag::Insert => GOOD,
                similar::ChangeTag::Equal => DIM,
            };
            let shown = format!("{} {}", line.tag(), line.value().trim_end_matches(['\n', '\r']));
            out.push(format!("{indent}{}", styled(style, shown.trim_end())));
        }
    }
}

/// How many equal lines stand around those that differ.
const CONTEXT: usize = 2;

fn fits(text: &str) -> bool {
    const WIDTH: usize = 60;
    !text.contains('\n') && text.chars().count() <= WIDTH
}

/// A value as a person reads it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "''".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "none".to_owned(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(map) => match map.get("sql").and_then(Value::as_str) {
            Some(text) if map.len() == 1 => text.to_owned(),
            _ => map.iter().map(|(key, value)| format!("{key}: {}", shown(value))).collect::<Vec<_>>().join("; "),
        },
        Value::Number(number) => number.to_string(),
    }
}

fn show_rows(rows: &RowsDifference, out: &mut Vec<String>) {
    if rows.is_empty() {
        return;
    }
    out.push(styled(HEADING, "rows"));
    for (table, sides) in &rows.tables {
        let what = match (&sides.before, &sides.after) {
            (Some(before), Some(after)) if before.count == after.count => {
                format!("{}, but not the same", count(before))
            }
            _ => one_to_other(sides, count),
        };
        out.push(line_of_rows(sides, table, &what));
    }
    for (sequence, sides) in &rows.sequences {
        let position = |(value, is_called): &(i64, bool)| match is_called {
            true => format!("after {value}"),
            false => format!("before {value}"),
        };
        out.push(line_of_rows(sides, sequence, &one_to_other(sides, position)));
    }
}

fn count(rows: &TableRows) -> String {
    format!("{} {}", rows.count, if rows.count == 1 { "row" } else { "rows" })
}

fn one_to_other<T, D: Display>(sides: &Sides<T>, shown: impl Fn(&T) -> D) -> String {
    match (&sides.before, &sides.after) {
        (Some(before), Some(after)) => format!("{} → {}", shown(before), shown(after)),
        (Some(one), None) | (None, Some(one)) => shown(one).to_string(),
        (None, None) => String::new(),
    }
}

fn line_of_rows<T>(sides: &Sides<T>, name: &str, what: &str) -> String {
    let (style, mark) = match (&sides.before, &sides.after) {
        (None, _) => (GOOD, '+'),
        (_, None) => (REMOVED, '-'),
        _ => (WARN, '~'),
    };
    format!("  {}: {what}", styled(style, format_args!("{mark} {name}")))
}

fn show_not_compared(objects: &[NotCompared], out: &mut Vec<String>) {
    if objects.is_empty() {
        return;
    }
    out.push(styled(HEADING, "not compared"));
    for NotCompared { catalog, object, before, after } in objects {
        let whose = match (before, after) {
            (true, true) => "both have one",
            (true, false) => "only in the first",
            _ => "only in the second",
        };
        out.push(format!("  {object}  {}", styled(DIM, format_args!("{whose}, in {catalog}"))));
    }
}

fn summary(difference: &Difference) -> String {
    if difference.is_empty() {
        let is_all = difference.not_compared.is_empty() && difference.is_equal();
        let as_far = if is_all { "" } else { " in what was compared" };
        return styled(GOOD, format_args!("no difference{as_far}"));
    }
    let mut counts = Vec::new();
    let mut add = |number: usize, what: &str| {
        if number > 0 {
            counts.push(format!("{number} {what}"));
        }
    };
    add(difference.added.len(), "added");
    add(difference.removed.len(), "removed");
    add(difference.changed.len(), "changed");
    add(difference.rows.tables.len(), "with other rows");
    add(difference.rows.sequences.len(), "at another position");
    counts.join(", ")
}
