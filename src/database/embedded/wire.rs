//! The PostgreSQL protocol as far as the engine does not speak it itself: the local socket, what a client says before
//! its session begins, and the stream that the engine reads and writes during it.
//!
//! Message formats: PostgreSQL documentation, "Frontend/Backend Protocol", Message Formats.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use oliphaunt_wasix::session::ProtocolStream;

use super::USER;
use super::door::Door;

#[cfg(unix)]
pub(super) use std::os::unix::net::UnixStream as Stream;

#[cfg(not(unix))]
pub(super) use std::net::TcpStream as Stream;

/// The protocol's numbers for what a client may send first, in place of a version.
const CANCEL_REQUEST: u32 = 80_877_102;
const SSL_REQUEST: u32 = 80_877_103;
const GSSENC_REQUEST: u32 = 80_877_104;
/// PostgreSQL's own limit for a startup message (MAX_STARTUP_PACKET_LENGTH).
const LONGEST_STARTUP: usize = 10_000;
/// How long a client may take to introduce itself; nobody else is answered meanwhile.
const STARTUP_PATIENCE: Duration = Duration::from_secs(5);

/// What ends a session on the client's behalf, when it has gone: a COPY that it left open is given up, and then comes a
/// message of a type that does not exist.
///
/// A backend answers that with a FATAL error, and so ends as PostgreSQL does: transaction rolled back, temporary tables
/// dropped, shutdown checkpoint written. At a Terminate, or at the end of its input, the engine would only pause:
/// commits made with synchronous_commit off would be lost, and the next backend would have to recover, which syncs
/// every file of the cluster (measured: 5 s instead of 0.3 s after 600 tables).
pub(super) fn farewell() -> Vec<u8> {
    const NO_SUCH_TYPE: u8 = 1;
    [message(b'f', b"the client has gone\0"), message(b'S', b""), message(NO_SUCH_TYPE, b"")].concat()
}

/// A message of the protocol: its type, the length of the rest, the body.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    [&[kind], length.to_be_bytes().as_slice(), body].concat()
}

/// A simple query.
pub(super) fn query(sql: &str) -> Vec<u8> {
    message(b'Q', &[sql.as_bytes(), b"\0"].concat())
}

/// An ErrorResponse that ends the connection. An empty hint is left out.
pub(super) fn error_response(sqlstate: &str, text: &str, hint: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, value) in [(b'S', "FATAL"), (b'V', "FATAL"), (b'C', sqlstate), (b'M', text), (b'H', hint)] {
        if !value.is_empty() {
            body.push(field);
            body.extend(value.bytes().filter(|&byte| byte != 0));
            body.push(0);
        }
    }
    body.push(0);
    message(b'E', &body)
}

/// The ErrorResponse in what a backend said while it started: around it, it says as notices what a server would log,
/// which no client expects before its session.
pub(super) fn find_error(mut said: &[u8]) -> Option<&[u8]> {
    while let [kind, a, b, c, d, ..] = *said {
        let length = 1 + u32::from_be_bytes([a, b, c, d]) as usize;
        let (message, rest) = said.split_at_checked(length)?;
        if kind == b'E' {
            return Some(message);
        }
        said = rest;
    }
    None
}

/// Why a client is not let in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    sqlstate: &'static str,
    text: &'static str,
    hint: &'static str,
}

impl Refusal {
    pub(super) const OCCUPIED: Self = Self {
        sqlstate: "53300",
        text: "the embedded server serves one session at a time, and another one is open",
        hint: "Close the other connection first, or use a PostgreSQL server.",
    };
    pub(super) const OTHER_USER: Self = Self {
        sqlstate: "28000",
        text: "the embedded server has one login: postgres",
        hint: "Connect as postgres, and use SET ROLE to act as another role.",
    };
    pub(super) const STOPPING: Self = Self { sqlstate: "57P03", text: "the embedded server is stopping", hint: "" };
    #[cfg(not(unix))]
    const WRONG_PASSWORD: Self =
        Self { sqlstate: "28P01", text: "this is the private server of another program", hint: "" };

    /// Tells the client. It may have gone already, which is as good.
    pub(super) fn send(self, stream: &mut Stream) {
        let _ = stream.write_all(&error_response(self.sqlstate, self.text, self.hint));
    }
}

/// The introduction of a client that wants a session.
#[derive(Debug)]
pub(super) struct Startup {
    /// The whole message, as it came.
    pub(super) packet: Vec<u8>,
    /// The role that it asks for; empty if it forgot.
    user: String,
    /// The database that it asks for: by default, the one named like the user.
    pub(super) database: String,
}

impl Startup {
    fn parse(packet: Vec<u8>) -> Self {
        let mut words = packet.get(8..).unwrap_or_default().split(|&byte| byte == 0).map(String::from_utf8_lossy);
        let (mut user, mut database) = (String::new(), None);
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            match &*name {
                "user" => user = value.into_owned(),
                "database" => database = Some(value.into_owned()),
                _ => {}
            }
        }
        drop(words);
        Self { database: database.unwrap_or_else(|| user.clone()), user, packet }
    }
}

/// A client that has introduced itself.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) stream: Stream,
    pub(super) startup: Startup,
}

/// Reads what a client says first. None if it does not want a session: a cancel request, which is silently dropped as
/// a server drops one that comes too late (nothing can interrupt the engine), or a connection that says nothing.
fn read_startup(stream: &mut Stream) -> io::Result<Option<Startup>> {
    loop {
        let mut head = [0; 8];
        stream.read_exact(&mut head)?;
        let [a, b, c, d, code @ ..] = head;
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        match u32::from_be_bytes(code) {
            SSL_REQUEST | GSSENC_REQUEST => stream.write_all(b"N")?,
            CANCEL_REQUEST => return Ok(None),
            _ if !(8..=LONGEST_STARTUP).contains(&length) => return Err(io::ErrorKind::InvalidData.into()),
            _ => {
                let mut packet = head.to_vec();
                packet.resize(length, 0);
                stream.read_exact(&mut packet[8..])?;
                return Ok(Some(Startup::parse(packet)));
            }
        }
    }
}

/// Where clients find the server.
///
/// A Unix socket in a directory that only this user may enter; on Windows, where the client has no such sockets, a
/// loopback port with a random password, because any user of the machine can reach it.
#[derive(Debug)]
pub(super) struct Endpoint {
    #[cfg(unix)]
    directory: tempfile::TempDir,
    #[cfg(not(unix))]
    address: std::net::SocketAddr,
    #[cfg(not(unix))]
    password: String,
}

/// The listening side of an [`Endpoint`].
#[derive(Debug)]
pub(super) struct Listener {
    #[cfg(unix)]
    socket: std::os::unix::net::UnixListener,
    #[cfg(not(unix))]
    socket: std::net::TcpListener,
    #[cfg(not(unix))]
    password: String,
}

#[cfg(unix)]
impl Endpoint {
    /// A part of the socket's name; every endpoint has a directory of its own, so it need not differ.
    const PORT: u16 = 5432;

    pub(super) fn bind() -> io::Result<(Self, Listener)> {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::Builder::new()
            .prefix("revgraph-")
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir()?;
        let endpoint = Self { directory };
        let socket = std::os::unix::net::UnixListener::bind(endpoint.socket())?;
        Ok((endpoint, Listener { socket }))
    }

    pub(super) fn config(&self) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(self.directory.path()).port(Self::PORT);
        config
    }

    /// Wakes the acceptor. If nobody listens any more, there is nobody to wake.
    pub(super) fn knock(&self) {
        let _ = Stream::connect(self.socket());
    }

    fn socket(&self) -> std::path::PathBuf {
        self.directory.path().join(format!(".s.PGSQL.{}", Self::PORT))
    }
}

#[cfg(not(unix))]
impl Endpoint {
    pub(super) fn bind() -> io::Result<(Self, Listener)> {
        let socket = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
        let address = socket.local_addr()?;
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        let password: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((Self { address, password: password.clone() }, Listener { socket, password }))
    }

    pub(super) fn config(&self) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host(&self.address.ip().to_string()).port(self.address.port()).password(&self.password);
        config
    }

    /// Wakes the acceptor. If nobody listens any more, there is nobody to wake.
    pub(super) fn knock(&self) {
        let _ = Stream::connect(self.address);
    }
}

impl Listener {
    /// Waits for the next client.
    pub(super) fn accept(&self) -> io::Result<Stream> {
        self.socket.accept().map(|(stream, _)| stream)
    }

    /// Hears what a client wants. None if it is not a session, or not one that it can have; it is told why.
    pub(super) fn introduce(&self, mut stream: Stream) -> io::Result<Option<Visitor>> {
        stream.set_read_timeout(Some(STARTUP_PATIENCE))?;
        let Some(startup) = read_startup(&mut stream)? else { return Ok(None) };
        // The engine runs every session as its superuser, whatever name the client gives: another would be a lie.
        if startup.user != USER {
            Refusal::OTHER_USER.send(&mut stream);
            return Ok(None);
        }
        #[cfg(not(unix))]
        {
            stream.set_nodelay(true)?;
            self.check_password(&mut stream)?;
        }
        stream.set_read_timeout(None)?;
        Ok(Some(Visitor { stream, startup }))
    }

    #[cfg(not(unix))]
    fn check_password(&self, stream: &mut Stream) -> io::Result<()> {
        const CLEARTEXT: [u8; 4] = 3_u32.to_be_bytes();
        stream.write_all(&message(b'R', &CLEARTEXT))?;
        let expected = message(b'p', &[self.password.as_bytes(), b"\0"].concat());
        let mut given = vec![0; expected.len()];
        stream.read_exact(&mut given)?;
        if given == expected {
            return Ok(());
        }
        Refusal::WRONG_PASSWORD.send(stream);
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

/// The engine's side of a session.
///
/// It stands between the socket and the backend for two things: the answer to the priming query, which the client
/// must not see, and the end of the session, where [`farewell`] is put in the client's place.
#[derive(Debug)]
pub(super) struct SessionStream {
    socket: Stream,
    door: Arc<Door>,
    phase: Phase,
    frames: Frames,
}

#[derive(Debug)]
enum Phase {
    /// The backend answers the priming query. It is over when the backend asks for the next message.
    Priming,
    Talking,
    /// The client has gone; what is left of the farewell.
    Leaving(io::Cursor<Vec<u8>>),
}

impl SessionStream {
    pub(super) fn new(socket: Stream, door: Arc<Door>) -> Self {
        Self { socket, door, phase: Phase::Priming, frames: Frames::default() }
    }

    /// Takes the client's place. In the middle of a message there is nothing to say in it: the backend sees the end.
    fn leave(&mut self) {
        // Nothing is sent after this; the client may have hung up already.
        let _ = self.socket.shutdown(Shutdown::Read);
        self.door.leave();
        let words = if self.frames.at_boundary() { farewell() } else { Vec::new() };
        self.phase = Phase::Leaving(io::Cursor::new(words));
    }
}

impl Read for SessionStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if matches!(self.phase, Phase::Priming) {
            self.phase = Phase::Talking;
        }
        if matches!(self.phase, Phase::Talking) {
            // A connection that breaks ends the session like one that closes.
            let read = self.socket.read(buffer).unwrap_or(0);
            let said = self.frames.until_terminate(&buffer[..read]);
            if said > 0 {
                return Ok(said);
            }
            self.leave();
        }
        match &mut self.phase {
            Phase::Leaving(words) => words.read(buffer),
            Phase::Priming | Phase::Talking => Ok(0),
        }
    }
}

impl Write for SessionStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if matches!(self.phase, Phase::Talking) {
            // A client that has gone does not stop what it asked for, as on a server; reading tells its end.
            let _ = self.socket.write_all(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ProtocolStream for SessionStream {
    /// Reading blocks until the client says something, which is what the backend wants when it has nothing to do.
    fn read_ready(&mut self) -> io::Result<bool> {
        Ok(true)
    }
}

/// Follows the boundaries of a client's messages, each a type byte, a length (which counts itself) and a body.
#[derive(Debug, Default)]
struct Frames {
    /// The part of a message's type and length that has come so far.
    head: Vec<u8>,
    /// What is still to come of its body.
    body: usize,
}

impl Frames {
    const HEAD: usize = 5;

    /// How many of the bytes come before a Terminate message.
    fn until_terminate(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while let [first, ..] = *rest {
            if self.at_boundary() && first == b'X' {
                break;
            }
            if self.body > 0 {
                let taken = self.body.min(rest.len());
                self.body -= taken;
                rest = &rest[taken..];
                continue;
            }
            self.head.push(first);
            rest = &rest[1..];
            if let [_, a, b, c, d] = *self.head {
                self.body = (u32::from_be_bytes([a, b, c, d]) as usize).saturating_sub(Self::HEAD - 1);
                self.head.clear();
            }
        }
        bytes.len() - rest.len()
    }

    fn at_boundary(&self) -> bool {
        self.head.is_empty() && self.body == 0
    }
}
