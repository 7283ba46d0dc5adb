//! `ALTER TABLE` and `ALTER TYPE`.

use std::ops::Range;

use super::{Destruction, Loss, Object, ObjectKind, ObjectName, Part, Reader};
use crate::revision::sql::Lexeme;

/// `ALTER TABLE …`, from behind that.
pub(super) fn read_table(mut reader: Reader<'_>) -> Vec<Destruction> {
    reader.take_if_exists();
    reader.take(&["ONLY"]);
    let Some((table, _)) = reader.take_object() else { return Vec::new() };
    reader.take_symbol("*");
    let mut found = Vec::new();
    loop {
        found.extend(read_action(&mut reader, &table));
        if !reader.skip_comma() {
            return found;
        }
    }
}

/// One action of `ALTER TABLE`, up to its comma.
fn read_action(reader: &mut Reader<'_>, table: &ObjectName) -> Option<Destruction> {
    if reader.take(&["DROP"]) {
        return read_drop(reader, table);
    }
    if !reader.take(&["ALTER"]) {
        return None;
    }
    reader.take(&["COLUMN"]);
    let (column, span) = reader.take_name()?;
    if !reader.take(&["TYPE"]) && !reader.take(&["SET", "DATA", "TYPE"]) {
        return None;
    }
    let object = Object { kind: ObjectKind::Column, name: table.clone(), part: Some(column.clone()) };
    let change = of_type(action(reader), &column)?;
    let cascade = ends_with_cascade(reader);
    Some(Destruction { loss: change, object, cascade, span: span.start..end(reader).unwrap_or(span.end) })
}

/// `DROP [COLUMN] …` and `DROP CONSTRAINT … CASCADE`, from behind DROP.
fn read_drop(reader: &mut Reader<'_>, table: &ObjectName) -> Option<Destruction> {
    let kind = match reader.take(&["CONSTRAINT"]) {
        true => ObjectKind::Constraint,
        false => ObjectKind::Column,
    };
    reader.take(&["COLUMN"]);
    reader.take_if_exists();
    let (part, span) = reader.take_name()?;
    let cascade = ends_with_cascade(reader);
    if kind == ObjectKind::Constraint && !cascade {
        return None;
    }
    Some(Destruction {
        loss: Loss::Drop,
        object: Object { kind, name: table.clone(), part: Some(part) },
        cascade,
        span,
    })
}

/// `ALTER TYPE …`, from behind that: a composite type's attributes, which are in the rows of whatever has the type.
pub(super) fn read_type(mut reader: Reader<'_>) -> Vec<Destruction> {
    let Some((name, _)) = reader.take_object() else { return Vec::new() };
    let mut found = Vec::new();
    loop {
        let drops = reader.take(&["DROP", "ATTRIBUTE"]);
        let alters = !drops && reader.take(&["ALTER", "ATTRIBUTE"]);
        if drops || alters {
            found.extend(read_attribute(&mut reader, &name, drops));
        }
        if !reader.skip_comma() {
            return found;
        }
    }
}

fn read_attribute(reader: &mut Reader<'_>, composite: &ObjectName, drops: bool) -> Option<Destruction> {
    reader.take_if_exists();
    let (attribute, span) = reader.take_name()?;
    let object = Object { kind: ObjectKind::Attribute, name: composite.clone(), part: Some(attribute.clone()) };
    let cascade = ends_with_cascade(reader);
    if drops {
        return Some(Destruction { loss: Loss::Drop, object, cascade, span });
    }
    if !reader.take(&["TYPE"]) && !reader.take(&["SET", "DATA", "TYPE"]) {
        return None;
    }
    let loss = of_type(action(reader), &attribute)?;
    Some(Destruction { loss, object, cascade, span: span.start..end(reader).unwrap_or(span.end) })
}

/// The tokens up to the end of the action that the reader is in.
fn action<'r, 'a>(reader: &'r Reader<'a>) -> &'r [Part<'a>] {
    let rest = reader.rest();
    let end = rest.iter().position(|part| part.depth == 0 && part.is_symbol(","));
    &rest[..end.unwrap_or(rest.len())]
}

fn ends_with_cascade(reader: &Reader<'_>) -> bool {
    action(reader).last().is_some_and(|part| part.is("CASCADE"))
}

fn end(reader: &Reader<'_>) -> Option<usize> {
    action(reader).last().map(|part| part.span.end)
}

/// What a change of a column's type may lose; the tokens are those behind TYPE.
fn of_type(change: &[Part<'_>], column: &str) -> Option<Loss> {
    let using = change.iter().position(|part| part.depth == 0 && part.is("USING"));
    let ends = |part: &Part<'_>| part.depth == 0 && (part.is("COLLATE") || part.is("USING") || part.is("CASCADE"));
    let end = change.iter().position(ends).unwrap_or(change.len());
    let (target, expression) = (&change[..end], using.map_or(&change[..0], |using| &change[using + 1..]));
    let target_text = written(target);
    if is_by_way_of_text(expression, &target_text) {
        return Some(Loss::EnumRebuild(target_text));
    }
    let only_casts = expression.is_empty() || is_cast_of(expression, column);
    let wide = only_casts && holds_any_value(target, !expression.is_empty());
    (!wide && !target.is_empty()).then_some(Loss::Narrow(target_text))
}

/// Tokens as they are usually written: words in lower case, names in quotes to the letter.
fn written(parts: &[Part<'_>]) -> String {
    let mut text = String::new();
    let mut end: Option<Range<usize>> = None;
    for part in parts {
        if end.is_some_and(|before| before.end < part.span.start) {
            text.push(' ');
        }
        text += &lowercase(part);
        end = Some(part.span.clone());
    }
    text
}

fn lowercase(part: &Part<'_>) -> String {
    if part.lexeme == Lexeme::Word { part.text.to_ascii_lowercase() } else { part.text.to_owned() }
}

/// `column::text::new_type`, which is how values get from one enum to another.
fn is_by_way_of_text(expression: &[Part<'_>], target: &str) -> bool {
    let text: String = expression.iter().map(lowercase).collect();
    let through = ["::text::", "::varchar::"].into_iter().find_map(|cast| text.split_once(cast));
    through.is_some_and(|(_, to)| to.trim_end_matches(')') == target && !is_built_in(target))
}

/// Types that are no enum, whatever comes to them by way of text.
fn is_built_in(name: &str) -> bool {
    const NAMES: [&str; 19] = [
        "bigint", "boolean", "bool", "bytea", "citext", "date", "float4", "float8", "inet", "int", "int2", "int4",
        "int8", "integer", "json", "jsonb", "real", "smallint", "uuid",
    ];
    NAMES.contains(&name) || name.starts_with("numeric") || name.starts_with("time") || name.contains("char")
}

/// Whether an expression is the column itself, or plain casts of it.
fn is_cast_of(expression: &[Part<'_>], column: &str) -> bool {
    let Some((first, casts)) = expression.split_first() else { return false };
    let is_of_a_cast = |part: &Part<'_>| part.is_symbol(":") || part.lexeme == Lexeme::Word;
    first.name().is_some_and(|name| name == column) && casts.iter().all(is_of_a_cast)
}

/// Whether a type can hold any value of the kinds that are cast to it. Without USING, PostgreSQL casts as an assignment
/// does, which refuses what doesn't fit into an integer; a cast that is written out may round.
fn holds_any_value(target: &[Part<'_>], casts: bool) -> bool {
    let Some(first) = target.first() else { return false };
    let is_bounded = target.iter().any(|part| part.is_symbol("("));
    let is = |names: &[&str]| names.iter().any(|name| first.is(name));
    if is(&["text", "citext"]) {
        return true;
    }
    if is(&["varchar", "numeric", "decimal"]) || (is(&["character"]) && target.get(1).is_some_and(|t| t.is("varying")))
    {
        return !is_bounded;
    }
    !casts && !is_bounded && is(&["bigint", "int8", "timestamptz", "jsonb"])
}
