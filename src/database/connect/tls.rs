//! TLS by rustls, checked as far as the sslmode asks for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring::{self, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls_settings::{ClientFiles, Roots, TlsMode, TlsSettings};
use super::verifier::{Check, Trust, Verifier};

/// Why a connection could not be protected as asked for.
#[derive(Debug, thiserror::Error)]
pub enum TlsFailure {
    /// The server has TLS switched off.
    #[error("the server does not offer TLS, which sslmode={mode} requires")]
    NotOffered {
        /// The sslmode.
        mode: &'static str,
    },
    /// There is nothing to check the server's certificate against.
    #[error("sslmode={mode} needs a file of root certificates{}", looked_for(.searched))]
    NoRoots {
        /// The sslmode.
        mode: &'static str,
        /// The default file, which does not exist.
        searched: Option<PathBuf>,
    },
    /// A file of certificates or a key that can't be used.
    #[error("cannot use {}: {problem}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The operating system's root certificates can't be had.
    #[error("the operating system has no root certificates that can be read")]
    NoSystemRoots,
    /// The certificate isn't signed by anyone who is trusted.
    #[error("the server's certificate is not signed by an authority in {roots}")]
    UnknownIssuer {
        /// The file, or the system's store.
        roots: String,
    },
    /// The certificate is somebody else's.
    #[error("the server's certificate is not for {host:?} but for {}", listed(.names))]
    WrongHost {
        /// The name that was connected to.
        host: String,
        /// The names in the certificate.
        names: Vec<String>,
    },
    /// The certificate's time is over.
    #[error("the server's certificate, or that of its authority, has expired")]
    Expired,
    /// The certificate's time has not begun.
    #[error("the server's certificate, or that of its authority, is not valid yet")]
    NotYetValid,
    /// The certificate is in a form that can't be checked.
    #[error("the server's certificate cannot be checked: {0}")]
    Unusable(String),
    /// The server refused the client's certificate, or misses one.
    #[error("the server refuses this client in the TLS handshake: {0}")]
    ClientRefused(String),
    /// Any other breakdown of the handshake.
    #[error("the TLS handshake failed: {0}")]
    Handshake(String),
}

impl TlsFailure {
    /// Whether it came up while talking to the server, as opposed to in our own files.
    pub(super) fn of_handshake(&self) -> bool {
        !matches!(self, Self::NoRoots { .. } | Self::File { .. } | Self::NoSystemRoots)
    }

    /// What to do about it, as a sentence without a full stop.
    pub(super) fn help(&self) -> Option<String> {
        let help = match self {
            Self::NotOffered { .. } => {
                "switch ssl on at the server; sslmode=prefer connects without TLS where there is none"
            }
            Self::NoRoots { .. } => {
                "name it with sslrootcert=FILE, or trust what the operating system trusts with sslrootcert=system"
            }
            Self::NoSystemRoots => "name a file with sslrootcert=FILE",
            Self::File { .. } => return None,
            Self::UnknownIssuer { .. } => {
                "give the certificate of the authority that signed the server's in sslrootcert=FILE"
            }
            Self::WrongHost { .. } => {
                "connect by one of these names (hostaddr=… keeps the address), or use sslmode=verify-ca"
            }
            Self::Expired => "renew the certificate, or correct this machine's clock",
            Self::NotYetValid => "correct this machine's clock, or the server's certificate",
            Self::Unusable(_) => {
                "issue it as X.509 version 3 with a subjectAltName, and a key usage for servers if any"
            }
            Self::ClientRefused(_) => {
                "give a certificate that the server's ssl_ca_file trusts in sslcert=FILE and sslkey=FILE"
            }
            Self::Handshake(_) => "the server must speak TLS 1.2 or later; its log may say more",
        };
        Some(help.to_owned())
    }

    /// What rustls' error means for a connection to `host` with these settings.
    pub(super) fn from_rustls(error: &rustls::Error, settings: &TlsSettings, host: &str) -> Self {
        use rustls::AlertDescription::*;
        match error {
            rustls::Error::InvalidCertificate(problem) => Self::from_certificate(problem, settings, host),
            rustls::Error::AlertReceived(
                alert @ (UnknownCA
                | CertificateRequired
                | BadCertificate
                | CertificateExpired
                | CertificateUnknown
                | AccessDenied
                | UnsupportedCertificate),
            ) => Self::ClientRefused(format!("{alert:?}")),
            other => Self::Handshake(other.to_string()),
        }
    }

    fn from_certificate(problem: &CertificateError, settings: &TlsSettings, host: &str) -> Self {
        match problem {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                Self::UnknownIssuer { roots: settings.roots.description() }
            }
            CertificateError::NotValidForNameContext { presented, .. } => {
                Self::WrongHost { host: host.to_owned(), names: presented.iter().map(|name| bare_name(name)).collect() }
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::Other(other) => Self::Unusable(other.to_string()),
            other => Self::Unusable(other.to_string()),
        }
    }
}

/// rustls writes a name as `DnsName("db.example")`; the name is enough.
fn bare_name(presented: &str) -> String {
    let inner = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(presented);
    inner.trim_matches('"').to_owned()
}

fn looked_for(file: &Option<PathBuf>) -> String {
    match file {
        Some(file) => format!(", and there is no {}", file.display()),
        None => String::new(),
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "no host at all".to_owned(),
        names => names.join(", "),
    }
}

impl Roots {
    fn description(&self) -> String {
        match self {
            Roots::File(file) => file.display().to_string(),
            Roots::System => "the operating system's store".to_owned(),
            Roots::Missing { .. } => "any file".to_owned(),
        }
    }
}

/// A handshake begins with a guess at the key exchange, and a wrong one costs a round trip. P-256 is what servers up to
/// PostgreSQL 17 accept by default (`ssl_ecdh_curve`), and later ones accept it too; rustls would guess X25519.
const KEY_EXCHANGES: [&dyn SupportedKxGroup; 3] = [kx_group::SECP256R1, kx_group::X25519, kx_group::SECP384R1];

/// A connector that protects as the settings ask for.
///
/// # Errors
/// Files that are missing or can't be used; nothing is sent anywhere yet.
pub(super) fn connector(settings: &TlsSettings) -> Result<MakeRustlsConnect, TlsFailure> {
    let provider = Arc::new(CryptoProvider { kx_groups: KEY_EXCHANGES.to_vec(), ..ring::default_provider() });
    let verifier = Verifier { check: check(settings)?, algorithms: provider.signature_verification_algorithms };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsFailure::Handshake(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &settings.client {
        None => builder.with_no_client_auth(),
        Some(files) => {
            let (chain, key) = client_identity(files)?;
            builder.with_client_auth_cert(chain, key).map_err(|error| unusable(&files.certificate, error))?
        }
    };
    config.enable_sni = settings.server_name_indication;
    // Required for direct negotiation; older servers don't look at it.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

/// How far a certificate is checked. `require` checks the chain if there is a file to check it against, as in libpq;
/// `allow` and `prefer` never check, since they would then fall back to no encryption at all.
fn check(settings: &TlsSettings) -> Result<Check, TlsFailure> {
    let checks_chain = match (settings.mode, &settings.roots) {
        (TlsMode::Disable | TlsMode::Allow | TlsMode::Prefer, _) => false,
        (TlsMode::Require, Roots::Missing { .. }) => false,
        (TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull, _) => true,
    };
    if !checks_chain {
        return Ok(Check::Nothing);
    }
    let trust = trust(settings)?;
    Ok(match settings.mode {
        TlsMode::VerifyFull => Check::ChainAndName(trust),
        _ => Check::Chain(trust),
    })
}

fn trust(settings: &TlsSettings) -> Result<Trust, TlsFailure> {
    let certificates = match &settings.roots {
        Roots::File(file) => certificates(file)?,
        Roots::System => rustls_native_certs::load_native_certs().certs,
        Roots::Missing { searched } => {
            return Err(TlsFailure::NoRoots { mode: settings.mode.word(), searched: searched.clone() });
        }
    };
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(certificates.iter().cloned());
    match (&settings.roots, usable) {
        (Roots::File(file), 0) => Err(unusable(file, "none of its certificates can be read")),
        (_, 0) => Err(TlsFailure::NoSystemRoots),
        _ => Ok(Trust { roots, certificates }),
    }
}

/// The certificates of a PEM file, at least one.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFailure> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).and_then(|certificates| certificates.collect());
    match read {
        Ok(certificates) if certificates.is_empty() => Err(unusable(file, "it holds no PEM certificate")),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(unusable(file, error)),
    }
}

fn client_identity(files: &ClientFiles) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsFailure> {
    let chain = certificates(&files.certificate)?;
    let text = std::fs::read_to_string(&files.key).map_err(|error| unusable(&files.key, error))?;
    if text.contains("ENCRYPTED") {
        return Err(unusable(
            &files.key,
            "it is an encrypted key, which revgraph cannot open; give one without a passphrase",
        ));
    }
    if open_to_others(&files.key) {
        return Err(unusable(&files.key, "others than its owner may read the key (chmod 600)"));
    }
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| unusable(&files.key, error))?;
    Ok((chain, key))
}

/// libpq's rule: nobody else may read a key, except that one of root's may be read by its group.
#[cfg(unix)]
fn open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    std::fs::metadata(file).is_ok_and(|metadata| {
        let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
        metadata.permissions().mode() & forbidden != 0
    })
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> bool {
    false
}

fn unusable(file: &Path, problem: impl ToString) -> TlsFailure {
    TlsFailure::File { file: file.to_owned(), problem: problem.to_string() }
}
