//! What a text comes to. The expectations are libpq's answers, as its documentation and its own tests have them.

use std::time::Duration;

use super::super::spec::{Session, Timeout};
use super::super::tls_settings::TlsMode;
use super::{password, resolve, resolve_with};

#[test]
fn urls() {
    let cases = [
        // URL, target, password
        ("postgresql://uri-user:secret@host:12345/db", "postgres://uri-user@host:12345/db", Some("secret")),
        ("postgres://host", "postgres://me@host:5432/me", None),
        ("postgres://host/", "postgres://me@host:5432/me", None),
        ("postgres://host?user=u", "postgres://u@host:5432/u", None),
        ("postgres://host/db?user=u&password=p", "postgres://u@host:5432/db", Some("p")),
        ("postgres://u@host?password=later", "postgres://u@host:5432/u", Some("later")),
        ("postgres://u:@host", "postgres://u@host:5432/u", None),
        ("postgres://:p@host", "postgres://me@host:5432/me", Some("p")),
        ("postgres://u%20v:p%40%3A%2F%25@host/d%20b", "postgres://u%20v@host:5432/d%20b", Some("p@:/%")),
        ("postgres://u:p?q#r@host/db", "postgres://u@host:5432/db", Some("p?q#r")),
        ("postgres://[::1]/db", "postgres://me@[::1]:5432/db", None),
        ("postgres://[2001:db8::1234]:5433", "postgres://me@[2001:db8::1234]:5433/me", None),
        ("postgres://h1:1,h2:2,[::1]:3/db", "postgres://me@h1:1,h2:2,[::1]:3/db", None),
        ("postgres://h1,h2:2/db", "postgres://me@h1:5432,h2:2/db", None),
        ("postgres:///db?host=/tmp", "postgres://me@/db?host=/tmp&port=5432", None),
        ("postgres://%2Ftmp:5433/db", "postgres://me@/db?host=/tmp&port=5433", None),
        ("postgres://%2Ftmp,h/db", "postgres://me@%2Ftmp:5432,h:5432/db", None),
        ("postgres://name?hostaddr=127.0.0.1", "postgres://me@name:5432/me", None),
        ("postgres://?hostaddr=127.0.0.1,::1&port=1,2", "postgres://me@127.0.0.1:1,[::1]:2/me", None),
        ("postgres://host/a/b", "postgres://me@host:5432/a/b", None),
        ("  postgres://host/db\n", "postgres://me@host:5432/db", None),
    ];
    for (text, target, secret) in cases {
        let spec = resolve(text).expect(text);
        assert_eq!(spec.redacted(), target, "{text}");
        assert_eq!(spec.to_string(), target, "{text}");
        assert_eq!(password(&spec), secret, "{text}");
    }
}

#[test]
fn key_values() {
    let cases = [
        ("host=h", "postgres://me@h:5432/me", None),
        ("host = h  port= 1\tdbname =d", "postgres://me@h:1/d", None),
        ("host=h user='a b' password='it\\'s \\\\ here'", "postgres://a%20b@h:5432/a%20b", Some("it's \\ here")),
        ("host=h password=a\\ b\\'c", "postgres://me@h:5432/me", Some("a b'c")),
        ("host=h password=a=b&c", "postgres://me@h:5432/me", Some("a=b&c")),
        ("host=h password=''", "postgres://me@h:5432/me", None),
        ("host=h user=", "postgres://me@h:5432/me", None),
        ("host=h user=a user=b", "postgres://b@h:5432/b", None),
        ("host='h'user='a'", "postgres://a@h:5432/a", None),
        ("host=h1,h2 port=7", "postgres://me@h1:7,h2:7/me", None),
        ("host=h1,h2 port=7,", "postgres://me@h1:7,h2:5432/me", None),
        ("host=/var/run/x,/tmp port=1,2", "postgres://me@/me?host=/var/run/x,/tmp&port=1,2", None),
        ("host=h dbname=postgres://x/y", "postgres://me@h:5432/postgres%3A//x/y", None),
    ];
    for (text, target, secret) in cases {
        let spec = resolve(text).expect(text);
        assert_eq!(spec.redacted(), target, "{text}");
        assert_eq!(password(&spec), secret, "{text}");
    }
}

#[test]
fn nothing_at_all_means_the_sockets() {
    let expected = "postgres://me@/me?host=/var/run/postgresql,/tmp&port=5432,5432";
    for text in ["", "  ", "postgres://", "postgresql:///"] {
        assert_eq!(resolve(text).expect(text).redacted(), expected, "{text:?}");
    }
    let second = resolve("host=h,").expect("an empty place is the default");
    assert_eq!(second.endpoints.iter().count(), 3);
}

#[test]
fn variables_fill_what_the_text_leaves_open() {
    let variables = [
        ("PGHOST", "h"),
        ("PGPORT", "7"),
        ("PGDATABASE", "d"),
        ("PGUSER", "u"),
        ("PGPASSWORD", "p"),
        ("PGSSLMODE", "disable"),
        ("PGCONNECT_TIMEOUT", "3"),
        ("PGTARGETSESSIONATTRS", "primary"),
    ];
    let spec = resolve_with("", &variables).expect("a target");
    assert_eq!(spec.redacted(), "postgres://u@h:7/d");
    assert_eq!(password(&spec), Some("p"));
    assert_eq!(spec.tls.mode, TlsMode::Disable);
    assert_eq!(spec.timeout, Timeout::After(Duration::from_secs(3)));
    assert_eq!(spec.session, Session::Primary);

    let text = "postgres://v:q@g:8/e?sslmode=require&connect_timeout=0&target_session_attrs=any";
    let spec = resolve_with(text, &variables).expect("a target");
    assert_eq!(spec.redacted(), "postgres://v@g:8/e");
    assert_eq!(password(&spec), Some("q"));
    assert_eq!(spec.tls.mode, TlsMode::Require);
    assert_eq!(spec.timeout, Timeout::Never);
    assert_eq!(spec.session, Session::Any);
}

#[test]
fn the_mode_follows_from_what_is_given() {
    let cases = [
        ("host=h", TlsMode::Prefer),
        ("host=h sslmode=allow", TlsMode::Allow),
        ("host=h sslmode=verify-ca", TlsMode::VerifyCa),
        ("host=h sslrootcert=system", TlsMode::VerifyFull),
        ("postgres://h?ssl=true", TlsMode::Require),
    ];
    for (text, mode) in cases {
        assert_eq!(resolve(text).expect(text).tls.mode, mode, "{text}");
    }
}

#[test]
fn what_changes_nothing_is_accepted() {
    for parameter in [
        "client_encoding=UTF8",
        "gssencmode=prefer",
        "sslcompression=1",
        "ssl_min_protocol_version=TLSv1.2",
        "load_balance_hosts=random",
        "keepalives=0",
        "keepalives_idle=30",
        "tcp_user_timeout=1000",
    ] {
        let text = format!("host=h {parameter}");
        assert!(resolve(&text).is_ok(), "{text}");
    }
}
