//! The check of certificates that a real server is not easily given.

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, date_time_ymd};
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};
use std::time::Duration;

use super::super::verifier::{Check, Trust, Verifier};

const YEAR: u64 = 31_556_952;

/// A certificate that its owner signed, valid in 2010 and 2011, as servers make them for themselves.
fn self_signed(common_name: &str, hosts: &[&str]) -> CertificateDer<'static> {
    let hosts: Vec<String> = hosts.iter().map(|host| host.to_string()).collect();
    let mut params = CertificateParams::new(hosts).expect("names of hosts");
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2010, 1, 1);
    params.not_after = date_time_ymd(2012, 1, 1);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
    params.self_signed(&key).expect("a certificate").der().clone()
}

fn checked(
    certificate: &CertificateDer<'static>,
    trusted: &[CertificateDer<'static>],
    host: &str,
    year: u64,
) -> Result<(), Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted.iter().cloned());
    let verifier = Verifier {
        check: Check::ChainAndName(Trust { roots, certificates: trusted.to_vec() }),
        algorithms: ring::default_provider().signature_verification_algorithms,
    };
    let host = ServerName::try_from(host.to_owned()).expect("a host");
    let now = UnixTime::since_unix_epoch(Duration::from_secs((year - 1970) * YEAR + YEAR / 2));
    verifier.verify_server_cert(certificate, &[], &host, &[], now).map(|_| ())
}

#[test]
fn a_servers_own_certificate_can_be_the_root() {
    let own = self_signed("x", &["localhost", "127.0.0.1"]);
    let trusted = [self_signed("other", &["localhost"]), own.clone()];
    assert_eq!(checked(&own, &trusted, "localhost", 2011), Ok(()));
    assert_eq!(checked(&own, &trusted, "127.0.0.1", 2011), Ok(()));
    let unknown = checked(&own, &trusted[..1], "localhost", 2011);
    assert!(unknown.is_err(), "another's certificate is no reason to trust this one");
}

#[test]
fn its_dates_count_all_the_same() {
    let own = self_signed("x", &["localhost"]);
    let trusted = [own.clone()];
    let at = |year| checked(&own, &trusted, "localhost", year);
    assert_eq!(at(2009), Err(CertificateError::NotValidYet.into()));
    assert_eq!(at(2010), Ok(()));
    assert_eq!(at(2012), Err(CertificateError::Expired.into()));
}

#[test]
fn the_common_name_counts_where_no_host_is_listed() {
    let cases = [
        // common name, hosts, connected to, accepted
        ("db.example", [].as_slice(), "db.example", true),
        ("DB.example", &[], "db.EXAMPLE", true),
        ("*.example", &[], "db.example", true),
        ("*.example", &[], "a.db.example", false),
        ("*.example", &[], "example", false),
        ("db.example", &[], "other.example", false),
        ("db.example", &["listed.example"], "db.example", false),
        ("db.example", &["listed.example"], "listed.example", true),
        ("192.0.2.1", &[], "192.0.2.1", true),
    ];
    for (common_name, hosts, host, accepted) in cases {
        let certificate = self_signed(common_name, hosts);
        let result = checked(&certificate, std::slice::from_ref(&certificate), host, 2011);
        assert_eq!(result.is_ok(), accepted, "{common_name} {hosts:?} {host}: {result:?}");
    }
}
