//! Reading a connection string: a URL, or libpq's `key=value` form.
//!
//! Source: PostgreSQL documentation, "Connection Strings". No message repeats a piece of the text other than a known
//! or plausible keyword, since in a malformed text any piece may belong to the password.

use std::iter::Peekable;
use std::str::Chars;

use super::settings::{Origin, Settings};
use super::{SpecError, url};

/// The parameters that a connection string gives.
pub(super) fn parse(text: &str) -> Result<Settings, SpecError> {
    let text = text.trim();
    if let Some((scheme, rest)) = text.split_once("://")
        && scheme_like(scheme)
    {
        return match scheme {
            "postgres" | "postgresql" => url::parse(rest),
            _ => Err(SpecError::Scheme { scheme: scheme.to_owned() }),
        };
    }
    if !text.contains('=') {
        return Err(SpecError::NotAConnectionString);
    }
    key_values(text)
}

/// Whether this is what stands before `://`, as in RFC 3986.
fn scheme_like(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Reads `key = value key='quoted value'`, with backslash as the escape in both forms of value.
fn key_values(text: &str) -> Result<Settings, SpecError> {
    let mut settings = Settings::default();
    let mut rest = text.chars().peekable();
    let mut after_password = false;
    loop {
        skip_space(&mut rest);
        if rest.peek().is_none() {
            return Ok(settings);
        }
        let name = key(&mut rest).ok_or(SpecError::MissingEquals)?;
        let value = value(&mut rest)?;
        set_beside_password(&mut settings, &name, value, after_password)?;
        after_password = name == "password";
    }
}

/// Sets a parameter. When it follows the password directly, an unknown name is not repeated: an unquoted password that
/// has a blank or an ampersand in it looks just like that.
pub(super) fn set_beside_password(
    settings: &mut Settings,
    name: &str,
    value: String,
    after_password: bool,
) -> Result<(), SpecError> {
    match settings.set(name, value, Origin::Text) {
        Err(SpecError::UnknownKeyword { .. }) if after_password => Err(SpecError::UnknownAfterPassword),
        other => other,
    }
}

fn skip_space(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
}

/// The name up to the equals sign, which is taken too.
fn key(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut name = String::new();
    while let Some(c) = rest.next_if(|c| *c != '=' && !c.is_whitespace()) {
        name.push(c);
    }
    skip_space(rest);
    rest.next_if_eq(&'=')?;
    skip_space(rest);
    Some(name)
}

fn value(rest: &mut Peekable<Chars<'_>>) -> Result<String, SpecError> {
    let quoted = rest.next_if_eq(&'\'').is_some();
    let mut value = String::new();
    loop {
        match rest.peek() {
            None if quoted => return Err(SpecError::UnterminatedQuote),
            None => return Ok(value),
            Some('\'') if quoted => {
                rest.next();
                return Ok(value);
            }
            Some(c) if !quoted && c.is_whitespace() => return Ok(value),
            Some(_) => value.extend(unescaped(rest)),
        }
    }
}

/// The next character, or the one behind a backslash; a backslash at the very end stands for nothing.
fn unescaped(rest: &mut Peekable<Chars<'_>>) -> Option<char> {
    match rest.next() {
        Some('\\') => rest.next(),
        other => other,
    }
}
