//! Checks whether a host responds and what its clock says. The request carries no token.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use reqwest::header::DATE;

use crate::{Error, Origin, Result, http_client};

/// What can be found out about an origin before a token is sent to it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Probe {
    /// Its addresses, or why its name has none.
    pub addresses: std::io::Result<Vec<SocketAddr>>,
    /// Its response to a request without a token.
    pub response: std::result::Result<ProbeResponse, ProbeError>,
}

/// A response of any status, over trusted TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbeResponse {
    /// The HTTP status.
    pub status: u16,
    /// The time of the host, from its `Date` header.
    pub date: Option<SystemTime>,
}

/// Why there was no response.
#[derive(Debug, thiserror::Error)]
#[error("no response from {origin}")]
#[non_exhaustive]
pub struct ProbeError {
    /// The origin that was probed.
    pub origin: String,
    /// Whether a connection was made, but no TLS session.
    pub is_tls: bool,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Probe {
    /// Looks up the name, and requests the root path. `pem` has additional certificate authorities
    /// to trust.
    ///
    /// # Errors
    /// [`Error::Certificate`] and [`Error::Client`]. A host that does not respond is a result, not
    /// an error.
    pub async fn send(origin: &Origin, pem: Option<&[u8]>) -> Result<Self> {
        let (host, port) = origin.address();
        let addresses = tokio::net::lookup_host((host, port)).await.map(Iterator::collect);
        let certificates = pem.map(http_client::certificates).transpose()?.unwrap_or_default();
        let client = http_client::builder(origin.is_loopback(), &certificates)
            .user_agent(concat!("endstate/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(20))
            .build()
            .map_err(Error::client)?;

        let response = match client.get(format!("{origin}/")).send().await {
            Ok(response) => {
                let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
                let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
                Ok(ProbeResponse { status: response.status().as_u16(), date })
            }
            Err(error) => {
                let error = error.without_url();
                let is_tls = error.is_connect() && is_about_tls(&error);
                Err(ProbeError { origin: origin.to_string(), is_tls, source: Box::new(error) })
            }
        };
        Ok(Self { addresses, response })
    }
}

/// The types of the TLS library are not public here, so its errors are recognized by their words,
/// such as certificate and handshake.
fn is_about_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.any(|cause| {
        let text = cause.to_string().to_ascii_lowercase();
        ["certificate", "handshake", "tls", "unknownissuer"].iter().any(|word| text.contains(word))
    })
}
