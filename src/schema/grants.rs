//! Who may do what with an object, in one form for all the ways in which a catalog may hold it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::database::quote;

/// What grantees may do, by `grantee` or, where somebody else than the owner granted it, `grantee by grantor`. A role's
/// name that is not plain is in quotes: there may be a role `"PUBLIC"`.
type Grants = BTreeMap<String, BTreeSet<String>>;

/// Reads `[acl, default, owner]`: what is granted on an object, what would be if nobody had ever said anything, and the
/// name of its owner. Gives what differs from the default, nothing where that is nothing: `{"PUBLIC": [], "app":
/// ["SELECT", "UPDATE with grant option"]}` means that PUBLIC lost what it had. The outer nothing: it can't be read.
pub fn understand(text: &str) -> Option<Option<Value>> {
    let (acl, default, owner): (Vec<String>, Vec<String>, String) = serde_json::from_str(text).ok()?;
    let granted = grants(&acl, &owner)?;
    let default = grants(&default, &owner)?;
    let taken = default.keys().filter(|grantee| !granted.contains_key(*grantee));
    let mut differing: Grants = taken.map(|grantee| (grantee.clone(), BTreeSet::new())).collect();
    differing.extend(granted.into_iter().filter(|(grantee, privileges)| default.get(grantee) != Some(privileges)));
    match differing.is_empty() {
        true => Some(None),
        false => Some(Some(serde_json::to_value(differing).ok()?)),
    }
}

fn grants(acl: &[String], owner: &str) -> Option<Grants> {
    let mut grants = Grants::new();
    for item in acl {
        let (grantee, rest) = role(item)?;
        let (privileges, grantor) = rest.strip_prefix('=')?.split_once('/')?;
        let (grantor, _) = role(grantor)?;
        let grantee = if grantee.is_empty() { "PUBLIC".to_owned() } else { shown(&grantee) };
        let key = if grantor == owner { grantee } else { format!("{grantee} by {}", shown(&grantor)) };
        grants.entry(key).or_default().extend(names(privileges));
    }
    Some(grants)
}

fn shown(role: &str) -> String {
    let is_plain = role.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
    if is_plain { role.to_owned() } else { quote::identifier(role) }
}

/// The name of a role at the start of a text, and what is after it. Names that are not plain are in quotes.
fn role(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find('=').unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

/// The privileges of an aclitem: a letter each, and a star after it where it may be passed on.
fn names(letters: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for letter in letters.chars() {
        match (letter, names.last_mut()) {
            ('*', Some(last)) => last.push_str(" with grant option"),
            _ => names.push(name(letter)),
        }
    }
    names
}

/// The letters of <https://www.postgresql.org/docs/current/ddl-priv.html>; one that is newer is its own name.
fn name(letter: char) -> String {
    let known = match letter {
        'r' => "SELECT",
        'a' => "INSERT",
        'w' => "UPDATE",
        'd' => "DELETE",
        'D' => "TRUNCATE",
        'x' => "REFERENCES",
        't' => "TRIGGER",
        'C' => "CREATE",
        'c' => "CONNECT",
        'T' => "TEMPORARY",
        'X' => "EXECUTE",
        'U' => "USAGE",
        's' => "SET",
        'A' => "ALTER SYSTEM",
        'm' => "MAINTAIN",
        other => return other.to_string(),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(acl: Value) -> Option<Value> {
        understand(&acl.to_string()).unwrap()
    }

    #[test]
    fn what_is_the_default_goes_without_saying() {
        let default = json!(["o=arwdDxt/o"]);
        assert_eq!(read(json!([["o=arwdDxt/o"], default, "o"])), None);
        let granted = json!([["app=ar*/o", "o=arwdDxt/o", "=r/app"], default, "o"]);
        let expected = json!({"app": ["INSERT", "SELECT with grant option"], "PUBLIC by app": ["SELECT"]});
        assert_eq!(read(granted), Some(expected));
    }

    #[test]
    fn what_the_default_has_and_the_object_not_was_taken() {
        let taken = json!([["o=X/o"], ["=X/o", "o=X/o"], "o"]);
        assert_eq!(read(taken), Some(json!({"PUBLIC": []})));
        assert_eq!(read(json!([[], ["o=r/o"], "o"])), Some(json!({"o": []})));
    }

    #[test]
    fn names_in_quotes_are_read() {
        let odd = json!([["\"a \"\"=/b\"=r/\"my owner\""], [], "my owner"]);
        assert_eq!(read(odd), Some(json!({"\"a \"\"=/b\"": ["SELECT"]})));
    }

    #[test]
    fn a_role_may_be_named_as_everybody_is() {
        let both = json!([["=r/o", "PUBLIC=w/o", "x=r/PUBLIC"], [], "o"]);
        let expected = json!({"PUBLIC": ["SELECT"], "\"PUBLIC\"": ["UPDATE"], "x by \"PUBLIC\"": ["SELECT"]});
        assert_eq!(read(both), Some(expected));
    }

    #[test]
    fn what_is_no_list_of_grants_is_refused() {
        for text in ["", "[]", "[[\"x\"], [], \"o\"]", "[[\"\\\"x\"], [], \"o\"]"] {
            assert_eq!(understand(text), None, "{text}");
        }
    }
}
