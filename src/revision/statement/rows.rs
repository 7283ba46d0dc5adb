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

/// `DELETE` and `UPDATE` without `WHERE`, and `MERGE` that deletes: as the statement itself, in its `WITH`, or where
/// `EXPLAIN ANALYZE` or `COPY` runs it.
pub(super) fn read_changes(mut reader: Reader<'_>) -> Vec<Destruction> {
    if reader.take(&["EXPLAIN"]) && !explain_runs(&mut reader) {
        return Vec::new();
    }
    let begin = reader.place();
    let is_within = match reader.peek() {
        Some(first) if first.is("WITH") || first.is("COPY") => true,
        Some(first) if first.is("DELETE") || first.is("UPDATE") || first.is("MERGE") => false,
        _ => return Vec::new(),
    };
    let begins_one = |number: &usize| match (is_within, number.checked_sub(1)) {
        (true, Some(before)) => {
            let before = &reader.parts()[before];
            before.is_symbol("(") || (before.is_symbol(")") && before.depth == 0)
        }
        (true, None) => false,
        (false, _) => *number == begin,
    };
    let all = (begin..reader.parts().len()).filter(begins_one);
    all.filter_map(|number| read_change(reader.clone(), number)).collect()
}

/// Whether `EXPLAIN` runs its statement; goes on at that. `ANALYZE`, or `(…, ANALYZE, …)`, where it may be said to be off.
///
/// See <https://www.postgresql.org/docs/current/sql-explain.html>.
fn explain_runs(reader: &mut Reader<'_>) -> bool {
    if !reader.take_symbol("(") {
        let runs = reader.take(&["ANALYZE"]) || reader.take(&["ANALYSE"]);
        reader.take(&["VERBOSE"]);
        return runs;
    }
    let is_analyze = |part: &Part<'_>| part.is("ANALYZE") || part.is("ANALYSE");
    let is_off = |part: &Part<'_>| ["off", "false", "0", "'off'", "'false'"].iter().any(|word| part.is(word));
    let mut runs = false;
    while let Some(option) = reader.take_next() {
        match option {
            end if end.is_symbol(")") && end.depth == 0 => break,
            option if is_analyze(&option) => runs = !reader.peek().is_some_and(is_off),
            _ => {}
        }
    }
    runs
}

/// A statement that begins at a token and takes rows away or writes over all of them, if one does.
fn read_change(mut reader: Reader<'_>, number: usize) -> Option<Destruction> {
    reader.go_to(number);
    let depth = reader.peek()?.depth;
    let word = reader.take_any(&["DELETE", "UPDATE", "MERGE"])?;
    if word == "DELETE" && !reader.take(&["FROM"]) || word == "MERGE" && !reader.take(&["INTO"]) {
        return None;
    }
    reader.take(&["ONLY"]);
    let (name, span) = reader.take_object()?;
    let own: Vec<&Part<'_>> =
        reader.rest().iter().take_while(|part| part.depth >= depth).filter(|part| part.depth == depth).collect();
    let loss = match word {
        "MERGE" => {
            let deletes = own.windows(2).any(|words| words[0].is("THEN") && words[1].is("DELETE"));
            deletes.then_some(Loss::DeleteSome)?
        }
        _ if own.iter().any(|part| part.is("WHERE")) => return None,
        "DELETE" => Loss::DeleteAll,
        _ => {
            let set = own.iter().position(|part| part.is("SET"))?;
            Loss::UpdateAll(columns(&own[set + 1..]))
        }
    };
    Some(Destruction { loss, object: table(name), cascade: false, span })
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
