//! A connection of revgraph's own. It drives `tokio-postgres`, which `postgres` is made of, in the same way, and keeps the
//! count of the statements that were done.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use postgres::tls::{MakeTlsConnect, TlsConnect};
use postgres::{Error, SimpleQueryMessage, Socket};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Runtime;
use tokio_postgres::{AsyncMessage, Config, Connection};

use super::{MessageError, OnNotice};
use crate::database::backend::Backend;
use crate::database::cancel::{Line, canceller};
use crate::database::interrupt::{self, Canceller};

/// A connection of revgraph's own.
pub(super) struct Own {
    // None only while it is dropped.
    pub(super) sender: Option<tokio_postgres::Client>,
    pub(super) connection: Messages,
    pub(super) on_notice: OnNotice,
    pub(super) server_version: u32,
    pub(super) backend: Backend,
    canceller: Option<Canceller>,
    /// Whether the connection is to end without a word.
    pub(super) is_given_up: bool,
    pub(super) runtime: Runtime,
}

/// What comes from the server, as it comes.
type Messages = Pin<Box<dyn Stream<Item = Result<AsyncMessage, Error>> + Send>>;

/// The server end and the messages that come from it, as a stream.
struct ServerEnd<S, T>(Connection<S, T>);

impl<S, T> Stream for ServerEnd<S, T>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    type Item = Result<AsyncMessage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_message(context)
    }
}

impl Own {
    /// Connects as the configuration says. `runtime` is one of the current thread.
    ///
    /// # Errors
    /// What the driver says; nothing is retried.
    pub(super) fn open<T>(runtime: Runtime, config: &Config, tls: T, on_notice: OnNotice) -> Result<Own, Error>
    where
        T: MakeTlsConnect<Socket> + MakeTlsConnect<Line> + Clone + 'static + Send + Sync,
        <T as MakeTlsConnect<Socket>>::TlsConnect: Send,
        <T as MakeTlsConnect<Socket>>::Stream: Send,
        <<T as MakeTlsConnect<Socket>>::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let (sender, connection) = runtime.block_on(config.connect(tls.clone()))?;
        let backend = Backend::of(&sender.cancel_token());
        let canceller = canceller(config, sender.cancel_token(), tls);
        let server_version = major_version(connection.parameter("server_version").unwrap_or_default());
        let connection = Box::pin(ServerEnd(connection));
        Ok(Own {
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

    /// Makes it one to a server inside this process, which has no other session.
    #[cfg(feature = "embedded")]
    pub(super) fn set_own_server(&mut self) {
        self.backend = Backend::OnlyOne;
        self.canceller = None;
    }

    /// The columns that a query gives: each one's name, and the oid of its type. Nothing of it runs.
    pub(super) fn describe(&mut self, query: &str) -> Result<Vec<(String, u32)>, Error> {
        let Own { sender: Some(sender), connection, on_notice, runtime, .. } = self else { return Ok(Vec::new()) };
        let statement = wait_for(runtime, connection, on_notice, Box::pin(sender.prepare(query)))?;
        Ok(statement.columns().iter().map(|column| (column.name().to_owned(), column.type_().oid())).collect())
    }

    /// Runs a message, and hands on each of its results.
    pub(super) fn message(
        &mut self,
        text: &str,
        on_result: &mut dyn FnMut(SimpleQueryMessage),
    ) -> Result<(), MessageError> {
        let mut done = 0;
        let _running = interrupt::running(self.canceller.clone());
        let Own { sender: Some(sender), connection, on_notice, runtime, .. } = self else { return Ok(()) };
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
        outcome.map_err(|error| MessageError { done: Some(done), error: error.into() })
    }
}

/// Waits for something that is asked of a connection, which reads and writes meanwhile.
pub(super) fn wait_for<T>(
    runtime: &Runtime,
    connection: &mut Messages,
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
pub(super) fn drive(
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

impl Drop for Own {
    /// Says goodbye: the connection ends by itself once nobody can send any more.
    fn drop(&mut self) {
        drop(self.sender.take());
        if self.is_given_up {
            return;
        }
        let Own { connection, runtime, .. } = self;
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
