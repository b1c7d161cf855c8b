//! The heads of a request and of its response, without secrets, for a caller who wants to see them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use endstate_paging::FetchError;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, SET_COOKIE};

use crate::redacted;

/// One request and what came of it, once the head of the response has arrived; see
/// [`TransportBuilder::on_exchange`](crate::TransportBuilder::on_exchange).
///
/// It has no secrets: the URL is without its query, the values of headers that carry secrets are
/// `***`, and so is each secret that this process has used, in any place where the service echoes
/// it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Exchange<'e> {
    /// `GET`, or `POST` for a query.
    pub method: &'e Method,
    /// The URL, without its query.
    pub url: &'e str,
    /// The headers of the request, without those that the HTTP library adds.
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
    /// The headers.
    pub headers: HeaderMap,
}

impl ResponseHead {
    pub(crate) fn new(status: u16, headers: &HeaderMap) -> Self {
        Self { status, headers: shown(headers) }
    }
}

/// Headers without secrets.
pub(crate) fn shown(headers: &HeaderMap) -> HeaderMap {
    headers.iter().map(|(name, value)| (name.clone(), shown_value(name, value))).collect()
}

fn shown_value(name: &HeaderName, value: &HeaderValue) -> HeaderValue {
    let hidden = HeaderValue::from_static("***");
    if value.is_sensitive() || [AUTHORIZATION, COOKIE, SET_COOKIE].contains(name) {
        return hidden;
    }
    // What is no text may be a secret in a form that is not found.
    let Ok(text) = value.to_str() else { return hidden };
    let text = if *name == LOCATION { text.split(['?', '#']).next().unwrap_or_default() } else { text };
    HeaderValue::from_str(&redacted(text)).unwrap_or(hidden)
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
