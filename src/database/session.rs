//! One connection to one database, wherever it is.

use std::path::PathBuf;
use std::sync::Arc;
#[cfg(feature = "embedded")]
use std::time::Duration;

use postgres::error::{DbError, SqlState};

#[cfg(feature = "embedded")]
use super::client::runtime;
use super::client::{Client, Lender};
use super::connect::{ConnectOptions, ConnectionSpec, connect};
#[cfg(feature = "embedded")]
use super::embedded::Embedded;
use super::index_watch::{Building, IndexWatch};
use super::ledger::Ledger;
use super::loan::Loan;
use super::{Backend, DatabaseError};
use crate::graph::{Action, Direction};

/// Where a database is.
#[derive(Debug, Clone)]
pub enum Location {
    /// Inside this process, its files in that directory.
    Embedded(PathBuf),
    /// On a server.
    Server(Box<ConnectionSpec>),
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Location::Embedded(directory) => write!(f, "embedded ({})", directory.display()),
            Location::Server(spec) => write!(f, "{}", spec.redacted()),
        }
    }
}

/// Something that the server says while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Steps are done, the last of them all but its commit.
    Steps {
        /// What they do.
        action: Action,
        /// The revisions' ids, in order.
        revisions: Vec<String>,
    },
    /// What a statement of a revision had to say.
    Server {
        /// NOTICE, WARNING, …
        severity: String,
        /// The text.
        message: String,
    },
    /// How far the index has come that a statement builds.
    Building(Building),
    /// It isn't built any more, or nobody looks.
    Built,
}

/// Who is told of notices, as they come.
pub type Observer = Arc<dyn Fn(Notice) + Send + Sync>;

/// An open connection, together with the server inside this process if it is that one.
pub struct Session {
    // In this order: the connection ends before its server does.
    client: Client,
    watch: Option<IndexWatch>,
    #[cfg(feature = "embedded")]
    embedded: Option<Embedded>,
    /// How its server is reached, unless it is inside this process.
    spec: Option<Box<ConnectionSpec>>,
    /// If a program has lent it: what it was like, and who is told of its steps.
    loan: Option<(Loan, Observer)>,
}

/// How long another process may keep the embedded database before this one gives up.
#[cfg(feature = "embedded")]
const EMBEDDED_WAIT: Duration = Duration::from_secs(10);

impl Session {
    /// Connects. `run` is the nonce by which the notices of this run are known; the others are passed on as
    /// the server's.
    pub fn open(location: &Location, run: &str, observer: Observer) -> Result<Session, DatabaseError> {
        let options = options(run, Arc::clone(&observer));
        match location {
            Location::Server(spec) => Ok(Session {
                client: connect(spec, &options)?,
                watch: Some(IndexWatch::new(spec.as_ref().clone(), observer)),
                #[cfg(feature = "embedded")]
                embedded: None,
                spec: Some(spec.clone()),
                loan: None,
            }),
            #[cfg(feature = "embedded")]
            Location::Embedded(directory) => {
                Session::inside(Embedded::in_directory(directory, EMBEDDED_WAIT)?, options)
            }
            #[cfg(not(feature = "embedded"))]
            Location::Embedded(_) => Err(DatabaseError::NoEmbedded),
        }
    }

    /// Opens a database inside this process that lives in memory and ends with the session.
    #[cfg(feature = "embedded")]
    pub fn open_in_memory(run: &str, observer: Observer) -> Result<Session, DatabaseError> {
        Session::inside(Embedded::in_memory()?, options(run, observer))
    }

    #[cfg(feature = "embedded")]
    fn inside(embedded: Embedded, options: ConnectOptions) -> Result<Session, DatabaseError> {
        let mut config = embedded.config();
        config.application_name(&options.application_name);
        let runtime = runtime().map_err(|error| DatabaseError::NoRuntime(error.to_string()))?;
        let client = Client::open(runtime, &config, postgres::NoTls, options.on_notice)
            .map_err(|error| DatabaseError::of(error, "the embedded database does not answer"))?
            .to_own_server();
        Ok(Session { client, watch: None, embedded: Some(embedded), spec: None, loan: None })
    }

    /// Takes a session that a program has lent, until [`Session::give_back`]. `backend` is the process of the server that
    /// it was promised.
    ///
    /// # Errors
    /// [`DatabaseError::InTransaction`]; or the connection is of no use.
    pub fn borrow(lender: Box<dyn Lender>, backend: Backend, observer: Observer) -> Result<Session, DatabaseError> {
        let (client, loan) = Loan::begin(lender, backend)?;
        Ok(Session {
            client,
            watch: None,
            #[cfg(feature = "embedded")]
            embedded: None,
            spec: None,
            loan: Some((loan, observer)),
        })
    }

    /// Makes a session that was lent what it was before. `after_failure`: a transaction of revgraph's may be open in it.
    ///
    /// # Errors
    /// What it was can't be had back, or it wasn't one session.
    pub fn give_back(mut self, after_failure: bool) -> Result<(), DatabaseError> {
        match self.loan.take() {
            Some((loan, _)) => loan.end(&mut self.client, after_failure),
            None => Ok(()),
        }
    }

    /// Puts aside what a program that has lent the session has set in it: from here on revgraph's own are to hold.
    pub fn begin_work(&mut self, ledger: &Ledger) -> Result<(), DatabaseError> {
        match &mut self.loan {
            Some((loan, _)) => loan.begin_work(&mut self.client, ledger),
            None => Ok(()),
        }
    }

    /// Whether a program has lent it.
    pub fn is_lent(&self) -> bool {
        self.loan.is_some()
    }

    /// Who is to be told of steps by whoever runs them, since the server's notices of them go elsewhere.
    pub fn teller(&self) -> Option<Observer> {
        self.loan.as_ref().map(|(_, observer)| Arc::clone(observer))
    }

    /// The connection.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// How its server is reached, for whoever needs a second session; none where there can't be one.
    pub fn spec(&self) -> Option<&ConnectionSpec> {
        self.spec.as_deref()
    }

    /// What can watch over it from beside; the server inside this process has one session at a time.
    pub fn watch(&self) -> Option<&IndexWatch> {
        self.watch.as_ref()
    }

    /// Whether the server runs inside this process.
    pub fn is_embedded(&self) -> bool {
        #[cfg(feature = "embedded")]
        return self.embedded.is_some();
        #[cfg(not(feature = "embedded"))]
        false
    }
}

/// How to connect, with notices handed on to `observer`.
pub(super) fn options(run: &str, observer: Observer) -> ConnectOptions {
    let mark = format!("revgraph {run} ");
    ConnectOptions {
        on_notice: Arc::new(move |notice: DbError| {
            if !is_about_nothing(&notice) {
                observer(understand(&notice, &mark));
            }
        }),
        ..ConnectOptions::default()
    }
}

/// After a failure revgraph rolls back whether or not a transaction is open; that none was is no news.
fn is_about_nothing(notice: &DbError) -> bool {
    *notice.code() == SqlState::NO_ACTIVE_SQL_TRANSACTION
}

fn understand(notice: &DbError, mark: &str) -> Notice {
    let step = notice.message().strip_prefix(mark).and_then(|rest| rest.split_once(' '));
    const ACTIONS: [Action; 4] =
        [Action::Run(Direction::Up), Action::Run(Direction::Down), Action::Adopt, Action::Expand];
    let action = |word: &str| ACTIONS.into_iter().find(|action| action.to_string() == word);
    let ids = |text: &str| text.split(' ').map(str::to_owned).collect();
    match step.and_then(|(word, revisions)| Some((action(word)?, ids(revisions)))) {
        Some((action, revisions)) => Notice::Steps { action, revisions },
        None => Notice::Server { severity: notice.severity().to_owned(), message: notice.message().to_owned() },
    }
}
