//! What empties a table, or writes over all of it.

use super::{Destruction, Loss, Object, ObjectKind, ObjectName, Part, Reader};

/// `TRUNCATE …`, from behind that word.
pub(super) fn read_truncate(mut reader: Reader<'_>) -> Vec<Destruction> {
    reader.take(&["TABLE"]);
    let cascade = reader.parts().last().is_some_and(|part| part.is("CASCADE"));
    let mut found = Vec::new();
    loop {
        reader.take(&["ONLY"]);
        let Some((name, span)) = reader.take_object() else { break };
        found.push(Destruction { loss: Loss::Truncate, object: table(name), cascade, span });
        if !reader.skip_comma() {
            break;
        }
    }
    found
}

/// `DELETE` and `UPDATE` without `WHERE`, as the statement itself or in its `WITH`.
pub(super) fn read_changes(reader: Reader<'_>) -> Vec<Destruction> {
    let is_with = match reader.peek() {
        Some(first) if first.is("WITH") => true,
        Some(first) if first.is("DELETE") || first.is("UPDATE") => false,
        _ => return Vec::new(),
    };
    let begins_one = |number: &usize| match (is_with, number.checked_sub(1)) {
        (false, before) => before.is_none(),
        (true, Some(before)) => {
            let before = &reader.parts()[before];
            before.is_symbol("(") || (before.is_symbol(")") && before.depth == 0)
        }
        (true, None) => false,
    };
    (0..reader.parts().len()).filter(begins_one).filter_map(|number| read_change(reader.clone(), number)).collect()
}

/// A `DELETE` or `UPDATE` that begins at a token, if one does and it has no `WHERE`.
fn read_change(mut reader: Reader<'_>, number: usize) -> Option<Destruction> {
    reader.go_to(number);
    let depth = reader.peek()?.depth;
    let deletes = reader.take(&["DELETE", "FROM"]);
    if !deletes && !reader.take(&["UPDATE"]) {
        return None;
    }
    reader.take(&["ONLY"]);
    let (name, span) = reader.take_object()?;
    let own = |part: &&Part<'_>| part.depth == depth;
    let until_its_end = || reader.rest().iter().take_while(|part| part.depth >= depth);
    if until_its_end().filter(own).any(|part| part.is("WHERE")) {
        return None;
    }
    if deletes {
        return Some(Destruction { loss: Loss::DeleteAll, object: table(name), cascade: false, span });
    }
    let set = until_its_end().filter(own).position(|part| part.is("SET"))?;
    let assignments: Vec<&Part<'_>> = until_its_end().filter(own).skip(set + 1).collect();
    Some(Destruction { loss: Loss::UpdateAll(columns(&assignments)), object: table(name), cascade: false, span })
}

/// The columns that assignments name: what stands at their beginning and behind each comma, up to `FROM` or `RETURNING`.
fn columns(assignments: &[&Part<'_>]) -> Vec<String> {
    let ends = |part: &&Part<'_>| part.is("FROM") || part.is("RETURNING");
    let end = assignments.iter().position(ends).unwrap_or(assignments.len());
    let each = assignments[..end].split(|part| part.is_symbol(","));
    each.filter_map(|assignment| assignment.first()?.name()).collect()
}

fn table(name: ObjectName) -> Object {
    Object { kind: ObjectKind::Table, name, part: None }
}
