//! One server: look it up, try its addresses, with TLS or without as the sslmode allows.

use std::error::Error as _;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use postgres::config::{SslMode, SslNegotiation};
use postgres::error::SqlState;
use postgres::{NoTls, SimpleQueryMessage};
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::endpoint::{Endpoint, Host};
use super::spec::{Session, Timeout};
use super::tls_settings::TlsMode;
use super::{ConnectOptions, ConnectionSpec, Failure, TlsFailure, tls};
use crate::database::client::{Client, ClientError, OnNotice, runtime};

/// Opens a session on one host, at the first of its addresses that will do.
pub(super) fn on_endpoint(
    spec: &ConnectionSpec,
    endpoint: &Endpoint,
    options: &ConnectOptions,
    session: Session,
) -> Result<Client, Failure> {
    let attempt = Attempt {
        spec,
        endpoint,
        limit: match spec.timeout {
            Timeout::Unset => Some(options.connect_timeout),
            Timeout::Never => None,
            Timeout::After(limit) => Some(limit),
        },
        session,
        on_notice: Arc::clone(&options.on_notice),
        connector: match modes(spec, endpoint) {
            [SslMode::Disable] => None,
            _ => Some(tls::connector(&spec.tls)?),
        },
    };
    let base = base_config(spec, endpoint, options);
    let (first, further) = attempt.addresses()?;
    let result = attempt.on_address(&base, first);
    further.into_iter().fold(result, |result, address| match result {
        // Of several addresses that don't answer, the first one's failure is kept.
        Err(failure) if failure.next_host() => match attempt.on_address(&base, Some(address)) {
            Err(next) if next.next_host() => Err(failure),
            decided => decided,
        },
        decided => decided,
    })
}

/// The kinds of encryption to try, in order. On a socket there is none, and asking for it would cost a round trip.
fn modes(spec: &ConnectionSpec, endpoint: &Endpoint) -> &'static [SslMode] {
    if endpoint.host.is_socket() {
        return &[SslMode::Disable];
    }
    match spec.tls.mode {
        TlsMode::Disable => &[SslMode::Disable],
        TlsMode::Allow => &[SslMode::Disable, SslMode::Require],
        TlsMode::Prefer => &[SslMode::Prefer, SslMode::Disable],
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => &[SslMode::Require],
    }
}

/// The driver's configuration, but for the address and the encryption.
fn base_config(spec: &ConnectionSpec, endpoint: &Endpoint, options: &ConnectOptions) -> Config {
    let mut config = Config::new();
    config
        .user(&spec.user)
        .dbname(&spec.database)
        .port(endpoint.port)
        .channel_binding(spec.channel_binding)
        .application_name(spec.application_name.as_deref().unwrap_or(&options.application_name));
    match &endpoint.host {
        #[cfg(unix)]
        Host::Socket(directory) => config.host_path(directory),
        Host::Name(name) | Host::Address { name, .. } => config.host(name),
    };
    if let Some(password) = &endpoint.password {
        config.password(&password.secret);
    }
    if let Some(settings) = &spec.options {
        config.options(settings);
    }
    if spec.tls.direct {
        config.ssl_negotiation(SslNegotiation::Direct);
    }
    set_keepalive(&mut config, spec);
    config
}

fn set_keepalive(config: &mut Config, spec: &ConnectionSpec) {
    config.keepalives(!spec.keepalive.off);
    if let Some(idle) = spec.keepalive.idle {
        config.keepalives_idle(idle);
    }
    if let Some(interval) = spec.keepalive.interval {
        config.keepalives_interval(interval);
    }
    if let Some(count) = spec.keepalive.count {
        config.keepalives_retries(count);
    }
    if let Some(timeout) = spec.keepalive.user_timeout {
        config.tcp_user_timeout(timeout);
    }
}

struct Attempt<'a> {
    spec: &'a ConnectionSpec,
    endpoint: &'a Endpoint,
    /// For looking up the host, and again for each address. None: no limit.
    limit: Option<Duration>,
    session: Session,
    connector: Option<MakeRustlsConnect>,
    on_notice: OnNotice,
}

/// Why a session was not had, before it is known what that means.
enum Problem {
    Driver(postgres::Error),
    WrongSession,
}

impl From<postgres::Error> for Problem {
    fn from(error: postgres::Error) -> Self {
        Problem::Driver(error)
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Driver(error) => Problem::Driver(error),
            // Of connections that were lent, and so were made by somebody else; and of work, which this isn't.
            ClientError::Gone | ClientError::TakesOwn | ClientError::Stopped => Problem::WrongSession,
        }
    }
}

impl Attempt<'_> {
    /// The first address and the others; none for a socket.
    fn addresses(&self) -> Result<(Option<IpAddr>, Vec<IpAddr>), Failure> {
        let name = match &self.endpoint.host {
            #[cfg(unix)]
            Host::Socket(_) => return Ok((None, Vec::new())),
            Host::Address { address, .. } => return Ok((Some(*address), Vec::new())),
            Host::Name(name) => name.clone(),
        };
        let port = self.endpoint.port;
        let unknown = |cause: String| Failure::HostUnknown { host: self.endpoint.host.name(), cause };
        let found = self
            .bounded(move || (name.as_str(), port).to_socket_addrs())?
            .map_err(|error| unknown(error.to_string()))?;
        let mut addresses = found.map(|address| address.ip());
        match addresses.next() {
            Some(first) => Ok((Some(first), addresses.collect())),
            None => Err(unknown("it has no address".to_owned())),
        }
    }

    /// Tries one address, with the next choice of encryption where the first was what failed.
    fn on_address(&self, base: &Config, address: Option<IpAddr>) -> Result<Client, Failure> {
        let mut config = base.clone();
        if let Some(address) = address {
            config.hostaddr(address);
        }
        let (first, further) = match modes(self.spec, self.endpoint) {
            [first, further @ ..] => (*first, further),
            [] => (SslMode::Disable, [].as_slice()),
        };
        let result = self.open(&config, first);
        further.iter().fold(result, |result, mode| match result {
            Err(failure) if failure.other_encryption() => self.open(&config, *mode).map_err(|_| failure),
            decided => decided,
        })
    }

    fn open(&self, config: &Config, mode: SslMode) -> Result<Client, Failure> {
        let mut config = config.clone();
        config.ssl_mode(mode);
        let connector = self.connector.clone();
        let session = self.session;
        let on_notice = Arc::clone(&self.on_notice);
        let runtime = runtime().map_err(|error| Failure::Unreachable(error.to_string()))?;
        let opened = self.bounded(move || {
            let mut client = match connector {
                Some(connector) => Client::open(runtime, &config, connector, on_notice)?,
                None => Client::open(runtime, &config, NoTls, on_notice)?,
            };
            match is_session(&mut client, session)? {
                true => Ok(client),
                false => Err(Problem::WrongSession),
            }
        })?;
        opened.map_err(|problem| match problem {
            Problem::Driver(error) => self.failure(&error),
            Problem::WrongSession => Failure::WrongSession { wanted: session.word() },
        })
    }

    /// Runs `work` on a thread of its own, so that it can be given up: the driver's own limit ends where the
    /// server accepts. A thread that was given up ends when the server or the resolver answers after all.
    fn bounded<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
        let Some(limit) = self.limit else {
            return Ok(work());
        };
        let (sender, receiver) = mpsc::sync_channel(1);
        let run = move || {
            // Nobody waits any more: the session goes with the value.
            let _ = sender.send(work());
        };
        thread::Builder::new()
            .name("revgraph-connect".to_owned())
            .spawn(run)
            .map_err(|error| Failure::Unreachable(format!("no thread to connect on: {error}")))?;
        receiver.recv_timeout(limit).map_err(|error| match error {
            RecvTimeoutError::Timeout => Failure::TimedOut(limit),
            RecvTimeoutError::Disconnected => Failure::Protocol("the driver broke off while connecting".to_owned()),
        })
    }

    /// What the driver's error means.
    fn failure(&self, error: &postgres::Error) -> Failure {
        if let Some(error) = error.as_db_error() {
            return self.server_failure(error);
        }
        let Some(source) = error.source() else {
            return Failure::Protocol(match error.is_closed() {
                true => "the server closed the connection".to_owned(),
                false => error.to_string(),
            });
        };
        if let Some(error) = source.downcast_ref::<io::Error>() {
            return self.io_failure(error);
        }
        // These two the driver tells apart by their words only.
        match source.to_string().as_str() {
            "password missing" => self.password_missing(),
            "server does not support TLS" => Failure::Tls(TlsFailure::NotOffered { mode: self.spec.tls.mode.word() }),
            words => Failure::Protocol(format!("{error}: {words}")),
        }
    }

    fn server_failure(&self, error: &postgres::error::DbError) -> Failure {
        let message = error.message().to_owned();
        match *error.code() {
            SqlState::INVALID_PASSWORD => match &self.endpoint.password {
                None => self.password_missing(),
                Some(password) => {
                    Failure::PasswordRejected { user: self.spec.user.clone(), origin: password.origin.clone() }
                }
            },
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION => Failure::NotAuthorized { message },
            SqlState::INVALID_CATALOG_NAME => Failure::DatabaseMissing { database: self.spec.database.clone() },
            SqlState::TOO_MANY_CONNECTIONS => Failure::TooManyConnections { message },
            SqlState::CANNOT_CONNECT_NOW => Failure::NotReady { message },
            _ => Failure::Server { code: error.code().code().to_owned(), message },
        }
    }

    fn io_failure(&self, error: &io::Error) -> Failure {
        if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            let host = self.endpoint.host.name();
            return TlsFailure::from_rustls(error, &self.spec.tls, &host).into();
        }
        #[cfg(unix)]
        if let Host::Socket(directory) = &self.endpoint.host
            && matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
        {
            return Failure::NoSocket {
                socket: directory.join(format!(".s.PGSQL.{}", self.endpoint.port)),
                cause: error.to_string(),
            };
        }
        match (error.kind(), self.limit) {
            (io::ErrorKind::ConnectionRefused, _) => Failure::Refused,
            (io::ErrorKind::TimedOut, Some(limit)) => Failure::TimedOut(limit),
            (io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe, _) => {
                Failure::Protocol("the server closed the connection".to_owned())
            }
            // What the driver itself finds wrong with what it reads.
            (io::ErrorKind::Other | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput, _) => {
                Failure::Protocol(format!("what the server sent cannot be read: {error}"))
            }
            _ => Failure::Unreachable(error.to_string()),
        }
    }

    fn password_missing(&self) -> Failure {
        Failure::PasswordMissing { user: self.spec.user.clone(), searched: self.spec.password_file.clone() }
    }
}

/// Whether the session is what `target_session_attrs` asks for; costs a query unless that is `any`.
fn is_session(client: &mut Client, session: Session) -> Result<bool, ClientError> {
    const READ_ONLY: &str = "SHOW transaction_read_only";
    const STANDBY: &str = "SELECT pg_catalog.pg_is_in_recovery()";
    let (query, wanted) = match session {
        Session::Any => return Ok(true),
        Session::ReadWrite => (READ_ONLY, "off"),
        Session::ReadOnly => (READ_ONLY, "on"),
        Session::Primary => (STANDBY, "f"),
        Session::Standby | Session::PreferStandby => (STANDBY, "t"),
    };
    let answer = client.simple_query(query)?;
    Ok(answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some(wanted))))
}
