//! What a connection string says about TLS.
//!
//! Source: PostgreSQL documentation, "SSL Support" of the chapter on libpq, above all its table of sslmode values.

use std::path::PathBuf;

use super::settings::Settings;
use super::spec::flag;
use super::{Environment, SpecError};

/// `sslmode`, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TlsMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl TlsMode {
    const WORDS: &'static [(&'static str, TlsMode)] = &[
        ("disable", TlsMode::Disable),
        ("allow", TlsMode::Allow),
        ("prefer", TlsMode::Prefer),
        ("require", TlsMode::Require),
        ("verify-ca", TlsMode::VerifyCa),
        ("verify-full", TlsMode::VerifyFull),
    ];

    /// The word for it in a connection string.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, mode)| *mode == self).map_or("prefer", |(word, _)| word)
    }

    fn read(word: &str) -> Option<Self> {
        let known = Self::WORDS.iter().find(|(name, _)| *name == word);
        known.map(|(_, mode)| *mode)
    }
}

/// The authorities that a server's certificate is checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Roots {
    /// A file of certificates: named, or found where libpq looks for it.
    File(PathBuf),
    /// Those that the operating system trusts (`sslrootcert=system`).
    System,
    /// None; where libpq would have looked for a file.
    Missing { searched: Option<PathBuf> },
}

/// A certificate that the client shows, and its key; PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClientFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// How a connection over TCP is protected. On a Unix socket none of it applies, as in libpq.
#[derive(Clone, Debug)]
pub(super) struct TlsSettings {
    pub mode: TlsMode,
    pub roots: Roots,
    pub client: Option<ClientFiles>,
    /// TLS from the first byte (`sslnegotiation=direct`, PostgreSQL 17 and later).
    pub direct: bool,
    /// Whether the server's name is sent in the clear, for proxies that route by it.
    pub server_name_indication: bool,
}

impl TlsSettings {
    /// Reads the parameters, and looks for libpq's default files where none is named.
    pub fn from_settings(settings: &Settings, environment: &Environment) -> Result<Self, SpecError> {
        let roots = roots(settings, environment);
        let direct = settings.read("sslnegotiation", "postgres or direct", |word| match word {
            "postgres" => Some(false),
            "direct" => Some(true),
            _ => None,
        })?;
        let tls = Self {
            mode: mode(settings, &roots)?,
            roots,
            client: client(settings, environment),
            direct: direct.unwrap_or(false),
            server_name_indication: settings.read("sslsni", "0 or 1", flag)?.unwrap_or(true),
        };
        // Both rules are libpq's: a weaker mode would fall back to no protection without a word.
        if tls.roots == Roots::System && tls.mode != TlsMode::VerifyFull {
            return Err(SpecError::WeakMode {
                setting: "sslrootcert=system",
                mode: tls.mode.word(),
                needed: "sslmode=verify-full",
            });
        }
        if tls.direct && tls.mode < TlsMode::Require {
            return Err(SpecError::WeakMode {
                setting: "sslnegotiation=direct",
                mode: tls.mode.word(),
                needed: "sslmode=require or stronger",
            });
        }
        Ok(tls)
    }
}

fn mode(settings: &Settings, roots: &Roots) -> Result<TlsMode, SpecError> {
    let expected = "disable, allow, prefer, require, verify-ca or verify-full";
    let given = settings.read("sslmode", expected, TlsMode::read)?;
    Ok(given.unwrap_or(match roots {
        Roots::System => TlsMode::VerifyFull,
        _ => TlsMode::Prefer,
    }))
}

fn roots(settings: &Settings, environment: &Environment) -> Roots {
    match settings.text("sslrootcert") {
        Some("system") => Roots::System,
        Some(file) => Roots::File(file.into()),
        None => match default_file(environment, "root.crt") {
            Some(file) if file.is_file() => Roots::File(file),
            searched => Roots::Missing { searched },
        },
    }
}

/// The named files, or the default ones if the default certificate is there.
fn client(settings: &Settings, environment: &Environment) -> Option<ClientFiles> {
    let certificate = match settings.text("sslcert") {
        Some(file) => PathBuf::from(file),
        None => default_file(environment, "postgresql.crt").filter(|file| file.is_file())?,
    };
    let key = match settings.text("sslkey") {
        Some(file) => PathBuf::from(file),
        // Without a home there is no default: then the key has to be in the certificate's file.
        None => default_file(environment, "postgresql.key").unwrap_or_else(|| certificate.clone()),
    };
    Some(ClientFiles { certificate, key })
}

fn default_file(environment: &Environment, name: &str) -> Option<PathBuf> {
    environment.personal_file(&format!(".postgresql/{name}"), &format!("postgresql/{name}"))
}
