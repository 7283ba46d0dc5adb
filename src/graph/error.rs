//! What can be wrong with a graph, a target or a plan.

use std::fmt;

use super::node::{Node, Origin, Relation};
use super::plan::Direction;
use crate::revision::{IllegalId, RevisionId};

/// How many names a message lists before it only counts.
const LISTED: usize = 8;

/// What can be wrong with a graph, a target or a plan. The message says what happened and where, [`GraphError::help`]
/// what to do next, [`GraphError::kind`] is for tools.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A target names a revision that the graph doesn't have.
    #[error("no revision or label is called `{name}`")]
    UnknownRevision {
        /// What was asked for.
        name: String,
        /// Names that look like it.
        close: Vec<String>,
    },
    /// A database holds revisions that the graph doesn't have.
    #[error("the database has {}, which {} not among the revisions here", list(ids), is(ids))]
    UnknownApplied {
        /// The ids that the graph doesn't have.
        ids: Vec<RevisionId>,
    },
    /// What stands before the `@` is neither a label nor a revision.
    #[error("there is no branch `{name}`: no revision or label is called so")]
    UnknownBranch {
        /// What was asked for.
        name: String,
        /// Names that look like it.
        close: Vec<String>,
    },
    /// A prefix begins several names.
    #[error("`{prefix}`{} could be {}", in_revision(by), list(matches))]
    AmbiguousPrefix {
        /// What was asked for.
        prefix: String,
        /// The ids and labels that begin with it.
        matches: Vec<String>,
        /// The revision that uses it, where it isn't in a target.
        by: Option<Cited>,
    },
    /// Counting meets a point where several revisions could come next.
    #[error("`{target}` is ambiguous: {fork}: {}", list(choices))]
    AmbiguousRelative {
        /// The target.
        target: String,
        /// Where the ways part.
        fork: Fork,
        /// The revisions that could come next.
        choices: Vec<RevisionId>,
    },
    /// A revision isn't in the branch that the target names.
    #[error("revision `{revision}` is neither above nor below `{branch}`")]
    NotInBranch {
        /// The revision.
        revision: RevisionId,
        /// The branch's name, as it was given.
        branch: String,
    },
    /// A target stands for one head, and there are several.
    #[error("`{target}` means a single head, and there are {}: {}", heads.len(), list(heads))]
    MultipleHeads {
        /// The target.
        target: String,
        /// The heads that it could mean.
        heads: Vec<RevisionId>,
    },
    /// A target can't be reached from where the database, or the other end of a range, is.
    #[error("`{target}` can't be reached: {reason}")]
    NotOnPath {
        /// The target.
        target: String,
        /// What is in the way.
        reason: String,
    },
    /// Counting leaves the graph.
    #[error("`{target}` goes too far: only {reached} {} that way", lie(*reached))]
    RelativeOutOfRange {
        /// The target.
        target: String,
        /// How many revisions there are to count.
        reached: u32,
    },
    /// A relative target leads the other way than the command.
    #[error("`{target}` leads away from where {} goes", way(*direction))]
    WrongWay {
        /// The target.
        target: String,
        /// The command's direction.
        direction: Direction,
    },
    /// Of several revisions that are asked for at once, one needs another.
    #[error("`{lower}` and `{upper}` overlap: `{lower}` is below `{upper}`")]
    OverlappingTargets {
        /// The one that is needed.
        lower: RevisionId,
        /// The one that needs it.
        upper: RevisionId,
    },
    /// Revisions are their own ancestors.
    #[error("the parents of these revisions form a cycle: {}", chain(revisions))]
    Cycle {
        /// The cycle: each has the next as a parent, and the last has the first.
        revisions: Vec<Cited>,
    },
    /// A revision is its own parent.
    #[error("revision {by} has itself as a parent")]
    SelfLoop {
        /// The revision.
        by: Cited,
    },
    /// Revisions need each other, by way of at least one depends_on.
    #[error("these revisions need each other: {}", chain(revisions))]
    DependencyCycle {
        /// The cycle: each needs the next, and the last needs the first.
        revisions: Vec<Cited>,
    },
    /// A revision depends on itself.
    #[error("revision {by} depends on itself")]
    DependencySelfLoop {
        /// The revision.
        by: Cited,
    },
    /// Several revisions carry one label, or a revision's id is also a label.
    #[error("label `{label}` is used more than once: {}", list(revisions))]
    DuplicateBranchLabel {
        /// The label.
        label: String,
        /// The revisions that carry it or are called so.
        revisions: Vec<Cited>,
    },
    /// A text isn't a revision's id.
    #[error("`{text}` is not a revision id: {reason}")]
    IllegalRevisionId {
        /// The text.
        text: String,
        /// The rule that it breaks.
        reason: IllegalId,
    },
    /// A revision follows or depends on one that the graph doesn't have.
    #[error("revision {by} {relation} `{reference}`, and there is no such revision")]
    MissingParent {
        /// The revision.
        by: Cited,
        /// What the other one should be to it.
        relation: Relation,
        /// How it names the other one.
        reference: String,
        /// Names that look like it.
        close: Vec<String>,
    },
    /// Several revisions have one id.
    #[error("revision `{id}` is there {} times{}", origins.len(), places(origins))]
    DuplicateRevision {
        /// The id.
        id: RevisionId,
        /// Where each of them is written down.
        origins: Vec<Option<Origin>>,
    },
    /// A revision is replaced by a baseline and is still there, or is replaced by several.
    #[error("revision `{id}` is {}replaced by {}", live.as_ref().map(|live| format!("there{} and is also ", at(live))).unwrap_or_default(), list(baselines))]
    ReplacedTwice {
        /// The revision's id.
        id: String,
        /// Where it is written down, if it is live.
        live: Option<Cited>,
        /// The baselines that replace it.
        baselines: Vec<Cited>,
    },
    /// A live revision follows one that a baseline has within, or is to follow one.
    #[error("{} `{parent}`, which is inside the baseline `{baseline}`", match by { Some(by) => format!("revision {by} follows"), None => "a new revision can't follow".to_owned() })]
    ParentInsideBaseline {
        /// The revision; none if it is yet to be written.
        by: Option<Cited>,
        /// The one that it follows.
        parent: String,
        /// The baseline.
        baseline: RevisionId,
    },
    /// Counting would go over a baseline, which stands for several revisions.
    #[error("`{target}` would cross the baseline `{baseline}`, which stands for several revisions")]
    RelativeCrossesBaseline {
        /// The target.
        target: String,
        /// The baseline.
        baseline: RevisionId,
    },
    /// A text isn't a target, or the target means nothing for the command.
    #[error("`{text}` is not a target here: {reason}")]
    BadTarget {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A revision and where it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cited {
    /// The revision.
    pub id: RevisionId,
    /// Where it is written down, or the line in question of it.
    pub origin: Option<Origin>,
}

/// Where counting revisions meets several ways to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fork {
    /// The database is at several revisions.
    Start,
    /// There are several bases.
    Base,
    /// A revision with several children.
    Above(RevisionId),
    /// A revision with several parents.
    Below(RevisionId),
}

/// What to do where a file is gone.
const RECOVER: &str = "If a file is gone, `revgraph recover` writes it from a database that has it";

impl GraphError {
    /// The error's name for tools. Never changes.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnknownRevision { .. } | Self::UnknownApplied { .. } => "unknown_revision",
            Self::UnknownBranch { .. } => "unknown_branch",
            Self::AmbiguousPrefix { .. } => "ambiguous_prefix",
            Self::AmbiguousRelative { .. } => "ambiguous_relative",
            Self::NotInBranch { .. } => "not_in_branch",
            Self::MultipleHeads { .. } => "multiple_heads",
            Self::NotOnPath { .. } => "not_on_path",
            Self::RelativeOutOfRange { .. } | Self::WrongWay { .. } => "relative_out_of_range",
            Self::OverlappingTargets { .. } => "overlapping_targets",
            Self::Cycle { .. } => "cycle",
            Self::SelfLoop { .. } => "self_loop",
            Self::DependencyCycle { .. } => "dependency_cycle",
            Self::DependencySelfLoop { .. } => "dependency_self_loop",
            Self::DuplicateBranchLabel { .. } => "duplicate_branch_label",
            Self::IllegalRevisionId { .. } => "illegal_revision_id",
            Self::MissingParent { .. } => "missing_parent",
            Self::DuplicateRevision { .. } | Self::ReplacedTwice { .. } => "duplicate_revision",
            Self::ParentInsideBaseline { .. } => "parent_inside_baseline",
            Self::RelativeCrossesBaseline { .. } => "relative_crosses_baseline",
            Self::BadTarget { .. } => "bad_target",
        }
    }

    /// What to do next, where there is something to say.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::UnknownRevision { close, .. } | Self::UnknownBranch { close, .. } => Some(did_you_mean(close)),
            Self::UnknownApplied { .. } => {
                Some("is this checkout older than the database? use one that has these revisions".to_owned())
            }
            Self::MissingParent { close, .. } if close.is_empty() => {
                Some(format!("is a file missing, or not committed? {RECOVER}"))
            }
            Self::MissingParent { close, .. } => Some(format!("{} {RECOVER}", did_you_mean(close))),
            Self::AmbiguousPrefix { .. } => Some("give more characters of the id".to_owned()),
            // Only where several children or heads are in the way, a branch tells them apart.
            Self::AmbiguousRelative { target, fork, .. } if !target.contains('@') && !matches!(fork, Fork::Below(_)) => {
                Some(format!("name a revision, or narrow it to a branch: `LABEL@{target}`"))
            }
            Self::AmbiguousRelative { .. } => Some("name the revision that is meant".to_owned()),
            Self::MultipleHeads { .. } => Some(
                "use `heads` for all of them, name one (`ID`, `LABEL@head`), or join them with `revgraph merge`"
                    .to_owned(),
            ),
            Self::WrongWay { direction: Direction::Up, .. } => Some("use `revgraph downgrade` to go down".to_owned()),
            Self::WrongWay { direction: Direction::Down, .. } => Some("use `revgraph upgrade` to go up".to_owned()),
            Self::RelativeOutOfRange { .. } => Some("`base` and `heads` are the ends of the history".to_owned()),
            Self::NotInBranch { .. } => Some("leave out the part before the `@`, or name another branch".to_owned()),
            Self::OverlappingTargets { upper, .. } => Some(format!("name only `{upper}`")),
            Self::Cycle { .. } | Self::DependencyCycle { .. } => {
                Some("one of them must not need the next: change its `parents` or `depends_on`".to_owned())
            }
            Self::SelfLoop { by } | Self::DependencySelfLoop { by } => {
                Some(format!("take `{}` out of its own header", by.id))
            }
            Self::DuplicateBranchLabel { .. } => {
                Some("a label is carried by one revision: it spreads to those above by itself".to_owned())
            }
            Self::DuplicateRevision { .. } => {
                Some("give the copy an id of its own, or remove the file that is not meant".to_owned())
            }
            Self::ReplacedTwice { live: Some(live), .. } => Some(format!(
                "the archive has it: remove the file of `{}` that came back, say by a merge in version control",
                live.id
            )),
            Self::ReplacedTwice { .. } => {
                Some("keep one of the baselines: `revgraph archive restore` undoes a squash".to_owned())
            }
            Self::ParentInsideBaseline { baseline, .. } => Some(format!(
                "let it follow `{baseline}` or a later revision, and see whether its SQL still fits; or undo the squash \
                 with `revgraph archive restore {baseline}`"
            )),
            Self::RelativeCrossesBaseline { .. } => {
                Some("name a revision, also one inside the baseline, or `base` or `heads`".to_owned())
            }
            Self::BadTarget { .. } => {
                Some("targets are `heads`, `head`, `base`, an id or its beginning, a label, `LABEL@head`, `+1`, `-1`, `ID+1`".to_owned())
            }
            Self::NotOnPath { .. } => Some("`revgraph history` shows what follows what".to_owned()),
            Self::IllegalRevisionId { .. } => Some("an id is 1 to 64 of A-Z, a-z, 0-9 and _".to_owned()),
        }
    }
}

impl Cited {
    pub(super) fn node(node: &Node) -> Cited {
        Cited { id: node.id.clone(), origin: node.origin.clone() }
    }
}

impl fmt::Display for Cited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "`{}` ({origin})", self.id),
            None => write!(f, "`{}`", self.id),
        }
    }
}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fork::Start => f.write_str("counting could start at several revisions"),
            Fork::Base => f.write_str("there are several bases"),
            Fork::Above(id) => write!(f, "`{id}` has several children"),
            Fork::Below(id) => write!(f, "`{id}` has several parents"),
        }
    }
}

/// How a name is put into a list of a message.
trait Quoted {
    fn quoted(&self) -> String;
}

impl Quoted for RevisionId {
    fn quoted(&self) -> String {
        format!("`{self}`")
    }
}

impl Quoted for String {
    fn quoted(&self) -> String {
        format!("`{self}`")
    }
}

impl Quoted for Cited {
    fn quoted(&self) -> String {
        self.to_string()
    }
}

/// `a`, `b` and 3 more
fn list<T: Quoted>(names: &[T]) -> String {
    let mut shown: Vec<String> = names.iter().take(LISTED).map(Quoted::quoted).collect();
    let last = match names.len() {
        more if more > LISTED => Some(format!("{} more", more - LISTED)),
        2.. => shown.pop(),
        _ => None,
    };
    match last {
        Some(last) => format!("{} and {last}", shown.join(", ")),
        None => shown.join(", "),
    }
}

fn is<T>(things: &[T]) -> &'static str {
    if things.len() == 1 { "is" } else { "are" }
}

fn lie(count: u32) -> &'static str {
    if count == 1 { "revision lies" } else { "revisions lie" }
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "an upgrade",
        Direction::Down => "a downgrade",
    }
}

fn in_revision(by: &Option<Cited>) -> String {
    by.as_ref().map(|by| format!(" in revision {by}")).unwrap_or_default()
}

fn at(cited: &Cited) -> String {
    cited.origin.as_ref().map(|origin| format!(" ({origin})")).unwrap_or_default()
}

fn places(origins: &[Option<Origin>]) -> String {
    let known: Vec<String> = origins.iter().flatten().map(ToString::to_string).collect();
    if known.is_empty() { String::new() } else { format!(": {}", known.join(", ")) }
}

/// a → b → a
fn chain(revisions: &[Cited]) -> String {
    let mut names: Vec<String> = revisions.iter().take(LISTED).map(ToString::to_string).collect();
    if revisions.len() > LISTED {
        names.push(format!("{} more", revisions.len() - LISTED));
    }
    names.extend(revisions.first().map(|first| format!("`{}`", first.id)));
    names.join(" → ")
}

fn did_you_mean(close: &[String]) -> String {
    match close {
        [] => "`revgraph history` shows every revision and label".to_owned(),
        close => format!("did you mean {}?", list(close)),
    }
}
