//! A connection string in a place where it doesn't belong, such as that of a target, is repeated in the message about it.
//! Its password must not be.

use serde_json::Value;

/// What stands before the value of a password in a `key=value` string.
const KEY: &str = "password=";

/// The same text, with a mark for what stands where a connection string has its password: `//user:…@host`, `password=…`.
pub fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.to_ascii_lowercase().find(KEY).map(|at| at + KEY.len()) {
        let (before, value) = rest.split_at(at);
        shown += before;
        shown.push('…');
        // A value in quotes may have blanks in it.
        let end = match value.strip_prefix('\'') {
            Some(quoted) => quoted.find('\'').map(|at| at + 2),
            None => value.find(ends_word),
        };
        rest = &value[end.unwrap_or(value.len())..];
    }
    shown += rest;
    shown.split_inclusive(ends_word).map(without_url_password).collect()
}

/// All texts of a value likewise.
pub fn scrub(value: &mut Value) {
    match value {
        Value::String(text) => *text = without_passwords(text),
        Value::Array(items) => items.iter_mut().for_each(scrub),
        Value::Object(fields) => fields.values_mut().for_each(scrub),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// No URL goes on behind these, and messages put them around what they repeat.
fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '`' | '"' | '\'')
}

/// A word, with a mark for what is between the user and the last at sign if it is a URL. A path that was made of one has
/// one slash where that had two.
fn without_url_password(word: &str) -> String {
    let url = word.find(":/").zip(word.rfind('@')).filter(|(scheme, at)| scheme < at);
    let masked = url.and_then(|(scheme, at)| {
        let colon = scheme + 2 + word.get(scheme + 2..at)?.find(':')?;
        Some(format!("{}:…{}", &word[..colon], &word[at..]))
    });
    masked.unwrap_or_else(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::without_passwords;

    #[test]
    fn a_password_is_masked_wherever_it_stands() {
        for (text, shown) in [
            ("`postgres://u:s3@h/d` is no target", "`postgres://u:…@h/d` is no target"),
            ("'postgres://u:s@3:x@h:1/d?a=b'", "'postgres://u:…@h:1/d?a=b'"),
            ("there is no folder /a/postgres:/u:s3@h", "there is no folder /a/postgres:/u:…@h"),
            ("`host=h PassWord=s3 user=u`", "`host=h PassWord=… user=u`"),
            ("password='s 3' user=u, password=s3", "password=… user=u, password=…"),
            ("password='s 3", "password=…"),
            ("`postgres://u@h/d?password=s3`", "`postgres://u@h/d?password=…`"),
            ("label@head, a:b and revisions/a.sql:1:2 stay", "label@head, a:b and revisions/a.sql:1:2 stay"),
            ("see https://example.org/a:b", "see https://example.org/a:b"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }
}
