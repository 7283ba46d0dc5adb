//! Names without a schema, below a change of search_path.

use super::Scene;
use crate::operation::lint::Findings;
use crate::operation::lint::rule::UNQUALIFIED_NAME;
use crate::revision::statement::{Reader, subject};

pub(super) fn look_at(scene: &Scene<'_>, found: &mut Findings<'_>) {
    if !scene.search_path_set {
        return;
    }
    if let Some((name, span)) = subject(scene.text, scene.statement.span.clone())
        && name.schema.is_none()
        && !scene.news.has(&name)
    {
        found.add(
            &UNQUALIFIED_NAME,
            span,
            format!("{} is looked for in a search_path that this revision has set", name.shown()),
        );
    }
}

/// Whether a statement sets search_path, or sets it back; None where it does neither.
pub(in super::super) fn sets_search_path(scene: &Scene<'_>) -> Option<bool> {
    let mut reader = Reader::head(scene.text, scene.statement.span.clone());
    if reader.take(&["RESET"]) {
        return reader.take_any(&["SEARCH_PATH", "ALL"]).map(|_| false);
    }
    if reader.take(&["SELECT"]) {
        let call = reader.rest().windows(3).any(|parts| {
            parts[0].is("set_config") && parts[1].is_symbol("(") && parts[2].text.eq_ignore_ascii_case("'search_path'")
        });
        return call.then_some(true);
    }
    if !reader.take(&["SET"]) {
        return None;
    }
    reader.take_any(&["SESSION", "LOCAL"]);
    reader.take_any(&["SEARCH_PATH", "SCHEMA"])?;
    let is_default = reader.rest().last().is_some_and(|part| part.is("DEFAULT"));
    Some(!is_default)
}
