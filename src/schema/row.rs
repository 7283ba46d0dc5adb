//! One row of a catalog's query, understood.

use postgres::SimpleQueryRow;
use serde_json::Value;

use super::grants;
use super::{Attributes, Identity};

/// Where an object is: the oids of its catalog and of its row, and the number of a column in it.
pub type Place = (u32, u32, i32);

/// A row: which object, and what is known of it.
#[derive(Debug)]
pub struct Row {
    /// Where it is.
    pub place: Place,
    /// The catalog and the row of what it is a part of.
    pub of: Option<(u32, u32)>,
    /// The table that it was inherited from.
    pub like: Option<u32>,
    /// Its name.
    pub identity: Identity,
    /// What is known of it.
    pub attributes: Attributes,
}

/// Reads a row of a query under `catalog/`; nothing if it is not what such a query gives.
pub fn understand(row: &SimpleQueryRow) -> Option<Row> {
    let mut place = (0, 0, 0);
    let mut of = (None, None);
    let mut like = None;
    let mut identity = Identity { schema: None, name: String::new(), part: None, kind: String::new() };
    let mut attributes = Attributes::new();
    for (index, column) in row.columns().iter().enumerate() {
        let Some(text) = row.get(index) else { continue };
        match column.name() {
            "class" => place.0 = text.parse().ok()?,
            "oid" => place.1 = text.parse().ok()?,
            "sub" => place.2 = text.parse().ok()?,
            "of_class" => of.0 = Some(text.parse().ok()?),
            "of" => of.1 = Some(text.parse().ok()?),
            "like" => like = Some(text.parse().ok()?),
            "kind" => identity.kind = text.to_owned(),
            "schema" => identity.schema = Some(text.to_owned()),
            "name" => identity.name = text.to_owned(),
            "part" => identity.part = Some(text.to_owned()),
            attribute => add(&mut attributes, attribute, text)?,
        }
    }
    Some(Row { place, of: of.0.zip(of.1), like, identity, attributes })
}

/// Adds the attribute of a column. `*:json` holds many of them, by name.
fn add(attributes: &mut Attributes, column: &str, text: &str) -> Option<()> {
    if column == "*:json" {
        let many: Attributes = serde_json::from_str(text).ok()?;
        attributes.extend(many.into_iter().filter(|(_, value)| !value.is_null()));
        return Some(());
    }
    let (name, how) = column.split_once(':').unwrap_or((column, "text"));
    if let Some(value) = value(text, how)? {
        attributes.insert(name.to_owned(), value);
    }
    Some(())
}

/// An attribute's value out of its text. The outer nothing: it can't be read; the inner: it is no attribute, because it
/// is what goes without saying.
fn value(text: &str, how: &str) -> Option<Option<Value>> {
    let value = match how {
        "text" => Value::from(text),
        // What PostgreSQL prints from a parsed expression.
        "sql" => serde_json::json!({ "sql": text }),
        "flag" => return Some((text == "t").then_some(Value::Bool(true))),
        "number" | "json" => serde_json::from_str(text).ok()?,
        // A list whose order means nothing.
        "set" => set(text, |item| item)?,
        // Such a list of options, one of which may be a password.
        "secrets" => set(text, hide)?,
        "acl" => return grants::understand(text),
        _ => return None,
    };
    Some(Some(value))
}

fn set(text: &str, show: fn(String) -> String) -> Option<Value> {
    let items: Vec<String> = serde_json::from_str(text).ok()?;
    let mut items: Vec<String> = items.into_iter().map(show).collect();
    items.sort();
    Some(items.into())
}

/// Says of an option that it is there, but not its value, where that may be a secret.
fn hide(option: String) -> String {
    const SECRETS: &[&str] = &["password", "passwd", "secret", "token", "key"];
    let name = option.split('=').next().unwrap_or_default();
    let is_secret = SECRETS.iter().any(|secret| name.to_lowercase().contains(secret));
    if is_secret { format!("{name}=(not shown)") } else { option }
}
