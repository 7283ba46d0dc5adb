//! What can be told without a server. What needs one is in `tests/it/connect`.

mod certificates;
mod errors;
mod files;
mod secrecy;
mod targets;

use std::collections::HashMap;
use std::ffi::OsString;

use super::{ConnectionSpec, Environment, SpecError};

/// An environment of these variables and a user `me`.
fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables: HashMap<String, OsString> =
        variables.iter().map(|(name, value)| (name.to_string(), value.into())).collect();
    Environment::new(move |name| variables.get(name).cloned()).user("me")
}

fn resolve(text: &str) -> Result<ConnectionSpec, SpecError> {
    ConnectionSpec::resolve(Some(text), &environment(&[]))
}

fn resolve_with(text: &str, variables: &[(&str, &str)]) -> Result<ConnectionSpec, SpecError> {
    ConnectionSpec::resolve(Some(text), &environment(variables))
}

/// The password for the first host, which nothing outside this module can see.
fn password(spec: &ConnectionSpec) -> Option<&str> {
    let password = spec.endpoints.first.password.as_ref()?;
    Some(&password.secret)
}
