//! Reading what follows `postgres://`.
//!
//! Source: PostgreSQL documentation, "Connection URIs":
//! `[user[:password]@][host][:port][,…][/dbname][?name=value[&…]]`, each part percent-encoded.

use super::SpecError;
use super::conninfo::set_beside_password;
use super::settings::{Origin, Settings};

/// The parameters in the part of a URL behind its scheme.
pub(super) fn parse(rest: &str) -> Result<Settings, SpecError> {
    let parts = Parts::split(rest)?;
    let mut settings = Settings::default();
    if let Some(credentials) = parts.credentials {
        let (user, password) = match credentials.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (credentials, None),
        };
        settings.set("user", decoded(user)?, Origin::Text)?;
        if let Some(password) = password {
            settings.set("password", decoded(password)?, Origin::Text)?;
        }
    }
    let (hosts, ports) = servers(parts.servers)?;
    settings.set("host", decoded(&hosts)?, Origin::Text)?;
    settings.set("port", decoded(&ports)?, Origin::Text)?;
    settings.set("dbname", decoded(parts.database)?, Origin::Text)?;
    add_query(&mut settings, parts.query)?;
    Ok(settings)
}

struct Parts<'a> {
    credentials: Option<&'a str>,
    servers: &'a str,
    database: &'a str,
    query: &'a str,
}

impl<'a> Parts<'a> {
    /// Cuts where libpq cuts: the credentials end at the first `@`, unless a `/` comes before it.
    ///
    /// Any further `@` means that a password holds a character that ought to be encoded. libpq would go on and take the
    /// rest of the password for a host name, and print it.
    fn split(rest: &'a str) -> Result<Self, SpecError> {
        let (credentials, location) = match rest.find(['@', '/']) {
            Some(at) if rest[at..].starts_with('@') => (Some(&rest[..at]), &rest[at + 1..]),
            _ => (None, rest),
        };
        let (path, query) = location.split_once('?').unwrap_or((location, ""));
        let ambiguous = if credentials.is_some() { location } else { path };
        if ambiguous.contains('@') {
            return Err(SpecError::UnescapedAt);
        }
        let (servers, database) = path.split_once('/').unwrap_or((path, ""));
        Ok(Self { credentials, servers, database, query })
    }
}

/// The hosts and the ports as two lists of equal length, joined by commas.
fn servers(text: &str) -> Result<(String, String), SpecError> {
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    for server in text.split(',') {
        let (host, port) = server_and_port(server)?;
        hosts.push(host);
        ports.push(port);
    }
    Ok((hosts.join(","), ports.join(",")))
}

fn server_and_port(server: &str) -> Result<(&str, &str), SpecError> {
    let Some(bracketed) = server.strip_prefix('[') else {
        return Ok(server.split_once(':').unwrap_or((server, "")));
    };
    let (host, after) = bracketed.split_once(']').ok_or(SpecError::Brackets)?;
    let port = match after.strip_prefix(':') {
        Some(port) => port,
        None if after.is_empty() => "",
        None => return Err(SpecError::Brackets),
    };
    if host.is_empty() {
        return Err(SpecError::Brackets);
    }
    Ok((host, port))
}

fn add_query(settings: &mut Settings, query: &str) -> Result<(), SpecError> {
    let mut after_password = false;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(SpecError::MissingEquals)?;
        let (name, value) = (decoded(name)?, decoded(value)?);
        // Other drivers' way to ask for TLS, which libpq takes in a URL as well.
        let (name, value) = match (name.as_str(), value.as_str()) {
            ("ssl", "true") => ("sslmode", "require".to_owned()),
            (name, _) => (name, value),
        };
        match set_beside_password(settings, name, value, after_password) {
            // Then this may be a password with a slash and a question mark in it, rather than a query.
            Err(SpecError::UnknownKeyword { .. }) if query.contains('@') => {
                return Err(SpecError::UnescapedAt);
            }
            result => result?,
        }
        after_password = name == "password";
    }
    Ok(())
}

/// Percent-decoding as libpq does it: strictly, and without the byte zero.
fn decoded(text: &str) -> Result<String, SpecError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        match (rest.next().and_then(hex), rest.next().and_then(hex)) {
            (Some(high), Some(low)) if (high, low) != (0, 0) => bytes.push(high << 4 | low),
            _ => return Err(SpecError::PercentEncoding),
        }
    }
    String::from_utf8(bytes).map_err(|_| SpecError::PercentEncoding)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16)?.try_into().ok()
}

/// Percent-encodes all but the characters that RFC 3986 calls unreserved, and the slash.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
