//! pgbouncer in front of the shared server, handing its connections on from transaction to transaction.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;

use tempfile::TempDir;

use super::Database;
use super::server::{Account, Server};

/// A running pgbouncer; it ends with the value.
pub struct Pooler {
    process: Child,
    port: u16,
    _folder: TempDir,
}

/// Where packages put the program, beside what PATH has.
const PLACES: [&str; 2] = ["/usr/sbin/pgbouncer", "/opt/homebrew/bin/pgbouncer"];

impl Pooler {
    /// Starts it. `pool_size` is how many connections to the server it keeps for a database; `settings` are further
    /// lines of its configuration.
    pub fn start(pool_size: usize, settings: &str) -> Pooler {
        let folder = tempfile::Builder::new().prefix("revgraph-pooler-").tempdir().expect("a temporary folder");
        let account = Account::of(folder.path());
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port").local_addr().expect("bound").port();
        let configuration = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = {pool_size}\n\
             max_client_conn = 200\nserver_round_robin = 1\n{settings}\n",
            Server::shared().port()
        );
        // With auth_type any all come in, but as one role.
        let configuration = configuration.replace("* = host", "* = user=postgres host");
        let file = folder.path().join("pgbouncer.ini");
        account.write(&file, &configuration);
        let mut process = account
            .command(program())
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // What ends the tests from the keyboard must not be answered by waiting for clients.
            .process_group(0)
            .spawn()
            .expect("pgbouncer can be run");
        let mut log = BufReader::new(process.stderr.take().expect("stderr is piped"));
        let mut seen = String::new();
        while !seen.contains("process up") {
            let length = log.read_line(&mut seen).expect("the log is text");
            assert!(length > 0, "pgbouncer does not start:\n{seen}");
        }
        // A full pipe would block it.
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Pooler { process, port, _folder: folder }
    }

    /// A database of the shared server through it.
    pub fn url(&self, database: &Database) -> String {
        database.url_at(self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program; it must be there, so that these tests are never passed over: `tests/run` installs it.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found =
        std::env::split_paths(&path).map(|folder| folder.join("pgbouncer")).chain(PLACES.map(PathBuf::from));
    found.find(|file| fs::metadata(file).is_ok()).expect("no pgbouncer found: install the package of that name")
}
