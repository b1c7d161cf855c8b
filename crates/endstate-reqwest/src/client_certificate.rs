//! The certificate of an application, and the assertions that it signs (Microsoft identity
//! platform, "Certificate credentials").

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rustls_pki_types::pem::{PemObject, SectionKind};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

use crate::{ClientId, Error, Result, redaction};

/// A certificate with its private RSA key.
pub(crate) struct ClientCertificate {
    /// In DER; the certificate of the application comes first.
    chain: Vec<Vec<u8>>,
    key: EncodingKey,
}

/// Signs an assertion each time one is needed.
pub(crate) struct CertificateAssertion {
    certificate: ClientCertificate,
    client: ClientId,
    audience: String,
    send_chain: bool,
}

impl ClientCertificate {
    /// Reads PEM (a certificate and a private key) or PKCS #12, each with or without a password.
    pub(crate) fn read(path: &Path, password: Option<&SecretString>) -> Result<Self> {
        let shown = path.display();
        let bytes = fs::read(path).map_err(|error| Error::Setting {
            setting: "the certificate",
            reason: format!("{shown} cannot be read"),
            source: Some(Arc::new(error)),
        })?;
        let (chain, key) = if bytes.windows(11).any(|window| window == b"-----BEGIN ") {
            from_pem(&bytes, password)
        } else {
            from_pkcs12(&bytes, password)
        }
        .map_err(|reason| Error::setting("the certificate", format!("{shown}: {reason}")))?;
        Ok(Self { chain, key })
    }

    /// Returns the assertion that signs in with it at the token endpoint `audience`.
    pub(crate) fn assertion(self, client: &ClientId, audience: &Url, send_chain: bool) -> CertificateAssertion {
        CertificateAssertion { certificate: self, client: client.clone(), audience: audience.to_string(), send_chain }
    }
}

/// The certificates and the key, or what is wrong. The error never shows the content of the file.
type Parts = std::result::Result<(Vec<Vec<u8>>, EncodingKey), &'static str>;

fn from_pem(pem: &[u8], password: Option<&SecretString>) -> Parts {
    let mut chain = Vec::new();
    let mut key = None;
    for section in <(SectionKind, Vec<u8>)>::pem_slice_iter(pem) {
        match section.map_err(|_| "it is not well-formed PEM")? {
            (SectionKind::Certificate, der) => chain.push(der),
            (SectionKind::PrivateKey, der) => key = Some(from_pkcs8(&der)?),
            (SectionKind::RsaPrivateKey, der) => key = Some(EncodingKey::from_rsa_der(&der)),
            _ => {}
        }
    }
    if key.is_none() {
        key = encrypted_key(pem, password)?;
    }
    if chain.is_empty() {
        return Err("it has no BEGIN CERTIFICATE section");
    }
    Ok((chain, key.ok_or("it has no BEGIN PRIVATE KEY section; add the key to this file")?))
}

/// Reads a `BEGIN ENCRYPTED PRIVATE KEY`, which the PEM reader above ignores.
fn encrypted_key(
    pem: &[u8],
    password: Option<&SecretString>,
) -> std::result::Result<Option<EncodingKey>, &'static str> {
    let text = str::from_utf8(pem).map_err(|_| "it is not well-formed PEM")?;
    let Some((_, rest)) = text.split_once("-----BEGIN ENCRYPTED PRIVATE KEY-----") else { return Ok(None) };
    let body = rest.split_once("-----END ").map_or(rest, |(body, _)| body);
    let body: String = body.split_whitespace().collect();
    let der = STANDARD.decode(body).map_err(|_| "it is not well-formed PEM")?;
    let password = password.ok_or("its key is encrypted, and no password was given; set its password")?;
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(der.as_slice()).map_err(|_| "its key cannot be read")?;
    let decrypted = encrypted.decrypt(password.expose_secret()).map_err(|_| "the password does not open its key")?;
    from_pkcs8(decrypted.as_bytes()).map(Some)
}

fn from_pkcs12(bytes: &[u8], password: Option<&SecretString>) -> Parts {
    let password = password.map_or("", |password| password.expose_secret());
    let store = KeyStore::from_pkcs12(bytes, password, Pkcs12ImportPolicy::Relaxed)
        .map_err(|_| "it is neither PEM nor PKCS #12, or the password does not open it")?;
    let (_, chain) = store.private_key_chain().ok_or("it has no private key")?;
    let certificates: Vec<_> = chain.certs().iter().map(|certificate| certificate.as_der().to_vec()).collect();
    if certificates.is_empty() {
        return Err("it has no certificate for its private key");
    }
    Ok((certificates, from_pkcs8(chain.key().as_der())?))
}

/// Returns the RSA key inside. Microsoft Entra accepts no other key for certificates.
fn from_pkcs8(der: &[u8]) -> std::result::Result<EncodingKey, &'static str> {
    const RSA: &str = "1.2.840.113549.1.1.1";
    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| "its key cannot be read")?;
    if info.algorithm.oid.to_string() != RSA {
        return Err("its key is not an RSA key; Microsoft Entra requires RSA");
    }
    Ok(EncodingKey::from_rsa_der(info.private_key.as_bytes()))
}

#[async_trait]
impl ClientAssertion for CertificateAssertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let failed = |error: jsonwebtoken::errors::Error| {
            azure_core::Error::with_error(
                azure_core::error::ErrorKind::Credential,
                error,
                "the certificate cannot sign",
            )
        };

        let mut header = Header::new(Algorithm::PS256);
        let chain = &self.certificate.chain;
        header.x5t_s256 = chain.first().map(|certificate| URL_SAFE_NO_PAD.encode(Sha256::digest(certificate)));
        if self.send_chain {
            header.x5c = Some(chain.iter().map(|certificate| STANDARD.encode(certificate)).collect());
        }

        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let claims = json!({
            "aud": self.audience,
            "iss": self.client.as_str(),
            "sub": self.client.as_str(),
            "jti": Uuid::new_v4().to_string(),
            "iat": now,
            // A clock slightly ahead of the service's clock must not cause a refusal.
            "nbf": now.saturating_sub(60),
            "exp": now + 600,
        });
        let assertion = jsonwebtoken::encode(&header, &claims, &self.certificate.key).map_err(failed)?;
        redaction::remember(&assertion.as_str().into());
        Ok(assertion)
    }
}

impl fmt::Debug for CertificateAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAssertion").field("client", &self.client).finish_non_exhaustive()
    }
}
