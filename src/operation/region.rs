//! Which revisions a squash takes.

use crate::error::Error;
use crate::graph::{Region, Target};
use crate::operation::sources::loads;
use crate::project::{History, Scratch};

/// The revisions from `from` up to `to`, as [`crate::graph::Graph::region`] finds them. Fails if one of them loads from a
/// database for which nothing stands in scratch databases: there a baseline is proved.
pub fn region(
    history: &History,
    settings: &Scratch,
    from: Option<&Target>,
    to: Option<&Target>,
) -> Result<Region, Error> {
    let region = history.graph.region(from, to)?;
    let mut loads = region.revisions.iter().filter_map(|id| history.get(id)).flat_map(loads);
    match loads.find(|(_, load)| !settings.sources.contains_key(load.source())) {
        None => Ok(region),
        Some((_, load)) => {
            Err(Error::LoadInRegion { revision: load.revision().id.clone(), source_name: load.source().to_owned() })
        }
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
        let mut settings = Scratch::default();
        let to = |text: &str, settings: &Scratch| region(&history, settings, None, Some(&text.parse().unwrap()));
        assert_eq!(to("b", &settings).unwrap().revisions.len(), 2);
        let error = to("d", &settings).unwrap_err();
        assert_eq!((error.kind(), error.to_string().split(' ').next()), ("load_in_region", Some("c")));
        settings.sources.insert("old".to_owned(), "old.sql".into());
        assert_eq!(to("d", &settings).unwrap().revisions.len(), 4);
    }
}
