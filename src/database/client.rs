//! A connection whose messages tell how far they came.
//!
//! The `postgres` crate hides the results before an error. Most errors of a running statement carry no position, so how
//! many statements of a message were done is the only thing that tells which one failed. This client drives
//! `tokio-postgres`, which `postgres` is made of, in the same way and keeps that count.

mod copy;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use postgres::error::DbError;
use postgres::tls::{MakeTlsConnect, TlsConnect};
use postgres::{Error, SimpleQueryMessage, Socket};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{AsyncMessage, Config, Connection};

use super::backend::Backend;
use super::cancel::{Line, canceller};
use super::interrupt::{self, Canceller};

/// What is called with each notice and warning of the server, inside the call on the client that runs then.
pub type OnNotice = Arc<dyn Fn(DbError) + Send + Sync>;

/// An open connection to a server, for simple-query messages.
pub struct Client {
    // None only while it is dropped.
    sender: Option<tokio_postgres::Client>,
    connection: Pin<Box<dyn Stream<Item = Result<AsyncMessage, Error>> + Send>>,
    on_notice: OnNotice,
    server_version: u32,
    backend: Backend,
    canceller: Option<Canceller>,
    /// Whether the connection is to end without a word.
    is_given_up: bool,
    runtime: Runtime,
}

/// A message that failed, and how many of its statements were done before.
#[derive(Debug)]
pub struct MessageError {
    /// How many statements of the message were done. Whether that lasts, its transactions decide.
    pub done: usize,
    /// What happened then.
    pub error: Error,
}

/// The server end and the messages that come from it, as a stream.
struct Messages<S, T>(Connection<S, T>);

impl<S, T> Stream for Messages<S, T>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    type Item = Result<AsyncMessage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_message(context)
    }
}

impl Client {
    /// Connects as the configuration says. `runtime` is one of the current thread.
    ///
    /// # Errors
    /// What the driver says; nothing is retried.
    pub fn open<T>(runtime: Runtime, config: &Config, tls: T, on_notice: OnNotice) -> Result<Client, Error>
    where
        T: MakeTlsConnect<Socket> + MakeTlsConnect<Line> + Clone + 'static + Send + Sync,
        <T as MakeTlsConnect<Socket>>::TlsConnect: Send,
        <T as MakeTlsConnect<Socket>>::Stream: Send,
        <<T as MakeTlsConnect<Socket>>::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let (sender, connection) = runtime.block_on(config.connect(tls.clone()))?;
        let backend = Backend::of(&runtime, &sender.cancel_token());
        let canceller = canceller(config, sender.cancel_token(), tls);
        let server_version = major_version(connection.parameter("server_version").unwrap_or_default());
        let connection = Box::pin(Messages(connection));
        Ok(Client {
            sender: Some(sender),
            connection,
            on_notice,
            server_version,
            backend,
            canceller,
            is_given_up: false,
            runtime,
        })
    }

    /// The same for a server inside this process: it has one session, and so nobody who could be asked to cancel.
    #[cfg(feature = "embedded")]
    pub fn to_own_server(mut self) -> Client {
        self.backend = Backend::OnlyOne;
        self.canceller = None;
        self
    }

    /// Which process of the server this session was promised.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The major version of the server, such as 15: it says so when a connection begins. 0 if it doesn't.
    pub fn server_version(&self) -> u32 {
        self.server_version
    }

    /// Runs a message, and gives the results of its statements.
    pub fn simple_query(&mut self, text: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
        self.query(text).map_err(|failed| failed.error)
    }

    /// Runs a message, and gives the results of its statements, or says after a failure how many of them were done.
    pub fn query(&mut self, text: &str) -> Result<Vec<SimpleQueryMessage>, MessageError> {
        let mut results = Vec::new();
        self.message(text, &mut |result| results.push(result))?;
        Ok(results)
    }

    /// Runs a message whose results don't matter.
    pub fn batch_execute(&mut self, text: &str) -> Result<(), Error> {
        self.run(text).map_err(|failed| failed.error)
    }

    /// Runs a message whose results don't matter, and says after a failure how many statements were done.
    pub fn run(&mut self, text: &str) -> Result<(), MessageError> {
        self.message(text, &mut |_| {})
    }

    /// The columns that a query gives: each one's name, and the oid of its type. Nothing of it runs.
    pub fn describe(&mut self, query: &str) -> Result<Vec<(String, u32)>, Error> {
        let Client { sender: Some(sender), connection, on_notice, runtime, .. } = self else { return Ok(Vec::new()) };
        let statement = wait_for(runtime, connection, on_notice, Box::pin(sender.prepare(query)))?;
        Ok(statement.columns().iter().map(|column| (column.name().to_owned(), column.type_().oid())).collect())
    }

    /// Lets the connection go without waiting for what the server still has to send: it finds nobody there.
    pub fn give_up(&mut self) {
        self.is_given_up = true;
    }

    fn message(&mut self, text: &str, on_result: &mut dyn FnMut(SimpleQueryMessage)) -> Result<(), MessageError> {
        let mut done = 0;
        let _running = interrupt::running(self.canceller.clone());
        let Client { sender: Some(sender), connection, on_notice, runtime, .. } = self else { return Ok(()) };
        let mut sending = Box::pin(sender.simple_query_raw(text));
        let mut results = None;
        let outcome = runtime.block_on(poll_fn(|context| {
            drive(connection.as_mut(), on_notice, context)?;
            if results.is_none() {
                match sending.as_mut().poll(context) {
                    Poll::Ready(stream) => results = Some(Box::pin(stream?)),
                    Poll::Pending => return Poll::Pending,
                }
            }
            let Some(stream) = &mut results else { return Poll::Pending };
            loop {
                match stream.as_mut().poll_next(context) {
                    Poll::Ready(Some(Ok(result))) => {
                        done += usize::from(matches!(result, SimpleQueryMessage::CommandComplete(_)));
                        on_result(result);
                    }
                    Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                    Poll::Ready(None) => return Poll::Ready(Ok(())),
                    Poll::Pending => return Poll::Pending,
                }
            }
        }));
        outcome.map_err(|error| MessageError { done, error })
    }
}

/// Waits for something that is asked of a connection, which reads and writes meanwhile.
fn wait_for<T>(
    runtime: &Runtime,
    connection: &mut Pin<Box<dyn Stream<Item = Result<AsyncMessage, Error>> + Send>>,
    on_notice: &OnNotice,
    mut asked: impl Future<Output = Result<T, Error>> + Unpin,
) -> Result<T, Error> {
    runtime.block_on(poll_fn(|context| {
        drive(connection.as_mut(), on_notice, context)?;
        Pin::new(&mut asked).poll(context)
    }))
}

/// The number that a version begins with: `15.18 (Debian 15.18-0+deb12u1)` and `19devel` are ones.
fn major_version(version: &str) -> u32 {
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().unwrap_or_default()
}

/// Lets the connection read and write, and hands on its notices.
fn drive(
    mut connection: Pin<&mut (dyn Stream<Item = Result<AsyncMessage, Error>> + Send)>,
    on_notice: &OnNotice,
    context: &mut Context<'_>,
) -> Result<(), Error> {
    loop {
        match connection.as_mut().poll_next(context) {
            Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => on_notice(notice),
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(error))) => return Err(error),
            Poll::Ready(None) | Poll::Pending => return Ok(()),
        }
    }
}

impl Drop for Client {
    /// Says goodbye: the connection ends by itself once nobody can send any more.
    fn drop(&mut self) {
        drop(self.sender.take());
        if self.is_given_up {
            return;
        }
        let Client { connection, runtime, .. } = self;
        let goodbye = poll_fn(|context| {
            loop {
                match connection.as_mut().poll_next(context) {
                    Poll::Ready(Some(Ok(_))) => {}
                    // Whatever is wrong with it now, it is over.
                    Poll::Ready(_) => return Poll::Ready(()),
                    Poll::Pending => return Poll::Pending,
                }
            }
        });
        runtime.block_on(goodbye);
    }
}

/// What a client runs on: this thread, and no other.
///
/// # Errors
/// What the system says, where it gives no event queue.
pub fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
