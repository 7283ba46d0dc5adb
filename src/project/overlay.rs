//! A history with some of its baselines expanded: the archive is opened for these, and for nothing else.

use std::collections::BTreeSet;
use std::ops::Deref;

use super::archive::{Archive, Archived, Manifest, Member};
use super::history::node;
use super::kept::KeptError;
use super::{History, LoadError};
use crate::graph::{Direction, Extent, Node, Reference, Rows, Target};
use crate::revision::{Problem, Revision, RevisionId, list};

/// A history as it is needed for one question.
#[derive(Debug)]
pub enum View<'h> {
    /// Every baseline is one node: the live files are all that is needed.
    Collapsed(&'h History),
    /// With archived revisions in place of some baselines.
    Expanded(Box<History>),
}

impl Deref for View<'_> {
    type Target = History;

    fn deref(&self) -> &History {
        match self {
            View::Collapsed(history) => history,
            View::Expanded(history) => history,
        }
    }
}

/// Why a history can't be looked at as a database needs it.
#[derive(Debug, thiserror::Error)]
pub enum OverlayError {
    /// The archive can't be read, or isn't what a squash wrote.
    #[error("{0}")]
    Archive(#[from] Problem),
    /// A baseline can't be expanded, run or recorded.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// The archived revisions don't fit in with the live ones.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// What a database keeps of a revision can't stand in for its file.
    #[error(transparent)]
    Kept(#[from] KeptError),
}

/// Why a baseline can't be expanded, run or recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// Archived revisions are needed, and are not there.
    #[error("revisions inside the baseline {baseline} are needed, and {}", what_is_gone(missing))]
    Gone {
        /// The baseline.
        baseline: RevisionId,
        /// Those of its members whose files are not there; none: its whole folder isn't.
        missing: Vec<RevisionId>,
        /// Whether the files are a part of a program.
        is_embedded: bool,
    },
    /// The baseline's file is not what was proved.
    #[error(
        "the baseline {baseline} was edited after it was proved: its way {way} is another one than its manifest says"
    )]
    Edited {
        /// The baseline.
        baseline: RevisionId,
        /// Which way.
        way: Direction,
    },
}

fn what_is_gone(missing: &[RevisionId]) -> String {
    match missing {
        [] => "the archive has nothing of it".to_owned(),
        missing => format!("the archive lacks {}", list(missing)),
    }
}

impl History {
    /// This history with the baselines expanded that the way up from a database's `rows` to the targets leads into.
    ///
    /// # Errors
    /// Fails where a baseline must be expanded and the archive doesn't have all of it.
    pub fn overlay_up(&self, rows: &Rows, targets: &[Target]) -> Result<View<'_>, OverlayError> {
        self.overlay(|view| Ok(view.graph.to_expand(rows, targets)))
    }

    /// The same for the way down. Also expanded are baselines in effect, but not recorded, of which `is_other` says that
    /// the database has another history than they stand for; and those of which the originals' way down would leave a
    /// part in effect: see `History::torn`.
    ///
    /// # Errors
    /// Fails where a baseline must be expanded, or may have to be, and the archive doesn't have what that needs.
    pub fn overlay_down(
        &self,
        rows: &Rows,
        targets: &[Target],
        is_other: &dyn Fn(&Revision) -> bool,
    ) -> Result<View<'_>, OverlayError> {
        self.overlay(|view| {
            let mut wanted = view.graph.to_expand(rows, targets);
            let others = view.graph.baselines().filter(|baseline| {
                view.graph.extent(*baseline, rows) == Extent::All && view.revision_of(*baseline).is_some_and(is_other)
            });
            wanted.extend(others.map(|baseline| baseline.id().clone()));
            match targets {
                [target] if wanted.is_empty() => view.torn(rows, target),
                _ => Ok(wanted),
            }
        })
    }

    /// Expands baselines until no more are wanted: what comes in the place of some may be baselines too.
    fn overlay(
        &self,
        wanted: impl Fn(&History) -> Result<Vec<RevisionId>, OverlayError>,
    ) -> Result<View<'_>, OverlayError> {
        let mut view = View::Collapsed(self);
        loop {
            let wanted = wanted(&view)?;
            if wanted.is_empty() {
                return Ok(view);
            }
            view = View::Expanded(Box::new(view.expanded(&wanted)?));
        }
    }

    /// This history with baselines expanded, and nothing within these.
    pub fn expanded(&self, baselines: &[RevisionId]) -> Result<History, OverlayError> {
        let mut layout = self.layout();
        let mut members = Vec::new();
        for baseline in baselines.iter().filter_map(|id| self.get(id)) {
            let Members { pairs, all } = members_of(self, baseline)?;
            if !all {
                let above = self.graph.descendants(std::slice::from_ref(&baseline.id));
                layout.leave_out(&above.into_iter().filter(|id| *id != baseline.id).collect::<Vec<_>>());
            }
            let (nodes, revisions): (Vec<Node>, Vec<Revision>) = pairs.into_iter().unzip();
            layout.expand(&baseline.id, nodes);
            members.extend(revisions);
        }
        Ok(self.laid_out(layout, members.into_iter())?)
    }

    /// The manifest of a baseline, after looking whether the baseline is what it says was proved; none where the archive
    /// is gone. Baselines that were edited afterwards are refused.
    pub fn proved(&self, baseline: &Revision) -> Result<Option<Manifest>, OverlayError> {
        let Some(archive) = self.archive() else { return Ok(None) };
        let Some(manifest) = archive.manifest(&baseline.id)? else { return Ok(None) };
        let edited = |way| BaselineError::Edited { baseline: baseline.id.clone(), way }.into();
        if manifest.up != baseline.up_checksum {
            return Err(edited(Direction::Up));
        }
        if manifest.down != baseline.down_checksum {
            return Err(edited(Direction::Down));
        }
        Ok(Some(manifest))
    }
}

/// What a baseline stands for.
struct Members {
    /// Its direct members.
    pairs: Vec<(Node, Revision)>,
    /// Whether these are all. If they are not, because a database keeps only what is in effect, then nothing that stands
    /// above the baseline is in effect either.
    all: bool,
}

/// What a baseline stands for: from the archive, or, where that lacks any of it, what a database keeps of it.
fn members_of(history: &History, baseline: &Revision) -> Result<Members, OverlayError> {
    match Opened::read(history, baseline) {
        Ok(opened) => {
            let pairs = opened.nodes().into_iter().zip(opened.archived.revisions).collect();
            Ok(Members { pairs, all: true })
        }
        Err(gone @ OverlayError::Baseline(BaselineError::Gone { .. })) => {
            let Some(members) = history.kept().and_then(|kept| kept.members_of(baseline)) else { return Err(gone) };
            let pairs = members?;
            let ids: BTreeSet<&RevisionId> = pairs.iter().flat_map(|(_, revision)| names(revision)).collect();
            Ok(Members { all: baseline.replaces.last().is_some_and(|sink| ids.contains(sink)), pairs })
        }
        Err(error) => Err(error),
    }
}

/// A baseline that is to be expanded, with all that its archive has.
struct Opened<'h> {
    baseline: &'h Revision,
    archived: Archived,
}

impl<'h> Opened<'h> {
    /// Reads what a baseline stands for. All of it must be there: a plan may need any of it.
    fn read(history: &History, baseline: &'h Revision) -> Result<Opened<'h>, OverlayError> {
        let is_embedded = history.archive().is_some_and(Archive::is_embedded);
        let gone = |missing| BaselineError::Gone { baseline: baseline.id.clone(), missing, is_embedded };
        let archive = history.archive().ok_or_else(|| gone(Vec::new()))?;
        let archived = archive.get(&baseline.id)?.ok_or_else(|| gone(Vec::new()))?;
        let missing: Vec<RevisionId> = archived.missing().map(|member| member.id.clone()).collect();
        if !missing.is_empty() {
            return Err(gone(missing).into());
        }
        let opened = Opened { baseline, archived };
        if opened.is_sound() {
            return Ok(opened);
        }
        let problem = Problem::without_place(
            baseline.source.path(),
            format!("replaces other revisions than archive/{}/manifest.toml says", baseline.id),
        );
        Err(problem.kind_of("bad_archive").help("take both from version control, as `squash` wrote them").into())
    }

    /// Whether header and manifest speak of the same revisions.
    fn is_sound(&self) -> bool {
        let replaced: BTreeSet<&RevisionId> = self.baseline.replaces.iter().collect();
        let members = self.archived.revisions.iter();
        let archived = members.flat_map(names).collect();
        let sink = self.archived.manifest.revisions.last().map(|member| &member.id);
        replaced == archived && sink == self.baseline.replaces.last()
    }

    /// The members as nodes. What a file calls another revision may be ambiguous by now; the manifest has whole ids.
    fn nodes(&self) -> Vec<Node> {
        let pairs = self.archived.manifest.revisions.iter().zip(&self.archived.revisions);
        pairs.map(|(member, revision)| member_node(member, revision)).collect()
    }
}

/// A revision's id, and what it replaces.
fn names(revision: &Revision) -> impl Iterator<Item = &RevisionId> {
    std::iter::once(&revision.id).chain(&revision.replaces)
}

fn member_node(member: &Member, revision: &Revision) -> Node {
    let references = |ids: &[RevisionId]| ids.iter().map(Reference::from).collect();
    Node { parents: references(&member.parents), depends_on: references(&member.depends_on), ..node(revision) }
}
