//! `manifest.toml`: what a baseline replaced, in which order, and what was proved of it.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use toml::Spanned;

use super::file_name::FileName;
use crate::revision::{Checksum, Problem, RevisionId, Source};

/// The name of a manifest within a baseline's folder.
pub const MANIFEST: &str = "manifest.toml";

/// What is wrong with a manifest, for tools.
pub const BAD_MANIFEST: &str = "bad_manifest";

/// What a baseline stands for. Written by `squash`; read wherever an archived revision is needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The layout of the manifest.
    pub format: Format,
    /// The baseline.
    pub baseline: RevisionId,
    /// What the baseline is for.
    pub message: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// How its text was made.
    pub mode: Mode,
    /// The lineage of the sink, which the baseline carries on.
    pub lineage: Checksum,
    /// The checksum of the baseline's way up, as it was proved.
    pub up: Checksum,
    /// The checksum of the baseline's way down, as it was proved.
    pub down: Checksum,
    /// When its members' files were removed, if they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pruned: Option<DateTime<Utc>>,
    /// The direct members in plan order: the last one is the sink. Never empty. Another baseline counts as one.
    #[serde(rename = "revision")]
    pub revisions: Vec<Member>,
    /// What was proved.
    pub proof: Proof,
}

/// The layout of a manifest. There is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Format;

/// How a baseline's text was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// By `pg_dump`, from a database that the members had built.
    Snapshot,
    /// By putting the members' sections one after the other.
    Concat,
}

/// A revision that a baseline replaced. What it says of the graph is resolved: ids in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its id.
    pub id: RevisionId,
    /// Its file, beside the manifest.
    pub file: FileName,
    /// The SHA-256 of the file's bytes.
    pub sha256: Checksum,
    /// The checksum of its way up.
    pub up: Checksum,
    /// The checksum of its way down.
    pub down: Checksum,
    /// Its lineage.
    pub lineage: Checksum,
    /// The revisions that it follows.
    pub parents: Vec<RevisionId>,
    /// The revisions that it depends on.
    pub depends_on: Vec<RevisionId>,
    /// The labels that its own file gives.
    pub labels: Vec<String>,
    /// What it is for.
    pub message: String,
}

/// What was compared before the files were swapped, and found equal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// When.
    pub at: DateTime<Utc>,
    /// The server that the scratch databases were on: `PostgreSQL 15.18`.
    pub server: String,
    /// How long it took.
    pub seconds: f64,
    /// The digest of the schema that both databases had.
    pub schema: Checksum,
    /// The digest of the rows that both databases had.
    pub rows: Checksum,
    /// How the baseline's way down was found: `exact`, or what it is.
    pub down: String,
    /// Rows that differ between two replays of the members, which the baseline freezes.
    pub volatile: Vec<String>,
    /// What the comparison did not cover.
    pub not_compared: Vec<String>,
    /// What members said or had beside what they build, and the baseline does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// How many objects of each kind there were.
    pub objects: BTreeMap<String, u64>,
}

impl Manifest {
    /// The revision that stood for all that is below it.
    pub fn sink(&self) -> Option<&Member> {
        self.revisions.last()
    }

    /// A member by its id.
    pub fn member(&self, id: &RevisionId) -> Option<&Member> {
        self.revisions.iter().find(|member| member.id == *id)
    }

    /// Reads a manifest from text, or says where it is wrong.
    pub fn parse(source: &Source) -> Result<Manifest, Problem> {
        // First, so that a later layout is told as such and not as a manifest full of mistakes.
        toml::from_str::<Versioned>(source.text()).map_err(|error| mistake(source, &error))?;
        let manifest: Manifest = toml::from_str(source.text()).map_err(|error| mistake(source, &error))?;
        match manifest.inconsistency() {
            None => Ok(manifest),
            Some((member, message)) => Err(problem(source, place_of(source, member), message)),
        }
    }

    /// The manifest's canonical text.
    pub fn to_text(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// What makes no sense together: the member in question, if it is about one, and why.
    fn inconsistency(&self) -> Option<(Option<usize>, String)> {
        let all: HashSet<&RevisionId> = self.revisions.iter().map(|member| &member.id).collect();
        let (mut earlier, mut files) = (HashSet::new(), HashSet::new());
        for (index, member) in self.revisions.iter().enumerate() {
            let about_it = |message: String| Some((Some(index), message));
            let needed = || member.parents.iter().chain(&member.depends_on);
            if let Some(later) = needed().find(|id| all.contains(id) && !earlier.contains(id)) {
                return about_it(format!("`{}` needs `{later}`, which must be listed before it", member.id));
            }
            if let Some(baseline) = needed().find(|id| **id == self.baseline) {
                return about_it(format!("`{}` needs `{baseline}`, which replaced it", member.id));
            }
            if member.id == self.baseline {
                return about_it(format!("`{}` is the baseline itself", member.id));
            }
            if !earlier.insert(&member.id) {
                return about_it(format!("`{}` is listed twice", member.id));
            }
            if !files.insert(member.file.folded()) {
                return about_it(format!("{:?} is the file of another revision too", member.file.as_str()));
            }
        }
        match self.sink() {
            None => Some((None, "it lists no revision".to_owned())),
            Some(sink) if sink.lineage != self.lineage => {
                let last = self.revisions.len().checked_sub(1);
                Some((last, format!("the lineage of the last revision, `{}`, must be the baseline's", sink.id)))
            }
            Some(_) => None,
        }
    }
}

/// As much of any layout as tells which one it is.
#[derive(Deserialize)]
struct Versioned {
    #[serde(rename = "format")]
    _format: Format,
}

/// The layout that [`Format`] stands for.
const FORMAT: u32 = 1;

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(FORMAT)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Format, D::Error> {
        match i64::deserialize(deserializer)? {
            found if found == i64::from(FORMAT) => Ok(Format),
            found => {
                Err(de::Error::custom(format!("format {found} is not known to this revgraph, which reads {FORMAT}")))
            }
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Snapshot => "snapshot",
            Mode::Concat => "concat",
        })
    }
}

/// Where a member stands in the text; without one, the beginning.
fn place_of(source: &Source, member: Option<usize>) -> Range<usize> {
    #[derive(Deserialize)]
    struct Places {
        revision: Vec<Identified>,
    }
    #[derive(Deserialize)]
    struct Identified {
        id: Spanned<String>,
    }
    // It was read a moment ago.
    let places = toml::from_str::<Places>(source.text()).map(|places| places.revision).unwrap_or_default();
    let identified = member.and_then(|member| places.get(member));
    identified.map_or(0..0, |identified| identified.id.span())
}

fn mistake(source: &Source, error: &toml::de::Error) -> Problem {
    problem(source, error.span().unwrap_or(0..0), error.message().trim())
}

fn problem(source: &Source, span: Range<usize>, message: impl Into<String>) -> Problem {
    Problem::at(source, span, message).kind_of(BAD_MANIFEST).help(HELP)
}

const HELP: &str = "revgraph writes manifests, and they are not edited: take the file from version control";

#[cfg(test)]
mod tests;
