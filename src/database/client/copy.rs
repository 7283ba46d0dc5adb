//! COPY over a connection: data in pieces, as many as the other side takes.
//! <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY>

use std::future::poll_fn;
use std::io::Cursor;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;
use postgres::Error;
use tokio_postgres::{CopyInSink, CopyOutStream};

use super::own::{Own, drive, wait_for};
use super::{Client, ClientError};

/// What the driver takes as data.
type Data = Cursor<Vec<u8>>;

/// A `COPY … TO STDOUT` under way. The server sends on only as fast as this is read.
pub struct CopyOut<'a> {
    client: &'a mut Own,
    /// None in a client that is being dropped.
    stream: Option<Pin<Box<CopyOutStream>>>,
}

/// A `COPY … FROM STDIN` under way. Dropped before [`CopyIn::finish`], it fails on the server.
pub struct CopyIn<'a> {
    client: &'a mut Own,
    sink: Option<Pin<Box<CopyInSink<Data>>>>,
}

impl Client {
    /// Begins a `COPY … TO STDOUT`.
    pub fn copy_out(&mut self, sql: &str) -> Result<CopyOut<'_>, ClientError> {
        let own = self.own()?;
        let stream = match own {
            Own { sender: Some(sender), connection, on_notice, runtime, .. } => {
                Some(wait_for(runtime, connection, on_notice, Box::pin(sender.copy_out(sql)))?)
            }
            _ => None,
        };
        Ok(CopyOut { client: own, stream: stream.map(Box::pin) })
    }

    /// Begins a `COPY … FROM STDIN`.
    pub fn copy_in(&mut self, sql: &str) -> Result<CopyIn<'_>, ClientError> {
        let own = self.own()?;
        let sink = match own {
            Own { sender: Some(sender), connection, on_notice, runtime, .. } => {
                Some(wait_for(runtime, connection, on_notice, Box::pin(sender.copy_in(sql)))?)
            }
            _ => None,
        };
        Ok(CopyIn { client: own, sink: sink.map(Box::pin) })
    }
}

impl Own {
    /// Lets the connection read and write until something has come about.
    fn poll_until<T>(
        &mut self,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<Result<T, Error>>,
    ) -> Result<T, ClientError> {
        let Own { connection, on_notice, runtime, .. } = self;
        Ok(runtime.block_on(poll_fn(|context| {
            drive(connection.as_mut(), on_notice, context)?;
            poll(context)
        }))?)
    }
}

impl CopyOut<'_> {
    /// Adds what comes to `data` until there are `enough` bytes of it. False: that was all.
    pub fn read(&mut self, data: &mut Vec<u8>, enough: usize) -> Result<bool, ClientError> {
        let CopyOut { client, stream: Some(stream) } = self else { return Ok(false) };
        client.poll_until(|context| {
            while data.len() < enough {
                match stream.as_mut().poll_next(context) {
                    Poll::Ready(Some(piece)) => data.extend_from_slice(piece?.as_ref()),
                    Poll::Ready(None) => return Poll::Ready(Ok(false)),
                    Poll::Pending => return Poll::Pending,
                }
            }
            Poll::Ready(Ok(true))
        })
    }
}

impl CopyIn<'_> {
    /// Sends data, once the connection has room for them. An error of the server is only told by [`CopyIn::finish`].
    pub fn send(&mut self, data: Vec<u8>) -> Result<(), ClientError> {
        let CopyIn { client, sink: Some(sink) } = self else { return Ok(()) };
        let mut data = Some(Cursor::new(data));
        client.poll_until(|context| {
            if data.is_some() {
                match sink.as_mut().poll_ready(context)? {
                    Poll::Ready(()) => data.take().map_or(Ok(()), |data| sink.as_mut().start_send(data))?,
                    Poll::Pending => return Poll::Pending,
                }
            }
            sink.as_mut().poll_flush(context)
        })
    }

    /// Ends it. Gives the number of rows that the server has taken.
    pub fn finish(self) -> Result<u64, ClientError> {
        let CopyIn { client, sink: Some(mut sink) } = self else { return Ok(0) };
        client.poll_until(|context| sink.as_mut().poll_finish(context))
    }
}
