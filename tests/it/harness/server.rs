//! A private server that lives as long as this process.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use postgres::{Client, Config, NoTls};

use super::programs::program;
use super::until::until;

/// Makes a cluster, runs a server on it, and outlives this process just long enough to remove both.
///
/// Its standard input is a pipe from this process. Each line of it stops the server as if the machine had lost its power,
/// and starts it again. The kernel closes it when the process ends, by whatever means. SIGTERM ends a server that has not come far enough to handle signals;
/// one that has would wait for its clients, unless SIGINT follows. By then nobody reads what it and the shell have to say:
/// hence the trap.
const WATCHDOG: &str = r#"
trap '' PIPE
directory=$1 initdb=$2; shift 2
serve() {
    "$@" -D "$directory/data" -k "$directory" </dev/null &
    server=$!
}
if "$initdb" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync -D "$directory/data" </dev/null; then
    serve "$@"
    while read -r _; do
        kill -QUIT "$server"
        wait "$server"
        serve "$@"
    done
    kill -TERM "$server"
    kill -INT "$server"
    wait "$server"
fi
rm -rf "$directory"
"#;

/// For speed: nothing here has to survive a crash of the machine. And for repeatable tests: nothing runs by itself.
const SETTINGS: &[&str] = &[
    "fsync=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=300",
    "shared_buffers=64MB",
    "max_wal_size=4GB",
    "checkpoint_timeout=1h",
    "log_checkpoints=off",
    "lc_messages=C",
];

/// Room that a memory file system must have to be used, in KiB.
const ROOM: u64 = 2 * 1024 * 1024;

/// Another process may take a port between our finding it free and the server's using it.
const PORTS_TRIED: usize = 5;

/// How a server differs from the plain one, in which everybody is trusted.
#[derive(Default)]
pub struct Setup {
    /// `name=value`, for `-c`. The server starts in the directory of the files, its cluster is in `data` there.
    pub settings: Vec<String>,
    /// Files for the server's directory, private to it, by name.
    pub files: Vec<(&'static str, String)>,
    /// Whether its files are on a disk, even if there is room in memory.
    pub on_disk: bool,
    /// The folder that its directory is made in, if it has to be that one.
    pub within: Option<PathBuf>,
}

/// A running server. It has a superuser `postgres`, who needs no password on the socket.
pub struct Server {
    directory: PathBuf,
    port: u16,
    /// Listens on its standard input, see [`WATCHDOG`].
    watchdog: Child,
}

impl Server {
    /// The plain server, shared by all tests of this process.
    pub fn shared() -> &'static Server {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| Server::start(&Setup::default()))
    }

    /// Makes a new cluster and starts a server on it.
    pub fn start(setup: &Setup) -> Server {
        for _ in 1..PORTS_TRIED {
            match Server::try_start(setup) {
                Err(log) if log.contains("in use") => continue,
                result => return started(result),
            }
        }
        started(Server::try_start(setup))
    }

    /// # Errors
    /// What the server logged, if it does not start.
    fn try_start(setup: &Setup) -> Result<Server, String> {
        let directory = new_directory(setup);
        let account = Account::of(&directory);
        for (name, content) in &setup.files {
            account.write(&directory.join(name), content);
        }
        run(directory, &account, &setup.settings)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its socket is, and the files of its [`Setup`].
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Its TCP address.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// A session of the superuser, over the socket.
    pub fn client(&self, database: &str) -> Client {
        self.try_client(database).expect("the test server accepts its superuser")
    }

    /// The same, for a server that may have reasons to refuse.
    pub fn try_client(&self, database: &str) -> Result<Client, postgres::Error> {
        let mut config = Config::new();
        config.host_path(&self.directory).port(self.port).user("postgres").dbname(database);
        config.connect(NoTls)
    }

    /// Stops it without letting it write anything more, and comes back when it has recovered.
    pub fn crash(&self) {
        // Its number is in the first line of a file that it writes anew.
        let number = || fs::read_to_string(self.directory.join("data/postmaster.pid")).unwrap_or_default();
        let before = number();
        let mut orders = self.watchdog.stdin.as_ref().expect("stdin is piped");
        orders.write_all(b"again\n").expect("the watchdog reads");
        until("the server comes back", || {
            let is_new = number().lines().next() != before.lines().next();
            (is_new && self.try_client("postgres").is_ok()).then_some(())
        });
    }
}

fn started(result: Result<Server, String>) -> Server {
    result.unwrap_or_else(|log| panic!("the test server does not start:\n{log}"))
}

/// A directory of our own, in memory if that has room and is wanted.
fn new_directory(setup: &Setup) -> PathBuf {
    let base = match &setup.within {
        Some(folder) => folder.clone(),
        None if !setup.on_disk && memory_has_room() => PathBuf::from("/dev/shm"),
        None => std::env::temp_dir(),
    };
    let directory = tempfile::Builder::new().prefix("revgraph-test-").tempdir_in(base).expect("a temporary directory");
    // From here on it is the watchdog's to remove.
    directory.keep()
}

fn memory_has_room() -> bool {
    let output = Command::new("df").args(["-kP", "/dev/shm"]).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text)
        .lines()
        .nth(1)
        .and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok())
        .is_some_and(|available| available >= ROOM)
}

/// Whom the server runs as: PostgreSQL refuses to run as root.
pub(super) struct Account {
    unprivileged: Option<(u32, u32)>,
}

impl Account {
    /// The account for a directory that this process made, and which is handed over to it.
    pub(super) fn of(directory: &Path) -> Account {
        let owner = fs::metadata(directory).expect("our own directory").uid();
        let unprivileged = (owner == 0).then(unprivileged_account);
        let account = Account { unprivileged };
        account.own(directory);
        account
    }

    fn own(&self, path: &Path) {
        if let Some((user, group)) = self.unprivileged {
            chown(path, Some(user), Some(group)).expect("root may give files away");
        }
    }

    pub(super) fn write(&self, path: &Path, content: &str) {
        fs::write(path, content).expect("our own directory is writable");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("our own file");
        self.own(path);
    }

    pub(super) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        if let Some((user, group)) = self.unprivileged {
            command.uid(user).gid(group);
        }
        command
    }
}

/// The ids of the first account on this machine that is made for such things.
fn unprivileged_account() -> (u32, u32) {
    let accounts = fs::read_to_string("/etc/passwd").expect("a list of accounts");
    let ids = |name: &str| {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map(str::parse::<u32>);
        Some((ids.next()?.ok()?, ids.next()?.ok()?))
    };
    ids("postgres")
        .or_else(|| ids("nobody"))
        .expect("the account postgres or nobody, since the server will not run as root")
}

/// Makes the cluster and runs the server on a free port until it accepts connections.
///
/// # Errors
/// What it logged, if it ended instead; then the directory is gone as well.
fn run(directory: PathBuf, account: &Account, settings: &[String]) -> Result<Server, String> {
    let port = free_port();
    let mut command = account.command("/bin/sh");
    command.args(["-c", WATCHDOG, "sh"]).args([&directory, &program("initdb"), &program("postgres")]).args([
        "-h",
        "127.0.0.1",
        "-p",
        &port.to_string(),
    ]);
    for setting in SETTINGS.iter().copied().chain(settings.iter().map(String::as_str)) {
        command.args(["-c", setting]);
    }
    let mut watchdog = command
        .current_dir(&directory)
        // A group of its own: what ends the tests from the keyboard must not end the watchdog before it has cleaned up.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell can be run");
    let mut log = BufReader::new(watchdog.stderr.take().expect("stderr is piped"));
    if let Err(log) = wait_until_ready(&mut log) {
        // Closes its standard input first.
        watchdog.wait().expect("our own child");
        return Err(log);
    }
    // A full pipe would block the server.
    thread::spawn(move || io::copy(&mut log, &mut io::sink()));
    Ok(Server { directory, port, watchdog })
}

/// Reads the log up to the line that says so. A server that gives up says so as well.
fn wait_until_ready(log: &mut impl BufRead) -> Result<(), String> {
    let mut seen = String::new();
    loop {
        let start = seen.len();
        let length = log.read_line(&mut seen).expect("the log is text");
        let line = &seen[start..];
        if line.contains("ready to accept connections") {
            return Ok(());
        }
        if length == 0 || line.contains("database system is shut down") || line.contains("FATAL:") {
            return Err(seen);
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a free port").port()
}
