//! The servers that a connection string names: lists of hosts, addresses and ports, paired up.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::SpecError;
use super::settings::{Origin, Settings};
use super::url::encoded;

const DEFAULT_PORT: u16 = 5432;

/// Where servers that were packaged differently put their sockets; libpq has one of them compiled in.
#[cfg(unix)]
const SOCKET_DIRECTORIES: &[&str] = &["/var/run/postgresql", "/tmp"];

/// The servers in the order in which they are tried: one at least.
#[derive(Clone, Debug)]
pub(super) struct Endpoints {
    pub first: Endpoint,
    pub further: Vec<Endpoint>,
}

impl Endpoints {
    /// Those that the settings name, or the default ones.
    pub fn from_settings(settings: &Settings) -> Result<Self, SpecError> {
        let mut endpoints = paired(settings)?.into_iter();
        // Can't fail: no list means the default hosts, and a list has one place at least.
        #[allow(clippy::expect_used)]
        let first = endpoints.next().expect("at least one host");
        Ok(Self { first, further: endpoints.collect() })
    }

    pub fn iter(&self) -> impl Iterator<Item = &Endpoint> {
        std::iter::once(&self.first).chain(&self.further)
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Endpoint> {
        std::iter::once(&mut self.first).chain(&mut self.further)
    }
}

/// One server that may answer.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub host: Host,
    pub port: u16,
    pub password: Option<Password>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// The directory of a Unix socket.
    #[cfg(unix)]
    Socket(PathBuf),
    /// A name to look up, also the name that a certificate is checked against; or an address, written out.
    Name(String),
    /// An address that spares the lookup; the name is then for certificates and the password file.
    Address { name: String, address: IpAddr },
}

/// A password and where it was found. Debug shows only the latter.
#[derive(Clone)]
pub(super) struct Password {
    pub secret: String,
    pub origin: Origin,
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Password(from {})", self.origin)
    }
}

impl Host {
    pub fn is_socket(&self) -> bool {
        match self {
            #[cfg(unix)]
            Host::Socket(_) => true,
            Host::Name(_) | Host::Address { .. } => false,
        }
    }

    /// The host's name as it was given; a socket's directory.
    pub fn name(&self) -> String {
        match self {
            #[cfg(unix)]
            Host::Socket(directory) => directory.display().to_string(),
            Host::Name(name) | Host::Address { name, .. } => name.clone(),
        }
    }

    pub fn in_url(&self) -> String {
        match self {
            #[cfg(unix)]
            Host::Socket(directory) => encoded(&directory.to_string_lossy()).replace('/', "%2F"),
            Host::Name(name) | Host::Address { name, .. } if name.contains(':') => {
                format!("[{name}]")
            }
            Host::Name(name) | Host::Address { name, .. } => encoded(name),
        }
    }

    /// A socket in a default directory goes by the name of localhost; in any other, by the directory.
    pub fn in_password_file(&self) -> String {
        match self {
            #[cfg(unix)]
            Host::Socket(directory) if SOCKET_DIRECTORIES.iter().any(|known| directory == Path::new(known)) => {
                "localhost".to_owned()
            }
            _ => self.name(),
        }
    }
}

/// Pairs up the lists of hosts, addresses and ports.
fn paired(settings: &Settings) -> Result<Vec<Endpoint>, SpecError> {
    let hosts = list(settings, "host");
    let addresses = list(settings, "hostaddr");
    let hosts = match (hosts.is_empty(), addresses.is_empty()) {
        (true, true) => vec![String::new()],
        (true, false) => vec![String::new(); addresses.len()],
        (false, _) => hosts,
    };
    if !addresses.is_empty() && addresses.len() != hosts.len() {
        return Err(SpecError::Counts { what: "hostaddr", hosts: hosts.len(), others: addresses.len() });
    }
    let ports = ports(settings, hosts.len())?;
    let addresses = addresses.into_iter().chain(std::iter::repeat(String::new()));
    let mut endpoints = Vec::new();
    for ((host, address), port) in hosts.into_iter().zip(addresses).zip(ports) {
        // An empty place in the list stands for the default.
        let hosts = match host.is_empty() && address.is_empty() {
            true => default_hosts(),
            false => vec![host],
        };
        for name in hosts {
            endpoints.push(Endpoint { host: host_of(settings, name, &address)?, port, password: None });
        }
    }
    Ok(endpoints)
}

fn list(settings: &Settings, name: &str) -> Vec<String> {
    let text = settings.text(name).unwrap_or_default();
    match text.is_empty() {
        true => Vec::new(),
        false => text.split(',').map(|part| part.trim().to_owned()).collect(),
    }
}

#[cfg(unix)]
fn default_hosts() -> Vec<String> {
    SOCKET_DIRECTORIES.iter().map(|d| d.to_string()).collect()
}

#[cfg(not(unix))]
fn default_hosts() -> Vec<String> {
    vec!["localhost".to_owned()]
}

fn host_of(settings: &Settings, name: String, address: &str) -> Result<Host, SpecError> {
    if !address.is_empty() {
        let address: IpAddr =
            address.parse().map_err(|_| invalid(settings, "hostaddr", "IP addresses, separated by commas"))?;
        let name = match name.is_empty() {
            true => address.to_string(),
            false => name,
        };
        return Ok(Host::Address { name, address });
    }
    #[cfg(unix)]
    if name.starts_with('/') {
        return Ok(Host::Socket(name.into()));
    }
    // An at sign begins the name of a Linux-only kind of socket, which the driver has not; elsewhere in a host it is
    // most likely what followed an unencoded one in a password. The byte zero no name has.
    if name.contains(['@', '\0', '/']) {
        let expected = "host names, addresses or absolute socket directories, separated by commas";
        return Err(invalid(settings, "host", expected));
    }
    Ok(Host::Name(name))
}

fn ports(settings: &Settings, hosts: usize) -> Result<Vec<u16>, SpecError> {
    let given = list(settings, "port");
    let mut ports = Vec::with_capacity(given.len());
    for port in &given {
        ports.push(match port.as_str() {
            "" => DEFAULT_PORT,
            port => port
                .parse()
                .ok()
                .filter(|port| *port != 0)
                .ok_or_else(|| invalid(settings, "port", "numbers from 1 to 65535"))?,
        });
    }
    match ports.len() {
        0 => Ok(vec![DEFAULT_PORT; hosts]),
        1 => Ok(vec![ports[0]; hosts]),
        others if others == hosts => Ok(ports),
        others => Err(SpecError::Counts { what: "port", hosts, others }),
    }
}

fn invalid(settings: &Settings, name: &'static str, expected: &'static str) -> SpecError {
    SpecError::InvalidValue {
        name,
        expected,
        origin: settings.get(name).map_or(Origin::Text, |setting| setting.origin.clone()),
    }
}
