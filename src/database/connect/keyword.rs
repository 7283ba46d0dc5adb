//! The connection parameters that libpq has, and what each is to us.
//!
//! Source: PostgreSQL documentation, "Parameter Key Words" and "Environment Variables" of the chapter on libpq.

/// One connection parameter.
pub(super) struct Keyword {
    pub name: &'static str,
    /// The environment variable that gives its default.
    pub variable: Option<&'static str>,
    pub treatment: Treatment,
}

/// What a parameter does here.
#[derive(Clone, Copy)]
pub(super) enum Treatment {
    Used,
    /// Accepted and without effect, since ignoring it changes neither what is reached nor how safely.
    Ignored,
    /// Accepted with these values only, which ask for what happens anyhow. Anything else would promise a protection or
    /// a behaviour that is not there, so it is refused.
    Only(&'static [&'static str]),
}

use Treatment::{Ignored, Only, Used};

const fn keyword(name: &'static str, variable: Option<&'static str>, treatment: Treatment) -> Keyword {
    Keyword { name, variable, treatment }
}

/// Every parameter of PostgreSQL 18's libpq.
#[rustfmt::skip]
pub(super) const KEYWORDS: &[Keyword] = &[
    keyword("service", Some("PGSERVICE"), Used),
    keyword("servicefile", Some("PGSERVICEFILE"), Used),
    keyword("host", Some("PGHOST"), Used),
    keyword("hostaddr", Some("PGHOSTADDR"), Used),
    keyword("port", Some("PGPORT"), Used),
    keyword("dbname", Some("PGDATABASE"), Used),
    keyword("user", Some("PGUSER"), Used),
    keyword("password", Some("PGPASSWORD"), Used),
    keyword("passfile", Some("PGPASSFILE"), Used),
    keyword("channel_binding", Some("PGCHANNELBINDING"), Used),
    keyword("connect_timeout", Some("PGCONNECT_TIMEOUT"), Used),
    keyword("options", Some("PGOPTIONS"), Used),
    keyword("application_name", Some("PGAPPNAME"), Used),
    keyword("fallback_application_name", None, Used),
    keyword("keepalives", None, Used),
    keyword("keepalives_idle", None, Used),
    keyword("keepalives_interval", None, Used),
    keyword("keepalives_count", None, Used),
    keyword("tcp_user_timeout", None, Used),
    keyword("sslmode", Some("PGSSLMODE"), Used),
    keyword("sslnegotiation", Some("PGSSLNEGOTIATION"), Used),
    keyword("sslrootcert", Some("PGSSLROOTCERT"), Used),
    keyword("sslcert", Some("PGSSLCERT"), Used),
    keyword("sslkey", Some("PGSSLKEY"), Used),
    keyword("sslsni", Some("PGSSLSNI"), Used),
    keyword("target_session_attrs", Some("PGTARGETSESSIONATTRS"), Used),
    // The driver always speaks UTF-8.
    keyword("client_encoding", Some("PGCLIENTENCODING"), Ignored),
    // The order of hosts is a matter of load, and one deploy is none.
    keyword("load_balance_hosts", Some("PGLOADBALANCEHOSTS"), Ignored),
    // TLS has no compression any more, and libpq ignores this too.
    keyword("sslcompression", Some("PGSSLCOMPRESSION"), Ignored),
    // For debugging libpq itself.
    keyword("sslkeylogfile", None, Ignored),
    // Details of Kerberos, which is refused where it is asked for.
    keyword("krbsrvname", Some("PGKRBSRVNAME"), Ignored),
    keyword("gsslib", Some("PGGSSLIB"), Ignored),
    keyword("gssdelegation", Some("PGGSSDELEGATION"), Ignored),
    // There is one protocol version that every supported server speaks: 3.0.
    keyword("min_protocol_version", Some("PGMINPROTOCOLVERSION"), Only(&["3.0"])),
    keyword("max_protocol_version", Some("PGMAXPROTOCOLVERSION"), Ignored),
    keyword("gssencmode", Some("PGGSSENCMODE"), Only(&["disable", "prefer"])),
    keyword("sslcertmode", Some("PGSSLCERTMODE"), Only(&["allow"])),
    keyword("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION"), Only(&["TLSv1", "TLSv1.1", "TLSv1.2"])),
    keyword("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION"), Only(&["TLSv1.3"])),
    keyword("replication", None, Only(&["false", "off", "no", "0"])),
    keyword("sslpassword", None, Only(&[])),
    keyword("sslcrl", Some("PGSSLCRL"), Only(&[])),
    keyword("sslcrldir", Some("PGSSLCRLDIR"), Only(&[])),
    keyword("requirepeer", Some("PGREQUIREPEER"), Only(&[])),
    keyword("require_auth", Some("PGREQUIREAUTH"), Only(&[])),
    keyword("scram_client_key", None, Only(&[])),
    keyword("scram_server_key", None, Only(&[])),
    keyword("oauth_issuer", None, Only(&[])),
    keyword("oauth_client_id", None, Only(&[])),
    keyword("oauth_client_secret", None, Only(&[])),
    keyword("oauth_scope", None, Only(&[])),
];

/// The parameter of this name.
pub(super) fn find(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.name == name)
}
