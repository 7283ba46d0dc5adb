//! A batch that would never come to its end.

use super::Scene;
use crate::operation::lint::Findings;
use crate::operation::lint::rule::ENDLESS_BATCH;
use crate::revision::SectionKind;
use crate::revision::statement::{Part, Reader};

pub(super) fn look_at(scene: &Scene<'_>, found: &mut Findings<'_>) {
    if !matches!(scene.section.kind, SectionKind::Batch(_)) {
        return;
    }
    let reader = Reader::new(scene.text, scene.statement.span.clone());
    let parts = reader.parts();
    // What deletes rows runs out of them.
    if parts.iter().any(|part| part.is("DELETE") || part.is("MERGE")) {
        return;
    }
    let Some((main, word)) = parts.iter().enumerate().find(|(_, part)| part.depth == 0 && begins_change(part)) else {
        return;
    };
    let message = match word.is("UPDATE") {
        true => endless_update(parts, main),
        false => endless_insert(parts),
    };
    if let Some(message) = message {
        found.add(&ENDLESS_BATCH, word.span.clone(), message);
    }
}

fn begins_change(part: &Part<'_>) -> bool {
    part.is("UPDATE") || part.is("INSERT")
}

/// An `UPDATE` ends when what it writes is what its conditions ask for.
fn endless_update(parts: &[Part<'_>], main: usize) -> Option<String> {
    let set = main + parts[main..].iter().position(|part| part.depth == 0 && part.is("SET"))?;
    let written = assigned(&parts[set + 1..]);
    let condition = parts.iter().position(|part| part.is("WHERE")).unwrap_or(parts.len());
    let asked = parts[condition..].iter().filter(|part| !written.iter().any(|target| target.span == part.span));
    let asked: Vec<String> = asked.filter_map(Part::name).collect();
    let names: Vec<String> = written.iter().filter_map(|part| part.name()).collect();
    let ends = names.is_empty() || names.iter().any(|name| asked.contains(name));
    (!ends).then(|| {
        format!("its conditions don't ask for {}, which it writes: every run finds the same rows", names.join(" or "))
    })
}

/// The columns that the assignments behind a `SET` write.
fn assigned<'p, 't>(parts: &'p [Part<'t>]) -> Vec<&'p Part<'t>> {
    let ends = |part: &Part<'_>| ["FROM", "WHERE", "RETURNING"].iter().any(|word| part.depth == 0 && part.is(word));
    let end = parts.iter().position(ends).unwrap_or(parts.len());
    let each = parts[..end].split(|part| part.depth == 0 && part.is_symbol(","));
    // `a = 1`, or `(a, b) = (1, 2)`.
    let targets = |assignment: &'p [Part<'t>]| match assignment.first() {
        Some(first) if first.is_symbol("(") => assignment.iter().take_while(|part| !part.is_symbol(")")).collect(),
        first => first.into_iter().collect::<Vec<_>>(),
    };
    each.flat_map(targets).filter(|part| part.name().is_some()).collect()
}

/// An `INSERT` ends when it leaves out what is there.
fn endless_insert(parts: &[Part<'_>]) -> Option<String> {
    let leaves_out = ["WHERE", "EXCEPT", "NOTHING"];
    let ends = parts.iter().any(|part| leaves_out.iter().any(|word| part.is(word)));
    (!ends).then(|| "nothing leaves out the rows that it has inserted: every run inserts them again".to_owned())
}
