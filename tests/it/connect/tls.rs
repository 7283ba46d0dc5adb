//! The sslmodes against servers and certificates of every kind.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use revgraph::database::connect::{ConnectionSpec, Failure, TlsFailure};
use tempfile::TempDir;

use super::{environment, failure, listener, open, password, secure, spec, value};
use crate::harness::{Authority, Database, Secure};

/// Whether the session came about over TLS or in plain text; or the message.
fn outcome(text: &str) -> String {
    let query = "SELECT CASE WHEN ssl THEN 'tls' ELSE 'plain' END FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    match open(&spec(text)) {
        Ok(mut client) => value(&mut client, query),
        Err(error) => {
            let shown = error.to_string();
            assert!(!format!("{error:?}").contains("s3kr1t"), "{error:?}");
            let (_, told) = shown.split_once(": ").expect("the target first");
            told.to_owned()
        }
    }
}

/// The file of an authority that did not sign anything here.
fn strangers_root() -> (TempDir, PathBuf) {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("stranger.crt");
    fs::write(&file, Authority::new("a stranger").certificate).expect("a file");
    (directory, file)
}

#[test]
fn each_mode_checks_what_it_promises() {
    let server = Secure::shared();
    let port = server.server.port();
    let right = server.root_file();
    let (_directory, wrong) = strangers_root();
    let unknown = format!("the server's certificate is not signed by an authority in {}", wrong.display());
    let right = format!("sslrootcert={}", right.display());
    let wrong = format!("sslrootcert={}", wrong.display());
    let other_host = "the server's certificate is not for \"127.0.0.1\" but for localhost";
    let no_roots = "sslmode=verify-ca needs a file of root certificates";
    let cases = [
        // mode, root certificates, host, outcome
        ("disable", "", "localhost", "plain"),
        ("allow", "", "localhost", "plain"),
        ("prefer", "", "localhost", "tls"),
        ("prefer", &wrong, "localhost", "tls"),
        ("require", "", "127.0.0.1", "tls"),
        ("require", &right, "127.0.0.1", "tls"),
        ("require", &wrong, "localhost", &unknown),
        ("verify-ca", "", "localhost", no_roots),
        ("verify-ca", &right, "127.0.0.1", "tls"),
        ("verify-ca", &wrong, "localhost", &unknown),
        ("verify-full", &right, "localhost", "tls"),
        ("verify-full", &right, "127.0.0.1", other_host),
        ("verify-full", &wrong, "localhost", &unknown),
    ];
    for (mode, roots, host, expected) in cases {
        let text = format!("host={host} port={port} dbname=postgres user=app sslmode={mode} {roots} {}", password());
        assert_eq!(outcome(&text), expected, "{mode} {roots} {host}");
    }
}

#[test]
fn an_address_of_its_own_keeps_the_name_for_the_check() {
    let server = Secure::shared();
    let text = |host| {
        format!(
            "host={host} hostaddr=127.0.0.1 port={} dbname=postgres user=app sslmode=verify-full sslrootcert={} {}",
            server.server.port(),
            server.root_file().display(),
            password()
        )
    };
    assert_eq!(outcome(&text("localhost")), "tls");
    assert_eq!(outcome(&text("db.example")), "the server's certificate is not for \"db.example\" but for localhost");
}

/// `app` on a server of its own, by the name that its certificate is for.
fn at_home(server: &Secure, mode: &str) -> String {
    format!(
        "host=localhost port={} dbname=postgres user=app sslmode={mode} sslrootcert={} {}",
        server.server.port(),
        server.root_file().display(),
        password()
    )
}

#[test]
fn an_expired_certificate_is_said_to_be() {
    let with = |mode| outcome(&at_home(Secure::expired(), mode));
    let expired = "the server's certificate, or that of its authority, has expired";
    assert_eq!(with("verify-ca"), expired);
    assert_eq!(with("verify-full"), expired);
    assert_eq!(with("prefer"), "tls");
}

/// rustls knows no such certificates; without care `prefer` would fall back to plain text on many a server.
#[test]
fn a_certificate_of_version_1_encrypts_but_cannot_be_checked() {
    let with = |mode| outcome(&at_home(Secure::version_1(), mode));
    assert_eq!(with("prefer"), "tls");
    assert_eq!(with("prefer channel_binding=require"), "tls");
    let unusable = "the server's certificate cannot be checked: UnsupportedCertVersion";
    assert_eq!(with("verify-ca"), unusable);
    assert_eq!(with("verify-full"), unusable);
}

#[test]
fn the_default_root_file_makes_require_stricter() {
    let home = TempDir::new().expect("a directory");
    fs::create_dir(home.path().join(".postgresql")).expect("a directory");
    let file = home.path().join(".postgresql/root.crt");
    fs::write(&file, Authority::new("a stranger").certificate).expect("a file");
    let text = secure(&format!("user=app sslmode=require {}", password()));
    let environment = environment(&[]).home(home.path());
    let spec = ConnectionSpec::resolve(Some(&text), &environment).expect("a target");
    assert!(matches!(
        failure(&spec).failure(),
        Failure::Tls(TlsFailure::UnknownIssuer { roots }) if *roots == file.display().to_string()
    ));
}

#[test]
fn a_server_without_tls() {
    let database = Database::new();
    let text = |mode| database.url().replace("disable", mode);
    for mode in ["allow", "prefer"] {
        assert_eq!(outcome(&text(mode)), "plain", "{mode}");
    }
    assert_eq!(outcome(&text("require")), "the server does not offer TLS, which sslmode=require requires");
    // A socket needs no protection, whatever the mode.
    assert_eq!(outcome(&format!("{}&sslmode=verify-full", database.socket_url())), "plain");
}

#[test]
fn the_modes_that_leave_a_choice_take_the_one_that_the_server_allows() {
    let with = |role, mode| outcome(&secure(&format!("user={role} sslmode={mode} {}", password())));
    assert_eq!(with("tls_only", "allow"), "tls");
    assert_eq!(with("plain_only", "prefer"), "plain");
    assert!(with("tls_only", "disable").contains("pg_hba.conf rejects"));
    assert!(with("plain_only", "require").contains("pg_hba.conf rejects"));
}

#[test]
fn scram_is_bound_to_the_channel() {
    let with = |mode| outcome(&secure(&format!("user=app channel_binding=require sslmode={mode} {}", password())));
    assert_eq!(with("require"), "tls");
    assert!(with("disable").contains("channel binding"), "{}", with("disable"));
}

#[test]
fn a_client_certificate_lets_its_owner_in() {
    let server = Secure::shared();
    let directory = TempDir::new().expect("a directory");
    let write = |name: &str, content: &str, mode| {
        let file = directory.path().join(name);
        fs::write(&file, content).expect("a file");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("our own file");
        file.display().to_string()
    };
    let own = server.authority.issue("by_cert", &[]);
    let certificate = write("own.crt", &own.certificate, 0o644);
    let key = write("own.key", &own.key, 0o600);
    let open_key = write("open.key", &own.key, 0o644);
    let stranger = Authority::new("a stranger").issue("by_cert", &[]);
    let strange_certificate = write("strange.crt", &stranger.certificate, 0o644);
    let strange_key = write("strange.key", &stranger.key, 0o600);

    let with = |certificate: &str, key: &str| {
        outcome(&secure(&format!("user=by_cert sslmode=require sslcert={certificate} sslkey={key}")))
    };
    assert_eq!(with(&certificate, &key), "tls");
    assert_eq!(
        with(&certificate, &open_key),
        format!("cannot use {open_key}: others than its owner may read the key (chmod 600)")
    );
    assert_eq!(
        with(&strange_certificate, &strange_key),
        "the server refuses this client in the TLS handshake: UnknownCA"
    );
    assert_eq!(outcome(&secure("user=by_cert sslmode=require")), "connection requires a valid client certificate");
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let directory = TempDir::new().expect("a directory");
    let empty = directory.path().join("empty.crt");
    fs::write(&empty, "no certificate\n").expect("a file");
    let with = |file: &str| outcome(&secure(&format!("user=app sslmode=verify-ca sslrootcert={file}")));
    let empty = empty.display().to_string();
    assert_eq!(with(&empty), format!("cannot use {empty}: it holds no PEM certificate"));
    let missing = with("/nonexistent/root.crt");
    assert!(missing.starts_with("cannot use /nonexistent/root.crt: "), "{missing}");
}

/// The installed server may be too old to answer; what matters is that nothing is said in the clear.
#[test]
fn direct_negotiation_begins_with_a_handshake() {
    let server = listener();
    let port = server.local_addr().expect("a bound port").port();
    let first = std::thread::spawn(move || {
        let (mut connection, _) = server.accept().expect("a connection");
        let mut record = [0; 3];
        connection.read_exact(&mut record).expect("a handshake");
        record
    });
    let text = format!("postgres://app@127.0.0.1:{port}/db?sslmode=require&sslnegotiation=direct");
    failure(&spec(&text));
    let [kind, major, _] = first.join().expect("the server ends");
    assert_eq!((kind, major), (22, 3), "a TLS handshake record");
}
