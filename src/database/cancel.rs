//! Asking a server to stop the statement that a session runs: by a connection of its own, protected as the session's is.
//!
//! The driver can do it too, but hangs up as soon as it has asked. A pooling proxy that has not passed the request on by
//! then forgets it. So it is asked over a line that stays open until the other end closes it, as libpq does.

use std::future::{Future, poll_fn};
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use postgres::config::Host;
use postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{CancelToken, Config};

use super::client::runtime;
use super::interrupt::Canceller;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A socket of either kind.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// What a request goes over: a socket that stays open for as long as somebody has a copy of the value.
#[derive(Clone)]
pub struct Line(Arc<Mutex<Box<dyn Wire>>>);

/// A protected line that isn't closed at its end either.
pub struct Open<S>(S);

/// Protects a line as another one does, and leaves it open.
struct Opener<C>(C);

/// What cancels the statement that the session of `token` runs, when it is called.
pub(super) fn canceller<T>(config: &Config, token: CancelToken, tls: T) -> Option<Canceller>
where
    T: MakeTlsConnect<Line> + Clone + Send + Sync + 'static,
{
    let server = Server::of(config)?;
    // What can't be reached can't be stopped: the statement then ends by itself, or is left behind by a second signal.
    Some(Arc::new(move || _ = request(&server, &token, tls.clone())))
}

fn request<T: MakeTlsConnect<Line>>(server: &Server, token: &CancelToken, mut tls: T) -> io::Result<()> {
    let connector = tls.make_tls_connect(&server.name).map_err(|error| io::Error::other(error.into()))?;
    let ask = async {
        let line = server.connect().await?;
        token.cancel_query_raw(line.clone(), Opener(connector)).await.map_err(io::Error::other)?;
        line.ended().await
    };
    runtime()?.block_on(async { tokio::time::timeout(PATIENCE, ask).await })?
}

/// Where a session's server is.
struct Server {
    /// As a certificate names it.
    name: String,
    address: Address,
}

enum Address {
    Tcp(String, u16),
    #[cfg(unix)]
    Socket(PathBuf),
}

impl Server {
    /// Of a configuration that names one host.
    fn of(config: &Config) -> Option<Server> {
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let (name, address) = match (config.get_hosts().first()?, config.get_hostaddrs().first()) {
            #[cfg(unix)]
            (Host::Unix(folder), _) => (String::new(), Address::Socket(folder.join(format!(".s.PGSQL.{port}")))),
            (Host::Tcp(name), Some(address)) => (name.clone(), Address::Tcp(address.to_string(), port)),
            (Host::Tcp(name), None) => (name.clone(), Address::Tcp(name.clone(), port)),
        };
        Some(Server { name, address })
    }

    async fn connect(&self) -> io::Result<Line> {
        let wire: Box<dyn Wire> = match &self.address {
            Address::Tcp(host, port) => Box::new(tokio::net::TcpStream::connect((host.as_str(), *port)).await?),
            #[cfg(unix)]
            Address::Socket(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
        };
        Ok(Line(Arc::new(Mutex::new(wire))))
    }
}

impl Line {
    /// A panic elsewhere leaves a socket as it is.
    fn wire(&self) -> MutexGuard<'_, Box<dyn Wire>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Comes back once the other end has closed it.
    async fn ended(self) -> io::Result<()> {
        let mut bytes = [0; 64];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            poll_fn(|context| Pin::new(&mut **self.wire()).poll_read(context, &mut buffer)).await?;
            if buffer.filled().is_empty() {
                return Ok(());
            }
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut **self.wire()).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut **self.wire()).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut **self.wire()).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Open<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Open<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl<S: TlsStream + Unpin> TlsStream for Open<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.0.channel_binding()
    }
}

impl<C: TlsConnect<Line>> TlsConnect<Line> for Opener<C> {
    type Stream = Open<C::Stream>;
    type Error = C::Error;
    type Future = Opening<C::Future>;

    fn connect(self, line: Line) -> Self::Future {
        Opening(Box::pin(self.0.connect(line)))
    }
}

/// A line that is being protected.
struct Opening<F>(Pin<Box<F>>);

impl<S, E, F: Future<Output = Result<S, E>>> Future for Opening<F> {
    type Output = Result<Open<S>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context).map(|opened| opened.map(Open))
    }
}
