//! What belongs to extensions.

use std::collections::{BTreeMap, HashMap};

use postgres::SimpleQueryRow;
use serde_json::Value;

use crate::revision::Checksum;
use crate::schema::row::Row;

/// What somebody may have put on a table of an extension: an object like any other.
const PARTS: &[&str] = &["constraint", "index", "policy", "rule", "statistics", "trigger"];

/// The places of what belongs to an extension, each with the oid of that.
#[derive(Debug)]
pub struct Members(HashMap<(u32, u32), u32>);

impl Members {
    /// Reads the answer to [`MEMBERS`](crate::schema::catalog::MEMBERS).
    pub fn understand(rows: &[SimpleQueryRow]) -> Option<Members> {
        let member = |row: &SimpleQueryRow| {
            let number = |index| row.get(index)?.parse::<u32>().ok();
            Some(((number(0)?, number(1)?), number(2)?))
        };
        Some(Members(rows.iter().map(member).collect::<Option<_>>()?))
    }

    /// Whether that row of a catalog belongs to an extension.
    pub fn contains(&self, class: u32, oid: u32) -> bool {
        self.0.contains_key(&(class, oid))
    }

    /// The extension that an object is told with.
    pub fn extension_of(&self, row: &Row) -> Option<u32> {
        let (class, oid, _) = row.place;
        let is_part = PARTS.contains(&row.identity.kind.as_str());
        let whole = row.of.filter(|_| !is_part);
        self.0.get(&(class, oid)).or_else(|| self.0.get(&whole?)).copied()
    }

    /// Takes out what belongs to an extension and tells it in one attribute of that: a line for each, with a digest. So what
    /// was added to the extension, taken from it, or changed after it was created is named.
    pub fn fold(&self, rows: Vec<Row>) -> Vec<Row> {
        let mut texts: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        let mut kept = Vec::new();
        for row in rows {
            match self.extension_of(&row) {
                Some(extension) => texts.entry(extension).or_default().push(text(row)),
                None => kept.push(row),
            }
        }
        // initdb makes the members of plpgsql where no kind looks, and somebody may have created it anew.
        for row in kept.iter_mut().filter(|row| row.identity.kind == "extension" && row.identity.name != "plpgsql") {
            if let Some(mut texts) = texts.remove(&row.place.1) {
                texts.sort();
                row.attributes.insert("members".to_owned(), texts.join("\n").into());
            }
        }
        kept
    }
}

/// How many digits of a member's digest are told: it has to differ, and not to withstand anybody.
const DIGITS: usize = 12;

/// A member with the digest of what it is, without what may differ where nobody changed it: whose it is, what was granted, which is told elsewhere, and
/// the queries of views, which each version of PostgreSQL prints in its own way.
fn text(row: Row) -> String {
    let is_view = row.identity.kind.ends_with("view");
    let mut attributes = row.attributes;
    let may_differ = |name: &str, value: &Value| matches!(name, "owner" | "grants") || is_view && value.is_object();
    attributes.retain(|name, value| !may_differ(name, value));
    let digest = Checksum::of_bytes(Value::Object(attributes.into_iter().collect()).to_string().as_bytes()).to_string();
    format!("{} {}", row.identity, digest.get(..DIGITS).unwrap_or_default())
}
