//! What a plan runs and nobody can read off its text: code in `DO` blocks, and functions.

use super::Unseen;
use super::script::{Step, begins, statements};
use crate::revision::sql::Lexeme;
use crate::revision::statement::{ObjectKind, Reader, destructions};

/// What a plan runs that its text doesn't tell.
pub(super) fn find(steps: &[Step<'_>]) -> Vec<Unseen> {
    let mut found: Vec<Unseen> = Vec::new();
    for step in steps {
        let source = &step.revision.source;
        for (_, statement) in statements(step) {
            if !begins(source.text(), statement, &["DO", "CALL", "SELECT", "DROP"]) {
                continue;
            }
            let Some(what) = look_at(source.text(), statement.span.clone()) else { continue };
            let line = source.position(statement.span.start).line;
            let (revision, direction) = (step.revision.id.clone(), step.direction.to_string());
            if !found.iter().any(|known| known.revision == revision && known.what == what) {
                found.push(Unseen { revision, direction, line, what });
            }
        }
    }
    found
}

fn look_at(text: &str, span: std::ops::Range<usize>) -> Option<String> {
    let mut head = Reader::head(text, span.clone());
    if head.take(&["DO"]) {
        let body = text.get(span)?.to_ascii_lowercase();
        return MAY_DESTROY.iter().any(|word| body.contains(word)).then(|| "a DO block".to_owned());
    }
    if head.take(&["CALL"]) {
        return head.take_object().map(|(name, _)| format!("the procedure {}", name.shown()));
    }
    if head.take(&["SELECT"]) {
        return called(&head).map(|name| format!("the function {name}"));
    }
    if head.take(&["DROP"]) {
        return with_a_routine(text, span);
    }
    None
}

/// Words without which a block of code takes nothing away.
const MAY_DESTROY: [&str; 7] = ["drop", "truncate", "delete", "alter", "execute", "perform", "call"];

/// Functions that a query may call and that destroy nothing; and words that a bracket follows without being a function.
const HARMLESS: [&str; 34] = [
    "all",
    "and",
    "any",
    "array",
    "as",
    "by",
    "coalesce",
    "count",
    "currval",
    "exists",
    "format",
    "from",
    "generate_series",
    "greatest",
    "in",
    "length",
    "lower",
    "max",
    "min",
    "nextval",
    "not",
    "now",
    "or",
    "over",
    "pg_advisory_lock",
    "pg_advisory_unlock",
    "pg_advisory_xact_lock",
    "pg_sleep",
    "set_config",
    "setval",
    "some",
    "sum",
    "upper",
    "values",
];

/// The first function that a query calls and that may do anything.
fn called(reader: &Reader<'_>) -> Option<String> {
    reader.rest().windows(2).find_map(|parts| match parts {
        [name, open] if open.is_symbol("(") && matches!(name.lexeme, Lexeme::Word | Lexeme::QuotedName) => {
            let name = name.name()?;
            (!HARMLESS.contains(&name.as_str())).then_some(name)
        }
        _ => None,
    })
}

/// `DROP FUNCTION … CASCADE`: which of those of a name, its arguments say, and what goes with it, they don't.
fn with_a_routine(text: &str, span: std::ops::Range<usize>) -> Option<String> {
    const ROUTINES: [&str; 4] = ["function", "procedure", "routine", "aggregate"];
    let dropped = destructions(text, span).into_iter().next()?;
    let is_routine = matches!(dropped.object.kind, ObjectKind::Other(word) if ROUTINES.contains(&word));
    (is_routine && dropped.cascade).then(|| format!("what goes with the {}", dropped.object))
}
