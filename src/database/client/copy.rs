//! COPY over a connection: data in pieces, as many as the other side takes.
//! <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY>

use std::io::Cursor;
use std::pin::Pin;
use std::task::Poll;

use futures_core::Stream;
use futures_sink::Sink;
use tokio_postgres::{CopyInSink, CopyOutStream};

use super::own::Link;
use super::{Client, ClientError, Manner};
use crate::database::interrupt::Running;

/// What the driver takes as data.
type Data = Cursor<Vec<u8>>;

/// A `COPY … TO STDOUT` under way. The server sends on only as fast as this is read.
pub struct CopyOut<'a> {
    link: &'a mut Link,
    stream: Pin<Box<CopyOutStream>>,
    _running: Running,
}

/// A `COPY … FROM STDIN` under way. Dropped before [`CopyIn::finish`], it fails on the server.
pub struct CopyIn<'a> {
    link: &'a mut Link,
    sink: Pin<Box<CopyInSink<Data>>>,
    _running: Running,
}

impl Client {
    /// Begins a `COPY … TO STDOUT`, unless the process is to stop. If it is later on, the server is asked to cancel it.
    pub fn copy_out(&mut self, sql: &str) -> Result<CopyOut<'_>, ClientError> {
        let own = self.own()?;
        let _running = own.begin(Manner::Work)?;
        let stream = own.link.wait_for(Box::pin(own.sender.copy_out(sql)))?;
        Ok(CopyOut { link: &mut own.link, stream: Box::pin(stream), _running })
    }

    /// Begins a `COPY … FROM STDIN`, in the same way.
    pub fn copy_in(&mut self, sql: &str) -> Result<CopyIn<'_>, ClientError> {
        let own = self.own()?;
        let _running = own.begin(Manner::Work)?;
        let sink = own.link.wait_for(Box::pin(own.sender.copy_in(sql)))?;
        Ok(CopyIn { link: &mut own.link, sink: Box::pin(sink), _running })
    }
}

impl CopyOut<'_> {
    /// Adds what comes to `data` until there are `enough` bytes of it. False: that was all.
    pub fn read(&mut self, data: &mut Vec<u8>, enough: usize) -> Result<bool, ClientError> {
        let CopyOut { link, stream, .. } = self;
        Ok(link.poll_until(|context| {
            while data.len() < enough {
                match stream.as_mut().poll_next(context) {
                    Poll::Ready(Some(piece)) => data.extend_from_slice(piece?.as_ref()),
                    Poll::Ready(None) => return Poll::Ready(Ok(false)),
                    Poll::Pending => return Poll::Pending,
                }
            }
            Poll::Ready(Ok(true))
        })?)
    }
}

impl CopyIn<'_> {
    /// Sends data, once the connection has room for them. An error of the server is only told by [`CopyIn::finish`].
    pub fn send(&mut self, data: Vec<u8>) -> Result<(), ClientError> {
        let CopyIn { link, sink, .. } = self;
        let mut data = Some(Cursor::new(data));
        Ok(link.poll_until(|context| {
            if data.is_some() {
                match sink.as_mut().poll_ready(context)? {
                    Poll::Ready(()) => data.take().map_or(Ok(()), |data| sink.as_mut().start_send(data))?,
                    Poll::Pending => return Poll::Pending,
                }
            }
            sink.as_mut().poll_flush(context)
        })?)
    }

    /// Ends it. Gives the number of rows that the server has taken.
    pub fn finish(self) -> Result<u64, ClientError> {
        let CopyIn { link, mut sink, _running } = self;
        Ok(link.poll_until(|context| sink.as_mut().poll_finish(context))?)
    }
}
