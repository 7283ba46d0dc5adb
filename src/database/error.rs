//! What can go wrong between revgraph and a database.

mod rights;

use std::fmt::Display;
use std::iter::successors;

use postgres::error::{DbError, ErrorPosition, SqlState};

use super::client::ClientError;
use super::connect::{ConnectError, SpecError};
#[cfg(feature = "embedded")]
use super::embedded::EmbeddedError;
use super::holder::Holder;
use super::scratch::ScratchError;

/// An error of the database side. [`kind`](DatabaseError::kind) is for tools, [`help`](DatabaseError::help)
/// says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// What says where the database is can't be understood.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// No connection came about.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The embedded server doesn't start.
    #[cfg(feature = "embedded")]
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The embedded server is asked for, but this build has none.
    #[error("this revgraph was built without the embedded PostgreSQL")]
    NoEmbedded,
    /// There is no scratch database.
    #[error(transparent)]
    Scratch(#[from] Box<ScratchError>),
    /// The system gives nothing to wait for a server with.
    #[error("a connection can't be waited for: {0}")]
    NoRuntime(String),
    /// The connection ended in the middle of the work.
    #[error("{doing}: the connection to the database was lost ({reason})")]
    ConnectionLost {
        /// What was going on.
        doing: String,
        /// What the client saw.
        reason: String,
    },
    /// The server answered a query of revgraph's own with something that it can't read.
    #[error("{doing}: the server's answer can't be read ({reason})")]
    UnexpectedAnswer {
        /// What was going on.
        doing: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server refused a statement of revgraph's own.
    #[error("{doing}: {}", .error.message)]
    Server {
        /// What was going on.
        doing: String,
        /// What the server said.
        error: Box<ServerError>,
    },
    /// Rows of the ledger are not what revgraph wrote.
    #[error("the ledger in schema {schema:?} holds something that revgraph did not write")]
    DamagedLedger {
        /// The ledger's schema.
        schema: String,
    },
    /// The ledger's tables come from a later revgraph.
    #[error("the ledger in schema {schema:?} has version {found}, and this revgraph knows versions up to {known}")]
    NewerLedger {
        /// The ledger's schema.
        schema: String,
        /// Its version.
        found: i32,
        /// What this revgraph knows.
        known: i32,
    },
    /// refinery could not bring the ledger's tables up to date.
    #[error("{INSTALLING}: {reason}")]
    Install {
        /// What it, or the server, said.
        reason: String,
        /// What to do next.
        help: Option<String>,
    },
    /// Somebody else deploys, and went on doing so for as long as was waited.
    #[error("another deployer holds the lock of this database: {holder}")]
    Locked {
        /// Who.
        holder: Holder,
    },
    /// Something takes a session of its own, and the connection goes through a proxy that hands server connections on.
    #[error("this connection goes through a pooling proxy, and there is no session to rely on")]
    Pooled,
    /// A program has lent a connection in which it has a transaction open.
    #[error("the connection that was lent is within a transaction")]
    InTransaction,
    /// After something had failed, a connection that was lent could not be made what it was.
    #[error("{first}; and the connection that was lent could not be put back: {reason}")]
    NotPutBack {
        /// What had failed.
        first: String,
        /// Why it could not be.
        reason: String,
    },
    /// This process was told to stop, and did so between two pieces of work.
    #[error("stopped by a signal")]
    Stopped,
    /// Another deployer's step is under way, for longer than a statement waits for a lock.
    #[error("another deployer's step is under way")]
    LedgerBusy,
}

/// What refinery is told is going on while the ledger's schema is made.
pub const CREATING_SCHEMA: &str = "error creating the ledger's schema";

/// What to do where it can't be.
const MAKE_A_SCHEMA: &str =
    "grant the role CREATE on the database, or make the ledger's schema and grant it USAGE and CREATE on that";

/// What goes on while the ledger is made.
const INSTALLING: &str = "the ledger's tables can't be made";

impl DatabaseError {
    /// Takes an error of the client, with what was going on.
    pub fn of(error: impl Into<ClientError>, doing: &str) -> DatabaseError {
        DatabaseError::seen(&error.into(), doing)
    }

    /// Takes an error of refinery, in which one of the client may be.
    pub fn of_install(error: &refinery::Error) -> DatabaseError {
        let mut causes: Vec<&(dyn std::error::Error + 'static)> =
            successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source()).collect();
        let of_schema = matches!(error.kind(), refinery::error::Kind::Connection(doing, _) if doing == CREATING_SCHEMA);
        if let Some(error) = causes.iter().find_map(|cause| cause.downcast_ref::<ClientError>()) {
            return match DatabaseError::seen(error, INSTALLING) {
                DatabaseError::Server { error, .. } => DatabaseError::Install {
                    help: match of_schema && error.code == LACKS_A_RIGHT {
                        true => Some(MAKE_A_SCHEMA.to_owned()),
                        false => error.help(),
                    },
                    reason: error.message,
                },
                other => other,
            };
        }
        causes.dedup_by_key(|cause| cause.to_string());
        let reason = causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ");
        DatabaseError::Install { reason, help: None }
    }

    fn seen(error: &ClientError, doing: &str) -> DatabaseError {
        match error.as_db_error() {
            None if matches!(error, ClientError::Stopped) => DatabaseError::Stopped,
            Some(db) if !is_goodbye(db) => {
                DatabaseError::Server { doing: doing.to_owned(), error: Box::new(ServerError::from(db)) }
            }
            Some(db) => DatabaseError::ConnectionLost { doing: doing.to_owned(), reason: db.message().to_owned() },
            None => DatabaseError::ConnectionLost { doing: doing.to_owned(), reason: error.to_string() },
        }
    }

    /// An answer of the server that can't be read.
    pub fn unexpected_answer(doing: &str, reason: impl Display) -> DatabaseError {
        DatabaseError::UnexpectedAnswer { doing: doing.to_owned(), reason: reason.to_string() }
    }

    /// Rows of the ledger don't read as what revgraph writes.
    pub fn damaged_ledger(schema: &str) -> DatabaseError {
        DatabaseError::DamagedLedger { schema: schema.to_owned() }
    }

    /// The ledger is of a later version than this revgraph.
    pub fn newer_ledger(schema: &str, found: i32, known: i32) -> DatabaseError {
        DatabaseError::NewerLedger { schema: schema.to_owned(), found, known }
    }

    /// A word for tools.
    pub fn kind(&self) -> &'static str {
        match self {
            DatabaseError::Spec(_) => "bad_connection_string",
            DatabaseError::Connect(_) => "no_connection",
            #[cfg(feature = "embedded")]
            DatabaseError::Embedded(_) => "embedded",
            DatabaseError::NoEmbedded => "embedded",
            DatabaseError::Scratch(_) => "no_scratch",
            DatabaseError::NoRuntime(_) => "no_connection",
            DatabaseError::ConnectionLost { .. } => "connection_lost",
            DatabaseError::UnexpectedAnswer { .. } => "unexpected_answer",
            DatabaseError::Server { .. } => "server",
            DatabaseError::DamagedLedger { .. } => "damaged_ledger",
            DatabaseError::NewerLedger { .. } => "newer_ledger",
            DatabaseError::Install { .. } => "ledger_install",
            DatabaseError::Locked { .. } | DatabaseError::LedgerBusy => "locked",
            DatabaseError::Pooled => "needs_session",
            DatabaseError::NotPutBack { .. } => "not_put_back",
            DatabaseError::InTransaction => "in_transaction",
            DatabaseError::Stopped => "stopped",
        }
    }

    /// What to do next.
    pub fn help(&self) -> Option<String> {
        match self {
            DatabaseError::Spec(error) => error.help(),
            DatabaseError::Connect(error) => error.help(),
            #[cfg(feature = "embedded")]
            // Its messages say themselves what to do.
            DatabaseError::Embedded(_) => None,
            DatabaseError::NoEmbedded => {
                Some("build it with its default features, or name a server: --database postgres://…".to_owned())
            }
            DatabaseError::Scratch(error) => error.help(),
            DatabaseError::NoRuntime(_) => Some("has this process too many files open?".to_owned()),
            DatabaseError::ConnectionLost { .. } => {
                Some("run the command again: it goes on from what the ledger has".to_owned())
            }
            DatabaseError::UnexpectedAnswer { .. } => Some(
                "if the server is PostgreSQL itself, 13 or later, this is a fault of revgraph: report it with the server's version"
                    .to_owned(),
            ),
            DatabaseError::Server { error, .. } => error.help(),
            DatabaseError::DamagedLedger { schema } => {
                Some(format!("compare the rows of {schema}.applied and {schema}.state with a backup"))
            }
            DatabaseError::NewerLedger { .. } => Some("use the revgraph that wrote it, or a later one".to_owned()),
            DatabaseError::Install { help, .. } => help.clone(),
            DatabaseError::NotPutBack { .. } => {
                Some("close that connection: it may have the rights of the user who logged in".to_owned())
            }
            DatabaseError::Pooled => Some("connect to the server itself, not to the proxy".to_owned()),
            DatabaseError::InTransaction => Some(
                "end the transaction first: revisions are transactions of their own, and some can't run in any"
                    .to_owned(),
            ),
            DatabaseError::Stopped => Some("run the command again: it goes on from what the ledger has".to_owned()),
            DatabaseError::LedgerBusy => Some("wait for it, and run the command again".to_owned()),
            DatabaseError::Locked { .. } => Some(
                "wait for it, give it longer with --lock-wait, or end that session if its client is gone".to_owned(),
            ),
        }
    }
}

/// Whether the server says by it that this session is over.
fn is_goodbye(error: &DbError) -> bool {
    let over = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT];
    over.contains(error.code()) || error.severity() == "FATAL"
}

/// What a server said of a statement, with all that helps to find the place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerError {
    /// The five characters of its SQLSTATE.
    pub code: String,
    /// What happened.
    pub message: String,
    /// More of it.
    pub detail: Option<String>,
    /// The server's advice.
    pub hint: Option<String>,
    /// Where in functions it happened.
    pub context: Option<String>,
    /// The place in what was sent, in characters from 1.
    pub position: Option<usize>,
    /// The place in a query that the server made, and that query.
    pub internal: Option<(usize, String)>,
    /// The constraint it is about.
    pub constraint: Option<String>,
    /// Whether the parser found it: that reads a whole message before anything of it runs.
    pub is_from_parser: bool,
}

/// The SQLSTATE of what a role may not do.
const LACKS_A_RIGHT: &str = "42501";

/// The SQLSTATE of a lock that was not had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// The SQLSTATE of a statement that was cancelled.
const CANCELLED: &str = "57014";

/// What the ledger's function `refuse` says of it.
const ENDED_ITS_TRANSACTION: &str = "revision_ended_its_transaction";

impl From<&DbError> for ServerError {
    fn from(error: &DbError) -> ServerError {
        let (position, internal) = match error.position() {
            Some(ErrorPosition::Original(at)) => (Some(*at as usize), None),
            Some(ErrorPosition::Internal { position, query }) => (None, Some((*position as usize, query.clone()))),
            None => (None, None),
        };
        // Where in the ledger's own functions an error was raised tells the user nothing.
        let raised_by_ledger = error.code().code().starts_with("RG");
        let context = error.where_().filter(|_| !raised_by_ledger);
        ServerError {
            code: error.code().code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            context: context.map(str::to_owned),
            position,
            internal,
            constraint: error.constraint().map(str::to_owned),
            // A SQLSTATE doesn't tell: what is found in one statement as it runs may be a "syntax error" too.
            is_from_parser: error.file().is_some_and(|file| matches!(file, "scan.l" | "gram.y")),
        }
    }
}

impl ServerError {
    /// What revgraph itself finds wrong, in the shape of what a server says.
    pub fn of_revgraph(code: &str, message: String, hint: Option<String>) -> ServerError {
        ServerError {
            code: code.to_owned(),
            message,
            hint,
            detail: None,
            context: None,
            position: None,
            internal: None,
            constraint: None,
            is_from_parser: false,
        }
    }

    /// What was not run any more, or was cancelled, because the process is to stop.
    pub(super) fn stopped() -> ServerError {
        ServerError::of_revgraph(CANCELLED, DatabaseError::Stopped.to_string(), DatabaseError::Stopped.help())
    }

    /// Whether the compare-and-swap on the ledger's generation has lost.
    pub fn ledger_has_moved(&self) -> bool {
        self.constraint.as_deref() == Some("ledger_has_moved")
    }

    /// Whether a lock was not had within `lock_timeout`.
    pub fn is_lock_timeout(&self) -> bool {
        self.code == LOCK_NOT_AVAILABLE
    }

    /// Whether a transaction that failed so may go through when it is run again as it is: it was in somebody's way.
    /// <https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html>
    pub fn is_of_the_moment(&self) -> bool {
        [LOCK_NOT_AVAILABLE, "40P01", "40001"].contains(&self.code.as_str())
    }

    /// Whether a statement was cancelled, by whomever.
    pub fn is_cancelled(&self) -> bool {
        self.code == CANCELLED
    }

    /// Whether a revision ended the transaction that it ran in.
    pub fn ended_its_transaction(&self) -> bool {
        self.constraint.as_deref() == Some(ENDED_ITS_TRANSACTION)
    }

    /// The number of the verify query that did not hold, if that is what it is about.
    pub fn failed_verification(&self) -> Option<usize> {
        if self.code != "RG001" {
            return None;
        }
        self.constraint.as_deref()?.strip_prefix("verify ")?.parse().ok()
    }

    /// Takes off the context what speaks of revgraph's own function that evaluates a verification.
    pub fn forget_own_function(&mut self) {
        let context = self.context.take().unwrap_or_default();
        let users: Vec<&str> =
            context.lines().filter(|line| !line.contains("verify(text,integer,text) line ")).collect();
        self.context = (!users.is_empty()).then(|| users.join("\n"));
    }

    /// Takes off the context what speaks of the block of revgraph's that called this statement: its last line, and where
    /// it holds it the statement's own text.
    pub fn forget_caller(&mut self, sql: &str) {
        let above = |text: &str| text.rsplit_once('\n').map_or(String::new(), |(lines, _)| lines.to_owned());
        let without_block = above(&self.context.take().unwrap_or_default());
        let users = match without_block.rfind(sql) {
            Some(at) => above(&without_block[..at]),
            None => without_block,
        };
        self.context = (!users.is_empty()).then_some(users);
        self.internal = self.internal.take().filter(|(_, query)| query != sql);
    }

    /// What to do next, where the code alone tells.
    pub fn help(&self) -> Option<String> {
        match self.code.as_str() {
            LACKS_A_RIGHT => Some(rights::help(&self.message)),
            LOCK_NOT_AVAILABLE => Some(
                "something else holds a lock on it: try again later, or give it more --retries or a longer --lock-timeout"
                    .to_owned(),
            ),
            CANCELLED if self.hint.is_none() => Some(
                "statement_timeout ended it, or somebody who may cancel it: --statement-timeout gives it longer".to_owned(),
            ),
            "40P01" | "40001" => {
                Some("another session was in its way: run it again, or give it more --retries".to_owned())
            }
            "53100" => Some("make room on the server's disk, and run the command again".to_owned()),
            "25006" => Some("the server is read-only: name the primary, if this is a standby".to_owned()),
            _ => self.hint.clone(),
        }
    }
}
