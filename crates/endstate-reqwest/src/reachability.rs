//! Whether a host is there, and what time it has: asked without a token.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use reqwest::header::DATE;

use crate::error::BoxError;
use crate::{Error, Origin, Result, http_client};

/// What there is to know about an origin before a token is sent to it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reachability {
    /// Its addresses, or why its name has none.
    pub addresses: std::io::Result<Vec<SocketAddr>>,
    /// What it answered to a request without a token.
    pub answer: std::result::Result<Answered, Unanswered>,
}

/// Whatever the answer was: there is one, over TLS that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The time on the other side, by its `Date`.
    pub date: Option<SystemTime>,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer from {origin}")]
#[non_exhaustive]
pub struct Unanswered {
    /// Where.
    pub origin: String,
    /// Whether a connection was made, and TLS did not come about.
    pub is_tls: bool,
    #[source]
    source: BoxError,
}

impl Reachability {
    /// Looks the name up, and asks for the root path. `pem` has further certificate authorities to trust.
    ///
    /// # Errors
    /// [`Error::Certificate`] and [`Error::Client`]; that nobody answers is no error but what was asked for.
    pub async fn of(origin: &Origin, pem: Option<&[u8]>) -> Result<Self> {
        let (host, port) = origin.address();
        let addresses = tokio::net::lookup_host((host, port)).await.map(Iterator::collect);
        let certificates = pem.map(http_client::certificates).transpose()?.unwrap_or_default();
        let client = http_client::builder(origin.is_loopback(), &certificates)
            .user_agent(concat!("endstate/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(20))
            .build()
            .map_err(|error| Error::Client { source: Box::new(error) })?;
        let answer = match client.get(format!("{origin}/")).send().await {
            Ok(response) => {
                let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
                let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
                Ok(Answered { status: response.status().as_u16(), date })
            }
            Err(error) => {
                let error = error.without_url();
                let is_tls = error.is_connect() && is_about_tls(&error);
                Err(Unanswered { origin: origin.to_string(), is_tls, source: Box::new(error) })
            }
        };
        Ok(Self { addresses, answer })
    }
}

/// The TLS library is not ours to name; its errors are about certificates and handshakes.
fn is_about_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.any(|cause| {
        let text = cause.to_string().to_ascii_lowercase();
        ["certificate", "handshake", "tls", "unknownissuer"].iter().any(|word| text.contains(word))
    })
}
