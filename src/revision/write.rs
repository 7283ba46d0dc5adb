//! Writing a revision file.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use super::checksum::Checksum;
use super::id::RevisionId;

/// A revision that is to be written: what `revision`, `merge` and later commands fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The id.
    pub id: RevisionId,
    /// What it is for.
    pub message: String,
    /// The revisions that it follows.
    pub parents: Vec<RevisionId>,
    /// Ids, prefixes or labels that must be in effect first.
    pub depends_on: Vec<String>,
    /// Its branch labels.
    pub labels: Vec<String>,
    /// When it is made.
    pub created: DateTime<Utc>,
    /// What it stands for, if it is a baseline.
    pub replaces: Option<Replaced>,
    /// Why it has no way down, if there is none.
    pub irreversible: Option<String>,
    /// The phrase that must be typed before it runs, if there is one. It stands as it is: it is one line.
    pub confirm: Option<String>,
    /// The text of the file below the header, beginning with the first section's line.
    pub body: String,
}

/// What a baseline stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The revisions, in plan order.
    pub ids: Vec<RevisionId>,
    /// The lineage of the last of them.
    pub lineage: Checksum,
}

/// So many replaced ids stand on a line.
const IDS_A_LINE: usize = 6;

/// How wide the keys of a header are set, colon included, so that the values stand in one column.
const KEY_WIDTH: usize = "depends_on:".len();

impl Draft {
    /// The whole file.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let mut line = |key: &str, value: &str| {
            if !value.is_empty() {
                // Writing to a String can't fail.
                let _ = writeln!(text, "-- {:<KEY_WIDTH$} {value}", format!("{key}:"));
            }
        };
        let parents: Vec<&str> = self.parents.iter().map(RevisionId::as_str).collect();
        line("revision", self.id.as_str());
        line("message", &one_line(&self.message));
        line("parents", &parents.join(", "));
        line("depends_on", &self.depends_on.join(", "));
        line("labels", &self.labels.join(", "));
        line("created", &self.created.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        if let Some(replaced) = &self.replaces {
            for ids in replaced.ids.chunks(IDS_A_LINE) {
                let ids: Vec<&str> = ids.iter().map(RevisionId::as_str).collect();
                line("replaces", &ids.join(", "));
            }
            line("lineage", &replaced.lineage.to_string());
        }
        line("irreversible", &one_line(self.irreversible.as_deref().unwrap_or_default()));
        line("confirm", self.confirm.as_deref().unwrap_or_default());
        text + "\n" + &self.body
    }

    /// The name of its file.
    pub fn file_name(&self) -> String {
        file_name(&self.id, &self.message, self.created)
    }
}

/// The name of a revision's file: `<created>_<id>_<slug>.sql`. It is for people; the header counts.
pub fn file_name(id: &RevisionId, message: &str, created: DateTime<Utc>) -> String {
    let created = created.format("%Y%m%dT%H%M%SZ");
    match slug(message) {
        slug if slug.is_empty() => format!("{created}_{id}.sql"),
        slug => format!("{created}_{id}_{slug}.sql"),
    }
}

/// The longest slug, in characters: Alembic's `truncate_slug_length`.
const SLUG_LENGTH: usize = 40;

/// A message as a part of a file's name: lowercase words joined by `_`, cut at a word.
fn slug(message: &str) -> String {
    let lowercase = message.to_lowercase();
    let mut slug = String::new();
    for word in lowercase.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let separator = usize::from(!slug.is_empty());
        if slug.chars().count() + separator + word.chars().count() > SLUG_LENGTH {
            if slug.is_empty() {
                slug.extend(word.chars().take(SLUG_LENGTH));
            }
            break;
        }
        if separator == 1 {
            slug.push('_');
        }
        slug.push_str(word);
    }
    slug
}

/// A message on one line, as a header needs it.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
