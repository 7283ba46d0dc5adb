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

use super::{ClientError, Manner, MessageError, OnNotice};
use crate::database::backend::Backend;
use crate::database::cancel::{Line, canceller};
use crate::database::interrupt::{self, Canceller, Running};

/// A connection of revgraph's own.
pub(super) struct Own {
    // In this order: the link ends by itself once nobody can send any more.
    pub(super) sender: tokio_postgres::Client,
    pub(super) link: Link,
    pub(super) server_version: u32,
    pub(super) backend: Backend,
    pub(super) canceller: Option<Canceller>,
}

/// What has to be read and written for anything to come about.
pub(super) struct Link {
    connection: Messages,
    on_notice: OnNotice,
    runtime: Runtime,
    /// Whether the connection is to end without a word.
    pub(super) is_given_up: bool,
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
        let link = Link { connection: Box::pin(ServerEnd(connection)), on_notice, runtime, is_given_up: false };
        Ok(Own { sender, link, server_version, backend, canceller })
    }

    /// Makes it one to a server inside this process, which has no other session.
    #[cfg(feature = "embedded")]
    pub(super) fn set_own_server(&mut self) {
        self.backend = Backend::OnlyOne;
        self.canceller = None;
    }

    /// The columns that a query gives: each one's name, and the oid of its type. Nothing of it runs.
    pub(super) fn describe(&mut self, query: &str) -> Result<Vec<(String, u32)>, ClientError> {
        let _running = self.begin(Manner::Work)?;
        let statement = self.link.wait_for(Box::pin(self.sender.prepare(query)))?;
        Ok(statement.columns().iter().map(|column| (column.name().to_owned(), column.type_().oid())).collect())
    }

    /// Runs a message, and hands on each of its results.
    pub(super) fn message(
        &mut self,
        text: &str,
        manner: Manner,
        on_result: &mut dyn FnMut(SimpleQueryMessage),
    ) -> Result<(), MessageError> {
        let mut done = 0;
        let _running = self.begin(manner).map_err(|error| MessageError { done: Some(0), error })?;
        let mut sending = Box::pin(self.sender.simple_query_raw(text));
        let mut results = None;
        let outcome = self.link.poll_until(|context| {
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
        });
        outcome.map_err(|error| MessageError { done: Some(done), error: error.into() })
    }

    /// Makes known that the server is at work from here on, for as long as the value lives.
    pub(super) fn begin(&self, manner: Manner) -> Result<Running, ClientError> {
        let canceller = self.canceller.clone();
        match manner {
            Manner::Mending => Ok(interrupt::running(canceller)),
            Manner::Work => interrupt::running_unless_stopped(canceller).map_err(|_| ClientError::Stopped),
        }
    }
}

impl Link {
    /// Reads and writes until something has come about.
    pub(super) fn poll_until<T>(
        &mut self,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<Result<T, Error>>,
    ) -> Result<T, Error> {
        let Link { connection, on_notice, runtime, .. } = self;
        runtime.block_on(poll_fn(|context| {
            drive(connection.as_mut(), on_notice, context)?;
            poll(context)
        }))
    }

    /// The same for something that is asked of the connection.
    pub(super) fn wait_for<T>(
        &mut self,
        mut asked: impl Future<Output = Result<T, Error>> + Unpin,
    ) -> Result<T, Error> {
        self.poll_until(|context| Pin::new(&mut asked).poll(context))
    }
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

impl Drop for Link {
    /// Says goodbye, unless it is given up.
    fn drop(&mut self) {
        if self.is_given_up {
            return;
        }
        let Link { connection, runtime, .. } = self;
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
