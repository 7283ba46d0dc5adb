//! A server that asks for passwords and speaks TLS.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::certificates::{Authority, Identity};
use super::server::{Server, Setup};

/// The password of all roles that have one; what no message may show.
pub const PASSWORD: &str = "s3kr1t:@/\\ ü";

/// Roles by the way that they may come in.
const RULES: &str = "
local     all postgres    trust
hostnossl all tls_only    all reject
hostssl   all plain_only  all reject
hostssl   all by_cert     all cert
host      all all         all scram-sha-256
";

/// The server, its files and its authority.
///
/// The certificate is for `localhost` alone, so that the address 127.0.0.1 is a host that it does not name.
pub struct Secure {
    pub server: Server,
    pub authority: Authority,
}

impl Secure {
    /// The one that tests share. Its roles: `app`, `tls_only`, `plain_only` with [`PASSWORD`], `by_cert`.
    pub fn shared() -> &'static Secure {
        static SHARED: OnceLock<Secure> = OnceLock::new();
        SHARED.get_or_init(|| Secure::start(|authority| authority.issue("server", &["localhost"])))
    }

    /// The same with a certificate that has expired.
    pub fn expired() -> &'static Secure {
        static EXPIRED: OnceLock<Secure> = OnceLock::new();
        EXPIRED.get_or_init(|| Secure::start(|authority| authority.issue_expired("server", &["localhost"])))
    }

    /// The same with a certificate of X.509 version 1.
    pub fn version_1() -> &'static Secure {
        static VERSION_1: OnceLock<Secure> = OnceLock::new();
        VERSION_1.get_or_init(|| Secure::start(|authority| authority.issue_version_1("localhost")))
    }

    fn start(identity: impl Fn(&Authority) -> Identity) -> Secure {
        let authority = Authority::new("the tests' authority");
        let Identity { certificate, key } = identity(&authority);
        let server = Server::start(&Setup {
            settings: vec![
                "ssl=on".to_owned(),
                // These are relative to the cluster, the other to where the server starts.
                "ssl_cert_file=../server.crt".to_owned(),
                "ssl_key_file=../server.key".to_owned(),
                "ssl_ca_file=../root.crt".to_owned(),
                "hba_file=rules.conf".to_owned(),
            ],
            files: vec![
                ("server.crt", certificate),
                ("server.key", key),
                ("rules.conf", RULES.to_owned()),
                ("root.crt", authority.certificate.clone()),
            ],
            ..Setup::default()
        });
        let mut client = server.client("postgres");
        for role in ["app", "tls_only", "plain_only"] {
            client.batch_execute(&format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")).expect("a new role");
        }
        client.batch_execute("CREATE ROLE by_cert LOGIN").expect("a new role");
        Secure { server, authority }
    }

    /// The authority's certificate as a file.
    pub fn root_file(&self) -> PathBuf {
        self.server.directory().join("root.crt")
    }
}
