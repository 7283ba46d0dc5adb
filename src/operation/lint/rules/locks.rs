//! What locks others out, or can't be told from done, in a statement of its own kind.

use super::Scene;
use crate::operation::lint::Findings;
use crate::operation::lint::rule::{
    CHANGE_OUTSIDE_TRANSACTION, CLUSTER_WIDE, IF_NOT_EXISTS, REFRESH_BLOCKS_READERS, REWRITE_BLOCKS_EVERYONE,
};
use crate::revision::SectionKind;
use crate::revision::statement::{Reader, subject};

pub(super) fn look_at(scene: &Scene<'_>, found: &mut Findings<'_>) {
    let reader = Reader::head(scene.text, scene.statement.span.clone());
    refresh(scene, reader.clone(), found);
    rewrite(scene, reader.clone(), found);
    outside_transaction(scene, reader.clone(), found);
    cluster_wide(scene, reader.clone(), found);
    if_not_exists(&reader, found);
}

fn refresh(scene: &Scene<'_>, mut reader: Reader<'_>, found: &mut Findings<'_>) {
    if !reader.take(&["REFRESH", "MATERIALIZED", "VIEW"]) || reader.take(&["CONCURRENTLY"]) {
        return;
    }
    let Some((view, span)) = reader.take_object() else { return };
    // WITH NO DATA runs no query.
    if !reader.take(&["WITH", "NO", "DATA"]) && !scene.news.has_table(&view) {
        found.add(&REFRESH_BLOCKS_READERS, span, format!("nobody can read {} while it is refreshed", view.shown()));
    }
}

fn rewrite(scene: &Scene<'_>, mut reader: Reader<'_>, found: &mut Findings<'_>) {
    let vacuums = reader.take(&["VACUUM"]);
    let is_full = vacuums && reader.rest().iter().any(|part| part.is("FULL"));
    if is_full {
        found.add(&REWRITE_BLOCKS_EVERYONE, scene.statement.span.clone(), "VACUUM FULL writes whole tables again");
    }
    if reader.take(&["CLUSTER"]) && !reader.rest().is_empty() {
        found.add(&REWRITE_BLOCKS_EVERYONE, scene.statement.span.clone(), "CLUSTER writes the whole table again");
    }
}

fn outside_transaction(scene: &Scene<'_>, mut reader: Reader<'_>, found: &mut Findings<'_>) {
    let runs_statements = matches!(scene.section.kind, SectionKind::Up(_) | SectionKind::Down(_));
    if !runs_statements || scene.section.kind.is_transactional() {
        return;
    }
    let Some(word) = reader.take_any(&["INSERT", "UPDATE", "DELETE", "MERGE"]) else { return };
    let about = subject(scene.text, scene.statement.span.clone());
    let what = about.map(|(name, _)| format!(" of {}", name.shown())).unwrap_or_default();
    let span = scene.statement.span.start..scene.statement.span.start + word.len();
    found.add(&CHANGE_OUTSIDE_TRANSACTION, span, format!("{word}{what} in a transaction=off section"));
}

fn cluster_wide(scene: &Scene<'_>, mut reader: Reader<'_>, found: &mut Findings<'_>) {
    let what = match reader.take_any(&["CREATE", "ALTER", "DROP", "GRANT", "REVOKE"]) {
        Some("GRANT" | "REVOKE") => {
            // Rights are granted ON something; what is granted without that is a role.
            let rest = reader.rest();
            (!rest.iter().any(|part| part.is("ON"))).then_some("membership in a role")
        }
        Some(_) if reader.take(&["USER", "MAPPING"]) => None,
        Some(_) => {
            reader.take_any(&["ROLE", "USER", "GROUP", "DATABASE", "TABLESPACE", "SYSTEM"]).map(|kind| match kind {
                "DATABASE" => "a database",
                "TABLESPACE" => "a tablespace",
                "SYSTEM" => "the server's settings",
                _ => "a role",
            })
        }
        None => None,
    };
    if let Some(what) = what {
        found.add(&CLUSTER_WIDE, scene.statement.span.clone(), format!("changes {what}, which all databases share"));
    }
}

fn if_not_exists(reader: &Reader<'_>, found: &mut Findings<'_>) {
    let parts = reader.parts();
    let first = |words: &[&str]| parts.first().is_some_and(|part| words.iter().any(|word| part.is(word)));
    // An extension or a schema is the same wherever it is.
    let is_shared = parts.get(1).is_some_and(|part| part.is("EXTENSION") || part.is("SCHEMA"));
    if !first(&["CREATE", "ALTER", "DROP"]) || is_shared {
        return;
    }
    let condition = parts.windows(2).find(|pair| pair[0].is("IF") && (pair[1].is("NOT") || pair[1].is("EXISTS")));
    if let Some([start, end]) = condition {
        let words = if end.is("NOT") { "IF NOT EXISTS" } else { "IF EXISTS" };
        found.add(&IF_NOT_EXISTS, start.span.start..end.span.end, format!("{words} hides a database that differs"));
    }
}
