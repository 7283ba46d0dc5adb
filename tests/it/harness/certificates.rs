//! Certificates made for a test.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, SigningKey,
    date_time_ymd,
};
use x509_cert::der::asn1::BitString;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Decode, Encode, EncodePem};
use x509_cert::{Certificate, Version};

/// A certificate and its key, as PEM.
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

/// A certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub certificate: String,
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let mut params = named(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = new_key();
        let certificate = params.self_signed(&key).expect("a certificate").pem();
        Authority { issuer: Issuer::new(params, key), certificate }
    }

    /// A certificate for a server of these host names, or for a client of this common name.
    pub fn issue(&self, common_name: &str, hosts: &[&str]) -> Identity {
        self.sign(&named(common_name, hosts))
    }

    /// A certificate whose time is over.
    pub fn issue_expired(&self, common_name: &str, hosts: &[&str]) -> Identity {
        let mut params = named(common_name, hosts);
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
        self.sign(&params)
    }

    /// A certificate of X.509 version 1, as PostgreSQL's instructions for making one with OpenSSL 3.0 bring about.
    pub fn issue_version_1(&self, common_name: &str) -> Identity {
        let key = new_key();
        let signed = named(common_name, &[]).signed_by(&key, &self.issuer);
        let der = signed.expect("a certificate").der().to_vec();
        let mut certificate = Certificate::from_der(&der).expect("our own certificate");
        certificate.tbs_certificate.version = Version::V1;
        certificate.tbs_certificate.extensions = None;
        let content = certificate.tbs_certificate.to_der().expect("its encoding");
        let signature = self.issuer.key().sign(&content).expect("a signature");
        certificate.signature = BitString::from_bytes(&signature).expect("whole bytes");
        Identity { certificate: certificate.to_pem(LineEnding::LF).expect("its text"), key: key.serialize_pem() }
    }

    fn sign(&self, params: &CertificateParams) -> Identity {
        let key = new_key();
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

fn named(common_name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| host.to_string()).collect();
    let mut params = CertificateParams::new(hosts).expect("names of hosts");
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

fn new_key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key")
}
