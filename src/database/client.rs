//! A connection whose messages tell how far they came: revgraph's own, or one that a program has lent.
//!
//! Most errors of a running statement carry no position, so how many statements of a message were done is the only thing
//! that tells which one failed. The driver's own interfaces hide it; what is here keeps that count where it can be had.

mod copy;
mod lent;
mod own;

use std::sync::Arc;

use postgres::error::{DbError, SqlState};
use postgres::tls::{MakeTlsConnect, TlsConnect};
use postgres::{SimpleQueryMessage, Socket};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::Config;

use super::backend::Backend;
use super::cancel::Line;
use super::interrupt::{self, Canceller};
pub use lent::{Lender, Lent};
use own::Own;

/// What is called with each notice and warning of the server, inside the call on the client that runs then.
pub type OnNotice = Arc<dyn Fn(DbError) + Send + Sync>;

/// An open connection to a server, for simple-query messages.
pub struct Client(Inner);

enum Inner {
    Own(Box<Own>),
    Lent(Lent),
}

/// Why a message did not go through.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// What the driver says: mostly what a server said.
    #[error(transparent)]
    Driver(#[from] postgres::Error),
    /// The connection was lent, and whoever has lent it waits no longer.
    #[error("the program that has lent the connection waits no longer")]
    Gone,
    /// The connection was lent, and this can't be done on such a one.
    #[error("COPY takes a connection of revgraph's own")]
    TakesOwn,
    /// The process was told to stop before it was sent.
    #[error("stopped by a signal")]
    Stopped,
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Work: it is not begun once the process is to stop.
    Work,
    /// It may put something right: it is always sent.
    Mending,
}

/// A message that failed, and how many of its statements were done before.
#[derive(Debug)]
pub struct MessageError {
    /// How many statements of the message were done, where that is known. Whether that lasts, its transactions decide.
    pub done: Option<usize>,
    /// What happened then.
    pub error: ClientError,
}

impl ClientError {
    /// What the server said, if it was the server.
    pub fn as_db_error(&self) -> Option<&DbError> {
        match self {
            ClientError::Driver(error) => error.as_db_error(),
            ClientError::Gone | ClientError::TakesOwn | ClientError::Stopped => None,
        }
    }

    /// The server's code for it.
    pub fn code(&self) -> Option<&SqlState> {
        self.as_db_error().map(DbError::code)
    }
}

impl Client {
    /// Connects as the configuration says. `runtime` is one of the current thread.
    ///
    /// # Errors
    /// What the driver says; nothing is retried.
    pub fn open<T>(runtime: Runtime, config: &Config, tls: T, on_notice: OnNotice) -> Result<Client, postgres::Error>
    where
        T: MakeTlsConnect<Socket> + MakeTlsConnect<Line> + Clone + 'static + Send + Sync,
        <T as MakeTlsConnect<Socket>>::TlsConnect: Send,
        <T as MakeTlsConnect<Socket>>::Stream: Send,
        <<T as MakeTlsConnect<Socket>>::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        Ok(Client(Inner::Own(Box::new(Own::open(runtime, config, tls, on_notice)?))))
    }

    /// Takes a connection that a program has lent.
    pub(super) fn lent(lent: Lent) -> Client {
        Client(Inner::Lent(lent))
    }

    /// The same for a server inside this process: it has one session, and so nobody who could be asked to cancel.
    #[cfg(feature = "embedded")]
    pub fn to_own_server(mut self) -> Client {
        if let Inner::Own(own) = &mut self.0 {
            own.set_own_server();
        }
        self
    }

    /// Whether a program has lent it. It tells no notices, takes no COPY, and can't be cancelled.
    pub fn is_lent(&self) -> bool {
        matches!(self.0, Inner::Lent(_))
    }

    /// Which process of the server this session was promised.
    pub fn backend(&self) -> Backend {
        match &self.0 {
            Inner::Own(own) => own.backend,
            Inner::Lent(lent) => lent.backend,
        }
    }

    /// The major version of the server, such as 15: it says so when a connection begins. 0 if it doesn't.
    pub fn server_version(&self) -> u32 {
        match &self.0 {
            Inner::Own(own) => own.server_version,
            Inner::Lent(lent) => lent.server_version,
        }
    }

    /// Runs a message, and gives the results of its statements.
    pub fn simple_query(&mut self, text: &str) -> Result<Vec<SimpleQueryMessage>, ClientError> {
        self.query(text).map_err(|failed| failed.error)
    }

    /// Runs a message, and gives the results of its statements, or says after a failure how many of them were done.
    pub fn query(&mut self, text: &str) -> Result<Vec<SimpleQueryMessage>, MessageError> {
        self.results(text, Manner::Mending)
    }

    /// The same for what is not to begin any more once the process is to stop.
    pub fn query_unless_stopped(&mut self, text: &str) -> Result<Vec<SimpleQueryMessage>, MessageError> {
        self.results(text, Manner::Work)
    }

    fn results(&mut self, text: &str, manner: Manner) -> Result<Vec<SimpleQueryMessage>, MessageError> {
        let mut results = Vec::new();
        self.message(text, manner, &mut |result| results.push(result))?;
        Ok(results)
    }

    fn message(
        &mut self,
        text: &str,
        manner: Manner,
        on_result: &mut dyn FnMut(SimpleQueryMessage),
    ) -> Result<(), MessageError> {
        match &mut self.0 {
            Inner::Own(own) => own.message(text, manner, on_result),
            Inner::Lent(_) if manner == Manner::Work && interrupt::is_raised() => {
                Err(MessageError { done: Some(0), error: ClientError::Stopped })
            }
            Inner::Lent(lent) => {
                lent.message(text)?.into_iter().for_each(on_result);
                Ok(())
            }
        }
    }

    /// Runs a message whose results don't matter.
    pub fn batch_execute(&mut self, text: &str) -> Result<(), ClientError> {
        self.run(text).map_err(|failed| failed.error)
    }

    /// Runs a message whose results don't matter, and says after a failure how many statements were done.
    pub fn run(&mut self, text: &str) -> Result<(), MessageError> {
        self.message(text, Manner::Mending, &mut |_| {})
    }

    /// The same for what is not to begin any more once the process is to stop.
    pub fn run_unless_stopped(&mut self, text: &str) -> Result<(), MessageError> {
        self.message(text, Manner::Work, &mut |_| {})
    }

    /// The columns that a query gives: each one's name, and the oid of its type. Nothing of it runs.
    pub fn describe(&mut self, query: &str) -> Result<Vec<(String, u32)>, ClientError> {
        self.own()?.describe(query)
    }

    /// What asks the server to cancel what this session runs; none where nobody can be asked.
    pub(super) fn canceller(&self) -> Option<Canceller> {
        match &self.0 {
            Inner::Own(own) => own.canceller.clone(),
            Inner::Lent(_) => None,
        }
    }

    /// Lets the connection go without waiting for what the server still has to send: it finds nobody there.
    pub fn give_up(&mut self) {
        if let Inner::Own(own) = &mut self.0 {
            own.link.is_given_up = true;
        }
    }

    /// The connection that was lent, if it is one.
    pub(super) fn as_lent(&mut self) -> Option<&mut Lent> {
        match &mut self.0 {
            Inner::Own(_) => None,
            Inner::Lent(lent) => Some(lent),
        }
    }

    fn own(&mut self) -> Result<&mut Own, ClientError> {
        match &mut self.0 {
            Inner::Own(own) => Ok(own),
            Inner::Lent(_) => Err(ClientError::TakesOwn),
        }
    }
}

/// What a client runs on: this thread, and no other.
///
/// # Errors
/// What the system says, where it gives no event queue.
pub fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
