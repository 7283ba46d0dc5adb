//! A history with baselines expanded because a picture is to show what they stand for.

use crate::error::Error;
use crate::graph::Target;
use crate::project::{History, View};
use crate::revision::RevisionId;

/// Which baselines are expanded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expand {
    /// None.
    #[default]
    Nothing,
    /// These, one after the other: what comes in the place of one may be another.
    These(Vec<Target>),
    /// All, and those within them.
    All,
}

/// The history with these baselines expanded.
///
/// # Errors
/// A target that is no baseline; an archive that lacks what a baseline stands for.
pub fn expanded<'h>(history: &'h History, expand: &Expand) -> Result<View<'h>, Error> {
    let mut view = View::Collapsed(history);
    match expand {
        Expand::Nothing => {}
        Expand::These(targets) => {
            for target in targets {
                let baselines = baselines_of(&view, target)?;
                view = View::Expanded(Box::new(view.expanded(&baselines)?));
            }
        }
        Expand::All => loop {
            let baselines: Vec<RevisionId> = view.graph.baselines().map(|node| node.id().clone()).collect();
            if baselines.is_empty() {
                break;
            }
            view = View::Expanded(Box::new(view.expanded(&baselines)?));
        },
    }
    Ok(view)
}

fn baselines_of(history: &History, target: &Target) -> Result<Vec<RevisionId>, Error> {
    let found = history.graph.resolve(target, None)?;
    match found.iter().find(|id| history.graph.get(id).is_none_or(|node| !node.node().is_baseline())) {
        None if !found.is_empty() => Ok(found),
        other => Err(Error::Invalid {
            message: match other {
                Some(id) => format!("{id} is no baseline that could be expanded"),
                None => format!("`{target}` means no revision"),
            },
            help: "`revgraph archive list` shows the baselines; `--expand all` expands every one".to_owned(),
        }),
    }
}
