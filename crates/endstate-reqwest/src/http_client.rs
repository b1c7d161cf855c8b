//! What every HTTP client of this crate has in common: it carries secrets, so that it follows nobody and asks once.

use reqwest::{Certificate, ClientBuilder};

use crate::{Error, Result};

/// A client that goes through the system's proxy, or `directly`.
pub(crate) fn builder(directly: bool, certificates: &[Certificate]) -> ClientBuilder {
    let mut client = reqwest::Client::builder()
        // A followed redirect would carry the token along; the caller is told instead.
        .redirect(reqwest::redirect::Policy::none())
        // One retrier only, and that is the caller: two multiply.
        .retry(reqwest::retry::never())
        .referer(false);
    if directly {
        // A proxy has no business between this machine and itself, and would see the token where it is plain http.
        client = client.no_proxy();
    }
    if !certificates.is_empty() {
        client = client.tls_certs_merge(certificates.to_vec());
    }
    client
}

/// The certificates of a PEM file, one at least.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<Certificate>> {
    let certificates =
        Certificate::from_pem_bundle(pem).map_err(|error| Error::Certificate { source: Box::new(error) })?;
    if certificates.is_empty() {
        return Err(Error::Certificate { source: "there is no BEGIN CERTIFICATE in it".into() });
    }
    Ok(certificates)
}
