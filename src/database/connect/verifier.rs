//! The check of a server's certificate, in libpq's degrees.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

/// What is asked of a certificate.
#[derive(Debug)]
pub(super) enum Check {
    /// Nothing: the connection is encrypted, to whomever.
    Nothing,
    /// That somebody who is trusted has signed it.
    Chain(Trust),
    /// Also that it was issued for the host that was connected to.
    ChainAndName(Trust),
}

/// Whom is trusted.
#[derive(Debug)]
pub(super) struct Trust {
    /// The authorities.
    pub roots: RootCertStore,
    /// The same certificates as they are: one that is the server's own is trusted too. Many a server signs for itself,
    /// and its certificate is then given to the clients as the root.
    pub certificates: Vec<CertificateDer<'static>>,
}

/// Checks certificates for rustls.
#[derive(Debug)]
pub(super) struct Verifier {
    pub check: Check,
    pub algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.check {
            Check::Nothing => {}
            Check::Chain(trust) => self.check_chain(trust, certificate, intermediates, now)?,
            Check::ChainAndName(trust) => {
                self.check_chain(trust, certificate, intermediates, now)?;
                check_name(certificate, host)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let result = verify_tls13_signature(message, certificate, signature, &self.algorithms);
        match (&self.check, result) {
            // The form of the certificate is of no interest where nothing of it is checked; whether the server has its key
            // is, since that is what channel binding builds on.
            (Check::Nothing, Err(Error::InvalidCertificate(CertificateError::Other(_)))) => {
                let key = public_key(certificate)?;
                verify_tls13_signature_with_raw_key(message, &key, signature, &self.algorithms)
            }
            (_, result) => result,
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl Verifier {
    fn check_chain(
        &self,
        trust: &Trust,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        if trust.certificates.iter().any(|own| own == certificate) {
            return check_time(certificate, now);
        }
        verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(certificate)?,
            &trust.roots,
            intermediates,
            now,
            self.algorithms.all,
        )
    }
}

/// The check of dates that comes with a chain, for a certificate that needs none.
fn check_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let validity = parsed(certificate)?.tbs_certificate.validity;
    if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

/// Checks the names that a certificate is for; where it lists none, its common name counts, as in libpq. PostgreSQL's
/// own instructions for making certificates lead to such ones.
fn check_name(certificate: &CertificateDer<'_>, host: &ServerName<'_>) -> Result<(), Error> {
    let problem = match verify_server_name(&ParsedCertificate::try_from(certificate)?, host) {
        Err(Error::InvalidCertificate(problem)) => problem,
        other => return other,
    };
    let CertificateError::NotValidForNameContext { expected, presented } = problem else {
        return Err(problem.into());
    };
    if !presented.is_empty() {
        return Err(CertificateError::NotValidForNameContext { expected, presented }.into());
    }
    let common_names = common_names(&parsed(certificate)?);
    if common_names.iter().any(|name| matches(name, host)) {
        return Ok(());
    }
    Err(CertificateError::NotValidForNameContext { expected, presented: common_names }.into())
}

fn matches(name: &str, host: &ServerName<'_>) -> bool {
    let host = host.to_str();
    match name.strip_prefix("*.") {
        Some(domain) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => name.eq_ignore_ascii_case(&host),
    }
}

fn parsed(certificate: &CertificateDer<'_>) -> Result<Certificate, Error> {
    Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding.into())
}

fn public_key(certificate: &CertificateDer<'_>) -> Result<SubjectPublicKeyInfoDer<'static>, Error> {
    let key = parsed(certificate)?.tbs_certificate.subject_public_key_info;
    let encoded = key.to_der().map_err(|_| CertificateError::BadEncoding)?;
    Ok(encoded.into())
}

/// The subject's common names, in whatever string type.
fn common_names(certificate: &Certificate) -> Vec<String> {
    let subject = &certificate.tbs_certificate.subject;
    let attributes = subject.0.iter().flat_map(|names| names.0.iter());
    attributes
        .filter(|attribute| attribute.oid == COMMON_NAME)
        .filter_map(|attribute| std::str::from_utf8(attribute.value.value()).ok())
        .map(str::to_owned)
        .collect()
}

/// The attribute `CN` (RFC 4519, 2.3).
const COMMON_NAME: x509_cert::der::asn1::ObjectIdentifier =
    x509_cert::der::asn1::ObjectIdentifier::new_unwrap("2.5.4.3");
