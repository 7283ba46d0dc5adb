//! Which revisions a squash takes.

use crate::error::Error;
use crate::graph::{Region, Target};
use crate::project::History;
use crate::revision::SectionKind;

/// The revisions from `from` up to `to`, as [`crate::graph::Graph::region`] finds them. Fails if one of them has a
/// `[load]` section: a baseline is proved in scratch databases, which have nothing to load from.
pub fn region(history: &History, from: Option<&Target>, to: Option<&Target>) -> Result<Region, Error> {
    let region = history.graph.region(from, to)?;
    let mut revisions = region.revisions.iter().filter_map(|id| history.get(id));
    match revisions.find(|revision| revision.sections.iter().any(|part| matches!(part.kind, SectionKind::Load(_)))) {
        None => Ok(region),
        Some(revision) => Err(Error::LoadInRegion { revision: revision.id.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::revision::{Revision, Source};

    #[test]
    fn what_loads_is_not_squashed() {
        let revision = |text: &str| Revision::parse(Source::from_text(Path::new("r.sql"), text.to_owned())).unwrap();
        let history = History::from_revisions(vec![
            revision("-- revision: a\n\n-- [up]\n"),
            revision("-- revision: b\n-- parents: a\n\n-- [up]\n"),
            revision("-- revision: c\n-- parents: b\n\n-- [load from=old into=t]\nSELECT 1;\n"),
            revision("-- revision: d\n-- parents: c\n\n-- [up]\n"),
        ])
        .unwrap();
        let to = |text: &str| region(&history, None, Some(&text.parse().unwrap()));
        assert_eq!(to("b").unwrap().revisions.len(), 2);
        let error = to("d").unwrap_err();
        assert_eq!((error.kind(), error.to_string().split(' ').next()), ("load_in_region", Some("c")));
    }
}
