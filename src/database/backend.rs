//! Which process of the server a session has, and whether it has it for itself.
//!
//! A server says at the beginning of a connection which of its processes answers there (`BackendKeyData`). A proxy that
//! hands server connections on from transaction to transaction can't: it says some number of its own, because a request
//! to cancel must come to it. So the two numbers, what was said and what `pg_backend_pid()` is, tell a session that has
//! its process for itself from one that may have another one with each transaction. It costs no round trip, and is
//! asked where it matters: in the statement that would take the session's lock.
//!
//! A proxy in session mode has a number of its own too, and is taken for one of the other kind: nothing tells them apart
//! before it is too late, and what is done then is right in both.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::CancelToken;

/// The process of the server that a session was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// The one with this number.
    Process(i32),
    /// The server has no other one.
    OnlyOne,
    /// What was said is kept by a driver: the first process that answers is taken for the session's own.
    Assumed,
    /// Nothing was said.
    Unknown,
}

impl Backend {
    /// What the server said when the connection began. The driver keeps it to itself, but for writing it into requests
    /// to cancel: one is written here, and read instead of sent.
    pub fn of(token: &CancelToken) -> Backend {
        let mut request = Notepad::default();
        // A notepad has nobody wait for it, so this is ready at once.
        let written = pin!(token.cancel_query_raw(&mut request, Plain)).poll(&mut Context::from_waker(Waker::noop()));
        match written {
            Poll::Ready(Ok(())) => request.process().map_or(Backend::Unknown, Backend::Process),
            Poll::Ready(Err(_)) | Poll::Pending => Backend::Unknown,
        }
    }

    /// An SQL expression: whether the process that evaluates it is this one, and so the session's own.
    pub fn is_own(self) -> String {
        match self {
            Backend::Process(pid) => format!("(pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) {pid})"),
            Backend::OnlyOne | Backend::Assumed => "true".to_owned(),
            Backend::Unknown => "false".to_owned(),
        }
    }
}

/// Takes down what is written to it. Whoever reads is told that TLS is to be had.
#[derive(Default)]
struct Notepad(Vec<u8>);

impl Notepad {
    /// The process in a request to cancel: its length, its code, the process, the key, four bytes each.
    /// <https://www.postgresql.org/docs/current/protocol-message-formats.html>
    fn process(&self) -> Option<i32> {
        let request = self.0.last_chunk::<16>()?;
        let process = request.get(8..12)?.try_into().ok()?;
        Some(i32::from_be_bytes(process)).filter(|process| *process != 0)
    }
}

impl AsyncRead for Notepad {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        buffer.put_slice(b"S");
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Notepad {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// In the place of TLS: nothing leaves this process.
struct Plain;

impl<'a> TlsConnect<&'a mut Notepad> for Plain {
    type Stream = &'a mut Notepad;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<&'a mut Notepad>>;

    fn connect(self, notepad: &'a mut Notepad) -> Self::Future {
        std::future::ready(Ok(notepad))
    }
}

impl TlsStream for &mut Notepad {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}
