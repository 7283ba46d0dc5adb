//! A loopback proxy that counts round trips and bytes, and cuts connections or holds them up.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

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
    /// What clients have sent.
    sent: usize,
    /// Both ends of each connection that was made.
    open: Vec<TcpStream>,
    /// For the next connection.
    limits: Limits,
    /// What the server may send on a later one: how many connections come before it, and the bytes.
    later: Option<(usize, usize)>,
}

/// How many bytes may pass before the connection is cut; none: as many as there are.
#[derive(Default)]
struct Limits {
    sent: Option<usize>,
    received: Option<usize>,
    /// Who is told when the client has sent so much. Nothing more of it goes on then, and the connection stays.
    held: Option<Sender<()>>,
}

/// Who spoke last on one connection.
#[derive(Clone, Copy, PartialEq)]
enum Speaker {
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

    /// The bytes that clients have sent so far.
    pub fn sent(&self) -> usize {
        self.state().sent
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

    /// Lets this many bytes of what the client sends on the next connection pass, tells of it, and holds back the rest.
    /// Where the connection ends before that, there is nobody left who would tell.
    pub fn hold_after_sent(&self, bytes: usize) -> Receiver<()> {
        let (sender, receiver) = channel();
        let mut state = self.state();
        (state.limits.sent, state.limits.held) = (Some(bytes), Some(sender));
        receiver
    }

    /// Cuts the next connection as soon as the server has sent this many bytes; they still arrive.
    pub fn cut_after_received(&self, bytes: usize) {
        self.state().limits.received = Some(bytes);
    }

    /// The same for a connection that comes after so many others.
    pub fn cut_later(&self, others: usize, bytes: usize) {
        self.state().later = Some((others, bytes));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
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
    let server = TcpStream::connect(upstream).expect("the server listens");
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
        (Speaker::Client, copy(&client), copy(&server), limits.sent, limits.held),
        (Speaker::Server, server, client, limits.received, None),
    ];
    for (speaker, from, to, limit, held) in directions {
        let (state, last) = (Arc::clone(state), Arc::clone(&last));
        thread::spawn(move || {
            pump(&from, &to, limit, held, |bytes| {
                let before = std::mem::replace(&mut *lock(&last), speaker);
                match speaker {
                    Speaker::Client => lock(&state).sent += bytes,
                    Speaker::Server if before == Speaker::Client => lock(&state).round_trips += 1,
                    Speaker::Server => {}
                }
            });
        });
    }
}

/// Copies until one side ends or the limit is reached, then ends both; at once, or where somebody is `held` when the sender
/// ends. `note` is told of each piece before it goes on, so that a count is there before its cause can be seen.
fn pump(
    mut from: &TcpStream,
    mut to: &TcpStream,
    limit: Option<usize>,
    held: Option<Sender<()>>,
    note: impl Fn(usize),
) {
    let mut left = limit.unwrap_or(usize::MAX);
    let mut buffer = [0; 16 * 1024];
    while left > 0 {
        let Ok(length @ 1..) = from.read(&mut buffer) else {
            break;
        };
        note(length);
        let length = length.min(left);
        left -= length;
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    if let Some(held) = held.filter(|_| left == 0) {
        // Nobody may wait for it any more.
        let _ = held.send(());
        let _ = std::io::copy(&mut from, &mut std::io::sink());
    }
    cut(from);
    cut(to);
}
