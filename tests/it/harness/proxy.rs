//! A loopback proxy that counts round trips and bytes, and cuts connections or holds them up.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::database::Database;

/// Forwards each connection to a server. It lives until the process ends.
pub struct Proxy {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    round_trips: usize,
    connections: usize,
    /// Both ends of each connection that was made.
    open: Vec<TcpStream>,
    /// For the next connection.
    limits: Limits,
    /// What the server may send on a later one: how many connections come before it, and the bytes.
    later: Option<(usize, usize)>,
    /// What has passed, on all connections.
    passed: Passed,
    trap: Option<Trap>,
}

/// How many bytes each side has sent so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    pub client: usize,
    pub server: usize,
}

/// Where all that comes from one side is held back.
struct Trap {
    speaker: Speaker,
    /// So many bytes of it pass first.
    after: usize,
    reached: Sender<()>,
    released: Receiver<()>,
}

/// A trap that was set. What it holds back goes on when the value is gone.
pub struct Hold {
    reached: Receiver<()>,
    _release: Sender<()>,
}

impl Hold {
    /// Whether so many bytes have passed, which is waited for as long as this.
    pub fn is_reached(&self, patience: Duration) -> bool {
        self.reached.recv_timeout(patience).is_ok()
    }
}

/// How many bytes may pass before the connection is cut; none: as many as there are.
#[derive(Clone, Copy, Default)]
struct Limits {
    sent: Option<usize>,
    received: Option<usize>,
}

/// A side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    Client,
    Server,
}

impl Proxy {
    /// Starts a proxy in front of the server at `upstream`.
    pub fn start(upstream: SocketAddr) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming() {
                forward(client.expect("a connection"), upstream, &shared);
            }
        });
        Proxy { port, state }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The database through this proxy.
    pub fn url(&self, database: &Database) -> String {
        database.url_at(self.port)
    }

    /// How often, so far, a server answered after its client had spoken.
    pub fn round_trips(&self) -> usize {
        self.state().round_trips
    }

    /// How many connections were made so far.
    pub fn connections(&self) -> usize {
        self.state().connections
    }

    /// Cuts every connection now.
    pub fn cut(&self) {
        for stream in self.state().open.drain(..) {
            cut(&stream);
        }
    }

    /// Cuts the next connection as soon as the client has sent this many bytes; they still arrive.
    pub fn cut_after_sent(&self, bytes: usize) {
        self.state().limits.sent = Some(bytes);
    }

    /// Cuts the next connection as soon as the server has sent this many bytes; they still arrive.
    pub fn cut_after_received(&self, bytes: usize) {
        self.state().limits.received = Some(bytes);
    }

    /// The same for a connection that comes after so many others.
    pub fn cut_later(&self, others: usize, bytes: usize) {
        self.state().later = Some((others, bytes));
    }

    /// What has passed so far.
    pub fn passed(&self) -> Passed {
        self.state().passed
    }

    /// Lets so many more bytes of one side pass, on whichever connections, and holds back what comes behind them.
    pub fn hold(&self, speaker: Speaker, bytes: usize) -> Hold {
        let ((reached, is_reached), (release, released)) = (channel(), channel());
        let mut state = self.state();
        let after = bytes + state.passed.by(speaker);
        state.trap = Some(Trap { speaker, after, reached, released });
        Hold { reached: is_reached, _release: release }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Passed {
    fn by(self, speaker: Speaker) -> usize {
        match speaker {
            Speaker::Client => self.client,
            Speaker::Server => self.server,
        }
    }
}

impl State {
    /// Counts a piece. If the trap is in it, or right behind it: the trap, and the bytes of the piece before it.
    fn count(&mut self, speaker: Speaker, length: usize) -> Option<(Trap, usize)> {
        let before = self.passed.by(speaker);
        match speaker {
            Speaker::Client => self.passed.client += length,
            Speaker::Server => self.passed.server += length,
        }
        let trap = self.trap.take_if(|trap| trap.speaker == speaker && trap.after <= before + length)?;
        let first = trap.after.saturating_sub(before);
        Some((trap, first))
    }
}

impl Trap {
    /// Comes back when what it holds back may go on.
    fn spring(self) {
        // Both fail when nobody waits any more.
        let _ = self.reached.send(());
        let _ = self.released.recv();
    }
}

/// A test that failed while it held the lock leaves the counts as good as they were.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one side sends is cut off on both sides at once.
fn cut(stream: &TcpStream) {
    // It may have been closed already.
    let _ = stream.shutdown(Shutdown::Both);
}

fn forward(client: TcpStream, upstream: SocketAddr, state: &Arc<Mutex<State>>) {
    // A server that is down is one that refuses.
    let Ok(server) = TcpStream::connect(upstream) else { return cut(&client) };
    // Else the kernel would hold back the second of two small messages.
    client.set_nodelay(true).expect("a TCP socket");
    server.set_nodelay(true).expect("a TCP socket");
    let copy = |stream: &TcpStream| stream.try_clone().expect("a second handle");
    let limits = {
        let mut state = lock(state);
        state.connections += 1;
        state.open.extend([copy(&client), copy(&server)]);
        match state.later.take() {
            Some((0, bytes)) => state.limits.received = Some(bytes),
            later => state.later = later.map(|(others, bytes)| (others - 1, bytes)),
        }
        std::mem::take(&mut state.limits)
    };
    let last = Arc::new(Mutex::new(Speaker::Server));
    let directions = [
        (Speaker::Client, copy(&client), copy(&server), limits.sent),
        (Speaker::Server, server, client, limits.received),
    ];
    for (speaker, from, to, limit) in directions {
        let (state, last) = (Arc::clone(state), Arc::clone(&last));
        thread::spawn(move || {
            pump(&from, &to, limit, |length| {
                let before = std::mem::replace(&mut *lock(&last), speaker);
                let mut state = lock(&state);
                if (before, speaker) == (Speaker::Client, Speaker::Server) {
                    state.round_trips += 1;
                }
                state.count(speaker, length)
            });
        });
    }
}

/// Copies until one side ends or the limit is reached, then ends both. `note` is told of each piece before it goes on, so
/// that a count is there before its cause can be seen, and says where in it a trap is.
fn pump(mut from: &TcpStream, mut to: &TcpStream, limit: Option<usize>, note: impl Fn(usize) -> Option<(Trap, usize)>) {
    let mut left = limit.unwrap_or(usize::MAX);
    let mut buffer = [0; 16 * 1024];
    while left > 0 {
        let Ok(length @ 1..) = from.read(&mut buffer) else {
            break;
        };
        let trap = note(length);
        let length = length.min(left);
        left -= length;
        let mut piece = &buffer[..length];
        if let Some((trap, first)) = trap {
            let (before, behind) = piece.split_at(first.min(length));
            // Who is gone already is found out below.
            let _ = to.write_all(before);
            trap.spring();
            piece = behind;
        }
        if to.write_all(piece).is_err() {
            break;
        }
    }
    cut(from);
    cut(to);
}
