//! What every HTTP client of this crate has in common: requests carry secrets, so redirects and
//! built-in retries are off.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder};

use crate::{Error, Result};

/// How often an HTTP/2 connection is tested (RFC 9113, 6.7), and how long its answer may take.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// A client that goes through the system's proxy, or `directly` to the host.
pub(crate) fn builder(directly: bool, certificates: &[Certificate]) -> ClientBuilder {
    builder_with(directly, certificates, &|client| client)
}

/// The same, with settings of the caller's, made before those that keep tokens from other hosts and
/// from logs, and rows whole.
pub(crate) fn builder_with(
    directly: bool,
    certificates: &[Certificate],
    configure: &dyn Fn(ClientBuilder) -> ClientBuilder,
) -> ClientBuilder {
    let mut client = configure(reqwest::Client::builder());
    if directly {
        // A proxy does not belong between this machine and itself, and would see a token that is
        // sent over plain http.
        client = client.no_proxy();
    }
    let client = client
        // Bytes within TLS would be logged, the token among them.
        .connection_verbose(false)
        // A followed redirect would carry the token along. The caller gets it as a failure instead.
        .redirect(reqwest::redirect::Policy::none())
        // The caller is the only retrier: the budgets of two would multiply.
        .retry(reqwest::retry::never())
        .referer(false)
        // endstate decompresses itself, whatever features another crate of a program enables.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        // A connection that is dead without a word would hold up each request for its whole time.
        .http2_keep_alive_interval(PING_INTERVAL)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        .http2_keep_alive_while_idle(true);

    if certificates.is_empty() { client } else { client.tls_certs_merge(certificates.to_vec()) }
}

/// The certificates of a PEM file, at least one.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<Certificate>> {
    let certificates =
        Certificate::from_pem_bundle(pem).map_err(|error| Error::Certificate { source: Arc::new(error) })?;
    if certificates.is_empty() {
        return Err(Error::Certificate { source: Arc::new(NoCertificate) });
    }
    Ok(certificates)
}

/// A PEM file without a certificate.
#[derive(Debug, thiserror::Error)]
#[error("the file has no BEGIN CERTIFICATE section")]
struct NoCertificate;
