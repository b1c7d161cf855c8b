//! The heads of a request and of its response, without secrets, for a caller who wants to see them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use endstate_paging::FetchError;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::redacted;

/// One request and what came of it, once the head of the response has arrived; see
/// [`TransportBuilder::on_exchange`](crate::TransportBuilder::on_exchange).
///
/// It has no secrets: the URL is without its query, of headers only those have their values that
/// are known to have no secret, and the secrets that this process has used are left out
/// ([`redacted`]), if a service echoes them there.
#[derive(Debug)]
#[non_exhaustive]
pub struct Exchange<'e> {
    /// `GET`, or `POST` for a query.
    pub method: &'e Method,
    /// The URL, without its query.
    pub url: &'e str,
    /// The headers of the request, without those that the HTTP library adds. A value that may be a
    /// secret is `***`.
    pub request_headers: HeaderMap,
    /// The status and headers of the response, or why the request has none.
    pub response: Result<ResponseHead, &'e FetchError>,
    /// From the beginning of the request to the head of its response.
    pub elapsed: Duration,
}

/// The head of a response.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ResponseHead {
    /// The HTTP status.
    pub status: u16,
    /// The headers that are known to have no secret.
    pub headers: HeaderMap,
}

/// The headers that have no secret, in any service.
const SHOWN: [&str; 26] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "client-request-id",
    "consistencylevel",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "if-none-match",
    "odata-maxversion",
    "odata-version",
    "prefer",
    "preference-applied",
    "request-id",
    "retry-after",
    "server",
    "strict-transport-security",
    "transfer-encoding",
    "user-agent",
    "vary",
    "x-correlation-id",
    "x-ms-request-id",
    "x-ms-throttle-information",
];

/// Whether the values of a header are shown.
pub(crate) fn is_shown(name: &HeaderName) -> bool {
    SHOWN.contains(&name.as_str())
}

impl ResponseHead {
    pub(crate) fn new(status: u16, headers: &HeaderMap) -> Self {
        // The names of others are the service's own words, which could be an echo.
        let known = headers.iter().filter(|(name, _)| is_shown(name));
        Self { status, headers: known.map(|(name, value)| (name.clone(), shown_value(name, value))).collect() }
    }
}

/// The headers of a request, without secrets.
pub(crate) fn shown(headers: &HeaderMap) -> HeaderMap {
    headers.iter().map(|(name, value)| (name.clone(), shown_value(name, value))).collect()
}

fn shown_value(name: &HeaderName, value: &HeaderValue) -> HeaderValue {
    let text = value.to_str().ok().filter(|_| is_shown(name) && !value.is_sensitive());
    let text = text.and_then(|text| HeaderValue::from_str(&redacted(text)).ok());
    text.unwrap_or(HeaderValue::from_static("***"))
}

type Notify = dyn Fn(&Exchange<'_>) + Send + Sync;

/// What is called with each exchange.
#[derive(Clone, Default)]
pub(crate) struct OnExchange(pub(crate) Option<Arc<Notify>>);

impl fmt::Debug for OnExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "OnExchange(set)" } else { "OnExchange(not set)" })
    }
}
