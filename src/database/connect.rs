//! How revgraph reaches a PostgreSQL server.
//!
//! [`ConnectionSpec::resolve`] turns what the user gave into a target, with libpq's rules: a URL or `key=value` string,
//! service files, `PG*` variables, the password file, the sslmode. [`connect`] opens a session there, and says what to do
//! when it can't. The driver beneath knows none of these rules.
//!
//! Where this is deliberately not what libpq does:
//!
//! - A wrong password is not tried a second time without TLS (`sslmode=prefer`).
//! - `allow` and `prefer` never check a certificate; libpq does when it finds a root file, only to fall back to plain text.
//! - A host that isn't given is looked for in both places where packages put the socket.
//! - A second `@` in a URL is an error, and no message repeats a piece of a text that could belong to a password.
//! - Parameters that can't be honoured and that promise protection (`sslcrl`, `require_auth`, …) are refused;
//!   `keyword.rs` lists those that are ignored.

mod attempt;
mod conninfo;
mod endpoint;
mod environment;
mod error;
mod failure;
mod keyword;
mod libpq;
mod pgpass;
mod service;
mod settings;
mod spec;
mod tls;
mod tls_settings;
mod url;
mod verifier;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use environment::Environment;
pub use error::SpecError;
pub use failure::{ConnectError, Failure};
pub use pgpass::Warning;
pub use settings::Origin;
pub use spec::ConnectionSpec;
pub use tls::TlsFailure;

use super::client::{Client, OnNotice};
use endpoint::Endpoint;
use failure::Attempt;
use spec::Session;

/// What the caller, as opposed to the user, decides about a session.
#[derive(Clone)]
pub struct ConnectOptions {
    /// The name that the server shows for the session, unless the connection string or `PGAPPNAME` has one.
    pub application_name: String,
    /// How long each address may take, unless `connect_timeout` says it.
    pub connect_timeout: Duration,
    /// What is called with each notice and warning of the server. It runs inside the calls on the client, so it must
    /// not use that client.
    pub on_notice: OnNotice,
}

/// The name `revgraph`, ten seconds, and notices dropped.
impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            application_name: "revgraph".to_owned(),
            connect_timeout: Duration::from_secs(10),
            on_notice: Arc::new(|_| {}),
        }
    }
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ConnectOptions")
            .field("application_name", &self.application_name)
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}

/// Opens a session on the first server of `spec` that will do.
///
/// Costs the protocol's own round trips and no query, except the one that `target_session_attrs` takes. No start-up
/// setting is sent that was not asked for, so that pooling proxies let the session through.
///
/// # Errors
/// What went wrong with each server that was tried. A server that was reached and says no ends the search, as in libpq.
pub fn connect(spec: &ConnectionSpec, options: &ConnectOptions) -> Result<Client, ConnectError> {
    match first(spec, options, spec.session) {
        Err(error)
            if spec.session == Session::PreferStandby && matches!(error.last.failure, Failure::WrongSession { .. }) =>
        {
            first(spec, options, Session::Any)
        }
        other => other,
    }
}

fn first(spec: &ConnectionSpec, options: &ConnectOptions, session: Session) -> Result<Client, ConnectError> {
    let attempt = |endpoint: &Endpoint| {
        attempt::on_endpoint(spec, endpoint, options, session)
            .map_err(|failure| Attempt { target: spec.redacted_endpoint(endpoint), failure })
    };
    let mut earlier = Vec::new();
    let mut last = match attempt(&spec.endpoints.first) {
        Ok(client) => return Ok(client),
        Err(failed) => failed,
    };
    for endpoint in &spec.endpoints.further {
        if !last.failure.next_host() {
            break;
        }
        match attempt(endpoint) {
            Ok(client) => return Ok(client),
            Err(failed) => earlier.push(std::mem::replace(&mut last, failed)),
        }
    }
    Err(ConnectError { earlier, last })
}
