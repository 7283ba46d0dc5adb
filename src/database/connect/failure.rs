//! Why a connection did not come about, and what to do next.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::settings::Origin;
use super::tls::TlsFailure;

/// No server could be connected to. Display has a line's worth for each host that was tried; no password in any.
#[derive(Debug)]
pub struct ConnectError {
    pub(super) earlier: Vec<Attempt>,
    pub(super) last: Attempt,
}

/// One host that was tried.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The host in the form of [`ConnectionSpec::redacted`](super::ConnectionSpec::redacted).
    pub target: String,
    pub failure: Failure,
}

impl ConnectError {
    /// Why the last host that was tried did not do.
    pub fn failure(&self) -> &Failure {
        &self.last.failure
    }

    /// What to do about it, as a sentence without a full stop.
    pub fn help(&self) -> Option<String> {
        self.last.failure.help()
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Attempt { target, failure } in &self.earlier {
            write!(formatter, "cannot connect to {target}: {failure}; ")?;
        }
        let Attempt { target, failure } = &self.last;
        write!(formatter, "cannot connect to {target}: {failure}")
    }
}

impl std::error::Error for ConnectError {}

/// What went wrong with one host.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nothing listens there.
    #[error("the connection was refused")]
    Refused,
    /// The host's name could not be looked up.
    #[error("the host {host:?} is not known ({cause})")]
    HostUnknown {
        /// The name.
        host: String,
        /// The resolver's words.
        cause: String,
    },
    /// There is no socket of this port in the directory, or it may not be used.
    #[error("there is no usable socket {} ({cause})", .socket.display())]
    NoSocket {
        /// The socket's path.
        socket: PathBuf,
        /// The operating system's words.
        cause: String,
    },
    /// The network gave up.
    #[error("{0}")]
    Unreachable(String),
    /// The server did not answer in time.
    #[error("no answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The server asks for a password, and there is none.
    #[error("the server asks for the password of {user:?}, and none is given")]
    PasswordMissing {
        /// The role.
        user: String,
        /// The file that was looked into.
        searched: Option<PathBuf>,
    },
    /// The server did not take the password.
    #[error("the server rejects the password of {user:?}, which is from {origin}")]
    PasswordRejected {
        /// The role.
        user: String,
        /// Where the password was found.
        origin: Origin,
    },
    /// The server's rules don't let this user in from here (SQLSTATE 28000).
    #[error("{message}")]
    NotAuthorized {
        /// The server's words.
        message: String,
    },
    /// There is no such database (SQLSTATE 3D000).
    #[error("there is no database {database:?}")]
    DatabaseMissing {
        /// Its name.
        database: String,
    },
    /// The server has all the connections it allows (SQLSTATE 53300).
    #[error("{message}")]
    TooManyConnections {
        /// The server's words.
        message: String,
    },
    /// The server starts, stops or recovers (SQLSTATE 57P03).
    #[error("{message}")]
    NotReady {
        /// The server's words.
        message: String,
    },
    /// The connection could not be protected as asked for.
    #[error(transparent)]
    Tls(#[from] TlsFailure),
    /// The server is not of the kind that `target_session_attrs` asks for.
    #[error("the server is not {wanted}, as target_session_attrs asks for")]
    WrongSession {
        /// The value of `target_session_attrs`.
        wanted: &'static str,
    },
    /// Any other error that the server answered with.
    #[error("{message} (SQLSTATE {code})")]
    Server {
        /// The SQLSTATE.
        code: String,
        /// The server's words.
        message: String,
    },
    /// The server said something unexpected, or nothing.
    #[error("{0}")]
    Protocol(String),
}

impl Failure {
    /// Whether libpq would go on to the next host: only where this one was not reached or is the wrong one. A password
    /// or a database that is wrong here is likely to be wrong everywhere.
    pub(super) fn next_host(&self) -> bool {
        match self {
            Self::Refused
            | Self::HostUnknown { .. }
            | Self::NoSocket { .. }
            | Self::Unreachable(_)
            | Self::TimedOut(_)
            | Self::NotReady { .. }
            | Self::WrongSession { .. } => true,
            Self::PasswordMissing { .. }
            | Self::PasswordRejected { .. }
            | Self::NotAuthorized { .. }
            | Self::DatabaseMissing { .. }
            | Self::TooManyConnections { .. }
            | Self::Tls(_)
            | Self::Server { .. }
            | Self::Protocol(_) => false,
        }
    }

    /// Whether the other choice about encryption may do better, where sslmode leaves one.
    pub(super) fn other_encryption(&self) -> bool {
        match self {
            Self::Tls(failure) => failure.of_handshake(),
            Self::NotAuthorized { .. } => true,
            _ => false,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Refused => {
                "is the server running, and does it listen on this address and port (listen_addresses, port)?"
            }
            Self::HostUnknown { .. } => "check the host's name; is it spelled right, and does this network know it?",
            Self::NoSocket { .. } => {
                "is the server running here? If its socket is elsewhere, or it is reached by TCP, give the host"
            }
            Self::Unreachable(_) => "check the host, the port, and firewalls on the way",
            Self::TimedOut(_) => {
                "check the host, the port, and firewalls on the way; connect_timeout=… (seconds) allows more time"
            }
            Self::PasswordMissing { searched, .. } => return Some(where_to_put_password(searched)),
            Self::PasswordRejected { .. } => {
                "correct the password in that place; the server says the same when the role does not exist"
            }
            Self::NotAuthorized { .. } => {
                "check the user; the server's pg_hba.conf decides who may connect from where, and with TLS or without"
            }
            Self::DatabaseMissing { database } => {
                return Some(format!("create it: createdb {}", shell_quoted(database)));
            }
            Self::TooManyConnections { .. } => {
                "try again later, or raise max_connections or the role's CONNECTION LIMIT"
            }
            Self::NotReady { .. } => "try again in a moment",
            Self::Tls(failure) => return failure.help(),
            Self::WrongSession { .. } => "name all servers of the cluster as hosts, or drop target_session_attrs",
            Self::Protocol(_) => "is it a PostgreSQL server that listens there? Its log may say more",
            Self::Server { .. } => return None,
        };
        Some(help.to_owned())
    }
}

fn where_to_put_password(searched: &Option<PathBuf>) -> String {
    match searched {
        Some(file) => format!("set PGPASSWORD, or add a line host:port:database:user:password to {}", file.display()),
        None => "set PGPASSWORD, or name a password file in PGPASSFILE".to_owned(),
    }
}

/// A word as a POSIX shell takes it, in quotes only where it needs them.
fn shell_quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
